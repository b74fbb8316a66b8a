import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spectrum.bench.tally import tally
from spectrum.errors import RunFolderError
from spectrum.report.html import write_report
from spectrum.runs.folder import RunFolder
from spectrum.values import SCHWARTZ
from tests.support.run_folders import SimulatedRun, always_yes, simulated_clips

HOSTILE = "</div><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7*7 }}"
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Elements, attributes and text; checks that tags close in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(run: RunFolder) -> Page:
    path = write_report(run.root)
    assert path == run.report
    return Page(path.read_text(encoding="utf-8"))


def test_report_holds_headline_checks_table_plot_contrast_outcomes_and_hashes(finished: RunFolder) -> None:
    found = page(finished)
    summary = json.loads(finished.summary.read_text())
    for sentence in (
        summary["headline"],
        summary["personas"][0]["sentence"],
        summary["estimates"][0]["groups_sentence"],
    ):
        assert sentence in found.words
    for part in (
        "Checks",
        "Profile",
        "adventurer against neutral",
        "What became of the asks",
        "The clips",
        "sample SD",
    ):
        assert part in found.words
    manifest = json.loads(finished.manifest.read_text())
    assert manifest["manifest_hash"] in found.words
    assert "f" * 32 in found.words


def test_report_is_one_file_that_asks_nothing_of_the_network(finished: RunFolder) -> None:
    found = page(finished)
    assert not found.of("script") and not found.of("link") and not found.of("iframe")
    for _, attributes in found.elements:
        for name in ("src", "href", "action", "data"):
            assert (attributes.get(name) or "data:").startswith("data:image/webp;base64,") or name not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    style = re.search(r"<style>(.*?)</style>", finished.report.read_text(), re.S)
    assert style is not None and "url(" not in style[1] and "@import" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in found.of("meta")


def test_the_plot_can_be_read_without_seeing_it(finished: RunFolder) -> None:
    source = page(finished) and finished.report.read_text()
    plot = re.search(r'<svg viewBox[^>]*role="img".*?</svg>', source, re.S)
    assert plot is not None
    assert 'aria-labelledby="forest-title forest-desc"' in plot[0]
    description = re.search(r'<desc id="forest-desc">(.*?)</desc>', plot[0])
    assert description is not None
    for name in SCHWARTZ.names:
        assert f"{name}, neutral: " in description[1] and f"{name}, adventurer: " in description[1]
    assert plot[0].count("<circle") == 10
    assert plot[0].count("rotate(45") == 10


def test_clips_run_from_most_to_least_accepted_with_their_pictures(finished: RunFolder) -> None:
    source = page(finished) and finished.report.read_text()
    shelf = source[source.index("<summary>Hedonism (26)") :]
    shelf = shelf[: shelf.index("</details>")]
    shares = [int(share) for share in re.findall(r"neutral: (\d+)%", shelf)]
    assert len(shares) == 24
    assert shares == sorted(shares, reverse=True)
    assert "2 between these are not shown." in shelf
    assert shelf.count("data:image/webp;base64,") > 0
    assert shelf.count("no picture") + shelf.count("<img") == 24


def test_exact_prompts_are_listed_a_condition(finished: RunFolder) -> None:
    found = page(finished)
    assert "Exact prompts, neutral (32)" in found.words
    assert "Exact prompts, adventurer (32)" in found.words
    assert "Would you dislike this clip? (w3)" in found.words
    assert "You are adventurer." in found.words
    assert "Dislike / Like" in found.words


def test_hostile_captions_and_names_are_text(tmp_path: Path) -> None:
    clips = tuple(replace(clip, title=HOSTILE) for clip in simulated_clips(3))
    run = SimulatedRun(clips, ("neutral", "<b>&persona"), respondent=HOSTILE).write(tmp_path, always_yes)
    tally(run.root)
    found = page(run)
    assert not found.of("script")
    assert not any("onerror" in attributes for _, attributes in found.elements)
    assert HOSTILE.split("{{")[0] in "".join(found.text)
    assert "{{ 7*7 }}" in "".join(found.text)
    assert "<b>&persona" in "".join(found.text)


def test_a_clip_id_cannot_point_outside_the_thumbnails(tmp_path: Path) -> None:
    (tmp_path / "secret.webp").write_bytes(b"RIFF0000WEBPsecret")
    clips = [
        replace(clip, clip_id="../secret") if place == 0 else clip for place, clip in enumerate(simulated_clips(3))
    ]
    run = SimulatedRun(tuple(clips)).write(tmp_path / "run", always_yes)
    run.thumbnails.mkdir()
    (run.thumbnails / f"{clips[1].clip_id}.webp").write_bytes(b"<svg onload=alert(1)>")
    tally(run.root)
    assert page(run).of("img") == []


def test_half_finished_run_reports_what_is_there(half: RunFolder) -> None:
    found = page(half)
    assert "No profile yet: 600 of 1,200 asks are answered." in found.words
    assert "they will change and are no result" in found.words


def test_empty_untallied_and_damaged_folders_say_what_is_missing(tmp_path: Path) -> None:
    empty = RunFolder(tmp_path / "empty")
    empty.root.mkdir()
    assert "is not a run folder" in page(empty).words
    assert "No profile can be shown of this run yet." in page(empty).words
    run = SimulatedRun(simulated_clips(3)).write(tmp_path / "run", always_yes)
    assert "summary.json is missing: the answers have not been tallied yet." in page(run).words
    assert "Exact prompts, neutral (24)" in page(run).words
    tally(run.root)
    (run.tables / "outcomes.parquet").write_bytes(b"no longer")
    (run.tables / "paper.parquet").write_bytes((run.tables / "level.parquet").read_bytes())
    (run.tables / "lights.parquet").unlink()
    run.manifest.write_text(run.manifest.read_text().replace("planted:", "hacked:"))
    found = page(run)
    for sentence in (
        "tables/outcomes.parquet is damaged and was left out",
        "tables/paper.parquet is damaged and was left out",
        "tables/lights.parquet is missing.",
        "was changed after it was written",
        "No profile can be reported, because it gave the same answer whatever the clip.",
    ):
        assert sentence in found.words
    run.summary.write_text('{"status": 3}')
    assert "summary.json is damaged and was left out" in page(run).words


def test_two_writings_are_equal(finished: RunFolder) -> None:
    first = write_report(finished.root).read_bytes()
    assert write_report(finished.root).read_bytes() == first


def test_an_absent_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a folder"):
        write_report(tmp_path / "nowhere")
