"""A server of bounded capacity that speaks OpenAI's protocol and fails as real ones do; it runs in its own process.

    python -m benchmarks.bounded_server --slots 16 --latency 0.05 --faults 0.2

prints its port. So many requests are served at once, each for so many seconds; the others wait, or with
`--busy refuse` get a 429 at once. A share of the served requests fails: in turn (by a keyed draw) a 429, a 500, an
answer that never comes, and JSON that breaks off. GET /counts says what it did.
"""

import argparse
import asyncio
import json
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from video_index.keyed import integer, uniform

_KINDS = ("429", "500", "hang", "broken")
_REASONS = {200: "OK", 429: "Too Many Requests", 500: "Internal Server Error"}
_HANG_S = 3600.0


@dataclass(slots=True)
class Bounded:
    """What the server is, and what it has done."""

    slots: int
    latency_s: float
    faults: float
    refuse: bool
    free: asyncio.Semaphore = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    """Served requests by what became of them, and "busy" for those refused at the door."""
    seen: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    """Proper answers by question."""
    first: float = 0.0
    last: float = 0.0
    slot_seconds: float = 0.0
    """Time that slots were taken: at least the latency a request, more where the machine is busy."""
    neighbours: Counter[str] = field(default_factory=Counter)
    """Served requests whose clip was "same" as or "other" than the clips of the last few."""
    recent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = asyncio.Semaphore(self.slots)

    async def answer(self, body: dict[str, Any]) -> tuple[int, bytes] | None:
        """Status and body; None for an answer that never comes."""
        self.first = self.first or time.monotonic()
        if self.refuse and self.free.locked():
            self.counts["busy"] += 1
            return 429, b'{"error": {"message": "busy"}}'
        async with self.free:
            taken = time.monotonic()
            await asyncio.sleep(self.latency_s)
            self.last = time.monotonic()
            self.slot_seconds += self.last - taken
        parts = body["messages"][-1]["content"]
        question = str(parts[-1]["text"])
        self._neighbour(str(hash(parts[0]["image_url"]["url"])))
        number = self.seen[question]
        self.seen[question] += 1
        if uniform("fault", question, number) < self.faults:
            kind = _KINDS[integer(len(_KINDS), "kind", question, number)]
            self.counts[kind] += 1
            if kind == "hang":
                await asyncio.sleep(_HANG_S)
                return None
            return {"429": (429, b"{}"), "500": (500, b"{}")}.get(kind, (200, b'{"choices": [{"ind'))
        self.counts["answered"] += 1
        self.answered[question] += 1
        return 200, _completion(body, question)

    def _neighbour(self, clip: str) -> None:
        self.neighbours["same" if clip in self.recent else "other"] += 1
        self.recent = [clip, *[one for one in self.recent if one != clip]][:4]

    def told(self) -> dict[str, Any]:
        """The counts so far."""
        return {
            **self.counts,
            "seconds": self.last - self.first,
            "slot_seconds": self.slot_seconds,
            "answered_twice": sum(times > 1 for times in self.answered.values()),
            "near_its_clip": self.neighbours["same"] / max(1, sum(self.neighbours.values())),
        }


def _completion(body: dict[str, Any], question: str) -> bytes:
    yes = 0.05 + 0.9 * uniform("yes", question)
    word = "Yes" if yes >= 0.5 else "No"
    top = [{"token": "Yes", "logprob": math.log(yes)}, {"token": "No", "logprob": math.log(1 - yes)}]
    content = [{"token": word, "logprob": math.log(max(yes, 1 - yes)), "top_logprobs": top}]
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": word},
        "logprobs": {"content": content} if body.get("logprobs") else None,
    }
    usage = {"prompt_tokens": 900, "completion_tokens": 1, "total_tokens": 901}
    plain = {"id": "c", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice]}
    return json.dumps({**plain, "usage": usage}).encode()


async def _connection(server: Bounded, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").split("\r\n")
            lengths = [line.partition(":")[2] for line in lines if line.lower().startswith("content-length:")]
            raw = await reader.readexactly(int(lengths[0])) if lengths else b""
            if lines[0].startswith("GET"):
                found: tuple[int, bytes] | None = (200, json.dumps(server.told()).encode())
            else:
                found = await server.answer(json.loads(raw))
            if found is None:
                break
            status, answer = found
            writer.write(
                f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n".encode()
                + answer
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        return
    finally:
        writer.close()


async def _serve(server: Bounded) -> None:
    listening = await asyncio.start_server(
        lambda reader, writer: _connection(server, reader, writer), "127.0.0.1", 0, limit=2**24, backlog=1000
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    async with listening:
        await listening.serve_forever()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--faults", type=float, default=0.2)
    parser.add_argument("--busy", choices=("wait", "refuse"), default="wait")
    given = parser.parse_args()

    async def serve() -> None:
        await _serve(Bounded(given.slots, given.latency, given.faults, given.busy == "refuse"))

    asyncio.run(serve())


if __name__ == "__main__":
    main()
