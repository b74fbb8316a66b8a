"""Several runs on one list of items: what each contender answered to each, as aligned columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from spectrum.answers import Outcome
from spectrum.bench.estimates import LEAST_CHOSEN
from spectrum.bench.pooling import Pooling, pool
from spectrum.bench.sheet import MISSING
from spectrum.compare.reading import RunColumns
from spectrum.errors import ConfigError
from spectrum.runs.manifest import RunManifest
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, Observations

NEUTRAL = "neutral"
CONSTRUCT = "like"
KINDS = ("bench", "adhere")
"""Kinds of run whose asks put one clip at a time to the same questions."""


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A run under a condition; its columns are aligned with the items of a Joined."""

    name: str
    run: int
    """Which of the runs, in the order given."""
    folder: Path
    manifest: RunManifest
    condition: str
    asked: BoolArray
    """(g,) whether the item was put."""
    stored: BoolArray
    """(g,) whether it was put and every repeat has an outcome, of whatever kind."""
    written: FloatArray
    """(g,) acceptance of the written choice, repeats averaged; NaN where there is none."""
    pooling: Pooling
    reason: str | None
    """Why it cannot be compared, as the end of "because ..."; None where it can."""

    @property
    def answered(self) -> BoolArray:
        """(g,) items with a choice."""
        return ~np.isnan(self.written)


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """g items about m clips, and the contenders that were asked some of them."""

    construct: str
    contenders: tuple[Contender, ...]
    clip: IntArray
    """(g,) row of `clip_ids`."""
    wording: IntArray
    question: IntArray
    """(g,) equal numbers are one text with its options."""
    framing: IntArray
    clip_ids: tuple[str, ...]
    """In the order of asking: the first run's, then what further runs add."""
    labels: FloatArray
    """(m, v) of the first run that has the clip; NaN in the rows of clips without labels."""
    cluster: IntArray
    covariates: FloatArray
    """(m, c); NaN where not measured."""
    first_set: tuple[str | None, ...]
    """(m,) code of the first value set that holds the clip."""

    @property
    def labelled(self) -> BoolArray:
        """(g,) items about clips with labels."""
        return ~np.asarray(np.isnan(self.labels).any(axis=1), dtype=np.bool_)[self.clip]

    def observations(self, items: BoolArray, response: FloatArray) -> Observations:
        """Those items as the estimators take them; response (g,)."""
        return Observations(
            response[items],
            self.clip[items],
            self.wording[items],
            self.framing[items],
            np.nan_to_num(self.labels),
            self.cluster,
            np.nan_to_num(self.covariates[:, self._measured(items)]),
        )

    def _measured(self, items: BoolArray) -> list[int]:
        """Covariates to adjust for, by the rule of a bench: known for every clip, ten clips or more a regressor."""
        seen = np.unique(self.clip[items])
        complete = np.flatnonzero(~np.isnan(self.covariates[seen]).any(axis=0)).tolist()
        return complete if seen.size >= 10 * (1 + self.labels.shape[1] + len(complete)) else []


def join(runs: Sequence[RunColumns], conditions: Sequence[str] = (), construct: str | None = None) -> Joined:
    """Put runs side by side on item_id. Labels, clusters and wordings are those of the first run that has them.

    Contenders are each run under each of `conditions`; by default its neutral condition, or with one run all
    of its conditions. Raises ConfigError where a run is of another kind, has no such condition or construct,
    or where there is only one contender.
    """
    for run in runs:
        if run.manifest.kind not in KINDS:
            raise ConfigError(f"{run.folder} is a {run.manifest.kind} run; compare takes runs of: spectrum bench")
    construct = _construct(runs, construct)
    table = _Items.of(runs)
    chosen = [(number, name) for number, run in enumerate(runs) for name in _conditions(run, conditions, len(runs))]
    if len(chosen) < 2:
        raise ConfigError(
            f"{runs[0].folder} alone is nothing to compare: name another run, or one with two or more conditions"
        )
    bare = Joined(
        construct=construct,
        contenders=(),
        clip=table.clip,
        wording=table.wording,
        question=table.question,
        framing=table.framing,
        clip_ids=table.clip_ids,
        labels=table.labels,
        cluster=table.cluster,
        covariates=table.covariates,
        first_set=table.first_set,
    )
    names = _names(runs, chosen)
    contenders = [
        _contender(bare, runs[number], number, condition, table.rows[number], name)
        for (number, condition), name in zip(chosen, names, strict=True)
    ]
    return replace(bare, contenders=tuple(contenders))


@dataclass(slots=True, eq=False)
class _Items:
    """The union of all runs' items and clips, under construction."""

    rows: list[IntArray]
    """A run: item number of each of its asks."""
    clip: IntArray
    wording: IntArray
    question: IntArray
    framing: IntArray
    clip_ids: tuple[str, ...]
    labels: FloatArray
    cluster: IntArray
    covariates: FloatArray
    first_set: tuple[str | None, ...]

    @classmethod
    def of(cls, runs: Sequence[RunColumns]) -> "_Items":
        encoded = pa.chunked_array([run.item for run in runs], pa.string()).dictionary_encode()
        rows = [chunk.indices.to_numpy(zero_copy_only=False).astype(np.int64) for chunk in encoded.chunks]
        count = max((int(part.max()) + 1 for part in rows if part.size), default=0)
        clips: dict[str, tuple[int, int]] = {}
        for number, run in enumerate(runs):
            for place in _in_order(run.sheet.clip):
                clips.setdefault(run.sheet.clips.ids[place], (number, place))
        place_of = {clip_id: place for place, clip_id in enumerate(clips)}
        questions = _shared_numbers([run.questions for run in runs])
        wordings = _shared_numbers([run.sheet.wordings for run in runs])
        columns = {name: np.zeros(count, dtype=np.int64) for name in ("clip", "wording", "question", "framing")}
        for number in reversed(range(len(runs))):
            run, here = runs[number], rows[number]
            places = np.array([place_of.get(clip_id, -1) for clip_id in run.sheet.clips.ids], dtype=np.int64)
            columns["clip"][here] = places[run.sheet.clip]
            columns["wording"][here] = wordings[number][run.sheet.wording]
            columns["question"][here] = questions[number][run.question]
            columns["framing"][here] = run.sheet.framing
        sources = [(runs[number].sheet.clips, place) for number, place in clips.values()]
        # Clusters are numbered within a run: another run's are others, unless its clip is the first run's too.
        firsts = [f"{number}:{runs[number].sheet.clips.cluster[place]}" for number, place in clips.values()]
        return cls(
            rows=rows,
            **columns,
            clip_ids=tuple(clips),
            labels=np.array([found.labels[place] for found, place in sources]),
            cluster=np.unique(np.array(firsts, dtype=np.str_), return_inverse=True)[1].astype(np.int64),
            covariates=np.array([found.covariates[place] for found, place in sources]),
            first_set=tuple(next(iter(found.value_sets[place]), None) for found, place in sources),
        )


def _in_order(clip: IntArray) -> list[int]:
    """The clips in the order in which they were to be asked."""
    distinct, first = np.unique(clip, return_index=True)
    ordered: list[int] = distinct[np.argsort(first)].tolist()
    return ordered


def _shared_numbers(names: Sequence[Sequence[str]]) -> list[IntArray]:
    """For each run, the number over all runs of each of its names."""
    number: dict[str, int] = {}
    return [np.array([number.setdefault(name, len(number)) for name in part], dtype=np.int64) for part in names]


def _construct(runs: Sequence[RunColumns], named: str | None) -> str:
    shared = [name for name in runs[0].constructs if all(name in run.constructs for run in runs)]
    if named is not None and named not in shared:
        lacking = next(run for run in runs if named not in run.constructs)
        raise ConfigError(f"{lacking.folder} did not ask {named!r}; it asked {_list(lacking.constructs)}")
    if not shared:
        asked = "; ".join(f"{run.folder}: {_list(run.constructs)}" for run in runs)
        raise ConfigError(f"the runs share no construct ({asked}); bench them with the same --construct")
    return named or (CONSTRUCT if CONSTRUCT in shared else shared[0])


def _conditions(run: RunColumns, wanted: Sequence[str], runs: int) -> list[str]:
    has = sorted(run.conditions, key=lambda name: (name != NEUTRAL, name))
    for name in wanted:
        if name not in has:
            raise ConfigError(f"{run.folder} has no condition {name!r}; it has {_list(has)}")
    if wanted:
        return list(wanted)
    if runs == 1:
        return has
    if NEUTRAL in has or len(has) == 1:
        return has[:1]
    raise ConfigError(f"{run.folder} has no neutral condition; choose with --condition: {_list(has)}")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _names(runs: Sequence[RunColumns], chosen: Sequence[tuple[int, str]]) -> list[str]:
    """A name each: the respondent's, with its persona; the folder beside where that leaves two alike."""
    plain = [
        runs[number].manifest.respondent.name + ("" if condition == NEUTRAL else f" as {condition.upper()}")
        for number, condition in chosen
    ]
    return [
        name if plain.count(name) == 1 else f"{name} ({runs[number].folder})"
        for name, (number, _) in zip(plain, chosen, strict=True)
    ]


def _contender(joined: Joined, run: RunColumns, number: int, condition: str, items: IntArray, name: str) -> Contender:
    rows = run.rows(condition, joined.construct)
    chosen = rows & ~np.isnan(run.sheet.written)
    count = joined.clip.size
    answers = np.bincount(items[chosen], minlength=count)
    accepted = np.bincount(items[chosen], weights=run.sheet.written[chosen], minlength=count)
    written = np.where(answers > 0, accepted / np.maximum(answers, 1), np.nan)
    pooling = pool(joined.observations(~np.isnan(written), written))
    asked = np.bincount(items[rows], minlength=count) > 0
    waiting = np.bincount(items[rows & (run.sheet.outcome == MISSING)], minlength=count) > 0
    return Contender(
        name=name,
        run=number,
        folder=run.folder,
        manifest=run.manifest,
        condition=condition,
        asked=asked,
        stored=asked & ~waiting,
        written=written,
        pooling=pooling,
        reason=_few_choices(run, rows, int(chosen.sum())) or pooling.problem,
    )


def _few_choices(run: RunColumns, rows: BoolArray, chosen: int) -> str | None:
    planned = int(rows.sum())
    if planned and chosen >= LEAST_CHOSEN * planned:
        return None
    names, counts = np.unique(run.sheet.outcome[rows], return_counts=True)
    others = ", ".join(f"{count:,} {name}" for name, count in zip(names, counts, strict=True) if name != Outcome.CHOICE)
    return f"only {chosen:,} of {planned:,} asks got a choice" + (f" ({others})" if others else "")
