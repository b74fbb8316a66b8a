"""The checks: each puts a few small questions and says what it found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spectrum.respondents.conformance.material import OTHER_PERSONA, PERSONA, QUESTIONS, Material, clip
from spectrum.respondents.conformance.subject import Given, Put, Subject
from spectrum.respondents.engine_probe import TOLERANCE, furthest_apart
from spectrum.respondents.prompt_layout import shown_frames

LONGEST_WINDOW = 8192
"""Sliding windows beyond this are not filled: no clip's prompt gets as long."""
_TIMES_NOISE, _TIMES_HALF_NOISE = 10, 3
_FILLER = "Look at it with care, and take your time. "


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: str
    passed: bool
    figure: str
    """The figure it was judged by, in words."""


def grouped_as_alone(subject: Subject) -> Finding:
    """Questions answered together have the probabilities of each one alone, at the first and a later token."""
    return _held(subject, "questions together as each alone", Material("grouped", clip("grouped")).put())


def decisions(subject: Subject) -> Finding:
    """The likeliest first token is the same, wherever it leads by more than twice the tolerance."""
    clear = other = 0
    for number in range(2):
        for given in subject.answer(Material("decided", clip(f"decided {number}", frames=1)).put()):
            alone = subject.alone(given.row)
            first, second = alone.topk(2).values.tolist()
            if first - second > 2 * subject.tolerance:
                clear += 1
                other += int(alone.argmax()) != int(given.chances.argmax())
    return Finding("the same decisions", other == 0, f"{other} of {clear} clear decisions differ")


def written_answers(subject: Subject) -> Finding:
    """The written answer is that of the model's own greedy `generate`, ties within the tolerance apart."""
    put = Material("written", clip("written")).put()
    same = tied = 0
    for place, ours in enumerate(subject.answer(put)):
        alone = replace(put, asks=put.asks[place : place + 1])
        (theirs,) = subject.answer(alone, subject.copy.engine.plain)
        if ours.continuation.tokens == theirs.continuation.tokens:
            same += 1
        else:
            tied += _was_tied(subject, ours, theirs)
    total = len(put.asks)
    figure = f"{same} of {total} equal" + (f", {tied} differ after a tie" if tied else "")
    return Finding("written answers as generate's", same + tied == total, figure)


def order_of_questions(subject: Subject) -> Finding:
    """Shuffled questions get the same answers."""
    put = Material("shuffled", clip("shuffled")).put()
    turned = replace(put, asks=tuple(reversed(put.asks)))
    apart = _apart(subject.answer(put), list(reversed(subject.answer(turned))))
    return Finding("shuffled questions", apart <= subject.tolerance, _difference(apart))


def personas_do_not_leak(subject: Subject) -> Finding:
    """A persona's answers are those of its own prompt, and neutral answers are the same before and after it."""
    material = Material("persona", clip("persona"))
    neutral = subject.answer(material.put())
    persona = subject.answer(material.put(system=PERSONA))
    other = subject.answer(material.put(system=OTHER_PERSONA))
    again = subject.answer(material.put())
    apart = max(_apart(neutral, again), *(_from_alone(subject, given) for given in (*persona, *other)))
    read = _apart(neutral, persona) > 0 and _apart(persona, other) > 0
    return Finding(
        "personas do not leak",
        apart <= subject.tolerance and read,
        _difference(apart) + ("" if read else "; a persona changes nothing at all"),
    )


def another_clip_between(subject: Subject) -> Finding:
    """Another clip, of another size, asked about in between changes nothing, and gets its own answers."""
    first = Material("first", clip("first")).put()
    between = Material("between", clip("between", frames=3, height=64, width=128)).put()
    before, other, after = subject.answer(first), subject.answer(between), subject.answer(first)
    apart = max(_apart(before, after), *(_from_alone(subject, given) for given in other))
    return Finding("another clip in between", apart <= subject.tolerance, _difference(apart))


def pictures_are_seen(subject: Subject) -> Finding:
    """Other pictures of the same size change the logits, by far more than batching does."""
    one = subject.answer(Material("seen", clip("seen")).put())
    other = subject.answer(Material("seen", clip("swapped")).put())
    change = min(
        _logits_apart(a.continuation.logits[0], b.continuation.logits[0]) for a, b in zip(one, other, strict=True)
    )
    noise = max(_logits_apart(given.chances.log(), subject.alone(given.row).log()) for given in one)
    figure = f"logits change by {change:.2g} at least, batching by {noise:.2g} at most"
    times = _TIMES_NOISE if subject.tolerance == TOLERANCE else _TIMES_HALF_NOISE
    return Finding("swapped pictures change the logits", change > times * noise, figure)


def padding(subject: Subject) -> Finding:
    """A short question beside a long one is answered as beside none."""
    long = Material("padded", clip("padded"), ("Why?", " ".join(QUESTIONS) + " Why?", "Yes?"))
    together = subject.answer(long.put())
    asks = long.put().asks
    alone = [subject.answer(replace(long.put(), asks=(ask,)))[0] for ask in asks]
    apart = max(_apart(together, alone), *(_from_alone(subject, given) for given in together))
    return Finding("padding changes nothing", apart <= subject.tolerance, _difference(apart))


def beyond_the_window(subject: Subject) -> Finding:
    """A prefix longer than a layer's sliding window is read as in one pass over the whole prompt."""
    name = "a prefix beyond any sliding window"
    config = subject.checkpoint.model.config.get_text_config()
    fast = subject.copy.engine.fast
    window = fast.window if fast is not None else getattr(config, "sliding_window", None)
    if window is None:
        return Finding(name, True, "no sliding window")
    if window > LONGEST_WINDOW:
        return Finding(name, True, f"not run: the window of {window} tokens is longer than any clip's prompt")
    material = Material("window", clip("window"), QUESTIONS[:3])
    filler, put = "", material.put()
    while subject.encode(put)[0].head.length <= window + 2:
        filler += _FILLER * max(1, window // 40)
        put = material.put(before=filler)
    length = subject.encode(put)[0].head.length
    return _held(subject, name, put, f"; {length} tokens before, a window of {window}")


def tokens_of_parts(subject: Subject) -> Finding:
    """Prompts put together from parts in memory have the tokens of prompts encoded whole."""
    right = total = 0
    for number, system in enumerate(("", PERSONA, "")):
        put = Material("tokens", clip(f"tokens {number}")).put(system=system)
        subject.encode(put)
        for ask, row in zip(put.asks, subject.encode(put), strict=True):
            whole = subject.layout.encode(system, ask, [shown_frames(put.frames, put.layout)])
            total += 1
            right += (row.head.tokens + row.after_head) == tuple(whole["input_ids"][0].tolist())
    return Finding("tokens of prefix and question", right == total, f"{right} of {total} prompts as encoded whole")


def clip_first(subject: Subject) -> Finding:
    """With the pictures first, personas share their part of the prompt and are answered as alone."""
    first = Subject(subject.copy, clip_first=True)
    material = Material("clip first", clip("clip first"), QUESTIONS[:3])
    apart = 0.0
    heads = set()
    for system in ("", PERSONA, OTHER_PERSONA):
        answers = first.answer(material.put(system=system))
        apart = max(apart, *(_from_alone(first, given) for given in answers))
        heads |= {given.row.head.key for given in answers}
    figure = f"{_difference(apart)}; {len(heads)} prompt beginnings for 3 personas"
    return Finding("the clip before the persona", apart <= first.tolerance, figure)


def videos(subject: Subject) -> Finding:
    """The same for a clip shown as a video, where the checkpoint takes one."""
    name = "videos together as each alone"
    if getattr(subject.checkpoint.processor, "video_processor", None) is None:
        return Finding(name, True, "takes no video")
    return _held(subject, name, Material("video", clip("video", frames=4)).put(video=True))


CHECKS = (
    grouped_as_alone,
    decisions,
    written_answers,
    order_of_questions,
    personas_do_not_leak,
    another_clip_between,
    pictures_are_seen,
    padding,
    beyond_the_window,
    tokens_of_parts,
    clip_first,
    videos,
)


def _held(subject: Subject, name: str, put: Put, more: str = "") -> Finding:
    apart = max(_from_alone(subject, given) for given in subject.answer(put))
    return Finding(name, apart <= subject.tolerance, _difference(apart) + more)


def _from_alone(subject: Subject, given: Given) -> float:
    return furthest_apart(subject.checkpoint, given.row, given.continuation)


def _apart(ours: Sequence[Given], theirs: Sequence[Given]) -> float:
    return max(float((a.chances - b.chances).abs().max()) for a, b in zip(ours, theirs, strict=True))


def _logits_apart(one: Any, other: Any) -> float:
    """Largest difference of log probabilities among the tokens that are not next to impossible."""
    one, other = one.log_softmax(-1), other.log_softmax(-1)
    likely = (one > -12) & (other > -12)
    return float((one - other)[likely].abs().max()) if bool(likely.any()) else float("inf")


def _was_tied(subject: Subject, ours: Given, theirs: Given) -> bool:
    """Whether the first token that differs was a near tie."""
    written = list(_common(ours.continuation.tokens, theirs.continuation.tokens))
    first, second = subject.alone(ours.row, written).topk(2).values.tolist()
    return bool(first - second <= 2 * subject.tolerance)


def _common(one: Sequence[int], other: Sequence[int]) -> Iterator[int]:
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            return
        yield ours


def _difference(apart: float) -> str:
    return f"largest difference of a probability {apart:.2g}"
