"""What guides take for granted: clips, an index, a frozen suite, finished runs, another checkpoint; each made once."""

import contextlib
import io
import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np

from spectrum.cli.main import cli
from spectrum.pocket.clips import write_clips
from spectrum.pocket.shipped import checkpoint_folder, embedder_folder
from tests.support.documents import ROOT, blocks
from tests.support.openai_server import Received, Says
from tests.support.run_folders import SimulatedRun, simulated_clips

GIVEN = {
    "audit": ("runs/a",),
    "bench": ("clips",),
    "browse": ("clips",),
    "circumplex": ("runs/one-model", "runs/many"),
    "compare": ("clips.index",),
    "ingest": ("part-1.csv", "part-2.csv"),
    "labels": ("clips.index",),
    "pairs": ("clips.index", "suite.json"),
    "paper": ("clips.index",),
    "personas": ("clips.index", "suite.json", "my_personas.yaml"),
    "respondents": ("clips.index",),
    "served": ("clips.index",),
    "view": ("clips.index", "runs/a"),
    "your-own": ("clips.index",),
}
"""What lies in a guide's folder before its first line."""


def speaks_its_mind(request: Received) -> Says:
    """An API model that likes half of the clips by their pictures, and understands each of the four forms."""
    liked = int.from_bytes(request.pictures[0][-16:], "big") % 2 == 0 if request.pictures else False
    liked ^= request.digest() % 10 == 0
    if "dislike" in request.question:
        words = ("like", "dislike") if liked else ("dislike", "like")
    else:
        words = ("Yes", "No") if liked != (" not " in request.question) else ("No", "Yes")
    return Says(words[0], {words[0]: 0.8, words[1]: 0.2})


class World:
    """Made where and when it is asked for, in `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def places(self) -> dict[str, Callable[[], object]]:
        """What names in the guides stand for."""
        return {
            "pocket": checkpoint_folder,
            "embedder": embedder_folder,
            "root": lambda: ROOT,
            "clips": lambda: self.clips,
            "other": lambda: self.other,
        }

    def put(self, name: str, folder: Path) -> None:
        """Lay something of GIVEN into a guide's folder."""
        made: dict[str, Callable[[], Path]] = {
            "clips": lambda: self.clips,
            "clips.index": lambda: self.index,
            "suite.json": lambda: self.suite,
            "runs/a": lambda: self.run,
        }
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == "runs/many":
            for many, count in (("a", 20), ("b", 20)):
                circle(target.parent / many, count)
            played(target.parent / "adh", 32)
        elif name == "runs/one-model":
            circle(target, 3)
        elif name.startswith("part-"):
            half = sorted(self.clips.glob("*.mp4"))[int(name == "part-2.csv") :: 2]
            target.write_text("path\n" + "".join(f"{clip}\n" for clip in half), encoding="utf-8")
        elif name == "my_personas.yaml":
            page = ROOT / "docs" / "personas.md"
            target.write_text(next(block.text for block in blocks(page) if block.language == "yaml"), encoding="utf-8")
        elif made[name]().is_dir():
            shutil.copytree(made[name](), target)
        else:
            shutil.copy(made[name](), target)

    @cached_property
    def clips(self) -> Path:
        """36 generated clips with sidecar truth: three a value, six of none."""
        write_clips(self.root / "clips", per_value=3, controls=6, seconds=0.5)
        return self.root / "clips"

    @cached_property
    def index(self) -> Path:
        return self._made("clips.index", "index", self.clips, "--embedder", embedder_folder(), "--index")

    @cached_property
    def suite(self) -> Path:
        return self._made("suite.json", "freeze", "--index", self.index, "--out")

    @cached_property
    def run(self) -> Path:
        """A finished run with a profile."""
        return self._made("run", "bench", "planted:hedonist", "--index", self.index, "--ladder-clips", 1, "--out")

    @cached_property
    def other(self) -> Path:
        """The pocket checkpoint with a little noise on its weights: another model, which answers alike."""
        from safetensors.numpy import load_file, save_file

        target = self.root / "model-b"
        shutil.copytree(checkpoint_folder(), target)
        draw = np.random.default_rng(0)
        for path in target.glob("*.safetensors"):
            weights = load_file(path)
            for name, weight in weights.items():
                if weight.dtype.kind == "f":
                    weights[name] = (weight * (1 + 0.02 * draw.standard_normal(weight.shape))).astype(weight.dtype)
            save_file(weights, path, metadata={"format": "pt"})
        return target

    def _made(self, name: str, *words: object) -> Path:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            cli.main([*map(str, words), str(self.root / name)], standalone_mode=False)
        return self.root / name


def circle(folder: Path, count: int) -> None:
    """A finished run of `count` conditions whose profiles are planted on a circle."""
    from tests.spectrum.circumplex.test_circumplex import write_profiles
    from tests.spectrum.stats.test_circumplex import planted

    write_profiles(folder, planted(count, seed=count))


def played(folder: Path, count: int) -> None:
    """A finished run of `count` personas under the strategy simple."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from spectrum.runs.tables import PERSONA_ADHERENCE, PERSONA_PROFILES
    from spectrum.values import SCHWARTZ
    from tests.spectrum.stats.test_circumplex import planted

    scores = planted(count, seed=7)
    shared = {"strategy": "simple", "measure": "written", "arm": "as written", "construct": "like"}
    profiles = [
        shared | {"persona": f"p{row}", "value": code, "measured": float(score), "target": float(score)}
        for row, ten in enumerate(scores - scores.mean(axis=1, keepdims=True))
        for code, score in zip(SCHWARTZ.codes, ten, strict=True)
    ]
    levels = [shared | {"persona": f"p{row}", "level": 0.5} for row in range(count)]
    SimulatedRun(simulated_clips(1)).write(folder, None)
    (folder / "tables").mkdir()
    for name, rows, schema in (
        ("persona_profiles", profiles, PERSONA_PROFILES),
        ("persona_adherence", levels, PERSONA_ADHERENCE),
    ):
        kept = [{key: value for key, value in row.items() if key in schema.names} for row in rows]
        pq.write_table(pa.Table.from_pylist(kept, schema=schema), folder / "tables" / f"{name}.parquet")
