"""Small suites and plans for tests of the bench, and a bench to run (and kill) in a process of its own."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from spectrum.bench.plan import Plan, plan_bench
from spectrum.bench.run import run_bench
from spectrum.prompts import NEUTRAL, Condition
from spectrum.questions import load_bank
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.planted import PlantedRespondent
from spectrum.suite import Suite, SuiteClip
from spectrum.values import SCHWARTZ
from spectrum.views import ClipView
from video_index.clips import Clip, Covariates, Frame, Locator, ViewSpec
from video_index.keyed import digest, uniform

BOLD = Condition("bold", "You are a bold person who loves risk.")


def make_clip(number: int) -> Clip:
    clip_id = digest("test clip", number).hex()
    return Clip(
        clip_id, Locator(f"/clips/{number}.mp4"), "video", 720, 1280, 3.0, 90, platform="TikTok",
        covariates=Covariates(sharpness=1.0, brightness=0.5),
    )  # fmt: skip


def make_suite(per_value: int = 2, controls: int = 4, codes: Sequence[str] = SCHWARTZ.codes) -> Suite:
    """`per_value` clips a value and `controls` clips that are controls of the first value."""
    clips = []
    for number in range(per_value * len(codes) + controls):
        place = number // per_value
        labels = tuple(0.9 if place == row else 0.05 for row in range(len(SCHWARTZ.codes)))
        in_set = place < len(codes)
        clips.append(
            SuiteClip(
                make_clip(number),
                labels,
                "sidecar",
                (codes[place],) if in_set else (),
                () if in_set else (codes[0],),
                ("",) if in_set else (),
                f"cluster{number}",
            )
        )
    return Suite(
        tuple(sorted(clips, key=lambda clip: clip.clip.clip_id)), ViewSpec(), SCHWARTZ.name,
        tuple(SCHWARTZ.codes), "index", "lexicon", "embedder", 0,
    )  # fmt: skip


def make_view(clip: Clip) -> ClipView:
    """A view of four small pictures, a shade a clip."""
    shade = int(255 * uniform("shade", clip.clip_id))
    frames = tuple(Frame(np.full((64, 36, 3), shade, np.uint8), float(second)) for second in range(4))
    return ClipView(clip.clip_id, ViewSpec(), lambda: frames)


def planted(suite: Suite, seed: int = 0, refusal: float = 0.1) -> PlantedRespondent:
    """Accepts each clip with a keyed probability, otherwise under "bold"."""
    ids = [clip.clip.clip_id for clip in suite.clips]
    tables = {name: {each: uniform(name, each) for each in ids} for name in ("neutral", "bold")}
    return PlantedRespondent("planted:test", tables, refusal=refusal, wording_sd=0.5, seed=seed)


@dataclass
class Slowed:
    """A planted respondent that takes its time, and as many groups at once as told."""

    planted: PlantedRespondent
    delay_s: float
    concurrency: int = 1
    begun: Event | None = None
    """Set at the first question."""

    def __getattr__(self, name: str) -> object:
        return getattr(self.planted, name)

    def answer(self, group: Group) -> Sequence[Reply]:
        if self.begun is not None:
            self.begun.set()
        for view in group.media:
            view.load()
        time.sleep(self.delay_s)
        return self.planted.answer(group)


def make_plan(suite: Suite, respondent: PlantedRespondent, **options: object) -> Plan:
    bank = load_bank()
    return plan_bench(suite, bank, [NEUTRAL, BOLD], respondent.fingerprint, respondent.settings, **options)  # type: ignore[arg-type]


def run_slowly(
    folder: Path, delay_s: float, concurrency: int, deterministic: bool = False, begun: Event | None = None
) -> None:
    """A whole bench of 24 clips under two conditions, as a process of its own runs it."""
    suite = make_suite()
    respondent = planted(suite)
    run_bench(
        make_plan(suite, respondent),
        Slowed(respondent, delay_s, concurrency, begun),  # type: ignore[arg-type]
        folder,
        view_factory=make_view,
        config={"protocol": "balanced"},
        deterministic=deterministic,
        tally=lambda folder: None,
    )
