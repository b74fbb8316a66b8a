"""Errors of browsing."""

from video_index.errors import SpectrumError


class FeedError(SpectrumError):
    """The catalogue cannot serve the episode that was asked for; the text says what is too small."""


class TraceError(SpectrumError):
    """A trace is damaged or was edited; the text names the line."""
