import _thread
import re
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from spectrum.audit.page import AuditPage
from spectrum.report.server import RunServer
from tests.docs.world import World
from tests.support.commands import Shell


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What the guides take for granted; commands leave the user's cache and the hub alone."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VALUE_SPECTRUM_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("OPENAI_API_KEY", "sk-of-nobody")
        yield World(tmp_path_factory.mktemp("world"))
    torch.set_num_threads(threads)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where a command serves a page, somebody looks at it, judges three clips of an audit, and presses Ctrl-C."""
    pages: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    for server, visit in ((RunServer, _look), (AuditPage, _judge)):
        monkeypatch.setattr(server, "serve", _with_a_visitor(server.serve, visit, pages))
    return pages


def _with_a_visitor(serve: Callable[[Any], None], visit: Callable[[str], str], pages: list[str]) -> Callable[..., None]:
    def visited(self: Any) -> None:
        def come() -> None:
            try:
                pages.append(visit(self.url))
            finally:
                _thread.interrupt_main()

        threading.Thread(target=come, daemon=True).start()
        serve(self)

    return visited


def _look(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as reply:
        return str(reply.read().decode())


def _judge(url: str) -> str:
    page = ""
    for _ in range(3):
        page = _look(url)
        clip = re.search(r'name="clip" value="(\w+)"', page)
        assert clip is not None
        form = urllib.parse.urlencode({"clip": clip[1], "value": "HE", "button": "save"}).encode()
        urllib.request.urlopen(urllib.request.Request(url, form), timeout=60).close()
    return page
