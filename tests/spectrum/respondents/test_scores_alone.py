"""Asks that need not be written, and pictures that were taken away."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from spectrum.answers import TextSpec
from spectrum.respondents.base import Group, scores_alone, writing_costs
from spectrum.respondents.planted import PlantedRespondent
from tests.spectrum.respondents.groups import make_ask, make_group
from tests.support.asking import Keyed


def unwritten(group: Group) -> Group:
    return replace(group, asks=tuple(replace(ask, written=False) for ask in group.asks))


def test_a_planted_respondent_gives_the_same_probabilities_without_writing() -> None:
    planted = PlantedRespondent("p", {"neutral": {"a": 0.8}}, refusal=0.3, wording_sd=0.5)
    group = make_group("a", 6)
    written, scored = planted.answer(group), planted.answer(unwritten(group))
    assert [reply.probabilities for reply in scored] == [reply.probabilities for reply in written]
    assert {reply.text for reply in scored} == {""} and "" not in {reply.text for reply in written}
    free = replace(group, asks=(replace(make_ask("Describe it.", TextSpec()), written=False),))
    assert planted.answer(free)[0].text != ""


def test_a_planted_respondent_sees_nothing_on_blank_frames() -> None:
    planted = PlantedRespondent("p", {"neutral": {"a": 0.99, "b": 0.01}}, yes_bias=0.5)
    shown = {}
    for clip in ("a", "b"):
        group = make_group(clip, 1)
        blank = replace(group, media=(replace(group.media[0], treatment="blank"),))
        shown[clip] = (planted.answer(group)[0].probabilities, planted.answer(blank)[0].probabilities)
    assert shown["a"][0] != shown["b"][0]
    assert shown["a"][1] == shown["b"][1]


def test_who_can_score_alone_says_so_and_nobody_is_asked_to() -> None:
    assert scores_alone(PlantedRespondent("p", {"neutral": {"a": 0.5}}))
    assert not scores_alone(Keyed()) and not writing_costs(Keyed())

    class Dear(Keyed):
        scores_alone = True
        writing_costs = True

    assert scores_alone(Dear()) and writing_costs(Dear())


@pytest.mark.parametrize("architecture", ["smolvlm"])
def test_a_checkpoint_scores_without_writing_and_answers_without_pictures(
    answering_checkpoints: Mapping[str, Path], architecture: str
) -> None:
    pytest.importorskip("torch")
    from spectrum.respondents.local import LocalRespondent

    local = LocalRespondent(answering_checkpoints[architecture], device_map="cpu")
    assert scores_alone(local)
    group = make_group("a", 3)
    mixed = replace(group, asks=(group.asks[0], *unwritten(group).asks[1:]))
    written, scored = local.answer(group), local.answer(mixed)
    assert scored[0].text == written[0].text != ""
    assert [reply.text for reply in scored[1:]] == ["", ""]
    for one, other in zip(written, scored, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-4)
    without = local.answer(replace(group, media=()))
    assert all(reply.error is None and reply.probabilities is not None for reply in without)
