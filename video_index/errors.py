"""The base of every error this project raises on purpose, and the errors of clips and their index.

An error's text is one line that a person can act on: what was wrong, where, and what to do.
"""


class SpectrumError(Exception):
    """Base of all expected errors; the command line prints its text without a traceback."""

    exit_status: int = 2


class MissingExtraError(SpectrumError):
    """An optional package is not installed; the text names the extra that brings it."""


class ClipSourceError(SpectrumError):
    """An input folder, manifest or shard cannot be read, or holds no clip."""


class UnreadableClipError(SpectrumError):
    """One clip cannot be used; `reason` is a short sentence that goes into the quarantine list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class IndexBusyError(SpectrumError):
    """Another process holds the clip index; the text says which."""


class IndexMismatchError(SpectrumError):
    """The index was made with another embedder or another storage format."""


class IndexNotFoundError(SpectrumError):
    """There is no clip index at the place named."""


class NotAnIndexError(IndexNotFoundError):
    """What is named is there, and no clip index can be made of it: other files, a wrong address."""


class IndexStorageError(SpectrumError):
    """The index cannot be written or reached: a full disk, a server that does not answer."""


class UnknownClipError(SpectrumError):
    """A clip was asked for by an id that the index does not hold."""


class EmbedderError(SpectrumError):
    """An embedder cannot be loaded: an unknown name or tag, a missing folder, no network."""
