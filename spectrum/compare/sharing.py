"""How much two contenders share, what is different about them, and what to do where it is too little."""

from dataclasses import dataclass

import numpy as np

from spectrum.bench.estimates import WRITTEN
from spectrum.compare.contenders import Contender
from spectrum.compare.joined import Joined
from spectrum.stats.observations import BoolArray

MUCH = 0.5
"""Below this share of the smaller side's items in common, a comparison says so."""
ADVICE = (
    "bench both on one frozen file: spectrum freeze --index PLACE --out suite.json, then "
    "spectrum bench RESPONDENT --items suite.json for each"
)


@dataclass(frozen=True, slots=True)
class Sharing:
    """What two contenders have in common."""

    items: int
    items_of: tuple[int, int]
    """Items put to each."""
    clips: int
    questions: int
    clips_with_questions: int
    """Pairs of a clip and a question that both were put, in whatever view."""

    @property
    def few(self) -> bool:
        """Whether the two share less than half of the smaller side's items."""
        return self.items < MUCH * min(self.items_of)

    def reason(self) -> str:
        """Why items are not shared, in half a sentence."""
        if not self.clips:
            return "they were asked about different clips"
        if not self.questions:
            return f"they share {self.clips:,} clips but no wording: other question banks or protocols"
        if self.clips_with_questions > self.items:
            return (
                f"{self.clips_with_questions - self.items:,} times one clip came with one question but in "
                "another view (frames, size or layout)"
            )
        return f"they share {self.clips:,} clips, mostly under other wordings (another seed or --per-clip)"


def share(joined: Joined, one: Contender, other: Contender) -> Sharing:
    """Count what two contenders have in common."""
    both = one.asked & other.asked

    def common(column: np.ndarray) -> int:
        return int(np.intersect1d(column[one.asked], column[other.asked]).size)

    pairs = joined.items.clip * (int(joined.items.question.max(initial=0)) + 1) + joined.items.question
    return Sharing(
        items=int(both.sum()),
        items_of=(int(one.asked.sum()), int(other.asked.sum())),
        clips=common(joined.items.clip),
        questions=common(joined.items.question),
        clips_with_questions=common(pairs),
    )


def too_few(one: Contender, other: Contender, found: Sharing) -> str:
    """One line: how many items are shared, why no more, and what to do."""
    return (
        f"{one.name} and {other.name} share {found.items:,} of {min(found.items_of):,} items, too few to compare: "
        f"{found.reason()}; {ADVICE}"
    )


def notes(joined: Joined, one: Contender, other: Contender, found: Sharing, pooled: BoolArray) -> tuple[str, ...]:
    """What a reader must know of a pair before believing it, a sentence each; `pooled` are the items used."""
    said = []
    if found.items < min(found.items_of):
        said.append(f"They share {found.items:,} of {min(found.items_of):,} items: {found.reason()}.")
    shared = one.asked & other.asked
    unanswered = int((shared & ~(one.answered & other.answered)).sum())
    if unanswered:
        said.append(f"{unanswered:,} of {int(shared.sum()):,} shared items lack a choice on one side and are left out.")
    if int((shared & ~pooled & one.answered & other.answered & joined.items.labelled).sum()):
        said.append("Framings that one side did not understand as a pair are left out on both sides.")
    for side in (one, other):
        if joined.measure == WRITTEN and side.scored_only:
            said.append(
                f"{side.name} was asked {side.scored_only:,} times for option probabilities alone; --measure "
                "probability compares by them."
            )
    said += _fingerprints(one, other)
    said += _settings(one, other)
    return tuple(said)


def _fingerprints(one: Contender, other: Contender) -> list[str]:
    if one.run == other.run:
        return []
    ours, theirs = one.manifest.fingerprints, other.manifest.fingerprints
    said = []
    if ours.suite != theirs.suite:
        said.append("Their suites differ (clips, labels or view); the labels used are the first run's.")
    if ours.bank != theirs.bank:
        said.append("Their question banks differ; only questions with one text are paired.")
    return said


def _settings(one: Contender, other: Contender) -> list[str]:
    ours, theirs = one.manifest.respondent.settings, other.manifest.respondent.settings
    shared = sorted(ours.keys() & theirs.keys())
    different = [f"{name} {ours[name]} / {theirs[name]}" for name in shared if ours[name] != theirs[name]]
    return [f"Their settings differ: {', '.join(different)}."] if different else []
