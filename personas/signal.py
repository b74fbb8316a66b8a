"""Whose doing a shift is: the target, the way a persona is described, the question's wording, or clips and chance."""

from dataclasses import dataclass

import numpy as np

from personas.adherence import TINY, Pool, centred
from personas.inference import Estimate, bare, leave_one_out
from spectrum.stats.observations import IntArray

PARTS = ("target", "description", "wording", "clips and chance")
ONE_DESCRIPTION = "no target has two wordings: the target's share holds the description's"
FEW_WORDINGS = "with fewer than five wordings the question's part is not known: it is held by the others"


@dataclass(frozen=True, slots=True)
class SignalShares:
    """Shares of the variance of the distinct shifts; those that are known add up to one."""

    shares: dict[str, Estimate]
    """By PARTS; NaN where a part cannot be told from another. The target's is an intraclass correlation: below .5
    personas should not be ranked."""
    notes: dict[str, str]
    """By PARTS: what a share holds beside its own, and why one is not known."""


def signal_shares(pool: Pool) -> SignalShares:
    """Variance components by method of moments: targets, wordings of a target within it, and noise by its source."""

    def share(part: int) -> Estimate:
        return leave_one_out(lambda rows: _shares(pool, rows)[part], pool.groups, low=0.0, high=1.0)

    found = {name: share(part) for part, name in enumerate(PARTS)}
    notes = {}
    if pool.groups.size == pool.clusters:
        found["description"] = bare(float("nan"))
        notes = {"target": ONE_DESCRIPTION, "description": ONE_DESCRIPTION}
    if pool.shifts.conditional_on_wordings:
        found["wording"] = bare(float("nan"))
        notes["wording"] = FEW_WORDINGS
    return SignalShares(found, notes)


def _shares(pool: Pool, rows: IntArray) -> tuple[float, ...]:
    moved = centred(pool.shifts.delta[rows])
    total_noise, wording_noise, _ = (part / pool.cells for part in pool.noise)
    names, code = np.unique(pool.groups[rows], return_inverse=True)
    sizes = np.bincount(code).astype(np.float64)
    means = np.array([moved[code == place].mean(axis=0) for place in range(names.size)])
    values = moved.shape[1]
    between = float((sizes[:, None] * means**2).sum()) / max(names.size - 1, 1) / values
    within = total_noise
    if rows.size > names.size:
        within = float(((moved - means[code]) ** 2).sum()) / (rows.size - names.size) / values
    typical = (rows.size - float((sizes**2).sum()) / rows.size) / max(names.size - 1, 1)
    target = max(0.0, (between - within) / max(typical, 1.0))
    described = max(0.0, within - total_noise)
    parts = (target, described, wording_noise, max(total_noise - wording_noise, 0.0))
    whole = sum(parts)
    return tuple(part / whole for part in parts) if whole > TINY else (float("nan"),) * len(parts)
