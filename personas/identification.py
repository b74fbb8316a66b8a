"""Could one tell from the answers who was played? The profile nearest to its own target, against chance."""

from dataclasses import dataclass

import numpy as np

from personas.adherence import TINY, Pool
from personas.inference import Estimate, leave_one_out
from spectrum.stats.observations import BoolArray, FloatArray, IntArray
from video_index.keyed import uniforms

PERMUTATIONS = 999


@dataclass(frozen=True, slots=True, eq=False)
class Identification:
    """Every persona's distinct shift beside every target."""

    similarity: FloatArray
    """(p, t) cosine of shift and target, both pool-centred; 0 where nothing moved."""
    own: IntArray
    """(p,) column of each persona's own target."""
    rank: IntArray
    """(p,) place of its own target, 1 for the nearest; ties take the middle, rounded up."""
    credit: FloatArray
    """(p,) 1 where its own target is the nearest, shared out among ties."""
    share: Estimate
    """Mean credit."""
    chance: float
    """One over the number of targets."""
    p: float
    """Share of keyed permutations of the targets that do as well; clusters stay together."""

    @property
    def identified(self) -> BoolArray:
        """Nearest to its own target alone."""
        return np.asarray(self.credit > 1 - TINY, dtype=np.bool_)


def identify(pool: Pool, *, permutations: int = PERMUTATIONS, seed: int = 0) -> Identification:
    """Compare shifts with the targets of all clusters; personas of one cluster share theirs (its mean)."""
    names, own = np.unique(pool.groups, return_inverse=True)
    targets = np.array([pool.tau[own == place].mean(axis=0) for place in range(names.size)])
    similarity = _unit(pool.distinct) @ _unit(targets).T
    would_be, ranks = _placed(similarity)
    people = np.arange(own.size)
    credit = would_be[people, own]
    drawn = uniforms(permutations * names.size, "identification", seed).reshape(permutations, names.size)
    shuffled = np.argsort(drawn, axis=1, kind="stable")[:, own]
    as_good = int((would_be[people, shuffled].mean(axis=1) >= credit.mean() - TINY).sum())
    return Identification(
        similarity=similarity,
        own=np.asarray(own, dtype=np.int64),
        rank=ranks[people, own],
        credit=credit,
        share=leave_one_out(lambda rows: float(credit[rows].mean()), pool.groups, low=0.0, high=1.0),
        chance=1 / names.size,
        p=(1 + as_good) / (1 + permutations),
    )


def _unit(rows: FloatArray) -> FloatArray:
    lengths = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return np.where(lengths > TINY, rows / np.where(lengths > TINY, lengths, 1.0), 0.0)


def _placed(similarity: FloatArray) -> tuple[FloatArray, IntArray]:
    """For each persona, were each target its own: the credit and the rank that it would get."""
    better = (similarity[:, None, :] > similarity[:, :, None] + TINY).sum(axis=2)
    tied = (np.abs(similarity[:, None, :] - similarity[:, :, None]) <= TINY).sum(axis=2)
    return np.where(better == 0, 1.0 / tied, 0.0), np.asarray(better + (tied + 2) // 2, dtype=np.int64)
