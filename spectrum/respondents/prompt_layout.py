"""An ask as a checkpoint's own chat prompt: turns and pictures through the processor's chat template."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jinja2
import numpy as np

from spectrum.errors import RespondentError
from spectrum.respondents.base import Ask
from spectrum.respondents.checkpoint_files import first_line
from spectrum.respondents.contact_sheet import contact_sheet
from spectrum.views import ClipView
from video_index.clips import Frame, ViewSpec

SystemTurn = Literal["a turn of its own", "prepended to the user turn"]
_SYSTEM, _BEFORE, _AFTER = "SYSTEMTEXT", "BEFORETEXT", "AFTERTEXT"
_MILLISECONDS = 1000


class UnwritablePromptError(ValueError):
    """One ask cannot be put as a prompt of this checkpoint; the text says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip view's pictures as a chat template takes them."""

    parts: tuple[dict[str, Any], ...]
    """Content parts: {"type": "image", "image": PIL} or {"type": "video", "video": (n, h, w, 3) uint8}."""
    video_timing: tuple[dict[str, Any], ...] = ()
    """A dict a video: total_num_frames, fps, frames_indices, duration; one index is a millisecond."""


def shown(view: ClipView, frames: Sequence[Frame]) -> Shown:
    """A view's frames in its layout: an image a frame, one contact sheet, or one video."""
    if view.spec.layout == "sheet":
        return shown_frames([contact_sheet(frames, view.spec.long_side)], "frames")
    return shown_frames(frames, view.spec.layout)


def shown_frames(frames: Sequence[Frame], layout: Literal["frames", "video"]) -> Shown:
    """Frames as an image each, or as one video."""
    if layout == "video":
        return _as_video(frames)
    from PIL import Image

    return Shown(tuple({"type": "image", "image": Image.fromarray(frame.pixels)} for frame in frames))


def pictures_key(views: Sequence[ClipView], frames: Sequence[Sequence[Frame]]) -> str:
    """Hex digest of what is shown: layout, pixels and times of every frame, in order.

    It is the content that counts, not the clip's id: a blanked or permuted clip keeps its id.
    """
    total = hashlib.blake2b(digest_size=16)
    for view, pictures in zip(views, frames, strict=True):
        total.update(f"view {view.spec.layout} {view.spec.long_side} {len(pictures)};".encode())
        for frame in pictures:
            total.update(f"{frame.pixels.shape} {frame.timestamp};".encode())
            total.update(np.ascontiguousarray(frame.pixels).data)
    return total.hexdigest()


class PromptLayout:
    """How one checkpoint's template lays out a prompt, found by writing a trial prompt when it is made.

    `clip_first` puts the pictures before every word: what a system turn would say (a persona) then stands
    between pictures and question, so that all conditions share the pictures' part of the prompt. It is another
    treatment than a system turn, and stands in the settings.

    Raises RespondentError where the template loses the user's text or cannot be rendered at all.
    """

    def __init__(self, processor: Any, *, thinking: bool, clip_first: bool = False) -> None:
        self._processor = processor
        self._clip_first = clip_first
        self._template = _template_text(processor)
        self._switches = {"enable_thinking": thinking} if "enable_thinking" in self._template else {}
        self._controls = tuple(token for token in processor.tokenizer.get_added_vocab() if token.strip())
        self._system_as_text = False
        self.system_turn: SystemTurn = self._find_system_turn()
        self.before_media_moved = self._find_order()

    @property
    def settings(self) -> dict[str, str]:
        """What the template does, in words, for a respondent's settings."""
        if self._clip_first:
            layout = "[pictures, system, before, after] in the user turn: the clip first"
            return {"system": "between pictures and question", "layout": layout}
        order = "pictures, before, after" if self.before_media_moved else "before, pictures, after"
        return {"system": self.system_turn, "layout": f"[{order}] by the chat template"}

    def check_takes(self, spec: ViewSpec) -> None:
        """Raise RespondentError where the checkpoint takes no media of this layout."""
        if spec.layout != "video":
            return
        token = getattr(self._processor, "video_token", None)
        if getattr(self._processor, "video_processor", None) is not None and token is not None:
            content = [{"type": "video"}, {"type": "text", "text": _AFTER}]
            if token in (self._render([{"role": "user", "content": content}]) or ""):
                return
        raise RespondentError("this checkpoint takes no video input; use --media frames or --media sheet")

    def encode(self, system: str, ask: Ask, media: Sequence[Shown]) -> Mapping[str, Any]:
        """The model's inputs for one ask: input_ids (1, length), attention_mask, picture tensors, unpadded.

        Raises UnwritablePromptError where the ask's text cannot be told from the template's control tokens.
        """
        messages = self._messages(system, ask.before_media, [p for one in media for p in one.parts], ask.after_media)
        options: dict[str, Any] = {"return_tensors": "pt"}
        if timing := [dict(entry) for one in media for entry in one.video_timing]:
            options |= {"do_sample_frames": False, "video_metadata": timing}
        texts = (system, ask.before_media, ask.after_media)
        marked = any(token in text for text in texts for token in self._controls)
        try:
            encoded: Mapping[str, Any] = self._processor.apply_chat_template(
                messages,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                add_generation_prompt=True,
                processor_kwargs=options,
                **({"sanitize_control_tokens": True} if marked else {}),
                **self._switches,
            )
        except NotImplementedError as error:
            if not marked:
                raise
            raise UnwritablePromptError(
                f"the question holds a control token of this checkpoint: {first_line(error)}"
            ) from None
        return encoded

    def _messages(
        self, system: str, before: str, pictures: Sequence[dict[str, Any]], after: str
    ) -> list[dict[str, Any]]:
        turns: list[dict[str, Any]] = []
        if self._clip_first:
            after = "\n\n".join(filter(None, (system, before + after)))
            system = before = ""
        if system and self.system_turn == "a turn of its own":
            content: Any = system if self._system_as_text else [{"type": "text", "text": system}]
            turns.append({"role": "system", "content": content})
        elif system:
            before = f"{system}\n\n{before}"
        user = [{"type": "text", "text": before}] if before else []
        user += [dict(picture) for picture in pictures]
        user += [{"type": "text", "text": after}] if after else []
        return [*turns, {"role": "user", "content": user}]

    def _find_system_turn(self) -> SystemTurn:
        user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": _AFTER}]}
        for as_text in (False, True):
            content: Any = _SYSTEM if as_text else [{"type": "text", "text": _SYSTEM}]
            written = self._render([{"role": "system", "content": content}, user])
            if written is not None and _SYSTEM in written and "'text'" not in written:
                self._system_as_text = as_text
                return "a turn of its own"
        return "prepended to the user turn"

    def _find_order(self) -> bool:
        """True where the template moves the text before the pictures behind them."""
        content = [
            {"type": "text", "text": _BEFORE},
            {"type": "image"},
            {"type": "text", "text": _AFTER},
        ]
        written = self._render([{"role": "user", "content": content}])
        if written is None or _BEFORE not in written or _AFTER not in written or "'text'" in written:
            raise RespondentError(
                "the chat template of this checkpoint does not write a user turn of text and pictures"
            )
        token = getattr(self._processor, "image_token", None)
        return token is not None and -1 < written.find(token) < written.find(_BEFORE)

    def _render(self, messages: list[dict[str, Any]]) -> str | None:
        """The prompt as text; None where the template rejects these turns."""
        try:
            written: str = self._processor.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, **self._switches
            )
        except (jinja2.TemplateError, TypeError):  # "system role not supported"; text where a list was given
            return None
        return written


def _template_text(processor: Any) -> str:
    template = processor.chat_template
    return str(template["default"] if isinstance(template, dict) else template)


def _as_video(frames: Sequence[Frame]) -> Shown:
    """One video whose frames keep their true times: a processor writes them into the prompt or its positions.

    The frames lie at the midpoints of equal shares of the clip, so first plus last time is its duration.
    """
    times = [frame.timestamp for frame in frames]
    duration = times[0] + times[-1] if len(times) > 1 else 1.0
    timing = {
        "total_num_frames": max(len(times), round(duration * _MILLISECONDS)),
        "fps": float(_MILLISECONDS),
        "frames_indices": [round(time * _MILLISECONDS) for time in times],
        "duration": duration,
    }
    return Shown(({"type": "video", "video": np.stack([frame.pixels for frame in frames])},), (timing,))
