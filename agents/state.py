"""State: what the probe answers say of an arm, an episode being one observation. Never merged with exposure.

The estimate is the benchmark's: answers regressed jointly on all label probabilities and the framing, centred over
the values (spectrum.stats.design). Its error comes from leaving each episode out, so that nothing is assumed about
answers of one episode; and from what episodes share, because two that ask one question about one clip have one answer
between them. Wordings are taken as given: intervals hold for the question bank's wordings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.acting import interest
from agents.effects import Effect, jackknife
from agents.episodes import Episode
from agents.trace import AskRecord, SlotRecord
from spectrum.answers import Outcome
from spectrum.bench.sheet import FRAMINGS
from spectrum.runs.arm_name import NEUTRAL, ArmName
from spectrum.stats.clustered import NOISE, score_sums
from spectrum.stats.design import profile_design
from spectrum.stats.observations import Framing, NotEstimableError, Observations

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PROBABILITY, WRITTEN = "probability", "written"


@dataclass(frozen=True, slots=True)
class Answer:
    """One probe question as it was answered."""

    pair: int
    replicate: int
    clip_id: str
    item_id: str
    wording: str
    framing: int
    probability: float
    """Acceptance by option probabilities; NaN where not given or refused."""
    written: float
    """Acceptance of the written choice; NaN without one."""

    def response(self, measure: str) -> float:
        """By a measure."""
        return self.probability if measure == PROBABILITY else self.written


def probe_answers(records: Iterable[SlotRecord]) -> dict[str, list[Answer]]:
    """Probe answers by arm; a refusal counts by neither measure."""
    found: dict[str, list[Answer]] = {}
    for record in records:
        if record.kind == "probe":
            answers = found.setdefault(record.arm, [])
            answers.extend(answer_of(record, ask) for ask in record.asks)
    return found


def answer_of(record: SlotRecord, ask: AskRecord) -> Answer:
    """One probe question of a slot; a refusal is NaN by either measure."""
    chosen = ask.outcome == str(Outcome.CHOICE) and ask.choice in ask.options
    expected = interest(ask) if chosen else None
    return Answer(
        record.pair,
        record.replicate,
        record.clip_id,
        ask.item_id,
        ask.wording,
        int(FRAMINGS.get((ask.block, ask.form), Framing.OTHER)),
        np.nan if expected is None else expected,
        ask.acceptance[ask.options.index(ask.choice or "")] if chosen else np.nan,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """Normal equations by episode, so that leaving one out costs a subtraction."""

    grams: FloatArray
    """(episodes, k, k)"""
    moments: FloatArray
    """(episodes, k)"""
    wanted: FloatArray
    """(values, k)"""
    shared: FloatArray
    """(values,) variance that comes from questions which several episodes ask: V_question - V_question,episode, each
    by sums of scores over clusters (Cameron, Gelbach and Miller, 2011). Zero where none is asked twice."""

    @classmethod
    def of(cls, observations: Observations, episode: IntArray, episodes: int) -> "Regression":
        """From responses and the episode (0 to episodes - 1) of each. Raises NotEstimableError."""
        design = profile_design(observations)
        matrix, width = design.matrix, design.matrix.shape[1]
        grams, moments = np.zeros((episodes, width, width)), np.zeros((episodes, width))
        for number in range(episodes):
            rows = matrix[episode == number]
            grams[number] = rows.T @ rows
            moments[number] = rows.T @ observations.response[episode == number]
        residuals = observations.response - matrix @ (design.inverse_gram @ moments.sum(axis=0))
        weights = matrix @ (design.inverse_gram @ design.wanted.T)
        question = observations.clip * (int(observations.wording.max()) + 1) + observations.wording

        def variance(cluster: IntArray) -> FloatArray:
            return np.asarray((score_sums(weights, residuals, cluster) ** 2).sum(axis=-1))

        shared = variance(question) - variance(question * episodes + episode)
        return cls(grams, moments, design.wanted, np.where(np.abs(shared) < NOISE**2, 0.0, shared))

    def theta(self, chosen: IntArray) -> FloatArray:
        """The profile from these episodes, (values,)."""
        gram = self.grams[chosen].sum(axis=0)
        coefficients = np.linalg.pinv(gram, rcond=1e-9, hermitian=True) @ self.moments[chosen].sum(axis=0)
        return np.asarray(self.wanted @ coefficients)


def state_profile(answers: Sequence[Answer], labels: Mapping[str, FloatArray], measure: str) -> Effect | None:
    """The profile of an arm's probe answers; None where it cannot be estimated.

    `labels`: clip -> label probabilities (values,).
    """
    found = _regression([(a, a.response(measure)) for a in answers], labels)
    return None if found is None else jackknife(found[0].theta, len(found[1]), found[0].shared)


def state_contrast(
    arm: Sequence[Answer], reference: Sequence[Answer], labels: Mapping[str, FloatArray], measure: str
) -> Effect | None:
    """Arm minus reference: on identical items where they share keys, else the difference of two profiles.

    Sharing keys, what all agents like about a clip cancels; the twin has keys of its own, and its contrast shows what
    is left of noise without that.
    """
    known = {(a.replicate, a.clip_id, a.item_id): a.response(measure) for a in reference}
    shared = [
        (a, a.response(measure) - known[a.replicate, a.clip_id, a.item_id])
        for a in arm
        if (a.replicate, a.clip_id, a.item_id) in known
    ]
    if shared:
        found = _regression(shared, labels)
        return None if found is None else jackknife(found[0].theta, len(found[1]), found[0].shared)
    pairs = sorted({a.pair for a in arm} & {a.pair for a in reference})
    one, other = (
        _regression([(a, a.response(measure)) for a in side if a.pair in pairs], labels) for side in (arm, reference)
    )
    if one is None or other is None or one[1] != other[1]:
        return None
    common = one[0].shared + other[0].shared
    return jackknife(lambda chosen: one[0].theta(chosen) - other[0].theta(chosen), len(one[1]), common)


def gap(answers: Sequence[Answer], episodes: Sequence[Episode], labels: Mapping[str, FloatArray]) -> Effect | None:
    """Action profile minus probe profile of one arm: do clips get what the answers about such clips say?

    The action profile regresses interest at feed slots on the clips' labels. On an adaptive feed the clips were chosen
    by what was done before, so a gap there may come from the feed.
    """
    probes = _regression([(a, a.response(PROBABILITY)) for a in answers], labels)
    actions = _action_regression(episodes)
    if probes is None or actions is None or probes[1] != actions[1]:
        return None
    return jackknife(lambda kept: actions[0].theta(kept) - probes[0].theta(kept), len(probes[1]), probes[0].shared)


def _regression(
    rows: Sequence[tuple[Answer, float]], labels: Mapping[str, FloatArray]
) -> tuple[Regression, list[int]] | None:
    """The regression of responses by replicate, with the replicates' numbers."""
    usable = [
        (answer, response)
        for answer, response in rows
        if not np.isnan(response) and answer.clip_id in labels and not np.isnan(labels[answer.clip_id]).any()
    ]
    pairs = sorted({answer.pair for answer, _ in usable})
    clips = sorted({answer.clip_id for answer, _ in usable})
    if len(pairs) < 2:
        return None
    clip_of = {clip: row for row, clip in enumerate(clips)}
    wordings = {name: number for number, name in enumerate(sorted({answer.wording for answer, _ in usable}))}
    episode_of = {pair: row for row, pair in enumerate(pairs)}
    observations = Observations(
        response=np.array([response for _, response in usable], dtype=np.float64),
        clip=np.array([clip_of[answer.clip_id] for answer, _ in usable], dtype=np.int64),
        wording=np.array([wordings[answer.wording] for answer, _ in usable], dtype=np.int64),
        framing=np.array([answer.framing for answer, _ in usable], dtype=np.int64),
        labels=np.stack([labels[clip] for clip in clips]),
        cluster=np.arange(len(clips)),
        covariates=np.zeros((len(clips), 0)),
    )
    episode = np.array([episode_of[answer.pair] for answer, _ in usable], dtype=np.int64)
    return _tried(observations, episode, pairs)


def _action_regression(episodes: Sequence[Episode]) -> tuple[Regression, list[int]] | None:
    responses, rows, episode = [], [], []
    pairs: list[int] = []
    labels: dict[int, FloatArray] = {}
    for one in sorted(episodes, key=lambda found: found.pair):
        usable = ~np.isnan(one.interest) & ~np.isnan(one.labels).any(axis=1)
        if usable.any():
            labels.update(zip(one.rows[usable].tolist(), one.labels[usable], strict=True))
            responses.append(one.interest[usable])
            rows.append(one.rows[usable])
            episode.append(np.full(int(usable.sum()), len(pairs)))
            pairs.append(one.pair)
    if len(pairs) < 2:
        return None
    seen = np.array(sorted(labels), dtype=np.int64)
    response = np.concatenate(responses)
    observations = Observations(
        response=response,
        clip=np.searchsorted(seen, np.concatenate(rows)),
        wording=np.zeros(response.size, dtype=np.int64),
        framing=np.full(response.size, int(Framing.OTHER)),
        labels=np.stack([labels[row] for row in seen.tolist()]),
        cluster=np.arange(seen.size),
        covariates=np.zeros((seen.size, 0)),
    )
    return _tried(observations, np.concatenate(episode), pairs)


def _tried(observations: Observations, episode: IntArray, pairs: list[int]) -> tuple[Regression, list[int]] | None:
    try:
        return Regression.of(observations, episode, len(pairs)), pairs
    except NotEstimableError:
        return None


def state_pairs(arms: Sequence[str]) -> list[tuple[str, str]]:
    """Which arms' states are compared: who against neutral on the same feed, and memory against none."""
    known = set(arms)
    wanted: list[tuple[str, str]] = []
    compared: set[str] = set()
    for name in arms:
        arm = ArmName.of(name)
        # Without memory probe answers know nothing of the feed: one feed stands for all.
        neutral = arm.like(NEUTRAL, arm.feed)
        if arm.who != NEUTRAL and neutral in known and (arm.memory or arm.who not in compared):
            wanted.append((name, neutral))
            compared.update([] if arm.memory else [arm.who])
        if arm.memory and arm.without_memory in known:
            wanted.append((name, arm.without_memory))
    return wanted
