"""A census of the pocket VLM: thousands of fresh clips a value, every wording; and how often intervals hold it.

Used by `python -m benchmarks.pocket_fidelity --part census`. The clips are rendered and never encoded, and the model
is called directly, many clips at once (pocket_direct.py, which says what that changes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pocket_asking import Floats, by_value, profile_on
from benchmarks.pocket_direct import FRAMES, DirectModel, forms_of
from spectrum.pocket.clips import cast_scenes
from spectrum.pocket.planted import planted_rule
from spectrum.pocket.scenes import Scene, frames
from spectrum.questions import load_bank
from spectrum.stats.observations import Framing, Observations
from spectrum.stats.profile import estimate_profile
from spectrum.values import SCHWARTZ
from spectrum.wordings import keyed_wordings

_BATCH = 128
FRAMINGS = {"would": Framing.WOULD, "would_not": Framing.WOULD_NOT, "first": Framing.FIRST, "second": Framing.SECOND}


@dataclass(frozen=True, slots=True)
class Census:
    """n clips, f forms (every form of every wording of one construct)."""

    labels: Floats
    """(n, 10) what each clip evokes."""
    stratum: NDArray[np.int64]
    """(n,) position of the value for which the clip was drawn, -1 for a control."""
    probability: NDArray[np.float32]
    """(n, f) probability of the accepting option among the two."""
    written: NDArray[np.float32]
    """(n, f) 1 where the accepting option is what greedy decoding writes first, 0 the other, nan anything else."""
    planted: Floats
    """(n,) planted acceptance over a stem pair and a named pair; nan where the rule refuses."""


def take(folder: Path, *, per_value: int, controls: int, seed: int, store: Path | None = None) -> Census:
    """Render the clips, ask every form of "like", and keep the answers in `store` (an .npz) where it is given."""
    if store is not None and store.exists():
        return Census(**dict(np.load(store)))
    model, forms = DirectModel(folder), forms_of("like")
    scenes = list(cast_scenes(per_value=per_value, controls=controls, seed=seed, split="held-out"))
    features = _features(model, scenes, None if store is None else store.with_suffix(".features.npz"))
    shares, written = [], []
    for start in range(0, len(scenes), _BATCH):
        share, wrote = model.answers(features[FRAMES * start : FRAMES * (start + _BATCH)], forms)
        shares.append(share.astype(np.float32))
        written.append(wrote.astype(np.float32))
    found = {
        "labels": np.array([_labels(scene) for scene in scenes]),
        "stratum": np.array([_stratum(scene) for scene in scenes]),
        "probability": np.concatenate(shares),
        "written": np.concatenate(written),
        "planted": np.array([planted_acceptance(scene) for scene in scenes]),
    }
    if store is not None:
        np.savez(store, **found)
    return Census(**found)


def _features(model: DirectModel, scenes: Sequence[Scene], store: Path | None) -> NDArray[np.float32]:
    """The tower's features of all frames, end to end; kept in `store`, because rendering takes longest."""
    if store is not None and store.exists():
        kept = np.load(store)
        if str(kept["tower"]) == model.tower and len(kept["features"]) == FRAMES * len(scenes):
            stored: NDArray[np.float32] = kept["features"]
            return stored
    found = np.concatenate(
        [
            model.features([one for scene in scenes[start : start + _BATCH] for one in frames(scene, FRAMES)])
            for start in range(0, len(scenes), _BATCH)
        ]
    )
    if store is not None:
        np.savez(store, features=found, tower=model.tower)
    return found


def coverage(census: Census, *, draws: int, clips: int, controls: int, per_clip: int = 4) -> dict[str, Any]:
    """How often 95% intervals from `clips` a value hold the census, by the product's own estimator.

    Conditional on the bank's wordings: the census asks all of them, and they are taken as given. Both the probability
    and the written answer, each against its own census.
    """
    return {
        name: _coverage(census, answers.astype(np.float64), draws, clips, controls, per_clip)
        for name, answers in (("probability", census.probability), ("written", census.written))
    }


def _coverage(census: Census, answers: Floats, draws: int, clips: int, controls: int, per_clip: int) -> dict[str, Any]:
    answers = np.where(np.isnan(census.planted)[:, None], np.nan, answers)
    truth = profile_on(census.labels, _means(answers))
    inside, widths, errors, ses = [], [], [], []
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        chosen = np.concatenate([*(_some(rng, census, value, clips) for value in range(10)),
                                 _some(rng, census, -1, controls)])  # fmt: skip
        found = estimate_profile(_observations(census, answers, chosen, draw, per_clip)).theta
        inside.append((found.low <= truth) & (truth <= found.high))
        widths.append((found.high - found.low) / 2)
        errors.append(found.estimate - truth)
        ses.append(found.se)
    return {
        "census": by_value(truth),
        "draws": draws,
        "coverage, values pooled": float(np.mean(inside)),
        "coverage by value": by_value(np.mean(inside, axis=0)),
        "mean half-width": float(np.mean(widths)),
        "RMSE / mean SE": float(np.sqrt(np.mean(np.square(errors))) / np.mean(ses)),
    }


def fidelity(census: Census) -> dict[str, Any]:
    """Training fidelity: the planted profile against the census, value by value, and the yes-bias of both."""
    kept = ~np.isnan(census.planted)
    measured = profile_on(census.labels[kept], _means(census.probability[kept].astype(np.float64)))
    planted = profile_on(census.labels[kept], census.planted[kept])
    return {
        "r": float(np.corrcoef(measured, planted)[0, 1]),
        "slope": float((measured * planted).sum() / (planted**2).sum()),
        "planted": by_value(planted),
        "census": by_value(measured),
        "planted minus census": by_value(planted - measured),
    }


def yes_bias(census: Census) -> float:
    """P(yes | would) + P(yes | would not) - 1 over the census's clips that are not refused."""
    kept = ~np.isnan(census.planted)
    names = np.array([form.form for form in forms_of("like")])
    would, would_not = (census.probability[kept][:, names == name].mean() for name in ("would", "would_not"))
    return float(would - would_not)  # "no" accepts under would not


def planted_acceptance(scene: Scene) -> float:
    """What the rule says of a clip, over a stem pair and a named pair; nan where it refuses."""
    rule = planted_rule()
    if rule.refuses(scene.concept.name, scene.scenery):
        return float("nan")
    accept, bias = rule.accept_logit(scene.concept.name, scene.palette), rule.concept_bias(scene.concept.name)
    return float(np.mean([1 / (1 + np.exp(-logit)) for logit in (accept + bias, accept - bias, accept, accept)]))


def _observations(census: Census, answers: Floats, chosen: NDArray[np.int64], draw: int, per_clip: int) -> Observations:
    bank, names = load_bank(), [f"{number:08d}" for number in chosen]
    place = {(form.wording, form.form): number for number, form in enumerate(forms_of("like"))}
    response, clip, framing = [], [], []
    for block in ("stem", "named"):
        drawn = keyed_wordings(bank, "like", names, per_clip, draw, block)
        for row, name in enumerate(names):
            for form in (form for wording in drawn[name] for form in bank.forms(wording, block)):
                value = answers[chosen[row], place[form.wording, form.form]]
                if not np.isnan(value):
                    response.append(value)
                    clip.append(row)
                    framing.append(int(FRAMINGS[form.form]))
    return Observations(
        np.array(response), np.array(clip), np.zeros(len(clip), dtype=np.int64), np.array(framing),
        census.labels[chosen], np.arange(len(chosen)), np.zeros((len(chosen), 0)),
    )  # fmt: skip


def _some(rng: np.random.Generator, census: Census, stratum: int, count: int) -> NDArray[np.int64]:
    return rng.choice(np.flatnonzero(census.stratum == stratum), count, replace=False)


def _means(answers: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        counts = (~np.isnan(answers)).sum(axis=1)
        return np.where(counts > 0, np.nansum(answers, axis=1) / np.maximum(counts, 1), np.nan)


def _labels(scene: Scene) -> Floats:
    return np.array([float(code in scene.concept.values) for code in SCHWARTZ.codes])


def _stratum(scene: Scene) -> int:
    return SCHWARTZ.codes.index(scene.concept.values[0]) if scene.concept.values else -1
