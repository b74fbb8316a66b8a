"""The inductive scoring questionnaire (Li et al., ACL 2025): six answers, one score, a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass

from personas.person import Persona
from spectrum.answers import ChoiceSpec, FieldsSpec, ScaleSpec, TextSpec
from spectrum.prompts import Condition, Placement
from spectrum.questions import Question

SCALES = ("visual_appeal", "curiosity_stimulation", "emotional_engagement", "value_expectation")
"""From 1 to 10 each; names as published."""
YES_OR_NO = ("preference_alignment", "action_willingness")
"""1 for yes and 0 for no, ten times the weight of a scale's point."""
HIGHEST = 60
THRESHOLD = 60.0
"""Percent: the published rule keeps watching above it ("a threshold, e.g. 60")."""
SWEEP = tuple(float(percent) for percent in range(10, 100, 5))
"""Thresholds at which a run is read again, percent."""


def isq_percent(
    visual_appeal: float,
    curiosity_stimulation: float,
    emotional_engagement: float,
    value_expectation: float,
    preference_alignment: float,
    action_willingness: float,
) -> float:
    """S% = (v_a + c_s + e_e + v_e + 10 p_a + 10 a_d) / 60 x 100, as published.

    The four scales run from 1 to 10, alignment and action are 0 or 1: S% lies between 6.7 and 100. Raises ValueError
    for answers off these ranges. The one row of answers that was published (7, 8, 6, 9: 49.583 percent) does not fit:
    without alignment and action the formula gives 50, with one of them 66.7, with both 83.3.
    """
    scales = (visual_appeal, curiosity_stimulation, emotional_engagement, value_expectation)
    if not all(1 <= points <= 10 for points in scales):
        raise ValueError(f"the four scales run from 1 to 10: {scales}")
    if not {preference_alignment, action_willingness} <= {0, 1}:
        raise ValueError("alignment and action are 0 or 1")
    return 100 * (sum(scales) + 10 * preference_alignment + 10 * action_willingness) / HIGHEST


@dataclass(frozen=True, slots=True)
class IsqStrategy:
    """ISQ: four scales, alignment and action on every clip; the clip is accepted where the score exceeds 60%.

    Published are the opening of the persona's text, the names of the four scales and of `trait_num`, the formula, and
    the threshold as an example. The question's words, and that alignment and action are asked as yes or no, are ours.
    """

    placement: Placement = "system"

    @property
    def name(self) -> str:
        """What the report calls it."""
        return "isq"

    @property
    def threshold(self) -> float:
        """As a share."""
        return THRESHOLD / 100

    def condition(self, persona: Persona) -> Condition:
        """The traits as numbered personalities, under the persona's id."""
        told = ", ".join(f"{n}: {trait.rstrip('.')}" for n, trait in enumerate(persona.traits, start=1))
        return Condition(persona.id, f"You are a person with these personalities: {told}.", self.placement)

    def question(self, persona: Persona) -> Question | None:
        """The questionnaire; the same for everybody."""
        return self.neutral_question()

    def neutral_question(self) -> Question:
        """The questionnaire."""
        scales = ", ".join(f"'{name}': 1-10" for name in SCALES)
        text = (
            "Look at the given picture and score it from your own point of view. Give me only a JSON object: "
            f"{{{scales}, 'preference_alignment': 'yes or no, does it fit what you prefer', 'action_willingness': "
            "'yes or no, would you keep watching', 'trait_num': 'the number of the personality that this picture "
            "alludes to, or NA'}"
        )
        agree = ChoiceSpec(("yes", "no"), (1.0, 0.0))
        fields: tuple[tuple[str, ChoiceSpec | ScaleSpec | TextSpec], ...] = (
            *((name, ScaleSpec(1, 10)) for name in SCALES),
            *((name, agree) for name in YES_OR_NO),
            ("trait_num", TextSpec()),
        )
        return Question("", text, FieldsSpec(fields), 160)

    def score(self, choice: str | None, fields: Mapping[str, str]) -> float | None:
        """S% as a share; None where one of the six answers is missing."""
        said = {"yes": 1.0, "no": 0.0}
        try:
            scales = [float(fields[name]) for name in SCALES]
            agreed = [said[fields[name].casefold()] for name in YES_OR_NO]
            return isq_percent(*scales, *agreed) / 100
        except (KeyError, ValueError):
            return None
