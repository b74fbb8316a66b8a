from dataclasses import replace

import numpy as np
import pytest

from spectrum.stats.observations import Framing, Observations
from spectrum.stats.polarity import Verdict, coherence
from tests.support.simulated import Planted


def observations(would: np.ndarray, reversed_would_not: np.ndarray) -> Observations:
    clips = would.size
    clip = np.tile(np.arange(clips), 2)
    return Observations(
        np.concatenate([would, reversed_would_not]),
        clip,
        np.zeros(clip.size, dtype=np.int64),
        np.repeat([int(Framing.WOULD), int(Framing.WOULD_NOT)], clips),
        np.zeros((clips, 1)),
        np.arange(clips),
        np.zeros((clips, 0)),
    )


def test_a_respondent_that_understands_negation_passes_even_with_a_yes_bias() -> None:
    drawn, _ = Planted(clip_sd=2.0, yes_bias=1.0).draw(np.random.default_rng(0))
    found = coherence(drawn)
    assert found.verdict is Verdict.PASSES
    assert found.low is not None and found.low > 0.3
    assert found.clips == 1000


def test_one_that_answers_the_words_and_not_the_sentence_is_reversed() -> None:
    drawn, _ = Planted(clip_sd=2.0, understands_negation=False).draw(np.random.default_rng(0))
    found = coherence(drawn)
    assert found.verdict is Verdict.REVERSED
    assert found.high is not None and found.high < 0


def test_chance_a_single_answer_and_few_clips_decide_nothing() -> None:
    rng = np.random.default_rng(1)
    coin = observations(rng.integers(0, 2, 300).astype(float), rng.integers(0, 2, 300).astype(float))
    assert coherence(coin).verdict is Verdict.UNDECIDED
    always_yes = coherence(observations(np.ones(300), np.zeros(300)))
    assert (always_yes.verdict, always_yes.correlation) == (Verdict.UNDECIDED, None)
    few = coherence(observations(np.array([1.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0])))
    assert (few.verdict, few.clips) == (Verdict.UNDECIDED, 3)


def test_agreement_to_the_last_clip_passes() -> None:
    answers = np.array([1.0, 0.0] * 10)
    found = coherence(observations(answers, answers))
    assert (found.verdict, found.correlation) == (Verdict.PASSES, 1.0)


def test_the_correlation_and_its_interval_are_fishers_where_answers_are_normal() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(200):
        pair = rng.multivariate_normal([0.0, 0.0], [[1, 0.5], [0.5, 1]], size=80) / 8
        found = coherence(observations(np.clip(pair[:, 0], -1, 1), np.clip(pair[:, 1], -1, 1)))
        assert found.low is not None and found.high is not None
        inside += found.low <= 0.5 <= found.high
    assert 0.90 <= inside / 200 <= 0.99
    assert found.correlation == pytest.approx(np.corrcoef(pair.T)[0, 1], abs=1e-9)


def test_a_strong_yes_bias_does_not_hide_that_negation_is_understood() -> None:
    """With hardly a no to either stem, single answers scatter more than clips differ: that scatter is taken out."""
    drawn, _ = Planted(clip_sd=1.0, yes_bias=2.0).draw(np.random.default_rng(0))
    raw = np.corrcoef(
        *(
            np.bincount(drawn.clip, weights=drawn.response * (drawn.framing == framing))
            for framing in (Framing.WOULD, Framing.WOULD_NOT)
        )
    )[0, 1]
    found = coherence(drawn)
    assert raw < 0.3
    assert found.corrected
    assert found.correlation is not None and found.correlation > 0.4
    assert found.verdict is Verdict.PASSES


def test_nothing_is_corrected_where_a_framing_does_not_agree_with_itself() -> None:
    rng = np.random.default_rng(3)
    drawn, _ = Planted(clips_a_value=20).draw(rng)
    coin = replace(drawn, response=rng.integers(0, 2, drawn.response.size).astype(float))
    assert not coherence(coin).corrected
    assert coherence(coin).verdict is Verdict.UNDECIDED
    one_wording = observations(np.array([1.0, 0.0] * 10), np.array([1.0, 0.0] * 10))
    assert not coherence(one_wording).corrected


def test_the_corrected_correlation_is_that_of_what_clips_are_accepted_by() -> None:
    """Clips accepted with known chances under two framings, eight answers each: the chances' own correlation."""
    rng = np.random.default_rng(4)
    truth, held = [], []
    for _ in range(40):
        pair = np.clip(rng.multivariate_normal([0.5, 0.5], [[0.02, 0.012], [0.012, 0.02]], size=500), 0.02, 0.98)
        clip = np.repeat(np.arange(500), 16)
        framing = np.tile(np.repeat([int(Framing.WOULD), int(Framing.WOULD_NOT)], 8), 500)
        response = (rng.random(clip.size) < pair[clip, framing]).astype(float)
        wording = np.tile(np.arange(8), 1000)
        found = coherence(
            Observations(response, clip, wording, framing, np.zeros((500, 1)), np.arange(500), np.zeros((500, 0)))
        )
        assert found.corrected and found.low is not None and found.high is not None
        truth.append(found.correlation)
        held.append(found.low <= 0.6 <= found.high)
    assert np.mean(truth) == pytest.approx(0.6, abs=0.03)
    assert np.mean(held) >= 0.85
