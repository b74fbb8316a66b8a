"""What README and docs tell people to type is there to be typed."""

import importlib
import importlib.util
import re
import sys
from pathlib import Path

import click
import pytest

from spectrum.cli.main import cli
from tests.support.documents import PAGES, ROOT, blocks, commands

SPECTRUM = [(page, words) for page in PAGES for words in commands(page) if words[0] == "spectrum"]
PYTHON = [(page, words) for page in PAGES for words in commands(page) if words[0] == "python"]
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
def test_every_python_command_names_a_program_and_options_that_exist(page: Path, words: list[str]) -> None:
    if words[1] == "-m":
        if words[2].split(".")[0] not in {"benchmarks", "spectrum", "pytest", "pip", *sys.stdlib_module_names}:
            pytest.fail(f"{page.name}: {words[2]} is no module of this project")
        found = importlib.util.find_spec(words[2])
        assert found is not None and found.origin is not None, f"{page.name}: there is no module {words[2]}"
        source = Path(found.origin).read_text(encoding="utf-8")
        options = words[3:]
    else:
        source, options = (ROOT / words[1]).read_text(encoding="utf-8"), words[2:]
    if not source.startswith(('"""', "#!")) or words[2].split(".")[0] not in ("benchmarks", "spectrum"):
        return
    for option in options:
        if option.startswith("--"):
            assert f'"{option.split("=")[0]}"' in source, f"{page.name}: {' '.join(words)}"


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
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_shipped_formats_of_the_guides_load(tmp_path: Path) -> None:
    """YAML and CSV of the lexicon, question and persona guides, by the readers they are for."""
    from personas.files import load_personas
    from spectrum.errors import ConfigError
    from spectrum.lexicon import load_lexicon
    from spectrum.questions import load_bank

    docs = {page.stem: page for page in PAGES}
    texts = {
        (stem, block.language): block.text
        for stem in ("lexicon", "questions", "personas")
        for block in blocks(docs[stem])
    }
    for (stem, language), suffix, read in (
        (("questions", "yaml"), "yaml", load_bank),
        (("personas", "yaml"), "yaml", load_personas),
    ):
        path = tmp_path / f"{stem}.{suffix}"
        path.write_text(texts[stem, language], encoding="utf-8")
        assert read(path)
    # The lexicon pages show two of ten values: the reader says which are missing, and nothing else is wrong.
    for language in ("yaml", "csv"):
        path = tmp_path / f"lexicon.{language}"
        path.write_text(texts["lexicon", language], encoding="utf-8")
        with pytest.raises(ConfigError, match="no phrase"):
            load_lexicon(path)


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
