"""A power study: a design at several numbers of clips, what it detects, what it costs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spectrum.power.cost import Cost, Prices, cost
from spectrum.power.design import Design
from spectrum.power.detect import Detected, Row, Tell, detect
from spectrum.power.needed import POWER, Curve

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Study:
    """Rows by number of clips, and the curves through them."""

    design: Design
    rows: tuple[Row, ...]
    costs: tuple[Cost, ...]
    profile: Curve | None
    paired: Curve | None
    runs: int
    seed: int


def study(
    design: Design,
    clips: Sequence[int],
    runs: int,
    seed: int,
    *,
    profile: bool = True,
    paired: bool = True,
    controls: int | None = None,
    prices: Prices | None = None,
    tell: Tell = lambda runs: None,
) -> Study:
    """Simulate `runs` runs for each number of clips a value. Raises ConfigError where a design cannot be met."""
    counts = sorted(set(clips))
    rows = tuple(detect(design, count, runs, seed, profile=profile, paired=paired, tell=tell) for count in counts)
    return Study(
        design=design,
        rows=rows,
        costs=tuple(cost(design, count, controls, prices or Prices()) for count in counts),
        profile=_curve(design, rows, [row.profile for row in rows]),
        paired=_curve(design, rows, [row.paired for row in rows]),
        runs=runs,
        seed=seed,
    )


def study_summary(found: Study) -> dict[str, Any]:
    """A study as plain data; shares and effects on the probability scale."""
    return {
        "kind": "power",
        "format_version": FORMAT,
        "design": asdict(found.design),
        "runs": found.runs,
        "seed": found.seed,
        "rows": [
            {**asdict(row), "cost": asdict(price), "detectable": _detectable(found, row.clips)}
            for row, price in zip(found.rows, found.costs, strict=True)
        ],
        "clips_for_80_percent": {
            name: None if curve is None else curve.clips_for(found.design.effect)
            for name, curve in (("profile", found.profile), ("paired", found.paired))
        },
    }


def _curve(design: Design, rows: Sequence[Row], detected: Sequence[Detected | None]) -> Curve | None:
    there = [one for one in detected if one is not None]
    return Curve.of(design.effect, [row.clips for row in rows], there) if there else None


def _detectable(found: Study, clips: int) -> dict[str, float | None]:
    """The smallest effect found in 80% of runs."""
    curves = (("profile", found.profile), ("paired", found.paired))
    return {name: None if curve is None else round(curve.effect_at(clips, POWER), 6) for name, curve in curves}
