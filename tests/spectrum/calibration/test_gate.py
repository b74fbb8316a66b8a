import numpy as np
import pytest

from spectrum.calibration.gate import Effort, Figure, GateResult, joined, most_significant


def test_so_many_false_alarms_are_allowed_as_the_measurement_rules_say() -> None:
    assert most_significant(2000) == 123
    assert most_significant(200) == 18


@pytest.mark.parametrize(
    ("value", "low", "high", "mutant", "gated", "passes"),
    [
        (1.0, 0.9, 1.1, False, True, True),
        (1.2, 0.9, 1.1, False, True, False),
        (1.2, 0.9, 1.1, True, True, True),
        (1.0, 0.9, 1.1, True, True, False),
        (0.5, None, 0.4, False, True, False),
        (0.5, None, 0.4, False, False, True),
        (float("nan"), 0.9, 1.1, False, True, False),
    ],
)
def test_a_figure_passes_within_its_limits_and_a_mutants_outside(
    value: float, low: float | None, high: float | None, mutant: bool, gated: bool, passes: bool
) -> None:
    assert Figure("g", "c", "f", value, low, high, mutant=mutant, gated=gated).passes is passes


def test_limits_are_told_in_words() -> None:
    assert Figure("g", "c", "f", 1.0, 0.9, 1.1).limit == "0.9 to 1.1"
    assert Figure("g", "c", "f", 1.0, None, 123).limit == "at most 123"
    assert Figure("g", "c", "f", 1.0, 0.93, None).limit == "at least 0.93"
    assert Figure("g", "c", "f", 1.0, 0.9, None, mutant=True).limit == "not at least 0.9"
    assert Figure("g", "c", "f", 1.0, gated=False).limit == "printed"


def test_a_cell_draws_the_same_whatever_ran_before_it() -> None:
    effort = Effort(seed=3)
    first = effort.rng("gate", "cell").random(4)
    effort.rng("gate", "another").random(100)
    assert np.array_equal(effort.rng("gate", "cell").random(4), first)
    assert not np.array_equal(effort.rng("gate", "another").random(4), first)
    assert not np.array_equal(Effort(seed=4).rng("gate", "cell").random(4), first)


def test_runs_are_the_gates_own_unless_given() -> None:
    assert Effort().of(4000, 200) == 4000
    assert Effort(fast=True).of(4000, 200) == 200
    assert Effort(fast=True, runs=50).of(4000, 200) == 50


def test_results_join_figure_by_figure_and_table_by_table() -> None:
    figure = Figure("g", "c", "f", 1.0)
    both = joined([GateResult((figure,), {"a": [{"x": 1}]}), GateResult((figure,), {"a": [{"x": 2}], "b": []})])
    assert len(both.figures) == 2
    assert both.tables == {"a": [{"x": 1}, {"x": 2}], "b": []}
