"""A vision-language checkpoint on this machine as a respondent."""

import os
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError, RespondentError
from spectrum.respondents.base import Group, Reply
from spectrum.respondents.checkpoint_files import first_line
from spectrum.respondents.conformance.checks import Finding
from spectrum.respondents.conformance.suite import examine
from spectrum.respondents.decoding import Prompt, Written
from spectrum.respondents.engines import EngineName
from spectrum.respondents.local_copies import Copy, HowToAnswer, open_copies
from spectrum.respondents.prompt_layout import UnwritablePromptError, pictures_key, shown
from spectrum.respondents.prompt_rows import Row
from video_index.errors import UnreadableClipError
from video_index.extras import import_extra


class LocalRespondent:
    """Asks a transformers checkpoint (folder or hub name) of any image-text-to-text architecture.

    Greedy decoding without the checkpoint's penalties; the written answer and the option probabilities come
    from one pass. A clip's pictures are encoded once and what its questions share is read once (docs/engine.md);
    where a trial at opening shows that this does not hold for an architecture, prompts go in plain batches, and
    `settings["engine"]` says why. `engine="plain"` asks for those.

    `batch_size` bounds the asks of one group that are continued together (None: what the engine finds best);
    groups are never mixed. `copies` of the weights answer as many groups at once (None: one a GPU where the
    weights fit on one). `think_budget` is the number of tokens a thinking model may write before its answer; at
    0 templates with an `enable_thinking` switch have it off. `written=False` gives option probabilities of
    choices only, with an empty text. `clip_first` puts the pictures before the system turn's words, so that
    personas share them (another treatment: it is in the settings). `deterministic` uses deterministic kernels
    and fixed batches: the same group then gives byte-equal replies on a CPU, for the same number of threads
    (torch.get_num_threads, OMP_NUM_THREADS).

    `name` is what results call it, by default the hub name or the folder's; its identity is the fingerprint.
    `device_map`, `dtype`, `revision`, `trust_remote_code`, `pickled_weights`: see
    `spectrum.respondents.checkpoint.load_checkpoint`, also for the errors raised.
    """

    def __init__(
        self,
        path_or_hub_name: str | Path,
        *,
        device_map: Any = "auto",
        dtype: str = "auto",
        revision: str | None = None,
        think_budget: int = 0,
        deterministic: bool = False,
        batch_size: int | None = None,
        trust_remote_code: bool = False,
        written: bool = True,
        pickled_weights: bool = False,
        clip_first: bool = False,
        copies: int | None = None,
        engine: EngineName = "auto",
        name: str | None = None,
    ) -> None:
        if (batch_size is not None and batch_size < 1) or think_budget < 0:
            raise ConfigError("batch size must be 1 or more and think budget 0 or more")
        if deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
        opened = open_copies(
            str(path_or_hub_name),
            HowToAnswer(think_budget, written, clip_first, batch_size, deterministic, engine),
            1 if deterministic else copies,  # deterministic kernels are a switch of the whole process
            device_map,
            dtype=dtype,
            revision=revision,
            trust_remote_code=trust_remote_code,
            pickled_weights=pickled_weights,
        )
        folder = Path(path_or_hub_name).expanduser()
        self._name = name or (folder.resolve().name if folder.is_dir() else str(path_or_hub_name))
        self._revision = revision
        self._deterministic = deterministic
        self._fingerprint = opened[0].checkpoint.fingerprint
        self._concurrency = len(opened)
        with self._kernels():
            self._settings = self._describe(opened[0])
        self._copies: queue.SimpleQueue[Copy] | None = queue.SimpleQueue()
        for copy in opened:
            self._copies.put(copy)

    @property
    def name(self) -> str:
        """As given, else the hub name, or the folder's name without its path; with `@revision` behind it if given."""
        return self._name if self._revision is None else f"{self._name}@{self._revision}"

    @property
    def fingerprint(self) -> str:
        """Digest of the content of weights, config, tokenizer, processor and chat template files."""
        return self._fingerprint

    @property
    def settings(self) -> dict[str, str]:
        """Decoding, number format, attention, think budget, revision, and how the prompt is laid out."""
        return dict(self._settings)

    @property
    def concurrency(self) -> int:
        """How many copies of the weights there are: so many groups are answered at once."""
        return self._concurrency

    @property
    def scores_alone(self) -> bool:
        """True: option probabilities need no writing."""
        return True

    def answer(self, group: Group) -> Sequence[Reply]:
        """One reply an ask, in order; the clip's pictures are prepared once for all of them.

        A clip that cannot be read, a prompt longer than the model takes, NaN logits or a single question too
        large for the device become replies with `error`. Raises RespondentError for a layout the checkpoint
        cannot take ("video"), and, under `deterministic`, where memory runs out or no deterministic kernel
        exists for this device.
        """
        with self._copy() as copy:
            started = time.perf_counter()
            for view in group.media:
                copy.layout.check_takes(view.spec)
            try:
                frames = [view.load() for view in group.media]
            except UnreadableClipError as error:
                return [Reply(ask.ask_id, error=f"the clip cannot be read: {error.reason}") for ask in group.asks]
            media = [shown(view, own) for view, own in zip(group.media, frames, strict=True)]
            rows = copy.rows.encode(group.system, group.asks, media, pictures_key(group.media, frames))
            replies: dict[str, Reply] = {}
            prompts: list[Prompt] = []
            for ask, row in zip(group.asks, rows, strict=True):
                if (problem := _problem(copy, ask.max_tokens, row)) is not None:
                    replies[ask.ask_id] = Reply(ask.ask_id, error=problem)
                elif not isinstance(row, UnwritablePromptError):
                    prompts.append(Prompt(ask, row))
            with self._kernels():
                written = copy.decoding.answer(prompts)
            for prompt, one in zip(prompts, written, strict=True):
                replies[prompt.ask.ask_id] = _reply(prompt, one)
            share = (time.perf_counter() - started) / max(1, len(group.asks))
            return [replace(replies[ask.ask_id], latency_s=share) for ask in group.asks]

    def examine(self) -> list[Finding]:
        """Hold this checkpoint against what the engine relies on (docs/engine.md); some seconds, small questions."""
        with self._copy() as copy, self._kernels():
            return list(examine(copy))

    def close(self) -> None:
        """Let go of the model, so that its memory can be used again."""
        self._copies = None

    @contextmanager
    def _copy(self) -> Iterator[Copy]:
        """A copy that nobody else uses, waited for where there is none."""
        copies = self._copies
        if copies is None:
            raise RespondentError(f"{self.name} was closed and can answer no more")
        copy = copies.get()
        try:
            yield copy
        finally:
            copies.put(copy)

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

    def _describe(self, copy: Copy) -> dict[str, str]:
        checkpoint, decoding = copy.checkpoint, copy.decoding
        why_plain = copy.engine.reason()
        settings = {
            "decoding": "greedy, no penalties",
            "dtype": checkpoint.dtype,
            "attention": checkpoint.attention,
            "think_budget": str(decoding.think_budget),
            "revision": self._revision or "",
            "written": "yes" if decoding.write else "option probabilities only",
            "pictures": checkpoint.pictures,
            "engine": "shared prefix" if why_plain is None else f"plain batches: {why_plain}",
            **copy.layout.settings,
        }
        if self._deterministic:
            torch = import_extra("torch", "models")
            settings["deterministic"] = f"batches of {copy.engine.most_rows}, {torch.get_num_threads()} threads"
        return settings


def _problem(copy: Copy, max_tokens: int, row: Row | UnwritablePromptError) -> str | None:
    """Why an ask cannot be put; None where it can."""
    if isinstance(row, UnwritablePromptError):
        return str(row)
    longest = copy.checkpoint.longest
    needed = row.length + copy.decoding.think_budget + max_tokens
    if longest is None or needed <= longest:
        return None
    return f"prompt and answer need {needed} tokens and the model takes {longest}; show fewer or smaller frames"


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
