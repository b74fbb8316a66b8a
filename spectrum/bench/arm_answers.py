"""The answers on one rung of the null ladder, beside those about the clips as they are."""

from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import PROBABILITY, WRITTEN, Estimated, response_of
from spectrum.bench.sheet import Sheet
from spectrum.stats.observations import BoolArray, FloatArray, Framing, IntArray, Observations, mean_by


@dataclass(frozen=True, slots=True, eq=False)
class ArmAnswers:
    """One arm beside the clips as they are."""

    intact: Sheet
    other: Sheet
    main: Estimated
    """The reported estimate, whose framings are looked at."""

    @property
    def rows(self) -> BoolArray:
        """Of the arm: the framings that are pooled in the reported profile, or all where none is."""
        ours = self.other.rows(self.main.condition, self.main.construct)
        pooled = self.main.pooling.rows(self.other.framing)
        return ours & pooled if (ours & pooled).any() else ours

    @property
    def measure(self) -> str:
        """Written where the arm was written."""
        return PROBABILITY if self.other.scored_only[self.rows].all() else WRITTEN

    def changed(self, response: FloatArray) -> float:
        """Share of the arm's answers that differ from those to the same question about the clip as it is."""
        other, intact = self.other, self.intact
        theirs = (
            intact.rows(self.main.condition, self.main.construct) & (intact.repeat == 0) & ~np.isnan(intact.written)
        )
        ours = self.rows & ~np.isnan(response)
        _, first, second = np.intersect1d(_question(other, ours), _question(intact, theirs), return_indices=True)
        if not first.size:
            return float("nan")
        return float(((response[ours][first] > 0.5) != (intact.written[theirs][second] > 0.5)).mean())

    def same_clips(self) -> Observations:
        """The clips of the arm as they are, over the framings looked at."""
        intact = self.intact
        rows = intact.rows(self.main.condition, self.main.construct) & np.isin(intact.clip, self.other.clip[self.rows])
        pooled = rows & self.main.pooling.rows(intact.framing)
        response = response_of(intact, self.main.measure)
        return intact.observations(pooled if pooled.any() else rows, response, covariates=())

    def follows(self, response: FloatArray) -> tuple[float, float]:
        """Correlation over clips of the arm's acceptance with that of the clip shown, and of the clip asked about."""
        usual, here, shown_of = self._usual(), _clip_means(self.other, self.rows, response), self._shown_of()
        about = np.flatnonzero(shown_of >= 0)
        return _correlation(here[about], usual[shown_of[about]]), _correlation(here[about], usual[about])

    def beyond_shown(self, response: FloatArray) -> FloatArray:
        """Responses less the usual acceptance of the clip whose pictures are shown: what those do not account for."""
        return np.asarray(response - self._usual()[self.other.shown], dtype=np.float64)

    def _usual(self) -> FloatArray:
        """Mean acceptance of each clip as it is, over the framings looked at; NaN where it was not answered."""
        intact = self.intact
        rows = intact.rows(self.main.condition, self.main.construct)
        pooled = rows & self.main.pooling.rows(intact.framing)
        return _clip_means(intact, pooled if pooled.any() else rows, response_of(intact, self.main.measure))

    def _shown_of(self) -> IntArray:
        """Which clip is shown for each clip asked about; -1 for clips that are not in the arm."""
        found = np.full(len(self.other.clips.ids), -1, dtype=np.int64)
        found[self.other.clip[self.rows]] = self.other.shown[self.rows]
        return found


def _question(sheet: Sheet, rows: BoolArray) -> IntArray:
    width = max(1, len(sheet.wordings)) * len(Framing)
    return np.asarray(
        sheet.clip[rows] * width + sheet.wording[rows] * len(Framing) + sheet.framing[rows], dtype=np.int64
    )


def _clip_means(sheet: Sheet, rows: BoolArray, response: FloatArray) -> FloatArray:
    usable = rows & ~np.isnan(response)
    return mean_by(sheet.clip[usable], response[usable], len(sheet.clips.ids))


def _correlation(first: FloatArray, second: FloatArray) -> float:
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < 3 or np.ptp(first[both]) == 0 or np.ptp(second[both]) == 0:
        return float("nan")
    return float(np.corrcoef(first[both], second[both])[0, 1])
