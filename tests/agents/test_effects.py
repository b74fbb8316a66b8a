import numpy as np
import pytest
from scipy import stats

from agents.decomposition import decompose
from agents.effects import jackknife, level_of, mean_over_episodes
from agents.episodes import Episode
from agents.state import Answer, state_contrast, state_pairs, state_profile
from spectrum.runs.arm_name import ArmName
from spectrum.stats.observations import Framing
from tests.support.browsing import CODES


def test_a_mean_over_episodes_is_the_t_test_of_scipy() -> None:
    rows = np.random.default_rng(0).normal(0.3, 1, size=(12, 3))
    found = mean_over_episodes(rows)
    assert found is not None and found.episodes == 12
    oracle = stats.ttest_1samp(rows, 0)
    interval = oracle.confidence_interval(0.95)
    assert found.intervals.p == pytest.approx(oracle.pvalue)
    assert found.intervals.low == pytest.approx(interval.low) and found.intervals.high == pytest.approx(interval.high)
    assert found.intervals.p_holm[np.argmin(oracle.pvalue)] == pytest.approx(min(1, 3 * oracle.pvalue.min()))


def test_episodes_with_a_gap_are_left_out_and_one_episode_has_no_interval() -> None:
    rows = np.array([[1.0], [2.0], [np.nan], [4.0]])
    found = mean_over_episodes(rows)
    assert found is not None and found.episodes == 3
    assert mean_over_episodes(rows[:1]) is None


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    rows = np.random.default_rng(1).normal(size=(9, 2))
    left_out, direct = jackknife(lambda chosen: rows[chosen].mean(axis=0), 9), mean_over_episodes(rows)
    assert left_out is not None and direct is not None
    assert left_out.intervals.se == pytest.approx(direct.intervals.se)
    assert jackknife(lambda chosen: np.array([np.nan]), 9) is None and jackknife(lambda chosen: rows[0], 1) is None


def episode(arm: str, pair: int, level: float) -> Episode:
    interest = np.full(4, level)
    return Episode(
        ArmName.of(arm),
        pair,
        pair,
        np.arange(4),
        np.eye(10)[:4],
        interest,
        interest,
        ("like",) * 4,
        ("",) * 4,
        interest,
    )


def test_both_decompositions_add_up_to_the_total_and_differ_by_the_interaction() -> None:
    cells = {"bold@adaptive": 0.9, "neutral@adaptive": 0.4, "bold@yoked:neutral": 0.6, "neutral@yoked:bold": 0.5,
             "bold@random": 0.55, "neutral@random": 0.35}  # fmt: skip
    noise = np.random.default_rng(2).normal(0, 0.01, size=(6, 5))
    arms = {
        name: {pair: episode(name, pair, level + noise[row, pair]) for pair in range(5)}
        for row, (name, level) in enumerate(cells.items())
    }
    parts = {part.part: float(part.effect.intervals.estimate[0]) for part in decompose(arms, level_of)}
    assert parts["total"] == pytest.approx(0.5, abs=0.02)
    first = parts["persona at the neutral feed"] + parts["feed for the persona"]
    second = parts["persona at its own feed"] + parts["feed for neutral"]
    assert first == pytest.approx(parts["total"]) == pytest.approx(second)
    assert parts["persona at the neutral feed"] == pytest.approx(0.2, abs=0.02)
    assert parts["persona at its own feed"] == pytest.approx(0.4, abs=0.02)
    assert parts["interaction"] == pytest.approx(parts["feed for the persona"] - parts["feed for neutral"])
    assert parts["algorithm for the persona"] == pytest.approx(0.35, abs=0.02)
    assert parts["persona's share of the algorithm"] == pytest.approx(0.3, abs=0.03)
    assert {part.part for part in decompose({k: v for k, v in arms.items() if "yoked" not in k}, level_of)} == {
        "algorithm for the persona", "algorithm for neutral", "persona's share of the algorithm",
    }  # fmt: skip


def answers(bonus: np.ndarray, pairs: int = 12, clips: int = 30, own_keys: bool = False) -> list[Answer]:
    """Two framings a clip; acceptance is .5 + bonus of the clip's value, plus an appeal that all agents share."""
    found = []
    for pair in range(pairs):
        replicate = pair + pairs * own_keys
        draw = np.random.default_rng(replicate)
        for place in draw.choice(200, clips, replace=False).tolist():
            appeal = np.random.default_rng(10_000 + place).normal(0, 0.1)
            for framing in (Framing.WOULD, Framing.WOULD_NOT):
                accepted = float(np.clip(0.5 + bonus[place % 10] + appeal, 0, 1))
                found.append(Answer(pair, replicate, f"c{place}", f"i{place}{framing}", f"w{place % 7}", int(framing),
                                    accepted, float(accepted > 0.5)))  # fmt: skip
    return found


LABELS = {f"c{place}": np.eye(10)[place % 10] for place in range(200)}


def test_state_recovers_what_was_planted_and_pairing_cancels_the_clips_appeal() -> None:
    bonus = np.zeros(10)
    bonus[CODES.index("ST")] = 0.2
    bold, neutral, twin = answers(bonus), answers(np.zeros(10)), answers(np.zeros(10), own_keys=True)
    paired = state_contrast(bold, neutral, LABELS, "probability")
    apart = state_contrast(bold, twin, LABELS, "probability")
    assert paired is not None and apart is not None
    assert paired.intervals.estimate == pytest.approx(bonus - bonus.mean(), abs=1e-6)
    assert paired.intervals.se.max() < 1e-6 < apart.intervals.se.min()
    assert (apart.intervals.low < bonus - bonus.mean()).all() and (apart.intervals.high > bonus - bonus.mean()).all()
    own = state_profile(bold, LABELS, "probability")
    assert own is not None and own.episodes == 12 and int(np.argmax(own.intervals.estimate)) == CODES.index("ST")


def test_state_that_cannot_be_estimated_is_none_rather_than_a_number() -> None:
    assert state_profile(answers(np.zeros(10), pairs=1), LABELS, "probability") is None
    assert state_profile(answers(np.zeros(10), pairs=2, clips=3), LABELS, "probability") is None
    assert state_profile([], LABELS, "written") is None


def test_states_are_compared_with_neutral_once_and_with_memory_off() -> None:
    arms = ["bold@adaptive", "bold@random", "neutral@adaptive", "neutral@random", "bold@adaptive+memory",
            "neutral@adaptive+memory"]  # fmt: skip
    assert state_pairs(arms) == [
        ("bold@adaptive", "neutral@adaptive"),
        ("bold@adaptive+memory", "neutral@adaptive+memory"),
        ("bold@adaptive+memory", "bold@adaptive"),
        ("neutral@adaptive+memory", "neutral@adaptive"),
    ]
