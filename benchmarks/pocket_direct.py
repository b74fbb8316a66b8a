"""The pocket VLM called directly, many rendered clips at once, and what that changes.

LocalRespondent asks clips that were encoded and decoded, one after the other; a census of thousands of clips takes the
short cut. `against_respondent` holds both against each other on the shipped clips.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.pocket_asking import Floats, Seen, answers
from spectrum.answers import ChoiceSpec
from spectrum.pocket import shipped
from spectrum.pocket.scenes import frames
from spectrum.questions import Form, load_bank
from spectrum.respondents.checkpoint import load_checkpoint
from spectrum.respondents.local import LocalRespondent
from video_index.keyed import digest

FRAMES = 4


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
