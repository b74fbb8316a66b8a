"""Errors of personas. Their base is video_index.errors.SpectrumError."""

from video_index.errors import SpectrumError


class PersonaError(SpectrumError):
    """A persona file is wrong, or a persona is not known; the text says where and what to do."""
