"""The README's commands, typed one after the other; hub and API names stand for what is on this machine."""

from pathlib import Path

import pytest

from spectrum.pocket.clips import write_clips
from spectrum.pocket.shipped import checkpoint_folder, embedder_folder
from tests.support.commands import Shell
from tests.support.documents import PAGES, commands
from tests.support.openai_server import OpenAIServer

README = PAGES[0]
VIEW = ["--long-side", "256"]
SMALL = ["--limit", "10", "--no-null-ladder", "--quiet"]
ADDED = {
    "index": ["--embedder", str(embedder_folder()), "--quiet"],
    "search": ["--limit", "3"],
    "bench": SMALL,
    "freeze": VIEW,
    "browse": ["--long-side", "256", "--quiet"],
    "power": ["--runs", "20"],
    "audit": ["--show"],
    "adhere": ["--per-value", "2", "--per-clip", "1", "--first", "2", "--long-side", "256", "--quiet"],
}
"""What keeps each command small."""


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


@pytest.mark.slow
def test_every_command_of_the_readme_works_in_its_order(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-nobody")
    monkeypatch.setenv("VALUE_SPECTRUM_CACHE", str(tmp_path / "cache"))
    write_clips(tmp_path / "videos", per_value=5, controls=10, seconds=0.5)
    ran: list[str] = []
    with OpenAIServer(key="sk-of-nobody") as server:
        for words in commands(README):
            # The viewer serves until Ctrl-C: tests/cli/test_view.py runs it.
            if words[0] != "spectrum" or words[1] == "view":
                continue
            name, rest = words[1], [_here(word, tmp_path, server.spec) for word in words[2:]]
            view = VIEW if name == "bench" and "--index" in rest else []
            result = shell(name, *rest, *ADDED.get(name, []), *view)
            # compare --fail-over: 1 is a real difference, 2 here that the loopback server answers whatever it is asked.
            judged = name == "compare" and (result.status == 1 or "can be reported" in result.out)
            assert result.status == 0 or judged, (words, result)
            assert "Traceback" not in result.err
            ran.append(name)
    assert {"index", "search", "bench", "browse", "report", "freeze", "power", "compare", "adhere"} <= set(ran)
    assert all((tmp_path / "runs" / run / "report.html").is_file() for run in ("qwen", "browse", "gpt", "served"))


def _here(word: str, folder: Path, served: str) -> str:
    if word.startswith("hf:"):
        return f"hf:{checkpoint_folder()}"
    if word.startswith("openai:"):
        return served
    return str(folder / "videos") if word == "~/videos" else word
