import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from spectrum.compare.comparison import Options, compare, follow_declared
from spectrum.compare.summary import write_comparison, write_published, write_sequential
from spectrum.compare.terminal import show_comparison, show_published
from spectrum.errors import RunFolderError
from spectrum.published import analyse, load_published
from spectrum.runs.tables import COMPARE_METRICS
from spectrum.stats.tied_groups import letters
from spectrum.values import SCHWARTZ


def table(folder: Path, name: str) -> list[dict[str, object]]:
    found = pq.read_table(folder / "tables" / f"{name}.parquet")
    assert found.schema == COMPARE_METRICS[name]
    assert (folder / "tables" / f"{name}.csv").exists()
    rows: list[dict[str, object]] = found.to_pylist()
    return rows


def test_the_folder_holds_what_a_page_needs(five: dict[str, Path], tmp_path: Path) -> None:
    found = compare(list(five.values()), Options(fail_over=0.05))
    summary = json.loads(write_comparison(found, tmp_path / "out").read_text())
    assert (summary["kind"], summary["status"], summary["format_version"]) == ("compare", "done", 1)
    assert summary["headline"].startswith("Respondents whose profiles cannot be told apart share a group: ")
    assert summary["headline"].endswith("This describes answers to these clips, not what the models value.")
    assert summary["reference"] == "planted:plain"
    assert [one["name"] for one in summary["contenders"]] == [f"planted:{name}" for name in five]
    assert {one["value"] for one in summary["fail_over"]["exceeded"]} == {"HE", "PO"}
    assert summary["fail_over"]["sentence"].startswith("Real differences beyond 5 points: ")
    assert summary["published"]["surviving_holm"] == ["GPT-4o", "Claude 3.5 Sonnet", "BLIP-2"]
    rows = table(tmp_path / "out", "compare_differences")
    assert len(rows) == 4 * (10 + 1 + 10)
    first = next(row for row in rows if row["contender"] == "planted:hedonist" and row["value"] == "HE")
    assert first["verdict"] == "differs" and first["named"] and first["items"] == 4800
    groups = table(tmp_path / "out", "compare_groups")
    assert len(groups) == 5 * 12
    assert {row["group"] for row in groups if row["value"] == "overall"} == {"a", "b"}
    profiles = table(tmp_path / "out", "compare_profiles")
    assert len(profiles) == 5 * 11 and all(row["shared_items"] for row in profiles)
    assert len(table(tmp_path / "out", "published")) == 200
    assert len(table(tmp_path / "out", "published_tests")) == 8


def test_the_same_runs_give_the_same_bytes(five: dict[str, Path], tmp_path: Path) -> None:
    folders = [five["plain"], five["hedonist"]]
    texts = []
    for name in ("one", "two"):
        write_comparison(compare(folders, Options()), tmp_path / name)
        texts.append({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()})
    assert texts[0] == texts[1]


def test_two_runs_have_one_sentence_and_no_groups(five: dict[str, Path], tmp_path: Path) -> None:
    found = compare([five["plain"], five["hedonist"]], Options())
    summary = json.loads(write_comparison(found, tmp_path / "out").read_text())
    assert summary["headline"].startswith("On 300 clips in 8 wordings, planted:hedonist accepted ")
    assert summary["groups"] is None and table(tmp_path / "out", "compare_groups") == []
    assert summary["pairs"][0]["named"] == ["HE", "PO"]


def test_a_run_folder_is_never_written_over(five: dict[str, Path], tmp_path: Path) -> None:
    found = compare([five["plain"], five["hedonist"]], Options())
    before = (five["plain"] / "manifest.json").read_bytes()
    with pytest.raises(RunFolderError, match="holds a run, not a comparison"):
        write_comparison(found, five["plain"])
    assert (five["plain"] / "manifest.json").read_bytes() == before
    assert not (five["plain"] / "tables").exists()
    write_comparison(found, tmp_path / "out")
    write_comparison(found, tmp_path / "out")
    (tmp_path / "out" / "summary.json").write_text("{")
    with pytest.raises(RunFolderError):
        write_comparison(found, tmp_path / "out")


def test_a_sequential_test_writes_its_rounds(five: dict[str, Path], tmp_path: Path) -> None:
    found = follow_declared([five["plain"], five["hedonist"]], "Hedonism", Options(), 0.05)
    summary = json.loads(write_sequential(found, SCHWARTZ, tmp_path).read_text())
    assert summary["kind"] == "compare" and summary["sequential"]["value"] == "HE"
    rows = table(tmp_path, "compare_sequential")
    assert [row["round"] for row in rows] == list(range(1, 31))
    assert rows[-1]["clips"] == 300
    assert all(row["low"] <= row["mean"] <= row["high"] for row in rows)  # type: ignore[operator]


def test_the_published_figures_are_a_folder_of_their_own(tmp_path: Path) -> None:
    summary = json.loads(write_published(tmp_path / "published").read_text())
    assert summary["headline"].startswith("Of 8 published profiles 3 ")
    assert len(table(tmp_path / "published", "published")) == 200


def test_a_terminal_of_eighty_characters_holds_it(five: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=80, color_system=None)
    show_comparison(compare([five["plain"], five["hedonist"], five["keen"]], Options(fail_over=0.05)), console)
    told = capsys.readouterr().out
    assert "Hedonism            +" in told and "differs" in told and "general level" in told
    assert "Real differences beyond 5 points: Hedonism +" in told.replace("\n", " ")
    show_comparison(compare(list(five.values()), Options()), console)
    matrix = capsys.readouterr().out
    assert "Contender minus planted:plain, points by value" in matrix
    assert "Who cannot be told apart, by value" in matrix
    published = load_published()
    show_published(published, analyse(published), SCHWARTZ, console)
    told = capsys.readouterr().out
    assert "BLIP-2              72  48  52  48  28  40  64  74  68  78     1e-7  <.001    .003" in told
    assert max(len(line) for line in told.splitlines()) <= 84


def test_letters_go_on_after_z() -> None:
    assert letters(((0, 1), (1, 2)), 1) == "ab"
    assert letters(tuple((n,) for n in range(30)), 27) == "(28)"
