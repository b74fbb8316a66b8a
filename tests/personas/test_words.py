"""No verdict in words contradicts an interval that is printed beside it, whatever the numbers are."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from personas.adherence import NO_CHANGE, NOT_AS_A_WHOLE, change_p
from personas.arms import Arm
from personas.control_questions import CONTROL, RECALL
from personas.controls import ControlResult
from personas.inference import Estimate, bare, student
from personas.planted_pools import Cast
from personas.results import PoolResult, Statistic, judge
from personas.words import Compared, contrast_sentence, control_line, headline_numbers, values_sentence
from spectrum.values import SCHWARTZ

NAMES = SCHWARTZ.names
CAST = Cast(clips_a_value=4)
WITHIN, ABOVE, BELOW = (student(value, 0.01**2, 30.0) for value in (0.0, 0.1, -0.1))
FOUND = [(WITHIN, 0.2), *product([ABOVE, BELOW], [0.001, 0.2])]
"""Intervals with a p by Holm, which may take back what an interval says, and never adds to it."""


def excludes_zero(found: Estimate) -> bool:
    return found.low > 0 or found.high < 0


@pytest.fixture(scope="module", params=[0.0, 0.03, 0.06, 0.12, 0.5])
def shifted(request: pytest.FixtureRequest):
    """Pools of personas followed by so little that the test of all directions and that of the slope often differ."""
    rng = np.random.default_rng(11)
    pools = []
    for _ in range(3):
        pool = CAST.pool(rng, "ignorer")
        pools.append(replace(pool, shifts=replace(pool.shifts, delta=pool.shifts.delta + request.param * pool.tau)))
    return pools


@pytest.mark.parametrize(("acceptance", "told"), product([False, True], [False, True]))
def test_no_change_is_said_only_where_every_interval_holds_zero(shifted, acceptance, told):
    for pool in shifted:
        r, *others = judge(pool, acceptance, told=told)
        found = [one.estimate for one in others if one.name in ("rms_distinctive", "on_target", "slope")]
        changed = change_p(pool.shifts) < 0.05
        assert changed == (r.note == "")
        assert np.isnan(r.estimate.value) == bool(r.note)
        assert (r.note == NO_CHANGE) == (not changed and not told and not any(map(excludes_zero, found)))
        said = headline_numbers(PoolResult("all", "all", Arm.AS_WRITTEN, 66, 22, (r, *others)))
        if "no change" in said:
            assert not any(map(excludes_zero, found))


def test_a_half_followed_pool_whose_slope_is_told_is_not_said_to_be_unchanged():
    """The case that was printed: all directions together within noise, the slope's interval above zero."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        pool = CAST.pool(rng, "ignorer")
        pool = replace(pool, shifts=replace(pool.shifts, delta=pool.shifts.delta + 0.08 * pool.tau))
        r, *others = judge(pool, True)
        (slope,) = [one.estimate for one in others if one.name == "slope"]
        if change_p(pool.shifts) >= 0.05 and excludes_zero(slope):
            assert r.note == NOT_AS_A_WHOLE and "no change" not in r.note
            return
    pytest.fail("no pool came out like that")


def test_the_verdict_of_a_run_agrees_with_all_that_is_told_of_it(tmp_path):
    """Through a whole run: who follows, which value stands out, who is identified."""
    from tests.personas.conftest import planted_run
    from tests.personas.test_run import table

    silent = 0
    for name, follow, seed in (("ignorer", "1", "1"), ("ignorer", "1", "2"), ("follower", "0.2", "3")):
        run = planted_run(tmp_path / seed, name, every=6, per_value=3, follow=follow, seed=seed, strength="1.5")
        rows = table(run, "adherence")
        for first in (row for row in rows if row["statistic"] == "distinctive_r"):
            if first["note"] != NO_CHANGE:
                continue
            silent += 1
            pool = [row for row in rows if all(row[key] == first[key] for key in ("strategy", "measure", "tier",
                                                                                "author", "arm"))]  # fmt: skip
            beside = {row["statistic"]: row for row in pool}
            for name in ("rms_distinctive", "on_target", "slope", "off_target", "reliability"):
                row = beside.get(name)
                assert row is None or row["low"] is None or row["low"] <= 0 <= row["high"], (name, seed, row)
            if first["arm"] == "as_written":
                people = table(run, "persona_adherence", strategy=first["strategy"], measure=first["measure"])
                mine = [row for row in people if first["tier"] in ("all", row["tier"])]
                assert not {"follows", "reverses"} & {row["verdict"] for row in mine}
                assert beside["identified_p"]["estimate"] >= 0.05
    assert silent


@pytest.mark.parametrize(("found", "p_holm"), FOUND)
def test_two_strategies_are_not_told_apart_only_where_the_interval_holds_zero(found, p_holm):
    said = contrast_sentence(Compared("isq", "simple", found, p_holm))
    assert ("cannot be told apart" in said) == (not excludes_zero(found))
    assert ("beats" in said) == excludes_zero(found)
    assert ("not for sure" in said) == (excludes_zero(found) and p_holm >= 0.05)
    if "beats" in said:
        assert said.startswith("isq beats simple by" if found is ABOVE else "simple beats isq by")
        low, high = map(int, re.findall(r"\[(-?\d+), (-?\d+)\]", said)[0])
        assert low > 0 and high > 0


@pytest.mark.parametrize(("one", "other"), product(FOUND, repeat=2))
def test_a_value_is_shown_or_lacking_only_as_its_interval_says(one, other):
    r = Statistic("distinctive_r", ABOVE)
    values = (one, other, (ABOVE, 0.001))
    said = values_sentence(PoolResult("all", "all", Arm.AS_WRITTEN, 9, 9, (r,), values), NAMES)
    shown, _, lacking = said.partition("not shown on")
    for name, (found, p) in zip(NAMES, values, strict=False):
        assert name not in shown or (found.low > 0 and p < 0.05)
        assert (name in lacking) == (not found.low > 0)
    undefined = PoolResult("all", "all", Arm.AS_WRITTEN, 9, 9, (Statistic("distinctive_r", bare(np.nan), NO_CHANGE),),
                           values)  # fmt: skip
    assert values_sentence(undefined, NAMES) == ""


@pytest.mark.parametrize(
    ("kind", "found", "said"),
    [
        (RECALL, bare(0.375), "isq: traits recalled, share right 0.38, no interval, chance .50"),
        (CONTROL, bare(0.0), "isq: whether control question 'text' moved cannot be told: 0.00, no interval"),
        (CONTROL, student(-0.12, 0.135**2, 1.0), "isq: whether control question 'text' moved cannot be told: -0.12 ["),
        (CONTROL, student(0.01, 0.02**2, 30.0), "isq: control question 'text' did not move with the persona: 0.01 ["),
        (CONTROL, student(0.5, 0.02**2, 30.0), "isq: control question 'text' moved with the persona: 0.50 ["),
    ],
)
def test_a_control_is_told_only_as_far_as_its_interval_goes(kind, found, said):
    line = control_line(ControlResult("isq", kind, "text", "all", found, float("nan"), 8))
    assert line.startswith(said) and "nan" not in line
