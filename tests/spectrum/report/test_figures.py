import csv
import io
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from spectrum.errors import ConfigError, RunFolderError
from spectrum.report import figures
from spectrum.report.blocks import Column, Figure, Fold, Page, Section, Table
from spectrum.report.charts import Interval, forest
from spectrum.report.figures import named_blocks, picture, write_figures
from spectrum.report.pages import page_of
from spectrum.runs.folder import RunFolder


def chart(name: str = "profile") -> Figure:
    rows = [Interval(label, who, 5.0, 1.0, 9.0) for label in ("Power", "Hedonism") for who in ("a", "b" * 60)]
    drawn = forest(name, "Profile", "What it accepted.", rows)
    assert drawn is not None
    return drawn


@pytest.fixture(scope="module")
def page(finished: RunFolder) -> Page:
    return page_of(finished.root)


@pytest.fixture
def drawn(page: Page, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The finished run's page, read once for several tests."""
    monkeypatch.setattr(figures, "page_of", lambda _: page)
    return page


def test_every_figure_has_its_picture_and_its_numbers_and_every_table_its_texts(
    finished: RunFolder, drawn: Page, tmp_path: Path
) -> None:
    page = drawn
    written = write_figures(finished.root, tmp_path / "out")
    assert written.folder == tmp_path / "out" and not written.undrawn
    assert len(page.figures()) >= 2 and len(page.tables()) >= 2
    by_suffix = {suffix: [file for file in written.files if file.suffix == f".{suffix}"] for suffix in figures.FORMATS}
    assert len(by_suffix["png"]) == len(by_suffix["svg"]) == len(page.figures())
    assert len(by_suffix["tex"]) == len(page.tables())
    assert len(by_suffix["csv"]) == len(page.figures()) + len(page.tables())
    assert {file.name for file in written.files} == {file.name for file in (tmp_path / "out").iterdir()}
    for figure in page.figures():
        with (tmp_path / "out" / f"{figure.name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(figure.numbers)
        assert f"## {figure.name}\n" in (tmp_path / "out" / "captions.md").read_text(encoding="utf-8")
    assert all(ET.parse(file).getroot().tag.endswith("svg") for file in by_suffix["svg"])


def test_a_picture_is_of_print_quality_on_white_or_on_nothing() -> None:
    for background, corner in (("white", (255, 255, 255, 255)), ("transparent", (0, 0, 0, 0))):
        with Image.open(io.BytesIO(picture(chart(), "png", background))) as shown:
            assert shown.width == 2160
            assert shown.info["dpi"] == pytest.approx((300, 300), abs=0.5)
            assert shown.convert("RGBA").getpixel((0, 0)) == corner
    assert picture(chart(), "pdf").startswith(b"%PDF")


def test_only_what_is_asked_for_is_written(finished: RunFolder, drawn: Page, tmp_path: Path) -> None:
    name = drawn.figures()[0].name
    written = write_figures(finished.root, tmp_path, only=[name], formats=["svg"])
    assert [file.name for file in written.files] == [f"{name}.svg", "captions.md"]
    with pytest.raises(ConfigError, match=f"no figure or table nosuch here; there are: .*{name}"):
        write_figures(finished.root, tmp_path, only=["nosuch"])
    with pytest.raises(ConfigError, match="no format bmp; choose of: png"):
        write_figures(finished.root, tmp_path, formats=["bmp"])


def test_names_are_plain_and_each_is_given_once() -> None:
    table = Table((Column("a"),), (("1",),))
    sections = (
        Section("numbers-section", "Numbers", (table, Fold("../../Evil: <b>", (table, chart("profile")))), folded=True),
        Section("more", "More", (chart("profile"), table)),
    )
    names = [name for name, _ in named_blocks(Page("bench", "t", "", (), (), sections))]
    assert names == ["table-numbers", "table-numbers-evil-b", "profile", "profile-2", "table-more"]


def test_what_cannot_be_drawn_is_said_and_the_rest_is_written(
    finished: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Figure("broken", "Broken", "", "", {"mark": "no such mark"}, ({"a": 1},))
    page = Page("bench", "t", "", (), ("tables/profile.parquet is missing.",), (Section("s", "S", (broken, chart())),))
    monkeypatch.setattr(figures, "page_of", lambda _: page)
    written = write_figures(finished.root, tmp_path)
    assert written.undrawn == 1
    assert written.problems[0] == "tables/profile.parquet is missing."
    assert written.problems[1].startswith("broken could not be drawn (")
    assert {file.name for file in written.files} == {"profile.png", "profile.svg", "profile.csv", "captions.md"}


def test_a_damaged_run_gives_what_is_there(finished: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(finished.root, tmp_path / "run")
    (tmp_path / "run" / "tables" / "profile.parquet").write_bytes(b"PAR1 rubbish")
    written = write_figures(tmp_path / "run", formats=["csv"])
    assert any("profile.parquet" in problem for problem in written.problems)
    assert written.files
    assert written.folder == tmp_path / "run" / "figures"
    assert "profile-forest.csv" not in {file.name for file in written.files}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a folder"):
        write_figures(tmp_path / "nowhere")


def test_nothing_is_written_where_it_was_not_asked_for(finished: RunFolder, drawn: Page, tmp_path: Path) -> None:
    shutil.copytree(finished.root, tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run" / "figures").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFolderError, match="is a link to elsewhere"):
        write_figures(tmp_path / "run")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="choose another --out"):
        write_figures(finished.root, tmp_path / "file" / "out", formats=["csv"])
