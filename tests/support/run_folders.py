"""Run folders filled by simulated respondents: everything a report needs, without a model or a clip index."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import (
    ConditionRecord,
    Fingerprints,
    RespondentRecord,
    RunManifest,
    write_manifest,
)
from spectrum.runs.records import Failure, StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.runs.tables import CLIPS, PLAN
from spectrum.values import SCHWARTZ
from video_index.keyed import digest, uniform

FORMS = {
    "would": ("stem", "Would you like this clip?", ("Yes", "No"), (1.0, 0.0)),
    "would_not": ("stem", "Would you dislike this clip?", ("Yes", "No"), (0.0, 1.0)),
    "first": ("named", "Do you like or dislike it?", ("Like", "Dislike"), (1.0, 0.0)),
    "second": ("named", "Do you dislike or like it?", ("Dislike", "Like"), (0.0, 1.0)),
}


@dataclass(frozen=True)
class SimulatedClip:
    clip_id: str
    value: int | None
    labels: tuple[float, ...]
    sharpness: float = 0.0
    liking: float = 0.0
    title: str = "a clip"


@dataclass(frozen=True)
class SimulatedAsk:
    ask_id: str
    clip: SimulatedClip
    condition: str
    wording: str
    form: str
    options: tuple[str, ...]
    acceptance: tuple[float, ...]

    def choose(self, accepts: bool) -> str:
        """The option that accepts the clip, or the other."""
        return self.options[int(np.argmax(self.acceptance) if accepts else np.argmin(self.acceptance))]


Answering = Callable[[SimulatedAsk], StoredAnswer | Failure | None]


@dataclass(frozen=True)
class Likes:
    """Accepts by value and by clip; every draw keyed, so that order and resumption change nothing."""

    theta: Mapping[str, Sequence[float]]
    """Condition to ten logits."""
    level: float = 0.3
    yes_bias: float = 0.0
    sharpness: float = 0.0
    """Logits a unit of sharpness."""
    gives_probabilities: bool = True
    seed: int = 0

    def __call__(self, ask: SimulatedAsk) -> StoredAnswer:
        logit = self.level + ask.clip.liking + self.sharpness * ask.clip.sharpness
        logit += sum(p * t for p, t in zip(ask.clip.labels, self.theta[ask.condition], strict=True))
        logit += 0.5 * (uniform(self.seed, "wording", ask.wording) - 0.5)
        accepts = logit > float(np.log(1 / uniform(self.seed, "noise", ask.clip.clip_id, ask.wording) - 1))
        if ask.form in ("would", "would_not"):
            push = self.yes_bias if ask.form == "would" else -self.yes_bias
            accepts = accepts if uniform(self.seed, "bias", ask.ask_id) > abs(push) else push > 0
        masses = None
        if self.gives_probabilities:
            likely = 0.45 + 0.4 * float(accepts)
            masses = tuple(likely if (a > 0.5) else 0.95 - likely for a in ask.acceptance)
            masses = tuple(0.95 * m / sum(masses) for m in masses)
        choice = ask.choose(accepts)
        return StoredAnswer(ask.ask_id, "choice", choice, text=choice + ".", probabilities=masses)


def always_yes(ask: SimulatedAsk) -> StoredAnswer:
    """Says the word that sounds like agreement, whatever the clip or the question."""
    return StoredAnswer(ask.ask_id, "choice", "Yes" if "Yes" in ask.options else "Like", text="Yes.")


def refuses(ask: SimulatedAsk) -> StoredAnswer:
    return StoredAnswer(ask.ask_id, "refused", text="I'm sorry, I can't assist with that.")


def simulated_clips(
    a_value: int,
    seed: int = 1,
    liking_sd: float = 1.5,
    sharpness_by_value: float = 0.0,
    controls: int = 0,
) -> tuple[SimulatedClip, ...]:
    """Clips of one value each (the last, controls, of none), in keyed-random liking."""
    rng = np.random.default_rng(seed)
    shift = sharpness_by_value * rng.normal(size=len(SCHWARTZ.values))
    clips = []
    for place in range(a_value * len(SCHWARTZ.values) + controls):
        value = place % len(SCHWARTZ.values) if place < a_value * len(SCHWARTZ.values) else None
        labels = tuple(0.95 if value == v else 0.02 for v in range(len(SCHWARTZ.values)))
        sharp = float(rng.normal() + (shift[value] if value is not None else 0.0))
        liking = float(rng.normal(0, liking_sd))
        clips.append(SimulatedClip(digest("clip", place).hex(), value, labels, sharp, liking, f"clip {place}"))
    return tuple(clips)


@dataclass(frozen=True)
class SimulatedRun:
    clips: tuple[SimulatedClip, ...]
    conditions: tuple[str, ...] = ("neutral",)
    wordings: int = 6
    a_clip: int = 3
    forms: tuple[str, ...] = tuple(FORMS)
    label_source: str = "retrieval"
    respondent: str = "planted:simulated"
    protocol: str = "balanced"
    config: dict[str, str] = field(default_factory=dict)

    def asks(self) -> list[SimulatedAsk]:
        found = []
        for condition in self.conditions:
            for number, clip in enumerate(self.clips):
                for turn in range(self.a_clip):
                    wording = f"w{(number + turn) % self.wordings}"
                    for form in self.forms:
                        key = digest("ask", clip.clip_id, condition, wording, form).hex()
                        _, _, options, acceptance = FORMS.get(form, ("paper", form, ("Yes", "No"), (1.0, 0.0)))
                        found.append(SimulatedAsk(key, clip, condition, wording, form, options, acceptance))
        return found

    def write(self, root: Path, answering: Answering | None, share: float = 1.0) -> RunFolder:
        """Plan the run and answer the first `share` of its asks; None answers nothing, and makes no store."""
        root.mkdir(parents=True, exist_ok=True)
        run = RunFolder(root)
        asks = self.asks()
        pq.write_table(pa.Table.from_pylist([self._plan_row(ask) for ask in asks], schema=PLAN), run.plan)
        pq.write_table(pa.Table.from_pylist([self._clip_row(clip) for clip in self.clips], schema=CLIPS), run.clips)
        write_manifest(run.manifest, self._manifest())
        if answering is not None:
            answer(run, [answering(ask) for ask in asks[: int(share * len(asks))]])
        return run

    def _manifest(self) -> RunManifest:
        texts = {name: "" if name == "neutral" else f"You are {name}." for name in self.conditions}
        return RunManifest(
            kind="bench",
            created_at="2026-01-01T00:00:00+00:00",
            host="here",
            platform="Linux",
            versions={"python": "3.11"},
            config={"protocol": self.protocol, **self.config},
            seed=0,
            respondent=RespondentRecord(name=self.respondent, fingerprint="f" * 32, settings={"decoding": "greedy"}),
            conditions=tuple(ConditionRecord(name=n, text=t, placement="system") for n, t in texts.items()),
            fingerprints=Fingerprints(suite="5" * 32, index="1" * 32),
            plan="p" * 32,
        )

    def _plan_row(self, ask: SimulatedAsk) -> dict[str, object]:
        block, question, _, _ = FORMS.get(ask.form, ("paper", ask.form, (), ()))
        return {
            "ask_id": ask.ask_id,
            "item_id": digest("item", ask.clip.clip_id, ask.wording, ask.form).hex(),
            "group_id": digest("group", ask.clip.clip_id, ask.condition).hex(),
            "clip_id": ask.clip.clip_id,
            "condition": ask.condition,
            "protocol": self.protocol,
            "construct": "like",
            "wording": ask.wording,
            "block": block,
            "form": ask.form,
            "repeat": 0,
            "system": "" if ask.condition == "neutral" else f"You are {ask.condition}.",
            "before_media": "",
            "after_media": f"{question} ({ask.wording})",
            "options": list(ask.options),
            "acceptance": list(ask.acceptance),
            "answer_spec": "{}",
            "max_tokens": 8,
        }

    def _clip_row(self, clip: SimulatedClip) -> dict[str, object]:
        return {
            "clip_id": clip.clip_id,
            "path": f"/clips/{clip.clip_id}.mp4",
            "kind": "video",
            "width": 360,
            "height": 640,
            "duration_s": 3.0,
            "platform": "tiktok",
            "title": clip.title,
            "cluster": clip.clip_id,
            "sharpness": clip.sharpness,
            "brightness": 0.5,
            "labels": list(clip.labels),
            "label_source": self.label_source,
            "value_sets": [] if clip.value is None else [SCHWARTZ.codes[clip.value]],
            "control_for": list(SCHWARTZ.codes[:1]) if clip.value is None else [],
            "keywords": [],
        }


def answer(run: RunFolder, rows: Sequence[StoredAnswer | Failure | None]) -> None:
    """Store answers and failures; None stands for an ask that was never sent."""
    with AnswerStore(run.answers) as store:
        store.record(
            [row for row in rows if isinstance(row, StoredAnswer)],
            [row for row in rows if isinstance(row, Failure)],
        )
