"""Planted browsers at probe slots, in numpy: the questions of a planned design, answered by whoever has a profile.

The design is the product's own plan; only the answers are simulated, so that the calibration gate can ask thousands
of times.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.designs import Arm, BrowseDesign, parse_design
from agents.episode import EpisodeSpec
from agents.probes import ProbePlan, plan_probes
from agents.state import Answer, FloatArray, IntArray
from spectrum.bench.sheet import FRAMINGS
from spectrum.questions import load_bank
from spectrum.respondents.planted_respondent import PlantedRespondent
from spectrum.stats.observations import NAMED, STEMS
from spectrum.suite import Suite, SuiteClip
from spectrum.values import SCHWARTZ
from video_index.clips import Clip, Locator, ViewSpec
from video_index.keyed import digest, integer

CODES = tuple(SCHWARTZ.codes)
SEVERAL = 0.144
"""Chance that a clip evokes each of the nine values beside its own: 2.3 values a clip."""
FORMS = (*STEMS, *NAMED)


def several_labels(clips: int, rng: np.random.Generator) -> FloatArray:
    """(clips, 10): each clip its own value, in turn, and others by chance."""
    labels = (rng.random((clips, 10)) < SEVERAL).astype(np.float64)
    labels[np.arange(clips), np.arange(clips) % 10] = 1.0
    return labels


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The probe questions of one arm's episodes, n of them."""

    about: tuple[tuple[int, int, str, str, str, int], ...]
    """The first six fields of an Answer."""
    cell: IntArray
    """(n,) clip, wording and form as one place in a table of shape (clips, wordings, 4)."""

    def answers(self, by: "Answered") -> list[Answer]:
        """What a condition answers."""
        given = zip(by.p.ravel()[self.cell].tolist(), by.written.ravel()[self.cell].tolist(), strict=True)
        return [Answer(*about, *both) for about, both in zip(self.about, given, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class Probed:
    """Clips and the probe questions about them, on shared keys and on the twin's."""

    labels: FloatArray
    """(clips, 10)"""
    label_of: Mapping[str, FloatArray]
    wordings: int
    shared: Asked
    own: Asked


@dataclass(frozen=True, slots=True)
class Bench:
    """How many episodes probe how many clips."""

    episodes: int
    probes: int
    """An episode."""
    in_suite: int
    """Clips that probes are drawn from."""

    def plan(self, rng: np.random.Generator) -> Probed:
        """Draw clips, and plan their questions as a run does."""
        seed = int(rng.integers(2**62))
        labels = several_labels(self.in_suite, rng)
        ids = [digest("planted clip", seed, number).hex() for number in range(self.in_suite)]
        label_of = dict(zip(ids, labels, strict=True))
        bank, suite = load_bank(), suite_of(label_of)
        spec = EpisodeSpec(2 * self.probes, 2, integer(2**31, seed, "episodes"))
        design = BrowseDesign(parse_design("neutral,twin x adaptive", [], {}), self.episodes, spec)
        nobody = PlantedRespondent("planted:calibration", {})
        plan = plan_probes(suite, bank, nobody, design)
        wordings = {name: number for number, name in enumerate(bank.wordings("like"))}
        row_of = {clip_id: row for row, clip_id in enumerate(ids)}
        shared, own = (_asked(design, plan, arm, row_of, wordings) for arm in design.arms)
        return Probed(labels, label_of, len(wordings), shared, own)


def suite_of(label_of: Mapping[str, FloatArray]) -> Suite:
    """A suite of clips that nobody looks at, each in the set of one value in turn; `label_of`: clip -> (10,)."""
    members = [
        SuiteClip(
            Clip(clip_id, Locator(f"/clips/{number}.mp4"), "video", 720, 1280, 3.0, 90),
            tuple(labels.tolist()), "sidecar", (CODES[number % 10],), (), ("",), clip_id,
        )
        for number, (clip_id, labels) in enumerate(label_of.items())
    ]  # fmt: skip
    members.sort(key=lambda member: member.clip.clip_id)
    return Suite(tuple(members), ViewSpec(), SCHWARTZ.name, CODES, "index", "lexicon", "embedder", 0)


def _asked(
    design: BrowseDesign, plan: ProbePlan, arm: Arm, row_of: Mapping[str, int], wordings: Mapping[str, int]
) -> Asked:
    about, cells = [], []
    for agent in design.agents:
        if agent.arm == arm:
            for clip_id in plan.clips[agent.replicate]:
                for form, item in plan.forms[agent.replicate, clip_id]:
                    framing = FRAMINGS[form.block, form.form]
                    place = (row_of[clip_id] * len(wordings) + wordings[form.wording]) * len(FORMS)
                    about.append((agent.pair, agent.replicate, clip_id, item, form.wording, int(framing)))
                    cells.append(place + FORMS.index(framing))
    return Asked(tuple(about), np.array(cells, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Spread:
    """SDs of what is drawn, in logits, and the mean yes-bias."""

    profile: float = 0.6
    clip: float = 1.0
    wording: float = 0.5
    value_wording: float = 0.3
    clip_wording: float = 0.5
    persona: float = 0.0
    """Of each answer as a persona: what playing does to it, whatever is played."""
    yes_bias: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """How likely one condition accepts each clip in each wording and form, and what it writes."""

    p: FloatArray
    """(clips, wordings, 4)"""
    written: FloatArray
    """(clips, wordings, 4) 0 or 1: one question is one answer, whoever asks it again."""

    def truth(self, labels: FloatArray) -> FloatArray:
        """(10,) census: mean acceptance of every clip regressed on its labels, less the mean."""
        columns = np.column_stack([np.ones(len(labels)), labels])
        theta = np.linalg.lstsq(columns, self.p.mean(axis=(1, 2)), rcond=None)[0][1:]
        return np.asarray(theta - theta.mean(), dtype=np.float64)


def answer_probes(probed: Probed, profiles: FloatArray, spread: Spread, rng: np.random.Generator) -> list[Answered]:
    """The answers of some conditions, profiles (conditions, 10) in logits, that share clips' appeal and wordings.

    The first is nobody; the others are played.
    """
    clips, wordings = len(probed.labels), probed.wordings
    common = spread.clip * rng.normal(size=(clips, 1)) + spread.wording * rng.normal(size=wordings)
    common = common + spread.value_wording * probed.labels @ rng.normal(size=(10, wordings))
    common = common + spread.clip_wording * rng.normal(size=(clips, wordings))
    bias = spread.yes_bias * np.array([1.0, -1.0, 0.0, 0.0])
    found = []
    for number, profile in enumerate(profiles):
        logits = (common + (probed.labels @ profile)[:, None])[..., None] + bias
        if number and spread.persona:
            logits = logits + spread.persona * rng.normal(size=logits.shape)
        p = 0.5 * (1.0 + np.tanh(0.5 * logits))
        found.append(Answered(p, (rng.random(p.shape) < p).astype(np.float64)))
    return found
