"""A chat respondent against a real HTTP server on loopback."""

import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spectrum.errors import BudgetReached, ConfigError, RespondentError
from spectrum.respondents.base import Group, Respondent
from spectrum.respondents.chat import ChatRespondent
from spectrum.views import ClipView
from tests.spectrum.respondents.groups import WOULD, make_ask, make_group, picture, view
from tests.support.chat import KEY, chat
from tests.support.openai_server import (
    BROKEN_JSON,
    HTML,
    OTHER_JSON,
    TRUNCATED,
    Behaviour,
    Fails,
    Hangs,
    OpenAIServer,
    Received,
    Says,
    Script,
    Sends,
    faulty,
    yes_or_no,
)
from video_index.clips import ViewSpec
from video_index.errors import UnreadableClipError

pytestmark = pytest.mark.usefixtures("loopback_key")


def first(behaviour: Behaviour, times: int = 1) -> Script:
    """A script that misbehaves the first times a request comes, then answers."""
    return lambda request: behaviour if request.seen_before < times else yes_or_no(request)


def test_pictures_and_texts_arrive_in_order_and_are_the_clip_s() -> None:
    with OpenAIServer() as server:
        respondent = chat(server)
        ask = make_ask("Would you watch it?", before="Here is a clip.", max_tokens=5)
        group = Group((view("a", frames=3), view("b")), "You are a critic.", (ask,))
        (reply,) = respondent.answer(group)
        assert isinstance(respondent, Respondent)
    (request,) = server.requests
    assert reply.ask_id == ask.ask_id and reply.text in ("Yes", "No") and reply.finish_reason == "stop"
    assert request.system == ("You are a critic.",) and request.turns == 2
    assert request.texts == ("Here is a clip.", "Would you watch it?")
    assert request.parts == ("text", "picture", "picture", "picture", "picture", "text")
    shown = [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in request.pictures]
    frames = [*view("a", frames=3).load(), *view("b").load()]
    for got, sent in zip(shown, frames, strict=True):
        assert got.shape == sent.pixels.shape
        assert np.abs(got.astype(int) - sent.pixels.astype(int)).max() <= 4
    assert request.body["temperature"] == 0.0 and request.body["max_completion_tokens"] == 5
    assert request.body["logprobs"] is True and request.body["top_logprobs"] == 20
    assert request.key == KEY


def test_messages_in_the_protocol_s_own_form_are_those_that_langchain_makes() -> None:
    ask = make_ask("Would you watch it?", before="Here is a clip.", max_tokens=5)
    group = Group((view("a", frames=3), view("b")), "You are a critic.", (ask,))
    with OpenAIServer() as server:
        replies = [chat(server, wire=wire).answer(group) for wire in (True, False)]
    assert server.requests[0].body == server.requests[1].body
    assert [(reply.text, reply.probabilities) for reply in replies[0]] == [
        (reply.text, reply.probabilities) for reply in replies[1]
    ]


def test_a_sheet_is_one_picture_and_video_is_an_error_that_stops() -> None:
    with OpenAIServer() as server:
        respondent = chat(server)
        ask = make_ask("Do you like it?")
        respondent.answer(Group((view("a", frames=4, layout="sheet"),), "", (ask,)))
        with pytest.raises(RespondentError, match="--media frames"):
            respondent.answer(Group((view("a", layout="video"),), "", (ask,)))
    (request,) = server.requests
    assert len(request.pictures) == 1
    assert Image.open(io.BytesIO(request.pictures[0])).size == (32, 48)


def test_pictures_are_loaded_once_a_group() -> None:
    loads = 0

    def load() -> tuple[object, ...]:
        nonlocal loads
        loads += 1
        return (picture("a"),)

    asks = tuple(make_ask(f"Question {n}?") for n in range(4))
    with OpenAIServer() as server:
        replies = chat(server).answer(Group((ClipView("a", ViewSpec(), load),), "", asks))  # type: ignore[arg-type]
    assert loads == 1 and len(replies) == 4 and [len(request.pictures) for request in server.requests] == [1] * 4


def test_system_turns_do_not_pile_up_and_nothing_is_carried_over() -> None:
    with OpenAIServer() as server:
        respondent = chat(server)
        for system in ("You are a hedonist.", "You value tradition.", ""):
            respondent.answer(make_group("a", 2, system=system))
    systems = [request.system for request in server.requests]
    assert systems[::2] == systems[1::2] == [("You are a hedonist.",), ("You value tradition.",), ()]
    assert all(len(request.texts) == 1 and request.turns <= 2 for request in server.requests)


def test_probabilities_sum_surface_forms_and_keep_the_outside_mass() -> None:
    chances = {"Yes": 0.5, " yes": 0.2, "No": 0.1, "no": 0.05, "Maybe": 0.15}
    with OpenAIServer(Says("Yes", chances)) as server:
        (reply,) = chat(server).answer(make_group("a"))
        (without,) = chat(server, logprobs=False).answer(make_group("a"))
    assert reply.probabilities == pytest.approx((0.7, 0.15))
    assert without.probabilities is None and without.text == "Yes"
    assert "logprobs" not in server.requests[1].body


@pytest.mark.parametrize(
    ("says", "text", "finish_reason"),
    [
        (Says("Yes", finish_reason="length"), "Yes", "length"),
        (Says("", finish_reason="content_filter"), "", "content_filter"),
        (Says(None, finish_reason="content_filter"), "", "content_filter"),
        (Says(None, refusal="No, that I will not judge."), "No, that I will not judge.", "content_filter"),
        (Says("Yes", finish_reason=None), "Yes", None),
    ],
)
def test_finish_reason_and_refusal_are_kept(says: Says, text: str, finish_reason: str | None) -> None:
    with OpenAIServer(says) as server:
        (reply,) = chat(server).answer(make_group("a"))
    assert (reply.text, reply.finish_reason, reply.error) == (text, finish_reason, None)


@pytest.mark.parametrize(
    "fault", [Fails(429), Fails(500), Fails(503), Fails(529), Fails(408), HTML, BROKEN_JSON, OTHER_JSON, TRUNCATED]
)
def test_what_fails_in_passing_is_asked_again_and_no_more_than_needed(fault: Behaviour) -> None:
    with OpenAIServer(first(fault, times=2)) as server:
        respondent = chat(server)
        (reply,) = respondent.answer(make_group("a"))
    assert reply.error is None and reply.text in ("Yes", "No")
    assert len(server.requests) == 3 and respondent.spent.calls == 3


def test_a_hanging_server_times_out_and_is_asked_again() -> None:
    # The client's clock starts before the server has read the request, and a busy machine is late: the bounds only
    # tell a time-out of .5 s from the minute that the server hangs.
    with OpenAIServer(first(Hangs(60.0))) as server:
        (reply,) = chat(server, timeout_s=0.5).answer(make_group("a"))
        waited = server.requests[1].arrived - server.requests[0].arrived
    assert reply.error is None and 0.25 <= waited < 30.0


def test_an_ask_that_keeps_failing_is_an_error_and_the_next_one_is_still_asked() -> None:
    def script(request: Received) -> Behaviour:
        return Fails(500) if "(0)" in request.question else yes_or_no(request)

    with OpenAIServer(script) as server:
        bad, good = chat(server, max_retries=2).answer(make_group("a", 2))
    assert bad.text == "" and "3 calls" in str(bad.error) and "500" in str(bad.error)
    assert good.error is None and len(server.requests) == 4


def test_retry_after_is_honoured_in_seconds() -> None:
    with OpenAIServer(first(Fails(429, headers={"Retry-After": "0.7"}))) as server:
        (reply,) = chat(server).answer(make_group("a"))
        waited = server.requests[1].arrived - server.requests[0].arrived
    assert reply.error is None and waited >= 0.7


def test_retry_after_is_honoured_as_a_date() -> None:
    deadline = int(time.time()) + 2
    with OpenAIServer(first(Fails(503, headers={"Retry-After": formatdate(deadline, usegmt=True)}))) as server:
        (reply,) = chat(server).answer(make_group("a"))
        since = time.monotonic() - server.requests[1].arrived
    assert reply.error is None and time.time() - since >= deadline - 0.05


def test_a_wait_of_an_hour_is_told_and_not_slept() -> None:
    with OpenAIServer(Fails(429, headers={"Retry-After": "3600"})) as server:
        with pytest.raises(RespondentError, match="wait 3600 s"):
            chat(server).answer(make_group("a"))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (403, None), (404, "model_not_found"), (429, "insufficient_quota")]
)
def test_what_no_further_ask_can_survive_stops_at_once(status: int, code: str | None) -> None:
    with OpenAIServer(Fails(status, f"refused, key was {KEY}", code=code)) as server:
        with pytest.raises(RespondentError) as caught:
            chat(server).answer(make_group("a", 3))
        assert len(server.requests) == 1
    assert "\n" not in str(caught.value) and str(status) in str(caught.value) and KEY not in str(caught.value)


def test_unknown_model_and_wrong_key_are_one_line() -> None:
    with OpenAIServer(key="another-key") as server, pytest.raises(RespondentError, match="401"):
        chat(server).answer(make_group("a"))
    with OpenAIServer() as server, pytest.raises(RespondentError, match=r"gpt-nothing.*404"):
        chat(server, model="gpt-nothing").answer(make_group("a"))


def test_a_bad_request_faults_its_ask_alone() -> None:
    def script(request: Received) -> Behaviour:
        return Fails(400, "picture too large") if "(1)" in request.question else yes_or_no(request)

    with OpenAIServer(script) as server:
        replies = chat(server).answer(make_group("a", 3))
        assert len(server.requests) == 3
    assert [reply.error is None for reply in replies] == [True, False, True]
    assert "picture too large" in str(replies[1].error)


def test_a_picture_that_the_provider_filters_is_a_refusal_and_no_fault() -> None:
    with OpenAIServer(Fails(400, "filtered", code="content_filter")) as server:
        respondent = chat(server)
        replies = [reply for clip in "abcd" for reply in respondent.answer(make_group(clip, 4))]
        assert len(server.requests) == 16
    assert {(reply.text, reply.finish_reason, reply.error) for reply in replies} == {("", "content_filter", None)}


@pytest.mark.parametrize(("setting", "advice"), [("logprobs", "--no-logprobs"), ("temperature", "--temperature 1")])
def test_a_rejected_setting_stops_with_advice(setting: str, advice: str) -> None:
    with OpenAIServer(Fails(400, "not with this model", param=setting)) as server:
        with pytest.raises(RespondentError, match=advice):
            chat(server).answer(make_group("a", 4))
        assert len(server.requests) == 1


def test_a_clip_that_is_rejected_sixteen_times_does_not_end_a_run_but_three_such_clips_do() -> None:
    with OpenAIServer(Fails(400, "no pictures here")) as server:
        respondent = chat(server)
        assert all(reply.error for reply in respondent.answer(make_group("a", 16)))
        respondent.answer(make_group("b", 4))
        with pytest.raises(RespondentError, match="in a row") as caught:
            respondent.answer(make_group("c", 4))
        assert caught.value.replies == () and len(server.requests) == 21


def test_a_server_that_went_away_ends_the_run() -> None:
    with OpenAIServer() as server:
        respondent = chat(server, max_retries=1)
        respondent.answer(make_group("a"))
    with pytest.raises(RespondentError, match="in a row") as caught:
        respondent.answer(make_group("a", 10))
    assert len(caught.value.replies) == 7


def test_a_server_that_never_was_is_told_after_three_tries() -> None:
    with OpenAIServer() as server:
        respondent = chat(server)
    with pytest.raises(RespondentError, match="is the server running"):
        respondent.answer(make_group("a", 10))
    assert respondent.spent.calls == 3


def test_a_clip_that_cannot_be_read_is_an_error_of_its_asks() -> None:
    def load() -> tuple[object, ...]:
        raise UnreadableClipError("no frame could be decoded")

    broken = ClipView("a", ViewSpec(), load)  # type: ignore[arg-type]
    with OpenAIServer() as server:
        replies = chat(server).answer(Group((broken,), "", (make_ask("One?"), make_ask("Two?"))))
    assert [reply.error for reply in replies] == ["the clip cannot be shown: no frame could be decoded"] * 2
    assert not server.requests


def test_tokens_and_money_are_counted_over_threads() -> None:
    all_at_once = threading.Barrier(8)

    def script(request: Received) -> Behaviour:
        if len(server.requests) <= 8:
            all_at_once.wait(timeout=20)
        return Says("Yes", usage=(1000, 3))

    with OpenAIServer(script) as server:
        respondent = chat(server, price_in=2.0, price_out=10.0, concurrency=8)
        with ThreadPoolExecutor(10) as pool:
            replies = list(pool.map(respondent.answer, [make_group(f"clip{n}", 4) for n in range(10)]))
        assert server.most_in_flight == 8
    spent = respondent.spent
    assert (spent.calls, spent.tokens_in, spent.tokens_out, spent.estimated_calls) == (40, 40_000, 120, 0)
    assert spent.usd == pytest.approx(0.0812)
    assert all((reply.tokens_in, reply.tokens_out) == (1000, 3) for group in replies for reply in group)
    assert all(0 < reply.latency_s < 30 for group in replies for reply in group)


def test_a_budget_of_calls_stops_before_the_next_and_paid_replies_come_along() -> None:
    with OpenAIServer() as server:
        respondent = chat(server, budget_calls=5)
        first_group = respondent.answer(make_group("a", 3))
        with pytest.raises(BudgetReached, match="5 calls") as caught:
            respondent.answer(make_group("b", 4))
        assert len(server.requests) == 5
    asked = [ask.ask_id for ask in make_group("b", 4).asks]
    assert len(first_group) == 3
    assert [reply.ask_id for reply in caught.value.replies] == asked[:2]
    assert all(reply.error is None for reply in caught.value.replies)


@pytest.mark.parametrize("budget", [{"budget_tokens": 5000}, {"budget_usd": 0.005, "price_in": 1.0, "price_out": 1.0}])
def test_token_and_money_budgets_hold_with_eight_threads(budget: dict[str, float]) -> None:
    with OpenAIServer(Says("Yes", usage=(400, 2)), latency_s=0.005) as server:
        respondent = chat(server, **budget)

        def ask(number: int) -> int:
            try:
                return len(respondent.answer(make_group(f"clip{number}", 2)))
            except BudgetReached as reached:
                return len(reached.replies)

        with ThreadPoolExecutor(8) as pool:
            answered = sum(pool.map(ask, range(20)))
    spent = respondent.spent
    assert answered == spent.calls == len(server.requests)
    assert 4000 < spent.tokens_in + spent.tokens_out <= 5000


def test_a_server_without_usage_numbers_is_charged_by_estimate() -> None:
    with OpenAIServer(Says("Yes", usage=None)) as server:
        respondent = chat(server, budget_tokens=2000)
        with pytest.raises(BudgetReached):
            for number in range(50):
                respondent.answer(make_group(f"clip{number}"))
    assert respondent.spent.estimated_calls == respondent.spent.calls > 2


def test_a_money_budget_without_prices_is_refused() -> None:
    with OpenAIServer() as server, pytest.raises(ConfigError, match="--price-in"):
        chat(server, budget_usd=1.0)


def test_closing_ends_a_wait() -> None:
    with OpenAIServer(Fails(429, headers={"Retry-After": "500"})) as server:
        respondent = chat(server)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(respondent.answer, make_group("a"))
            while not server.requests:
                time.sleep(0.01)
            threading.Timer(0.1, respondent.close).start()
            with pytest.raises(RespondentError, match="closed"):
                waiting.result(timeout=5)


def test_the_key_is_nowhere() -> None:
    leaky = f"Incorrect API key provided: {KEY}"
    with OpenAIServer(lambda request: Fails(400, leaky) if "(0)" in request.question else Fails(401, leaky)) as server:
        respondent = chat(server)
        with pytest.raises(RespondentError) as caught:
            respondent.answer(make_group("a", 2))
        assert server.requests[0].key == KEY
    said = [str(caught.value), repr(caught.value), repr(caught.value.replies), repr(respondent), respondent.name]
    said += [str(respondent.settings), respondent.fingerprint, repr(vars(respondent))]
    assert len(caught.value.replies) == 1 and "***" in repr(caught.value.replies)
    assert not [text for text in said if KEY in text]


def test_fingerprint_tells_model_host_and_settings_apart() -> None:
    with OpenAIServer(models=("a", "b")) as server, OpenAIServer() as other:
        prints = [
            chat(server, model="a").fingerprint,
            chat(server, model="b").fingerprint,
            chat(server, model="a", temperature=1.0).fingerprint,
            chat(other, model="a").fingerprint,
        ]
        again = chat(server, model="a", concurrency=2, budget_calls=3).fingerprint
    assert len(set(prints)) == 4 and again == prints[0]


def test_settings_tell_the_temperature_that_langchain_really_sends() -> None:
    with OpenAIServer(models=("gpt-5", "tiny-vlm")) as server:
        assert chat(server).settings["temperature"] == "0.0"
        assert chat(server, temperature=None).settings["temperature"] == "provider's default"
        dropped = chat(server, model="gpt-5")
        dropped.answer(make_group("a"))
    assert dropped.settings["temperature"] == "provider's default"
    assert "temperature" not in server.requests[0].body


def test_any_langchain_model_can_be_asked() -> None:
    from langchain_core.language_models import FakeListChatModel

    respondent = ChatRespondent.over(FakeListChatModel(responses=["Yes", "No"]), name="two-answers")
    replies = respondent.answer(make_group("a", 2))
    assert [reply.text for reply in replies] == ["Yes", "No"]
    assert replies[0].probabilities is None and respondent.name == "chat:two-answers"


def test_two_hundred_asks_with_a_fifth_of_the_calls_failing_all_finish() -> None:
    with OpenAIServer(faulty(0.2)) as server:
        respondent = chat(server, backoff_s=0.02)
        groups = [make_group(f"clip{n}", 4) for n in range(50)]
        with ThreadPoolExecutor(respondent.concurrency) as pool:
            replies = [reply for group in pool.map(respondent.answer, groups) for reply in group]
    assert len(replies) == 200 and not [reply for reply in replies if reply.error]
    assert 200 < len(server.requests) == respondent.spent.calls < 300
    with OpenAIServer() as steady:
        alone = chat(steady)
        calm = [reply for group in groups[:10] for reply in alone.answer(group)]
    assert [(r.ask_id, r.text, r.probabilities) for r in calm] == [
        (r.ask_id, r.text, r.probabilities) for r in replies[:40]
    ]


def test_the_answer_depends_on_the_picture() -> None:
    with OpenAIServer() as server:
        respondent = chat(server)
        texts = [respondent.answer(make_group(f"clip{n}"))[0].probabilities for n in range(12)]
    assert len(set(texts)) == 12


def test_no_file_of_the_package_reads_a_key_from_anywhere_but_the_environment() -> None:
    package = Path(__file__).parents[3] / "spectrum"
    holders = [path.name for path in package.rglob("*.py") if "API_KEY" in path.read_text(encoding="utf-8")]
    assert holders == ["chat_providers.py"]
    assert os.environ["OPENAI_API_KEY"] == KEY


def test_a_body_of_odd_logprobs_gives_no_probabilities() -> None:
    body = b"""{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0,
      "finish_reason": "stop", "message": {"role": "assistant", "content": "Yes"},
      "logprobs": {"content": [{"token": "Yes", "logprob": null, "top_logprobs": []}]}}]}"""
    with OpenAIServer(Sends(body)) as server:
        (reply,) = chat(server).answer(make_group("a"))
    assert reply.text == "Yes" and reply.probabilities is None and reply.tokens_in == 0


def test_a_question_without_pictures_is_text_alone() -> None:
    with OpenAIServer() as server:
        chat(server).answer(Group((), "", (make_ask("Are you there?", WOULD),)))
    assert server.requests[0].parts == ("text",)
