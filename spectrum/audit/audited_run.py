"""A run folder as an audit sees it: its clips, which of them are in which value's set, and what people said."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.audit.judgements import NAME, Judgement, read_judgements
from spectrum.audit.sample import AuditSample, draw_sample
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.stats.observations import BoolArray
from spectrum.values import SCHWARTZ, ValueSystem
from video_index.clips import Locator


@dataclass(frozen=True, slots=True, eq=False)
class AuditedRun:
    """m clips of a run, in the order of its clip table."""

    root: Path
    clip_ids: tuple[str, ...]
    locators: tuple[Locator, ...]
    in_set: BoolArray
    """(m, v) which clip is in which value's set."""
    system: ValueSystem

    @property
    def file(self) -> Path:
        """Where judgements are kept."""
        return self.root / NAME

    def judgements(self) -> tuple[Judgement, ...]:
        """What people said so far. Raises ConfigError for a damaged line."""
        return read_judgements(self.file, self.system)

    def sample(self, per_value: int, outside: int | None, seed: int) -> AuditSample:
        """The clips to show, in order."""
        return draw_sample(self.clip_ids, self.in_set, per_value=per_value, outside=outside, seed=seed)

    def left(self, sample: AuditSample, rater: str) -> list[str]:
        """clip_ids of the sample that the rater has not judged, in order."""
        done = {judgement.clip_id for judgement in self.judgements() if judgement.rater == rater}
        return [self.clip_ids[row] for row in sample.clip if self.clip_ids[row] not in done]


def audited_run(root: Path, system: ValueSystem = SCHWARTZ) -> AuditedRun:
    """Read the clips of a run. Raises RunFolderError where there is no run, or none of its clips is in a set."""
    path = RunFolder(root).clips
    try:
        table = pq.read_table(path, columns=["clip_id", "path", "member", "value_sets"])
    except FileNotFoundError:
        raise RunFolderError(f"{root} holds no clips.parquet; give the run folder of spectrum bench") from None
    except (OSError, pa.ArrowException) as error:
        raise RunFolderError(f"{path} cannot be read ({error}); run spectrum bench again") from error
    columns = table.to_pydict()
    in_set = np.array(
        [[code in (sets or ()) for code in system.codes] for sets in columns["value_sets"]], dtype=np.bool_
    )
    if not in_set.any():
        raise RunFolderError(f"no clip of {root} is in the set of a value, so there is nothing to audit")
    locators = tuple(Locator(path, member) for path, member in zip(columns["path"], columns["member"], strict=True))
    return AuditedRun(root, tuple(columns["clip_id"]), locators, in_set, system)
