"""The error of a state: from episodes, and from questions that several of them ask."""

from dataclasses import replace

import numpy as np
import pytest

from agents.planted_probes import Bench, Probed, Spread, answer_probes
from agents.state import PROBABILITY, WRITTEN, Answer, state_contrast, state_profile

RNG = np.random.default_rng(1)
PROBED: Probed = Bench(12, 11, 300).plan(RNG)
NOBODY, PERSONA = answer_probes(PROBED, RNG.normal(0, 0.6, (2, 10)), Spread(persona=0.5), RNG)


def twice(answers: list[Answer]) -> list[Answer]:
    """Every episode again under another number: the same questions, the same answers, nothing new."""
    return answers + [replace(answer, pair=answer.pair + 100, replicate=answer.replicate + 100) for answer in answers]


def apart(answers: list[Answer]) -> list[Answer]:
    """The same numbers, as if no two episodes had asked the same."""
    return [replace(answer, wording=f"{answer.wording} of {answer.pair}") for answer in answers]


@pytest.mark.parametrize("measure", [PROBABILITY, WRITTEN])
def test_episodes_told_twice_are_no_more_evidence(measure: str) -> None:
    answers = PROBED.shared.answers(PERSONA)
    once, again, fooled = (
        state_profile(told, PROBED.label_of, measure) for told in (answers, twice(answers), apart(twice(answers)))
    )
    assert once is not None and again is not None and fooled is not None
    assert again.intervals.estimate == pytest.approx(once.intervals.estimate, abs=1e-12)
    assert np.mean(again.intervals.se / once.intervals.se) == pytest.approx(1.0, abs=0.15)
    assert np.mean(fooled.intervals.se / once.intervals.se) == pytest.approx(np.sqrt(0.5), abs=0.1)


def test_what_is_shared_never_narrows_an_interval() -> None:
    arm, reference = PROBED.shared.answers(PERSONA), PROBED.shared.answers(NOBODY)
    found, alone = (
        state_contrast(told(arm), told(reference), PROBED.label_of, WRITTEN) for told in (list[Answer], apart)
    )
    assert found is not None and alone is not None
    assert (found.intervals.se >= alone.intervals.se).all() and (found.intervals.se > alone.intervals.se).any()


def test_a_persona_that_answers_as_nobody_differs_by_nothing() -> None:
    arm = PROBED.shared.answers(NOBODY)
    found = state_contrast(arm, arm, PROBED.label_of, PROBABILITY)
    assert found is not None and (found.intervals.se == 0).all() and (found.intervals.p == 1).all()
