from dataclasses import replace
from pathlib import Path

import numpy as np

from spectrum.compare.comparison import Options, compare
from spectrum.compare.decisions import DIFFERS, POINTS_ONLY, SAME, UNDECIDED, WITHIN, decide
from spectrum.stats.equivalence import equivalence
from spectrum.stats.intervals import holm
from tests.support.many_runs import write_runs


def found_of(folders: list[Path]) -> list[object]:
    return [pair.difference for pair in compare(folders, Options()).pairs]


def test_holm_is_over_all_values_of_all_comparisons(five: dict[str, Path]) -> None:
    differences = found_of([five["plain"], five["hedonist"], five["plain2"]])
    decisions = decide(differences)  # type: ignore[arg-type]
    p = np.concatenate([one.found.contrast.theta.p for one in differences])  # type: ignore[attr-defined]
    told = np.concatenate([one.p_family for one in decisions if one is not None])
    assert np.allclose(told, holm(p))
    assert (told >= np.concatenate([one.found.contrast.theta.p_holm for one in differences]) - 1e-12).all()  # type: ignore[attr-defined]


def test_a_difference_is_real_only_where_both_scales_say_so(five: dict[str, Path]) -> None:
    (one,) = found_of([five["plain"], five["hedonist"]])
    estimates = one.found  # type: ignore[attr-defined]
    silent = replace(estimates.logit, p=np.ones(10), p_holm=np.ones(10))
    turned = replace(estimates.logit, estimate=-estimates.logit.estimate)
    for logit in (silent, turned):
        (decision,) = decide([replace(one, found=replace(estimates, logit=logit))])  # type: ignore[type-var]
        assert decision is not None
        assert not decision.significant.any()
        assert decision.verdicts[2] == POINTS_ONLY
        assert not decision.standing.named
    (alone,) = decide([replace(one, found=replace(estimates, logit=None))])  # type: ignore[type-var]
    assert alone is not None and alone.verdicts[2] == DIFFERS
    assert np.isnan(alone.p_logit).all()


def test_real_and_within_the_margin_is_both(five: dict[str, Path]) -> None:
    (one,) = found_of([five["plain"], five["hedonist"]])
    estimates = one.found  # type: ignore[attr-defined]
    wide = replace(estimates, same=equivalence(estimates.contrast.theta, 0.99))
    (decision,) = decide([replace(one, found=wide)])  # type: ignore[type-var]
    assert decision is not None
    assert decision.verdicts[2] == WITHIN
    assert set(decision.verdicts) == {WITHIN, SAME}
    narrow = replace(estimates, same=equivalence(estimates.contrast.theta, 0.001))
    (decision,) = decide([replace(one, found=narrow)])  # type: ignore[type-var]
    assert decision is not None and set(decision.verdicts) == {DIFFERS, UNDECIDED}


def test_two_levels_do_not_make_one_profile_look_like_two(tmp_path: Path) -> None:
    """One profile on the logit scale at two levels: where nearly all is accepted, points have no room."""
    profile = np.array([0.9, -0.9, 0.6, -0.6, 0.9, -0.9, 0.6, -0.6, 0.3, -0.3])
    folders = write_runs(tmp_path, np.stack([profile, profile]), levels=(0.0, 2.8), clips_a_value=60)
    (pair,) = compare(folders, Options()).pairs
    assert pair.decision is not None
    assert (pair.decision.p_family < 0.05).sum() >= 4
    assert not pair.decision.significant.any()
    assert POINTS_ONLY in pair.decision.verdicts
    assert not pair.decision.standing.named
