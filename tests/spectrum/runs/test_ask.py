import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum.answers import ChoiceSpec, TextSpec
from spectrum.errors import BudgetReached, RespondentError, RunFolderError, Stopped
from spectrum.respondents.base import Ask, Group, Reply
from spectrum.runs.ask import AskSummary, ask
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from tests.support.asking import Keyed, ids, keyed_reply, make_groups, still
from video_index.clips import Frame, ViewSpec
from video_index.errors import MissingExtraError, UnreadableClipError


@pytest.fixture
def store(tmp_path: Path) -> AnswerStore:
    with AnswerStore(tmp_path / "answers.sqlite") as opened:
        yield opened


def comparable(store: AnswerStore) -> pa.Table:
    """The answers without what a clock decides."""
    return store.table().drop_columns(["answered_at", "latency_s"])


def test_every_ask_is_asked_once_and_stored_as_it_reads(store: AnswerStore) -> None:
    groups = make_groups(5)
    respondent = Keyed()
    summary = ask(respondent, groups, store)
    assert respondent.sent == list(ids(groups))
    table = store.table().to_pylist()
    assert [row["ask_id"] for row in table] == sorted(ids(groups))
    for row in table:
        reply = keyed_reply(row["ask_id"])
        assert row["text"] == reply.text
        assert row["probabilities"] == (None if reply.probabilities is None else list(reply.probabilities))
    by_text = {row["text"]: (row["outcome"], row["choice"]) for row in table}
    assert by_text["Yes."] == ("choice", "Yes")
    assert by_text["I'm sorry, I can't assist with that."] == ("refused", None)
    assert summary.asked == summary.answered == 20
    assert summary.failed == summary.reused == 0
    assert sum(summary.outcomes.values()) == 20
    assert summary.tokens_in == sum(keyed_reply(ask_id).tokens_in for ask_id in ids(groups))
    assert set(store.attempts().values()) == {1}


def test_what_is_stored_is_not_asked_again(store: AnswerStore) -> None:
    groups = make_groups(4)
    ask(Keyed(), groups[:2], store)
    part = replace(groups[2], asks=groups[2].asks[1:3])
    ask(Keyed(), [part], store)
    respondent = Keyed()
    summary = ask(respondent, groups, store)
    assert respondent.sent == ["g2a0", "g2a3", "g3a0", "g3a1", "g3a2", "g3a3"]
    assert (summary.asked, summary.answered) == (6, 6)


def test_groups_in_flight_stay_within_the_respondents_concurrency(store: AnswerStore) -> None:
    respondent = Keyed(concurrency=3, delay_s=0.01)
    ask(respondent, make_groups(12), store)
    assert respondent.most_at_once == 3
    assert len(store) == 48


def test_groups_are_drawn_no_further_than_they_are_asked(store: AnswerStore) -> None:
    drawn: list[int] = []

    def groups() -> object:
        for number, group in enumerate(make_groups(50)):
            drawn.append(number)
            yield group

    def look(reply: Reply, before: int) -> Reply:
        assert len(drawn) <= len(respondent.groups) + respondent.concurrency
        return reply

    respondent = Keyed(concurrency=2, change=look)
    ask(respondent, groups(), store)  # type: ignore[arg-type]
    assert len(store) == 200


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_order_batching_and_interruption_gives_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Asks are cut into groups, ordered, stopped and resumed at will; the table is that of one plain run."""
    folder = tmp_path_factory.mktemp("runs")
    plain = make_groups(4, size=5)
    with AnswerStore(folder / "plain.sqlite") as store:
        ask(Keyed(), plain, store)
        expected = comparable(store)
    asks = data.draw(st.permutations([each for group in plain for each in group.asks]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(asks) - 1), max_size=8)))
    groups = [
        replace(plain[0], asks=tuple(asks[start:end]))
        for start, end in zip([0, *cuts], [*cuts, len(asks)], strict=True)
    ]
    concurrency = data.draw(st.integers(1, 3))
    failing = data.draw(st.sets(st.sampled_from([each.ask_id for each in asks]), max_size=4))
    with AnswerStore(folder / "cut.sqlite") as store:
        while True:
            interrupt = Interrupt()
            stop_after = data.draw(st.integers(1, 12))

            def progress(summary: AskSummary, interrupt: Interrupt = interrupt, stop_after: int = stop_after) -> None:
                if summary.answered >= stop_after:
                    interrupt.request()

            def flaky(reply: Reply, before: int) -> Reply:
                return Reply(reply.ask_id, error="busy") if reply.ask_id in failing and not before else reply

            try:
                ask(
                    Keyed(concurrency=concurrency, change=flaky),
                    groups, store, on_progress=progress, interrupt=interrupt,
                )  # fmt: skip
            except Stopped:
                continue
            break
        assert comparable(store) == expected


def test_a_failing_ask_is_put_again_and_then_noted(store: AnswerStore) -> None:
    def change(reply: Reply, before: int) -> Reply:
        if reply.ask_id == "g0a1" and before < 2:
            return Reply(reply.ask_id, error="timeout", tokens_in=3)
        return Reply(reply.ask_id, error="never") if reply.ask_id == "g1a2" else reply

    respondent = Keyed(change=change)
    summary = ask(respondent, make_groups(2), store)
    assert respondent.sent.count("g0a1") == 3
    assert respondent.sent.count("g1a2") == 3
    assert respondent.sent.count("g0a0") == 1
    assert (summary.asked, summary.answered, summary.failed) == (8, 7, 1)
    assert summary.outcomes["error"] == 1
    row = store.table().to_pylist()[6]
    assert (row["ask_id"], row["outcome"], row["error"]) == ("g1a2", "error", "never")
    ask(Keyed(), make_groups(2), store)
    assert "error" not in store.table()["outcome"].to_pylist()


def test_no_retries_means_one_try(store: AnswerStore) -> None:
    respondent = Keyed(change=lambda reply, before: Reply(reply.ask_id, error="no"))
    summary = ask(respondent, make_groups(1), store, retries=0)
    assert len(respondent.sent) == summary.failed == 4


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        (lambda good: good[:-1], "missing: g0a3"),
        (lambda good: [*good, good[0]], "twice: g0a0"),
        (lambda good: [*good[:-1], Reply("other")], "unknown: other"),
        (lambda good: ["yes"] * 4, "returned a str where a Reply belongs"),
        (lambda good: [replace(good[0], text=None), *good[1:]], "text is NoneType"),
        (lambda good: [replace(good[0], probabilities=(1.0,)), *good[1:]], "1 probabilities do not fit"),
        (lambda good: [replace(good[0], probabilities=(0.9, 0.2)), *good[1:]], "no masses"),
        (lambda good: [replace(good[0], probabilities=(float("nan"), 0.2)), *good[1:]], "no masses"),
    ],
)
def test_replies_that_do_not_fit_are_told(
    store: AnswerStore, replies: Callable[[list[Reply]], list[Reply]], says: str
) -> None:
    class Odd(Keyed):
        def answer(self, group: Group) -> list[Reply]:
            return replies(list(super().answer(group)))

    with pytest.raises(RespondentError, match=says) as caught:
        ask(Odd(), make_groups(2), store)
    assert "keyed" in str(caught.value) and "\n" not in str(caught.value)
    assert len(store) == 0


def test_replies_may_come_in_any_order(store: AnswerStore) -> None:
    class Backwards(Keyed):
        def answer(self, group: Group) -> list[Reply]:
            return list(super().answer(group))[::-1]

    ask(Backwards(), make_groups(2), store)
    assert store.get(["g0a0"])["g0a0"].text == keyed_reply("g0a0").text


class Breaking(Keyed):
    """Raises in its third group."""

    error: BaseException = ValueError("bad\nnews")

    def answer(self, group: Group) -> list[Reply]:
        if len(self.groups) == 2:
            raise self.error
        return list(super().answer(group))


def test_an_exception_of_a_users_respondent_is_one_line_and_loses_nothing(store: AnswerStore) -> None:
    with pytest.raises(RespondentError, match="keyed raised ValueError: bad news") as caught:
        ask(Breaking(), make_groups(5), store)
    assert isinstance(caught.value.__cause__, ValueError)
    assert len(store) == 8


@pytest.mark.parametrize("kind", [BudgetReached, RespondentError])
@pytest.mark.parametrize("concurrency", [1, 3])
def test_what_was_paid_for_is_stored_before_the_end_is_told(
    store: AnswerStore, kind: type[BudgetReached] | type[RespondentError], concurrency: int
) -> None:
    respondent = Breaking(concurrency=concurrency)
    respondent.error = kind("no more", (keyed_reply("g2a0"), keyed_reply("g2a1")))
    with pytest.raises(kind, match="no more"):
        ask(respondent, make_groups(5, size=4), store)
    assert {f"g{group}a{place}" for group in (0, 1) for place in range(4)} <= store.answered()
    assert "g2a1" in store.answered()
    assert len(store) == 10
    assert ask(Keyed(), make_groups(5), store).answered == 10


def test_other_expected_errors_pass_through_as_they_are(store: AnswerStore) -> None:
    respondent = Breaking()
    respondent.error = MissingExtraError("install it")
    with pytest.raises(MissingExtraError, match="install it"):
        ask(respondent, make_groups(3), store)
    assert len(store) == 8


def test_a_clip_that_cannot_be_read_fails_alone_and_is_not_retried(store: AnswerStore) -> None:
    def unreadable() -> tuple[Frame, ...]:
        raise UnreadableClipError("the file is empty")

    groups = make_groups(3)
    groups[1] = replace(groups[1], media=(ClipView("gone", ViewSpec(), unreadable),))
    respondent = Keyed(looks=True)
    summary = ask(respondent, groups, store)
    assert (summary.answered, summary.failed) == (8, 4)
    assert len(respondent.groups) == 3
    assert set(store.table()["error"].to_pylist()) == {None, "clip not readable: the file is empty"}


def test_an_interrupt_finishes_what_is_in_flight_and_no_more(store: AnswerStore) -> None:
    with Interrupt() as interrupt:
        respondent = Keyed(concurrency=2, change=lambda reply, before: (interrupt.request(), reply)[1])
        with pytest.raises(Stopped, match="run the same command again"):
            ask(respondent, make_groups(10), store, interrupt=interrupt)
    assert len(respondent.groups) == 2
    assert len(store) == 8


def test_an_interrupt_in_the_last_group_is_a_finished_run(store: AnswerStore) -> None:
    interrupt = Interrupt()
    respondent = Keyed(change=lambda reply, before: (interrupt.request(), reply)[1])
    assert ask(respondent, make_groups(1), store, interrupt=interrupt).answered == 4


def test_the_second_signal_does_not_wait_for_a_hung_request(store: AnswerStore) -> None:
    """The handler raises in the waiting thread; here it is stood in for by progress raising."""
    hung = threading.Event()

    class Hangs(Keyed):
        def answer(self, group: Group) -> list[Reply]:
            hung.wait(30)
            return []

    def stop(summary: AskSummary) -> None:
        raise Stopped("stopped at once")

    with pytest.raises(Stopped):
        ask(Hangs(), make_groups(2), store, on_progress=stop)
    hung.set()


def test_reuse_copies_answers_and_asks_the_rest(store: AnswerStore, tmp_path: Path) -> None:
    groups = make_groups(3)
    with AnswerStore(tmp_path / "other.sqlite") as other:
        ask(Keyed(), [groups[0], replace(groups[1], asks=groups[1].asks[:1])], other)
        respondent = Keyed()
        summary = ask(respondent, groups, store, reuse=other)
        assert (summary.asked, summary.answered, summary.reused) == (7, 7, 5)
        assert store.get(["g0a0"]) == other.get(["g0a0"])
    assert not {"g0a0", "g1a0"} & set(respondent.sent)


def test_a_run_wholly_reused_asks_nothing(store: AnswerStore, tmp_path: Path) -> None:
    groups = make_groups(600)
    with AnswerStore(tmp_path / "other.sqlite") as other:
        other.record([StoredAnswer(ask_id, "choice", "Yes") for ask_id in ids(groups)])
        summary = ask(Keyed(), groups, store, reuse=other)
    assert (summary.asked, summary.reused, len(store)) == (0, 2400, 2400)


def test_under_deterministic_groups_are_asked_and_committed_whole(store: AnswerStore) -> None:
    groups = make_groups(3)
    ask(Keyed(), [replace(groups[1], asks=groups[1].asks[:2])], store)
    respondent = Breaking()
    respondent.error = BudgetReached("no more", (keyed_reply("g2a0"),))
    with pytest.raises(BudgetReached):
        ask(respondent, groups, store, deterministic=True)
    assert [len(group.asks) for group in respondent.groups] == [4, 4]
    assert store.answered() == {f"g{group}a{place}" for group in (0, 1) for place in range(4)}


def test_under_deterministic_another_answer_than_before_is_an_error(store: AnswerStore) -> None:
    groups = make_groups(1)
    store.record([StoredAnswer("g0a0", "choice", "Yes", text="something else")])
    with pytest.raises(RespondentError, match=r"not deterministic.*g0a0"):
        ask(Keyed(), groups, store, deterministic=True)
    assert store.answered() == {"g0a0"}


def test_under_deterministic_a_failed_ask_repeats_its_whole_group(store: AnswerStore) -> None:
    def change(reply: Reply, before: int) -> Reply:
        return Reply(reply.ask_id, error="busy") if reply.ask_id == "g0a2" and not before else reply

    respondent = Keyed(change=change)
    summary = ask(respondent, make_groups(1), store, deterministic=True)
    assert [len(group.asks) for group in respondent.groups] == [4, 4]
    assert (summary.asked, summary.answered, summary.failed) == (4, 4, 0)


def test_under_deterministic_a_partly_reusable_group_is_asked_whole(store: AnswerStore, tmp_path: Path) -> None:
    groups = make_groups(2)
    with AnswerStore(tmp_path / "other.sqlite") as other:
        ask(Keyed(), [groups[0], replace(groups[1], asks=groups[1].asks[:2])], other)
        respondent = Keyed()
        summary = ask(respondent, groups, store, reuse=other, deterministic=True)
    assert (summary.reused, summary.asked) == (4, 4)
    assert respondent.groups[0].asks == groups[1].asks


class Counting:
    """Views that count how often each clip is decoded, and in which thread."""

    def __init__(self) -> None:
        self.loads: dict[str, list[str]] = {}

    def view(self, clip_id: str) -> ClipView:
        def load() -> tuple[Frame, ...]:
            self.loads.setdefault(clip_id, []).append(threading.current_thread().name)
            return ()

        return ClipView(clip_id, ViewSpec(), load)


def test_a_clip_shown_in_several_groups_is_decoded_once_and_ahead_of_time(store: AnswerStore) -> None:
    counting = Counting()
    groups = [
        replace(group, media=(counting.view(f"clip{number // 2}"),)) for number, group in enumerate(make_groups(8))
    ]
    ask(Keyed(looks=True, delay_s=0.01), groups, store)
    assert [len(threads) for threads in counting.loads.values()] == [1, 1, 1, 1]
    assert counting.loads["clip3"] == ["frames-ahead"]


def test_nothing_is_decoded_for_a_respondent_that_never_looks(store: AnswerStore) -> None:
    counting = Counting()
    ask(Keyed(), make_groups(5, view=counting.view), store)
    assert counting.loads == {}


def test_a_store_that_cannot_be_written_stops_the_asking(tmp_path: Path) -> None:
    AnswerStore(tmp_path / "answers.sqlite").close()
    respondent = Keyed()
    with (
        AnswerStore(tmp_path / "answers.sqlite", read_only=True) as store,
        pytest.raises(RunFolderError, match="cannot be written"),
    ):
        ask(respondent, make_groups(2), store)
    assert respondent.sent == []


def test_text_no_database_can_hold_is_made_storable(store: AnswerStore) -> None:
    spec = TextSpec()
    group = Group((), "", (Ask("a", "", "Describe it.", spec),))
    ask(Keyed(change=lambda reply, before: Reply("a", text="half a \udce2 letter")), [group], store)
    assert store.get(["a"])["a"].text == "half a ? letter"


def test_one_ask_twice_in_a_group_is_our_mistake(store: AnswerStore) -> None:
    spec = ChoiceSpec(("yes", "no"), (1.0, 0.0))
    with pytest.raises(ValueError, match="twice"):
        ask(Keyed(), [Group((), "", (Ask("a", "", "x", spec), Ask("a", "", "y", spec)))], store)


class TellsOfClips(Keyed):
    """Replies with an error for a clip that it cannot load, as local and served models do."""

    def answer(self, group: Group) -> Sequence[Reply]:
        try:
            for view in group.media:
                view.load()
        except UnreadableClipError as error:
            return [Reply(one.ask_id, error=error.reason) for one in group.asks]
        return super().answer(group)


@pytest.mark.parametrize("gone", [1, 3, 6])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_asks_about_clips_that_are_gone_are_put_again_without_waiting_for_themselves(
    gone: int, concurrency: int, store: AnswerStore
) -> None:
    def view(clip_id: str) -> ClipView:
        if int(clip_id.removeprefix("clip")) >= gone:
            return still(clip_id)

        def fail() -> tuple[Frame, ...]:
            raise UnreadableClipError("the file is gone")

        return ClipView(clip_id, ViewSpec(), fail)

    stop = Interrupt()
    found: list[AskSummary] = []
    groups = make_groups(6, view=view)
    asking = threading.Thread(
        target=lambda: found.append(ask(TellsOfClips(concurrency=concurrency), groups, store, interrupt=stop)),
        daemon=True,
    )
    asking.start()
    asking.join(20)
    assert found, "asking does not end"
    assert (found[0].failed, found[0].answered) == (4 * gone, 4 * (6 - gone))
