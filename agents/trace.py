"""The trace of a browse run: append-only, one JSON line a slot, each sealed with the hash of all lines before it.

The first line names the format and the run's manifest. The trace is also the checkpoint: a run that was killed reads
it back and goes on behind the last whole line.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from pydantic import ConfigDict, ValidationError

from agents.errors import TraceError
from spectrum.runs.slots import AskView, SlotView

FORMAT = 2


class AskRecord(AskView):
    """One question of a slot, with what pairs it and what its options mean."""

    model_config = ConfigDict(extra="forbid")

    item_id: str
    block: str
    acceptance: tuple[float, ...]
    """How far each of `options` accepts the clip."""


class SlotRecord(SlotView):
    """Everything needed to replay and audit one slot, and nothing else."""

    model_config = ConfigDict(extra="forbid")

    pair: int
    replicate: int
    """Key of the replicate: what draws of this agent are keyed by, beside the seed."""
    kind: Literal["feed", "probe"]
    view_id: str
    """Hash of the media bytes' hash and the frame spec that was shown."""
    asks: tuple[AskRecord, ...]
    drawn: Literal["sampled", "argmax", "written", "none"]


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace as it was read, every seal verified."""

    manifest: str
    """Hash of the manifest of the run it belongs to."""
    records: tuple[SlotRecord, ...]
    seal: str
    """Of the last line."""
    done: bool = False
    """Whether every episode was walked to its end; the last line then says so."""


def _seal(previous: str, body: str) -> str:
    return hashlib.blake2b(f"{previous}\n{body}".encode(), digest_size=16).hexdigest()


def _body(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _line(seal: str, name: str, body: str) -> str:
    return f'{{"seal":"{seal}","{name}":{body}}}\n'


class TraceWriter:
    """Appends records to a trace; opens an existing one behind its last whole line. Use as a context manager."""

    def __init__(self, path: Path, manifest: str) -> None:
        """Open or begin the trace of the run with this manifest hash.

        A line that a kill cut short is taken off. Raises TraceError where what is there was changed, or belongs to
        another run.
        """
        self.path = path
        self.manifest = manifest
        self.records: list[SlotRecord] = []
        begun = path.exists() and b"\n" in path.read_bytes()
        found = _read(path, whole=False) if begun else None
        if found is not None and found.manifest != manifest:
            raise TraceError(f"{path} belongs to another run than the manifest beside it; use another folder")
        self.done = found is not None and found.done
        self._stream = path.open("r+b" if path.exists() else "w+b")
        if found is None:
            body = _body({"format": FORMAT, "manifest": manifest})
            self._seal = _seal("", body)
            self._stream.truncate(0)
            self._write(_line(self._seal, "run", body))
        else:
            self.records = list(found.records)
            self._seal = found.seal
            raw = path.read_bytes()
            self._stream.seek(raw.rfind(b"\n") + 1)
            self._stream.truncate()

    @property
    def seal(self) -> str:
        """Seal of the last line."""
        return self._seal

    def append(self, records: Iterable[SlotRecord]) -> None:
        """Add records; on return they are on the disk. Raises TraceError where they cannot be written."""
        lines = []
        for record in records:
            body = _body(record.model_dump(mode="json"))
            self._seal = _seal(self._seal, body)
            lines.append(_line(self._seal, "slot", body))
            self.records.append(record)
        self._write("".join(lines))

    def finish(self) -> Trace:
        """Say that every episode has ended, once."""
        if not self.done:
            body = _body({"records": len(self.records)})
            self._seal = _seal(self._seal, body)
            self._write(_line(self._seal, "end", body))
            self.done = True
        return Trace(self.manifest, tuple(self.records), self._seal, True)

    def _write(self, lines: str) -> None:
        """Bring lines to the disk; where that fails nothing more is written, and a part of a line is cut off later."""
        try:
            self._stream.write(lines.encode())
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            with suppress(OSError):  # closing writes what is left over, and fails the same way
                self._stream.close()
            raise TraceError(
                f"{self.path} cannot be written ({error.strerror}); free some space and run the same command again"
            ) from error

    def __enter__(self) -> "TraceWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def read_trace(path: Path) -> Trace:
    """A whole trace, every seal verified.

    Raises TraceError, naming file and line, where a line is damaged, edited, missing or out of order. Lines cut off
    the end are found by the seal that summary.json holds, not here.
    """
    return _read(path, whole=True)


def _read(path: Path, *, whole: bool) -> Trace:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TraceError(f"cannot read the trace {path}: {error.strerror or error}") from None
    if whole and not raw.endswith(b"\n"):
        raise TraceError(f"{path} ends in the middle of a line; run the same command again to finish it")
    lines = raw.split(b"\n")[:-1]
    manifest, seal, done = "", "", False
    records: list[SlotRecord] = []
    for number, line in enumerate(lines, start=1):
        name = "run" if number == 1 else "end" if number == len(lines) and b'"end":' in line[:60] else "slot"
        try:
            entry = json.loads(line)
            body = _body(entry[name])
            if name == "run":
                manifest = str(entry[name]["manifest"])
            if name == "slot":
                records.append(SlotRecord.model_validate(entry[name]))
        except (ValueError, KeyError, TypeError, ValidationError):
            raise TraceError(f"{path} line {number} is not a record of this format; the trace is damaged") from None
        seal = _seal(seal, body)
        if _line(seal, name, body).encode() != line + b"\n":
            raise TraceError(f"{path} line {number} does not match its seal: it, or a line before it, was changed")
        done = name == "end"
    if not lines:
        raise TraceError(f"{path} is empty; run the same command again")
    return Trace(manifest, tuple(records), seal, done)
