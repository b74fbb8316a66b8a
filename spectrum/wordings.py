"""Which wordings a clip is asked in: a keyed draw, balanced over the bank and the same for every respondent."""

from collections.abc import Iterable

from spectrum.errors import ConfigError
from spectrum.questions import QuestionBank
from video_index.keyed import digest, shuffled


def keyed_wordings(
    bank: QuestionBank,
    construct: str,
    clip_ids: Iterable[str],
    per_clip: int | None,
    seed: int,
    block: str,
) -> dict[str, tuple[str, ...]]:
    """Ids of the wordings that each clip is asked in within a block, by clip id.

    Clips are taken in keyed order, and each gets the `per_clip` wordings used least so far, ties broken by its key:
    so over the clips any two wordings are used equally often, or one of them once more. The draw depends on the set
    of clips, the seed, the construct and the block, and on nothing else: not on the respondent, not on the order in
    which clips were found. `per_clip` None (or as many as there are) asks all wordings of every clip.

    Raises ConfigError where `per_clip` is less than one.
    """
    wordings = bank.wordings(construct)
    clips = shuffled(clip_ids, seed, "wordings", bank.name, construct, block)
    if per_clip is None or per_clip >= len(wordings):
        return dict.fromkeys(sorted(clips), wordings)
    if per_clip < 1:
        raise ConfigError(f"{per_clip} wordings a clip: at least 1 is needed")
    used = dict.fromkeys(wordings, 0)
    drawn: dict[str, tuple[str, ...]] = {}
    for clip in clips:
        ranked = sorted(wordings, key=lambda wording: (used[wording], _tie(seed, construct, block, clip, wording)))
        chosen = set(ranked[:per_clip])
        for wording in chosen:
            used[wording] += 1
        drawn[clip] = tuple(wording for wording in wordings if wording in chosen)
    return {clip: drawn[clip] for clip in sorted(drawn)}


def _tie(seed: int, construct: str, block: str, clip: str, wording: str) -> bytes:
    return digest(seed, "wording", construct, block, clip, wording)
