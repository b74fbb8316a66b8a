"""Option probabilities at the place of an answer, read off the pass that wrote the answer where possible."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from spectrum.respondents.continuation import Continuation
from spectrum.respondents.option_tokens import NEGLIGIBLE, OptionForms, Tokens, reach
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.token_batches import GreedyBatches

Following = dict[Tokens, dict[int, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A choice that was put: where its answer stands, its options' forms and what the model wrote there."""

    row: Row
    forms: OptionForms
    answer: Continuation
    """With the logits before its first `steps_needed(forms)` tokens."""


def steps_needed(forms: OptionForms) -> int:
    """How many steps of a written answer can tell something about the options."""
    return 1 + max((len(branch) for branch in forms.branches), default=0)


def option_masses(batches: GreedyBatches, answered: Sequence[Answered]) -> list[tuple[float, ...] | None]:
    """For each choice the mass on its options, not normalised; None where a pass did not fit into memory.

    The steps of the written answer give the root of every option's sequences and all that lies on the
    answer's way. Beginnings the answer did not take ("\\n" where it wrote "Yes") are followed level by level,
    those of all choices together, where they hold enough mass to matter.
    """
    known = [_read_off(one) for one in answered]
    failed: set[int] = set()
    depth = max((steps_needed(one.forms) - 1 for one in answered), default=0)
    for level in range(1, depth + 1):
        wanted = [
            (index, branch)
            for index, one in enumerate(answered)
            for branch in one.forms.branches
            if len(branch) == level and branch not in known[index] and reach(known[index], branch) > NEGLIGIBLE
        ]
        rows = [replace(answered[index].row, written=answered[index].row.written + branch) for index, branch in wanted]
        for (index, branch), step in zip(wanted, batches(rows, 1, keep_steps=1), strict=True):
            if step is None or not step.is_number:
                failed.add(index)
            else:
                known[index][branch] = _chances(answered[index].forms, branch, step.logits[0])
    return [None if index in failed else one.forms.masses(known[index]) for index, one in enumerate(answered)]


def _read_off(one: Answered) -> Following:
    branches = {(), *one.forms.branches}
    tokens = one.answer.tokens
    return {
        tokens[:size]: _chances(one.forms, tokens[:size], logits)
        for size, logits in enumerate(one.answer.logits)
        if size <= len(tokens) and tokens[:size] in branches
    }


def _chances(forms: OptionForms, prefix: Tokens, logits: Any) -> dict[int, float]:
    tokens = forms.tree[prefix]
    return dict(zip(tokens, logits.softmax(dim=-1)[list(tokens)].tolist(), strict=True))
