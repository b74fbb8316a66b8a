"""Which clips are put side by side: keyed triads, balanced over values and clips.

A triad is three clips of which every pair is asked, so that circles can be seen (a over b, b over c, c over a). Across
values its clips come from three values, and any two values meet equally often or nearly; within a value all three
are of one, which shows how the respondent chooses where values do not differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from spectrum.errors import ConfigError
from spectrum.pairs.questions import PLACES, PairBank, Place
from spectrum.suite import SuiteClip
from video_index.keyed import digest, shuffled

Kind = Literal["across", "within"]
WITHIN = 0.2
"""Share of triads within a value."""


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """Two clips to be asked about in both orders."""

    number: int
    triad: int | None
    """None for a pair on its own, where the number of pairs is no multiple of three."""
    kind: Kind
    first: str
    """clip_id; shown first in the first of the two orders."""
    second: str
    wording: str
    named_first: Place


def draw_pairs(
    clips: Sequence[SuiteClip], bank: PairBank, pairs: int, *, within: float = WITHIN, seed: int = 0
) -> tuple[DrawnPair, ...]:
    """`pairs` pairs of clips of value sets; a longer draw begins with a shorter one (its last one or two pairs apart).

    Clips of a value come in keyed order, each before any comes again; two clips of one cluster are not compared
    where that can be avoided. Raises ConfigError where fewer than three values have clips, where no value has the
    three clips that a triad within it takes, or for numbers that cannot be met.
    """
    if pairs < 1 or not 0 <= within <= 1:
        raise ConfigError("pairs must be 1 or more, and the share within values from 0 to 1")
    members = _members(clips)
    if len(members) < 3:
        raise ConfigError(f"pairs take clips of three values or more, and {len(members)} have any: index other clips")
    deal = _Deal(members, {clip.clip.clip_id: clip.cluster for clip in clips}, seed)
    words = _Words(bank, seed)
    drawn: list[DrawnPair] = []
    while len(drawn) < pairs:
        number = len(drawn) // 3
        is_within = int((number + 1) * within) > int(number * within) and bool(deal.large)
        one, two, three = deal.within() if is_within else deal.across()
        whole = pairs - len(drawn) >= 3
        for first, second in ((one, two), (two, three), (three, one))[: pairs - len(drawn)]:
            wording, named = words.next(first, second)
            kind: Kind = "within" if is_within else "across"
            drawn.append(DrawnPair(len(drawn), number if whole else None, kind, first, second, wording, named))
    return tuple(drawn)


def _members(clips: Sequence[SuiteClip]) -> dict[str, list[str]]:
    """clip_ids of each value's set."""
    found: dict[str, list[str]] = {}
    for clip in clips:
        for code in dict.fromkeys(clip.value_sets):
            found.setdefault(code, []).append(clip.clip.clip_id)
    return dict(sorted(found.items()))


class _Deal:
    """Deals out triads, the values and clips served least so far first."""

    def __init__(self, members: Mapping[str, Sequence[str]], cluster: Mapping[str, str], seed: int) -> None:
        self._members = members
        self._cluster = cluster
        self._seed = seed
        self._waiting: dict[str, list[str]] = {code: [] for code in members}
        self._rounds = dict.fromkeys(members, 0)
        self._codes = tuple(members)
        self._triples = np.array(list(combinations(range(len(members)), 3)))
        self._met = np.zeros((len(members), len(members)), dtype=np.int64)
        self._dealt = 0
        self.large = tuple(code for code in members if len(members[code]) >= 3)
        self._served = dict.fromkeys(self.large, 0)

    def across(self) -> tuple[str, str, str]:
        """Clips of three values whose pairs met least often."""
        a, b, c = self._triples.T
        load = self._met[a, b] + self._met[b, c] + self._met[a, c]
        least = np.flatnonzero(load == load.min())
        keys = [digest(self._seed, "triple", self._dealt, int(row)) for row in least]
        row = int(least[min(range(len(keys)), key=keys.__getitem__)])
        self._dealt += 1
        chosen = self._triples[row]
        for one, other in combinations(chosen.tolist(), 2):
            self._met[one, other] += 1
        codes = shuffled([self._codes[place] for place in chosen], self._seed, "turn", self._dealt)
        return self._clips(codes)

    def within(self) -> tuple[str, str, str]:
        """Three clips of the value served least."""
        code = min(self.large, key=lambda each: (self._served[each], digest(self._seed, "within", each)))
        self._served[code] += 1
        return self._clips([code] * 3)

    def _clips(self, codes: Sequence[str]) -> tuple[str, str, str]:
        taken: list[str] = []
        for code in codes:
            taken.append(self._next(code, taken))
        return taken[0], taken[1], taken[2]

    def _next(self, code: str, taken: Sequence[str]) -> str:
        """The value's next clip that is neither taken nor, if it can be helped, of a taken one's cluster."""
        clusters = {self._cluster[clip] for clip in taken}
        waiting = self._waiting[code]
        for _ in range(2):
            others = [clip for clip in waiting if clip not in taken]
            apart = [clip for clip in others if self._cluster[clip] not in clusters]
            if apart:
                break
            waiting += shuffled(self._members[code], self._seed, "pairs", code, self._rounds[code])
            self._rounds[code] += 1
        chosen = [*apart, *others, None][0]
        if chosen is None:
            raise ConfigError(f"value {code} has no clip of its own to compare; index more clips, or fewer pairs")
        waiting.remove(chosen)
        return chosen


class _Words:
    """Wordings in both namings, each before any comes again."""

    def __init__(self, bank: PairBank, seed: int) -> None:
        self._cells = {f"{wording} {place}": (wording, place) for wording in bank.wordings for place in PLACES}
        self._seed = seed
        self._waiting: list[str] = []
        self._round = 0
        self._used: dict[frozenset[str], set[str]] = {}

    def next(self, first: str, second: str) -> tuple[str, Place]:
        """The next wording in which these two clips were not compared yet, and which place it names first."""
        used = self._used.setdefault(frozenset((first, second)), set())
        if len(used) == len(self._cells):
            raise ConfigError(
                "there are too few clips for so many pairs: two of them would be asked about in the same words again"
            )
        while all(cell in used for cell in self._waiting):
            self._waiting += shuffled(self._cells, self._seed, "pair wordings", self._round)
            self._round += 1
        cell = next(cell for cell in self._waiting if cell not in used)
        self._waiting.remove(cell)
        used.add(cell)
        return self._cells[cell]
