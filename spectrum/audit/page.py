"""A page on the loopback interface that shows clips to a person and writes down which values they saw."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qs

from spectrum.audit.audited_run import AuditedRun
from spectrum.audit.judgements import Judgement, append_judgement
from spectrum.audit.sample import AuditSample
from video_index.errors import SpectrumError

Picture = Callable[[str], bytes]
"""JPEG of a clip by its clip_id; raises SpectrumError where the clip cannot be read."""
_MOST_POSTED = 10_000


class AuditPage:
    """Serves one rater's audit at `url` until closed. Only this machine can reach it, and only by its secret path."""

    def __init__(self, run: AuditedRun, sample: AuditSample, rater: str, picture: Picture, port: int = 0) -> None:
        """Raises OSError where the port is taken."""
        self._run, self._sample, self._rater, self._picture = run, sample, rater, picture
        self._secret = secrets.token_urlsafe(16)
        self._writing = Lock()
        self.finished = False
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.get(self)

            def do_POST(self) -> None:
                page.post(self)

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/{self._secret}/"

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

    def get(self, request: BaseHTTPRequestHandler) -> None:
        """The next clip's form, or a clip's picture."""
        path = request.path.removeprefix(f"/{self._secret}/")
        if path == request.path:
            _answer(request, HTTPStatus.NOT_FOUND, b"not found", "text/plain")
        elif path == "":
            _answer(request, HTTPStatus.OK, self._form().encode(), "text/html; charset=utf-8")
        elif path.endswith(".jpg") and path.removesuffix(".jpg") in self._run.clip_ids:
            try:
                _answer(request, HTTPStatus.OK, self._picture(path.removesuffix(".jpg")), "image/jpeg")
            except SpectrumError as error:
                _answer(request, HTTPStatus.GONE, str(error).encode(), "text/plain; charset=utf-8")
        else:
            _answer(request, HTTPStatus.NOT_FOUND, b"not found", "text/plain")

    def post(self, request: BaseHTTPRequestHandler) -> None:
        """One judgement."""
        length = int(request.headers.get("Content-Length") or 0)
        if request.path != f"/{self._secret}/" or length > _MOST_POSTED:
            _answer(request, HTTPStatus.NOT_FOUND, b"not found", "text/plain")
            return
        form = parse_qs(request.rfile.read(length).decode("utf-8", "replace"))
        clip_id, pressed = form.get("clip", [""])[0], form.get("button", ["save"])[0]
        values = tuple(code for code in self._run.system.codes if code in form.get("value", []))
        if clip_id not in self._run.clip_ids or (pressed == "save" and not values):
            _answer(request, HTTPStatus.BAD_REQUEST, b"tick a value, or press None or Unsure", "text/plain")
            return
        with self._writing:
            append_judgement(
                self._run.file,
                Judgement(clip_id, self._rater, values if pressed == "save" else (), unsure=pressed == "unsure"),
            )
        request.send_response(HTTPStatus.SEE_OTHER)
        request.send_header("Location", f"/{self._secret}/")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _form(self) -> str:
        from jinja2 import Environment, PackageLoader

        left = self._run.left(self._sample, self._rater)
        self.finished = not left
        template = Environment(loader=PackageLoader("spectrum.audit"), autoescape=True).get_template("audit.html.j2")
        return template.render(
            clip=left[0] if left else None,
            rater=self._rater,
            done=len(self._sample.clip) - len(left),
            total=len(self._sample.clip),
            values=self._run.system.values,
            file=str(self._run.file),
        )


def _answer(request: BaseHTTPRequestHandler, status: HTTPStatus, body: bytes, kind: str) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.send_header("Referrer-Policy", "no-referrer")
    request.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'")
    request.end_headers()
    request.wfile.write(body)
