"""A loopback HTTP server that speaks OpenAI's chat-completions protocol, pictures and logprobs included.

It keeps what it was sent, so that a test can see that the picture really arrived. What it does is a script:
a function from the request (and how often the same one came before) to a behaviour.

    with OpenAIServer(lambda request: Says("Yes", chances={"Yes": 0.8, "No": 0.2})) as server:
        ... ask f"openai:tiny-vlm@{server.url}" ...
        server.requests[0].pictures[0]   # the bytes of the first picture
"""

import base64
import hashlib
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    model: str
    system: tuple[str, ...]
    texts: tuple[str, ...]
    """Text blocks of the human turns, in order."""
    pictures: tuple[bytes, ...]
    parts: tuple[str, ...]
    """"text" or "picture" for each block of the human turns, in order."""
    turns: int
    key: str
    seen_before: int
    """How many equal requests came earlier."""
    arrived: float
    """time.monotonic()"""
    body: Mapping[str, Any] = field(repr=False)

    @property
    def question(self) -> str:
        """The last text."""
        return self.texts[-1] if self.texts else ""

    def digest(self, *salt: str) -> int:
        """A number that depends on the pictures' bytes, the question and the salt."""
        hasher = hashlib.blake2b(digest_size=8)
        for part in (*self.pictures, self.question.encode(), *(word.encode() for word in salt)):
            hasher.update(len(part).to_bytes(8, "big") + part)
        return int.from_bytes(hasher.digest(), "big")


@dataclass(frozen=True)
class Says:
    """A proper answer. `chances` are the probabilities of the first token's candidates."""

    text: str | None
    chances: Mapping[str, float] | None = None
    finish_reason: str | None = "stop"
    refusal: str | None = None
    usage: tuple[int, int] | None = (100, 2)
    tokens: tuple[str, ...] | None = None
    """How the text splits into tokens; the whole text is one where left out."""


@dataclass(frozen=True)
class Fails:
    """An error answer in OpenAI's form."""

    status: int
    message: str = "a scripted failure"
    code: str | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sends:
    """Any bytes: HTML, broken JSON, or (with `promised` above their length) a body that breaks off."""

    body: bytes
    content_type: str = "application/json"
    promised: int | None = None


@dataclass(frozen=True)
class Hangs:
    """Nothing comes for so long, and then the connection closes."""

    seconds: float


Behaviour = Says | Fails | Sends | Hangs
Script = Callable[[Received], Behaviour]

HTML = Sends(b"<html><body>Bad gateway</body></html>", "text/html")
BROKEN_JSON = Sends(b'{"id": "x", "choices": [{"ind')
TRUNCATED = Sends(b'{"id": "x", "choices": [', promised=4000)
OTHER_JSON = Sends(b'{"status": "ok"}')


def yes_or_no(request: Received) -> Says:
    """Yes or no with a probability that depends on the pictures and the question."""
    yes = 0.05 + 0.9 * (request.digest() % 1000) / 1000
    chances = {"Yes": 0.7 * yes, " yes": 0.3 * yes, "No": 0.95 * (1 - yes), "Maybe": 0.05 * (1 - yes)}
    return Says("Yes" if yes >= 0.5 else "No", chances)


def faulty(share: float, inner: Script = yes_or_no, faults: tuple[Behaviour, ...] | None = None) -> Script:
    """A keyed share of requests fails in passing, each in one of several ways, then answers as `inner` does."""
    kinds = faults or (Fails(429, headers={"Retry-After": "0"}), Fails(500), Fails(503), HTML, BROKEN_JSON, TRUNCATED)

    def script(request: Received) -> Behaviour:
        draw = request.digest("fault", str(request.seen_before))
        return kinds[draw // 1000 % len(kinds)] if draw % 1000 < share * 1000 else inner(request)

    return script


class OpenAIServer:
    """Serves on a free port of 127.0.0.1 while its context is open."""

    def __init__(
        self,
        script: Script | Behaviour = yes_or_no,
        *,
        latency_s: float = 0.0,
        key: str | None = None,
        models: tuple[str, ...] = ("tiny-vlm",),
    ) -> None:
        self._script: Script = script if callable(script) else lambda _: script
        self._latency_s = latency_s
        self._key = key
        self._models = models
        self._seen: Counter[bytes] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._in_flight = 0
        self.requests: list[Received] = []
        self.most_in_flight = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def spec(self) -> str:
        """A respondent's spec for the first model."""
        return f"openai:{self._models[0]}@{self.url}"

    def __enter__(self) -> "OpenAIServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def behave(self, raw: bytes, authorization: str) -> tuple[int, Mapping[str, str], bytes, int | None] | None:
        """Status, headers, body and promised length of the answer; None closes the connection."""
        if self._closing.is_set():
            return None
        request = self._receive(raw, authorization)
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            if self._latency_s:
                time.sleep(self._latency_s)
            behaviour = self._decide(request)
            if isinstance(behaviour, Hangs):
                self._closing.wait(behaviour.seconds)
                return None
            return _answer(request, behaviour)
        finally:
            with self._lock:
                self._in_flight -= 1

    def _decide(self, request: Received) -> Behaviour:
        if self._key is not None and request.key != self._key:
            return Fails(401, f"Incorrect API key provided: {request.key}.", code="invalid_api_key")
        if request.model not in self._models:
            return Fails(404, f"The model `{request.model}` does not exist", code="model_not_found")
        return self._script(request)

    def _receive(self, raw: bytes, authorization: str) -> Received:
        body = json.loads(raw)
        human = [_blocks(turn) for turn in body["messages"] if turn["role"] == "user"]
        blocks = [block for turn in human for block in turn]
        with self._lock:
            request = Received(
                model=body["model"],
                system=tuple(
                    text
                    for turn in body["messages"]
                    if turn["role"] in ("system", "developer")
                    for kind, text in _blocks(turn)
                    if kind == "text" and isinstance(text, str)
                ),
                texts=tuple(text for kind, text in blocks if kind == "text" and isinstance(text, str)),
                pictures=tuple(data for kind, data in blocks if kind == "picture" and isinstance(data, bytes)),
                parts=tuple(kind for kind, _ in blocks),
                turns=len(body["messages"]),
                key=authorization.removeprefix("Bearer "),
                seen_before=self._seen[raw],
                arrived=time.monotonic(),
                body=body,
            )
            self._seen[raw] += 1
            self.requests.append(request)
            return request


def _blocks(turn: Mapping[str, Any]) -> list[tuple[str, str | bytes]]:
    if isinstance(turn["content"], str):
        return [("text", turn["content"])]
    blocks: list[tuple[str, str | bytes]] = []
    for block in turn["content"]:
        if block["type"] == "text":
            blocks.append(("text", block["text"]))
        else:
            blocks.append(("picture", base64.b64decode(block["image_url"]["url"].partition(";base64,")[2])))
    return blocks


def _answer(request: Received, behaviour: Says | Fails | Sends) -> tuple[int, Mapping[str, str], bytes, int | None]:
    if isinstance(behaviour, Sends):
        return 200, {"Content-Type": behaviour.content_type}, behaviour.body, behaviour.promised
    if isinstance(behaviour, Fails):
        error = {"message": behaviour.message, "code": behaviour.code, "param": behaviour.param, "type": "scripted"}
        return behaviour.status, behaviour.headers, json.dumps({"error": error}).encode(), None
    choice: dict[str, Any] = {
        "index": 0,
        "finish_reason": behaviour.finish_reason,
        "message": {"role": "assistant", "content": behaviour.text, "refusal": behaviour.refusal},
    }
    if request.body.get("logprobs") and behaviour.chances is not None:
        choice["logprobs"] = {"content": _logprobs(behaviour, request.body.get("top_logprobs", 0))}
    completion: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": request.model,
        "choices": [choice],
    }
    if behaviour.usage is not None:
        sent, written = behaviour.usage
        completion["usage"] = {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}
    return 200, {}, json.dumps(completion).encode(), None


def _logprobs(says: Says, top: int) -> list[dict[str, Any]]:
    tokens = says.tokens or (says.text or "",)
    first = True
    entries = []
    for token in tokens:
        chances = dict(says.chances or {}) if first and token.strip() else {token: 1.0}
        first = first and not token.strip()
        ranked = sorted(chances.items(), key=lambda pair: -pair[1])
        entries.append(
            {
                "token": token,
                "logprob": math.log(chances.get(token, 1e-6)),
                "bytes": None,
                "top_logprobs": [
                    {"token": text, "logprob": math.log(chance), "bytes": None} for text, chance in ranked[:top]
                ],
            }
        )
    return entries


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """A test's output is its own."""

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            answer = server.behave(raw, self.headers.get("Authorization", ""))
            self.close_connection = answer is None
            if answer is None:
                return
            status, headers, body, promised = answer
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(promised or len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = promised is not None

    return Handler
