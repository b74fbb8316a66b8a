"""Tables of what feeds showed and what agents did there."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from agents.catalogue import Catalogue
from agents.effects import known_mean
from agents.episodes import Episode
from agents.exposure import exposure_share
from agents.table_rows import Arms, Row, told
from agents.trace import SlotRecord
from spectrum.runs.tables import ACTIONS, EXPOSURE, FEED_MAP, SLOTS, YES_CHANGE

FloatArray = NDArray[np.float64]
PAPER_WINDOW = 50
_CLEAR = 0.5


def exposure_table(episodes: Sequence[Episode], catalogue: Catalogue) -> pa.Table:
    """tables.EXPOSURE: one row an agent and value.

    A row's `label_source` is "retrieval" as soon as one shown clip was labelled so: where the feed ranks by the same
    vectors, exposure then moves with the ranking by construction.
    """
    everything = exposure_share(catalogue.labels)
    rows: list[Row] = []
    for episode in episodes:
        sources = {catalogue.source(row) for row in episode.rows.tolist()} - {""}
        for code, share, available in zip(catalogue.codes, episode.exposure, everything, strict=True):
            rows.append(
                {
                    **_who(episode),
                    "value": code,
                    "share": told(share),
                    "catalogue_share": told(available),
                    "slots": len(episode.rows),
                    "labelled": int((~np.isnan(episode.labels).any(axis=1)).sum()),
                    "label_source": "retrieval" if "retrieval" in sources else "+".join(sorted(sources)),
                }
            )
    return pa.Table.from_pylist(rows, schema=EXPOSURE)


def action_table(episodes: Sequence[Episode], ended: Mapping[str, str]) -> pa.Table:
    """tables.ACTIONS: what each agent did in its feed slots; a reply without an action counts as `none`.

    `ended`: agent -> why it ended early.
    """
    rows: list[Row] = []
    for episode in episodes:
        counts = Counter(action or "none" for action in episode.actions)
        rows.append(
            {
                **_who(episode),
                "slots": len(episode.rows),
                **{name: counts[name] for name in ("like", "watch", "skip", "follow", "leave", "none")},
                "accepted": told(known_mean(episode.interest)),
                "watched_share_modelled": told(known_mean(episode.watched)),
                "ended": ended.get(agent_of(episode), ""),
            }
        )
    return pa.Table.from_pylist(rows, schema=ACTIONS)


def yes_change_table(arms: Arms) -> pa.Table:
    """tables.YES_CHANGE: the paper's measure, share of accepted clips in the last window against the first."""
    rows: list[Row] = []
    for name, episodes in arms.items():
        found = []
        for pair, episode in episodes.items():
            slots = len(episode.rows)
            size = PAPER_WINDOW if slots >= 2 * PAPER_WINDOW else slots // 2
            if size:
                found.append((pair, episode.yes_share(0, size), episode.yes_share(slots - size, slots), size))
        # An episode that refused a whole window says nothing of a change; the others still do.
        both = [(first, last) for _, first, last, _ in found if not np.isnan(first + last)]
        mean = [(-1, *np.mean(both, axis=0), found[0][3])] if both else []
        for pair, first, last, size in (*mean, *found):
            rows.append(
                {
                    "arm": name,
                    "pair": pair,
                    "first": told(first),
                    "last": told(last),
                    "points": told(last - first),
                    "percent": told((last - first) / first * 100) if first > 0 else None,
                    "window": size,
                }
            )
    return pa.Table.from_pylist(rows, schema=YES_CHANGE)


def slot_table(records: Sequence[SlotRecord]) -> pa.Table:
    """tables.SLOTS: one row a slot, for analysis; trace.jsonl holds all of it."""
    rows: list[Row] = []
    for record in records:
        first = record.asks[0]
        plain = record.model_dump(include=set(SLOTS.names) - {"asks"})
        rows.append(
            {
                **plain,
                "frame_hashes": _json(record.frame_hashes),
                "asks": len(record.asks),
                "prompt": first.prompt,
                "reply": first.reply,
                "outcome": first.outcome,
                "probabilities": _json(first.probabilities),
                "options": _json(first.options),
                "tokens_in": sum(ask.tokens_in for ask in record.asks),
                "tokens_out": sum(ask.tokens_out for ask in record.asks),
                "latency_s": sum(ask.latency_s for ask in record.asks),
            }
        )
    return pa.Table.from_pylist(rows, schema=SLOTS)


def map_table(episodes: Sequence[Episode], catalogue: Catalogue, coordinates: FloatArray) -> pa.Table:
    """tables.FEED_MAP: every clip of the catalogue on a plane, with how often it was shown."""
    shown = Counter(row for episode in episodes for row in episode.rows.tolist())
    clear = np.nan_to_num(catalogue.labels)
    top, highest = clear.argmax(axis=1), clear.max(axis=1)
    rows: list[Row] = [
        {
            "clip_id": clip_id,
            "x": told(coordinates[row, 0]),
            "y": told(coordinates[row, 1]),
            "value": catalogue.codes[top[row]] if highest[row] >= _CLEAR else "",
            "label_source": catalogue.source(row),
            "title": catalogue.title(row),
            "shown": shown[row],
        }
        for row, clip_id in enumerate(catalogue.clip_ids)
    ]
    return pa.Table.from_pylist(rows, schema=FEED_MAP)


def _json(items: Sequence[object] | None) -> str | None:
    return None if items is None else json.dumps(list(items))


def agent_of(episode: Episode) -> str:
    """The agent's name, as the trace has it."""
    return f"{episode.arm.name}/{episode.pair}"


def _who(episode: Episode) -> Row:
    return {
        "agent": agent_of(episode),
        "arm": episode.arm.name,
        "condition": episode.arm.who,
        "feed": episode.arm.feed,
        "replicate": episode.pair,
    }
