"""Broken instruments that the gates must catch: were one to pass, the gate would not be measuring anything."""

from dataclasses import dataclass, replace

import numpy as np

from spectrum.calibration.asked import FRAMINGS
from spectrum.calibration.coverage import clip_only
from spectrum.calibration.gate import Effort, GateResult, Tell, joined
from spectrum.calibration.recovery import Cell, Estimator, figures, recover
from spectrum.stats.intervals import Intervals
from spectrum.stats.observations import Framing, Observations
from spectrum.stats.profile import Scale, estimate_profile

BIASED = Cell(0.10, 2.5, full=200, fast=32)
SEVERAL = Cell(0.20, 0.0, several=True, framings=FRAMINGS, full=200, fast=64)


@dataclass(frozen=True, slots=True)
class Mutant:
    """An instrument with one part missing."""

    name: str
    cell: Cell
    scale: Scale
    estimator: Estimator


def like_only(observations: Observations, scale: Scale) -> Intervals:
    """Asks "do you like it", and never the reverse."""
    return estimate_profile(observations.keep(observations.framing == Framing.WOULD), scale=scale).theta


def framing_left_out(observations: Observations, scale: Scale) -> Intervals:
    """Pools yes to one stem and no to the other as if there were no bias between them."""
    return estimate_profile(
        replace(observations, framing=np.full_like(observations.framing, Framing.OTHER)), scale=scale
    ).theta


def yes_as_acceptance(observations: Observations, scale: Scale) -> Intervals:
    """Takes yes for acceptance whichever way the question was put."""
    turned = observations.framing == Framing.WOULD_NOT
    response = np.where(turned[:, None], 1.0 - observations.response, observations.response)
    return estimate_profile(replace(observations, response=response), scale=scale).theta


def hard_labels(observations: Observations, scale: Scale) -> Intervals:
    """Gives each clip one of the values it evokes, by lot, as if it evoked no other."""
    lot = np.random.default_rng(observations.labels.shape[0]).random(observations.labels.shape)
    chosen = (observations.labels * (1.0 + lot)).argmax(axis=1)
    one = np.eye(observations.labels.shape[1])[chosen] * observations.labels
    return estimate_profile(replace(observations, labels=one), scale=scale).theta


def normalised_labels(observations: Observations, scale: Scale) -> Intervals:
    """Shares a clip out among its values."""
    count = observations.labels.sum(axis=1, keepdims=True)
    return estimate_profile(
        replace(observations, labels=observations.labels / np.maximum(count, 1.0)), scale=scale
    ).theta


MUTANTS = (
    Mutant("like-only", BIASED, "probability", like_only),
    Mutant("bias-uncorrected: framing left out", BIASED, "logit", framing_left_out),
    Mutant("bias-uncorrected: yes taken for acceptance", BIASED, "probability", yes_as_acceptance),
    Mutant("hard labels", SEVERAL, "probability", hard_labels),
    Mutant("normalised labels", SEVERAL, "probability", normalised_labels),
)


@dataclass(frozen=True, slots=True)
class Mutants:
    """The gate."""

    mutants: tuple[Mutant, ...] = MUTANTS
    name: str = "mutants"
    about: str = "instruments with a part missing are caught"

    def run(self, effort: Effort, tell: Tell) -> GateResult:
        """Recovery by each mutant in the cell where its part matters, and coverage without the wordings."""
        results = []
        for mutant in self.mutants:
            name = f"{mutant.name} ({mutant.cell.name}, {mutant.scale} scale)"
            tell(name)
            runs = effort.of(mutant.cell.full, mutant.cell.fast)
            rng = effort.rng("mutants", mutant.name)
            found = recover(mutant.cell, mutant.scale, runs, rng, mutant.estimator)
            results.append(GateResult(figures(self.name, name, found, mutant=True)))
        return joined([*results, clip_only(effort, tell)])
