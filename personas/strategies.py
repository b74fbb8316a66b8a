"""How a persona is put to a respondent: a condition, and for some strategies a question of their own."""

from dataclasses import dataclass
from typing import Protocol

from personas.persona import Persona
from spectrum.answers import ChoiceSpec, FieldsSpec, TextSpec
from spectrum.prompts import Condition, Placement
from spectrum.questions import Question


class Strategy(Protocol):
    """A way of asking a respondent to be somebody."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def condition(self, persona: Persona) -> Condition:
        """What is added to every question, under the persona's id."""
        ...

    def question(self, persona: Persona) -> Question | None:
        """The strategy's own question, which the paper protocol asks; None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class SimpleStrategy:
    """The paper's Simple strategy (Li et al., ACL 2025): the traits as an introduction, then a decision with a reason.

    The introduction is added to any question; the decision is asked under the paper protocol only. Published are the
    opening of the text, the three JSON keys and the trait number as what the picture alludes to. The words from
    "JSON object" to the brace, and those after "alludes", are a guess: the published figure cuts them off. The paper
    put all of it into one turn; here the introduction goes into the system turn unless `placement` is "after_media".
    """

    placement: Placement = "system"

    @property
    def name(self) -> str:
        """What the report calls it."""
        return "simple"

    def condition(self, persona: Persona) -> Condition:
        """The traits as numbered statements, under the persona's id."""
        statements = ", ".join(f"{n}. {trait.rstrip('.')}" for n, trait in enumerate(persona.traits, start=1))
        text = (
            "You are a person who contains certain traits, several statements best describe you as your "
            f"introduction: {statements}."
        )
        return Condition(persona.id, text, self.placement)

    def question(self, persona: Persona) -> Question | None:
        """Interest as JSON: `decision` (yes accepts the clip), `reason`, `trait_num` (a trait's number, or NA)."""
        text = (
            "Your goal is to determine whether you are interested in the content of the given picture. Give me only a "
            "JSON object: {'decision': 'yes or no', 'reason': 'reason', "
            f"'trait_num': '1-{len(persona.traits)}, the personality trait that this picture alludes to, or NA'}}"
        )
        spec = FieldsSpec(
            (
                ("decision", ChoiceSpec(("yes", "no"), (1.0, 0.0))),
                ("reason", TextSpec()),
                ("trait_num", TextSpec()),
            ),
            decision="decision",
        )
        return Question(before_media="", after_media=text, answer_spec=spec, max_tokens=128)
