"""The fast calibration, which fails the build; and gates that notice a broken instrument."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from spectrum.calibration import coverage, recovery
from spectrum.calibration.batches import batches
from spectrum.calibration.calibrate import Calibration, calibrate, write_calibration
from spectrum.calibration.coverage import Cell, cover, simulate
from spectrum.calibration.false_positives import counted
from spectrum.calibration.gate import Effort, Figure
from spectrum.calibration.gates import GATES, chosen
from spectrum.calibration.published import LOOKS, places, planted_clips
from spectrum.errors import ConfigError
from spectrum.runs.tables import CALIBRATION_METRICS
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import Observations
from spectrum.stats.profile import Scale, estimate_profile

SMALL = Cell("small", clips_a_value=20, wordings=8, low=0.92, high=0.99, full=64)


@pytest.fixture(scope="module")
def fast() -> Calibration:
    return calibrate(GATES, Effort(fast=True), lambda _: None)


@pytest.fixture(scope="module")
def folder(fast: Calibration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("calibration")
    write_calibration(written, fast)
    return written


def missed(found: Calibration) -> list[Figure]:
    return [figure for figure in found.figures if not figure.passes]


def test_the_instrument_passes_its_fast_calibration(fast: Calibration) -> None:
    assert missed(fast) == []
    assert {one.name for one in fast.judged} == {gate.name for gate in GATES}
    assert fast.headline.startswith("The instrument passes")


def test_every_mutant_is_caught(fast: Calibration) -> None:
    caught = {figure.cell.split(" (")[0] for figure in fast.figures if figure.mutant and figure.gated and figure.passes}
    assert {"like-only", "hard labels"} <= caught
    assert sum("bias-uncorrected" in name for name in caught) == 2
    assert any("clip-only" in name for name in caught)


def test_tables_have_their_schemas_and_every_figure_a_row(fast: Calibration, folder: Path) -> None:
    for name, schema in CALIBRATION_METRICS.items():
        table = pq.read_table(folder / "tables" / f"{name}.parquet")
        assert table.schema.equals(schema)
        assert table.num_rows > 0
        assert (folder / "tables" / f"{name}.csv").exists()
    rows = pq.read_table(folder / "tables" / "gates.parquet").to_pylist()
    assert [row["value"] for row in rows] == pytest.approx([figure.value for figure in fast.figures], abs=1e-9)


def test_the_summary_says_what_passed_and_what_it_took(folder: Path) -> None:
    import json

    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["kind"], summary["status"], summary["passes"], summary["fast"]) == (
        "calibration",
        "done",
        True,
        True,
    )
    assert [gate["name"] for gate in summary["gates"]] == [gate.name for gate in GATES]
    assert all(gate["figures"] > 0 and not gate["missed"] for gate in summary["gates"])


def test_planted_clips_are_liked_for_sure_by_what_can_be_seen_of_them() -> None:
    rows = planted_clips(Effort())
    probability = np.array([row["probability"] for row in rows])
    share = np.array([row["share"] for row in rows])
    assert np.mean((probability < 0.1) | (probability > 0.9)) > 0.7
    assert probability.mean() == pytest.approx(share.mean(), abs=0.03)
    looks = np.array([[row[name] for name in LOOKS] for row in rows])
    assert np.array_equal(places(looks), [row["place"] for row in rows])
    assert np.mean([len(row["evokes"].split(";")) if row["evokes"] else 0 for row in rows]) == pytest.approx(
        2.3, abs=0.2
    )


def test_batches_of_the_gates_are_the_products_single_runs() -> None:
    """What the coverage gate counts is what a user's run would print, to ten digits."""
    held = next(iter(simulate(SMALL, 8, np.random.default_rng(4))))
    found: list[Intervals] = []

    def single(observations: Observations, *, scale: Scale = "probability") -> object:
        profile = estimate_profile(observations, scale=scale)
        found.extend(
            estimate_profile(replace(observations, response=one), scale=scale).theta for one in observations.response.T
        )
        return profile

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "estimate_profile", single)
        again = next(iter(simulate(SMALL, 8, np.random.default_rng(4))))
    assert np.array_equal(again.found.low, held.found.low)
    for number, alone in enumerate(found):
        for name in ("estimate", "se", "df", "low", "high", "p", "p_holm"):
            assert getattr(held.found, name)[number] == pytest.approx(getattr(alone, name), rel=1e-10, abs=1e-10)


def test_intervals_that_are_too_short_fail_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    def boastful(observations: Observations, *, scale: Scale = "probability") -> object:
        profile = estimate_profile(observations, scale=scale)
        theta = profile.theta
        middle, reach = (theta.low + theta.high) / 2, 0.6 * (theta.high - theta.low) / 2
        return replace(profile, theta=replace(theta, low=middle - reach, high=middle + reach))

    assert cover(SMALL, Effort(), lambda _: None).figures[0].passes
    monkeypatch.setattr(coverage, "estimate_profile", boastful)
    assert not cover(SMALL, Effort(), lambda _: None).figures[0].passes


def test_an_estimator_that_shrinks_fails_recovery() -> None:
    def shy(observations: Observations, scale: Scale) -> Intervals:
        found = recovery.product(observations, scale)
        return replace(found, estimate=0.7 * found.estimate)

    cell = recovery.Cell(0.10, 0.0, clips_a_value=30)
    honest = recovery.recover(cell, "probability", 48, np.random.default_rng(0))
    shrunk = recovery.recover(cell, "probability", 48, np.random.default_rng(0), shy)
    assert recovery.figures("g", "c", honest)[0].passes
    assert not recovery.figures("g", "c", shrunk)[0].passes
    assert shrunk.slope == pytest.approx(0.7 * honest.slope)
    # r cannot tell them apart, which is why it is printed and never gated.
    assert shrunk.r == pytest.approx(honest.r)
    assert not recovery.figures("g", "c", honest)[2].gated


def test_a_mutant_that_nothing_gives_away_fails_its_gate() -> None:
    honest = recovery.recover(recovery.Cell(0.10, clips_a_value=30), "probability", 48, np.random.default_rng(0))
    assert not any(figure.passes for figure in recovery.figures("g", "c", honest, mutant=True) if figure.gated)


def test_one_alarm_too_many_fails() -> None:
    alarms = np.arange(200) < 18
    assert counted("g", "c", "t", alarms).figures[0].passes
    alarms[18] = True
    assert not counted("g", "c", "t", alarms).figures[0].passes
    assert counted("g", "c", "t", alarms, gated=False).figures[0].passes


def test_gates_are_chosen_by_name_in_their_own_order() -> None:
    assert [gate.name for gate in chosen(("blank", "recovery"))] == ["recovery", "blank"]
    assert chosen(()) == GATES
    with pytest.raises(ConfigError, match="no gate 'blanc'; choose from recovery, mutants"):
        chosen(("blanc",))


def test_designs_are_drawn_anew_and_runs_add_up() -> None:
    drawn = list(batches(300, np.random.default_rng(0), SMALL.ask))
    assert sum(batch.runs for batch in drawn) == 300
    assert len({id(batch.asked) for batch in drawn}) == 3
