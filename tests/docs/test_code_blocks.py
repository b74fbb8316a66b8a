"""What README and docs tell people to type is there to be typed."""

import importlib
import importlib.util
import re
import sys
from pathlib import Path

import click
import pytest

from spectrum.cli.main import cli
from tests.docs.guide import parse_only
from tests.support.documents import PAGES, ROOT, blocks, commands, inline_commands, prose

SPECTRUM = [(page, words) for page in PAGES for words in commands(page) if words[0] == "spectrum"]
PYTHON = [
    (page, words) for page in PAGES for words in (*commands(page), *inline_commands(page)) if words[0] == "python"
]
MAKE = [(page, words) for page in PAGES for words in commands(page) if words[0] == "make"]


def named(value: object) -> str:
    return value.name if isinstance(value, Path) else " ".join(value)[:70] if isinstance(value, list) else ""


def test_the_pages_hold_commands_to_check() -> None:
    assert len(SPECTRUM) > 60 and len(PYTHON) > 10 and MAKE


@pytest.mark.parametrize(("page", "words"), SPECTRUM, ids=named)
def test_every_spectrum_command_parses(
    page: Path, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command, options, their types and arguments; only the folder of results is there beforehand."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    context = cli.make_context("spectrum", list(words[1:]), resilient_parsing=False)
    assert isinstance(cli, click.Group)
    name, command, rest = cli.resolve_command(context, [*context.protected_args, *context.args])
    assert command is not None and name is not None
    made = command.make_context(name, rest, parent=context)
    assert made.args == []


@pytest.mark.parametrize(("page", "words"), PYTHON, ids=named)
def test_every_python_command_is_taken_by_its_program_s_own_parser(
    page: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is run: several of them take an hour."""
    if words[1] != "-m":
        assert (ROOT / words[1]).is_file(), f"{page.name}: there is no {words[1]}"
    elif words[2].partition(".")[0] in {"benchmarks", "spectrum"}:
        parse_only(words[2], words[3:], monkeypatch)
    else:
        assert importlib.util.find_spec(words[2]) is not None, f"{page.name}: there is no module {words[2]}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_named_in_sentences_have_the_options_they_are_named_with(page: Path) -> None:
    context = cli.make_context("spectrum", ["--help"], resilient_parsing=True)
    for program, *words in inline_commands(page):
        if program == "spectrum" and not words[0].startswith("--"):
            assert isinstance(cli, click.Group)
            command = cli.get_command(context, words[0])
            assert command is not None, f"{page.name}: there is no spectrum {words[0]}"
            options = {
                option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
            assert {word for word in words if word.startswith("--")} <= options, f"{page.name}: {words}"
        elif program == "pytest":
            assert all((ROOT / word).exists() for word in words), f"{page.name}: {words}"


@pytest.mark.parametrize(("page", "words"), MAKE, ids=named)
def test_every_make_target_exists(page: Path, words: list[str]) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(words[1:]) <= targets


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_blocks_compile_and_what_they_import_is_there(page: Path) -> None:
    for block in blocks(page):
        if block.language != "python":
            continue
        tree = compile(block.text, page.name, "exec", flags=0x400)  # ast.PyCF_ONLY_AST
        for node in tree.body:  # type: ignore[attr-defined]
            if type(node).__name__ == "ImportFrom" and node.module.split(".")[0] not in sys.stdlib_module_names:
                module = importlib.import_module(node.module)
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{page.name}: {node.module}.{alias.name}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target, place in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            other = page.parent / target if target else page
            assert other.exists(), f"{page.name} links to {target}"
            assert not place or place in anchors(other), f"{page.name} links to {target}#{place}"


def anchors(page: Path) -> set[str]:
    """The names that a page's headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_a_value_system_and_a_captioned_respondent_work_as_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    from spectrum.answers import ChoiceSpec
    from spectrum.respondents.base import Ask, Group
    from spectrum.views import ClipView
    from video_index.clips import Frame, ViewSpec

    monkeypatch.chdir(tmp_path)
    page = next(page for page in PAGES if page.stem == "your-own")
    names: dict[str, object] = {"__name__": "guide"}
    for block in blocks(page):
        if block.language == "python":
            exec(compile(block.text, page.name, "exec"), names)
    asked: list[str] = []

    class Listens:
        fingerprint = "listens"
        settings: dict[str, str] = {}  # noqa: RUF012

        def answer(self, group: Group) -> list[object]:
            asked.extend(ask.after_media for ask in group.asks)
            return [None for _ in group.asks]

    names["open_respondent"] = lambda spec: Listens()
    captioned = names["Captioned"]("pocket", {"c1": "a dog"})  # type: ignore[operator]
    frame = Frame(np.zeros((8, 8, 3), np.uint8), 0.0)
    view = ClipView("c1", ViewSpec(frames=1, long_side=16), lambda: (frame,))
    question = Ask("a", "", "Like it?", ChoiceSpec(("yes", "no"), (1.0, 0.0)))
    assert len(captioned.answer(Group((view,), "", (question,)))) == 1
    assert asked == ["Its caption: a dog\nLike it?"]
