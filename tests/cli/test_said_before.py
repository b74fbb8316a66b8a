"""What is known before anything is asked or written is said then: dry runs, empty words, folders that are no result."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from spectrum.controls import APART
from spectrum.pocket.shipped import embedder_folder, lexicon_path
from spectrum.suite import save_suite
from tests.support.benches import make_suite
from tests.support.commands import Shell


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """Ten clips, with notes on three values out of balance and on one short set."""
    notes = tuple(f"{name}: {APART} in brightness (+0.4)." for name in ("Power", "Security", "Hedonism"))
    place = tmp_path / "suite.json"
    save_suite(replace(make_suite(per_value=1, controls=0), notes=(*notes, "Power: 1 of 20 clips.")), place)
    return place


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("pockt", "'pockt' is no respondent"),
        ("hf:./nothere", "there is no checkpoint folder ./nothere"),
        ("hf:", "names nothing after hf:"),
        ("recorded:nothere.jsonl", "cannot be read"),
        ("planted:nonesuch", "nothing is planted as 'nonesuch'"),
        ("py:module", "must be py:MODULE:CLASS_OR_FUNCTION"),
    ],
)
def test_a_dry_run_refuses_a_model_that_cannot_be(shell: Shell, frozen: Path, model: str, said: str) -> None:
    for command in (
        ("bench", model, "--items", frozen),
        ("pairs", frozen, model, "--pairs", 5),
        ("adhere", model, "--items", frozen, "--personas", "adventurer"),
    ):
        assert said in shell.fails(*command, "--dry-run"), command


@pytest.mark.parametrize("command", [("bench", "pocket", "--items"), ("pairs",)])
def test_a_dry_run_says_that_no_profile_can_come_of_it_and_where_it_would_stop(
    shell: Shell, frozen: Path, command: tuple[str, ...]
) -> None:
    further = ("pocket", "--pairs", 5) if command == ("pairs",) else ()
    prices = ("--price-in", 100, "--price-out", 100, "--budget", 0.01, "--budget-calls", 3)
    out = shell.ok(*command, frozen, *further, "--dry-run", *prices)
    assert " independent clips are too few for a profile, which takes at least 22" in out
    assert "note: asking will probably stop at --budget 0.01 USD, before its end" in out
    assert "note: asking will probably stop at --budget-calls 3 calls, before its end" in out
    assert out.count(APART) == 1 and f"note: 3 values: {APART}" in out
    assert "note: Power: 1 of 20 clips." in out


def test_a_dry_run_of_enough_clips_forewarns_of_nothing(shell: Shell, tmp_path: Path) -> None:
    save_suite(make_suite(per_value=3, controls=0), tmp_path / "suite.json")
    assert "note:" not in shell.ok("bench", "pocket", "--items", tmp_path / "suite.json", "--dry-run")


def test_index_says_which_columns_it_reads_and_whose_values_are_none(shell: Shell, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    manifest = tmp_path / "m.csv"
    manifest.write_text("file,Title,date,wert,schwartz_values\na.png,A,2024-05-01,3,Hedonismus\n")
    ran = shell("index", manifest, "--index", tmp_path / "x.index", "--dry-run", "--embedder", embedder_folder())
    assert ran.status == 0, ran.err
    columns, warning = ran.err.splitlines()[:2]
    assert columns == (
        "m.csv: files are named by file; read: date (as posted), Title, schwartz_values (as values); not known, kept "
        "as text and used for nothing: wert (docs/ingest.md)"
    )
    assert warning.startswith(f"warning: values of {tmp_path / 'a.png'}: unknown value 'Hedonismus'")
    manifest.write_text("file,values\na.png,Hedonism\n")
    ran = shell("index", manifest, "--index", tmp_path / "x.index", "--dry-run", "--embedder", embedder_folder())
    assert "m.csv: files are named by file; read: values\n" in ran.err and "warning" not in ran.err


def test_an_empty_phrase_is_not_searched_for(shell: Shell, tmp_path: Path) -> None:
    ran = shell("search", " ", "--index", tmp_path / "none.index")
    assert ran.status == 2 and "the text to search for is empty" in ran.err


def test_a_folder_that_is_no_result_is_refused_and_left_as_it_was(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"")
    line = shell.fails("report", tmp_path)
    assert "is no result folder" in line and "no result lies below it" in line
    for number in range(4):
        run = tmp_path / "runs" / f"r{number}"
        run.mkdir(parents=True)
        (run / "manifest.json").write_text('{"kind": "bench"}')
    runs = tmp_path / "runs"
    ran = shell("report", runs)
    assert ran.status == 2 and f"{runs / 'r3'}, {runs / 'r2'}, {runs / 'r1'} and 1 more" in ran.err
    assert f"spectrum view {runs}" in ran.err
    assert not (tmp_path / "report.html").exists() and not (runs / "report.html").exists()


def test_where_the_pocket_embedder_was_searched_with_the_default_words_the_cure_is_named(
    shell: Shell, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for shade in (90, 128, 170):
        Image.new("RGB", (64, 64), (shade, shade, shade)).save(clips / f"{shade}.png")
    index = tmp_path / "clips.index"
    shell.ok("index", clips, "--index", index, "--embedder", embedder_folder(), "--quiet")
    line = shell.fails("freeze", "--index", index, "--out", tmp_path / "suite.json")
    assert "none of 3 clips reaches probability 0.6 for any value" in line
    assert line.endswith(f"knows few of the lexicon's words; give --lexicon {lexicon_path()}")
