"""Packs as rows of tokens: everything that one persona is asked in one row, kept apart by the attention mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spectrum.pocket.training.examples import Block, Pack
from spectrum.pocket.training.vision import CELLS
from spectrum.pocket.training.vlm_parts import ASSISTANT, END, IMAGE, SYSTEM, USER

_FOREVER = -1e4
_NOTHING = "nothing"
_LATER = 0.3
"""Weight of a token of an answer after its first, unless both words of the answer are needed elsewhere."""


@dataclass(slots=True)
class Row:
    """One pack: tokens (n,), their places, the block and the question that own each (-1: shared), and targets."""

    ids: list[int]
    places: list[int]
    blocks: list[int]
    questions: list[int]
    targets: list[tuple[int, int, float, float]]
    """Place, token, probability that the token stands next, weight of the place."""
    kinds: list[tuple[int, str]]
    """Place at which an answer begins, and the kind of its question."""


@dataclass(frozen=True, slots=True)
class Batch:
    """b rows of n tokens, m spots at which something is to be said next, and t targets."""

    input_ids: Any
    """(b, n)"""
    position_ids: Any
    attention_mask: Any
    """(b, 1, n, n), 0 where a token sees another, far below where not."""
    spots: Any
    """(m, 2) row and place."""
    spot: Any
    """(t,) the spot of each target."""
    token: Any
    """(t,) what may stand next there."""
    probability: Any
    """(t,) and with which probability."""
    weight: Any
    """(t,) what the spot counts."""
    kinds: dict[int, str]
    """Spot where an answer begins -> kind of its question."""


class Rows:
    """Makes batches of packs. A question sees the system turn, what its block shows, and itself."""

    def __init__(self, tokenizer: Any, torch: Any) -> None:
        self._torch = torch
        self._known: dict[str, list[int]] = {}
        self._tokenizer = tokenizer
        self._end, self._system, self._user, self._assistant, self.image = tokenizer.convert_tokens_to_ids(
            [END, SYSTEM, USER, ASSISTANT, IMAGE]
        )

    def ids(self, text: str) -> list[int]:
        """A text's tokens, remembered."""
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False)
        return self._known[text]

    def batch(self, packs: Sequence[Pack], rng: np.random.Generator) -> "Batch":
        """All rows, filled up to the longest."""
        torch = self._torch
        rows = [self._row(pack, rng) for pack in packs]
        longest = max(len(row.ids) for row in rows)
        ids, places, blocks, questions = (
            torch.from_numpy(np.array([getattr(row, name) + [fill] * (longest - len(row.ids)) for row in rows]))
            for name, fill in (("ids", 0), ("places", 0), ("blocks", -2), ("questions", -2))
        )
        same_block = blocks[:, None, :] == blocks[:, :, None]
        same_question = (questions[:, None, :] == -1) | (questions[:, None, :] == questions[:, :, None])
        sees = (blocks[:, None, :] == -1) | (same_block & same_question)
        sees &= torch.ones((longest, longest), dtype=torch.bool).tril()
        sees |= torch.eye(longest, dtype=torch.bool)
        spots: dict[tuple[int, int], int] = {}
        targets = [(index, *target) for index, row in enumerate(rows) for target in row.targets]
        for index, place, *_ in targets:
            spots.setdefault((index, place), len(spots))
        return Batch(
            input_ids=ids,
            position_ids=places,
            attention_mask=torch.zeros(sees.shape).masked_fill(~sees, _FOREVER)[:, None],
            spots=torch.tensor(list(spots)),
            spot=torch.tensor([spots[index, place] for index, place, *_ in targets]),
            token=torch.tensor([token for _, _, token, _, _ in targets]),
            probability=torch.tensor([probability for _, _, _, probability, _ in targets]),
            weight=torch.tensor([weight for *_, weight in targets]),
            kinds={spots[index, place]: kind for index, row in enumerate(rows) for place, kind in row.kinds},
        )

    def _row(self, pack: Pack, rng: np.random.Generator) -> Row:
        ids = [self._system, *self.ids(pack.system), self._end] if pack.system else []
        row = Row(ids, list(range(len(ids))), [-1] * len(ids), [-1] * len(ids), [], [])
        prefix = len(ids)
        for number, block in enumerate(pack.blocks):
            shown = self._shown(block)
            self._add(row, shown, prefix, number, -1)
            for place, asked in enumerate(block.asked):
                question = [*self.ids(asked.text), self._end, self._assistant]
                texts, weights = [text for text, _ in asked.answers], [weight for _, weight in asked.answers]
                chosen = self.ids(texts[rng.choice(len(texts), p=np.array(weights) / sum(weights))])
                at = len(row.ids) + len(question) - 1
                row.kinds.append((at, "word" if asked.kind == "trait" and texts != [_NOTHING] else asked.kind))
                row.targets += [(at, self.ids(text)[0], weight, 1.0) for text, weight in asked.answers]
                later = [*chosen[1:], self._end]
                weight = 1.0 if asked.kind == "trait" else _LATER
                row.targets += [(at + 1 + step, token, 1.0, weight) for step, token in enumerate(later)]
                self._add(row, [*question, *chosen], prefix + len(shown), number, place)
        return row

    def _shown(self, block: Block) -> list[int]:
        told = self.ids(" " + block.told) if block.told else [self.image] * (block.frames * len(block.clips) * CELLS)
        return [self._user, *self.ids(block.before), *told]

    def _add(self, row: Row, ids: Sequence[int], start: int, block: int, question: int) -> None:
        row.ids += ids
        row.places += range(start, start + len(ids))
        row.blocks += [block] * len(ids)
        row.questions += [question] * len(ids)
