"""Begin a run folder, or see that it holds this very run: manifest first, then plan and clips."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.errors import RunFolderError, RunMismatchError
from spectrum.runs.durable import replacing
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import RunManifest, differences, read_manifest, version_differences, write_manifest
from spectrum.runs.tables import CLIPS, PLAN

_DIFFERENCES_TOLD = 3


def begin(
    run: RunFolder, manifest: RunManifest, plan: Iterable[pa.RecordBatch], clips: Iterable[pa.RecordBatch]
) -> None:
    """Write what a run starts with; in a folder with an equal manifest, only what of it is missing.

    Call it holding the folder's lock. `plan` and `clips` are in the schemas tables.PLAN and tables.CLIPS.
    Raises RunMismatchError, naming the first settings that differ, where the folder holds another run;
    RunFolderError where it is damaged or cannot be written.
    """
    if run.manifest.exists():
        before = read_manifest(run.manifest)
        if before.manifest_hash != manifest.manifest_hash:
            versions = version_differences(before, manifest)
            if versions is not None:
                raise RunMismatchError(
                    f"{run.root} was begun with other packages ({'; '.join(versions)}), and answers through two "
                    "versions do not make one run: install those again, or use another folder"
                )
            found = "; ".join(islice(differences(before, manifest), _DIFFERENCES_TOLD))
            raise RunMismatchError(
                f"{run.root} holds a run with other settings ({found}); use another folder, or those settings"
            )
    elif run.answers.exists() or run.plan.exists():
        raise RunFolderError(
            f"{run.root} holds answers or a plan, but no {run.manifest.name}: it is damaged; use another folder"
        )
    else:
        write_manifest(run.manifest, manifest)
    _write_once(run.plan, PLAN, plan)
    _write_once(run.clips, CLIPS, clips)


def _write_once(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Parquet, whole or not at all; a table that is there is left, since the manifest vouches for it."""
    if path.exists():
        return
    with replacing(path) as fresh, pq.ParquetWriter(fresh, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
