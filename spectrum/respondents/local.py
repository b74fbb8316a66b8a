"""A vision-language checkpoint on this machine as a respondent."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError, RespondentError
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.checkpoint import load_checkpoint
from spectrum.respondents.checkpoint_files import first_line
from spectrum.respondents.decoding import Decoding, Prompt, Written
from spectrum.respondents.option_tokens import OptionTokens
from spectrum.respondents.picture_memo import pictures_processed_once
from spectrum.respondents.prompt_layout import PromptLayout, Shown, UnwritablePromptError, shown
from spectrum.respondents.token_batches import GreedyBatches, Row
from video_index.errors import UnreadableClipError
from video_index.extras import import_extra


class LocalRespondent:
    """Asks a transformers checkpoint (folder or hub name) of any image-text-to-text architecture.

    Greedy decoding without the checkpoint's penalties; the written answer and the option probabilities come
    from one pass. `batch_size` asks of one group go through the model together; groups are never mixed.
    `think_budget` is the number of tokens a thinking model may write before its answer; at 0 templates with
    an `enable_thinking` switch have it off. `written=False` gives option probabilities of choices only, with
    an empty text. `deterministic` uses deterministic kernels and fixed batches: the same group then gives
    byte-equal replies on a CPU, for the same number of threads (torch.get_num_threads, OMP_NUM_THREADS).

    `device_map`, `dtype`, `revision`, `trust_remote_code`, `pickled_weights`: see
    `spectrum.respondents.checkpoint.load_checkpoint`, also for the errors raised. One group at a time.
    """

    concurrency = 1
    scores_alone = True
    """An ask that need not be written costs one step."""

    def __init__(
        self,
        path_or_hub_name: str | Path,
        *,
        device_map: Any = "auto",
        dtype: str = "auto",
        revision: str | None = None,
        think_budget: int = 0,
        deterministic: bool = False,
        batch_size: int = 16,
        trust_remote_code: bool = False,
        written: bool = True,
        pickled_weights: bool = False,
    ) -> None:
        if batch_size < 1 or think_budget < 0:
            raise ConfigError("batch size must be 1 or more and think budget 0 or more")
        if deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
        checkpoint = load_checkpoint(
            str(path_or_hub_name),
            device_map=device_map,
            dtype=dtype,
            revision=revision,
            trust_remote_code=trust_remote_code,
            pickled_weights=pickled_weights,
        )
        folder = Path(path_or_hub_name).expanduser()
        self._name = folder.resolve().name if folder.is_dir() else str(path_or_hub_name)
        self._revision = revision
        self._deterministic = deterministic
        self._fingerprint = checkpoint.fingerprint
        self._layout = PromptLayout(checkpoint.processor, thinking=think_budget > 0)
        batches = GreedyBatches(checkpoint, size=batch_size, fixed=deterministic)
        self._decoding: Decoding | None = Decoding(
            batches, OptionTokens(checkpoint.tokenizer), think_budget=think_budget, write=written
        )
        self._settings = self._describe(self._decoding)

    @property
    def name(self) -> str:
        """The hub name, or the folder's name without its path; `@revision` behind it where one was given."""
        return self._name if self._revision is None else f"{self._name}@{self._revision}"

    @property
    def fingerprint(self) -> str:
        """Digest of the content of weights, config, tokenizer, processor and chat template files."""
        return self._fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """Decoding, number format, attention, think budget, revision, and how the prompt is laid out."""
        return dict(self._settings)

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask, in order; the clip's pictures are prepared once for all of them.

        A clip that cannot be read, a prompt longer than the model takes, NaN logits or a single question too
        large for the device become replies with `error`. Raises RespondentError for a layout the checkpoint
        cannot take ("video"), and, under `deterministic`, where memory runs out or no deterministic kernel
        exists for this device.
        """
        decoding = self._decoding
        if decoding is None:
            raise RespondentError(f"{self.name} was closed and can answer no more")
        started = time.perf_counter()
        for view in group.media:
            self._layout.check_takes(view.spec)
        try:
            media = [shown(view, view.load()) for view in group.media]
        except UnreadableClipError as error:
            return [Reply(ask.ask_id, error=f"the clip cannot be read: {error.reason}") for ask in group.asks]
        prompts, replies = self._prompts(decoding, group, media)
        with self._kernels():
            written = decoding.answer(prompts)
        for prompt, one in zip(prompts, written, strict=True):
            replies[prompt.ask.ask_id] = _reply(prompt, one)
        share = (time.perf_counter() - started) / max(1, len(group.asks))
        return [replace(replies[ask.ask_id], latency_s=share) for ask in group.asks]

    def close(self) -> None:
        """Let go of the model, so that its memory can be used again."""
        self._decoding = None

    def _prompts(
        self, decoding: Decoding, group: Group, media: Sequence[Shown]
    ) -> tuple[list[Prompt], dict[str, Reply]]:
        """Prompts of the asks that can be put, and error replies for those that cannot."""
        checkpoint = decoding.batches.checkpoint
        prompts: list[Prompt] = []
        replies: dict[str, Reply] = {}
        with pictures_processed_once(checkpoint.processor):
            for ask in group.asks:
                try:
                    row = Row(self._layout.encode(group.system, ask, media))
                except UnwritablePromptError as error:
                    replies[ask.ask_id] = Reply(ask.ask_id, error=str(error))
                    continue
                needed = row.length + decoding.think_budget + ask.max_tokens
                if checkpoint.longest is not None and needed > checkpoint.longest:
                    replies[ask.ask_id] = Reply(
                        ask.ask_id,
                        error=f"prompt and answer need {needed} tokens and the model takes "
                        f"{checkpoint.longest}; show fewer or smaller frames",
                    )
                    continue
                prompts.append(Prompt(ask, row))
        return prompts, replies

    @contextmanager
    def _kernels(self) -> Iterator[None]:
        """Deterministic kernels within the block where they were asked for; as it was after it."""
        if not self._deterministic:
            yield
            return
        torch = import_extra("torch", "models")
        before = torch.are_deterministic_algorithms_enabled()
        torch.use_deterministic_algorithms(True)
        try:
            yield
        except torch.OutOfMemoryError:
            raise RespondentError(
                f"{self.name} runs out of memory, and fixed batches are not halved; lower --batch-size"
            ) from None
        except RuntimeError as error:
            if "deterministic" not in str(error):
                raise
            raise RespondentError(
                f"{self.name} cannot be deterministic on this device, leave --deterministic out: {first_line(error)}"
            ) from None
        finally:
            torch.use_deterministic_algorithms(before)

    def _describe(self, decoding: Decoding) -> dict[str, str]:
        checkpoint = decoding.batches.checkpoint
        settings = {
            "decoding": "greedy, no penalties",
            "dtype": checkpoint.dtype,
            "attention": checkpoint.attention,
            "think_budget": str(decoding.think_budget),
            "revision": self._revision or "",
            "written": "yes" if decoding.write else "option probabilities only",
            "pictures": checkpoint.pictures,
            **self._layout.settings,
        }
        if self._deterministic:
            torch = import_extra("torch", "models")
            settings["deterministic"] = f"batches of {decoding.batches.size}, {torch.get_num_threads()} threads"
        return settings


def _reply(prompt: Prompt, written: Written) -> Reply:
    return Reply(
        prompt.ask.ask_id,
        text=written.text,
        finish_reason=written.finish_reason,
        probabilities=written.probabilities,
        tokens_in=prompt.row.length,
        tokens_out=written.tokens_out,
        error=written.error,
    )
