"""How a persona is put to a respondent: a condition, and for some strategies a question of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from personas.errors import PersonaError
from personas.isq import IsqStrategy
from personas.person import Persona
from spectrum.answers import ChoiceSpec, FieldsSpec, TextSpec
from spectrum.prompts import Condition, Placement
from spectrum.questions import Question
from spectrum.values import SCHWARTZ

ENTRY_POINTS = "value_spectrum.strategies"
"""Group of entry points through which an installed package adds a strategy: a class or function that takes
`placement` and gives a Strategy."""
PLACEMENTS: Mapping[str, Placement] = {"system": "system", "after": "after_media", "after_media": "after_media"}
"""What may follow "@" in a strategy's spec."""


@runtime_checkable
class Strategy(Protocol):
    """A way of asking a respondent to be somebody."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def placement(self) -> Placement:
        """Where the persona stands."""
        ...

    def condition(self, persona: Persona) -> Condition:
        """What is added to every question, under the persona's id. Raises PersonaError where it cannot be put so."""
        ...

    def question(self, persona: Persona) -> Question | None:
        """The strategy's own question, which the paper protocol asks; None where it has none."""
        ...


@runtime_checkable
class OwnStrategy(Strategy, Protocol):
    """A strategy that is asked by its own question in place of the bank's, of neutral too."""

    def neutral_question(self) -> Question:
        """The question as it is put without a persona."""
        ...

    def score(self, choice: str | None, fields: Mapping[str, str]) -> float | None:
        """An answer on a scale from 0 to 1; None where it cannot be read. Higher accepts the clip more."""
        ...

    @property
    def threshold(self) -> float:
        """The clip is accepted where the score exceeds this."""
        ...


@dataclass(frozen=True, slots=True)
class SimpleStrategy:
    """The paper's Simple strategy (Li et al., ACL 2025): the traits as an introduction, then a decision with a reason.

    The introduction is added to any question; the decision is asked under the paper protocol, and by `simple-json`.
    Published are the opening of the text, the three JSON keys and the trait number as what the picture alludes to. The
    words from "JSON object" to the brace, and those after "alludes", are a guess: the published figure cuts them off.
    The paper put all of it into one turn; here the introduction goes into the system turn unless `placement` is
    "after_media".
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
        text = _DECISION + (
            f", 'trait_num': '1-{len(persona.traits)}, the personality trait that this picture alludes to, or NA'}}"
        )
        return Question("", text, FieldsSpec((*_DECIDED, ("trait_num", TextSpec())), decision="decision"), 128)


_DECISION = (
    "Your goal is to determine whether you are interested in the content of the given picture. Give me only a "
    "JSON object: {'decision': 'yes or no', 'reason': 'reason'"
)
_DECIDED = (("decision", ChoiceSpec(("yes", "no"), (1.0, 0.0))), ("reason", TextSpec()))


@dataclass(frozen=True, slots=True)
class SimpleDecision(SimpleStrategy):
    """Simple with the paper's own question, a JSON decision, in place of the bank's questions."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        return "simple-json"

    @property
    def threshold(self) -> float:
        """Yes is 1 and no is 0."""
        return 0.5

    def neutral_question(self) -> Question:
        """The decision and its reason: nobody has traits to number."""
        return Question("", _DECISION + "}", FieldsSpec(_DECIDED, decision="decision"), 128)

    def score(self, choice: str | None, fields: Mapping[str, str]) -> float | None:
        """1 for yes, 0 for no."""
        return {"yes": 1.0, "no": 0.0}.get(choice or "")


@dataclass(frozen=True, slots=True)
class ProfileStrategy:
    """The target told outright: how much each value counts, from 0 to 10. It needs a persona with a target.

    The upper bound of what telling can do: nothing is left to be read out of traits.
    """

    placement: Placement = "system"

    @property
    def name(self) -> str:
        """What the report calls it."""
        return "profile"

    def condition(self, persona: Persona) -> Condition:
        """Ten values with their meaning and a whole number each. Raises PersonaError without a target."""
        told = "; ".join(
            f"{value.name} ({value.definition}): {weight}"
            for value, weight in zip(SCHWARTZ.values, importances(persona), strict=True)
        )
        text = (
            "You are a person to whom some things count more than others. This is how much each of ten values counts "
            f"for you, from 0 (you want none of it) over 5 (neither here nor there) to 10 (you live for it): {told}. "
            "Answer as this person would."
        )
        return Condition(persona.id, text, self.placement)

    def question(self, persona: Persona) -> Question | None:
        """None: it is asked by the bank's questions."""
        return None


def importances(persona: Persona) -> tuple[int, ...]:
    """A target as whole numbers from 0 to 10: 5 is its mean, and the value furthest from it lies at an end."""
    if persona.target is None:
        raise PersonaError(f"persona {persona.id!r} has no target, so that the strategy profile cannot tell it")
    reach = max(map(abs, persona.target))
    return tuple(round(5 + 5 * weight / reach) for weight in persona.target)


_SHIPPED: Mapping[str, Callable[..., Strategy]] = {
    "simple": SimpleStrategy,
    "simple-json": SimpleDecision,
    "isq": IsqStrategy,
    "profile": ProfileStrategy,
}


def strategy_names() -> tuple[str, ...]:
    """Every strategy that can be opened here, shipped ones first."""
    return (*_SHIPPED, *(point.name for point in entry_points(group=ENTRY_POINTS) if point.name not in _SHIPPED))


def open_strategy(spec: str, placement: Placement = "system") -> Strategy:
    """The strategy of a spec: NAME, or NAME@system or NAME@after, which overrides `placement`.

    Raises PersonaError for a name that is not known, a placement there is not, or a plug-in that gives no strategy.
    """
    name, at, where = spec.strip().partition("@")
    if at and where not in PLACEMENTS:
        raise PersonaError(f"{spec!r}: a persona stands @system or @after (the pictures), not @{where}")
    make = _SHIPPED.get(name)
    if make is None:
        point = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
        if point is None:
            raise PersonaError(f"unknown strategy {name!r}; there are {', '.join(strategy_names())}")
        make = point.load()
    made = make(placement=PLACEMENTS[where] if at else placement)
    if not isinstance(made, Strategy):
        raise PersonaError(f"the plug-in {name!r} gives no strategy: it needs name, placement, condition and question")
    return made
