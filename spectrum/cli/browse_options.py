"""The options of `spectrum browse` that are its own: episode, design, feed, actions."""

from typing import Any

import click

from spectrum.cli.shared import together

_FEED_HELP = (
    "random, popularity, frozen, rocchio, qdrant, mmr, epsilon, planted-bias, or a plug-in; options behind '?', "
    "such as rocchio?decay=0.9 or qdrant?strategy=average."
)
_DESIGN_HELP = (
    "Who walks on which feed, such as 'persona,neutral,twin x adaptive,random,yoked'; further factors: "
    "memory,no-memory and probes,no-probes. Default: persona,neutral,twin x adaptive."
)
browse_options = together(
    click.option("--slots", type=click.IntRange(min=1), default=40, show_default=True, help="Slots an episode."),
    click.option(
        "--probe-every",
        type=click.IntRange(min=0),
        default=5,
        show_default=True,
        help="Every n-th slot measures and moves nothing; 0: no probes.",
    ),
    click.option(
        "--agents", "--replicates", "replicates", type=click.IntRange(min=1), default=4, show_default=True,
        help="Agents an arm, each an episode with its own keys: what intervals rest on.",
    ),
    click.option("--design", help=_DESIGN_HELP),
    click.option(
        "--preset", type=click.Choice(["paper"]),
        help="paper: 200 feed slots, 50 before (random), 100 that train the feed, 50 after; no probes.",
    ),
    click.option("--feed", default="rocchio", show_default=True, metavar="FEED", help=_FEED_HELP),
    click.option("--feed-through-store", is_flag=True, help="--feed qdrant: let the Qdrant server rank."),
    click.option(
        "--actions", default="like,watch,skip", show_default=True, help="Of: like, watch, skip, follow, leave."
    ),
    click.option(
        "--act", type=click.Choice(["sample", "argmax"]), default="sample", show_default=True,
        help="Draw the action from the option probabilities by key, or take the likeliest.",
    ),
    click.option(
        "--watch-model", default="by-action", show_default=True, metavar="MODEL",
        help="by-action or by-interest: how watch time is modelled. It is never observed.",
    ),
    click.option(
        "--learn-from", type=click.Choice(["action", "watch"]), default="action", show_default=True,
        help="What moves the feed: the action, or the modelled watch time.",
    ),
    click.option("--memory", type=click.IntRange(min=0), default=0, show_default=True,
                 help="Words of memory in arms with memory."),
    click.option("--again-after", type=click.IntRange(min=1), metavar="SLOTS",
                 help="A clip may come again after so many feed slots. Default: never."),
    click.option("--until-exhausted", is_flag=True, help="Let an episode end early where the index runs out of clips."),
    click.option("--reverse-to", metavar="NAME", help="Design word reversed: the persona taken at half-time."),
    click.option("--exposure-index", metavar="PLACE",
                 help="A second index of the same clips, by another embedder: labels of exposure."),
    click.option("--construct", default="like", show_default=True, help="like, watch or interest (probe questions)."),
)  # fmt: skip
"""A command takes them in its `**settings`."""

_NAMES = (
    "slots", "probe_every", "replicates", "design", "preset", "feed", "feed_through_store", "actions", "act",
    "watch_model", "learn_from", "memory", "again_after", "until_exhausted", "reverse_to", "exposure_index",
    "construct",
)  # fmt: skip


def own_options(settings: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `browse_options` out of a command's settings."""
    return {name: settings.pop(name) for name in _NAMES}
