"""A contender: a run under a condition, with what it answered to each item."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spectrum.bench.estimates import LEAST_CHOSEN, PROBABILITY, WRITTEN, agreement, asked, few_choices, response_of
from spectrum.bench.lights import Light
from spectrum.bench.pooling import Pooling, pool
from spectrum.bench.sheet import MISSING
from spectrum.compare.items import Items
from spectrum.compare.reading import RunColumns
from spectrum.runs.manifest import RunManifest
from spectrum.stats.agreement import USE_ABOVE
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, mean_by

MEASURES = (WRITTEN, PROBABILITY)


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A run under a condition; its columns are aligned with the items."""

    name: str
    run: int
    """Which of the runs, in the order given."""
    folder: Path
    manifest: RunManifest
    condition: str
    asked: BoolArray
    """(g,) whether the item was put, for what the measure needs."""
    stored: BoolArray
    """(g,) whether it was put and every repeat has an outcome, of whatever kind."""
    accepted: FloatArray
    """(g,) acceptance by the measure, 0 to 1, repeats averaged; NaN where there is none."""
    worst: FloatArray
    """(g,) acceptance had every ask of the item without a choice been a no; NaN where the item was not put."""
    best: FloatArray
    """(g,) had it been a yes."""
    scored_only: int
    """Asks for option probabilities alone, which written answers leave out."""
    pooling: Pooling
    reason: str | None
    """Why it cannot be compared, as the end of "because ..."; None where it can."""
    lights: tuple[Light, ...] | None
    """Its own checks; None where they were not worked out."""

    @property
    def answered(self) -> BoolArray:
        """(g,) items with an acceptance."""
        return ~np.isnan(self.accepted)


def contender_of(
    run: RunColumns, number: int, condition: str, construct: str, measure: str, items: Items, item: IntArray, name: str
) -> Contender:
    """Run `number` under a condition; `item` (n,) is the item of each of its asks."""
    rows = asked(run.sheet, condition, construct, measure)
    response = response_of(run.sheet, measure)
    usable = rows & ~np.isnan(response)
    count = items.clip.size
    accepted = mean_by(item[usable], response[usable], count)
    pooling = pool(items.observations(~np.isnan(accepted), accepted))
    put = np.bincount(item[rows], minlength=count) > 0
    waiting = np.bincount(item[rows & (run.sheet.outcome == MISSING)], minlength=count) > 0
    lights = None if run.lights is None else tuple(one for one in run.lights if one.condition == condition)
    reason = _few(run, rows, int(usable.sum()), measure) or _failed_gate(lights or ())
    if measure == PROBABILITY:
        reason = reason or _disagreement(run, condition)
    return Contender(
        name=name,
        run=number,
        folder=run.folder,
        manifest=run.manifest,
        condition=condition,
        asked=put,
        stored=put & ~waiting,
        accepted=accepted,
        worst=mean_by(item[rows], np.nan_to_num(response[rows], nan=0.0), count),
        best=mean_by(item[rows], np.nan_to_num(response[rows], nan=1.0), count),
        scored_only=int((run.sheet.rows(condition, construct) & run.sheet.scored_only).sum()),
        pooling=pooling,
        reason=reason or pooling.problem,
        lights=lights,
    )


def _few(run: RunColumns, rows: BoolArray, usable: int, measure: str) -> str | None:
    planned = int(rows.sum())
    if planned and usable >= LEAST_CHOSEN * planned:
        return None
    if measure == PROBABILITY:
        return f"only {usable:,} of {planned:,} asks got option probabilities"
    if not planned:
        return "no answer was to be written (option probabilities are compared by --measure probability)"
    return few_choices(run.sheet.outcome[rows], usable)


def _failed_gate(lights: Sequence[Light]) -> str | None:
    """A gate that failed withholds the run's own profile, and every difference from it."""
    return next((one.text for one in lights if (one.light, one.state) == ("picture", "red")), None)


def _disagreement(run: RunColumns, condition: str) -> str | None:
    """Why option probabilities may not be used; None where they may, or where nothing was written to hold them to."""
    found = agreement(run.sheet, condition)
    if found.usable or not found.written:
        return None
    kappa = "undefined" if found.kappa is None else f"{found.kappa:.2f}"
    outside = "" if found.outside is None else f", {100 * found.outside:.0f}% of their mass outside the options"
    return f"its option probabilities do not say what it writes (kappa {kappa}, needed: {USE_ABOVE:g}{outside})"
