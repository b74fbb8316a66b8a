import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agents.trace import SlotRecord, read_trace
from spectrum.report.blocks import Block, Figure, FilmStrip, Fold, Notice, Page, Slot, Table, Text
from spectrum.report.page import page_html
from spectrum.report.pages import browse_map, page_of
from spectrum.report.pages.browse import page as browse_page
from spectrum.report.read_browse import read_browse
from spectrum.runs.film import film
from spectrum.runs.tables import BROWSE_METRICS
from tests.support.browse_folders import browse_folder, rewrite_trace
from tests.support.browser import DESKTOP, PHONE, Chromium
from tests.support.browsing import make_design

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> مرحبا 🎬 "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A persona, neutral and twin on adaptive and random feeds, three replicates."""
    design = make_design("persona,neutral,twin x adaptive,random", slots=24, replicates=3, probe_every=4)
    return browse_folder(tmp_path_factory.mktemp("browse-page") / "run", design)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few and short episodes: what axe-core looks through grows with every slot."""
    design = make_design(slots=10, replicates=2, probe_every=5)
    return browse_folder(tmp_path_factory.mktemp("browse-small") / "run", design)


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return page_of(folder)


@pytest.fixture
def mine(folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(folder, tmp_path / "mine"))


def every(page: Page) -> Iterator[Block]:
    def inside(blocks: tuple[Block, ...]) -> Iterator[Block]:
        for block in blocks:
            yield block
            if isinstance(block, Fold):
                yield from inside(block.blocks)

    for section in page.sections:
        yield from inside(section.blocks)


def figure(page: Page, name: str) -> Figure:
    return next(one for one in page.figures() if one.name == name)


def strips(page: Page) -> list[FilmStrip]:
    return [block for block in every(page) if isinstance(block, FilmStrip)]


def texts(page: Page) -> str:
    parts = [*page.problems, *page.headline]
    for block in every(page):
        if isinstance(block, Text):
            parts += block.paragraphs
        elif isinstance(block, Notice):
            parts.append(block.text)
        elif isinstance(block, Table):
            parts += [block.caption, *(cell for row in block.rows for cell in row)]
    return "\n".join(parts)


def rows(folder: Path, name: str, **wanted: object) -> list[dict[str, Any]]:
    found = pq.read_table(folder / "tables" / f"{name}.parquet").to_pylist()
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def write_rows(folder: Path, name: str, changed: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(changed, schema=BROWSE_METRICS[name]), folder / "tables" / f"{name}.parquet")


def test_the_first_figure_is_exposure_against_neutral_with_the_twin_floor(folder: Path, page: Page) -> None:
    assert page.headline[0] == json.loads((folder / "summary.json").read_text())["headline"]
    first, *others = page.sections
    assert first.name == "exposure" and not first.folded and all(section.folded for section in others)
    drawn = figure(page, "exposure-difference-0")
    assert isinstance(first.blocks[0], Figure) and first.blocks[0] == drawn
    wanted = {}
    for arm, series in (("bold@adaptive", "bold"), ("twin@adaptive", "twin (chance alone)")):
        for row in rows(folder, "feed_contrasts", arm=arm, reference="neutral@adaptive", outcome="exposure"):
            wanted[series, row["value"]] = [round(100 * row[end], 4) for end in ("estimate", "low", "high")]
    names = {value["name"]: value["code"] for value in json.loads((folder / "summary.json").read_text())["values"]}
    found = {(row["series"], names[row["label"]]): [row["estimate"], row["low"], row["high"]] for row in drawn.numbers}
    assert found == wanted and len(found) == 20


def test_sections_stand_in_the_order_in_which_a_reader_asks(page: Page) -> None:
    names = [section.name for section in page.sections]
    assert names == [
        "exposure", "over-time", "amplification", "drift", "causes", "episodes", "map", "actions", "probes", "facts",
        "asked",
    ]  # fmt: skip
    assert page.problems == ()


def test_exposure_over_time_is_a_panel_a_value_and_a_curve_an_arm(folder: Path, page: Page) -> None:
    drawn = figure(page, "exposure-time-0")
    assert {row["series"] for row in drawn.numbers} == {"bold", "neutral", "twin"}
    (row,) = [row for row in drawn.numbers if (row["panel"], row["series"], row["at"]) == ("Stimulation", "bold", 2.0)]
    (told,) = rows(folder, "exposure_time", arm="bold@adaptive", value="ST", start=0)
    assert row["estimate"] == round(100 * told["share"], 4) and told["stop"] == 4
    assert len({row["panel"] for row in drawn.numbers}) == 10
    assert len({row["at"] for row in drawn.numbers}) == 4
    (index,) = {row["reference"] for row in drawn.numbers if row["panel"] == "Power"}
    assert index == 100 * rows(folder, "exposure", value="PO")[0]["catalogue_share"]


def test_drift_says_of_each_window_whether_it_lies_beyond_the_noise(folder: Path, page: Page) -> None:
    drawn = figure(page, "drift")
    told = rows(folder, "drift")
    assert len(drawn.numbers) == len(told) > 6
    assert [row["beyond"] for row in drawn.numbers].count(True) == sum(row["jsd"] > row["floor_95"] for row in told)


def test_an_endless_amplification_is_cut_in_the_picture_and_a_value_never_shown_is_named(mine: Path) -> None:
    changed = rows(mine, "amplification")
    for row in changed:
        if (row["arm"], row["reference"]) == ("bold@adaptive", "catalogue"):
            if row["value"] == "ST":
                row |= {"low": -70.0, "high": 80.0}
            if row["value"] == "PO":
                row |= {"share": 0.0, "log2": None, "low": None, "high": None}
    write_rows(mine, "amplification", changed)
    page = page_of(mine)
    drawn = figure(page, "amplification-index-0")
    (cut,) = [row for row in drawn.numbers if (row["label"], row["series"]) == ("Stimulation", "bold")]
    assert (cut["low"], cut["high"]) == (-4.0, 4.0) and "intervals go on beyond 4 and are cut" in drawn.caption
    (never,) = [line for line in texts(page).splitlines() if line.startswith("Never shown, so without a ratio")][:1]
    assert "Power (bold)" in never


def test_the_film_shows_every_arm_of_a_keyed_sample_and_says_how_many_there_are(folder: Path, page: Page) -> None:
    shown = strips(page)
    sample = film(6, 3, 24, seed=0)
    assert len(shown) == 6 * len(sample.pairs)
    assert f"{len(shown)} of 18 episodes" in texts(page)
    assert [slot.number for slot in shown[0].slots] == list(range(24)) and shown[0].unseen == 0
    assert all(slot.source and slot.source.startswith("data:image/webp") for strip in shown for slot in strip.slots)


def test_a_slot_opens_on_all_that_the_trace_holds_of_it(folder: Path, page: Page) -> None:
    pair = film(6, 3, 24, seed=0).pairs[0]
    strip = next(one for one in strips(page) if one.name == f"bold, own feed, replicate {pair}")
    records = [r for r in read_trace(folder / "trace.jsonl").records if r.agent == f"bold@adaptive/{pair}"]
    record = next(r for r in records if r.kind == "feed" and r.shortlist and r.fed)
    said = dict(strip.slots[record.slot].record)
    assert strip.slots[record.slot].action == record.action
    assert record.clip_id in said["Shown"] and f"feed slot {record.fed}" in said["Slot"]
    assert record.recommender in said["Chosen by"] and f"of {record.candidates:,} candidates" in said["Chosen by"]
    assert record.system == said["Told as bold"] and record.asks[0].prompt in said["Question"]
    assert (said["Answer"], said["Read as"]) == (record.asks[0].reply, f"choice: {record.asks[0].choice}")
    assert said["Action"].startswith(f"{record.action} (drawn by key")
    assert "modelled, not observed" in said["Watched"]
    assert said["What the feed learnt"] in (f"weight {record.feed_weight:+.2f}", "nothing")
    assert said["Feed state before"] == record.feed_state[:16]
    probe = next(r for r in records if r.kind == "probe")
    assert strip.slots[probe.slot].action == "probe"
    told = dict(strip.slots[probe.slot].record)
    assert "it moves nothing" in told["Slot"] and "Chosen by" not in told and "Action" not in told
    assert sum(name.startswith("Question") for name in told) == len(probe.asks)


def test_memory_stands_apart_from_the_persona(tmp_path: Path) -> None:
    design = make_design(
        "persona,neutral x adaptive x memory,no-memory", slots=20, replicates=3, probe_every=2,
        episode={"memory_words": 40},
    )  # fmt: skip
    page = page_of(browse_folder(tmp_path / "run", design))
    strip = next(one for one in strips(page) if one.name.startswith("bold, own feed, memory"))
    said = dict(strip.slots[6].record)
    assert said["Told as bold"] == "You are a bold person who loves risk."
    assert said["Memory"].startswith("You have been scrolling")
    assert figure(page, "state-change").numbers


def test_a_refusal_in_the_feed_is_no_action_and_is_counted_apart(mine: Path) -> None:
    def refuse(slot: dict[str, Any]) -> None:
        if slot["kind"] == "feed" and slot["slot"] == 2:
            slot["action"] = None
            slot["asks"][0] |= {"outcome": "refused", "choice": None, "reply": "I would rather not."}

    rewrite_trace(mine, refuse)
    slots = pq.read_table(mine / "tables" / "slots.parquet").to_pylist()
    for row in slots:
        if row["slot"] == 2:
            row["outcome"] = "refused"
    write_rows(mine, "slots", slots)
    page = page_of(mine)
    said = dict(strips(page)[0].slots[2].record)
    assert strips(page)[0].slots[2].action == "refused"
    assert (said["Answer"], said["Read as"]) == ("I would rather not.", "refused")
    assert said["Action"] == "nothing that could be read"
    (table,) = [t for t in page.tables() if "a refusal is no skip" in t.caption]
    assert [column.head for column in table.columns] == ["Arm", "Choice", "Refused"]
    assert table.rows[0][1:] == ("51", "3")


def test_the_map_counts_what_each_arm_was_shown(folder: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counter(row["clip_id"] for row in rows(folder, "slots", arm="bold@adaptive", kind="feed"))
    panel = [row for row in figure(page, "feed-map-0").numbers if row["panel"] == "bold"]
    assert sorted(row["shown"] for row in panel if row["shown"]) == sorted(counted.values())
    assert len(panel) == 120
    monkeypatch.setattr(browse_map, "MOST_SHOWN", 5)
    monkeypatch.setattr(browse_map, "MOST_OTHER", 7)
    fewer = page_of(folder)
    few = [row for row in figure(fewer, "feed-map-0").numbers if row["panel"] == "bold"]
    assert sum(row["shown"] > 0 for row in few) == 5 and len(few) <= 12
    assert "at most 7 are drawn" in texts(fewer)


def test_labels_from_the_feeds_own_vectors_are_warned_of(mine: Path) -> None:
    summary = json.loads((mine / "summary.json").read_text())
    summary["findings"]["circular_labels"] = True
    (mine / "summary.json").write_text(json.dumps(summary))
    assert isinstance(page_of(mine).sections[0].blocks[0], Notice)


def test_without_a_twin_the_floor_is_said_to_be_unknown_and_without_a_persona_shares_are_shown(tmp_path: Path) -> None:
    small = {"slots": 10, "replicates": 2, "probe_every": 5}
    lonely = page_of(browse_folder(tmp_path / "a", make_design("persona,neutral x adaptive", **small)))
    assert "what chance alone does is not known" in figure(lonely, "exposure-difference-0").caption
    nobody = page_of(browse_folder(tmp_path / "b", make_design("neutral x adaptive", **small)))
    assert "No persona was compared with neutral" in texts(nobody)
    assert {row["row"] for row in figure(nobody, "exposure-shares").numbers} == {"neutral", "the index"}


def test_a_run_that_was_stopped_shows_its_episodes_and_names_no_value(mine: Path) -> None:
    (mine / "summary.json").unlink()
    shutil.rmtree(mine / "tables")
    lines = (mine / "trace.jsonl").read_bytes().splitlines(keepends=True)
    (mine / "trace.jsonl").write_bytes(b"".join(lines[:200]) + lines[200][:90])
    page = page_of(mine)
    assert "Nothing can be said of this run yet" in page.headline[0]
    assert "199 slots walked, not yet at their ends" in page.facts
    assert not [one for one in page.figures() if one.name != "probe-profile"]
    assert strips(page) and any("summary.json" in problem for problem in page.problems)
    assert any("1 lines of trace.jsonl are damaged" in problem for problem in page.problems)
    assert page_html(page)


def test_numbers_of_an_unfinished_run_are_said_to_be_no_result(mine: Path) -> None:
    summary = json.loads((mine / "summary.json").read_text())
    (mine / "summary.json").write_text(json.dumps(summary | {"status": "unfinished"}))
    first = page_of(mine).sections[0].blocks[0]
    assert isinstance(first, Notice) and "no result" in first.text


def linked(folder: Path, mine: Path) -> Path:
    """A folder whose files are links to another's, so that any of them can be taken away or replaced."""
    (mine / "tables").mkdir(parents=True)
    for source in folder.iterdir():
        if source.name not in ("tables", "report.html"):
            (mine / source.name).symlink_to(source)
    for source in (folder / "tables").glob("*.parquet"):
        (mine / "tables" / source.name).symlink_to(source)
    return mine


@pytest.mark.parametrize("damage", [None, b"", b"\xff\xfe{]" * 400], ids=["gone", "empty", "noise"])
def test_whatever_is_missing_or_damaged_is_named_and_the_rest_is_read(
    folder: Path, tmp_path: Path, damage: bytes | None
) -> None:
    names = [f"tables/{name}.parquet" for name in BROWSE_METRICS]
    names += ["catalogue.parquet", "manifest.json", "summary.json", "clips.parquet", "plan.parquet"]
    names += ["trace.jsonl"] if damage != b"" else []
    for place, name in enumerate(names):
        mine = linked(folder, tmp_path / str(place))
        (mine / name).unlink()
        if damage is not None:
            (mine / name).write_bytes(damage)
        view = read_browse(mine)
        assert any(name in problem for problem in view.problems), (name, view.problems)
        assert bool(view.trace.episodes) == (name != "trace.jsonl")
        assert bool(view.tables["exposure"]) == (name != "tables/exposure.parquet")


@pytest.mark.parametrize("left", ["tables", "trace.jsonl", "summary.json"])
def test_a_page_is_made_of_whatever_one_part_is_left(folder: Path, tmp_path: Path, left: str) -> None:
    mine = linked(folder, tmp_path / "mine")
    for path in mine.iterdir():
        if path.name != left and path.name != "tables":
            path.unlink()
    if left != "tables":
        shutil.rmtree(mine / "tables")
    page = browse_page(mine)
    assert page_html(page) and page.problems
    drawn = {one.name for one in page.figures()}
    assert ("exposure-difference-0" in drawn) == (left == "tables")
    assert bool(strips(page)) == (left == "trace.jsonl")


def test_rows_with_holes_are_left_out_and_counted(mine: Path) -> None:
    changed = rows(mine, "feed_contrasts")
    changed[0]["arm"] = None
    changed[1] |= {"low": float("-inf"), "high": float("nan")}
    write_rows(mine, "feed_contrasts", changed)
    page = page_of(mine)
    assert "2 rows of tables/feed_contrasts are damaged and were left out." in page.problems
    assert page_html(page)


def test_an_empty_folder_gets_a_page_that_says_so(tmp_path: Path) -> None:
    page = browse_page(tmp_path)
    assert "Nothing can be said" in page.headline[0] and page.problems
    assert page_html(page)


def test_a_long_episode_is_cut_in_the_middle_and_says_so(tmp_path: Path) -> None:
    design = make_design("neutral x random", slots=70, replicates=1, probe_every=0)
    (strip,) = strips(page_of(browse_folder(tmp_path / "run", design)))
    assert [slot.number for slot in strip.slots] == [*range(30), *range(40, 70)] and strip.unseen == 10
    assert strip.name.endswith("slots 0 to 29 and the last 30")


def hostile(slot: dict[str, Any]) -> None:
    slot["system"] = HOSTILE + "x" * 100_000
    slot["recommender"] = HOSTILE
    slot["asks"][0] |= {"reply": HOSTILE * 900, "prompt": HOSTILE, "outcome": HOSTILE[:60]}


def test_hostile_texts_are_text_and_short(mine: Path) -> None:
    rewrite_trace(mine, hostile)
    html = page_html(page_of(mine))
    assert "<img src=x" not in html and "document.title='taken'</script>" not in html
    assert len(html) < 10_000_000


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_the_page_is_silent_fits_and_has_no_serious_fault(
    chromium: Chromium, small: Path, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_html(page_of(small)), encoding="utf-8")
    opened = chromium.open(path, size, scheme)
    opened.unfold()
    assert opened.errors == [] and opened.requests == []
    assert opened.overflow() <= 0
    assert opened.serious_faults() == []


def test_a_click_opens_a_slots_record_and_hostile_texts_do_nothing(
    chromium: Chromium, small: Path, tmp_path: Path
) -> None:
    mine = Path(shutil.copytree(small, tmp_path / "mine"))
    rewrite_trace(mine, hostile)
    path = tmp_path / "report.html"
    path.write_text(page_html(page_of(mine)), encoding="utf-8")
    opened = chromium.open(path)
    tab = opened.tab
    tab.locator("#episodes > details > summary").click()
    button = tab.locator("#episodes ol.film button").nth(2)
    record = tab.locator(f"#{button.get_attribute('aria-controls')}")
    assert not record.is_visible()
    button.click()
    assert record.is_visible() and "Chosen by" in record.inner_text() and "<img src=x" in record.inner_text()
    button.press("ArrowRight")
    tab.keyboard.press("Enter")
    assert not record.is_visible()
    assert tab.title() != "taken" and opened.errors == [] and opened.requests == []


def test_slots_and_records_agree_over_the_whole_film(folder: Path, page: Page) -> None:
    records: dict[tuple[str, int], SlotRecord] = {}
    for record in read_trace(folder / "trace.jsonl").records:
        who, _, feed = record.arm.partition("@")
        told = "own feed" if feed == "adaptive" else "random feed"
        records[f"{who}, {told}, replicate {record.pair}", record.slot] = record
    compared = 0
    for strip in strips(page):
        for slot in strip.slots:
            assert _did(records[strip.name, slot.number]) == slot.action
            compared += 1
    assert compared == len(strips(page)) * 24


def _did(record: SlotRecord) -> str:
    return "probe" if record.kind == "probe" else str(record.action)


def test_a_slot_is_named_by_its_clip(page: Page) -> None:
    slots: list[Slot] = [slot for strip in strips(page) for slot in strip.slots]
    assert all(slot.title.startswith("clip ") for slot in slots)
