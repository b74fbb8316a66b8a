"""Bounds, the paper's score, Holm and kappa: known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.stats.agreement import matched_kappa
from spectrum.stats.bounds import acceptance_bounds
from spectrum.stats.clustered import Inference
from spectrum.stats.intervals import holm, t_intervals
from spectrum.stats.paper import paper_scores

PUBLISHED = {
    # Percentages of the paper's main table (SD, UN, BE, ST, PO, AC, HE, CO, TR, SE), and its figure of their SD.
    "GPT-4o": ([78, 90, 88, 56, 80, 86, 76, 86, 68, 78], 10.3),
    "Deepseek-VL2": ([66, 68, 82, 68, 76, 62, 72, 78, 80, 64], 7.04),
    "Claude 3.5 Sonnet": ([70, 70, 68, 34, 50, 60, 66, 58, 66, 58], 11.2),
    "Gemini 2.0 Flash": ([84, 90, 86, 92, 94, 92, 82, 86, 92, 90], 4.02),
    "Blip-2": ([72, 78, 68, 48, 28, 48, 52, 64, 74, 40], 16.5),
    "Qwen2.5-VL-Plus": ([70, 56, 70, 40, 62, 58, 60, 56, 70, 52], 9.43),
    "InternVL2": ([44, 54, 44, 28, 32, 38, 48, 54, 54, 26], 10.8),
}
COGVLM2 = [80, 80, 80, 74, 90, 72, 78, 68, 78, 76]


@pytest.mark.parametrize("model", PUBLISHED)
def test_the_published_table_as_counts_of_fifty_gives_back_the_published_sds(model: str) -> None:
    percentages, published = PUBLISHED[model]
    scores = paper_scores(np.array(percentages) // 2, np.full(10, 50))
    assert scores.percent.tolist() == percentages
    assert scores.sd is not None
    assert float(f"{scores.sd:.3g}") == published


def test_cogvlm2_is_the_exception_because_the_papers_own_figure_is_wrong() -> None:
    """The paper prints 6.99 for CogVLM2; its own table gives 5.87. We keep to the table."""
    scores = paper_scores(np.array(COGVLM2) // 2, np.full(10, 50))
    assert scores.sd == pytest.approx(5.87, abs=0.005)
    assert scores.sd != pytest.approx(6.99, abs=0.5)


def test_a_refusal_counts_as_asked_and_a_value_not_asked_about_has_no_score() -> None:
    scores = paper_scores(np.array([3, 0]), np.array([4, 0]))
    assert scores.percent[0] == 75
    assert np.isnan(scores.percent[1])
    assert (scores.mean, scores.sd) == (75.0, None)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=60))
def test_bounds_hold_every_way_the_missing_could_have_answered(acceptance: list[float]) -> None:
    numbers = np.array(acceptance, dtype=float)
    found = acceptance_bounds(numbers)
    if not acceptance:
        assert (found.accepted, found.low, found.high) == (None, None, None)
        return
    assert found.low == pytest.approx(np.nan_to_num(numbers, nan=0.0).mean())
    assert found.high == pytest.approx(np.nan_to_num(numbers, nan=1.0).mean())
    if found.accepted is not None:
        assert found.low - 1e-12 <= found.accepted <= found.high + 1e-12


def test_holm_steps_down() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_agrees_with_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(0)
    for size in (1, 2, 10, 45):
        p = np.round(rng.random(size) ** 3, 2)
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_student_intervals_know_their_tables() -> None:
    found = t_intervals(Inference(np.array([1.0, 0.0, 2.0]), np.array([0.5, 0.0, 0.0]), np.array([10.0, 1.0, 1.0])))
    assert found.high[0] == pytest.approx(1 + 2.228 * 0.5, abs=1e-3)
    assert found.p[0] == pytest.approx(0.0734, abs=1e-4)
    assert found.p[1:].tolist() == [1.0, 0.0]


def test_kappa_gives_no_credit_for_a_shared_level() -> None:
    """Yes to one framing and no to the other: raw agreement is perfect, beyond the level there is none."""
    stratum = np.repeat([0, 1], 100)
    level_only = stratum == 0
    assert matched_kappa(level_only, level_only, stratum) is None
    rng = np.random.default_rng(0)
    first = rng.random(4000) < np.repeat([0.97, 0.03], 2000)
    second = rng.random(4000) < np.repeat([0.97, 0.03], 2000)
    assert (first == second).mean() > 0.92
    kappa = matched_kappa(first, second, np.repeat([0, 1], 2000))
    assert kappa == pytest.approx(0, abs=0.08)


def test_kappa_of_one_stratum_is_cohens() -> None:
    """Cohen's worked table: 20 both yes, 15 both no, 5 and 10 apart: .4."""
    first = np.array([True] * 25 + [False] * 25)
    second = np.array([True] * 20 + [False] * 5 + [True] * 10 + [False] * 15)
    assert matched_kappa(first, second, np.zeros(50, dtype=np.int64)) == pytest.approx(0.4)
