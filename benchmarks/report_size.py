"""How long the report of a large run takes, how large the file is, and how soon it can be used in a browser.

    python -m benchmarks.report_size --answers 200000

Writes a bench run of simulated respondents (1,000 clips with thumbnails, five conditions, ten wordings, four forms),
tallies it and draws report.html as `spectrum report` does. Then opens the page in Chromium: time to the first
contentful paint, and until the first chart, scrolled to, is drawn, medians over --loads. Processor seconds are told
beside the clock's, because other work on the machine slows the latter.
"""

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from spectrum.bench.tally import tally
from spectrum.bench.thumbnails import thumbnail
from spectrum.report.html import write_report
from spectrum.report.page import page_html
from spectrum.report.pages import page_of
from spectrum.runs.records import StoredAnswer
from tests.support.run_folders import Likes, SimulatedAsk, SimulatedRun, simulated_clips
from video_index.clips import Frame
from video_index.keyed import integer

CONDITIONS = ("neutral", "adventurer", "guardian", "idealist", "striver")
WORDINGS, FORMS = 10, 4
LONG = (
    "Yes. I would keep watching because the clip shows something that people often enjoy, and the pictures are clear. "
)
READY = """() => new Promise((done) => {
  const look = () => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    document.querySelector('figure.figure')?.scrollIntoView();
    const chart = document.querySelector('figure.figure .chart svg');
    if (paint && chart) done({ paint: paint.startTime, chart: performance.now() });
    else requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=200_000)
    parser.add_argument("--loads", type=int, default=5, help="times the page is opened")
    parser.add_argument("--keep", type=Path, help="leave the run folder here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = arguments.keep or Path(place) / "run"
        asked = _write(folder, arguments.answers)
        print(f"{asked:,} answers to {len(list((folder / 'thumbnails').iterdir())):,} clips with thumbnails")
        _timed("tally", lambda: tally(folder))
        _timed("page from the folder", lambda: page_of(folder))
        page = page_of(folder)
        _timed("page as HTML", lambda: page_html(page))
        _timed("write_report, whole", lambda: write_report(folder))
        report = folder / "report.html"
        print(f"report.html: {report.stat().st_size / 1e6:.2f} MB; {len(page.figures())} figures")
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:,.0f} MiB")
        _opened(report, arguments.loads)


def _write(folder: Path, answers: int) -> int:
    """A finished run of about so many answers."""
    clips = max(1, answers // (len(CONDITIONS) * WORDINGS * FORMS) // 10)
    run = SimulatedRun(
        simulated_clips(clips), conditions=CONDITIONS, wordings=WORDINGS, a_clip=WORDINGS, label_source="sidecar"
    )
    rng = np.random.default_rng(3)
    likes = Likes({name: rng.normal(0, 1, 10).tolist() for name in CONDITIONS})

    def answering(ask: SimulatedAsk) -> StoredAnswer:
        if integer(20, "odd", ask.ask_id) == 0:
            return StoredAnswer(ask.ask_id, "refused", text="I'm sorry, I can't assist with that.")
        said = likes(ask)
        if integer(10, "long", ask.ask_id):
            return said
        return StoredAnswer(ask.ask_id, "choice", said.choice, text=LONG, probabilities=said.probabilities)

    run.write(folder, answering)
    (folder / "thumbnails").mkdir(exist_ok=True)
    for clip in run.clips:
        (folder / "thumbnails" / f"{clip.clip_id}.webp").write_bytes(_picture(rng))
    return len(CONDITIONS) * WORDINGS * FORMS * len(run.clips)


def _picture(rng: np.random.Generator) -> bytes:
    """A thumbnail with broad shapes and some grain: as many bytes as one of a real clip."""
    broad = np.kron(rng.integers(0, 255, (16, 9, 3)), np.ones((20, 20, 1)))
    grain = rng.normal(0, 8, broad.shape)
    return thumbnail((Frame(np.clip(broad + grain, 0, 255).astype(np.uint8), 0.0),))


def _timed(what: str, work: object) -> None:
    assert callable(work)
    started, spent = time.perf_counter(), time.process_time()
    work()
    print(
        f"{what}: {time.perf_counter() - started:.1f} s ({time.process_time() - spent:.1f} s of processor)", flush=True
    )


def _opened(report: Path, loads: int) -> None:
    """Open the page in a fresh tab each time, at desktop and phone width."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width, height in ((1100, 900), (390, 844)):
            found = []
            for _ in range(loads):
                tab = browser.new_page(viewport={"width": width, "height": height})
                tab.goto(report.resolve().as_uri(), wait_until="commit")
                found.append(tab.evaluate(READY))
                tab.close()
            paint, chart = (statistics.median(one[key] for one in found) / 1000 for key in ("paint", "chart"))
            slowest = max(one["chart"] for one in found) / 1000
            print(f"{width} px: first paint {paint:.2f} s, first chart {chart:.2f} s (slowest {slowest:.2f} s)")
        browser.close()


if __name__ == "__main__":
    main()
