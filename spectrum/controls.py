"""Matched controls: for each value, clips near no value that look like its set in everything else measured.

Without them a score mixes liking of the value with liking of sharp, bright, short or captioned clips. A control is
matched on what a respondent might like for itself; whether the matching worked is shown, not assumed.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spectrum.labels import LabelTable
from spectrum.value_sets import ValueSet
from video_index.clips import Clip
from video_index.embed import Embedder
from video_index.keyed import shuffled

FLAG_ABOVE = 0.1
"""Absolute standardised difference above which a covariate counts as unbalanced (MEASUREMENT 2; Austin 2009)."""

APART = f"set and controls differ by more than {FLAG_ABOVE:g} SD"
"""In every note on a value whose controls do not balance."""
QUALITY = ("Good photo.", "Bad photo.")
"""The pair of opposites that CLIP quality is measured by."""
MEASURED = ("sharpness", "brightness", "faces", "text_area")


@dataclass(frozen=True, slots=True, eq=False)
class CovariateTable:
    """Measured covariates of n clips, rows in order of clip_id."""

    clip_ids: tuple[str, ...]
    names: tuple[str, ...]
    """The p columns; a covariate that no clip has is not among them."""
    values: NDArray[np.float64]
    """(n, p); NaN where a clip was not measured. Duration enters as log(1 + seconds)."""
    platforms: tuple[str | None, ...]

    def rows(self, clip_ids: Iterable[str]) -> NDArray[np.int64]:
        """Rows of the given clips; KeyError for one that is not in the table."""
        rows = []
        for clip_id in clip_ids:
            row = bisect_left(self.clip_ids, clip_id)
            if row == len(self.clip_ids) or self.clip_ids[row] != clip_id:
                raise KeyError(clip_id)
            rows.append(row)
        return np.array(rows, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ControlSet:
    """The control clips of one value set."""

    code: str
    pairs: tuple[tuple[str, str], ...]
    """(set clip, its control), in the order of the value set; no control twice."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """How far a value set and its controls differ in one covariate."""

    code: str
    covariate: str
    """A column's name, or "platform=<name>" for the share of clips from a platform."""
    set_mean: float
    control_mean: float
    difference: float
    """Standardised: set minus control over the pooled SD; infinite where both are constant and differ."""

    @property
    def flagged(self) -> bool:
        """Whether the difference exceeds what may be ignored."""
        return abs(self.difference) > FLAG_ABOVE


def covariate_table(clips: Iterable[Clip], *, quality: Mapping[str, float] | None = None) -> CovariateTable:
    """Collect what clips are matched on: sharpness, brightness, faces, text area, duration, platform.

    `quality` adds a column of the caller's own, such as a CLIP aesthetic score, by clip_id.
    """
    ordered = sorted(clips, key=lambda clip: clip.clip_id)
    columns = {name: [_number(getattr(clip.covariates, name)) for clip in ordered] for name in MEASURED}
    columns["log_duration"] = [math.log1p(clip.duration_s) for clip in ordered]
    if quality is not None:
        columns["quality"] = [_number(quality.get(clip.clip_id)) for clip in ordered]
    table = np.array(list(columns.values()), dtype=np.float64).reshape(len(columns), len(ordered)).T
    known = np.flatnonzero(~np.isnan(table).all(axis=0)) if ordered else np.arange(len(columns))
    return CovariateTable(
        clip_ids=tuple(clip.clip_id for clip in ordered),
        names=tuple(list(columns)[column] for column in known),
        values=table[:, known],
        platforms=tuple(clip.platform for clip in ordered),
    )


def quality_scores(clip_ids: Sequence[str], vectors: NDArray[np.float32], embedder: Embedder) -> dict[str, float]:
    """How much better each clip's mean vector (n, d) fits "Good photo." than "Bad photo.", in logits, by clip_id.

    CLIP-IQA (Wang, Chan and Loy 2023, AAAI 37): with a pair of opposites no calibration is needed. What an embedder
    knows of quality is what its training told it: a small one may know nothing, and the score is then noise.
    """
    good, bad = embedder.texts(QUALITY)
    scores = float(embedder.logit_scale) * (vectors.astype(np.float64) @ (good - bad).astype(np.float64))
    return dict(zip(clip_ids, scores.tolist(), strict=True))


def match_controls(
    labels: LabelTable,
    covariates: CovariateTable,
    value_sets: Sequence[ValueSet],
    *,
    controls_per_value: int | None = None,
    maximum_probability: float = 0.5,
    rounds: int = 8,
    seed: int = 0,
) -> tuple[ControlSet, ...]:
    """Give each value set its own controls: one clip for each of its clips, or for a keyed sample of them.

    A control has a label probability of at most `maximum_probability` on every value and is in no value set. Set
    clips and candidates are compared by Euclidean distance over standardised covariates (a missing one counts as
    average, and being missing as a covariate of its own); a candidate from the same platform always goes before one
    from another. The assignment of least total distance is taken (scipy's linear_sum_assignment), without reuse
    within a value; two values may share a control. Nearest clips of a set that lies off the middle all lie towards
    the middle, so where a difference above FLAG_ABOVE is left, the set is moved by what is left of it and assigned
    anew, up to `rounds` times (1: never), and the best balanced assignment stays. Where candidates run out, fewer are
    matched and a note says so.
    """
    used = {member.clip_id for value_set in value_sets for member in value_set.members}
    low = np.flatnonzero((labels.probabilities <= maximum_probability).all(axis=1))
    pool = [labels.clip_ids[row] for row in low if labels.clip_ids[row] not in used]
    candidates = covariates.rows(pool)
    matched = []
    for value_set in value_sets:
        members = list(dict.fromkeys(member.clip_id for member in value_set.members))
        if controls_per_value is not None and controls_per_value < len(members):
            sample = set(shuffled(members, seed, 0, "matched clips", value_set.code)[:controls_per_value])
            members = [clip_id for clip_id in members if clip_id in sample]
        pairs = _matched(covariates, covariates.rows(members), candidates, rounds)
        notes = (
            ()
            if len(pairs) == len(members)
            else (
                f"{value_set.code}: {len(pairs)} controls for {len(members)} clips; only {len(pool)} clips are at or "
                f"below {maximum_probability:g} on every value.",
            )
        )
        matched.append(ControlSet(value_set.code, pairs, notes))
    return tuple(matched)


def standardised_differences(
    covariates: CovariateTable, members: Mapping[str, Sequence[str]], controls: Mapping[str, Sequence[str]]
) -> tuple[Balance, ...]:
    """Set minus control for each value's code and covariate, in pooled standard deviations.

    d = (mean_set - mean_control) / sqrt((variance_set + variance_control) / 2), sample variances; for the share of a
    platform the variances are p (1 - p) (Austin 2009, Communications in Statistics 38, 1228). Clips without a
    measurement are left out of its covariate; a covariate with fewer than two clips on either side has no row.
    """
    rows: list[Balance] = []
    for code, member_ids in members.items():
        treated = covariates.rows(member_ids)
        control = covariates.rows(controls.get(code, ()))
        for column, name in enumerate(covariates.names):
            one, other = (
                side[~np.isnan(side)]
                for side in (covariates.values[treated, column], covariates.values[control, column])
            )
            if min(len(one), len(other)) >= 2:
                spread = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
                rows.append(_balance(code, name, float(one.mean()), float(other.mean()), spread))
        if len(treated) and len(control):
            rows.extend(_platform_balance(covariates, code, treated, control))
    return tuple(rows)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _balance(code: str, name: str, one: float, other: float, spread: float) -> Balance:
    if math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12):
        difference = 0.0
    else:
        difference = (one - other) / spread if spread > 0 else math.copysign(math.inf, one - other)
    return Balance(code, name, one, other, difference)


def _platform_balance(
    covariates: CovariateTable, code: str, treated: NDArray[np.int64], control: NDArray[np.int64]
) -> list[Balance]:
    sides = [[covariates.platforms[row] for row in side] for side in (treated, control)]
    named = sorted({platform for side in sides for platform in side if platform is not None})
    rows = []
    for platform in named:
        one, other = (side.count(platform) / len(side) for side in sides)
        spread = math.sqrt((one * (1 - one) + other * (1 - other)) / 2)
        rows.append(_balance(code, f"platform={platform}", one, other, spread))
    return rows


def _matched(
    covariates: CovariateTable, members: NDArray[np.int64], candidates: NDArray[np.int64], rounds: int
) -> tuple[tuple[str, str], ...]:
    """Pairs of set clips and candidates (rows of the table): the best balanced of at most `rounds` assignments."""
    if not len(members) or not len(candidates):
        return ()
    points = _standardised(covariates.values[np.concatenate([members, candidates])])
    wanted, offered = points[: len(members)], points[len(members) :]
    own, theirs = ([covariates.platforms[row] or "" for row in rows] for rows in (members, candidates))
    foreign = np.array(own)[:, None] != np.array(theirs)[None, :]
    best: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    least = math.inf
    shift = np.zeros(points.shape[1])
    for _ in range(rounds):
        chosen, taken = _assign(wanted + shift, offered, foreign)
        gaps = wanted[chosen].mean(axis=0) - offered[taken].mean(axis=0)
        spreads = np.sqrt((wanted[chosen].var(axis=0) + offered[taken].var(axis=0)) / 2)
        worst = float(np.max(np.abs(gaps) / np.maximum(spreads, 1e-9), initial=0.0))
        if worst < least:
            best, least = (chosen, taken), worst
        if worst <= FLAG_ABOVE:
            break
        shift = shift + gaps
    assert best is not None
    return tuple(
        (covariates.clip_ids[members[place]], covariates.clip_ids[candidates[column]])
        for place, column in zip(*best, strict=True)
    )


def _assign(
    wanted: NDArray[np.float64], offered: NDArray[np.float64], foreign: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the assignment with fewest foreign pairs and, among those, least total distance."""
    from scipy.optimize import linear_sum_assignment

    squares = (wanted**2).sum(axis=1)[:, None] + (offered**2).sum(axis=1)[None, :] - 2 * wanted @ offered.T
    costs = np.sqrt(np.maximum(squares, 0.0))
    # Dearer than any sum of distances: a foreign platform is taken only where the own one has run out.
    costs += foreign * (costs.max(initial=0.0) * len(wanted) + 1.0)
    columns = _reachable(costs)
    chosen, taken = linear_sum_assignment(costs[:, columns])
    return chosen, columns[taken]


def _reachable(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Columns that an assignment of least cost can need: every row's n nearest, of n rows (ties by column).

    No row is ever pushed beyond them, since the other n - 1 rows cannot take all n.
    """
    rows, width = costs.shape
    if width <= rows:
        return np.arange(width)
    keep = np.zeros(width, dtype=bool)
    for row in costs:
        edge = np.partition(row, rows - 1)[rows - 1]
        inside = np.flatnonzero(row < edge)
        keep[inside] = True
        keep[np.flatnonzero(row == edge)[: rows - len(inside)]] = True
    return np.flatnonzero(keep)


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns at mean 0 and SD 1, constant ones dropped; an indicator column where some entries are missing."""
    missing = np.isnan(values)
    some = missing.any(axis=0) & ~missing.all(axis=0)
    filled = np.where(missing, np.nanmean(np.where(missing.all(axis=0), 0.0, values), axis=0), values)
    table = np.hstack([filled, missing[:, some].astype(np.float64)])
    spread = table.std(axis=0)
    varies = spread > 1e-12
    standard: NDArray[np.float64] = (table[:, varies] - table[:, varies].mean(axis=0)) / spread[varies]
    return standard
