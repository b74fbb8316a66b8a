"""Pairs runs on planted respondents over small suites."""

from pathlib import Path

import numpy as np

from spectrum.pairs.plan import PairPlan, plan_pairs
from spectrum.pairs.questions import load_pair_bank
from spectrum.pairs.run import PairsRun, run_pairs
from spectrum.prompts import NEUTRAL, Condition
from spectrum.respondents.base import Respondent
from spectrum.respondents.planted import PlantedRespondent, PlantedWorld, planted_from_name
from spectrum.suite import Suite
from spectrum.values import SCHWARTZ
from tests.support.benches import make_view

BOLD = Condition("bold", "You are a bold person who loves risk.")


def planted_over(suite: Suite, name: str, **options: str) -> PlantedRespondent:
    """The planted respondent of a name over a suite's labels; "bold" wants stimulation."""
    world = PlantedWorld(
        tuple(member.clip.clip_id for member in suite.clips),
        np.array([member.labels for member in suite.clips]),
        suite.codes,
        SCHWARTZ.names,
        {"bold": np.eye(10)[SCHWARTZ.index("Stimulation")]},
    )
    return planted_from_name(name, options, world)


def make_pairs(suite: Suite, respondent: Respondent, pairs: int = 60, **options: object) -> PairPlan:
    conditions = options.pop("conditions", [NEUTRAL])
    return plan_pairs(
        suite, load_pair_bank(), conditions, respondent.fingerprint, respondent.settings, pairs=pairs, **options,  # type: ignore[arg-type]
    )  # fmt: skip


def run(plan: PairPlan, respondent: Respondent, folder: Path, **options: object) -> PairsRun:
    settings: dict[str, object] = {"view_factory": make_view, "config": {"pairs": 1}, "thumbnails_a_set": 0}
    return run_pairs(plan, respondent, folder, **{**settings, **options})  # type: ignore[arg-type]
