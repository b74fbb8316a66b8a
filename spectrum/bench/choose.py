"""Which clips of a suite to ask about, and in which order."""

from collections.abc import Sequence

from spectrum.errors import ConfigError
from spectrum.suite import SuiteClip
from video_index.keyed import digest, shuffled


def in_keyed_order(clips: Sequence[SuiteClip], seed: int, limit: int | None = None) -> tuple[SuiteClip, ...]:
    """The clips in keyed random order, evenly over value sets and over controls; the first `limit` of them.

    Each place goes to a clip of the stratum served least so far (a value's set, a value's controls; sets
    before controls where equal), chosen by key, never by rank. A longer limit begins with the clips of a shorter one,
    and a run that stops early has asked about every value alike. Raises ConfigError where limit is not
    positive.
    """
    if limit is not None and limit < 1:
        raise ConfigError(f"the limit of clips must be 1 or more, not {limit}")
    by_id = {clip.clip.clip_id: clip for clip in clips}
    members: dict[tuple[int, str], list[str]] = {}
    for clip_id in reversed(shuffled(by_id, seed, "clip order")):
        for stratum in _strata(by_id[clip_id]):
            members.setdefault(stratum, []).append(clip_id)
    places = {stratum: (stratum[0], digest(seed, "strata", stratum[1])) for stratum in members}
    served = dict.fromkeys(members, 0)
    chosen: dict[str, SuiteClip] = {}
    wanted = len(by_id) if limit is None else min(limit, len(by_id))
    while len(chosen) < wanted:
        stratum = min(members, key=lambda name: (served[name], places[name]))
        clip_id = members[stratum].pop()
        if clip_id not in chosen:
            chosen[clip_id] = by_id[clip_id]
            for name in _strata(by_id[clip_id]):
                served[name] += 1
        if not members[stratum]:
            del members[stratum]
    return tuple(chosen.values())


def few_clips(clips: Sequence[SuiteClip], values: int) -> str | None:
    """What is known before anything is asked: that a profile will lack clips (stats.design); None where it will not.

    Only what must come so: clips that are answered by none may still make them too few.
    """
    independent = len({clip.cluster for clip in clips})
    needed = 2 * (values + 1)
    if independent >= needed:
        return None
    have = "1 independent clip is" if independent == 1 else f"{independent} independent clips are"
    return (
        f"{have} too few for a profile, which takes at least {needed} (those of one creator, and near-duplicates, "
        "count as one): none will be reported; take more (a larger --limit, --per-value or --pairs), or index more"
    )


def _strata(clip: SuiteClip) -> list[tuple[int, str]]:
    """Value sets (0) and control sets (1) that hold the clip; a clip in neither is a stratum's own kind."""
    found = [(0, code) for code in dict.fromkeys(clip.value_sets)]
    found += [(1, code) for code in dict.fromkeys(clip.control_for)]
    return found or [(2, "")]
