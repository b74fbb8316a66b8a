"""Folders of comparisons, calibrations, pairs and circumplexes, made by the project's own code from planted truth."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from PIL import Image

from spectrum.bench.thumbnails import Thumbnails
from spectrum.calibration.calibrate import calibrate, write_calibration
from spectrum.calibration.gate import Effort
from spectrum.calibration.gates import GATES
from spectrum.circumplex.profiles import Profiles
from spectrum.circumplex.result import analyse, write_circumplex
from spectrum.compare.comparison import Options, compare, follow_declared
from spectrum.compare.summary import write_comparison, write_published, write_sequential
from spectrum.pairs.tally import tally
from spectrum.prompts import NEUTRAL
from spectrum.values import SCHWARTZ
from tests.support.benches import make_suite
from tests.support.many_runs import write_runs
from tests.support.pair_runs import BOLD, make_pairs, planted_over, run

HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    "{{7*7}} \N{RIGHT-TO-LEFT OVERRIDE}right to left\N{POP DIRECTIONAL FORMATTING} \N{CLAPPER BOARD} "
    + "long "
    * 20_000
)
HEDONISM, POWER = 2, 4


def compared(place: Path, contenders: int = 3) -> Path:
    """Contenders on identical items: plain ones, and every second a hedonist; the first is the reference."""
    flat, hedonist = np.zeros(10), np.zeros(10)
    hedonist[HEDONISM], hedonist[POWER] = 3.0, -3.0
    folders = write_runs(
        place / "runs",
        np.stack([hedonist if number % 2 else flat for number in range(contenders)]),
        clips_a_value=30,
        wordings=8,
        names=[f"{'hedonist' if number % 2 else 'plain'}{number}" for number in range(contenders)],
    )
    write_comparison(compare(folders, Options()), place / "compared")
    return place / "compared"


def followed(place: Path) -> Path:
    """A declared difference, followed until it is decided."""
    hedonist = np.zeros(10)
    hedonist[HEDONISM] = 3.0
    folders = write_runs(place / "runs", np.stack([np.zeros(10), hedonist]), clips_a_value=30, common=0.95)
    write_sequential(follow_declared(folders, "Hedonism", Options(), 0.05), SCHWARTZ, place / "followed")
    return place / "followed"


def published(place: Path) -> Path:
    """The paper's table alone."""
    write_published(place / "published")
    return place / "published"


def calibrated(place: Path) -> Path:
    """Five gates with very few runs; with these some figures miss their limits."""
    names = ("recovery", "mutants", "confounds", "coverage", "false-positives")
    gates = [gate for gate in GATES if gate.name in names]
    write_calibration(place / "calibrated", calibrate(gates, Effort(fast=True, runs=10), lambda cell: None))
    return place / "calibrated"


def paired(place: Path, share: float = 1.0) -> Path:
    """120 pairs, neutral and bold, of a respondent that chooses Hedonism; a thumbnail for every other clip."""
    suite = make_suite(per_value=12, controls=4)
    respondent = planted_over(suite, "hedonism", strength="3", clip_sd="0.5", order_bias="0.4", refusal="0.05")
    plan = make_pairs(suite, respondent, 120, conditions=[NEUTRAL, BOLD])
    folder = place / "paired"
    run(plan, respondent, folder)
    Thumbnails(folder / "thumbnails")
    for number, member in enumerate(suite.clips[::2]):
        Image.new("RGB", (36, 64), (number % 255, 90, 140)).save(folder / "thumbnails" / f"{member.clip.clip_id}.webp")
    tally(folder)
    return folder


def circled(place: Path, profiles: int = 60, *, level: bool = True) -> Path:
    """Profiles with a planted circle; without their level Browne's model is refused."""
    rng = np.random.default_rng(4)
    turn = 2 * np.pi * np.arange(10) / 10
    axes = rng.normal(0, 1, (profiles, 2))
    scores = axes @ np.stack([np.cos(turn), np.sin(turn)]) + rng.normal(0, 0.5, (profiles, 10))
    scores = 0.1 * scores + rng.normal(0.5, 0.05, (profiles, 1))
    centred = scores - scores.mean(axis=1, keepdims=True)
    names = tuple(f"run: persona {number}" for number in range(profiles))
    found = Profiles(names, centred, scores if level else None, np.zeros((0, 10)))
    write_circumplex(place / "circled", analyse(found), found, ["runs/one"])
    return place / "circled"


def damaged_copies(folder: Path, scratch: Path) -> Iterator[tuple[Path, str]]:
    """Copies of a folder, each with one of its files gone, cut short or full of noise; with that file's name."""
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.suffix in (".json", ".parquet")]
    names += [path.relative_to(folder) for path in folder.glob("*.sqlite")]
    for number, name in enumerate(names):
        content = (None, (folder / name).read_bytes()[:60], b"\x00noise" * 99)[number % 3]
        copy = scratch / f"damaged{number}"
        shutil.copytree(folder, copy)
        if content is None:
            (copy / name).unlink()
        else:
            (copy / name).write_bytes(content)
        yield copy, str(name)


def poisoned(folder: Path, scratch: Path, *texts: str) -> Path:
    """A copy in which each text is followed by HOSTILE, in the summary and in every table."""
    copy = scratch / "poisoned"
    shutil.copytree(folder, copy)
    summary = json.loads((copy / "summary.json").read_text(encoding="utf-8"))
    (copy / "summary.json").write_text(json.dumps(_spoiled(summary, texts)), encoding="utf-8")
    for path in copy.rglob("*.parquet"):
        table = pq.read_table(path)
        for place, field in enumerate(table.schema):
            if pa.types.is_string(field.type):
                column = table.column(place)
                for text in texts:
                    column = pc.replace_substring(column, text, text + HOSTILE)
                table = table.set_column(place, field, column)
        pq.write_table(table, path)
    return copy


def _spoiled(thing: Any, texts: tuple[str, ...]) -> Any:
    if isinstance(thing, dict):
        return {key: _spoiled(value, texts) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_spoiled(value, texts) for value in thing]
    if isinstance(thing, str):
        for text in texts:
            thing = thing.replace(text, text + HOSTILE)
    return thing
