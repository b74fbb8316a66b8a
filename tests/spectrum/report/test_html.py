"""report.html of a bench run, read as text and as elements; test_browser opens it in a real browser."""

import base64
import hashlib
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

HOSTILE = "</div></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7*7 }}"
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Elements, attributes and text outside scripts and styles; checks that tags close in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.specs: list[dict[str, object]] = []
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
        if self._open and self._open[-1] == "script":
            if self.elements[-1][1].get("type") == "application/json" and not self.elements[-1][1].get("id"):
                self.specs.append(json.loads(data))
        elif not self._open or self._open[-1] != "style":
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
        "On Schwartz's circle",
        "Personas against neutral",
        "What became of the asks",
        "The clips",
        "sample SD",
    ):
        assert part in found.words
    manifest = json.loads(finished.manifest.read_text())
    assert manifest["manifest_hash"] in found.words
    assert "f" * 32 in found.words


def test_the_first_screen_comes_in_the_order_of_the_method(finished: RunFolder) -> None:
    found = page(finished).words
    summary = json.loads(finished.summary.read_text())
    marks = [
        summary["headline"],
        summary["estimates"][0]["groups_sentence"],
        "Profile. Acceptance of each value's clips",
    ]
    marks += ["Level, neutral: accepted", "refused", "Picture matters:", "Labels:", "Polarity:", "Written answers:"]
    place = 0
    for mark in marks:
        assert mark in found[place:], mark
        place = found.index(mark, place)


def test_report_is_one_file_that_asks_nothing_of_the_network(finished: RunFolder) -> None:
    found = page(finished)
    assert not found.of("link") and not found.of("iframe")
    for tag, attributes in found.elements:
        assert (attributes.get("src") or "data:").startswith("data:image/webp;base64,") or "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#"), tag
        assert not {"action", "data", "srcset", "formaction"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    style = re.search(r"<style>(.*?)</style>", finished.report.read_text(), re.S)
    assert style is not None and "url(" not in style[1] and "@import" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in found.of("meta")


def test_only_the_projects_own_scripts_may_run(finished: RunFolder) -> None:
    found = page(finished)
    policy = next(m["content"] or "" for m in found.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    scripts = re.findall(r"<script>(.*?)</script>", finished.report.read_text(encoding="utf-8"), re.S)
    allowed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert len(scripts) == 2
    assert re.findall(r"'sha256-([^']*)'", policy) == allowed
    assert "script-src 'unsafe-inline'" not in policy


def test_the_plot_can_be_read_without_seeing_it(finished: RunFolder) -> None:
    charts = [attributes for attributes in page(finished).of("div") if attributes.get("class") == "chart"]
    said = charts[0]["data-alt"] or ""
    for name in SCHWARTZ.names:
        assert f"{name}, neutral " in said and f"{name}, adventurer " in said


def test_figures_draw_the_numbers_of_the_tables(finished: RunFolder) -> None:
    from spectrum.report.pages import page_of

    figures = {figure.name: figure for figure in page_of(finished.root).figures()}
    drawn = {(row["label"], row["series"]): row["estimate"] for row in figures["profile-forest"].numbers}
    table = {
        (SCHWARTZ.names[SCHWARTZ.codes.index(row["value"])], row["condition"]): 100 * row["estimate"]
        for row in _parquet(finished.tables / "profile.parquet")
        if (row["measure"], row["scale"]) == ("written", "probability")
    }
    assert drawn.keys() == table.keys()
    for key, number in drawn.items():
        assert number == pytest.approx(table[key], abs=1e-4)
    assert [row["label"] for row in figures["profile-circle"].numbers[::2]] == list(SCHWARTZ.names)


def _parquet(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_clips_run_from_most_to_least_accepted_with_their_pictures(finished: RunFolder) -> None:
    source = page(finished) and finished.report.read_text()
    shelf = source[source.index("<summary>Hedonism (26)</summary>") :]
    shelf = shelf[: shelf.index("further clips are not shown")]
    shares = [int(share) for share in re.findall(r"neutral: (\d+)%", shelf)]
    assert len(shares) == 24
    assert shares == sorted(shares, reverse=True)
    assert re.search(r"2\s*$", shelf)
    assert shelf.count("data:image/webp;base64,") > 0
    assert shelf.count("no picture") + shelf.count("<img") == 24


def test_a_clip_shows_what_was_asked_and_said_refusals_first(finished: RunFolder) -> None:
    from spectrum.report.pages import page_of

    section = next(section for section in page_of(finished.root).sections if section.name == "clips")
    clips = [clip for fold in section.blocks[1:] for clip in fold.blocks[0].clips]  # type: ignore[union-attr]
    stored = {row["ask_id"]: row for row in _answers(finished)}
    asks = [row for row in _parquet(finished.plan) if row["clip_id"] == clips[0].clip_id]
    assert len(clips[0].answers) + clips[0].unseen == len(asks)
    said = {(row["condition"], row["after_media"], stored[row["ask_id"]]["text"]) for row in asks}
    assert {(answer.condition, answer.question, answer.answer) for answer in clips[0].answers} <= said
    refused = [answer for clip in clips for answer in clip.answers if answer.outcome == "refused"]
    assert {answer.answer for answer in refused} == {"I'd rather not."}
    mixed = next(clip for clip in clips if any(answer.outcome == "refused" for answer in clip.answers))
    assert mixed.answers[0].outcome == "refused"


def _answers(run: RunFolder) -> list[dict[str, object]]:
    from spectrum.runs.store import AnswerStore

    with AnswerStore(run.answers, read_only=True) as store:
        rows: list[dict[str, object]] = store.table().to_pylist()
    return rows


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
    assert len(found.of("script")) == len(re.findall("<script", run.report.read_text(encoding="utf-8")))
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
    (run.thumbnails / f"{clips[2].clip_id}.webp").symlink_to(tmp_path / "secret.webp")
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
    run.answers.write_bytes(b"not a database")
    found = page(run)
    for sentence in (
        "tables/outcomes.parquet is damaged and was left out",
        "tables/paper.parquet is damaged and was left out",
        "tables/lights.parquet is missing.",
        "was changed after it was written",
        "Answers to single questions cannot be shown",
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
