import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import Answer, ChoiceSpec, FieldsSpec, Outcome, ScaleSpec, TextSpec
from spectrum.errors import ConfigError, UnknownRespondentError
from spectrum.respondents.base import Ask, Group, Reply, Respondent
from spectrum.respondents.planted import (
    PlantedRespondent,
    PlantedWorld,
    expected_acceptance,
    planted_from_name,
)
from spectrum.respondents.planted_choices import choice_probabilities
from spectrum.views import ClipView
from tests.spectrum.respondents.groups import WOULD, WOULD_NOT, make_ask
from video_index.clips import ViewSpec

NAMES = (
    "Self-Direction", "Stimulation", "Hedonism", "Achievement", "Power",
    "Security", "Conformity", "Tradition", "Benevolence", "Universalism",
)  # fmt: skip
CODES = ("SD", "ST", "HE", "AC", "PO", "SE", "CO", "TR", "BE", "UN")
LIKES = ChoiceSpec(("like", "dislike"), (1.0, 0.0))
DISLIKES = ChoiceSpec(("dislike", "like"), (0.0, 1.0))
THREE = ChoiceSpec(("yes", "no", "unsure"), (1.0, 0.0, 0.5))


def unseen(clip_id: str) -> ClipView:
    def load() -> tuple[()]:
        raise AssertionError("a planted respondent looks at no frame")

    return ClipView(clip_id, ViewSpec(), load)


def put(respondent: PlantedRespondent, asks: list[Ask], clip: str = "a", condition: str = "neutral") -> list[Reply]:
    return list(respondent.answer(Group((unseen(clip),), "", tuple(asks), condition)))


def many(spec: ChoiceSpec, count: int = 4000, question: str = "Would you?") -> list[Ask]:
    return [make_ask(question, spec, salt=str(number)) for number in range(count)]


def share(replies: list[Reply], word: str) -> float:
    return sum(reply.text == word for reply in replies) / len(replies)


def one_clip(probability: float, **options: float) -> PlantedRespondent:
    return PlantedRespondent("p", {"neutral": {"a": probability}}, **options)  # type: ignore[arg-type]


def world(per_value: int = 3) -> PlantedWorld:
    labels = np.repeat(np.eye(10), per_value, axis=0)
    ids = tuple(f"{CODES[row // per_value]}{row % per_value}" for row in range(len(labels)))
    return PlantedWorld(ids, labels, CODES, NAMES, {"adventurer": np.eye(10)[1] - np.eye(10)[5]})


@pytest.mark.parametrize("probability", [0.05, 0.3, 0.5, 0.92])
def test_planted_shares_come_back_under_both_stems(probability: float) -> None:
    respondent = one_clip(probability)
    assert isinstance(respondent, Respondent)
    would, would_not = put(respondent, many(WOULD)), put(respondent, many(WOULD_NOT))
    assert share(would, "Yes") == pytest.approx(probability, abs=4 * (0.25 / 4000) ** 0.5)
    assert share(would_not, "No") == pytest.approx(probability, abs=4 * (0.25 / 4000) ** 0.5)
    assert would[0].probabilities == pytest.approx((probability, 1 - probability))
    assert would_not[0].probabilities == pytest.approx((1 - probability, probability))


def test_a_yes_bias_raises_yes_under_both_stems_and_leaves_the_named_form_alone() -> None:
    respondent = one_clip(0.6, yes_bias=1.0)
    odds = 1.5 * np.e
    would = put(respondent, many(WOULD))
    assert would[0].probabilities == pytest.approx((odds / (1 + odds), 1 / (1 + odds)))
    would_not = put(respondent, many(WOULD_NOT))
    odds_not = np.e / 1.5
    assert would_not[0].probabilities == pytest.approx((odds_not / (1 + odds_not), 1 / (1 + odds_not)))
    measured = 0.5 * (share(would, "Yes") + share(would_not, "No"))
    assert measured == pytest.approx(float(expected_acceptance(np.array(0.6), yes_bias=1.0)), abs=0.025)
    assert put(respondent, many(LIKES, 1))[0].probabilities == pytest.approx((0.6, 0.4))


def test_an_order_bias_favours_whatever_is_named_first() -> None:
    respondent = one_clip(0.5, order_bias=1.0)
    first = np.e / (1 + np.e)
    assert share(put(respondent, many(LIKES)), "like") == pytest.approx(first, abs=0.03)
    assert share(put(respondent, many(DISLIKES)), "dislike") == pytest.approx(first, abs=0.03)


def test_refusals_come_at_their_rate_and_lie_outside_the_options() -> None:
    from spectrum.answers import parse_choice

    replies = put(one_clip(0.5, refusal=0.2), many(WOULD))
    refused = [reply for reply in replies if reply.text not in WOULD.options]
    assert len(refused) / len(replies) == pytest.approx(0.2, abs=0.025)
    assert sum(replies[0].probabilities or ()) == pytest.approx(0.8)
    for text in {reply.text for reply in refused}:
        assert parse_choice(text, WOULD.options) == Answer(Outcome.REFUSED)


def test_greedy_answers_are_the_likeliest_option() -> None:
    assert share(put(one_clip(0.51, sample=False), many(WOULD, 20)), "Yes") == 1.0
    assert share(put(one_clip(0.49, sample=False), many(WOULD, 20)), "No") == 1.0


def test_three_options_lie_on_one_logit_scale() -> None:
    masses = choice_probabilities(2.0, THREE, 0.0, 0.0)
    weights = np.exp([2.0, 0.0, 1.0])
    assert masses == pytest.approx(weights / weights.sum())


def test_wording_effects_belong_to_the_text_and_noise_to_the_ask() -> None:
    spread = one_clip(0.5, wording_sd=1.0)
    same = {reply.probabilities for reply in put(spread, many(WOULD, 10))}
    assert len(same) == 1
    questions = [make_ask(f"Question {number}?") for number in range(2000)]
    odds = [np.log(p[0] / p[1]) for reply in put(spread, questions) if (p := reply.probabilities)]
    assert np.std(odds) == pytest.approx(1.0, abs=0.08) and np.mean(odds) == pytest.approx(0.0, abs=0.1)
    noisy = one_clip(0.5, noise=0.5)
    logits = [np.log(p[0] / p[1]) for reply in put(noisy, many(WOULD, 2000)) if (p := reply.probabilities)]
    assert np.std(logits) == pytest.approx(0.5, abs=0.05)
    tables = {"neutral": {"a": 0.5, "b": 0.5}}
    crossed = PlantedRespondent("p", tables, clip_wording_sd=1.0)
    ask = [make_ask("Question?")]
    assert put(crossed, ask, "a")[0].probabilities != put(crossed, ask, "b")[0].probabilities


@given(st.permutations(range(12)), st.integers(1, 12))
@settings(max_examples=25)
def test_answers_are_byte_equal_whatever_the_order_and_the_batching(order: list[int], batch: int) -> None:
    respondent = one_clip(0.4, wording_sd=0.5, clip_wording_sd=0.5, noise=0.5, refusal=0.1, seed=3)
    specs = (WOULD, LIKES, ScaleSpec(1, 7), FieldsSpec((("decision", WOULD), ("score", ScaleSpec(0, 10)))))
    asks = [make_ask(f"Question {number}?", specs[number % 4]) for number in range(12)]
    alone = {ask.ask_id: put(respondent, [ask])[0] for ask in asks}
    mixed = [asks[place] for place in order]
    again = PlantedRespondent(
        "other name", {"neutral": {"a": 0.4}}, wording_sd=0.5, clip_wording_sd=0.5, noise=0.5, refusal=0.1, seed=3
    )
    for start in range(0, 12, batch):
        for reply in put(again, mixed[start : start + batch]):
            assert reply == alone[reply.ask_id]
    assert again.fingerprint == respondent.fingerprint


def test_fingerprints_tell_plantings_apart() -> None:
    plantings = [
        one_clip(0.4), one_clip(0.41), one_clip(0.4, yes_bias=1), one_clip(0.4, order_bias=1), one_clip(0.4, seed=1),
        one_clip(0.4, noise=1), one_clip(0.4, refusal=0.1), one_clip(0.4, sample=False), one_clip(0.4, elsewhere=0.5),
    ]  # fmt: skip
    assert len({respondent.fingerprint for respondent in plantings}) == len(plantings)


def test_scales_fields_and_text_are_answered() -> None:
    respondent = PlantedRespondent("p", {"neutral": {"liked": 0.95, "disliked": 0.05}})
    scale = [make_ask("How much?", ScaleSpec(1, 7), salt=str(n)) for n in range(400)]
    liked = [int(reply.text) for reply in put(respondent, scale, "liked")]
    disliked = [int(reply.text) for reply in put(respondent, scale, "disliked")]
    assert np.mean(liked) == pytest.approx(6.7, abs=0.15) and np.mean(disliked) == pytest.approx(1.3, abs=0.15)
    assert set(liked + disliked) <= set(range(1, 8))
    fields = FieldsSpec((("reason", TextSpec()), ("score", ScaleSpec(0, 5)), ("decision", WOULD)), "decision")
    (reply,) = put(respondent, [make_ask("JSON?", fields)], "liked")
    answer = json.loads(reply.text)
    assert list(answer) == ["reason", "score", "decision"]
    assert answer["decision"] in WOULD.options and 0 <= answer["score"] <= 5
    assert reply.probabilities is None and reply.finish_reason == "stop"


def test_two_clips_are_compared_and_a_question_alone_is_a_coin() -> None:
    respondent = PlantedRespondent("p", {"neutral": {"a": 0.8, "b": 0.4}})
    first_or_second = ChoiceSpec(("first", "second"), (1.0, 0.0))
    ask = make_ask("Which?", first_or_second)
    (pair,) = respondent.answer(Group((unseen("a"), unseen("b")), "", (ask,)))
    assert pair.probabilities == pytest.approx((6 / 7, 1 / 7))
    (nothing_shown,) = respondent.answer(Group((), "", (ask,)))
    assert nothing_shown.probabilities == pytest.approx((0.5, 0.5))


def test_an_unknown_clip_is_an_error_and_an_unknown_condition_is_ignored() -> None:
    respondent = PlantedRespondent("p", {"neutral": {"a": 0.9}, "other": {"a": 0.1}})
    ask = [make_ask("Would you?")]
    assert "no_such_clip" in str(put(respondent, ask, "no_such_clip")[0].error)
    assert put(respondent, ask, condition="persona")[0].probabilities == pytest.approx((0.9, 0.1))
    assert put(respondent, ask, condition="other")[0].probabilities == pytest.approx((0.1, 0.9))


@pytest.mark.parametrize("bad", [{"refusal": 1.5}, {"noise": -1.0}, {"elsewhere": 2.0}])
def test_impossible_numbers_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        one_clip(0.5, **bad)
    with pytest.raises(ValueError, match="between 0 and 1"):
        one_clip(-0.1)


def test_expected_acceptance_is_exact_where_a_formula_exists() -> None:
    shares = np.array([0.0, 0.05, 0.5, 0.8, 1.0])
    assert expected_acceptance(shares) == pytest.approx(shares, abs=1e-8)
    biased = expected_acceptance(shares, yes_bias=1.5)
    logits = np.log(np.array([0.05, 0.8]) / (1 - np.array([0.05, 0.8])))
    by_hand = 0.5 * (1 / (1 + np.exp(-(logits + 1.5))) + 1 / (1 + np.exp(-(logits - 1.5))))
    assert biased[[1, 3]] == pytest.approx(by_hand)
    assert expected_acceptance(shares, yes_bias=1.5) == pytest.approx(expected_acceptance(shares, yes_bias=-1.5))
    assert (np.diff(biased) > 0).all() and np.abs(biased - 0.5).max() <= 0.5


def test_expected_acceptance_integrates_the_spread() -> None:
    draws = np.random.default_rng(1).normal(size=400_000)
    for share_, bias, sd in ((0.7, 0.0, 1.0), (0.2, 1.0, 0.7), (0.9, 2.5, 1.5)):
        logits = np.log(share_ / (1 - share_)) + sd * draws
        simulated = 0.5 * (1 / (1 + np.exp(-(logits + bias))) + 1 / (1 + np.exp(-(logits - bias))))
        found = expected_acceptance(np.array([share_]), yes_bias=bias, logit_sd=sd)
        assert found[0] == pytest.approx(simulated.mean(), abs=0.0015)


def test_spread_and_bias_together_come_back_as_expected() -> None:
    respondent = PlantedRespondent("p", {"neutral": {"a": 0.75}}, yes_bias=1.0, wording_sd=0.6, noise=0.8)
    asks = [make_ask(f"Q{n}?", spec) for n in range(3000) for spec in (WOULD, WOULD_NOT)]
    accepted = [
        reply.text == ("Yes" if ask.answer_spec == WOULD else "No")
        for ask, reply in zip(asks, put(respondent, asks), strict=True)
    ]
    assert np.mean(accepted) == pytest.approx(
        expected_acceptance(np.array(0.75), yes_bias=1.0, logit_sd=1.0).item(), abs=0.025
    )


def accepted(respondent: PlantedRespondent, clip: str, condition: str = "neutral") -> float:
    (reply,) = put(respondent, [make_ask("Would you?")], clip, condition)
    assert reply.probabilities is not None
    return reply.probabilities[0]


@pytest.mark.parametrize("name", ["hedonism", "HE", "he", "hedonist", "Hedonist"])
def test_a_value_is_planted_by_name_code_or_alias(name: str) -> None:
    respondent = planted_from_name(name, {"strength": "3", "base": "0.5"}, world())
    assert accepted(respondent, "HE1") == pytest.approx(1 / (1 + np.exp(-(0.5 + 3 * 0.9))))
    assert accepted(respondent, "TR0") == pytest.approx(1 / (1 + np.exp(-(0.5 - 3 * 0.1))))
    assert accepted(respondent, "HE1", "adventurer") == accepted(respondent, "HE1")


def test_characters() -> None:
    known = world()
    indifferent = planted_from_name("indifferent", {"base": "1"}, known)
    assert {round(accepted(indifferent, clip), 9) for clip in known.clip_ids} == {round(1 / (1 + np.exp(-1)), 9)}
    always_yes, always_no = (planted_from_name(name, {}, known) for name in ("always-yes", "always-no"))
    for spec in (WOULD, WOULD_NOT):
        assert share(put(always_yes, many(spec, 50), "HE0"), "Yes") == 1.0
        assert share(put(always_no, many(spec, 50), "HE0"), "No") == 1.0
    assert share(put(planted_from_name("random", {}, known), many(WOULD), "HE0"), "Yes") == pytest.approx(0.5, abs=0.03)
    refuser = put(planted_from_name("refuser", {}, known), many(WOULD, 50), "HE0")
    assert not [reply for reply in refuser if reply.text in WOULD.options]
    follower = planted_from_name("follower", {"strength": "2"}, known)
    assert accepted(follower, "ST0") == pytest.approx(0.5)
    assert accepted(follower, "ST0", "adventurer") == pytest.approx(1 / (1 + np.exp(-2)))
    assert accepted(follower, "SE0", "adventurer") == pytest.approx(1 / (1 + np.exp(2)))
    assert accepted(follower, "ST0", "no such target") == pytest.approx(0.5)
    ignorer = planted_from_name("ignorer", {}, known)
    assert accepted(ignorer, "ST0", "adventurer") == accepted(ignorer, "ST0")
    assert len({accepted(ignorer, clip) for clip in known.clip_ids}) == 10
    liking = planted_from_name("indifferent", {"clip_sd": "1"}, known)
    assert len({accepted(liking, clip) for clip in known.clip_ids}) == 30


def test_names_that_need_no_labels_need_no_world() -> None:
    respondent = planted_from_name("indifferent", {"base": "-1"})
    assert accepted(respondent, "any clip") == pytest.approx(1 / (1 + np.e))
    with pytest.raises(ConfigError, match="index clips first"):
        planted_from_name("hedonist", {})
    with pytest.raises(UnknownRespondentError, match="hedonist"):
        planted_from_name("stoic", {})


def test_mistakes_are_one_line() -> None:
    with pytest.raises(UnknownRespondentError, match="known: indifferent"):
        planted_from_name("stoic", {}, world())
    with pytest.raises(ConfigError, match="no option 'strenght'"):
        planted_from_name("hedonist", {"strenght": "3"}, world())
    with pytest.raises(ConfigError, match="must be a number"):
        planted_from_name("hedonist", {"noise": "much"}, world())
    with pytest.raises(ConfigError, match="between 0 and 1"):
        planted_from_name("hedonist", {"refusal": "7"}, world())


def test_a_world_s_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="a row a clip"):
        PlantedWorld(("a",), np.zeros((2, 10)), CODES, NAMES)
    with pytest.raises(ValueError, match="one number a value"):
        PlantedWorld(("a",), np.zeros((1, 10)), CODES, NAMES, {"x": np.zeros(3)})
