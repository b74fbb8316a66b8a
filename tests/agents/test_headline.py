"""The first sentences of a browse run, from findings alone."""

from types import SimpleNamespace
from typing import Any, cast

from agents.headline import Findings, headline
from spectrum.runs.arm_name import arm_name
from spectrum.runs.manifest import RunManifest

ARMS = {
    "bold, own feed": arm_name("bold", "adaptive"),
    "neutral, random feed, no probes": arm_name("neutral", "random", probes=False),
    "bold, neutral's feed, memory, no probes": arm_name("bold", "yoked", "neutral", memory=True, probes=False),
    "twin, own feed, memory": arm_name("twin", "adaptive", memory=True),
}


def said(**found: Any) -> str:
    none: dict[str, Any] = {"episodes": 4, "exposure": (), "tested": (), "drifting": (), "yes_change": ()}
    config = {"slots": 20, "replicates": 4, "preset": "paper"}
    manifest = cast(RunManifest, SimpleNamespace(config=config))
    return headline(Findings(**none | {"circular_labels": False, "unlabelled": False} | found), manifest, "done")


def test_arms_are_told_in_words_and_never_by_their_names() -> None:
    told = said(
        drifting=tuple(ARMS.values()),
        yes_change=tuple((name, place / 10, None) for place, name in enumerate(ARMS.values())),
    )
    assert f"drifted over the episode in: {'; '.join(ARMS)}." in told
    for place, words in enumerate(ARMS):
        assert f"{words}: the share of accepted clips changed by {10.0 * place:+.1f} points" in told
    assert "@" not in told and "+memory" not in told and "-probes" not in told


def test_an_arm_without_actions_says_so_in_words() -> None:
    assert "bold, own feed: no actions to compare." in said(yes_change=((ARMS["bold, own feed"], None, None),))
