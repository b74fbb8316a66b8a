"""The tree of what is written after one row: the answer itself, and beginnings of options it did not take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from spectrum.respondents.continuation import Continuation
from spectrum.respondents.option_tokens import NEGLIGIBLE, OptionForms, Tokens, reach
from spectrum.respondents.prompt_rows import Row


@dataclass(slots=True, eq=False)
class Growth:
    """One row while it is continued: fed a node's outcome at a time, it says which nodes are read next."""

    row: Row
    limit: int
    forms: OptionForms | None
    stop: Callable[[Tokens], bool] | None = None
    tokens: Tokens = ()
    writing: bool = True
    stopped: bool = False
    is_number: bool = True
    logits: list[Any] = field(default_factory=list)
    following: dict[Tokens, dict[int, float]] = field(default_factory=dict)

    @property
    def may_branch(self) -> bool:
        """Whether an option takes more than one token."""
        return self.forms is not None and len(self.forms.tree) > 1

    def wanted(self, path: Tokens) -> tuple[int, ...]:
        """Tokens whose probability after `path` tells something about the options."""
        return self.forms.tree.get(path, ()) if self.forms is not None else ()

    def take(self, path: Tokens, likeliest: int, sane: bool, chances: dict[int, float], stops: frozenset[int]) -> None:
        """Note what follows `path`: the likeliest token, whether logits were numbers, chances of those wanted."""
        self.is_number &= sane
        if chances:
            self.following[path] = chances
        if not self.writing or path != self.tokens:
            return
        if likeliest in stops:
            self.writing, self.stopped = False, True
            return
        self.tokens = (*self.tokens, likeliest)
        full = len(self.tokens) >= self.limit
        self.writing = not (full or (self.stop is not None and self.stop(self.tokens)))

    def children(self, path: Tokens) -> Iterator[Tokens]:
        """Nodes to read after `path`: the answer's next token, and beginnings of options that hold enough mass."""
        answer = self.tokens if self.writing and self.tokens[:-1] == path else None
        if answer is not None and len(answer) == len(path) + 1:
            yield answer
        else:
            answer = None
        for token in self.wanted(path):
            branch = (*path, token)
            if branch != answer and self.wanted(branch) and reach(self.following, branch) > NEGLIGIBLE:
                yield branch

    def continuation(self) -> Continuation:
        """What came of it."""
        masses = self.forms.masses(self.following) if self.forms is not None and self.is_number else None
        return Continuation(self.tokens, self.stopped, self.is_number, tuple(self.logits), masses)
