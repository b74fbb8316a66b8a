"""The feed map: where in the space of clips each arm's feed went."""

import math
from collections import Counter
from collections.abc import Sequence

import pyarrow.compute as pc

from spectrum.report.blocks import Block, Section, Text
from spectrum.report.browse_arms import Arm, short_names
from spectrum.report.charts_feed import clip_map
from spectrum.report.evidence import shortened
from spectrum.report.pages.browse_exposure import pictures
from spectrum.report.read_browse import BrowseView
from spectrum.report.result_folder import Row
from spectrum.values import SCHWARTZ
from video_index.keyed import shuffled

MOST_SHOWN, MOST_OTHER = 500, 400
"""Clips of one panel that were shown, and that were not."""
_UNCLEAR = "no clear value"


def map_section(view: BrowseView) -> Section:
    """Every clip on a plane, a panel an arm; the clips that the arm was shown stand out."""
    if view.feed_map is None or view.slots is None or not view.feed_map.num_rows:
        return Section("map", "Feed map", ())
    clips = [row for row in view.feed_map.to_pylist() if _placed(row)]
    shown = _shown(view)
    seed = view.run.manifest.seed if view.run.manifest else 0
    others = set(shuffled((row["clip_id"] for row in clips), seed, "map")[:MOST_OTHER])

    def draw(arms: list[Arm], place: str) -> list[Block]:
        called = short_names(arms)
        rows = [row for arm in arms for row in _panel(clips, shown.get(arm.name, Counter()), called[arm.name], others)]
        labels = [label for arm in arms for label in _labels(clips, called[arm.name])]
        families = list(dict.fromkeys(_families(view).values()))
        figure = clip_map(
            f"feed-map-{place}",
            f"Where the feeds went ({arms[0].setting})",
            "Each point is a clip on the two first principal axes of the clip vectors (for looking only: neighbours "
            "here may be far apart in the space that the feed ranks in). Large: what the arm's agents were shown, "
            "larger the more often; faint: what they were not. Letters stand where a value's clips lie on average: "
            + ", ".join(f"{code} {name}" for code, name in view.value_names.items())
            + ".",
            [row | {"family": _families(view).get(row.pop("code"), _UNCLEAR)} for row in rows],
            labels,
            [*families, _UNCLEAR],
            alt_text="; ".join(
                f"{called[arm.name]} was shown {len(shown.get(arm.name, ())):,} of {len(clips):,} clips" for arm in arms
            )
            + ".",
        )
        return [figure] if figure else []

    blocks = pictures(view, draw, title="Map")
    left = len(clips) - len(others)
    if blocks and left > 0:
        told = (
            f"Of the clips that an arm was not shown at most {MOST_OTHER} are drawn, a sample by key; of those it was "
        )
        blocks.append(
            Text((f"{told}shown the {MOST_SHOWN} shown most often. tables/feed_map has them all.",), soft=True)
        )
    return Section("map", "Feed map", tuple(blocks), folded=True)


def _placed(row: Row) -> bool:
    return all(math.isfinite(row[side]) for side in "xy")


def _shown(view: BrowseView) -> dict[str, Counter[str]]:
    """Times that each clip stood in a feed slot of each arm."""
    assert view.slots is not None
    fed = view.slots.filter(pc.equal(view.slots["kind"], "feed"))
    counted = fed.group_by(["arm", "clip_id"]).aggregate([("kind", "count")])
    found: dict[str, Counter[str]] = {}
    for row in counted.to_pylist():
        found.setdefault(row["arm"], Counter())[row["clip_id"]] = row["kind_count"]
    return found


def _panel(clips: Sequence[Row], shown: Counter[str], panel: str, others: set[str]) -> list[Row]:
    often = {clip for clip, _ in shown.most_common(MOST_SHOWN)}
    return [
        {
            "panel": panel,
            "x": round(row["x"], 3),
            "y": round(row["y"], 3),
            "title": shortened(row["title"] or row["clip_id"][:12], 60),
            "value": row["value"] or _UNCLEAR,
            "code": row["value"],
            "shown": shown[row["clip_id"]],
        }
        for row in clips
        if row["clip_id"] in often or (row["clip_id"] in others and not shown[row["clip_id"]])
    ]


def _labels(clips: Sequence[Row], panel: str) -> list[Row]:
    places: dict[str, list[Row]] = {}
    for row in clips:
        if row["value"]:
            places.setdefault(row["value"], []).append(row)
    return [
        {
            "panel": panel,
            "text": code,
            "x": round(sum(row["x"] for row in rows) / len(rows), 3),
            "y": round(sum(row["y"] for row in rows) / len(rows), 3),
        }
        for code, rows in places.items()
    ]


def _families(view: BrowseView) -> dict[str, str]:
    """Each value's higher-order value; of a system that is not Schwartz's, the value itself."""
    known = {value.code: value.higher_order for value in SCHWARTZ.values}
    return {code: known.get(code, name) for code, name in view.value_names.items()}
