import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from agents.results import write_results
from agents.trace import TraceWriter, read_trace
from spectrum.report.html import write_report
from spectrum.runs.manifest import read_manifest
from spectrum.runs.tables import BROWSE_METRICS
from tests.agents.conftest import SHELF, run
from tests.support.browsing import CODES, make_design


def rows(folder: Path, name: str, **wanted: object) -> list[dict]:
    found = pq.read_table(folder / "tables" / f"{name}.parquet").to_pylist()
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def test_every_table_is_there_in_its_schema_and_has_rows(browse_run: Path) -> None:
    for name, schema in BROWSE_METRICS.items():
        table = pq.read_table(browse_run / "tables" / f"{name}.parquet")
        assert table.schema.equals(schema), name
        assert table.num_rows, name
        assert (browse_run / "tables" / f"{name}.csv").exists()


def test_the_summary_says_what_kind_it_is_and_leads_with_exposure_and_its_twin_floor(browse_run: Path) -> None:
    summary = json.loads((browse_run / "summary.json").read_text())
    assert (summary["kind"], summary["status"], summary["format_version"]) == ("browse", "done", 1)
    assert "as bold it was shown" in summary["headline"]
    assert "a twin without a persona differed by" in summary["headline"]
    assert "Stimulation" in summary["headline"]
    trace = read_trace(browse_run / "trace.jsonl")
    assert summary["trace"] == {"records": len(trace.records), "seal": trace.seal}
    assert "A model, not an observation" in summary["watch_time"]


def test_exposure_is_what_the_trace_says(browse_run: Path) -> None:
    (row,) = rows(browse_run, "exposure", agent="bold@adaptive/0", value="ST")
    feed = [
        record
        for record in read_trace(browse_run / "trace.jsonl").records
        if record.agent == "bold@adaptive/0" and record.kind == "feed"
    ]
    labels = SHELF.labels[SHELF.rows(record.clip_id for record in feed)]
    assert row["share"] == pytest.approx(labels[:, 1].sum() / labels.sum(), abs=1e-6)
    assert row["slots"] == row["labelled"] == 36 and row["label_source"] == "sidecar"


def test_the_feed_follows_the_persona_and_the_twin_is_near_neutral(browse_run: Path) -> None:
    wanted = {"outcome": "exposure", "value": "ST", "reference": "neutral@adaptive"}
    (bold,) = rows(browse_run, "feed_contrasts", arm="bold@adaptive", **wanted)
    (twin,) = rows(browse_run, "feed_contrasts", arm="twin@adaptive", **wanted)
    assert bold["estimate"] > 0.1 and bold["low"] > 0 and bold["paired"] == "shared keys" and bold["episodes"] == 8
    assert abs(twin["estimate"]) < bold["estimate"] and twin["paired"] == "keys of its own"


def test_amplification_over_the_catalogue_and_over_the_neutral_agent(browse_run: Path) -> None:
    (found,) = rows(browse_run, "amplification", arm="bold@adaptive", reference="catalogue", value="ST")
    assert 2 ** found["log2"] == pytest.approx(found["share"] / found["reference_share"], rel=1e-3)
    (counterfactual,) = rows(browse_run, "amplification", arm="bold@adaptive", reference="neutral@adaptive", value="ST")
    assert counterfactual["log2"] > 0


def test_state_comes_from_probes_alone_and_finds_what_was_planted(browse_run: Path) -> None:
    found = rows(browse_run, "state", arm="bold@adaptive", reference="neutral@adaptive", measure="probability")
    best = max(found, key=lambda row: row["estimate"])
    assert best["value"] == "ST" and best["low"] > 0
    assert not rows(browse_run, "state", arm="bold@random", reference="neutral@random")


def test_the_algorithm_is_told_from_the_persona(browse_run: Path, yoked_run: Path) -> None:
    parts = {row["part"] for row in rows(browse_run, "decomposition", outcome="exposure", value="ST")}
    assert parts == {"algorithm for the persona", "algorithm for neutral", "persona's share of the algorithm"}
    level = {row["part"]: row["estimate"] for row in rows(yoked_run, "decomposition", outcome="level",
                                                          arm="bold@adaptive", design="yoked")}  # fmt: skip
    assert level["total"] == pytest.approx(
        level["persona at the neutral feed"] + level["feed for the persona"], abs=2e-6
    )
    assert level["total"] == pytest.approx(level["persona at its own feed"] + level["feed for neutral"], abs=2e-6)


def test_memory_on_is_compared_with_memory_off(yoked_run: Path) -> None:
    assert rows(yoked_run, "state", arm="neutral@adaptive+memory", reference="neutral@adaptive")
    assert rows(yoked_run, "feed_contrasts", arm="bold@adaptive+memory", reference="bold@adaptive")
    planned = pq.read_table(yoked_run / "plan.parquet", columns=["system"])["system"].to_pylist()
    assert not any("You have been scrolling" in system for system in planned)


def test_escape_stands_beside_the_arm_that_went_on_and_the_feed_lets_go(browse_run: Path) -> None:
    metrics = {row["metric"]: row["estimate"] for row in rows(browse_run, "feed_metrics", arm="bold-reversed@adaptive")}
    assert 0 < metrics["escape_similarity"] < 1 and 0 < metrics["similarity_unswitched"] < 1
    assert metrics["escape_forget"] > 0
    share = {}
    for arm in ("bold@adaptive", "bold-reversed@adaptive"):
        late = [
            SHELF.labels[SHELF.row_of[record.clip_id], 1]
            for record in read_trace(browse_run / "trace.jsonl").records
            if record.arm == arm and record.kind == "feed" and record.slot >= 36
        ]
        share[arm] = sum(late) / len(late)
    assert share["bold-reversed@adaptive"] < share["bold@adaptive"]


def test_a_bench_report_of_a_browse_run_can_be_written(browse_run: Path) -> None:
    assert write_report(browse_run).stat().st_size > 10_000


def test_the_same_trace_gives_the_same_bytes(browse_run: Path) -> None:
    before = {path.name: path.read_bytes() for path in (browse_run / "tables").iterdir()}
    summary = (browse_run / "summary.json").read_bytes()
    write_results(browse_run)
    assert {path.name: path.read_bytes() for path in (browse_run / "tables").iterdir()} == before
    assert (browse_run / "summary.json").read_bytes() == summary


def test_a_run_cut_short_names_no_value(browse_run: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "cut"
    shutil.copytree(browse_run, folder)
    records = read_trace(folder / "trace.jsonl").records[:300]
    (folder / "trace.jsonl").unlink()
    with TraceWriter(folder / "trace.jsonl", read_manifest(folder / "manifest.json").manifest_hash) as writer:
        writer.append(records)
    result = write_results(folder)
    assert result.status == "unfinished" and "run the same command again" in result.headline
    assert not any(value in result.headline for value in ("Stimulation", *CODES))


def test_one_replicate_is_not_compared(tmp_path: Path) -> None:
    folder = run(tmp_path / "one", make_design("persona,neutral x adaptive", replicates=1, slots=10))
    summary = json.loads((folder / "summary.json").read_text())
    assert "with one replicate there is no interval" in summary["headline"]


def test_a_planted_bias_is_found_and_nothing_under_a_random_feed_drifts(browse_run: Path) -> None:
    last = max(rows(browse_run, "drift", arm="bold@random"), key=lambda row: row["start"])
    assert last["p"] > 0.01
    assert rows(browse_run, "yes_change", arm="bold@adaptive", pair=-1)[0]["window"] == 18
