"""What a circumplex analysis says, in a sentence, in lines and in tables."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectrum.circumplex.profiles import Profiles
from spectrum.errors import ConfigError
from spectrum.instruments import agreement_with_people
from spectrum.runs.durable import write_durably
from spectrum.runs.folder import RunFolder
from spectrum.runs.table_files import table_of, write_tables
from spectrum.runs.tables import CIRCUMPLEX_METRICS
from spectrum.stats.circular_order import circular_order, circular_steps
from spectrum.stats.circumplex import CAUTION, Circumplex, estimate_circumplex
from spectrum.stats.observations import FloatArray, NotEstimableError
from spectrum.values import SCHWARTZ, ValueSystem

FORMAT = 1
FEWEST = 10
"""Targets, before anything is said of how they correlate."""
PEOPLE = "two samples of people agree with it by .75 and .74"


def analyse(profiles: Profiles, seed: int = 0, system: ValueSystem = SCHWARTZ) -> Circumplex:
    """The circumplex of profiles. Raises ConfigError, in one line, where there are too few or they do not vary."""
    try:
        return estimate_circumplex(profiles.centred, profiles.with_level, seed=seed)
    except NotEstimableError as error:
        raise ConfigError(" ".join([error.reason, *(system.names[value] for value in error.values)])) from None


def headline(found: Circumplex, system: ValueSystem = SCHWARTZ) -> str:
    """The sentence a person reads first."""
    order = found.order
    verdict = "is found" if found.found else "is not found"
    p = "p < .0001" if order.p < 0.0001 else f"p = {order.p:.4f}"
    return (
        f"Over {found.profiles:,} profiles the circular order of the {len(system.values)} values {verdict}: of "
        f"{order.predictions} predictions that nearer values go together {order.met} hold (correspondence index "
        f"{order.index:.2f}, {p}), and the map's congruence with the circle is {found.circle.congruence:.2f}."
    )


def lines(found: Circumplex, profiles: Profiles, system: ValueSystem = SCHWARTZ) -> list[str]:
    """Everything beyond the headline, a line each."""
    codes = system.codes
    steps = ", ".join(f"{mean:+.2f}" for mean in found.cosine.mean_by_step)
    around = " ".join(codes[value] for value in found.found_order)
    said = [
        f"Mean correlation of values 1 to {found.cosine.mean_by_step.size} steps apart: {steps}.",
        f"Cosine of the angle apart: r = {found.cosine.level:+.2f} {found.cosine.amplitude:+.2f} cos, which explains "
        f"{100 * found.cosine.fit:.0f}% of the correlations' variance.",
        f"Map (interval scaling): stress {found.stress:.3f}; round it: {around}; relabelled maps fit as well with "
        f"p = {found.circle_p:.4f}.",
    ]
    if found.model is None:
        said.append(f"Browne's circular model: not fitted, because {found.no_model}.")
    else:
        model = found.model
        angles = " ".join(f"{code} {angle:.0f}" for code, angle in zip(codes, model.angles, strict=True))
        said.append(
            f"Browne's circular model: chi-square {model.chi_square:.1f} ({model.df} df), RMSEA {model.rmsea:.3f}, CFI "
            f"{model.cfi:.3f}; degrees: {angles}. Steps of unequal size are no misfit: people's are unequal too."
        )
    if len(profiles.targets) >= FEWEST:
        said.append(_targets_sentence(profiles.targets))
    people = _people(profiles, system)
    if people.size:
        said.append(
            f"Order of the values against people's (Schwartz and Bardi 2001): median rank correlation over profiles "
            f"{np.median(people):.2f}; {PEOPLE}, so 1 would not be more human."
        )
    return said + cautions(found)


def _targets_sentence(targets: FloatArray) -> str:
    """What the personas' texts were written for, by the same test."""
    if (np.ptp(targets, axis=0) == 0).any():
        return "The personas' own targets leave a value out, so that they show no circle to compare with."
    order = circular_order(np.asarray(np.corrcoef(targets.T), dtype=np.float64))
    return (
        f"The {len(targets)} targets that the personas were written for have a correspondence index of their own, "
        f"{order.index:.2f}: a circle up to that one may say no more than that they were followed."
    )


def cautions(found: Circumplex) -> list[str]:
    """What has to be said beside it."""
    said = ["This is about how answers to clips go together over profiles; it says of no model what it values."]
    if found.profiles < CAUTION:
        said.append(f"Below {CAUTION} profiles correlations are rough: their standard error here is about .1 to .2.")
    said.append("Personas that were written from the ten values may carry the circle in their own texts.")
    return said


def write_circumplex(
    folder: Path, found: Circumplex, profiles: Profiles, sources: Sequence[str], system: ValueSystem = SCHWARTZ
) -> None:
    """Write summary.json and the tables of runs.tables.CIRCUMPLEX_METRICS. Raises RunFolderError."""
    run = RunFolder(folder)
    tables = _tables(found, profiles, system)
    write_tables(run, {name: table_of(rows, CIRCUMPLEX_METRICS[name]) for name, rows in tables.items()})
    summary: dict[str, Any] = {
        "kind": "circumplex",
        "format_version": FORMAT,
        "status": "done",
        "headline": headline(found, system),
        "notes": lines(found, profiles, system),
        "profiles": found.profiles,
        "sources": list(sources),
        "found": found.found,
        "correspondence_index": round(found.order.index, 6),
        "predictions": found.order.predictions,
        "met": found.order.met,
        "p": found.order.p,
        "exact": found.order.exact,
        "congruence": round(found.circle.congruence, 6),
        "congruence_p": found.circle_p,
        "stress": round(found.stress, 6),
        "cosine": {
            "level": round(found.cosine.level, 6),
            "amplitude": round(found.cosine.amplitude, 6),
            "fit": round(found.cosine.fit, 6),
            "mean_by_step": [round(float(mean), 6) for mean in found.cosine.mean_by_step],
        },
        "model": _model(found),
        "no_model": found.no_model,
    }
    write_durably(run.summary, (json.dumps(summary, indent=2, sort_keys=True) + "\n").encode())


def _model(found: Circumplex) -> dict[str, float] | None:
    if found.model is None:
        return None
    model = found.model
    return {
        "chi_square": round(model.chi_square, 6),
        "df": model.df,
        "p": model.p,
        "rmsea": round(model.rmsea, 6),
        "cfi": round(model.cfi, 6),
        "tli": round(model.tli, 6),
        "srmr": round(model.srmr, 6),
    }


def _tables(found: Circumplex, profiles: Profiles, system: ValueSystem) -> dict[str, list[dict[str, Any]]]:
    codes = system.codes
    steps = circular_steps(len(codes))
    model = found.model
    people = [_finite(agreement_with_people(row, system)) for row in profiles.centred]
    return {
        "circumplex_profiles": [
            {
                "profile": name,
                "value": code,
                "estimate": float(profiles.centred[row, place]),
                "with_level": None if profiles.with_level is None else float(profiles.with_level[row, place]),
                "people": people[row],
            }
            for row, name in enumerate(profiles.names)
            for place, code in enumerate(codes)
        ],
        "circumplex_correlations": [
            {
                "first": codes[one],
                "second": codes[other],
                "steps": int(steps[one, other]),
                "correlation": float(found.correlations[one, other]),
            }
            for one in range(len(codes))
            for other in range(one + 1, len(codes))
        ],
        "circumplex_map": [
            {
                "value": code,
                "x": float(found.circle.points[place, 0]),
                "y": float(found.circle.points[place, 1]),
                "theory_x": float(found.circle.circle[place, 0]),
                "theory_y": float(found.circle.circle[place, 1]),
                "angle": None if model is None else float(model.angles[place]),
                "communality": None if model is None else float(model.communalities[place]),
            }
            for place, code in enumerate(codes)
        ],
    }


def _people(profiles: Profiles, system: ValueSystem) -> np.ndarray:
    found = np.array([agreement_with_people(row, system) for row in profiles.centred])
    return np.asarray(found[np.isfinite(found)])


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
