from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from spectrum.respondents.chat_errors import Remedy, classify


class Answer:
    def __init__(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = headers or {}


class ProviderError(Exception):
    """As most providers' packages raise it: status and response beside the words."""

    def __init__(self, status: int, words: str = "", headers: dict[str, str] | None = None, **body: object) -> None:
        super().__init__(words)
        self.response = Answer(status, headers)
        self.body = body


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (400, Remedy.SKIP), (401, Remedy.STOP), (402, Remedy.STOP), (403, Remedy.STOP), (404, Remedy.STOP),
        (408, Remedy.RETRY), (413, Remedy.SKIP), (422, Remedy.SKIP), (429, Remedy.RETRY), (500, Remedy.RETRY),
        (502, Remedy.RETRY), (503, Remedy.RETRY), (529, Remedy.RETRY),
    ],
)  # fmt: skip
def test_the_status_decides_and_the_words_do_not(status: int, remedy: Remedy) -> None:
    misleading = "rate limit 429 timeout 401 invalid api key 500 not found"
    failure = classify(ProviderError(status, misleading))
    assert (failure.remedy, failure.status) == (remedy, status)


def test_other_packages_ways_of_giving_a_status() -> None:
    class Google(Exception):
        code = 503

    class Boto(Exception):
        response = {"ResponseMetadata": {"HTTPStatusCode": 429}}  # noqa: RUF012

    wrapped = RuntimeError("the package's own words")
    wrapped.__cause__ = ProviderError(401)
    assert classify(Google("x")).remedy is Remedy.RETRY
    assert classify(Boto("x")).remedy is Remedy.RETRY
    assert classify(wrapped).remedy is Remedy.STOP
    assert classify(ValueError({"code": 502, "message": "inside an answer of status 200"})).remedy is Remedy.RETRY


def test_network_errors_are_retried_and_only_a_missing_server_is_unreachable() -> None:
    import httpx

    assert classify(TimeoutError("slow")).remedy is Remedy.RETRY
    assert not classify(TimeoutError("slow")).unreachable
    assert classify(ConnectionRefusedError("nobody")).unreachable
    assert not classify(ConnectionResetError("broke off")).unreachable
    outer = RuntimeError("connection error")
    outer.__cause__ = httpx.ConnectError("nobody there")
    assert classify(outer).unreachable and classify(outer).text == "nobody there"
    assert classify(httpx.RemoteProtocolError("incomplete body")).remedy is Remedy.RETRY


def test_what_is_not_known_stops_in_one_line() -> None:
    failure = classify(RuntimeError("first line\nsecond line " + "x" * 1000))
    assert failure.remedy is Remedy.STOP
    assert "\n" not in failure.text and len(failure.text) <= 300


def test_langchain_s_own_types_without_a_status() -> None:
    from langchain_core import exceptions

    assert classify(exceptions.ModelRateLimitError("x")).remedy is Remedy.RETRY
    assert classify(exceptions.ModelTimeoutError("x")).remedy is Remedy.RETRY
    assert classify(exceptions.ContextOverflowError("x")).remedy is Remedy.SKIP
    assert classify(exceptions.ModelAuthenticationError("x")).remedy is Remedy.STOP


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        ("-3", 0, 0),
        (90, 60, 91),
        (-90, 0, 0),
    ],
)
def test_retry_after(header: str | int, low: float, high: float) -> None:
    if isinstance(header, int):
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=header), usegmt=True)
    seconds = classify(ProviderError(429, headers={"retry-after": header})).retry_after_s
    assert seconds is not None and low <= seconds <= high


@pytest.mark.parametrize("header", ["soon", "nan", "inf", ""])
def test_a_retry_after_that_says_nothing(header: str) -> None:
    assert classify(ProviderError(503, headers={"retry-after": header})).retry_after_s is None


def test_a_spent_account_stops_although_its_status_is_429() -> None:
    assert classify(ProviderError(429, code="insufficient_quota")).remedy is Remedy.STOP


def test_the_rejected_parameter_is_kept() -> None:
    assert classify(ProviderError(400, param="temperature")).parameter == "temperature"
