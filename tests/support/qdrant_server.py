"""A loopback server that speaks Qdrant's REST protocol over the client's in-memory engine.

Enough of the protocol for what this project asks of a server; every other request gets a 404 that says so,
and with an API key set, a request without it gets the 401 that a real server gives.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient, models

Answer = Callable[["LoopbackQdrant", str, dict[str, Any]], Any]


class LoopbackQdrant:
    """State of one server: an in-memory engine, the requests seen, and an API key where one is asked for."""

    def __init__(self, api_key: str | None = None) -> None:
        self.engine = QdrantClient(":memory:")
        self.api_key = api_key
        self.requests: list[str] = []
        self.lock = threading.Lock()
        self.url = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of the answer to one request."""
        parts = [part for part in path.split("?")[0].split("/") if part]
        if not parts:
            return 200, {"title": "qdrant - loopback", "version": "1.20.0"}
        if parts[0] != "collections":
            return 404, _error(f"no such path: {path}")
        if len(parts) == 1:
            return 200, _result(self.engine.get_collections())
        name, rest = parts[1], "/".join(parts[2:])
        handler = _HANDLERS.get((method, rest))
        if handler is None:
            return 404, _error(f"not served here: {method} {path}")
        if rest != "exists" and (method, rest) != ("PUT", "") and not self.engine.collection_exists(name):
            return 404, _error(f"Not found: Collection `{name}` doesn't exist!")
        try:
            return 200, _result(handler(self, name, body))
        except (ValueError, KeyError) as error:
            return 400, _error(f"Wrong input: {error}")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=False)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _result(value: Any) -> dict[str, Any]:
    return {"result": _plain(value), "status": "ok", "time": 0.0}


def _error(text: str) -> dict[str, Any]:
    return {"status": {"error": text}, "time": 0.0}


def _parsed(kind: Any, value: Any) -> Any:
    return None if value is None else TypeAdapter(kind).validate_python(value)


_DONE = {"operation_id": 0, "status": "completed"}


def _create(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> bool:
    vectors = body.get("vectors") or {}
    if "size" in vectors:
        params: Any = models.VectorParams(**vectors)
    else:
        params = {key: models.VectorParams(**value) for key, value in vectors.items()}
    return server.engine.create_collection(name, vectors_config=params)


def _upsert(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> dict[str, Any]:
    points = [models.PointStruct(**{"vector": {}, **point}) for point in body["points"]]
    server.engine.upsert(name, points)
    return _DONE


def _scroll(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> dict[str, Any]:
    records, offset = server.engine.scroll(
        name,
        scroll_filter=_parsed(models.Filter, body.get("filter")),
        limit=body.get("limit") or 10,
        offset=body.get("offset"),
        with_payload=body.get("with_payload", True),
        with_vectors=body.get("with_vector", False),
    )
    return {"points": _plain(records), "next_page_offset": offset}


def _query(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = server.engine.query_points(
        name,
        query=body["query"]["nearest"] if isinstance(body["query"], dict) else body["query"],
        using=body.get("using"),
        query_filter=_parsed(models.Filter, body.get("filter")),
        limit=body.get("limit") or 10,
        with_payload=body.get("with_payload", False),
        with_vectors=body.get("with_vector", False),
    )
    return {"points": _plain(answer.points)}


def _retrieve(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> list[Any]:
    return server.engine.retrieve(
        name,
        ids=body["ids"],
        with_payload=body.get("with_payload", True),
        with_vectors=body.get("with_vector", False),
    )


def _set_payload(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> dict[str, Any]:
    server.engine.set_payload(name, payload=body["payload"], points=body["points"])
    return _DONE


def _delete(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> dict[str, Any]:
    server.engine.delete(name, points_selector=models.PointIdsList(points=body["points"]))
    return _DONE


def _count(server: LoopbackQdrant, name: str, body: dict[str, Any]) -> Any:
    return server.engine.count(name, count_filter=_parsed(models.Filter, body.get("filter")))


_HANDLERS: dict[tuple[str, str], Answer] = {
    ("GET", "exists"): lambda server, name, _: {"exists": server.engine.collection_exists(name)},
    ("GET", ""): lambda server, name, _: server.engine.get_collection(name),
    ("PUT", ""): _create,
    ("DELETE", ""): lambda server, name, _: server.engine.delete_collection(name),
    ("PUT", "index"): lambda server, name, _: _DONE,
    ("PUT", "points"): _upsert,
    ("POST", "points"): _retrieve,
    ("POST", "points/scroll"): _scroll,
    ("POST", "points/query"): _query,
    ("POST", "points/count"): _count,
    ("POST", "points/payload"): _set_payload,
    ("POST", "points/delete"): _delete,
}


@contextmanager
def qdrant_server(api_key: str | None = None, delay_s: float = 0.0) -> Iterator[LoopbackQdrant]:
    """Serve on a free port of 127.0.0.1 while the block runs; `.url` is the address."""
    state = LoopbackQdrant(api_key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            if delay_s:
                time.sleep(delay_s)
            if state.api_key is not None and self.headers.get("api-key") != state.api_key:
                status, body = 401, _error("Must provide an API key or an Authorization bearer token")
            else:
                with state.lock:
                    state.requests.append(f"{self.command} {self.path}")
                    status, body = state.answer(self.command, self.path, json.loads(raw) if raw else {})
            out = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
