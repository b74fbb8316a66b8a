"""The sequential test of one declared difference: clips in keyed order, in rounds of one clip a value."""

from dataclasses import dataclass

import numpy as np

from spectrum.compare.contenders import Contender
from spectrum.compare.joined import Joined
from spectrum.errors import ConfigError
from spectrum.stats.observations import BoolArray, FloatArray, mean_by
from spectrum.stats.sequential import ALPHA, ConfidenceSequence, confidence_sequence
from spectrum.values import ValueSystem

LEVEL = "level"


@dataclass(frozen=True, slots=True, eq=False)
class Sequential:
    """A declared difference followed round by round."""

    contender: str
    reference: str
    declared: int | None
    """Place of a value; None for the level."""
    sequence: ConfidenceSequence
    """One entry a round, on the probability scale."""
    clips_a_round: int
    rounds_planned: int
    """Had every clip been answered."""
    alpha: float

    @property
    def rounds(self) -> int:
        """Rounds that both sides have answered."""
        return int(self.sequence.mean.size)

    @property
    def shown(self) -> int:
        """The round that is told: where it was decided, else the last; counted from 0."""
        return (self.sequence.decided_at or self.rounds) - 1


def declared_of(name: str, system: ValueSystem) -> int | None:
    """The value's place, or None for "level". Raises ConfigError, listing the values, for another name."""
    return None if name.strip().casefold() == LEVEL else system.index(name)


def follow(
    joined: Joined,
    contender: Contender,
    reference: Contender,
    declared: int | None,
    system: ValueSystem,
    alpha: float = ALPHA,
) -> Sequential:
    """Test the declared difference, contender minus reference, in the order in which the clips were to be asked.

    That order is keyed (bench.choose), never down a ranking, and one clip of each cluster counts. A round takes
    the next clip of each value's set and gives one number: the declared value's difference minus the mean over the
    values (for the level: the mean itself). Differences are clip means over all questions of the clip. The series
    ends at the first round that is not answered on both sides, so that a run may be looked at while it is asked.
    Raises ConfigError where there is no complete round.
    """
    queues = _queues(joined, system)
    planned = min(len(queue) for queue in queues)
    if not planned:
        lacking = ", ".join(name for name, queue in zip(system.names, queues, strict=True) if not queue)
        raise ConfigError(f"a round takes one clip of each value; no clip of the first run stands for {lacking}")
    means, arrived = _clip_differences(joined, contender, reference)
    rounds = _rounds(queues, means, arrived)
    if not rounds.shape[0]:
        raise ConfigError(
            f"{contender.name} and {reference.name} have no complete round yet (one clip a value, answered by both); "
            "go on asking, or bench both on one frozen file: spectrum freeze"
        )
    if declared is None:
        series, bound = rounds.mean(axis=1), 1.0
    else:
        series, bound = rounds[:, declared] - rounds.mean(axis=1), 2 * (1 - 1 / rounds.shape[1])
    return Sequential(
        contender=contender.name,
        reference=reference.name,
        declared=declared,
        sequence=confidence_sequence(series, bound, alpha=alpha),
        clips_a_round=len(queues),
        rounds_planned=planned,
        alpha=alpha,
    )


def sequential_sentence(found: Sequential, system: ValueSystem) -> str:
    """What may be said at this point, with the error that holds whenever one looks."""
    what = "general acceptance" if found.declared is None else f"{system.names[found.declared]} clips"
    sequence, at = found.sequence, found.shown
    told = f"{100 * sequence.mean[at]:+.0f} points [{100 * sequence.low[at]:.0f}, {100 * sequence.high[at]:.0f}]"
    clips = (at + 1) * found.clips_a_round
    share = f"{clips:,} of {found.rounds_planned * found.clips_a_round:,} clips"
    whose = f"{found.contender} against {found.reference}, {what}"
    error = f"the error is {100 * found.alpha:g}% at any stopping time"
    if sequence.decided_at is not None:
        return f"{whose}: decided after {share} ({at + 1} rounds), {told}; {error}. You may stop asking."
    more = "go on asking" if found.rounds < found.rounds_planned else "all rounds are asked"
    return f"{whose}: not decided after {share} ({at + 1} rounds), {told}; {error}; {more}."


def _queues(joined: Joined, system: ValueSystem) -> list[list[int]]:
    """For each value the clips of its set in the order of asking, the first of each cluster."""
    queues: list[list[int]] = [[] for _ in system.codes]
    seen: set[int] = set()
    for place, code in enumerate(joined.items.first_set):
        cluster = int(joined.items.cluster[place])
        if code in system.codes and cluster not in seen:
            seen.add(cluster)
            queues[system.codes.index(str(code))].append(place)
    return queues


def _clip_differences(joined: Joined, contender: Contender, reference: Contender) -> tuple[FloatArray, BoolArray]:
    """(m,) mean difference of each clip, NaN where no item has a choice on both sides; and whether all are stored."""
    clips = len(joined.items.clip_ids)
    both = contender.asked & reference.asked
    stored = contender.stored & reference.stored
    waiting = np.bincount(joined.items.clip[both & ~stored], minlength=clips)
    put = np.bincount(joined.items.clip[both], minlength=clips)
    usable = both & contender.answered & reference.answered
    difference = contender.accepted[usable] - reference.accepted[usable]
    means = mean_by(joined.items.clip[usable], difference, clips)
    return means, np.asarray((put > 0) & (waiting == 0), dtype=np.bool_)


def _rounds(queues: list[list[int]], means: FloatArray, arrived: BoolArray) -> FloatArray:
    """(t, v) differences; clips without a choice are passed over, a clip still waiting ends its value's series."""
    series = []
    for queue in queues:
        waiting = next((place for place, clip in enumerate(queue) if not arrived[clip]), len(queue))
        found = means[np.array(queue[:waiting], dtype=np.int64)]
        series.append(found[~np.isnan(found)])
    length = min(len(found) for found in series)
    return np.column_stack([found[:length] for found in series])
