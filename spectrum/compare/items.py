"""The items of several runs on one list: which clip each is about, in which words and framing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from spectrum.bench.sheet import adjusted_for
from spectrum.compare.reading import RunColumns
from spectrum.stats.observations import BoolArray, FloatArray, IntArray, Observations


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """g items about m clips."""

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

    @classmethod
    def of(cls, runs: Sequence[RunColumns]) -> "tuple[Items, list[IntArray]]":
        """The union of the runs' items; and for each run the item of each of its asks.

        Labels, clusters and wordings are those of the first run that has them.
        """
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
        items = cls(
            **columns,
            clip_ids=tuple(clips),
            labels=np.array([found.labels[place] for found, place in sources]),
            cluster=np.unique(np.array(firsts, dtype=np.str_), return_inverse=True)[1].astype(np.int64),
            covariates=np.array([found.covariates[place] for found, place in sources]),
            first_set=tuple(next(iter(found.value_sets[place]), None) for found, place in sources),
        )
        return items, rows

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
        """Covariates to adjust for, by the rule of a bench."""
        seen = np.unique(self.clip[items])
        return adjusted_for(self.covariates[seen], self.labels.shape[1])


def _in_order(clip: IntArray) -> list[int]:
    """The clips in the order in which they were to be asked."""
    distinct, first = np.unique(clip, return_index=True)
    ordered: list[int] = distinct[np.argsort(first)].tolist()
    return ordered


def _shared_numbers(names: Sequence[Sequence[str]]) -> list[IntArray]:
    """For each run, the number over all runs of each of its names."""
    number: dict[str, int] = {}
    return [np.array([number.setdefault(name, len(number)) for name in part], dtype=np.int64) for part in names]
