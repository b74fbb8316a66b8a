"""The calibration gate of adherence passes, and notices instruments that claim what is not there."""

from dataclasses import replace

import numpy as np
import pytest

from personas import gates
from personas.adherence import slope
from personas.gates import GATES, PEOPLE, AdherenceGate
from personas.planted_pools import Cast
from spectrum.calibration.gate import Effort, GateResult
from spectrum.cli.calibrate import known_gates

SMALL = Effort(fast=True, runs=12)


def run(gate: AdherenceGate, effort: Effort = SMALL) -> GateResult:
    return gate.run(effort, lambda _: None)


@pytest.fixture(scope="module")
def fast() -> GateResult:
    return run(AdherenceGate(), Effort(fast=True))


def test_the_gate_passes_and_its_mutants_are_caught(fast: GateResult) -> None:
    assert [figure for figure in fast.figures if not figure.passes] == []
    caught = {figure.cell.split(":")[0] for figure in fast.figures if figure.mutant and figure.gated}
    assert caught == set(gates.MUTANTS)
    assert {row["test"] for row in fast.tables["false_positives"]} == set(gates.TESTS)


def test_spectrum_calibrate_knows_the_gate() -> None:
    assert GATES[0].name == "adherence" and "adherence" in [gate.name for gate in known_gates()]


def test_a_mutant_that_claims_no_more_than_chance_fails_the_gate() -> None:
    honest = AdherenceGate(mutants={"none": lambda answers, pool: slope(pool)})
    assert [figure.cell for figure in run(honest).figures if not figure.passes] == [
        "none: ignores them, likes what targets share"
    ]


@pytest.mark.parametrize("claim", gates.MUTANTS.values(), ids=list(gates.MUTANTS))
def test_an_instrument_that_claims_what_all_share_raises_alarms(
    claim: gates.Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutants in the product's place: the gate fails for the ignorer."""
    judged = gates.Judged.of

    def claims_it(
        cast: Cast, kind: str, rng: np.random.Generator, _: object = (), *, greedy: bool = False
    ) -> gates.Judged:
        if greedy:
            return judged(cast, kind, rng, greedy=True)
        found = judged(cast, kind, rng, (claim,))
        low = found.claims[0].low
        return replace(found, p=(0.0 if low > 0 else 1.0, *found.p[1:]))

    monkeypatch.setattr(gates.Judged, "of", claims_it)
    missed = [figure for figure in run(AdherenceGate(mutants={})).figures if not figure.passes]
    assert [(figure.cell, figure.figure) for figure in missed if "slope differs" in figure.figure][-1] == (
        "ignores them, likes what targets share",
        "the slope differs from 0",
    )


def test_a_slope_that_shrinks_by_a_third_fails_for_the_follower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "slope", lambda pool: slope(pool).map(lambda end: end * 2 / 3))
    missed = [figure.figure for figure in run(AdherenceGate(mutants={})).figures if not figure.passes]
    assert "slope, mean" in missed


def test_what_people_share_is_in_their_order() -> None:
    assert PEOPLE.mean() == pytest.approx(0, abs=1e-12) and np.argmax(PEOPLE) == 8 and np.argmin(PEOPLE) == 4
