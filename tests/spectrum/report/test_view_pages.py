import json
import shutil
from collections.abc import Iterator

import pytest

from spectrum.bench.tally import tally
from spectrum.report.server_progress import Prices
from spectrum.runs.folder import RunFolder
from tests.support.browser import DESKTOP, PHONE, Chromium
from tests.support.run_folders import Likes, SimulatedRun, simulated_clips
from tests.support.served_runs import GrowingRun, Viewer, hostile_folder, served


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    likes = Likes({"neutral": tuple({2: 3.0, 4: -3.0}.get(place, 0.0) for place in range(10))})
    run = SimulatedRun(simulated_clips(10), wordings=8).write(tmp_path_factory.mktemp("bench"), likes)
    tally(run.root)
    return run


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory, bench: RunFolder) -> GrowingRun:
    root = tmp_path_factory.mktemp("viewed")
    shutil.copytree(bench.root, root / "a")
    shutil.copytree(bench.root, root / "b")
    hostile_folder(root)
    for kind in ("pairs", "compare"):
        (root / kind).mkdir()
        plain = {"kind": kind, "status": "done", "headline": f"It is of {kind}.", "format_version": 1}
        (root / kind / "summary.json").write_text(json.dumps(plain))
    run = GrowingRun(bench.root, root / "growing")
    run.grow(100, a_second=5)
    return run


@pytest.fixture(scope="module")
def viewer(growing: GrowingRun) -> Iterator[Viewer]:
    with served(growing.run.root.parent, Prices(2.0, 10.0)) as viewer:
        yield viewer


def own(viewer: Viewer, requests: list[str]) -> list[str]:
    """Requests to anything but the viewer."""
    return [address for address in requests if not address.startswith(viewer.url)]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_the_list_is_sound_on_a_desk_and_on_a_phone(
    chromium: Chromium, viewer: Viewer, size: tuple[int, int], scheme: str
) -> None:
    page = chromium.open(viewer.url, size, scheme)
    page.tab.wait_for_selector("[data-follows] progress")
    assert page.errors == [] and own(viewer, page.requests) == []
    assert page.overflow() <= 0
    assert page.serious_faults() == []
    assert page.tab.evaluate("window.hacked") is None


def test_runs_are_filtered_by_words_and_kind(chromium: Chromium, viewer: Viewer) -> None:
    page = chromium.open(viewer.url)

    def shown() -> int:
        return page.tab.locator("[data-entry]:visible").count()

    assert shown() == 6
    page.tab.get_by_label("Kind").select_option("bench")
    assert shown() == 4
    page.tab.get_by_label("Words").fill("growing running")
    assert shown() == 1
    assert page.tab.locator("#count").inner_text() == "1 of 6"
    page.tab.get_by_label("Words").fill("nothing has this")
    assert page.tab.get_by_text("No run has these words.").is_visible()
    page.tab.get_by_label("Words").fill("")
    page.tab.get_by_label("Kind").select_option("")
    assert shown() == 6
    assert page.errors == []


def test_a_run_opens_and_leads_back(chromium: Chromium, viewer: Viewer) -> None:
    page = chromium.open(viewer.url)
    page.tab.locator("[data-entry]", has_text="It is of pairs.").locator("a").click()
    page.tab.get_by_role("link", name="All runs").click()
    page.tab.locator("#words").wait_for()
    assert page.errors == [] and own(viewer, page.requests) == []


def test_ticked_runs_are_shown_together(chromium: Chromium, viewer: Viewer) -> None:
    page = chromium.open(viewer.url, PHONE)
    button = page.tab.get_by_role("button", name="Show the ticked profiles together")
    assert button.is_disabled()
    ticks = page.tab.locator("input[name=run]:visible")
    for place in (-2, -1):
        ticks.nth(place).check()
    button.click()
    page.tab.get_by_role("heading", name="2 profiles together").wait_for()
    page.settle()
    assert page.tab.locator("#profiles .chart svg").count() == 1
    assert "spectrum compare" in page.tab.locator("main").inner_text()
    page.unfold()
    assert page.errors == [] and own(viewer, page.requests) == []
    assert page.overflow() <= 0
    assert page.serious_faults() == []
    page.tab.get_by_role("button", name="Dark").click()
    assert page.tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_hostile_run_opens_as_text(chromium: Chromium, viewer: Viewer) -> None:
    page = chromium.open(viewer.url, PHONE)
    page.tab.locator("[data-entry]", has_text="window.hacked").locator("a").first.click()
    page.tab.get_by_role("link", name="All runs").wait_for()
    assert page.tab.evaluate("window.hacked") is None
    assert "<script>window.hacked" in page.tab.locator("h1").inner_text()
    assert page.errors == [] and own(viewer, page.requests) == []
    assert page.overflow() <= 0


def test_a_running_run_is_followed_until_it_is_done(
    chromium: Chromium, viewer: Viewer, growing: GrowingRun, bench: RunFolder
) -> None:
    page = chromium.open(viewer.url)
    page.tab.locator("[data-status=running] a").click()
    page.tab.get_by_text("100 of 1,200 asks (8%), about 4 min left.").wait_for()
    assert page.tab.locator(".chart").count() == 0
    assert page.tab.locator("[data-fact='Cost so far']").inner_text() == "0.21 USD"
    assert page.serious_faults() == []
    growing.grow(500, a_second=5)
    page.tab.get_by_text("600 of 1,200 asks (50%)").wait_for()
    assert page.tab.locator("progress").evaluate("(bar) => bar.value") == 600
    shutil.copytree(bench.tables, growing.run.tables)
    shutil.copy(bench.summary, growing.run.summary)
    growing.end()
    page.tab.locator("figure.figure").first.wait_for()
    assert page.errors == [] and own(viewer, page.requests) == []
