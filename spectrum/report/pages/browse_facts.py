"""The facts of a browse run: its design, its catalogue, its recommender, and what feeds are like as lists."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from spectrum.report.blocks import Block, Column, Fold, Section, Table, Text
from spectrum.report.read_browse import BrowseView
from spectrum.report.result_folder import Row
from spectrum.report.words import percent
from spectrum.runs.slots import SlotView

_METRICS = {
    "intra_list_distance": "Distance within the feed",
    "entropy": "Entropy",
    "coverage": "Coverage",
    "yes_share": "Liked or followed",
    "escape_similarity": "Likeness after the switch",
    "similarity_unswitched": "Likeness, unswitched",
    "escape_forget": "Slots to forget",
}
_SETTINGS = {
    "feed": "Recommender",
    "learn_from": "It learns from",
    "actions": "Actions",
    "act": "How an action is taken",
    "watch_model": "Watch time (a model, never observed)",
    "slots": "Slots an episode",
    "probe_every": "A probe every so many slots (0: none)",
    "replicates": "Episodes an arm",
    "memory_words": "Words of memory, in arms that have it",
    "again_after": "A clip comes again after so many feed slots",
    "phases": "Phases",
    "construct": "Construct of the probes",
    "strategy": "How a persona is told",
    "personas": "Personas",
    "preset": "Preset",
}


def facts_section(view: BrowseView) -> Section:
    """Settings, catalogue, and the feeds' own numbers."""
    blocks: list[Block] = [*_settings(view), *_metrics(view), *_half_lives(view)]
    return Section("facts", "Catalogue and recommender", tuple(blocks), folded=True)


def action_prompts(view: BrowseView) -> list[Row]:
    """What agents were asked to do, once a condition and order of words, as rows like those of a plan."""
    slots = (slot for episode in view.trace.episodes.values() for slot in episode if slot.kind == "feed")
    found: dict[tuple[str, str], Row] = {}
    for slot in slots:
        for ask in slot.asks:
            found.setdefault((slot.condition, ask.prompt), _prompt(slot, ask.prompt, ask.options))
    return [found[key] for key in sorted(found)]


def _prompt(slot: SlotView, prompt: str, options: Iterable[str]) -> Row:
    return {
        "condition": slot.condition,
        "construct": "action",
        "wording": f"as in slot {slot.slot}",
        "block": "action",
        "form": "words in this order",
        "system": slot.system,
        "before_media": slot.before_media,
        "after_media": prompt,
        "options": " | ".join(options),
    }


def _settings(view: BrowseView) -> list[Block]:
    rows = [(name, _said(view.config.get(key))) for key, name in _SETTINGS.items() if key in view.config]
    if view.feed_map is not None:
        sources = Counter(view.feed_map["label_source"].to_pylist())
        told = ", ".join(f"{count:,} by {source or 'nothing'}" for source, count in sources.most_common())
        shown = sum(1 for times in view.feed_map["shown"].to_pylist() if times)
        rows.append(("Clips in the index", f"{view.feed_map.num_rows:,}; labelled: {told}"))
        rows.append(("Clips shown in a feed slot", f"{shown:,} ({percent(shown / max(1, view.feed_map.num_rows))})"))
    if "catalogue" in view.config:
        rows.append(("Fingerprint of the index", _said(view.config["catalogue"])))
    if not rows:
        return []
    return [Table((Column("Setting", "left", True), Column("In this run", "left", True)), tuple(rows))]


def _said(setting: Any) -> str:
    if setting is None or setting == []:
        return "none"
    if isinstance(setting, list):
        return ", ".join(map(str, setting))
    return setting if isinstance(setting, str) else json.dumps(setting)


def _metrics(view: BrowseView) -> list[Block]:
    rows = view.tables["feed_metrics"]
    named = [name for name in _METRICS if any(row["metric"] == name for row in rows)]
    if not named:
        return []
    cells = {(row["arm"], row["metric"]): row for row in rows}
    arms = [arm for arm in view.arms if any(row["arm"] == arm.name for row in rows)]
    lines = tuple((view.called[arm.name], *(_number(cells.get((arm.name, name))) for name in named)) for arm in arms)
    told = (
        "Distance within the feed: mean cosine distance between clips of one episode, 0 for equal clips, 1 for "
        "unrelated ones. Entropy: of its exposure, 1 where all values are shown alike, 0 for one value alone. "
        "Coverage: share of the index that the arm was shown in all. Liked or followed: share of the feed slots with "
        "an action. Likeness (1 less the Jensen-Shannon divergence of exposure before and after half-time: 1 for a "
        "feed that did not change) and slots to forget are of agents that switch to the opposite persona at half-time."
    )
    columns = (Column("Arm", "left", True), *(Column(_METRICS[name]) for name in named))
    table = Table(columns, lines, "The feeds as lists: means over episodes with 95% intervals.")
    return [table, Text((told,), soft=True)]


def _number(row: Row | None) -> str:
    if row is None or row["estimate"] is None:
        return "-"
    told = f"{row['estimate']:.2f}"
    # None of these can lie below 0, where t intervals over few episodes may end.
    return told if row["low"] is None else f"{told} [{max(0.0, row['low']):.2f}, {row['high']:.2f}]"


def _half_lives(view: BrowseView) -> list[Block]:
    rows = [row for row in view.tables["feed_metrics"] if row["metric"] == "half_life" and row["estimate"] is not None]
    names = view.value_names
    lines = tuple(
        (
            str(view.called.get(row["arm"], row["arm"])),
            str(names.get(row["value"], row["value"])),
            f"{row['estimate']:.0f}{_ends(row)}",
        )
        for row in rows
    )
    if not lines:
        return []
    columns = (Column("Arm", "left", True), Column("Value", "left"), Column("Feed slots [95%]"))
    caption = (
        "Feed slots until the mean exposure has gone half of its way from where it began to where it levels off, with "
        "95% intervals from leaving episodes out; only where a curve can be fitted whichever episode is left out."
    )
    return [Fold("Half-lives of exposure", (Table(columns, lines, caption, filtered=True),))]


def _ends(row: Row) -> str:
    return "" if row["low"] is None or row["high"] is None else f" [{row['low']:.0f}, {row['high']:.0f}]"
