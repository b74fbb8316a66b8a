"""A census of the pocket VLM: thousands of fresh clips a value, every wording; and how often intervals hold it.

Used by `python -m benchmarks.pocket_fidelity --part census`. The clips are rendered and never encoded, and the model
is called directly, many clips at once: `against_respondent` says what that changes, on clips that are encoded, decoded
and asked by LocalRespondent like any other.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.pocket_asking import Floats, Seen, answers
from spectrum.answers import ChoiceSpec
from spectrum.pocket import shipped
from spectrum.pocket.clips import cast_scenes
from spectrum.pocket.planted import planted_rule
from spectrum.pocket.scenes import Scene, frames
from spectrum.questions import Form, load_bank
from spectrum.respondents.checkpoint import load_checkpoint
from spectrum.respondents.local import LocalRespondent
from spectrum.stats.observations import Framing, Observations
from spectrum.stats.profile import estimate_profile
from spectrum.values import SCHWARTZ
from spectrum.wordings import keyed_wordings
from video_index.keyed import digest

FRAMES = 4
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


def forms_of(construct: str) -> tuple[Form, ...]:
    """Every form of every wording of a construct, in the bank's order."""
    return tuple(form for form in load_bank().all_forms if form.construct == construct)


class DirectModel:
    """The checkpoint, asked of many clips at once."""

    def __init__(self, folder: Path) -> None:
        import torch

        self._torch = torch
        checkpoint = load_checkpoint(str(folder), device_map="cpu", dtype="float32")
        self._model, self._processor = checkpoint.model.eval(), checkpoint.processor
        self._tokenizer = self._processor.tokenizer

    @property
    def tower(self) -> str:
        """Digest of the vision tower's weights."""
        state = self._model.model.vision_tower.state_dict()
        return digest(*(value.numpy().tobytes().hex() for _, value in sorted(state.items()))).hex()

    def features(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """What the vision tower makes of frames, (n, 6, 96)."""
        processed = self._processor.image_processor([Image.fromarray(one) for one in pictures], return_tensors="pt")
        with self._torch.inference_mode():
            seen = self._model.model.vision_tower(processed["pixel_values"]).last_hidden_state
        found: NDArray[np.float32] = seen.flatten(2).permute(0, 2, 1).numpy()
        return found

    def answers(self, features: NDArray[np.float32], forms: Sequence[Form]) -> tuple[Floats, Floats]:
        """Accepting probability and written answer, each (clips, forms), from the features of frames end to end."""
        torch, inner = self._torch, self._model.model
        with torch.inference_mode():
            cells = inner.multi_modal_projector(torch.from_numpy(features)).flatten(0, 1)
            clips = len(features) // FRAMES
            before, _ = self._split(forms[0])
            ids = torch.tensor(before).expand(clips, -1)
            embedded = inner.get_input_embeddings()(ids)
            here = (ids == self._model.config.image_token_id)[..., None]
            embedded = embedded.masked_scatter(here, cells.to(embedded.dtype))
            shared = inner.language_model(inputs_embeds=embedded, use_cache=True).past_key_values
            columns = [self._one(shared, clips, form) for form in forms]
        return np.stack([one for one, _ in columns], axis=1), np.stack([one for _, one in columns], axis=1)

    def _one(self, shared: Any, clips: int, form: Form) -> tuple[Floats, Floats]:
        torch = self._torch
        _, after = self._split(form)
        hidden = self._model.model.language_model(
            input_ids=torch.tensor(after).expand(clips, -1), past_key_values=copy.deepcopy(shared), use_cache=True
        ).last_hidden_state
        logits = self._model.lm_head(hidden[:, -1])
        spec = form.question.answer_spec
        assert isinstance(spec, ChoiceSpec)
        first = [self._tokenizer.encode(option, add_special_tokens=False)[0] for option in spec.options]
        place = spec.acceptance.index(1.0)
        share = logits[:, first].softmax(-1)[:, place].double().numpy()
        best = logits.argmax(-1).numpy()
        written = np.where(best == first[place], 1.0, np.where(best == first[1 - place], 0.0, np.nan))
        return share, written

    def _split(self, form: Form) -> tuple[list[int], list[int]]:
        """Token ids up to the last picture's, and after it."""
        question = form.question
        content = [{"type": "text", "text": question.before_media}, *[{"type": "image"}] * FRAMES]
        content.append({"type": "text", "text": question.after_media})
        text = self._processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        start, end = text.split("<image>")[0], text.split("<image>")[-1]
        cells = FRAMES * self._model.config.image_seq_length
        encode = self._tokenizer.encode
        return (
            [*encode(start, add_special_tokens=False), *[self._model.config.image_token_id] * cells],
            encode(end, add_special_tokens=False),
        )


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


def against_respondent(folder: Path, clips: Sequence[Seen]) -> dict[str, Any]:
    """What the short cuts change: shipped clips encoded, decoded and asked by LocalRespondent, and here."""
    respondent, model, asked = LocalRespondent(folder, batch_size=32), DirectModel(folder), forms_of("like")[::3]
    chosen = range(0, len(clips), 4)
    scenes = list(shipped.scenes())
    rows = list(answers(respondent, [clips[place] for place in chosen], dict.fromkeys(range(len(chosen)), asked)))
    theirs = np.array([row.accepted for row in rows]).reshape(len(chosen), -1)
    seen = model.features([frame.pixels for place in chosen for frame in clips[place].frames])
    drawn = model.features([one for place in chosen for one in frames(scenes[place], FRAMES)])
    (decoded, _), (rendered, _) = model.answers(seen, asked), model.answers(drawn, asked)
    return {
        "clips": len(chosen),
        "same decoded frames, asked directly: differs by at most": float(np.abs(decoded - theirs).max()),
        "rendered, never encoded: mean difference": float(np.abs(rendered - theirs).mean()),
        "rendered: bias": float((rendered - theirs).mean()),
        "rendered: same decision": float(((rendered > 0.5) == (theirs > 0.5)).mean()),
    }


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
    truth = profile_of(census.labels, _means(answers))
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
        "census": _named(truth),
        "draws": draws,
        "coverage, values pooled": float(np.mean(inside)),
        "coverage by value": _named(np.mean(inside, axis=0)),
        "mean half-width": float(np.mean(widths)),
        "RMSE / mean SE": float(np.sqrt(np.mean(np.square(errors))) / np.mean(ses)),
    }


def fidelity(census: Census) -> dict[str, Any]:
    """Training fidelity: the planted profile against the census, value by value, and the yes-bias of both."""
    kept = ~np.isnan(census.planted)
    measured = profile_of(census.labels[kept], _means(census.probability[kept].astype(np.float64)))
    planted = profile_of(census.labels[kept], census.planted[kept])
    return {
        "r": float(np.corrcoef(measured, planted)[0, 1]),
        "slope": float((measured * planted).sum() / (planted**2).sum()),
        "planted": _named(planted),
        "census": _named(measured),
        "planted minus census": _named(planted - measured),
    }


def yes_bias(census: Census) -> float:
    """P(yes | would) + P(yes | would not) - 1 over the census's clips that are not refused."""
    kept = ~np.isnan(census.planted)
    names = np.array([form.form for form in forms_of("like")])
    would, would_not = (census.probability[kept][:, names == name].mean() for name in ("would", "would_not"))
    return float(would - would_not)  # "no" accepts under would not


def profile_of(labels: Floats, accepted: Floats) -> Floats:
    """Joint regression on the ten labels, centred."""
    kept = ~np.isnan(accepted)
    found, *_ = np.linalg.lstsq(np.column_stack([np.ones(int(kept.sum())), labels[kept]]), accepted[kept], rcond=None)
    centred: Floats = found[1:] - found[1:].mean()
    return centred


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


def _named(values: Floats) -> dict[str, float]:
    return {code: round(float(value), 3) for code, value in zip(SCHWARTZ.codes, values, strict=True)}
