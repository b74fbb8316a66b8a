"""Questions that a persona must not move, and the question whether its traits are at hand at all."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from personas.person import Persona
from spectrum.answers import ChoiceSpec
from spectrum.questions import Form, Question
from video_index.keyed import Part, integer, shuffled

CONTROL, RECALL, OWN = "control", "recall", "own"
"""Blocks of a run's plan that no profile is made of."""
RIGHT = "right"
"""Begins the form of a recall question, with the place of the persona's own trait: "right-first"."""


def control_forms() -> tuple[Form, ...]:
    """The negative controls. Neither option accepts the clip: both are worth one half."""
    given = _questions()
    return tuple(
        Form(
            f"{CONTROL}-{row['id']}",
            CONTROL,
            CONTROL,
            row["id"],
            Question(given["before_media"], row["text"], _even(row["options"]), given["max_tokens"]),
        )
        for row in given["controls"]
    )


def recall_forms(persona: Persona, others: Sequence[Persona], *key: Part) -> tuple[Form, ...]:
    """One of the persona's traits beside one of another cluster's, in both orders; () where there is no other."""
    strangers = [trait for other in others if other.group != persona.group for trait in other.traits]
    strangers = [trait for trait in shuffled(strangers, "recall", persona.id, *key) if trait not in persona.traits]
    if not strangers:
        return ()
    own = persona.traits[integer(len(persona.traits), "recalled", persona.id, *key)]
    given = _questions()
    row = given["recall"]
    return tuple(
        Form(
            f"{RECALL}-{'-'.join(map(str, key))}",
            RECALL,
            RECALL,
            f"{RIGHT}-{place}",
            Question(
                given["before_media"],
                row["text"].format(first=first, second=second),
                _even(row["options"]),
                given["max_tokens"],
            ),
        )
        for place, first, second in (("first", own, strangers[0]), ("second", strangers[0], own))
    )


def first_option(wording: str) -> str:
    """The option that a control's wording (or any recall question) names first."""
    given = _questions()
    for row in given["controls"]:
        if wording == f"{CONTROL}-{row['id']}":
            return str(row["options"][0])
    return str(given["recall"]["options"][0])


def _even(options: Sequence[str]) -> ChoiceSpec:
    return ChoiceSpec(tuple(options), (0.5,) * len(options))


@cache
def _questions() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(
        files("personas").joinpath("data", "questions.yaml").read_text(encoding="utf-8")
    )
    return found
