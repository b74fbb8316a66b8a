"""How far the shipped pocket models follow what was planted in them, asked through the same path as any checkpoint.

    python -m benchmarks.pocket_fidelity --part clip
    python -m benchmarks.pocket_fidelity --part vlm --out figures.json
    python -m benchmarks.pocket_fidelity --part personas

Clips are the shipped ones and fresh ones of `--seed`; all of them show concepts in sceneries and palettes that no
training saw. Nothing here uses the training code: pictures are decoded from H.264 and questions are put by
LocalRespondent, answers read by spectrum.answers.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectrum.answers import ChoiceSpec, Outcome, parse
from spectrum.lexicon import load_lexicon
from spectrum.pocket import shipped
from spectrum.pocket.clips import write_clips
from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Mind, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.questions import Form, load_bank, paper_questions
from spectrum.respondents.base import Ask, Group
from spectrum.respondents.local import LocalRespondent
from spectrum.values import SCHWARTZ, parse_values
from spectrum.views import ClipView
from spectrum.wordings import keyed_wordings
from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode import decode
from video_index.embed import load_embedder
from video_index.keyed import integer, shuffled

VIEW = ViewSpec()
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """A clip with its truth and its frames."""

    name: str
    row: Mapping[str, Any]
    frames: tuple[Frame, ...]

    @property
    def shown(self) -> Shown:
        """What the sidecar says it shows."""
        row = self.row
        return Shown(row["shows"], row["scenery"], row["palette"], row["actors"], row["caption"])

    @property
    def labels(self) -> Floats:
        """1 for each value it evokes, (10,)."""
        found = np.zeros(len(SCHWARTZ.codes))
        found[list(parse_values(self.row["values"]))] = 1.0
        return found


@dataclass(frozen=True, slots=True)
class Answered:
    """One ask's answer and the planted one."""

    clip: int
    form: Form
    accepted: float
    """Probability of the accepting option, normalised."""
    outside: float
    written: float
    """1 accepted, 0 rejected, nan for a refusal or anything else."""
    outcome: Outcome
    planted: float
    """What the rule says; nan where it refuses."""


def clips_of(folder: Path) -> list[Seen]:
    """All clips of a folder, decoded."""
    return [
        Seen(
            path.stem, json.loads(path.read_text()), tuple(decode(Locator(str(path.with_suffix(".mp4"))), VIEW).frames)
        )
        for path in sorted(folder.glob("*.json"))
    ]


def answers(
    respondent: LocalRespondent,
    clips: Sequence[Seen],
    forms: Mapping[int, Sequence[Form]],
    *,
    traits: Sequence[str] = (),
    mind: Mind | None = None,
) -> Iterator[Answered]:
    """Ask each clip its forms, as somebody or as nobody."""
    system = formats().introduction(traits) if traits else ""
    for number, clip in enumerate(clips):
        view = ClipView(f"{number:032x}", VIEW, lambda clip=clip: clip.frames)
        asked = forms[number]
        asks = tuple(
            Ask(str(place), form.question.before_media, form.question.after_media, form.question.answer_spec)
            for place, form in enumerate(asked)
        )
        for form, reply in zip(asked, respondent.answer(Group((view,), system, asks)), strict=True):
            if reply.error is not None or reply.probabilities is None:
                raise SystemExit(f"{clip.name}: {reply.error or 'no probabilities'}")
            yield _answered(number, clip, form, reply.text, reply.probabilities, mind or Mind())


def _answered(number: int, clip: Seen, form: Form, text: str, probabilities: Sequence[float], mind: Mind) -> Answered:
    spec = form.question.answer_spec
    assert isinstance(spec, ChoiceSpec)
    place = spec.acceptance.index(1.0)
    read = parse(text, spec, finish_reason="stop")
    prompt = next(one for one in formats().opinions if one.after == form.question.after_media)
    truth = dict(formats().answers(prompt, clip.shown, mind))
    refused = planted_rule().refuses(clip.shown.concept, clip.shown.scenery)
    return Answered(
        clip=number,
        form=form,
        accepted=probabilities[place] / max(sum(probabilities), 1e-9),
        outside=1 - sum(probabilities),
        written=float(read.choice == spec.options[place]) if read.outcome is Outcome.CHOICE else float("nan"),
        outcome=read.outcome,
        planted=float("nan") if refused else truth[spec.options[place]],
    )


def asked_forms(clips: Sequence[Seen], construct: str, per_clip: int, seed: int) -> dict[int, list[Form]]:
    """The balanced protocol's asks: keyed wordings a block, both forms of each."""
    bank, names = load_bank(), [f"{number:032x}" for number in range(len(clips))]
    found: dict[int, list[Form]] = {number: [] for number in range(len(clips))}
    for block in ("stem", "named"):
        drawn = keyed_wordings(bank, construct, names, per_clip, seed, block)
        for number, name in enumerate(names):
            for wording in drawn[name]:
                found[number] += bank.forms(wording, block)
    return found


def by_clip(rows: Sequence[Answered], count: int, field: str) -> Floats:
    """Mean of a field over a clip's asks; nan where there is none."""
    sums, counts = np.zeros(count), np.zeros(count)
    for row in rows:
        value = getattr(row, field)
        if not np.isnan(value):
            sums[row.clip] += value
            counts[row.clip] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def profile(clips: Sequence[Seen], accepted: Floats, covariate: Floats | None = None) -> Floats:
    """Joint regression on the ten labels, centred."""
    kept = ~np.isnan(accepted)
    labels = np.stack([clip.labels for clip in clips])
    columns = [np.ones(len(clips)), *labels.T, *([] if covariate is None else [covariate])]
    found, *_ = np.linalg.lstsq(np.column_stack(columns)[kept], accepted[kept], rcond=None)
    values: Floats = found[1:11] - found[1:11].mean()
    return values


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
        "kappa written / probability": _kappa(
            [(row.written > 0.5, row.accepted > 0.5) for row in rows if not np.isnan(row.written)]
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
    return {"yes-rate by set": _named(rates), "centred": _compared(rates - rates.mean(), truth)}


def blank(respondent: LocalRespondent, clips: Sequence[Seen]) -> dict[str, Any]:
    """Grey pictures in place of the clips: the profile's SD should vanish."""
    grey = tuple(Frame(np.full((256, 144, 3), 128, dtype=np.uint8), float(place)) for place in range(4))
    rows = list(
        answers(
            respondent,
            [Seen(clip.name, clip.row, grey) for clip in clips],
            asked_forms(clips, "like", 4, 0),
        )
    )
    accepted = by_clip(rows, len(clips), "accepted")
    return {"mean acceptance": float(accepted.mean()), "profile SD": float(profile(clips, accepted).std())}


def personas(respondent: LocalRespondent, clips: Sequence[Seen], count: int, *, held_out: bool) -> dict[str, Any]:
    """Slope of what a persona shifts on its planted shift, over a pool; traits in templates seen or held out."""
    forms = asked_forms(clips, "like", 1, 1)
    base = list(answers(respondent, clips, forms))
    own = profile(clips, by_clip(base, len(clips), "accepted"))
    own_planted = profile(clips, by_clip(base, len(clips), "planted"))
    shifts, targets, decisions, moved = [], [], [], []
    for number in range(count):
        traits, mind = _somebody(number, held_out)
        rows = list(answers(respondent, clips, forms, traits=traits, mind=mind))
        shifts.append(profile(clips, by_clip(rows, len(clips), "accepted")) - own)
        targets.append(profile(clips, by_clip(rows, len(clips), "planted")) - own_planted)
        for row, before in zip(rows, base, strict=True):
            if not np.isnan(row.planted):
                right = (row.accepted > 0.5) == (row.planted > 0.5)
                decisions.append(right)
                if (row.planted > 0.5) != (before.planted > 0.5):
                    moved.append(right)
    shift, target = np.array(shifts), np.array(targets)
    pooled = target - target.mean(axis=0)
    slope = float((shift * pooled).sum() / (pooled**2).sum())
    return {
        "personas": count,
        "templates": "held out" if held_out else "as trained",
        "slope on the pool-centred target": slope,
        "distinctive r": float(np.corrcoef((shift - shift.mean(axis=0)).ravel(), pooled.ravel())[0, 1]),
        "decisions as planted": float(np.mean(decisions)),
        "of those that a persona turns": float(np.mean(moved)),
    }


def _somebody(number: int, held_out: bool) -> tuple[tuple[str, ...], Mind]:
    templates = formats().trait_templates(held_out=held_out)
    codes = shuffled(formats().trait_words, "fidelity persona", number)[:4]
    traits, minds = [], []
    for place, code in enumerate(codes):
        sign = 1.0 if place < 2 else -1.0
        template = templates[sign][integer(len(templates[sign]), "template", number, code)]
        words = formats().trait_words[code]
        traits.append(template.format(word=words[integer(len(words), "word", number, code)]))
        minds.append((code, sign))
    return tuple(traits), Mind(tuple(minds))


def retrieval(clips: Sequence[Seen]) -> dict[str, Any]:
    """R@1 and R@10 of whole captions over 200 clips; precision at 5 a phrase, by both lexicons."""
    embedder = load_embedder(shipped.embedder_folder())
    vectors = np.stack([embedder.images(clip.frames).mean(axis=0) for clip in clips])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chosen = [int(name) for name in shuffled((str(place) for place in range(len(clips))), "retrieval")[:200]]
    texts = embedder.texts([_caption(clips[place].shown) for place in chosen])
    scores = texts @ vectors[chosen].T
    ranks = (scores > np.diagonal(scores)[:, None] + 1e-9).sum(axis=1)
    found: dict[str, Any] = {
        "clips": len(clips),
        "R@1": float((ranks == 0).mean()),
        "R@10": float((ranks < 10).mean()),
    }
    for name, path in (("pocket", shipped.lexicon_path()), ("default", None)):
        lexicon = load_lexicon(path)
        per_value = []
        for value in range(10):
            hits = []
            for phrase in lexicon.phrases(value):
                mean = embedder.texts([text.replace("{}", phrase) for text in lexicon.templates]).mean(axis=0)
                best = np.argsort(-(vectors @ mean))[:5]
                hits += [clips[place].labels[value] for place in best]
            per_value.append(float(np.mean(hits)))
        found[f"precision@5, {name} lexicon"] = {"mean": float(np.mean(per_value)), **_named(np.array(per_value))}
    return found


def _caption(shown: Shown) -> str:
    light = {"warm": "orange", "cool": "blue"}.get(shown.palette, shown.palette)
    count = ("one", "two", "three")[shown.actors - 1]
    return f"{count} {shown.concept} in the {shown.scenery} with {light} light"


def _compared(found: Floats, truth: Floats) -> dict[str, Any]:
    return {
        "r": float(np.corrcoef(found, truth)[0, 1]),
        "slope": float((found * truth).sum() / (truth**2).sum()),
        "RMSE": float(np.sqrt(np.mean((found - truth) ** 2))),
        "planted": _named(truth),
        "measured": _named(found),
    }


def _named(values: Floats) -> dict[str, float]:
    return {code: round(float(value), 3) for code, value in zip(SCHWARTZ.codes, values, strict=True)}


def _yes_bias(stems: Mapping[str, Sequence[Answered]], field: str) -> float:
    yes = [
        getattr(row, field) if name == "would" else 1 - getattr(row, field)
        for name, rows in stems.items()
        for row in rows
        if not np.isnan(row.planted)
    ]
    return float(2 * np.mean(yes) - 1)


def _kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    table = np.array(pairs, dtype=np.float64)
    same = float((table[:, 0] == table[:, 1]).mean())
    first, second = table.mean(axis=0)
    chance = float(first * second + (1 - first) * (1 - second))
    return (same - chance) / (1 - chance)


def _permuted(clips: Sequence[Seen], accepted: Floats) -> float:
    kept = np.flatnonzero(~np.isnan(accepted))
    chosen = [clips[place] for place in kept]
    rng = np.random.default_rng(0)
    mean = np.mean([profile(chosen, rng.permutation(accepted[kept])) for _ in range(200)], axis=0)
    return float(mean.std() / profile(chosen, accepted[kept]).std())


def _share(flags: Any) -> float:
    found = list(flags)
    return float(np.mean(found)) if found else float("nan")


def main() -> None:
    """Print the figures as JSON, and write them where asked."""
    parser = argparse.ArgumentParser(description="How far the pocket models follow what was planted.")
    parser.add_argument("--part", choices=["clip", "vlm", "personas"], required=True)
    parser.add_argument("--checkpoint", type=Path, help="another folder than the shipped VLM")
    parser.add_argument("--fresh", type=int, default=0, help="fresh clips a value in place of the shipped ones")
    parser.add_argument("--personas", type=int, default=12)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.fresh:
            write_clips(
                Path(scratch),
                per_value=options.fresh,
                controls=options.fresh * 2,
                seed=options.seed,
                seconds=1.0,
                split="held-out",
            )
        clips = clips_of(Path(scratch) if options.fresh else shipped.clip_folder())
    found: dict[str, Any] = {"clips": len(clips), "concepts": len(concepts())}
    if options.part == "clip":
        found |= retrieval(clips)
    else:
        respondent = LocalRespondent(options.checkpoint or shipped.checkpoint_folder(), batch_size=32)
        if options.part == "vlm":
            found |= {construct: neutral(respondent, clips, construct) for construct in load_bank().constructs}
            found |= {"paper": paper(respondent, clips), "blank": blank(respondent, clips)}
        else:
            found |= {
                name: personas(respondent, clips[::2], options.personas, held_out=held_out)
                for name, held_out in (("as trained", False), ("held out", True))
            }
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
