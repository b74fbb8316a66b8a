"""Questions a second of a local checkpoint: what harnesses do, what they could do, ours, and the model's own limit.

    python -m benchmarks.questions_per_second --rounds 7
    python -m benchmarks.questions_per_second --model Qwen3-VL --device cuda --dtype bfloat16 --size real

Random weights in real architectures, 8 frames a clip. In every round each method answers about clips it has not seen,
one method after the other; a figure is the median of the rounds, and ratios are medians of ratios within a round.

- generate(8): `generate` of 8 tokens for each question, greedy, one prompt after the other.
- first token: one forward a question, logits of the last place only.
- padded batch: one left-padded forward of up to 8 whole prompts at a time.
- ours, scored: LocalRespondent(written=False): option probabilities from pixels to Reply.
- ours, written: the same with the written answer of up to 8 tokens.
- limit: one vision pass, one prefix pass, the cache copied and repeated, one right-padded pass over the questions, and
  nothing else: no pixels to prepare, no tokens, no replies. Up to 40 questions a pass.

The first three share nothing between questions, so that a question costs the same at any number of them: in each
round they are timed on `--each` questions, the batch on 8, and count for every number. They are given encoded prompts
and pictures that are already on the device; ours starts from frames. Above 100 questions a clip `--large-rounds` count.
"""

import argparse
import copy
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.random_models import MODELS, build_model
from spectrum.answers import ChoiceSpec
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.prompt_layout import shown
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.vision_features import VisionFeatures, on_device, without_pixels
from spectrum.views import ClipView
from video_index.clips import Frame, ViewSpec
from video_index.keyed import integer

FRAMES, LONG_SIDE, ANSWER_TOKENS = 8, 384, 8
PADDED_ROWS, LIMIT_ROWS = 8, 40
LARGE = 100
YES_NO = ChoiceSpec(("yes", "no"), (1.0, 0.0))
_WORDS = [
    "yes", "no", "like", "dislike", "interested", "watch", "skip", "keep", "clip", "video", "short", "question",
    "answer", "find", "this", "that", "is", "are", "of", "and", "or", "a", "one", "in", "to", "with", "what", "which",
    "picture", "happy", "music", "food", "family", "nature", "friend", "game",
]  # fmt: skip


@dataclass(slots=True)
class Timed:
    """Seconds a clip by method and number of questions, one entry a round."""

    seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def add(self, method: str, questions: int, seconds: float) -> None:
        """Note one timing."""
        self.seconds.setdefault((method, questions), []).append(seconds)

    def rate(self, method: str, questions: int) -> float:
        """Median questions a second."""
        return questions / statistics.median(self.seconds[method, questions])

    def ratio(self, method: str, other: str, questions: int) -> float:
        """Median over rounds of the other method's seconds over this one's."""
        pairs = zip(self.seconds[other, questions], self.seconds[method, questions], strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)


@dataclass(slots=True)
class Agreement:
    """How far methods lie from one forward a question."""

    furthest: dict[str, float] = field(default_factory=dict)
    decisions: str = ""
    texts: str = ""


def questions(count: int) -> list[str]:
    """Distinct questions of 6 to 22 words."""
    found = []
    for number in range(count):
        words = [_WORDS[integer(len(_WORDS), number, place)] for place in range(6 + integer(17, number, "length"))]
        found.append(f"Would you {' '.join(words)}? Answer yes or no.")
    return found


def clip(number: int) -> ClipView:
    """A portrait clip of coloured blocks."""
    draw = np.random.default_rng(number)
    blocks = draw.integers(0, 256, (FRAMES, 24, 14, 3), dtype=np.uint8)
    frames = tuple(
        Frame(np.kron(one, np.ones((16, 16, 1), np.uint8))[:LONG_SIDE, :216], float(place))
        for place, one in enumerate(blocks)
    )
    return ClipView(f"clip {number}", ViewSpec(frames=FRAMES, long_side=LONG_SIDE), lambda: frames)


def group(view: ClipView, count: int) -> Group:
    """A clip's questions."""
    asks = tuple(
        Ask(f"{view.clip_id} {number}", "", text, YES_NO, ANSWER_TOKENS) for number, text in enumerate(questions(count))
    )
    return Group((view,), "You are a helpful person.", asks)


class Bench:
    """One model with every method of asking it."""

    def __init__(self, folder: Path, device: str, dtype: str, clock: Callable[[], float]) -> None:
        import torch

        self.torch = torch
        self.clock = clock
        options: dict[str, Any] = {
            "device_map": {"": device} if device != "cpu" else "cpu",
            "dtype": dtype,
            "copies": 1,
        }
        self.written = LocalRespondent(folder, **options)
        self.scored = LocalRespondent(folder, written=False, **options)
        with self.written._copy() as own:
            self.copy = own
        self.checkpoint = self.copy.checkpoint
        self.model = self.checkpoint.model

    def rows(self, view: ClipView, count: int) -> list[Row]:
        """Encoded prompts, picture tensors on the device."""
        asked = group(view, count)
        rows = self.copy.rows.encode(asked.system, asked.asks, [shown(view, view.load())], view.clip_id)
        found = [row for row in rows if isinstance(row, Row)]
        assert len(found) == count
        return found

    def whole(self, row: Row) -> dict[str, Any]:
        """The inputs of one prompt, on the device."""
        return {name: on_device(self.model, value) for name, value in row.whole().items()}

    def generate(self, inputs: dict[str, Any]) -> list[int]:
        """What `generate` writes."""
        start = inputs["input_ids"].shape[1]
        tokens: list[int] = self.model.generate(**inputs, max_new_tokens=ANSWER_TOKENS)[0, start:].tolist()
        return tokens

    def first_token(self, inputs: dict[str, Any]) -> Any:
        """Next-token logits, (rows, vocabulary)."""
        return self.model(**inputs, use_cache=False, logits_to_keep=1).logits[:, -1].float()

    def padded(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Whole prompts left-padded to one length, pictures repeated."""
        from spectrum.respondents.token_batches import _padded

        return _padded(self.checkpoint, rows)

    def limit(self, rows: Sequence[Row]) -> Callable[[], None]:
        """The bare passes, their tensors made beforehand."""
        torch, head = self.torch, rows[0].head
        encoded = {name: on_device(self.model, value) for name, value in without_pixels(head).items()}
        encoded.pop("attention_mask", None)
        batches = [self._suffixes(rows[start : start + LIMIT_ROWS]) for start in range(0, len(rows), LIMIT_ROWS)]

        def run() -> None:
            from transformers import DynamicCache

            with torch.inference_mode():
                features = VisionFeatures(self.checkpoint).of(head)
                cached = DynamicCache()
                self.model(
                    **encoded, mm_encoder_outputs=features, past_key_values=cached, use_cache=True, logits_to_keep=1
                )
                shift = getattr(self.model.model, "rope_deltas", None)
                for ids, mask, places, last in batches:
                    repeated = copy.deepcopy(cached)
                    repeated.batch_repeat_interleave(len(ids))
                    at = places if shift is None else (places + int(shift.reshape(-1)[0])).expand(3, -1, -1)
                    self.model(
                        input_ids=ids,
                        attention_mask=mask,
                        position_ids=at,
                        past_key_values=repeated,
                        logits_to_keep=last,
                    )
            self.wait()

        return run

    def _suffixes(self, rows: Sequence[Row]) -> tuple[Any, Any, Any, Any]:
        torch, device = self.torch, self.model.device
        length, longest = rows[0].head.length, max(len(row.tail) for row in rows)
        ids = [[*row.tail, *[self.checkpoint.pad_token] * (longest - len(row.tail))] for row in rows]
        mask = [[1] * (length + len(row.tail)) + [0] * (longest - len(row.tail)) for row in rows]
        places = torch.arange(length, length + longest).expand(len(rows), -1)
        last = [[len(row.tail) - 1] for row in rows]
        return tuple(torch.as_tensor(value).to(device) for value in (ids, mask, places, last))  # type: ignore[return-value]

    def wait(self) -> None:
        """Until the device has done what it was told."""
        if self.model.device.type == "cuda":
            self.torch.cuda.synchronize()

    def time(self, work: Callable[[], Any]) -> float:
        """Seconds until the work is done."""
        self.wait()
        started = self.clock()
        with self.torch.inference_mode():
            work()
        self.wait()
        return self.clock() - started

    def round(self, timed: Timed, number: int, counts: Sequence[int], each: int) -> None:
        """Every method once, on clips of this round."""
        most = max(counts)
        a_question = dict(self._sharing_nothing(1000 * number, min(most, max(each, PADDED_ROWS)), min(each, most)))
        for place, count in enumerate(counts):
            for method, seconds in self._sharing(1000 * number + 10 * place + 1, count):
                timed.add(method, count, seconds)
            for method, seconds in a_question.items():
                timed.add(method, count, count * seconds)

    def _sharing_nothing(self, clip_number: int, together: int, each: int) -> Iterator[tuple[str, float]]:
        """Seconds a question of the methods whose questions share nothing, so that any number costs alike."""
        rows = self.rows(clip(clip_number), together)
        inputs = [self.whole(row) for row in rows[:each]]
        yield "first token", self.time(partial(_each, self.first_token, inputs)) / each
        yield "generate(8)", self.time(partial(_each, self.generate, inputs)) / each
        yield "padded batch", self.time(partial(self.first_token, self.padded(rows))) / together

    def _sharing(self, clip_number: int, count: int) -> Iterator[tuple[str, float]]:
        """Seconds a clip of the methods that share its work."""
        for place, (method, respondent) in enumerate((("ours, scored", self.scored), ("ours, written", self.written))):
            yield method, self.time(partial(respondent.answer, group(clip(clip_number + place), count)))
        yield "limit", self.time(self.limit(self.rows(clip(clip_number + 2), count)))

    def agreement(self, count: int) -> Agreement:
        """Hold every method against one forward a question, on one clip."""
        view, found = clip(999), Agreement()
        rows, asked = self.rows(view, count), group(view, count)
        with self.torch.inference_mode():
            alone = self.torch.cat([self.first_token(self.whole(row)) for row in rows]).softmax(-1)
            padded = [
                self.first_token(self.padded(rows[start : start + PADDED_ROWS])).softmax(-1)
                for start in range(0, count, PADDED_ROWS)
            ]
        steps = self.copy.engine(rows, [ANSWER_TOKENS] * count, keep_steps=1)
        ours = self.torch.stack([one.logits[0] for one in steps if one is not None]).softmax(-1)
        found.furthest["padded batch"] = float((self.torch.cat(padded) - alone).abs().max())
        found.furthest["ours, scored"] = found.furthest["ours, written"] = float((ours - alone).abs().max())
        top = alone.topk(2).values
        tolerance = 1e-4 if self.checkpoint.dtype == "float32" else 0.03
        clear = top[:, 0] - top[:, 1] > 2 * tolerance
        differ = int((ours.argmax(-1) != alone.argmax(-1))[clear].sum())
        found.decisions = f"{differ} of {int(clear.sum())} clear decisions differ"
        theirs = [self.generate(self.whole(row)) for row in rows]
        texts = [self.checkpoint.tokenizer.decode(tokens, skip_special_tokens=True) for tokens in theirs]
        same = sum(reply.text == text for reply, text in zip(self._replies(asked), texts, strict=True))
        found.texts = f"{same} of {count} written answers equal"
        return found

    def _replies(self, asked: Group) -> Sequence[Reply]:
        return self.written.answer(asked)


def _each(method: Callable[[dict[str, Any]], Any], inputs: Sequence[dict[str, Any]]) -> None:
    for one in inputs:
        method(one)


METHODS = ("generate(8)", "first token", "padded batch", "ours, scored", "ours, written", "limit")


def table(timed: Timed, agreement: Agreement, counts: Sequence[int]) -> list[str]:
    """Markdown lines."""
    lines = [
        "| questions a clip | method | questions a second | times first token | times generate(8) | share of limit "
        "| largest difference of a probability |",
        "|---|---|---|---|---|---|---|",
    ]
    for count in counts:
        for method in METHODS:
            against = [f"{timed.ratio(method, other, count):.2f}" for other in ("first token", "generate(8)", "limit")]
            furthest = agreement.furthest.get(method)
            lines.append(
                f"| {count} | {method} | {timed.rate(method, count):.2f} | {' | '.join(against)} "
                f"| {'' if furthest is None else f'{furthest:.1e}'} |"
            )
    return lines


def main() -> None:
    """Print a table a model, and write them to `--out`."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", choices=list(MODELS), help="default: all")
    parser.add_argument("--size", choices=("small", "real"), default="small")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--questions", type=int, nargs="+", default=[1, 8, 24, 40, 200])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--large-rounds", type=int, default=3, help="rounds of more than 100 questions a clip")
    parser.add_argument("--each", type=int, default=4, help="questions a round for methods that share nothing")
    parser.add_argument("--agree", type=int, default=40, help="questions on which answers are compared")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--clock", choices=("wall", "cpu"), default="wall", help="cpu: this process's CPU seconds, on a shared machine"
    )
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    dtype = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}.get(chosen.dtype, chosen.dtype)
    torch.set_num_threads(chosen.threads)
    clock = time.process_time if chosen.clock == "cpu" else time.perf_counter
    machine = torch.cuda.get_device_name() if chosen.device.startswith("cuda") else f"{platform.machine()} CPU"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}, {chosen.threads} thread(s), torch {torch.__version__}, {dtype}, "
        f"{FRAMES} frames, {chosen.clock} seconds, median of {chosen.rounds} rounds "
        f"({min(chosen.rounds, chosen.large_rounds)} above {LARGE} questions a clip)."
    ]
    for name in chosen.model or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            build_model(Path(folder), name, chosen.size, device=chosen.device, dtype=dtype)
            bench = Bench(Path(folder), chosen.device, dtype, clock)
            rows = bench.rows(clip(1), max(chosen.questions))
            parameters = sum(parameter.numel() for parameter in bench.model.parameters())
            tails = [len(row.tail) for row in rows]
            bench.round(Timed(), 0, [max(chosen.questions)], 1)  # first calls compile kernels and learn the wordings
            agreement = bench.agreement(chosen.agree)
            timed = Timed()
            for number in range(1, chosen.rounds + 1):
                small = number > chosen.large_rounds
                counts = [count for count in chosen.questions if not (small and count > LARGE)]
                bench.round(timed, number, counts, chosen.each)
            lines += [
                f"\n**{name}**, {parameters / 1e6:.0f} M parameters, random: prefix {rows[0].head.length} tokens, "
                f"questions {min(tails)} to {max(tails)}; engine: {bench.written.settings['engine']}; "
                f"{agreement.decisions}, {agreement.texts}.\n",
                *table(timed, agreement, chosen.questions),
            ]
            print("\n".join(lines), flush=True)
            if chosen.out is not None:
                chosen.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
