"""A difference of means between two groups of answers under balanced framing, with the two-way interval."""

from dataclasses import dataclass

import numpy as np

from spectrum.stats.clustered import Inference, Keys, cluster
from spectrum.stats.design import TOLERANCE
from spectrum.stats.observations import BoolArray, FloatArray, NotEstimableError, Observations


@dataclass(frozen=True, slots=True, eq=False)
class GroupDifference:
    """First group minus second, one row."""

    inference: Inference
    first_clips: int
    second_clips: int


def group_difference(observations: Observations, first: BoolArray) -> GroupDifference:
    """Mean response of the rows in `first`, (n,) bool, minus that of the others, framing taken out.

    Least squares on group and framing; covariance two-way by clip cluster and wording (see clustered). A value set
    against its matched controls, or one framing against another where each clip has both. Raises NotEstimableError
    where a group has fewer than two clip clusters.
    """
    cluster_of = observations.cluster[observations.clip]
    if min(np.unique(cluster_of[side]).size for side in (first, ~first)) < 2:
        raise NotEstimableError("fewer than two independent clips on one side")
    framing = _framing(observations, first)
    matrix = np.column_stack([np.ones(first.size), np.where(first, 0.5, -0.5), framing])
    inverse = np.linalg.pinv(matrix.T @ matrix, rcond=TOLERANCE, hermitian=True)
    coefficients = inverse @ (matrix.T @ observations.response)
    wanted = np.eye(1, matrix.shape[1], 1)
    found = cluster(
        wanted @ coefficients,
        matrix @ (inverse @ wanted.T),
        observations.response - matrix @ coefficients,
        Keys(cluster_of, observations.wording),
        clip_rank=2 if np.unique(cluster_of).size > 2 else 1,
    )
    return GroupDifference(
        found.all(),
        int(np.unique(observations.clip[first]).size),
        int(np.unique(observations.clip[~first]).size),
    )


def _framing(observations: Observations, first: BoolArray) -> FloatArray:
    """Indicator columns of the framings but one, centred; none where framing is the grouping itself."""
    codes = np.unique(observations.framing)
    if codes.size == 2 and (first == (observations.framing == codes[0])).all():
        return np.zeros((first.size, 0))
    if codes.size == 2 and (first == (observations.framing == codes[1])).all():
        return np.zeros((first.size, 0))
    columns = [(observations.framing == code).astype(np.float64) for code in codes[1:]]
    return np.column_stack([column - column.mean() for column in columns]) if columns else np.zeros((first.size, 0))
