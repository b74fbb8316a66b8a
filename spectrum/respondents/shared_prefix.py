"""The fast engine: pictures encoded once, the prompt's beginning read once, all questions packed behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spectrum.respondents.checkpoint import Checkpoint
from spectrum.respondents.continuation import Continuation, Stop
from spectrum.respondents.growth import Growth
from spectrum.respondents.held import Held
from spectrum.respondents.option_tokens import OptionForms, Tokens
from spectrum.respondents.packed_passes import PackedPasses, Places
from spectrum.respondents.prefix_cache import Prefix, cache_of, joined, layers_of
from spectrum.respondents.prompt_rows import Row
from spectrum.respondents.vision_features import VisionFeatures
from video_index.extras import import_extra

TOKENS_ON_CPU, TOKENS_ON_ACCELERATOR = 256, 2048
ROWS = 64
_PREFIX_BYTES = 512 * 2**20
_WORTH_SHARING = 8


class SharedPrefix:
    """Continues rows, reading what they have in common once.

    Vision features are kept by the pictures' content, heads' keys and values by their tokens and pictures, so
    the next condition, wording or step of an episode finds them. Rows of one head are continued together, at
    most `rows` of them, in passes of at most `tokens` tokens (a longer question is a pass of its own); equal
    sets of rows make equal passes, whatever their order and whatever was answered before. Where memory runs
    out, both bounds are halved for good, except where `fixed`: then torch.OutOfMemoryError is raised.

    Raises UnsupportedModelError where the checkpoint's attention takes no packed passes.
    """

    def __init__(
        self, checkpoint: Checkpoint, *, rows: int | None = None, tokens: int | None = None, fixed: bool = False
    ) -> None:
        self._checkpoint = checkpoint
        self._passes = PackedPasses(checkpoint)
        self._features = VisionFeatures(checkpoint)
        self._prefixes: Held[Prefix] = Held(_PREFIX_BYTES)
        on_cpu = checkpoint.model.device.type == "cpu"
        self.rows = rows or ROWS
        self.tokens = tokens or (TOKENS_ON_CPU if on_cpu else TOKENS_ON_ACCELERATOR)
        self._fixed = fixed
        self._out_of_memory = import_extra("torch", "models").OutOfMemoryError

    @property
    def checkpoint(self) -> Checkpoint:
        """What writes."""
        return self._checkpoint

    @property
    def window(self) -> int | None:
        """Tokens that a layer with a sliding window sees; None where every layer sees all."""
        return self._passes.window

    def __call__(
        self,
        rows: Sequence[Row],
        limits: Sequence[int],
        *,
        forms: Sequence[OptionForms | None] | None = None,
        stop: Stop | None = None,
        keep_steps: int = 0,
    ) -> list[Continuation | None]:
        """As `Engine` says. Every row's head must end with a picture."""
        forms = forms or [None] * len(rows)
        done: list[Continuation | None] = [None] * len(rows)
        by_head: dict[str, list[int]] = {}
        for index in sorted(range(len(rows)), key=lambda index: (len(rows[index].after_head), rows[index].after_head)):
            by_head.setdefault(rows[index].head.key, []).append(index)

        def begin(index: int) -> Growth:
            ends = None if stop is None else lambda tokens: stop(index, tokens)
            return Growth(rows[index], limits[index], forms[index], ends)

        for key in sorted(by_head):
            self._answer(by_head[key], [rows[index] for index in by_head[key]], begin, keep_steps, done)
        return done

    def _answer(
        self, indices: list[int], rows: Sequence[Row], begin: Any, keep_steps: int, done: list[Continuation | None]
    ) -> None:
        """Continue rows of one head, `begin` giving a row's empty growth; what came of each goes into `done`."""
        skip = _common(rows)
        queue = [indices[start : start + self.rows] for start in range(0, len(indices), self.rows)]
        while queue:
            chunk = queue.pop(0)
            growths = [begin(index) for index in chunk]
            try:
                self._grow(growths, skip, keep_steps)
            except self._out_of_memory:
                if self._fixed:
                    raise
                self._make_room(len(chunk))
                if len(chunk) > 1:
                    queue[:0] = _halves(chunk)
                continue
            # A NaN reaches every row of a pass, through places that weigh nothing: 0 x NaN is NaN.
            if len(chunk) > 1 and not all(growth.is_number for growth in growths):
                queue[:0] = _halves(chunk)
                continue
            for index, growth in zip(chunk, growths, strict=True):
                done[index] = growth.continuation()

    def _grow(self, growths: Sequence[Growth], skip: int, keep_steps: int) -> None:
        prefix = self._prefix(growths[0].row, skip)
        level, logits = self._read_rows(prefix, growths, skip)
        while level.nodes:
            _take(level.nodes, logits, keep_steps, self._checkpoint.stop_tokens)
            children = [
                (place, _Node(node.growth, path))
                for place, node in enumerate(level.nodes)
                for path in node.growth.children(node.path)
            ]
            if not children:
                return
            level, logits = self._read_children(level, children, prefix.shift)

    def _prefix(self, row: Row, skip: int) -> Prefix:
        """The head's keys and values, and those of the first `skip` tokens behind it, which all rows share."""
        head = row.head
        prefix = self._prefixes.get(head.key)
        if prefix is None:
            prefix = self._passes.read(head, self._features.of(head))
            self._prefixes.put(head.key, prefix, prefix.size)
        return self._passes.extend(prefix, row.after_head[:skip]) if skip else prefix

    def _read_rows(self, prefix: Prefix, growths: Sequence[Growth], skip: int) -> tuple["_Level", Any]:
        """Read every row's own tokens in passes of bounded size; logits after the last of each."""
        torch = import_extra("torch", "models")
        rests = [growth.row.after_head[skip:] for growth in growths]
        goes_on = any(growth.limit > 1 or growth.may_branch for growth in growths)
        parts, logits = [], []
        for chunk in _within(rests, self.tokens):
            cached = cache_of(prefix.layers)
            owner, places = _owner_and_place(torch, chunk, prefix.length, self._passes.device)
            before = self._passes.range(0, prefix.length)
            seen = (owner[:, None] == owner[None, :]) & (places[None, :] <= places[:, None])
            seen = torch.cat([seen.new_ones(len(places), prefix.length), seen], dim=1)
            ends = [sum(map(len, chunk[: number + 1])) - 1 for number in range(len(chunk))]
            tokens = [token for rest in chunk for token in rest]
            where = Places(places, torch.cat([before, places]))
            logits.append(self._passes.run(cached, tokens, where, seen, prefix.shift, ends))
            if goes_on:
                parts.append(layers_of(cached, prefix.length))
        owner, places = _owner_and_place(torch, rests, prefix.length, self._passes.device)
        own = owner[None, :] == torch.arange(len(rests), device=owner.device)[:, None]
        level = _Level(
            nodes=[_Node(growth, ()) for growth in growths],
            cached=cache_of(joined([prefix.layers, *parts])) if goes_on else None,
            seen=torch.cat([own.new_ones(len(rests), prefix.length), own], dim=1),
            columns=torch.cat([self._passes.range(0, prefix.length), places]),
            places=torch.tensor([prefix.length + len(rest) - 1 for rest in rests], device=owner.device),
        )
        return level, torch.cat(logits)

    def _read_children(
        self, level: "_Level", children: Sequence[tuple[int, "_Node"]], shift: int
    ) -> tuple["_Level", Any]:
        """One token more of every branch that goes on, all of them in one pass."""
        torch = import_extra("torch", "models")
        parents = torch.tensor([place for place, _ in children], device=level.places.device)
        nodes = [node for _, node in children]
        own = torch.eye(len(nodes), dtype=torch.bool, device=level.places.device)
        grown = _Level(
            nodes=nodes,
            cached=level.cached,
            seen=torch.cat([level.seen[parents], own], dim=1),
            columns=torch.cat([level.columns, level.places[parents] + 1]),
            places=level.places[parents] + 1,
        )
        tokens = [node.path[-1] for node in nodes]
        where = Places(grown.places, grown.columns)
        return grown, self._passes.run(grown.cached, tokens, where, grown.seen, shift, range(len(nodes)))

    def _make_room(self, rows: int) -> None:
        self._features.clear()
        self._prefixes.clear()
        self.rows = max(1, min(self.rows, rows) // 2)
        self.tokens = max(16, self.tokens // 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A place in a growth: the tokens written up to it."""

    growth: Growth
    path: Tokens


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """The nodes that were read last, and what their children need to go on."""

    nodes: Sequence[_Node]
    cached: Any
    """The cache with all tokens read so far; None where nothing will be read any more."""
    seen: Any
    """Bool (nodes, columns): what of the cache each node has before it, itself included."""
    columns: Any
    """Place of every cached token in its own prompt, (columns,)."""
    places: Any
    """The nodes' own places, (nodes,)."""


def _take(nodes: Sequence[_Node], logits: Any, keep_steps: int, stops: frozenset[int]) -> None:
    """Give every node's growth what follows it."""
    torch = import_extra("torch", "models")
    # -inf is a masked token; NaN and +inf are a broken model.
    sane = (~(logits.isnan() | logits.isposinf()).any(dim=-1)).tolist()
    likeliest = logits.argmax(dim=-1).tolist()
    wanted = [node.growth.wanted(node.path) for node in nodes]
    widest = max(map(len, wanted))
    chances: list[list[float]] = [[] for _ in nodes]
    if widest:
        ids = torch.tensor([[*tokens, *[0] * (widest - len(tokens))] for tokens in wanted], device=logits.device)
        chances = (logits.gather(1, ids) - logits.logsumexp(dim=-1, keepdim=True)).exp().tolist()
    for place, node in enumerate(nodes):
        growth = node.growth
        if growth.writing and node.path == growth.tokens and len(growth.logits) < keep_steps:
            growth.logits.append(logits[place])
        known = dict(zip(wanted[place], chances[place], strict=False))
        growth.take(node.path, likeliest[place], sane[place], known, stops)


def _owner_and_place(torch: Any, rests: Sequence[Tokens], start: int, device: Any) -> tuple[Any, Any]:
    """Of every token of rows laid end to end: which row it belongs to, and its place in that row's prompt."""
    owner = [number for number, rest in enumerate(rests) for _ in rest]
    place = [start + offset for rest in rests for offset in range(len(rest))]
    return torch.tensor(owner, device=device), torch.tensor(place, device=device)


def _within(rests: Sequence[Tokens], bound: int) -> list[list[Tokens]]:
    """The rows in their order, cut into runs of at most `bound` tokens; a longer row stands alone."""
    runs: list[list[Tokens]] = []
    room = 0
    for rest in rests:
        if not runs or len(rest) > room:
            runs.append([])
            room = bound
        runs[-1].append(rest)
        room -= len(rest)
    return runs


def _common(rows: Sequence[Row]) -> int:
    """How many tokens behind the head all rows share and may be read once; 0 where that is not worth a pass."""
    if len(rows) < 2:
        return 0
    first, last = min(row.after_head for row in rows), max(row.after_head for row in rows)
    bound = min(len(row.after_head) for row in rows) - 1
    size = next((place for place in range(bound) if first[place] != last[place]), bound)
    return size if size >= _WORTH_SHARING else 0


def _halves(chunk: list[int]) -> list[list[int]]:
    return [chunk[: len(chunk) // 2], chunk[len(chunk) // 2 :]]
