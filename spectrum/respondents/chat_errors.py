"""What to do about a failed call: told from the error's type and status code, never from its words."""

import math
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from socket import gaierror
from typing import Any


class Remedy(StrEnum):
    """What a failure asks for."""

    RETRY = "retry"
    SKIP = "skip"
    """This request is at fault: others may succeed."""
    STOP = "stop"
    """No request can succeed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call as it was classified."""

    remedy: Remedy
    text: str
    """What the provider or the network said, one line."""
    status: int | None = None
    """HTTP status where there was an answer."""
    retry_after_s: float | None = None
    """Seconds that the provider asks to wait."""
    parameter: str | None = None
    """The request's parameter that the provider rejects, where it names one."""
    filtered: bool = False
    """The provider would not let a model see this request: a refusal, not a fault."""
    unreachable: bool = False
    """No connection could be made."""


# Network errors of HTTP libraries that provider packages build on. They are looked up among the modules that
# are loaded: a library that was never imported cannot have raised.
_NETWORK = (
    ("httpx", "TransportError"),
    ("httpx2", "TransportError"),
    ("requests", "ConnectionError"),
    ("requests", "Timeout"),
    ("aiohttp", "ClientConnectionError"),
    ("langchain_core.exceptions", "ModelConnectionError"),
)
_NO_CONNECTION = (
    ("httpx", "ConnectError"),
    ("httpx2", "ConnectError"),
    ("requests", "ConnectionError"),
    ("aiohttp", "ClientConnectorError"),
)
_PASSING = (
    ("langchain_core.exceptions", "ModelRateLimitError"),
    ("langchain_core.exceptions", "ModelAPIError"),
)
_INVALID = (
    ("langchain_core.exceptions", "ModelInvalidRequestError"),
    ("langchain_core.exceptions", "ContextOverflowError"),
)
_TIMEOUTS = (
    ("httpx", "TimeoutException"),
    ("httpx2", "TimeoutException"),
    ("requests", "Timeout"),
    ("langchain_core.exceptions", "ModelTimeoutError"),
)
_RETRIED_STATUS = frozenset({408, 409, 425, 429})
_STOPPING_STATUS = frozenset({401, 402, 403, 404, 405})
_STOPPING_CODES = frozenset({"insufficient_quota"})
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})
_BROKEN_BODY = (ValueError, LookupError, TypeError, AttributeError)


def classify(error: Exception) -> Failure:
    """The remedy for an error that a LangChain chat model raised.

    By status: 408, 409, 425, 429 and 5xx are retried (429 with the code "insufficient_quota" stops); 401 to
    405 stop; every other status faults this request, and the code "content_filter" makes it a refusal.
    Without status: network errors and timeouts are retried, and so is an answer that could not be read (no
    JSON, or JSON of another shape); anything else stops.
    """
    chain = list(_chain(error))
    status = next((found for link in chain if (found := _status(link)) is not None), None)
    if status is not None and status >= 300:
        return _by_status(chain, status)
    text = _line(chain[-1])
    if _any(chain, (TimeoutError, *_types(_TIMEOUTS))):
        return Failure(Remedy.RETRY, f"timed out: {text}")
    if _any(chain, (ConnectionError, gaierror, *_types(_NETWORK))):
        unreachable = _any(chain, (ConnectionRefusedError, gaierror, *_types(_NO_CONNECTION)))
        return Failure(Remedy.RETRY, text, unreachable=unreachable)
    if _any(chain, _types(_PASSING)):
        return Failure(Remedy.RETRY, text)
    if _any(chain, _types(_INVALID)):
        return Failure(Remedy.SKIP, text)
    if status is not None or isinstance(error, _BROKEN_BODY):
        return Failure(Remedy.RETRY, f"unreadable answer: {_line(error)}", status)
    return Failure(Remedy.STOP, text)


def _by_status(chain: list[BaseException], status: int) -> Failure:
    body = next((body for link in chain if isinstance(body := getattr(link, "body", None), Mapping)), {})
    text = _line(chain[0])
    if str(body.get("code")) in _FILTER_CODES:
        return Failure(Remedy.SKIP, text, status, filtered=True)
    if status in _STOPPING_STATUS or str(body.get("code")) in _STOPPING_CODES:
        return Failure(Remedy.STOP, text, status)
    if status in _RETRIED_STATUS or status >= 500:
        return Failure(Remedy.RETRY, text, status, retry_after_s=_retry_after(chain))
    parameter = body.get("param")
    return Failure(Remedy.SKIP, text, status, parameter=str(parameter) if parameter else None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, outermost first."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    candidates = [
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "code", None),
    ]
    if isinstance(response, Mapping):  # botocore
        candidates.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    if error.args and isinstance(error.args[0], Mapping):  # an error object inside an answer of status 200
        candidates.append(error.args[0].get("code"))
    statuses = [found for found in candidates if isinstance(found, int) and 100 <= found < 600]
    return statuses[0] if statuses else None


def _retry_after(chain: list[BaseException]) -> float | None:
    for link in chain:
        headers = getattr(getattr(link, "response", None), "headers", None)
        given = headers.get("retry-after") if headers is not None else None
        if given is not None:
            return _seconds(str(given))
    return None


def _seconds(retry_after: str) -> float | None:
    """Seconds from a Retry-After header: a number, or an HTTP date (RFC 9110, 10.2.3); None if neither."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _any(chain: list[BaseException], types: tuple[type[BaseException], ...]) -> bool:
    return any(isinstance(link, types) for link in chain)


def _types(names: tuple[tuple[str, str], ...]) -> tuple[type[BaseException], ...]:
    loaded: list[Any] = [getattr(sys.modules.get(module), name, None) for module, name in names]
    return tuple(found for found in loaded if isinstance(found, type))


def _line(error: BaseException) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= 300 else f"{words[:297]}..."
