"""Every ask of a pairs run: each drawn pair in both orders, under every condition."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from spectrum.answers import ChoiceSpec
from spectrum.bench.choose import few_clips
from spectrum.bench.plan_tables import clip_table
from spectrum.bench.planned import ViewFactory
from spectrum.bench.tokens import picture_tokens, pictures_shown, word_tokens
from spectrum.errors import ConfigError
from spectrum.pairs.design import WITHIN, DrawnPair, draw_pairs
from spectrum.pairs.questions import PairBank
from spectrum.prompts import Condition, Rendered, render
from spectrum.respondents.base import Ask, Group
from spectrum.runs.identity import ask_id, context_key, item_id, options_of, question_key
from spectrum.runs.specs import dump_spec
from spectrum.runs.tables import PAIRS_PLAN, PLAN
from spectrum.suite import Suite, SuiteClip
from spectrum.views import view_id_of
from video_index.clips import ViewSpec
from video_index.keyed import digest

PROTOCOL, BLOCK = "pairs", "pair"
PAIRS_FILE = "pairs.parquet"
"""Where a run keeps its `pair_table`, beside plan.parquet."""


@dataclass(frozen=True, slots=True)
class PairAsk:
    """One order of one pair under one condition."""

    pair: DrawnPair
    first: SuiteClip
    """Shown first."""
    second: SuiteClip
    turned: bool
    """Whether the pair's clips changed places."""
    condition: Condition
    system: str
    ask: Ask
    item_id: str
    group_id: str


@dataclass(frozen=True, slots=True)
class PairEstimate:
    """What a plan takes, roughly; every ask goes out alone with the pictures of both clips."""

    asks: int
    pictures: int
    tokens_in: int
    """At four characters a token and one token to 28 x 28 pixels: within a factor of about two."""
    tokens_out: int
    """At most."""


@dataclass(frozen=True, slots=True, eq=False)
class PairPlan:
    """All asks of a pairs run, in the order of asking."""

    suite: Suite
    bank: PairBank
    members: tuple[SuiteClip, ...]
    """The clips compared, by clip_id."""
    conditions: tuple[Condition, ...]
    pairs: tuple[DrawnPair, ...]
    asks: tuple[PairAsk, ...]
    respondent_fingerprint: str
    settings: dict[str, str]
    seed: int

    def __len__(self) -> int:
        """Number of asks."""
        return len(self.asks)

    @property
    def view(self) -> ViewSpec:
        """How clips are shown."""
        return self.suite.view

    @property
    def forewarning(self) -> str | None:
        """Why there will be no profile, whatever is answered; None where there may be one."""
        return few_clips(self.members, len(self.suite.codes))

    @property
    def fingerprint(self) -> str:
        """Hex digest of all ask_ids in their order."""
        return digest("pairs plan", *(each.ask.ask_id for each in self.asks)).hex()

    @property
    def table(self) -> pa.Table:
        """tables.PLAN, a row an ask; clip_id is the clip shown first, pair_table has the other."""
        return pa.Table.from_pylist([_plan_row(each, self.bank.construct) for each in self.asks], schema=PLAN)

    @property
    def pair_table(self) -> pa.Table:
        """tables.PAIRS_PLAN, a row an ask."""
        rows = [
            {
                "ask_id": each.ask.ask_id,
                "pair": each.pair.number,
                "triad": each.pair.triad,
                "kind": each.pair.kind,
                "first": each.first.clip.clip_id,
                "second": each.second.clip.clip_id,
                "named_first": each.pair.named_first,
            }
            for each in self.asks
        ]
        return pa.Table.from_pylist(rows, schema=PAIRS_PLAN)

    @property
    def clips(self) -> pa.Table:
        """tables.CLIPS of the clips compared."""
        return clip_table(self.members)

    def groups(self, view_factory: ViewFactory, skip: Collection[str] = frozenset()) -> Iterator[Group]:
        """What to hand to a respondent, without the asks in `skip`: two views and one ask a group."""
        for each in self.asks:
            if each.ask.ask_id not in skip:
                media = (view_factory(each.first.clip), view_factory(each.second.clip))
                yield Group(media, each.system, (each.ask,), each.condition.name)

    def estimate(self) -> PairEstimate:
        """What asking takes."""
        pictures = {member.clip.clip_id: pictures_shown(member.clip, self.view) for member in self.members}
        tokens = {member.clip.clip_id: picture_tokens(member.clip, self.view) for member in self.members}
        shown = [clip.clip.clip_id for each in self.asks for clip in (each.first, each.second)]
        words = sum(
            word_tokens(Rendered(each.system, each.ask.before_media, each.ask.after_media)) for each in self.asks
        )
        return PairEstimate(
            asks=len(self.asks),
            pictures=sum(pictures[clip_id] for clip_id in shown),
            tokens_in=words + sum(pictures[clip_id] * tokens[clip_id] for clip_id in shown),
            tokens_out=sum(each.ask.max_tokens for each in self.asks),
        )


def plan_pairs(
    suite: Suite,
    bank: PairBank,
    conditions: Sequence[Condition],
    respondent_fingerprint: str,
    settings: Mapping[str, str],
    *,
    pairs: int,
    within: float = WITHIN,
    seed: int = 0,
) -> PairPlan:
    """Plan `pairs` pairs (design.draw_pairs) in both orders: 2 x pairs x conditions asks, a pair's side by side.

    The pairs and their words are the same for every respondent and condition, so that they pair on item_id. Raises
    ConfigError where the settings cannot be met.
    """
    names = [condition.name for condition in conditions]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"conditions must have names of their own, not {', '.join(names) or 'none at all'}")
    drawn = draw_pairs(suite.clips, bank, pairs, within=within, seed=seed)
    by_id = {member.clip.clip_id: member for member in suite.clips}
    asks = tuple(
        _ask(suite.view, bank, pair, by_id, turned, condition, respondent_fingerprint, settings)
        for pair in drawn
        for condition in conditions
        for turned in (False, True)
    )
    used = sorted({clip for pair in drawn for clip in (pair.first, pair.second)})
    return PairPlan(
        suite=suite,
        bank=bank,
        members=tuple(by_id[clip] for clip in used),
        conditions=tuple(conditions),
        pairs=drawn,
        asks=asks,
        respondent_fingerprint=respondent_fingerprint,
        settings=dict(settings),
        seed=seed,
    )


def _ask(
    view: ViewSpec,
    bank: PairBank,
    pair: DrawnPair,
    by_id: Mapping[str, SuiteClip],
    turned: bool,
    condition: Condition,
    fingerprint: str,
    settings: Mapping[str, str],
) -> PairAsk:
    first, second = by_id[pair.first], by_id[pair.second]
    if turned:
        first, second = second, first
    pictures = None if view.layout == "video" else (pictures_shown(first.clip, view), pictures_shown(second.clip, view))
    question = bank.question(pair.wording, pair.named_first, pictures)
    views = tuple(view_id_of(member.clip.clip_id, view) for member in (first, second))
    item = item_id(views, question_key(question.before_media, question.after_media, options_of(question.answer_spec)))
    context = context_key(condition, fingerprint, settings, 0, question.max_tokens)
    rendered = render(question, condition)
    return PairAsk(
        pair=pair,
        first=first,
        second=second,
        turned=turned,
        condition=condition,
        system=rendered.system,
        ask=Ask(
            ask_id(item, context),
            rendered.before_media,
            rendered.after_media,
            question.answer_spec,
            question.max_tokens,
        ),
        item_id=item,
        group_id=digest("pair group", *views, condition.name, pair.number).hex(),
    )


def _plan_row(each: PairAsk, construct: str) -> dict[str, object]:
    spec = each.ask.answer_spec
    return {
        "ask_id": each.ask.ask_id,
        "item_id": each.item_id,
        "group_id": each.group_id,
        "clip_id": each.first.clip.clip_id,
        "condition": each.condition.name,
        "protocol": PROTOCOL,
        "construct": construct,
        "wording": each.pair.wording,
        "block": BLOCK,
        "form": "turned" if each.turned else "as drawn",
        "repeat": 0,
        "system": each.system,
        "before_media": each.ask.before_media,
        "after_media": each.ask.after_media,
        "options": list(options_of(spec)),
        "acceptance": list(spec.acceptance) if isinstance(spec, ChoiceSpec) else None,
        "answer_spec": dump_spec(spec),
        "max_tokens": each.ask.max_tokens,
    }
