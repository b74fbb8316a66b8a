"""Put groups of asks to a respondent and store what comes back: the one way anything is ever asked."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from spectrum.answers import Outcome
from spectrum.errors import BudgetReached, RespondentError, Stopped
from spectrum.respondents.base import Group, Reply, Respondent
from spectrum.runs.crew import Crew, Done, Frames
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.records import Failure, StoredAnswer
from spectrum.runs.replies import check_replies, read_replies
from spectrum.runs.store import AnswerStore
from video_index.errors import SpectrumError, UnreadableClipError

_REUSED_AT_ONCE = 1000
"""Reused rows are committed in lots: they cost nothing to fetch again, a commit costs a disk flush."""


@dataclass(frozen=True, slots=True)
class AskSummary:
    """What one call of `ask` did; asks that were stored before it are in none of the counts."""

    asked: int = 0
    """Distinct asks that were sent."""
    answered: int = 0
    """Answers newly stored from replies (refused, unparsed and truncated ones among them)."""
    reused: int = 0
    """Answers copied from the run that was given for reuse."""
    failed: int = 0
    """Asks that failed for good this time."""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)
    """Newly stored answers and failures by outcome."""


Progress = Callable[[AskSummary], None]


def ask(
    respondent: Respondent,
    groups: Iterable[Group],
    store: AnswerStore,
    *,
    deterministic: bool = False,
    on_progress: Progress | None = None,
    interrupt: Interrupt | None = None,
    reuse: AnswerStore | None = None,
    retries: int = 2,
) -> AskSummary:
    """Ask all of `groups` that `store` does not hold yet.

    At most `respondent.concurrency` groups are in flight, a number that is read again as groups come back and
    may change; what was sent is logged before it is sent and each group is committed as it comes back, so
    that a kill costs no more than the groups in flight. Asks that fail are put again up to `retries` times,
    then noted as failures. With `deterministic`, a group of which any ask is open is asked whole and
    committed whole, and replies to asks that were stored before must equal them. Answers found in `reuse`
    are copied and not asked.

    Raises RespondentError (the respondent cannot go on, gave replies that do not fit, or raised
    something itself), BudgetReached, Stopped (by `interrupt`) or RunFolderError; in each case what came
    back before is stored.
    """
    return _Asking(respondent, iter(groups), store, deterministic, on_progress, interrupt, reuse, retries).run()


@dataclass(slots=True)
class _Asking:
    """One call of `ask`. All of it runs in the caller's thread; only `respondent.answer` does not."""

    respondent: Respondent
    groups: Iterator[Group]
    store: AnswerStore
    deterministic: bool
    on_progress: Progress | None
    interrupt: Interrupt | None
    reuse: AnswerStore | None
    retries: int
    frames: Frames = field(default_factory=Frames)
    again: deque[Group] = field(default_factory=deque)
    """Groups whose failed asks are to be put once more."""
    ahead: deque[Group] = field(default_factory=deque)
    """The next group, found while this one is answered."""
    tries: Counter[str] = field(default_factory=Counter)
    """How often each of the asks in `again` has failed."""
    reused: list[StoredAnswer] = field(default_factory=list)
    """Copied answers that go with the next commit."""
    error: SpectrumError | None = None
    """The first error that ends the asking."""
    summary: AskSummary = field(default_factory=AskSummary)
    started: float = field(default_factory=time.monotonic)

    def run(self) -> AskSummary:
        answers: list[StoredAnswer] = []
        failures: list[Failure] = []
        with Crew(self.respondent, self.frames) as crew:
            while True:
                room = max(1, self.respondent.concurrency)
                sending = self._next_groups(room - crew.in_hand)
                self._commit(answers, failures, sending)
                for group in sending:
                    crew.submit(group)
                if not crew.in_hand:
                    break
                if room == 1:
                    self._look_ahead()
                answers, failures = self._receive(crew.take())
        if self.error is not None:
            raise self.error
        if self._stopping and self._anything_left():
            raise Stopped("stopped; all that was answered is stored: run the same command again to go on")
        return self.summary

    @property
    def _stopping(self) -> bool:
        return self.interrupt is not None and self.interrupt.requested

    def _next_groups(self, free: int) -> list[Group]:
        """Up to `free` groups to send now: failed ones again first, then new ones."""
        sending: list[Group] = []
        while len(sending) < free and self.error is None and not self._stopping:
            group = self.again.popleft() if self.again else self._next_new()
            if group is None:
                break
            sending.append(group)
        return sending

    def _next_new(self) -> Group | None:
        group = self.ahead.popleft() if self.ahead else self._next_open()
        if group is not None:
            self.summary = replace(self.summary, asked=self.summary.asked + len(group.asks))
        return group

    def _look_ahead(self) -> None:
        """Find the next group now and load its frames meanwhile."""
        if self.ahead or self.error is not None or self._stopping:
            return
        group = self._next_open()
        if group is not None:
            self.ahead.append(group)
            self.frames.prepare(group)

    def _anything_left(self) -> bool:
        return bool(self.again or self.ahead or self._next_open() or self.reused)

    def _next_open(self) -> Group | None:
        """The next group with something left to ask, reduced to that unless groups are asked whole."""
        for group in self.groups:
            ids = [ask.ask_id for ask in group.asks]
            if len(set(ids)) != len(ids):
                raise ValueError(f"a group holds one ask twice: {sorted(ids)}")
            stored = self.store.get(ids)
            open_ids = [ask_id for ask_id in ids if ask_id not in stored]
            if open_ids and self.reuse is not None:
                open_ids = self._take_over(self.reuse, open_ids)
            if open_ids:
                return group if self.deterministic else _part(group, open_ids)
        return None

    def _take_over(self, reuse: AnswerStore, open_ids: Sequence[str]) -> list[str]:
        """Copy what the other run holds of these asks; returns what it does not hold."""
        found = reuse.get(open_ids)
        missing = [ask_id for ask_id in open_ids if ask_id not in found]
        if self.deterministic and missing:
            return list(open_ids)
        self.reused += [found[ask_id] for ask_id in open_ids if ask_id in found]
        if len(self.reused) >= _REUSED_AT_ONCE:
            self._commit([], [], [])
        return missing

    def _receive(self, done: Sequence[Done]) -> tuple[list[StoredAnswer], list[Failure]]:
        """Read what came back into rows to commit; groups to put again and errors are noted."""
        read = [self._read(one) for one in done]
        return [row for answers, _ in read for row in answers], [row for _, failures in read for row in failures]

    def _read(self, done: Done) -> tuple[list[StoredAnswer], list[Failure]]:
        asks = done.group.asks
        replies = self._replies(done)
        self._count_tokens(replies)
        if self.deterministic and len(replies) < len(asks):
            return [], []
        answers, failures = read_replies(asks, replies)
        failed = [failure.ask_id for failure in failures]
        if failed and done.error is None and max(self.tries[ask_id] for ask_id in failed) < self.retries:
            self.tries.update(failed)
            self.again.append(done.group if self.deterministic else _part(done.group, failed))
            return ([], []) if self.deterministic else (answers, [])
        for ask in asks:
            self.tries.pop(ask.ask_id, None)
        return (self._hold_against_stored(answers) if self.deterministic else answers), failures

    def _replies(self, done: Done) -> Sequence[Reply]:
        """The replies of a group; where it raised, those that came before it, and the error is noted."""
        name, asks = self.respondent.name, done.group.asks
        error = done.error
        if isinstance(error, UnreadableClipError):
            return [Reply(ask.ask_id, error=f"clip not readable: {error.reason}") for ask in asks]
        partial = error is not None
        replies = done.replies
        if isinstance(error, (BudgetReached, RespondentError)):
            replies = error.replies
            self.error = self.error or error
        elif isinstance(error, SpectrumError):
            self.error = self.error or error
        elif error is not None:
            told = " ".join(str(error).split())
            wrapped = RespondentError(f"respondent {name} raised {type(error).__name__}: {told}")
            wrapped.__cause__ = error
            self.error = self.error or wrapped
        try:
            check_replies(name, asks, replies, partial=partial)
        except RespondentError as misfit:
            self.error = self.error or misfit
            return []
        return replies

    def _hold_against_stored(self, answers: Sequence[StoredAnswer]) -> list[StoredAnswer]:
        stored = self.store.get(answer.ask_id for answer in answers)
        for answer in answers:
            before = stored.get(answer.ask_id)
            if before is not None and before.content != answer.content:
                self.error = self.error or RespondentError(
                    f"respondent {self.respondent.name} is not deterministic: asked again, ask"
                    f" {answer.ask_id} gave {answer.text!r} instead of {before.text!r}"
                )
                return []
        return [answer for answer in answers if answer.ask_id not in stored]

    def _count_tokens(self, replies: Sequence[Reply]) -> None:
        self.summary = replace(
            self.summary,
            tokens_in=self.summary.tokens_in + sum(int(reply.tokens_in) for reply in replies),
            tokens_out=self.summary.tokens_out + sum(int(reply.tokens_out) for reply in replies),
        )

    def _commit(self, answers: Sequence[StoredAnswer], failures: Sequence[Failure], sending: Sequence[Group]) -> None:
        """One transaction: what came back, what was reused, and what is about to be sent."""
        reused, self.reused = self.reused, []
        sent = [[ask.ask_id for ask in group.asks] for group in sending]
        if not (answers or failures or reused or sent):
            return
        self.store.record([*answers, *reused], failures, sent)
        outcomes = Counter(self.summary.outcomes)
        outcomes.update(answer.outcome for answer in [*answers, *reused])
        outcomes.update({str(Outcome.ERROR): len(failures)} if failures else {})
        self.summary = replace(
            self.summary,
            answered=self.summary.answered + len(answers),
            reused=self.summary.reused + len(reused),
            failed=self.summary.failed + len(failures),
            seconds=time.monotonic() - self.started,
            outcomes=dict(outcomes),
        )
        if self.on_progress is not None:
            self.on_progress(self.summary)


def _part(group: Group, ask_ids: Sequence[str]) -> Group:
    """The group with these of its asks only."""
    wanted = set(ask_ids)
    return replace(group, asks=tuple(ask for ask in group.asks if ask.ask_id in wanted))
