"""Run every check on one checkpoint."""

from collections.abc import Callable, Iterator, Sequence

from spectrum.errors import RespondentError
from spectrum.respondents.checkpoint_files import first_line
from spectrum.respondents.conformance.checks import CHECKS, Finding
from spectrum.respondents.conformance.subject import Subject
from spectrum.respondents.local_copies import Copy

# What a model or processor raises where it is handed something it cannot take.
_FAILURES = (RespondentError, RuntimeError, TypeError, ValueError, LookupError, AttributeError)


def examine(copy: Copy, checks: Sequence[Callable[[Subject], Finding]] = CHECKS) -> Iterator[Finding]:
    """What each check finds, one after the other; a check that cannot be run has failed."""
    subject = Subject(copy)
    for check in checks:
        try:
            yield check(subject)
        except _FAILURES as error:
            name = check.__name__.replace("_", " ")
            yield Finding(name, False, f"it could not be run: {first_line(error)}")
