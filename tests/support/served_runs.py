"""Result folders for the viewer's tests, whole, growing and hostile, and a viewer that serves them."""

import http.client
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from spectrum.report.server import RunServer
from spectrum.report.server_progress import Prices
from spectrum.runs.folder import RunFolder
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore

SCRIPT = "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>"
HOSTILE_NAME = "<b onmouseover='window.hacked = true'>&amp; \u202eevil"


@dataclass(frozen=True)
class Got:
    """What a request gave back."""

    status: int
    text: str
    headers: dict[str, str]


class Viewer:
    """A viewer at its address; `get` sends exactly what it is told."""

    def __init__(self, server: RunServer) -> None:
        self.url = server.url
        self.port = int(server.url.split(":")[2].split("/")[0])
        self.secret = server.url.rstrip("/").rsplit("/", 1)[1]

    def get(self, path: str = "", method: str = "GET", host: str | None = None, raw: str | None = None) -> Got:
        """`path` below the secret one, or `raw`, the request's target as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, raw if raw is not None else f"/{self.secret}/{path}", skip_host=True)
        if host != "":
            connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        reply = connection.getresponse()
        got = Got(reply.status, reply.read().decode(), {name.lower(): text for name, text in reply.getheaders()})
        connection.close()
        return got


@contextmanager
def served(root: Path, prices: Prices | None = None) -> Iterator[Viewer]:
    """A viewer of `root` while the block lasts."""
    server = RunServer(root, prices=prices)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield Viewer(server)
    finally:
        server.close()
        thread.join()


class GrowingRun:
    """A run that this process is said to be writing; it grows when told to."""

    def __init__(self, made_of: Path, folder: Path) -> None:
        shutil.copytree(made_of, folder)
        self.run = RunFolder(folder)
        for stale in (*folder.glob("answers*"), self.run.summary):
            stale.unlink()
        shutil.rmtree(self.run.tables)
        self._left = pq.read_table(self.run.plan, columns=["ask_id"])["ask_id"].to_pylist()
        self._clock = datetime.now(UTC)
        self.planned = len(self._left)
        self.write_holder(os.getpid())
        AnswerStore(self.run.answers).close()

    def write_holder(self, pid: object, host: str = "") -> None:
        """Say who is writing."""
        since = self._clock.isoformat(timespec="seconds")
        holder = {"pid": pid, "host": host or socket.gethostname(), "since": since}
        (self.run.root / ".writer.json").write_text(json.dumps(holder))

    def grow(self, answers: int, a_second: float = 10.0) -> None:
        """So many more answers, evenly spaced in time, of 1,000 tokens in and 10 out."""
        with AnswerStore(self.run.answers) as store:
            for _ in range(answers):
                self._clock += timedelta(seconds=1 / a_second)
                at = self._clock.isoformat(timespec="milliseconds")
                ask_id = self._left.pop(0)
                answer = StoredAnswer(
                    ask_id, "choice", "Yes", text="Yes.", tokens_in=1000, tokens_out=10, answered_at=at
                )
                store.record([answer])

    def end(self) -> None:
        """The writer goes away."""
        (self.run.root / ".writer.json").unlink()


def hostile_folder(root: Path) -> Path:
    """A result folder that says the worst in every place it can."""
    folder = root / HOSTILE_NAME
    folder.mkdir(parents=True)
    summary = {
        "kind": "bench",
        "status": "done",
        "respondent": SCRIPT + "x" * 100_000,
        "headline": SCRIPT + "\u202e\ud800 \U0001f600" + "y" * 100_000,
        "format_version": 1,
        "planned": -3,
        "answered": "many",
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "manifest.json").write_text("[" * 100_000)
    return folder
