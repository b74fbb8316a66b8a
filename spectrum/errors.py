"""Errors of planning, asking and running. Their base is video_index.errors.SpectrumError."""

from typing import Any

from video_index.errors import SpectrumError


class ConfigError(SpectrumError):
    """An option, a data file or a combination of settings is wrong; the text says which and what to do."""


class UnknownRespondentError(SpectrumError):
    """A respondent's spec names nothing that can be opened."""


class RespondentError(SpectrumError):
    """A respondent cannot go on at all (wrong key, unknown model, weights that do not load).

    `replies` holds the respondents.base.Reply of each ask of the group that was answered before it.
    """

    def __init__(self, message: str, replies: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.replies = replies


class RunBusyError(SpectrumError):
    """Another process is writing this run folder."""


class RunMismatchError(SpectrumError):
    """A run folder exists with another configuration than the one asked for."""


class RunFolderError(SpectrumError):
    """A run folder is missing, empty, damaged, or cannot be written."""


class BudgetReached(SpectrumError):
    """The budget of calls, tokens or money that the user set is spent; finished work is stored.

    `replies` holds the respondents.base.Reply of each ask of the group that was answered before it: they
    are paid for, and whoever catches this stores them.
    """

    exit_status = 3

    def __init__(self, message: str, replies: tuple[Any, ...] = ()) -> None:
        super().__init__(message)
        self.replies = replies


class Stopped(SpectrumError):
    """The user asked to stop; finished work is stored."""

    exit_status = 130


class NoSetError(ConfigError):
    """No clip is sure enough to show any value, so that there is no set to ask about."""
