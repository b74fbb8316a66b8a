"""Tables of how feeds move: exposure over time, amplification, drift."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.drift import drift
from agents.effects import Effect, jackknife, mean_over_episodes
from agents.exposure import amplification, exposure_share, window_shares
from agents.table_rows import Arms, Row, told, window_of
from spectrum.runs.arm_name import NEUTRAL, ArmName
from spectrum.runs.tables import AMPLIFICATION, DRIFT, EXPOSURE_TIME
from spectrum.stats.intervals import holm

FloatArray = NDArray[np.float64]


def exposure_time_table(arms: Arms, codes: Sequence[str]) -> pa.Table:
    """tables.EXPOSURE_TIME: mean exposure share a window of feed slots, with its interval over episodes."""
    rows: list[Row] = []
    for name, episodes in arms.items():
        size = window_of(episodes.values())
        series = [window_shares(episode.labels, size) for episode in episodes.values()]
        for place in range(max((len(shares) for shares in series), default=0)):
            shares = np.array([one[place] for one in series if len(one) > place])
            known = shares[~np.isnan(shares).any(axis=1)]
            effect = mean_over_episodes(shares)
            for column, code in enumerate(codes):
                rows.append(
                    {
                        "arm": name,
                        "value": code,
                        "start": place * size,
                        "stop": (place + 1) * size,
                        "share": told(known[:, column].mean()) if len(known) else None,
                        "low": told(effect.intervals.low[column]) if effect else None,
                        "high": told(effect.intervals.high[column]) if effect else None,
                        "episodes": len(known),
                    }
                )
    return pa.Table.from_pylist(rows, schema=EXPOSURE_TIME)


def amplification_table(arms: Arms, catalogue: Catalogue) -> pa.Table:
    """tables.AMPLIFICATION: against the catalogue, and of each agent against the neutral one on the same feed."""
    everything = exposure_share(catalogue.labels)
    rows: list[Row] = []
    for name, episodes in arms.items():
        arm = ArmName.of(name)
        shares = {pair: episode.exposure for pair, episode in episodes.items()}
        held = dict.fromkeys(shares, everything)
        rows += _amplified(name, "catalogue", shares, held, catalogue.codes)
        neutral = arm.like(NEUTRAL, arm.feed)
        if arm.who != NEUTRAL and arm.feed != "yoked" and neutral in arms:
            against = {pair: episode.exposure for pair, episode in arms[neutral].items()}
            rows += _amplified(name, neutral, shares, against, catalogue.codes)
    return pa.Table.from_pylist(rows, schema=AMPLIFICATION)


def _amplified(
    arm: str, reference: str, shares: dict[int, FloatArray], against: dict[int, FloatArray], codes: Sequence[str]
) -> list[Row]:
    """Ratios of mean shares, errors by leaving episodes out: a mean of logs would not exist at a share of 0."""
    pairs = [
        pair
        for pair in sorted(shares.keys() & against.keys())
        if not (np.isnan(shares[pair]).any() or np.isnan(against[pair]).any())
    ]
    if not pairs:
        return []
    ours = np.array([shares[pair] for pair in pairs])
    theirs = np.array([against[pair] for pair in pairs])
    whole = amplification(ours.mean(axis=0), theirs.mean(axis=0))
    rows: list[Row] = []

    def one(value: int) -> Effect | None:
        def ratio(chosen: NDArray[np.int64]) -> FloatArray:
            return amplification(ours[chosen].mean(axis=0), theirs[chosen].mean(axis=0))[value : value + 1]

        return jackknife(ratio, len(pairs))

    effects = [one(value) for value in range(len(codes))]
    adjusted = _holm([effect.intervals.p[0] if effect else np.nan for effect in effects])
    for value, code in enumerate(codes):
        effect = effects[value]
        rows.append(
            {
                "arm": arm,
                "reference": reference,
                "value": code,
                "share": told(ours[:, value].mean()),
                "reference_share": told(theirs[:, value].mean()),
                "log2": told(whole[value]),
                "low": told(effect.intervals.low[0]) if effect else None,
                "high": told(effect.intervals.high[0]) if effect else None,
                "p_holm": told(adjusted[value]),
                "episodes": len(pairs),
            }
        )
    return rows


def _holm(p: Sequence[float]) -> FloatArray:
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    adjusted[known] = holm(values[known])
    return adjusted


def drift_table(arms: Arms, seed: int) -> pa.Table:
    """tables.DRIFT: each window of feed slots against the first one."""
    rows: list[Row] = []
    for name, episodes in arms.items():
        size = window_of(episodes.values())
        latest = max(len(episode.rows) for episode in episodes.values()) // size
        for place in range(1, latest):
            windows = [
                (episode.labels[:size], episode.labels[place * size : (place + 1) * size])
                for episode in episodes.values()
                if len(episode.rows) >= (place + 1) * size
            ]
            found = drift(windows, seed)
            if found is not None:
                rows.append(
                    {
                        "arm": name,
                        "start": place * size,
                        "window": size,
                        "jsd": told(found.raw),
                        "corrected": told(found.corrected),
                        "floor_mean": told(found.floor_mean),
                        "floor_95": told(found.floor_95),
                        "p": told(found.p),
                        "episodes": found.episodes,
                    }
                )
    return pa.Table.from_pylist(rows, schema=DRIFT)
