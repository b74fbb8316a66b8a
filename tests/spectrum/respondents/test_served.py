"""A served model as a whole run asks it: how many at once, what is sent, what is kept, what it costs."""

import gc
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.served import run
from spectrum.answers import ChoiceSpec, TextSpec
from spectrum.errors import RespondentError
from spectrum.respondents.base import Group, Reply, scores_alone
from spectrum.respondents.chat import ChatRespondent, open_chat
from spectrum.respondents.options import RespondentOptions
from spectrum.runs.ask import AskSummary, ask
from spectrum.runs.records import StoredAnswer
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from tests.spectrum.respondents.groups import make_ask, make_group, picture
from tests.support.openai_server import Behaviour, Fails, OpenAIServer, Received, Says, yes_or_no
from video_index.clips import Frame, ViewSpec

pytestmark = pytest.mark.usefixtures("loopback_key")
LIKE = ChoiceSpec(("like", "dislike"), (1.0, 0.0))


def served(server: OpenAIServer, **options: object) -> ChatRespondent:
    chosen = RespondentOptions(**{"timeout_s": 10.0, **options})  # type: ignore[arg-type]
    return open_chat("openai", f"tiny-vlm@{server.url}", chosen)


def unwritten(group: Group) -> Group:
    return replace(group, asks=tuple(replace(one, written=False) for one in group.asks))


def test_a_run_on_a_server_that_fails_a_fifth_of_its_calls_finishes_and_stores_nothing_twice() -> None:
    """A small benchmarks/served.py; how much of the server is used is only held to what a busy machine gives."""
    found = run(
        clips=8, asks=20, pictures=1, slots=4, latency_s=0.1, faults=0.2, busy="wait", timeout_s=1.5
    )  # fmt: skip
    assert (found.stored, found.failed, found.counts["answered_twice"]) == (160, 0, 0)
    assert {"429", "500", "hang", "broken"} <= found.counts.keys()
    assert found.limit > 8
    assert found.counts["near_its_clip"] > 0.7
    assert found.share > 0.3


def test_a_clips_questions_are_put_at_once_after_the_first_was_answered() -> None:
    together = threading.Barrier(6)

    def script(request: Received) -> Behaviour:
        if "(0)" in request.question:
            assert len(server.requests) == 1
        else:
            together.wait(timeout=20)
        return yes_or_no(request)

    with OpenAIServer(script) as server:
        respondent = served(server)
        replies = respondent.answer(make_group("a", 7))
    assert [reply.error for reply in replies] == [None] * 7
    assert server.most_in_flight == 6


def test_one_at_once_is_one_after_the_other_in_order(store: AnswerStore) -> None:
    with OpenAIServer() as server:
        ask(served(server, concurrency=1), [make_group(clip, 4) for clip in "abc"], store)
    assert server.most_in_flight == 1
    assert [request.question[-2] for request in server.requests] == list("0123" * 3)


def test_a_run_fills_the_server_with_groups_of_one_ask(store: AnswerStore) -> None:
    with OpenAIServer(latency_s=0.1) as server:
        ask(served(server), [make_group(f"clip{number}") for number in range(60)], store)
    assert len(store) == 60 and server.most_in_flight >= 8


def test_500s_and_time_outs_do_not_make_it_slower_and_429s_do(store: AnswerStore) -> None:
    groups = [make_group(f"clip{number}", 8) for number in range(12)]
    with OpenAIServer(lambda r: Fails(500) if r.seen_before == 0 else yes_or_no(r), latency_s=0.01) as server:
        respondent = served(server)
        ask(respondent, groups, store)
        assert respondent.limit >= 8 and len(store) == 96
    refusing = threading.Semaphore(2)

    def script(request: Received) -> Behaviour:
        if not refusing.acquire(blocking=False):
            return Fails(429)
        try:
            threading.Event().wait(0.02)
            return yes_or_no(request)
        finally:
            refusing.release()

    with OpenAIServer(script) as server:
        respondent = served(server)
        replies = respondent.answer(make_group("a", 60))
        assert respondent.limit < 8
    assert not [reply for reply in replies if reply.error]


def test_a_server_that_is_down_does_not_gather_the_whole_run(store: AnswerStore) -> None:
    drawn = 0

    def groups() -> Iterator[Group]:
        nonlocal drawn
        for number in range(500):
            drawn += 1
            yield make_group(f"clip{number}", 16)

    with OpenAIServer(Fails(500)) as server:
        respondent = served(server, max_retries=3)
        with pytest.raises(RespondentError, match="in a row"):
            ask(respondent, groups(), store)
    assert drawn <= 20 and len(store) == 0


def test_a_clip_is_decoded_and_encoded_once_whatever_the_personas() -> None:
    loads = 0

    def load() -> tuple[Frame, ...]:
        nonlocal loads
        loads += 1
        return (picture("a"),)

    view = ClipView("a", ViewSpec(), load)
    with OpenAIServer() as server:
        respondent = served(server)
        for system in ("", "You are bold.", "You are shy."):
            respondent.answer(Group((view,), system, (make_ask(f"Would you? {system}"),)))
    assert loads == 1 and len({request.pictures for request in server.requests}) == 1


def test_pictures_kept_are_bounded() -> None:
    from spectrum.respondents.chat_pictures import EncodedPictures

    pictures = EncodedPictures(max_bytes=4000)
    views = [make_group(f"clip{number}").media[0] for number in range(30)]
    sizes = [sum(len(one.base64) for one in pictures.of([view])) for view in views]
    assert 0 < pictures.bytes_held <= 4000 < sum(sizes)


def test_media_ids_are_sent_where_asked_for_and_name_the_picture() -> None:
    def ids(server: OpenAIServer) -> list[object]:
        return [
            part.get("uuid")
            for request in server.requests
            for part in request.body["messages"][-1]["content"]
            if part["type"] == "image_url"
        ]

    with OpenAIServer() as server:
        served(server).answer(make_group("a", 2))
        assert ids(server) == [None, None]
    with OpenAIServer() as server:
        respondent = served(server, media_ids=True)
        respondent.answer(make_group("a", 2, frames=2))
        respondent.answer(make_group("b", frames=2))
        found = ids(server)
    assert found[0] == found[2] and found[1] == found[3]
    assert len(set(found)) == 4 and None not in found


def test_probabilities_alone_cost_one_token() -> None:
    with OpenAIServer() as server:
        respondent = served(server)
        assert scores_alone(respondent)
        written, scored = respondent.answer(make_group("a", 3)), respondent.answer(unwritten(make_group("a", 3)))
        bodies = [request.body for request in server.requests]
    assert [body["max_completion_tokens"] for body in bodies] == [8] * 3 + [1] * 3
    assert all(body["logprobs"] and body["top_logprobs"] == 20 for body in bodies)
    assert [reply.probabilities for reply in scored] == [reply.probabilities for reply in written]
    assert {reply.text for reply in scored} == {""} and "" not in {reply.text for reply in written}


def test_options_that_one_token_does_not_settle_are_written_after_all() -> None:
    def script(request: Received) -> Behaviour:
        chances = {"dis": 0.6, "like": 0.4}
        short = request.body["max_completion_tokens"] == 1
        return Says("dis" if short else "dislike", chances, tokens=("dis",) if short else ("dis", "like"))

    asks = tuple(replace(make_ask(f"{number}?", LIKE), written=False) for number in range(3))
    with OpenAIServer(script) as server:
        replies = served(server, concurrency=1).answer(Group(make_group("a").media, "", asks))
        bounds = [request.body["max_completion_tokens"] for request in server.requests]
    assert bounds == [1, 8, 8, 8]
    assert {reply.text for reply in replies} == {""} and replies[0].tokens_out == 4
    assert all(reply.probabilities == pytest.approx((0.4, 0.6)) for reply in replies)


def test_without_log_probabilities_an_answer_is_always_written() -> None:
    free = replace(make_ask("Describe it.", TextSpec()), written=False)
    with OpenAIServer(Says("Yes")) as server:
        respondent = served(server)
        replies = respondent.answer(unwritten(make_group("a", 2)))
        (described,) = respondent.answer(Group((), "", (free,)))
        assert not scores_alone(served(server, logprobs=False)) and not scores_alone(served(server, think_budget=9))
    assert [reply.text for reply in replies] == ["Yes", "Yes"] and described.text == "Yes"


@pytest.mark.slow
def test_a_long_run_holds_no_more_than_what_is_in_flight(store: AnswerStore) -> None:
    from langchain_core.language_models import FakeListChatModel

    most = 0

    def look(summary: AskSummary) -> None:
        nonlocal most
        if summary.answered % 500 < 50:
            most = max(most, sum(isinstance(one, (Reply, StoredAnswer)) for one in gc.get_objects()))

    respondent = ChatRespondent.over(FakeListChatModel(responses=["Yes"]), name="yes")
    groups = (make_group(f"clip{number}", 20) for number in range(100))
    done = ask(respondent, groups, store, on_progress=look)
    assert done.answered == len(store) == 2000
    assert 0 < most < 1000
    assert respondent._pictures.bytes_held < 2**20
