"""An adherence run of planted respondents, small enough for every test run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from personas.arms import Arm
from personas.casting import Casting, cast
from personas.library import library
from personas.plan import AskedOf, plan_adherence
from personas.planted_targets import in_acceptance
from personas.run import run_adherence
from spectrum.questions import load_bank
from spectrum.respondents.planted import PlantedRespondent, PlantedWorld, planted_from_name
from spectrum.suite import Suite
from spectrum.values import SCHWARTZ
from tests.support.benches import make_suite, make_view

ASKED = AskedOf(per_clip=1, control_clips=6, recall_clips=2)


def planted_run(
    folder: Path,
    name: str,
    *,
    strategies: tuple[str, ...] = ("simple",),
    per_value: int = 4,
    every: int = 1,
    arms: tuple[Arm, ...] = (),
    **options: str,
) -> Path:
    """Run a planted respondent over every `every`th persona of the library, controls and conflicted ones among them."""
    suite = make_suite(per_value=per_value, controls=0)
    chosen = library()[::every]
    told = cast(chosen, strategies, arms)
    respondent = open_planted(name, suite, told, options)
    labels = np.array([clip.labels for clip in suite.clips])
    casting = cast(in_acceptance(chosen, labels, options), strategies, arms)
    plan = plan_adherence(suite, load_bank(), casting, respondent.fingerprint, respondent.settings, ASKED)
    run_adherence(plan, casting, respondent, folder, view_factory=make_view, config={})
    return folder


def open_planted(name: str, suite: Suite, told: Casting, options: dict[str, str]) -> PlantedRespondent:
    """Knows the target of every condition."""
    people = [replace(role.persona, id=role.condition) for role in told.roles]
    world = PlantedWorld(
        tuple(clip.clip.clip_id for clip in suite.clips),
        np.array([clip.labels for clip in suite.clips]),
        suite.codes,
        SCHWARTZ.names,
        {person.id: np.array(person.target) for person in people if person.target is not None},
    )
    return planted_from_name(name, options, world)


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full follower, under three strategies and the two arms that ask."""
    return planted_run(
        tmp_path_factory.mktemp("followed") / "run", "follower", strategies=("simple", "isq", "profile"), every=6,
        arms=(Arm.PLACEBO, Arm.OPPOSITE), strength="1.5",
    )  # fmt: skip


@pytest.fixture
def planted() -> Callable[..., Path]:
    return planted_run
