"""What people said about clips: one JSON line a judgement, never rewritten."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from spectrum.errors import ConfigError, RunFolderError
from spectrum.stats.observations import FloatArray
from spectrum.values import SCHWARTZ, ValueSystem

NAME = "audit.jsonl"
"""The file in a run folder."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's answer to: which values does this clip show?"""

    clip_id: str
    rater: str
    values: tuple[str, ...]
    """Codes; empty where the clip shows none. None of this is known to the respondent."""
    unsure: bool = False
    """The person could not tell; it counts as no judgement."""
    judged_at: str = ""
    """UTC, ISO."""


def append_judgement(path: Path, judgement: Judgement) -> None:
    """Add one line, on disk when this returns. Raises RunFolderError where the file cannot be written."""
    stamped = asdict(judgement) | {"judged_at": judgement.judged_at or datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(stamped, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written ({error.strerror}); free some space and go on") from error


def read_judgements(path: Path, system: ValueSystem = SCHWARTZ) -> tuple[Judgement, ...]:
    """Judgements in the order given; of one rater on one clip the last counts. () without a file.

    A last line that was cut off by a kill is passed over. Raises ConfigError, with file and line, for a line that
    is no judgement or names an unknown value.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); move it away to start the audit anew") from error
    latest: dict[tuple[str, str], Judgement] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            plain = json.loads(line)
            judgement = Judgement(
                clip_id=str(plain["clip_id"]),
                rater=str(plain["rater"]),
                values=tuple(system.codes[system.index(str(name))] for name in plain["values"]),
                unsure=bool(plain.get("unsure", False)),
                judged_at=str(plain.get("judged_at", "")),
            )
        except (ValueError, KeyError, TypeError, ConfigError) as error:
            if number == len(lines):  # no newline behind it: the writer was killed within this line
                continue
            raise ConfigError(f"{path}, line {number}: no judgement ({error}); mend or remove the line") from error
        latest[judgement.clip_id, judgement.rater] = judgement
    return tuple(latest.values())


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Judgements as arrays over clips, by the places of clips in a run."""

    clip: np.ndarray[tuple[int], np.dtype[np.int64]]
    """(a,) row of the clip table of each audited clip, ascending."""
    truth: FloatArray
    """(a, v) share of the clip's raters who saw the value."""
    raters: tuple[str, ...]
    by_rater: FloatArray
    """(r, a, v) 1 or 0; NaN where a rater has not judged the clip."""


def judged(judgements: Iterable[Judgement], clip_ids: Sequence[str], codes: Sequence[str]) -> Judged:
    """Arrays of the judgements on the clips named; those on other clips, and unsure ones, are left out."""
    place = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    usable = [j for j in judgements if j.clip_id in place and not j.unsure]
    rows = sorted({place[j.clip_id] for j in usable})
    raters = tuple(sorted({j.rater for j in usable}))
    by_rater = np.full((len(raters), len(rows), len(codes)), np.nan)
    for judgement in usable:
        where = raters.index(judgement.rater), rows.index(place[judgement.clip_id])
        by_rater[where] = [code in judgement.values for code in codes]
    seen = ~np.isnan(by_rater)
    truth = np.where(seen, by_rater, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return Judged(np.array(rows, dtype=np.int64), truth, raters, by_rater)
