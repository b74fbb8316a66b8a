"""Episodes as numbers: what each agent was shown and did, read off a trace. The unit of every test of browsing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.acting import interest
from agents.actions import action_named
from agents.catalogue import Catalogue
from agents.exposure import exposure_share
from agents.trace import SlotRecord
from spectrum.runs.arm_name import ArmName

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """The feed slots of one agent, in order; n of them."""

    arm: ArmName
    pair: int
    replicate: int
    rows: NDArray[np.int64]
    """(n,) rows of the catalogue."""
    labels: FloatArray
    """(n, values), NaN rows where unknown."""
    accepted: FloatArray
    """(n,) acceptance of the action taken; NaN without one."""
    interest: FloatArray
    """(n,) acceptance expected by the option probabilities, else that of the action; NaN without either."""
    actions: tuple[str, ...]
    """(n,) "" without one."""
    phases: tuple[str, ...]
    watched: FloatArray
    """(n,) modelled share watched; NaN without an action."""

    @property
    def exposure(self) -> FloatArray:
        """Exposure shares, (values,)."""
        return exposure_share(self.labels)

    def acceptance_of_values(self) -> FloatArray:
        """Mean interest in clips by how much they evoke each value, sum z a / sum z; (values,), NaN where unseen."""
        usable = ~np.isnan(self.interest) & ~np.isnan(self.labels).any(axis=1)
        weights = self.labels[usable]
        total = weights.sum(axis=0)
        weighed = weights.T @ self.interest[usable]
        return np.asarray(np.divide(weighed, total, out=np.full(total.shape, np.nan), where=total > 0))

    def yes_share(self, start: int, stop: int) -> float:
        """Share of slots start to stop whose action accepts the clip by more than half; NaN where none was read."""
        taken = self.accepted[start:stop]
        known = taken[~np.isnan(taken)]
        return float((known > 0.5).mean()) if known.size else float("nan")


def episodes_of(records: Iterable[SlotRecord], catalogue: Catalogue) -> list[Episode]:
    """One episode an agent, in the order in which agents first appear."""
    slots: defaultdict[str, list[SlotRecord]] = defaultdict(list)
    for record in records:
        slots[record.agent].append(record)
    return [_episode(found, catalogue) for found in slots.values()]


def _episode(records: Sequence[SlotRecord], catalogue: Catalogue) -> Episode:
    feed = [record for record in records if record.kind == "feed"]
    rows = np.array([catalogue.row_of[record.clip_id] for record in feed], dtype=np.int64)
    accepted = [action_named(record.action).acceptance if record.action else np.nan for record in feed]
    expected = [_interest(record, fallback) for record, fallback in zip(feed, accepted, strict=True)]
    return Episode(
        arm=ArmName.of(records[0].arm),
        pair=records[0].pair,
        replicate=records[0].replicate,
        rows=rows,
        labels=catalogue.labels[rows],
        accepted=np.array(accepted, dtype=np.float64),
        interest=np.array(expected, dtype=np.float64),
        actions=tuple(record.action or "" for record in feed),
        phases=tuple(record.phase for record in feed),
        watched=np.array(
            [np.nan if r.watched_share_modelled is None else r.watched_share_modelled for r in feed], dtype=np.float64
        ),
    )


def _interest(record: SlotRecord, fallback: float) -> float:
    """A refusal has no interest, whatever mass lies on the options."""
    if record.action is None:
        return float("nan")
    expected = interest(record.asks[0])
    return fallback if expected is None else expected
