"""The audit without a browser: one line a clip, typed."""

from collections.abc import Callable, Sequence

from spectrum.audit.audited_run import AuditedRun
from spectrum.audit.judgements import Judgement, append_judgement
from spectrum.audit.sample import AuditSample
from spectrum.errors import ConfigError
from spectrum.values import parse_values

_WORDS = "none (n), unsure (u) or quit (q)"


def ask_in_terminal(
    run: AuditedRun, sample: AuditSample, rater: str, ask: Callable[[str], str], say: Callable[[str], None]
) -> int:
    """Ask about every clip that the rater has not judged; give how many were judged now.

    `ask` shows a prompt and gives what was typed. Codes or names ("BE HE"), "none", "unsure", or "quit", or the first
    letter of these three, as on the page. What is not understood is asked again.
    """
    by_id = dict(zip(run.clip_ids, run.locators, strict=True))
    left: Sequence[str] = run.left(sample, rater)
    for number, clip_id in enumerate(left):
        say(f"\nclip {len(sample.clip) - len(left) + number + 1} of {len(sample.clip)}: {by_id[clip_id]}")
        judgement = _judgement(run, clip_id, rater, ask, say)
        if judgement is None:
            return number
        append_judgement(run.file, judgement)
    return len(left)


def _judgement(
    run: AuditedRun, clip_id: str, rater: str, ask: Callable[[str], str], say: Callable[[str], None]
) -> Judgement | None:
    while True:
        typed = ask(f"values ({' '.join(run.system.codes)}), {_WORDS}").strip()
        word = typed.casefold()
        if word in ("quit", "q"):
            return None
        if word in ("unsure", "u"):
            return Judgement(clip_id, rater, (), unsure=True)
        if word in ("none", "n"):
            return Judgement(clip_id, rater, ())
        try:
            places = parse_values(typed, run.system)
        except ConfigError as error:
            say(f"{error}; or type {_WORDS}")
            continue
        if places:
            return Judgement(clip_id, rater, tuple(run.system.codes[place] for place in places))
        say(f"type a value's code, {_WORDS}")
