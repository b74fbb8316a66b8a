"""Answers a second from a server of bounded capacity, a fifth of whose calls fail, against what it could have given.

    python -m benchmarks.served
    python -m benchmarks.served --busy refuse --asks 16

A loopback server in a process of its own serves 16 requests at once, 50 ms each, and fails a fifth of them: 429, 500,
answers that never come, broken JSON; a call that fails takes its slot as long as one that is answered. A whole run
asks it through the API respondent and stores the answers. The share of what the server could have served is the time
that its slots were taken, of the time from its first request to its last.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Ask, Group
from spectrum.respondents.chat import open_chat
from spectrum.respondents.options import RespondentOptions
from spectrum.runs.ask import AskSummary, ask
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from video_index.clips import Frame, ViewSpec

_YES_NO = ChoiceSpec(("Yes", "No"), (1.0, 0.0))


@dataclass(frozen=True, slots=True)
class Served:
    """What one run came to."""

    stored: int
    failed: int
    seconds: float
    cpu: float
    rss_mib: float
    counts: dict[str, float]
    """As the server tells them."""
    share: float
    """Of the time of all slots, what they were taken for."""
    limit: int
    """Requests at once at the end."""


@contextmanager
def bounded_server(slots: int, latency_s: float, faults: float, busy: str) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bounded_server", "--slots", str(slots), "--latency", str(latency_s)]
    command += ["--faults", str(faults), "--busy", busy]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def groups(clips: int, asks: int, pictures: int) -> Iterator[Group]:
    """Clips with distinct pictures and questions."""
    spec = ViewSpec(frames=pictures, long_side=112)
    for number in range(clips):
        blocks = np.random.default_rng(number).integers(0, 256, (pictures, 14, 8, 3), dtype=np.uint8)
        frames = tuple(Frame(np.kron(one, np.ones((8, 8, 1), np.uint8)), float(at)) for at, one in enumerate(blocks))
        view = ClipView(f"clip {number}", spec, lambda frames=frames: frames)  # type: ignore[misc]
        told = tuple(Ask(f"{number}-{at}", "", f"Would you? {number}-{at}", _YES_NO) for at in range(asks))
        yield Group((view,), "", told)


def run(
    *, clips: int, asks: int, pictures: int, slots: int, latency_s: float, faults: float, busy: str, timeout_s: float
) -> Served:
    """Ask every question of every clip, store what comes, and hold it against the server's own counts."""
    os.environ.setdefault("OPENAI_API_KEY", "none-needed")
    with bounded_server(slots, latency_s, faults, busy) as url, tempfile.TemporaryDirectory() as folder:
        respondent = open_chat("openai", f"tiny-vlm@{url}", RespondentOptions(timeout_s=timeout_s))
        started, used = time.perf_counter(), time.process_time()
        with AnswerStore(Path(folder) / "answers.sqlite") as store:
            done: AskSummary = ask(respondent, groups(clips, asks, pictures), store)
            stored = len(store)
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
        limit = respondent.limit
        respondent.close()
        with urllib.request.urlopen(url.removesuffix("v1") + "counts", timeout=10) as answer:
            counts = json.loads(answer.read())
    return Served(
        stored=stored,
        failed=done.failed,
        seconds=seconds,
        cpu=cpu,
        rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        counts=counts,
        share=counts["slot_seconds"] / (slots * counts["seconds"]),
        limit=limit,
    )


def main() -> None:
    """Print what one run came to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--asks", type=int, default=40, help="questions a clip")
    parser.add_argument("--pictures", type=int, default=1, help="pictures a clip")
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds a request")
    parser.add_argument("--faults", type=float, default=0.2, help="share of the requests")
    parser.add_argument("--busy", choices=("wait", "refuse"), default="wait")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds")
    given = parser.parse_args()
    found = run(
        clips=given.clips, asks=given.asks, pictures=given.pictures, slots=given.slots, latency_s=given.latency,
        faults=given.faults, busy=given.busy, timeout_s=given.timeout,
    )  # fmt: skip
    wanted = given.clips * given.asks
    print(f"{found.stored} of {wanted} answers stored, {found.failed} asks failed for good")
    print(f"{found.seconds:.1f} s, {found.cpu:.1f} s of CPU, {found.rss_mib:.0f} MiB; {found.limit} requests at once")
    print(
        f"{found.stored / found.seconds:.0f} answers a second; share of what the server could serve {found.share:.2f}"
    )
    print(f"the server: {found.counts}")


if __name__ == "__main__":
    main()
