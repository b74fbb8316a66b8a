"""How far the shipped pocket models follow what was planted in them, asked through the same path as any checkpoint.

    python -m benchmarks.pocket_fidelity --part clip --fresh 88
    python -m benchmarks.pocket_fidelity --part vlm --out figures.json
    python -m benchmarks.pocket_fidelity --part personas
    python -m benchmarks.pocket_fidelity --part forms
    python -m benchmarks.pocket_fidelity --part census --fresh 2000

Clips are the shipped ones and fresh ones of `--seed`; all of them show concepts in sceneries and palettes that no
training saw. Nothing here uses the training code: pictures are decoded from H.264 and questions are put by
LocalRespondent, answers read by spectrum.answers (the census: see pocket_census.py).
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import pocket_census as census
from benchmarks.pocket_asking import (
    Answered,
    Floats,
    Seen,
    answers,
    asked_forms,
    by_clip,
    by_value,
    clips_of,
    profile,
)
from benchmarks.pocket_direct import against_respondent
from benchmarks.pocket_forms import forms
from benchmarks.pocket_personas import persona_figures
from benchmarks.pocket_retrieval import retrieval
from spectrum.answers import Outcome
from spectrum.pocket import shipped
from spectrum.pocket.clips import write_clips
from spectrum.pocket.concepts import concepts
from spectrum.pocket.planted import planted_rule
from spectrum.questions import load_bank, paper_questions
from spectrum.respondents.local import LocalRespondent
from spectrum.stats.agreement import matched_kappa
from spectrum.stats.observations import Observations
from spectrum.stats.profile import estimate_profile
from video_index.clips import Frame


def neutral(respondent: LocalRespondent, clips: Sequence[Seen], construct: str) -> dict[str, Any]:
    """Fidelity, yes-bias, polarity, agreement, refusals and the palette, for one construct."""
    rows = list(answers(respondent, clips, asked_forms(clips, construct, 4, 0)))
    measured, planted = by_clip(rows, len(clips), "accepted"), by_clip(rows, len(clips), "planted")
    measured[np.isnan(planted)] = np.nan
    warm = np.array([clip.shown.palette == planted_rule().nuisance_palette for clip in clips], dtype=np.float64)
    found, truth = profile(clips, measured), profile(clips, planted)
    both = ~np.isnan(planted)
    stems = {name: [row for row in rows if row.form.form == name] for name in ("would", "would_not")}
    would, reversed_not = (by_clip(part, len(clips), "accepted") for part in stems.values())
    lifted = (measured[both & (warm == 1)].mean() - measured[both & (warm == 0)].mean()) - (
        planted[both & (warm == 1)].mean() - planted[both & (warm == 0)].mean()
    )
    judged = [row for row in rows if not np.isnan(row.planted)]
    read = [row for row in rows if not np.isnan(row.written)]
    return {
        "asks": len(rows),
        "decisions as planted": _share((row.accepted > 0.5) == (row.planted > 0.5) for row in judged),
        "mean |p - planted|": float(np.mean([abs(row.accepted - row.planted) for row in judged])),
        "by form": {
            name: _share((row.accepted > 0.5) == (row.planted > 0.5) for row in judged if row.form.form == name)
            for name in ("would", "would_not", "first", "second")
        },
        "profile": _compared(found, truth),
        "profile with palette as covariate moves by at most": float(
            np.abs(profile(clips, measured, warm) - found).max()
        ),
        "warm effect, measured less planted": float(lifted),
        "yes-bias": {"measured": _yes_bias(stems, "accepted"), "planted": _yes_bias(stems, "planted")},
        "polarity r": float(np.corrcoef(would[both], reversed_not[both])[0, 1]),
        "kappa written / probability": matched_kappa(
            np.array([row.written > 0.5 for row in read]),
            np.array([row.accepted > 0.5 for row in read]),
            np.zeros(len(read), dtype=np.int64),
        ),
        "refused where planted": _share(row.outcome is Outcome.REFUSED for row in rows if np.isnan(row.planted)),
        "refused elsewhere": _share(row.outcome is Outcome.REFUSED for row in judged),
        "unread": _share(row.outcome not in (Outcome.CHOICE, Outcome.REFUSED) for row in rows),
        "permuted profile SD / intact SD": _permuted(clips, measured),
    }


def paper(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, Any]:
    """What the published question gets: the share of yes in each value's set, centred."""
    (form,) = [form for form in paper_questions() if form.form == "like"]
    rows = list(answers(respondent, clips, {number: [form] for number in range(len(clips))}))
    said = np.array([row.written for row in rows])
    said = np.where(np.isnan(said), 0.0, said)  # the paper counts everything but yes as no
    labels = np.stack([clip.labels for clip in clips])
    rates = np.array([said[labels[:, value] == 1].mean() for value in range(10)])
    pair = by_clip(list(answers(respondent, clips, asked_forms(clips, "like", 1, 0))), len(clips), "planted")
    truth = profile(clips, pair)
    return {"yes-rate by set": by_value(rates), "centred": _compared(rates - rates.mean(), truth)}


def blank(respondent: LocalRespondent, clips: Sequence[Seen], intact: Floats) -> dict[str, Any]:
    """Grey pictures in place of the clips: the profile's SD should vanish, and all ten 90% simultaneous intervals lie
    within .05 of nothing."""
    grey = tuple(Frame(np.full((256, 144, 3), 128, dtype=np.uint8), float(place)) for place in range(4))
    rows = list(
        answers(
            respondent,
            [Seen(clip.name, clip.row, grey) for clip in clips],
            asked_forms(clips, "like", 4, 0),
        )
    )
    wordings = load_bank().wordings("like")
    found = estimate_profile(
        Observations(
            np.array([row.accepted for row in rows]),
            np.array([row.clip for row in rows]),
            np.array([wordings.index(row.form.wording) for row in rows]),
            np.array([census.FRAMINGS[row.form.form] for row in rows]),
            np.stack([clip.labels for clip in clips]),
            np.arange(len(clips)),
            np.zeros((len(clips), 0)),
        ),
        confidence=1 - 0.1 / 10,
    ).theta
    return {
        "mean acceptance": float(np.mean([row.accepted for row in rows])),
        "profile SD / intact SD": float(found.estimate.std() / intact.std()),
        "90% simultaneous intervals reach": float(np.abs([found.low, found.high]).max()),
    }


def _compared(found: Floats, truth: Floats) -> dict[str, Any]:
    return {
        "r": float(np.corrcoef(found, truth)[0, 1]),
        "slope": float((found * truth).sum() / (truth**2).sum()),
        "RMSE": float(np.sqrt(np.mean((found - truth) ** 2))),
        "planted": by_value(truth),
        "measured": by_value(found),
    }


def _yes_bias(stems: Mapping[str, Sequence[Answered]], field: str) -> float:
    yes = [
        getattr(row, field) if name == "would" else 1 - getattr(row, field)
        for name, rows in stems.items()
        for row in rows
        if not np.isnan(row.planted)
    ]
    return float(2 * np.mean(yes) - 1)


def _permuted(clips: Sequence[Seen], accepted: Floats) -> float:
    kept = np.flatnonzero(~np.isnan(accepted))
    chosen = [clips[place] for place in kept]
    rng = np.random.default_rng(0)
    mean = np.mean([profile(chosen, rng.permutation(accepted[kept])) for _ in range(200)], axis=0)
    return float(mean.std() / profile(chosen, accepted[kept]).std())


def _share(flags: Any) -> float:
    found = list(flags)
    return float(np.mean(found)) if found else float("nan")


def _census(checkpoint: Path, per_value: int, seed: int, store: Path | None) -> dict[str, Any]:
    taken = census.take(checkpoint, per_value=per_value, controls=per_value, seed=seed, store=store)
    return {
        "census clips": len(taken.stratum),
        "clips a value, at least": int(taken.labels.sum(axis=0).min()),
        "training fidelity": census.fidelity(taken),
        "yes-bias, census": census.yes_bias(taken),
        "instrument coverage": census.coverage(taken, draws=500, clips=100, controls=200),
    }


def main() -> None:
    """Print the figures as JSON, and write them where asked."""
    parser = argparse.ArgumentParser(description="How far the pocket models follow what was planted.")
    parser.add_argument("--part", choices=["clip", "vlm", "personas", "forms", "census"], required=True)
    parser.add_argument("--checkpoint", type=Path, help="another folder than the shipped VLM")
    parser.add_argument("--fresh", type=int, default=0, help="fresh clips a value in place of the shipped ones")
    parser.add_argument("--personas", type=int, default=40, help="personas of each kind, at most")
    parser.add_argument("--store", type=Path, help="where the census is kept (.npz), so that it is taken once")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    checkpoint = options.checkpoint or shipped.checkpoint_folder()
    with tempfile.TemporaryDirectory() as scratch:
        if options.fresh and options.part != "census":
            write_clips(
                Path(scratch),
                per_value=options.fresh,
                controls=options.fresh * 2,
                seed=options.seed,
                seconds=1.0,
                split="held-out",
            )
        clips = clips_of(Path(scratch) if any(Path(scratch).iterdir()) else shipped.clip_folder())
    found: dict[str, Any] = {"clips": len(clips), "concepts": len(concepts())}
    if options.part == "clip":
        found |= retrieval(clips)
    elif options.part == "census":
        found = _census(checkpoint, options.fresh or 2000, options.seed, options.store)
        found["directly against LocalRespondent"] = against_respondent(checkpoint, clips)
    else:
        respondent = LocalRespondent(checkpoint, batch_size=32)
        if options.part == "vlm":
            found |= {construct: neutral(respondent, clips, construct) for construct in load_bank().constructs}
            intact = np.array(list(found["like"]["profile"]["measured"].values()))
            found |= {"paper": paper(respondent, clips), "blank": blank(respondent, clips, intact)}
        elif options.part == "forms":
            found |= forms(respondent, clips)
        else:
            found |= persona_figures(respondent, clips[::2], options.personas)
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
