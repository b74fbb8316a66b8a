"""Which slots of a browse run its report shows one by one: a keyed sample of replicates, the same for every arm.

The run keeps thumbnails of these; the report finds them again by the same rule, from the manifest.
"""

from dataclasses import dataclass

from video_index.keyed import shuffled

MOST_SLOTS = 600
"""Over all episodes shown: a report has to stay a file one can send."""
MOST_OF_EPISODE = 60
_MOST_PAIRS = 3
_FEWEST = 12


@dataclass(frozen=True, slots=True)
class Film:
    """The replicates that are shown, and how many slots of each of their episodes."""

    pairs: tuple[int, ...]
    """Numbers of replicates: all arms of one share their keys (but the twin), so their strips can be compared."""
    first: int
    """Slots from the beginning of an episode."""
    last: int
    """Slots from its end; what lies between is left out."""

    def shows(self, slot: int, slots: int) -> bool:
        """Whether a slot, from 0, of an episode of so many is shown."""
        return slot < self.first or slot >= slots - self.last


def film(arms: int, replicates: int, slots: int, seed: int) -> Film:
    """The sample of a run of so many arms, replicates an arm and slots an episode."""
    each = max(_FEWEST, min(slots, MOST_OF_EPISODE, MOST_SLOTS // max(1, arms)))
    count = max(1, min(_MOST_PAIRS, replicates, MOST_SLOTS // max(1, arms * each)))
    order = shuffled(map(str, range(replicates)), seed, "film")
    pairs = tuple(sorted(int(pair) for pair in order[:count]))
    if slots <= each:
        return Film(pairs, each, 0)
    return Film(pairs, each - each // 2, each // 2)
