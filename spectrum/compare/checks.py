"""What the contenders' own checks came to: a difference is read with the checks of both sides beside it."""

import re
from collections.abc import Sequence

from spectrum.bench.lights import Light
from spectrum.bench.phrases import listed
from spectrum.compare.contenders import Contender
from spectrum.report.words import LIGHT_NAMES, LIGHT_STATES

_BRACKETS = re.compile(r" \([^()]*\)")
_UNDER = re.compile(r"^checked under [^:]*: ")
NOT_KNOWN = "its checks are not known: spectrum report RUN works them out"


def not_green(contender: Contender) -> tuple[Light, ...]:
    """Its checks that are not green; that no option probabilities came to be held to what is written is no doubt."""
    lights = contender.lights or ()
    return tuple(one for one in lights if one.state != "green" and (one.light, one.state) != ("written", "off"))


def doubted(contenders: Sequence[Contender]) -> list[Contender]:
    """Those with a check that is not green, or with none known."""
    return [one for one in contenders if one.lights is None or not_green(one)]


def checks_sentence(contenders: Sequence[Contender]) -> str | None:
    """Which checks are not green, with their reasons in short; None where all are."""
    told = []
    for one in doubted(contenders):
        parts = [f"{LIGHT_NAMES[x.light].lower()}: {LIGHT_STATES[x.state]} ({_brief(x.text)})" for x in not_green(one)]
        told.append(f"{one.name}: {'; '.join(parts) or NOT_KNOWN}")
    return f"Checks that are not green. {'. '.join(told)}." if told else None


def checks_clause(contenders: Sequence[Contender]) -> str:
    """The same in a few words, as a sentence to follow a verdict; "" where all are green."""
    names = [one.name for one in doubted(contenders)]
    return f" But not all checks of {listed(names)} are green: read them first." if names else ""


def _brief(text: str) -> str:
    """A check's reason without its figures: what is in brackets, and after the colon of each part."""
    plain = _BRACKETS.sub("", _UNDER.sub("", text))
    return "; ".join(part.split(": ")[0] for part in plain.split("; "))
