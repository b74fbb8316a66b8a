"""What the question does to the answer: acceptance by wording, a liking for yes, a liking for what is named first."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import Keys, cluster
from spectrum.stats.design import TOLERANCE
from spectrum.stats.intervals import Intervals, t_intervals
from spectrum.stats.observations import FloatArray, Framing, IntArray, NotEstimableError, Observations
from spectrum.stats.two_groups import group_difference


@dataclass(frozen=True, slots=True, eq=False)
class WordingEffects:
    """Acceptance under each wording minus the mean over wordings, one row a wording."""

    wording: IntArray
    """Ascending, as in the observations."""
    effect: Intervals
    """Holm over the wordings; errors over clips alone, since a wording is not a sample of itself."""
    answers: IntArray


def wording_effects(observations: Observations) -> WordingEffects:
    """Least squares on wording and framing.

    Raises NotEstimableError with fewer than two wordings or ten clip clusters.
    """
    wordings, row = np.unique(observations.wording, return_inverse=True)
    framings, form = np.unique(observations.framing, return_inverse=True)
    cluster_of = observations.cluster[observations.clip]
    if wordings.size < 2 or np.unique(cluster_of).size < 10:
        raise NotEstimableError("two wordings and ten independent clips are the least that tells wordings apart")
    count = wordings.size
    cell = row * framings.size + form
    answers = np.bincount(cell, minlength=count * framings.size).astype(np.float64)
    sums = np.bincount(cell, weights=observations.response, minlength=answers.size)
    matrix = _columns(count, framings.size, answers)
    inverse = np.linalg.pinv((matrix * answers[:, None]).T @ matrix, rcond=TOLERANCE, hermitian=True)
    coefficients = inverse @ (matrix.T @ sums)
    wanted = np.zeros((count, matrix.shape[1]))
    wanted[:, :count] = np.eye(count) - 1.0 / count
    found = cluster(
        wanted @ coefficients,
        (matrix @ (inverse @ wanted.T))[cell],
        observations.response - (matrix @ coefficients)[cell],
        # One wording for all: errors are then those over clips, given these wordings.
        Keys(cluster_of, np.zeros_like(observations.wording)),
        clip_rank=1,
    )
    return WordingEffects(
        np.asarray(wordings, dtype=np.int64), t_intervals(found.all()), np.bincount(row, minlength=count)
    )


def _columns(wordings: int, framings: int, answers: FloatArray) -> FloatArray:
    """Of each wording x framing: wording indicators, and framing indicators but one, centred over the answers."""
    wording, framing = np.divmod(np.arange(wordings * framings), framings)
    columns = [(wording == code).astype(np.float64) for code in range(wordings)]
    for code in range(1, framings):
        column = (framing == code).astype(np.float64)
        columns.append(column - (column @ answers) / answers.sum())
    return np.column_stack(columns)


def yes_bias_interval(observations: Observations) -> Intervals:
    """P(yes | would) + P(yes | would not) - 1 with its interval: acceptance under would minus the reversed would-not.

    Raises NotEstimableError where one of the stems has answers on fewer than two clips.
    """
    stems = observations.keep(np.isin(observations.framing, (Framing.WOULD, Framing.WOULD_NOT)))
    return t_intervals(group_difference(stems, stems.framing == Framing.WOULD).inference)


def share_less_half(chosen: FloatArray, clip_cluster: IntArray, wording: IntArray) -> Intervals:
    """Share of a 0 / 1 choice minus one half, two-way interval: how far the first-named option is preferred.

    All (n,). Raises NotEstimableError with fewer than two clip clusters.
    """
    if np.unique(clip_cluster).size < 2:
        raise NotEstimableError("fewer than two independent clips")
    mean = chosen.mean()
    weights = np.full((chosen.size, 1), 1.0 / chosen.size)
    found = cluster(np.array([mean - 0.5]), weights, chosen - mean, Keys(clip_cluster, wording), clip_rank=1)
    return t_intervals(found.all())
