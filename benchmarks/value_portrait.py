"""What the reliability and circumplex modules say of real answers: Value Portrait (Han et al., ACL 2025).

    python -m benchmarks.value_portrait FOLDER

FOLDER holds answers.csv (models' 1 to 6 answers to 520 items, three wordings x two option orders), items.json (how
each item goes with people's values) and humans_pvq21_centred.csv (people's centred PVQ-21 scores). The data are no part
of this project. Printed are the circle of values over the people, and for each model: agreement of its six answers to
an item, what wording and option order do, and how well two halves of the items agree on its value profile.
"""

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spectrum.stats.agreement import matched_kappa
from spectrum.stats.circumplex import estimate_circumplex
from spectrum.stats.observations import FloatArray, NotEstimableError
from spectrum.stats.ordinal import fit_mixed_ordinal
from spectrum.stats.reliability import intraclass, spearman_brown
from spectrum.stats.variance_components import crossed, variance_components
from spectrum.values import SCHWARTZ
from video_index.keyed import permutation

COLUMNS = ("v1", "v1_reversed", "v2", "v2_reversed", "v3", "v3_reversed")
SPLITS = 200


@dataclass(frozen=True)
class Portrait:
    """What one model's answers say of themselves."""

    model: str
    items: int
    spread: float
    """SD of the item means, scale points: a model that answers 4 to everything has next to none."""
    icc_wording: float
    """ICC(2,1), absolute, over the three wordings (both orders averaged)."""
    icc_order: float
    """ICC(2,1), absolute, over the two orders (each wording apart)."""
    turned: float
    """Share of items x wordings whose answer changes with the order of the options."""
    kappa: float | None
    """Upper or lower half of the scale, in one order against the other, beyond chance."""
    order_shift: float
    """Logits by which the reversed order raises the answer (ordinal model, an intercept an item), with its error."""
    order_se: float
    shares: dict[str, float]
    """Of the variance: item, wording, order, item x wording, item x order, residual."""
    halves: float
    """Reliability of the profile of ten values: halves of the items, stepped up."""
    halves_wordings: float
    """The same between halves that differ in items and in wording; NaN where a half got one answer throughout."""


def read_answers(folder: Path) -> tuple[dict[str, FloatArray], list[tuple[int, int]]]:
    """Each model's (items, 6) answers, and the items in their order."""
    answers: dict[str, dict[tuple[int, int], list[float]]] = {}
    with (folder / "answers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = (int(row["portrait_id"]), int(row["option_id"]))
            answers.setdefault(row["model"], {})[key] = [float(row[name] or "nan") for name in COLUMNS]
    items = sorted({key for rows in answers.values() for key in rows})
    return {model: np.array([rows[item] for item in items]) for model, rows in answers.items()}, items


def read_people(folder: Path) -> FloatArray:
    """(people, 10) in SCHWARTZ's order."""
    with (folder / "humans_pvq21_centred.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name.replace("-", "_")]) for name in SCHWARTZ.names] for row in rows])


def item_values(folder: Path, items: list[tuple[int, int]]) -> FloatArray:
    """(items, 10): correlation of people's ratings of the item with each of their values."""
    found: dict[tuple[int, int], list[float]] = {}
    for portrait in json.loads((folder / "items.json").read_text(encoding="utf-8")):
        for output in portrait["outputs"]:
            by_name = dict(output["correlations"])
            key = (int(portrait["portrait_id"]), int(output["id"]))
            found[key] = [float(by_name[name.replace("-", "_")]) for name in SCHWARTZ.names]
    return np.array([found[item] for item in items])


def portrait(model: str, answers: FloatArray, values: FloatArray, splits: int = SPLITS) -> Portrait:
    """Analyse one model's (items, 6) answers; items that were not answered six times are left out."""
    whole = np.isfinite(answers).all(axis=1)
    answers, values = answers[whole], values[whole]
    by_wording = answers.reshape(-1, 3, 2)
    both_orders = by_wording.reshape(-1, 2)
    item, column = np.indices(answers.shape)
    wording, order = column.ravel() // 2, column.ravel() % 2
    parts = variance_components(
        answers.ravel(),
        {
            "item": item.ravel(),
            "wording": wording,
            "order": order,
            "item x wording": crossed(item.ravel(), wording),
            "item x order": crossed(item.ravel(), order),
        },
    )
    columns = np.column_stack([wording == 1, wording == 2, order == 1]).astype(np.float64)
    try:
        fit = fit_mixed_ordinal(answers.ravel().round().astype(np.int64), columns, item.ravel())
        shift, error = float(fit.effects[2]), float(fit.se[2])
    except NotEstimableError:
        shift = error = float("nan")
    high = both_orders > 3.5
    return Portrait(
        model=model,
        items=len(answers),
        spread=float(answers.mean(axis=1).std(ddof=1)),
        icc_wording=intraclass(by_wording.mean(axis=2)).icc2,
        icc_order=intraclass(both_orders).icc2,
        turned=float((both_orders[:, 0] != both_orders[:, 1]).mean()),
        kappa=matched_kappa(high[:, 0], high[:, 1], np.zeros(len(high), dtype=np.int64)),
        order_shift=shift,
        order_se=error,
        shares={name: parts.share(name) for name in parts.estimates},
        halves=_halves(answers, values, False, splits),
        halves_wordings=_halves(answers, values, True, splits),
    )


def _halves(answers: FloatArray, values: FloatArray, other_wording: bool, splits: int) -> float:
    """Mean agreement of two halves' profiles, stepped up; the profile is how answers go with each value's tag."""
    found = []
    for split in range(splits):
        order = permutation(len(answers), "value portrait", split)
        one, other = order[: len(order) // 2], order[len(order) // 2 :]
        wordings = permutation(3, "value portrait wordings", split)
        ours = answers[one][:, [2 * wordings[0], 2 * wordings[0] + 1]] if other_wording else answers[one]
        theirs = answers[other][:, [2 * wordings[1], 2 * wordings[1] + 1]] if other_wording else answers[other]
        profiles = [_profile(ours.mean(axis=1), values[one]), _profile(theirs.mean(axis=1), values[other])]
        if min(np.ptp(profile) for profile in profiles) < 1e-12:
            return float("nan")
        found.append(float(np.corrcoef(profiles[0], profiles[1])[0, 1]))
    return spearman_brown(float(np.mean(found)))


def _profile(answers: FloatArray, values: FloatArray) -> FloatArray:
    """How the mean answer changes with an item's tag of each value, that value alone; centred."""
    tags = values - values.mean(axis=0)
    slopes = tags.T @ (answers - answers.mean()) / (tags**2).sum(axis=0)
    return np.asarray(slopes - slopes.mean(), dtype=np.float64)


def main() -> None:
    """Print people's circle, and one line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    people = read_people(folder)
    circle = estimate_circumplex(people)
    print(
        f"{len(people)} people: {circle.order.met} of {circle.order.predictions} predictions, index"
        f" {circle.order.index:.3f}, p = {circle.order.p:.1e}; congruence {circle.circle.congruence:.3f}"
        f" (p = {circle.circle_p:.4f}); stress {circle.stress:.3f}; r by steps"
        f" {' '.join(f'{mean:+.2f}' for mean in circle.cosine.mean_by_step)}; cosine R2 {circle.cosine.fit:.2f};"
        f" round the map {' '.join(SCHWARTZ.codes[value] for value in circle.found_order)}"
    )
    answers, items = read_answers(folder)
    values = item_values(folder, items)
    names = ("item", "wording", "order", "item x wording", "item x order", "residual")
    head = f"{'model':36}{'items':>6}{'SD':>6}{'ICCw':>6}{'ICCo':>6}{'turned':>8}{'kappa':>7}{'order':>13}"
    print(head + "  " + " ".join(f"{name:>14}" for name in names) + f"{'halves':>8}{'x wording':>10}")
    for model, given in answers.items():
        found = portrait(model, given, values)
        kappa = "-" if found.kappa is None else f"{found.kappa:.2f}"
        shares = " ".join(f"{100 * found.shares[name]:>13.0f}%" for name in names)
        print(
            f"{model:36}{found.items:>6}{found.spread:>6.2f}{found.icc_wording:>6.2f}{found.icc_order:>6.2f}"
            f"{100 * found.turned:>7.0f}%{kappa:>7}{found.order_shift:>+7.2f} ({found.order_se:.2f})"
            f" {shares}{found.halves:>8.2f}{found.halves_wordings:>10.2f}"
        )


if __name__ == "__main__":
    main()
