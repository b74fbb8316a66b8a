"""Asking the pocket VLM about clips through LocalRespondent, with the planted answers beside its own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectrum.answers import ChoiceSpec, Outcome, parse
from spectrum.pocket.formats import Mind, Shown, formats
from spectrum.pocket.planted import planted_rule
from spectrum.questions import Form, load_bank
from spectrum.respondents.base import Ask, Group
from spectrum.respondents.local import LocalRespondent
from spectrum.values import SCHWARTZ, parse_values
from spectrum.views import ClipView
from spectrum.wordings import keyed_wordings
from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode import decode

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
    return profile_on(np.stack([clip.labels for clip in clips]), accepted, covariate)


def profile_on(labels: Floats, accepted: Floats, covariate: Floats | None = None) -> Floats:
    """Joint regression of (n,) on labels (n, 10), centred; clips without acceptance (nan) are left out."""
    kept = ~np.isnan(accepted)
    columns = [np.ones(len(labels)), *labels.T, *([] if covariate is None else [covariate])]
    found, *_ = np.linalg.lstsq(np.column_stack(columns)[kept], accepted[kept], rcond=None)
    values: Floats = found[1:11] - found[1:11].mean()
    return values


def by_value(values: Floats) -> dict[str, float]:
    """Numbers by value code, to three places."""
    return {code: round(float(value), 3) for code, value in zip(SCHWARTZ.codes, values, strict=True)}
