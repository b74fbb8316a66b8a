import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import TraceError
from agents.replay import load_trace, pick_agent, verify
from agents.trace import SlotRecord, TraceWriter
from tests.agents.conftest import FEED, SHELF, run
from tests.support.asking import still
from tests.support.browsing import make_design


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    design = make_design("persona,neutral x adaptive,yoked", slots=10)
    return run(tmp_path_factory.mktemp("replay") / "run", design, hash_frames=True)


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def rewritten(folder: Path, place: int, **changes: object) -> None:
    """Forge a trace: one record changed and every seal made anew, and summary.json gone that would tell."""
    manifest, trace = load_trace(folder)
    records: list[SlotRecord] = list(trace.records)
    records[place] = records[place].model_copy(update=changes)
    (folder / "trace.jsonl").unlink()
    (folder / "summary.json").unlink()
    with TraceWriter(folder / "trace.jsonl", manifest.manifest_hash) as writer:
        writer.append(records)
        writer.finish()


def test_a_whole_run_verifies_down_to_its_pixels(whole: Path) -> None:
    found = verify(whole, catalogue=SHELF, recommender=FEED, view_of_clip=still)
    assert found.records == found.states == 80 and found.pictures == 80
    assert found.draws == 64 and found.answers == 64 + 16 * 4 and found.choices == 32


def test_a_changed_byte_and_records_cut_off_the_end_are_found(copied: Path) -> None:
    trace = copied / "trace.jsonl"
    raw = trace.read_bytes()
    trace.write_bytes(raw.replace(b'"action":"like"', b'"action":"skip"', 1))
    with pytest.raises(TraceError, match="does not match its seal"):
        verify(copied)
    trace.write_bytes(b"".join(raw.splitlines(keepends=True)[:40]))
    with pytest.raises(TraceError, match="records were cut off"):
        verify(copied)


def test_a_forged_seal_does_not_hide_another_action(copied: Path) -> None:
    _, trace = load_trace(copied)
    place = next(n for n, r in enumerate(trace.records) if r.drawn == "sampled")
    other = "skip" if trace.records[place].action != "skip" else "like"
    rewritten(copied, place, action=other)
    with pytest.raises(TraceError, match="do not give"):
        verify(copied)


def test_a_forged_seal_does_not_hide_another_weight_reply_clip_or_picture(whole: Path, tmp_path: Path) -> None:
    _, trace = load_trace(whole)
    ranked = next(n for n, r in enumerate(trace.records) if r.shortlist)
    asked = trace.records[ranked].asks[0]
    other = next(c for c in SHELF.clip_ids if c != trace.records[ranked].clip_id)
    for number, (changes, said) in enumerate(
        [
            ({"feed_weight": 0.123}, "does not follow"),
            ({"asks": (asked.model_copy(update={"reply": "else"}),)}, "not the one in answers"),
            ({"clip_id": other, "drawn": "written"}, "does not follow|choose this clip again"),
            ({"frame_hashes": ("0" * 32,)}, "no longer gives the frames"),
        ]
    ):
        folder = Path(shutil.copytree(whole, tmp_path / str(number)))
        rewritten(folder, ranked, **changes)
        with pytest.raises(TraceError, match=said):
            verify(folder, catalogue=SHELF, recommender=FEED, view_of_clip=still)


def test_another_recommender_does_not_pass_for_the_one_that_chose(whole: Path) -> None:
    class Impostor:
        name = FEED.name

        def choose(self, catalogue, requests):  # type: ignore[no-untyped-def]
            chosen = FEED.choose(catalogue, requests)
            openings = [catalogue.clip_ids[int((~request.closed).nonzero()[0][-1])] for request in requests]
            return [replace(one, clip_id=clip) for one, clip in zip(chosen, openings, strict=True)]

    with pytest.raises(TraceError, match="does not choose this clip again"):
        verify(whole, catalogue=SHELF, recommender=Impostor())


def test_an_agent_is_named_or_numbered_and_another_is_told_what_there_is(whole: Path) -> None:
    records = load_trace(whole)[1].records
    assert pick_agent(records, "0") == "bold@adaptive/0" == pick_agent(records, "bold@adaptive/0")
    with pytest.raises(TraceError, match="no agent '99'; it has 0 bold@adaptive/0"):
        pick_agent(records, "99")
