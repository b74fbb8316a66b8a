"""Errors of browsing."""

from video_index.errors import SpectrumError


class DesignError(SpectrumError):
    """What a browse run is asked to compare cannot be compared; the text says what to change."""


class FeedError(SpectrumError):
    """A feed cannot do what is asked of it (too few clips, a plug-in that breaks its rules); the text says what."""


class TraceError(SpectrumError):
    """A trace is damaged or was edited; the text names the line."""
