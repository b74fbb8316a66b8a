"""A read-only page over result folders, on the loopback interface: what it serves, to whom, and what it refuses.

Nothing of a folder is served as it stands: ids stand for folders, every page is drawn anew with everything escaped,
and no path of a request ever becomes a path of the file system.
"""

import hmac
import ipaddress
import json
import re
import secrets
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from spectrum.report import server_pages as pages
from spectrum.report.page import Document
from spectrum.report.server_progress import Follower, Prices
from spectrum.report.server_runs import Entry, Found, Shelf, fingerprint

LOOPBACK = "127.0.0.1"
_KEPT_PAGES = 8
_MOST_BESIDE = 12
_TIMEOUT_S = 20.0
_HTML, _JSON, _PLAIN = "text/html; charset=utf-8", "application/json; charset=utf-8", "text/plain; charset=utf-8"
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_ALWAYS = "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
_ROUTE = re.compile(r"run/(?P<id>[0-9a-f]{16})(?P<progress>/progress\.json)?")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a browser."""

    status: HTTPStatus
    kind: str
    body: bytes
    policy: str = "default-src 'none'"


class RunServer:
    """Serves the result folders below `root` at `url` until closed: to loopback alone, and only by its secret path."""

    def __init__(self, root: Path, port: int = 0, *, host: str = LOOPBACK, prices: Prices | None = None) -> None:
        """Raises OSError where the folder cannot be read, or the address cannot be had."""
        self._shelf = Shelf(root)
        self._follower = Follower(prices)
        self._drawn = _Drawn()
        self._looking = threading.Lock()
        self._secret = secrets.token_urlsafe(16)
        self._host = host
        server = self

        class Handler(BaseHTTPRequestHandler):
            server_version, sys_version = "spectrum", ""
            timeout = _TIMEOUT_S

            def do_GET(self) -> None:
                _send(self, server.answer(self.headers.get("Host"), self.path), body=True)

            def do_HEAD(self) -> None:
                _send(self, server.answer(self.headers.get("Host"), self.path), body=False)

            def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
                # Every method but GET and HEAD ends here, and every request that is none.
                status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
                _send(self, _said(status, status.phrase.lower()), body=True)

            def log_message(self, *args: object) -> None:
                return

        self._server = _Quiet((host, port), Handler)
        shown = socket.gethostname() if host in ("0.0.0.0", "::") else host
        self.url = f"http://{shown}:{self._server.server_port}/{self._secret}/"

    @property
    def count(self) -> int:
        """How many result folders there are now."""
        with self._looking:
            return len(self._shelf.look().entries)

    def serve(self) -> None:
        """Answer requests until `close` is called or the process is interrupted."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop serving (from another thread) and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def release(self) -> None:
        """Free the port after `serve` was interrupted."""
        self._server.server_close()

    def answer(self, host: str | None, target: str) -> Answer:
        """What a GET of `target` under the Host header `host` gives."""
        if not self._is_ours(host):
            # A page elsewhere whose name was made to point here sends its own name.
            return _said(HTTPStatus.FORBIDDEN, "this server answers under its own address only")
        try:
            parts = urlsplit(target)
        except ValueError:
            return _said(HTTPStatus.NOT_FOUND, "not found")
        first, _, rest = parts.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(first.encode("utf-8", "replace"), self._secret.encode()):
            return _said(HTTPStatus.NOT_FOUND, "not found")
        if rest == "":
            return _page(pages.list_page(str(self._shelf.root), self._look()))
        if rest == "compare":
            return self._beside(parse_qs(parts.query, max_num_fields=100).get("run", []))
        route = _ROUTE.fullmatch(rest)
        entry = self._entry(route["id"]) if route else None
        if route is None or entry is None:
            return _said(HTTPStatus.NOT_FOUND, "not found")
        return self._progress(entry) if route["progress"] else self._run(entry)

    def _look(self) -> Found:
        with self._looking:
            return self._shelf.look()

    def _entry(self, entry_id: str) -> Entry | None:
        with self._looking:
            return self._shelf.entry(entry_id)

    def _run(self, entry: Entry) -> Answer:
        fault = self._shelf.fault(entry)
        if fault is not None:
            said = f"This folder is not opened: {fault}."
            return _page(pages.refusal_page(entry, said, home="../"), HTTPStatus.FORBIDDEN)
        if entry.status == "running":
            with self._looking:
                progress = self._follower.look(entry)
            return _page(pages.follow_page(entry, progress))
        return _page(self._drawn.get(entry, lambda: pages.result_page(entry)))

    def _progress(self, entry: Entry) -> Answer:
        if self._shelf.fault(entry) is not None:
            return _said(HTTPStatus.FORBIDDEN, "this folder is not opened")
        with self._looking:
            progress = self._follower.look(entry)
        body = json.dumps(pages.progress_json(progress), allow_nan=False).encode()
        return Answer(HTTPStatus.OK, _JSON, body)

    def _beside(self, wanted: list[str]) -> Answer:
        distinct = list(dict.fromkeys(wanted))
        entries = [self._entry(one) for one in distinct] if 2 <= len(distinct) <= _MOST_BESIDE else []
        chosen = [entry for entry in entries if entry is not None and entry.kind == "bench"]
        if not chosen or len(chosen) != len(distinct):
            return _said(HTTPStatus.BAD_REQUEST, f"tick two to {_MOST_BESIDE} bench runs on the page before")
        for entry in chosen:
            fault = self._shelf.fault(entry)
            if fault is not None:
                said = f"This folder is not opened: {fault}."
                return _page(pages.refusal_page(entry, said, home="./"), HTTPStatus.FORBIDDEN)
        return _page(pages.beside_page(chosen))

    def _is_ours(self, host: str | None) -> bool:
        """Whether the Host header names this server: an IP address, or a name that can only be this machine."""
        name, _, port = (host or "").strip().lower().rpartition(":")
        if port != str(self._server.server_port):
            return False
        if name in ("localhost", self._host.lower()):
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return self._host in ("0.0.0.0", "::") and name == socket.gethostname().lower()
        return address.is_loopback or self._host != LOOPBACK


class _Drawn:
    """Pages that were drawn, kept until a file of their folder changes; one that is being drawn is waited for."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[object, Document]] = OrderedDict()
        self._drawing: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, entry: Entry, draw: Callable[[], Document]) -> Document:
        with self._lock:
            drawing = self._drawing.setdefault(entry.entry_id, threading.Lock())
        with drawing:
            state = fingerprint(entry.folder)
            with self._lock:
                known = self._pages.get(entry.entry_id)
                if known is not None and known[0] == state:
                    self._pages.move_to_end(entry.entry_id)
                    return known[1]
            drawn = draw()
            with self._lock:
                self._pages[entry.entry_id] = (state, drawn)
                while len(self._pages) > _KEPT_PAGES:
                    self._pages.popitem(last=False)
            return drawn


class _Quiet(ThreadingHTTPServer):
    """Threads end with the process, and a browser that goes away is no news."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        return


def _page(drawn: Document, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    return Answer(status, _HTML, drawn.text.encode(), drawn.policy)


def _said(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, _PLAIN, text.encode())


def _send(request: BaseHTTPRequestHandler, answer: Answer, *, body: bool) -> None:
    request.send_response(answer.status)
    request.send_header("Content-Type", answer.kind)
    request.send_header("Content-Length", str(len(answer.body)))
    request.send_header("Content-Security-Policy", f"{answer.policy}; {_ALWAYS}")
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        request.send_header("Allow", "GET, HEAD")
    for name, text in _HEADERS:
        request.send_header(name, text)
    request.end_headers()
    if body and request.command != "HEAD":
        request.wfile.write(answer.body)
