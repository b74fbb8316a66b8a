"""The evidence of a pairs run: how often each value beat each other, and the pairs of clips behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spectrum.report.blocks import Answer, Block, ClipPair, ClipPairs, Column, Fold, Section, Side, Table, Text
from spectrum.report.charts import heat
from spectrum.report.evidence import answers_to, shortened, thumbnail
from spectrum.report.read_pairs import Comparisons, PairsView
from spectrum.report.result_folder import Row

SHOWN = 6
"""Pairs of a value that are shown as won, and as lost; the report has to stay a file one can send."""
UNDECIDED = 12
ENOUGH = 4
"""Choices between two values before a share is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Pairs of one condition; arrays have an element a pair, in the order of their numbers."""

    number: NDArray[np.int64]
    one: NDArray[np.int64]
    """Row of the clips; the other is the clip it was compared with."""
    other: NDArray[np.int64]
    won: NDArray[np.int64]
    """Choices of `one`."""
    lost: NDArray[np.int64]

    @classmethod
    def of(cls, found: Comparisons, condition: str) -> "Decided":
        """Over the asks of a condition that got a choice; pairs without any are there with none."""
        ours = found.condition == condition
        number, at = np.unique(found.pair[ours], return_inverse=True)
        low = np.minimum(found.first, found.second)[ours]
        chose = found.chose_first[ours]
        chosen = np.where(chose == 1, found.first[ours], found.second[ours])
        one, other = np.zeros(number.size, np.int64), np.zeros(number.size, np.int64)
        one[at], other[at] = low, np.maximum(found.first, found.second)[ours]
        made = ~np.isnan(chose)
        won = np.bincount(at[made & (chosen == low)], minlength=number.size)
        lost = np.bincount(at[made & (chosen != low)], minlength=number.size)
        return cls(number, one, other, won, lost)


def who_beats_whom(run: PairsView) -> list[Section]:
    """Value against value, plainly counted: a heat map, and the counts."""
    if run.comparisons is None or run.summary is None or not run.main:
        return []
    values = run.summary.values
    wins = run.comparisons.wins([value.code for value in values], run.main)
    total = wins + wins.T
    if not total.any():
        return []
    cells = [
        (
            one.name,
            other.name,
            100 * wins[row, column] / total[row, column] - 50 if total[row, column] >= ENOUGH else None,
        )
        for row, one in enumerate(values)
        for column, other in enumerate(values)
    ]
    most = sorted((cell for cell in cells if cell[2] is not None), key=lambda cell: -float(cell[2] or 0))[:3]
    said = "; ".join(f"{one} over {other} in {50 + (share or 0):.0f}%" for one, other, share in most)
    figure = heat(
        "beats",
        "Who beats whom",
        f"How often a clip of the row's value was chosen over one of the column's ({run.main}), in points above or "
        f"below half. Plainly counted, without regard to other values of a clip; blank below {ENOUGH} choices. The "
        "estimates above are what may be claimed.",
        cells,
        unit="points above half",
        alt_text=f"Most one-sided: {said}." if said else "",
    )
    rows = tuple(
        (
            one.name,
            *(f"{wins[row, column]:.0f} of {total[row, column]:.0f}" if total[row, column] else "-"
              for column in range(len(values))),
        )
        for row, one in enumerate(values)
    )  # fmt: skip
    columns = (Column("Chosen", "left"), *(Column(f"over {value.name}") for value in values))
    counted = Fold("Counts", (Table(columns, rows, "Choices of the row's value over the column's."),))
    blocks = (counted,) if figure is None else (figure, counted)
    return [Section("beats-section", "Value against value", blocks, folded=True)]


def evidence(run: PairsView) -> tuple[list[Section], list[str]]:
    """Pairs of clips that each value won and lost in both orders, and pairs whose orders disagree; what is lacking."""
    if run.comparisons is None or run.summary is None or not run.main:
        return [], []
    decided = Decided.of(run.comparisons, run.main)
    members = run.comparisons.members([value.code for value in run.summary.values])
    # Pairs with two pictures come first: they can be looked at.
    pictured = _pictured(run, run.comparisons)
    first = np.argsort(-(pictured[decided.one] + pictured[decided.other]), kind="stable")
    shelves = [
        (value.name, *_of_value(decided, members[:, place], first)) for place, value in enumerate(run.summary.values)
    ]
    split = first[(decided.won > 0)[first] & (decided.won == decided.lost)[first]]
    wanted = [pair for _, won, lost in shelves for pair in (*won[:SHOWN], *lost[:SHOWN])]
    wanted += split[:UNDECIDED].tolist()
    answers, lacking = _answers(run, run.comparisons, decided, wanted)
    drawn = _Drawn(run, run.comparisons, decided, answers)
    blocks: list[Block] = [
        Text(
            (
                f"Pairs as {run.main} chose; the framed clip won. Click a pair for what was asked and said, in every "
                "condition.",
            ),
            soft=True,
        )
    ]
    for name, won, lost in shelves:
        inside = [*_shelf(drawn, f"Chosen in both orders ({len(won)})", won, SHOWN)]
        inside += _shelf(drawn, f"Passed over in both orders ({len(lost)})", lost, SHOWN)
        if inside:
            blocks.append(Fold(f"{name}: won {len(won)}, lost {len(lost)}", tuple(inside)))
    if split.size:
        inside = _shelf(drawn, "The place decided, not the clip", split.tolist(), UNDECIDED)
        blocks.append(Fold(f"Orders that disagree: {split.size}", tuple(inside)))
    return ([Section("clips", "The pairs behind it", tuple(blocks), folded=True)] if len(blocks) > 1 else []), lacking


def _pictured(run: PairsView, found: Comparisons) -> NDArray[np.int64]:
    """1 where a clip has a thumbnail."""
    try:
        kept = {path.stem for path in run.folder.thumbnails.iterdir()}
    except OSError:
        kept = set()
    return np.array([clip["clip_id"] in kept for clip in found.clips], dtype=np.int64)


def _of_value(decided: Decided, member: NDArray[np.float64], order: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Pairs of a value's clip with another's that every choice went to, or from, in `order`; two choices or more."""
    one, other = member[decided.one] > 0, member[decided.other] > 0
    all_won = (decided.won >= 2) & (decided.lost == 0)
    all_lost = (decided.lost >= 2) & (decided.won == 0)
    won = (one & ~other & all_won) | (other & ~one & all_lost)
    lost = (one & ~other & all_lost) | (other & ~one & all_won)
    return order[won[order]].tolist(), order[lost[order]].tolist()


def _shelf(drawn: "_Drawn", title: str, pairs: Sequence[int], most: int) -> list[Block]:
    if not pairs:
        return []
    shown = tuple(drawn.pair(pair) for pair in pairs[:most])
    return [Text((f"{title}:",)), ClipPairs(shown, len(pairs) - len(shown))]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Makes blocks of pairs."""

    run: PairsView
    found: Comparisons
    decided: Decided
    answers: Mapping[int, tuple[Answer, ...]]

    def pair(self, place: int) -> ClipPair:
        decided = self.decided
        won, lost = int(decided.won[place]), int(decided.lost[place])
        return ClipPair(
            self._side(self.found.clips[decided.one[place]], won, lost),
            self._side(self.found.clips[decided.other[place]], lost, won),
            self.answers.get(place, ()),
        )

    def _side(self, clip: Row, chosen: int, passed: int) -> Side:
        assert self.run.summary is not None
        held = set(clip["value_sets"] or ())
        names = [value.name for value in self.run.summary.values if value.code in held]
        return Side(
            title=shortened(clip["title"] or clip["clip_id"][:8], 160),
            source=thumbnail(self.run.folder.thumbnails, clip["clip_id"]),
            facts=(", ".join(names) or "no value", f"chosen {chosen} of {chosen + passed}"),
            won=chosen > passed,
        )


def _answers(
    run: PairsView, found: Comparisons, decided: Decided, places: Sequence[int]
) -> tuple[dict[int, tuple[Answer, ...]], list[str]]:
    """What was asked and said about pairs, under every condition, by their place in `decided`."""
    by_number = {int(decided.number[place]): place for place in places}
    rows = np.flatnonzero(np.isin(found.pair, list(by_number)))
    ask_ids = found.ask_id.take(rows).to_pylist()
    said, lacking = answers_to(run.folder, ask_ids)
    answers: dict[int, list[Answer]] = {}
    for row, ask_id in zip(rows.tolist(), ask_ids, strict=True):
        if ask_id in said:
            clip = found.clips[found.first[row]]
            first = shortened(clip["title"] or clip["clip_id"][:8], 80)
            answer = said[ask_id]
            told = replace(answer, question=f"{answer.question} (shown first: {first})")
            answers.setdefault(by_number[int(found.pair[row])], []).append(told)
    return {place: tuple(each) for place, each in answers.items()}, lacking
