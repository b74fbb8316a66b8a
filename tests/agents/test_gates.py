"""The calibration gate of browsing passes, and notices instruments that take what is not independent for it."""

from dataclasses import replace

import numpy as np
import pytest

from agents import feed_gates, gates
from agents.effects import Effect
from agents.gates import GATES, MEASURES, BrowseGate, ProbeCell, recovered
from agents.planted_probes import Bench, Spread, answer_probes
from agents.planted_walks import walked
from agents.recommenders import FrozenFeed, RocchioFeed
from agents.state import PROBABILITY, state_profile
from spectrum.calibration.gate import Effort, Figure, GateResult
from spectrum.cli.calibrate import known_gates

SMALL = Bench(6, 11, 200)


def quiet(_: str) -> None:
    """Hears nothing."""


def missed(result: GateResult) -> list[Figure]:
    return [figure for figure in result.figures if not figure.passes]


@pytest.fixture(scope="module")
def fast() -> GateResult:
    return BrowseGate().run(Effort(fast=True), quiet)


def test_the_gate_passes_and_its_mutants_are_caught(fast: GateResult) -> None:
    assert missed(fast) == []
    caught = {figure.cell.split(":")[0] for figure in fast.figures if figure.mutant}
    assert caught == {
        "profile, every answer taken for an episode",
        feed_gates.SLOTS_ALONE,
        feed_gates.AS_PREFERENCE,
        feed_gates.WITHOUT_NULL,
    }


def test_every_test_of_nothing_is_in_the_table_of_false_positives(fast: GateResult) -> None:
    assert {row["gate"] for row in fast.tables["false_positives"]} == {"browse"}
    assert any("drift" in row["test"] for row in fast.tables["false_positives"])


def test_spectrum_calibrate_knows_the_gate() -> None:
    assert [gate.name for gate in known_gates()][-1] == GATES[0].name == "browse"


@pytest.mark.parametrize("shrunk", [2 / 3, 4 / 3])
def test_an_estimator_that_shrinks_or_stretches_fails(shrunk: float) -> None:
    def off(*run: object) -> Effect | None:
        effect = MEASURES["persona minus neutral, probabilities"](*run)  # type: ignore[arg-type]
        assert effect is not None
        return replace(effect, intervals=replace(effect.intervals, estimate=effect.intervals.estimate * shrunk))

    cell = ProbeCell("small", SMALL, 40, 40, {"persona minus neutral, probabilities": off})
    assert [figure.figure for figure in missed(recovered(cell, Effort(), quiet))] == ["slope"]


def test_a_mutant_that_is_sound_fails_the_gate() -> None:
    cell = ProbeCell("small", SMALL, 40, 40, {"persona minus neutral": gates.minus_neutral(PROBABILITY)}, mutant=True)
    assert [figure.mutant for figure in missed(recovered(cell, Effort(), quiet))] == [True]


def test_drift_that_alarms_without_cause_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_gates, "last_drift", lambda shown, seed: 0.04)
    assert [figure.figure for figure in missed(feed_gates.frozen("frozen", Effort(runs=10), quiet))] == [
        "drift, last window against first"
    ]


def test_drift_that_never_alarms_fails_where_a_value_is_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_gates, "last_drift", lambda shown, seed: 1.0)
    figures = [figure.figure for figure in missed(feed_gates.pushed(Effort(fast=True), quiet))]
    assert figures == ["share that find the drift"]


def test_the_same_seed_gives_the_same_figures() -> None:
    first, second = (feed_gates.frozen("frozen", Effort(runs=10), quiet).figures for _ in range(2))
    assert first == second


def test_truth_is_what_everybody_would_be_found_to_prefer() -> None:
    """Asked everything about every clip without noise, the product finds the census."""
    rng = np.random.default_rng(0)
    probed = Bench(20, 20, 200).plan(rng)
    still = Spread(clip=0.0, wording=0.0, value_wording=0.0, clip_wording=0.0, yes_bias=0.0)
    (nobody,) = answer_probes(probed, np.zeros((1, 10)), still, rng)
    assert np.abs(nobody.truth(probed.labels)).max() < 1e-12
    profile = np.zeros(10)
    profile[3] = 0.2
    _, persona = answer_probes(probed, np.array([np.zeros(10), profile]), still, rng)
    found = state_profile(probed.shared.answers(persona), probed.label_of, PROBABILITY)
    assert found is not None
    assert found.intervals.estimate == pytest.approx(persona.truth(probed.labels), abs=2e-3)
    assert persona.truth(probed.labels)[3] == pytest.approx(0.05 * 0.9, abs=2e-3)


def test_replicates_seldom_share_an_answer() -> None:
    """A clip that two replicates probe is asked in wordings of each one's own key."""
    cells = Bench(20, 11, 200).plan(np.random.default_rng(3)).shared.cell
    assert 1 - np.unique(cells).size / cells.size < 0.1


def test_a_twin_is_shown_other_clips_and_the_frozen_feed_goes_by_its_key() -> None:
    shown = walked(RocchioFeed(), np.random.default_rng(0), 3, 12, twin=True)
    twin, neutral = shown.arms["twin@adaptive"], shown.arms["neutral@adaptive"]
    assert all(set(twin[pair].rows) != set(neutral[pair].rows) for pair in range(3))
    one, other = (walked(FrozenFeed(50), np.random.default_rng(0), 2, 12).arms["neutral@adaptive"] for _ in range(2))
    assert all((one[pair].rows == other[pair].rows).all() for pair in range(2))
