"""Every block of every guide, typed in its order: names stand for what is on this machine, sizes are small."""

import re
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.docs.guide import STATUS, Guide
from tests.docs.not_run import NOT_RUN
from tests.docs.readers import READERS
from tests.docs.shown import missing
from tests.docs.stand_ins import Here, stand_in
from tests.docs.world import GIVEN, World, speaks_its_mind
from tests.support.commands import Shell
from tests.support.documents import PAGES, blocks, commands, prose
from tests.support.openai_server import OpenAIServer
from tests.support.qdrant_server import qdrant_server

ELSEWHERE = {"README": "test_readme_runs.py", "python": "test_python_api.py"}
"""Pages whose blocks another test runs."""
SLOW = {
    "audit",
    "bench",
    "browse",
    "calibration",
    "compare",
    "engine",
    "pairs",
    "paper",
    "personas",
    "power",
    "served",
    "view",
}
"""Pages that take 5 to 80 seconds of a core each; the others are quick."""
GUIDES = [page for page in PAGES if page.stem not in ELSEWHERE and list(blocks(page))]


def test_tables_name_blocks_that_are_there() -> None:
    starts = {(page.stem, line.removeprefix("$ ")) for page in GUIDES for block in blocks(page) for line in block.lines}
    for stem, start in (*NOT_RUN, *READERS, *STATUS):
        assert any(page == stem and line.startswith(start) for page, line in starts), f"{stem}: {start}"
    assert {*GIVEN, *SLOW} <= {page.stem for page in GUIDES}
    for stem, test in ELSEWHERE.items():
        assert stem not in {page.stem for page in PAGES} or (Path(__file__).parent / test).is_file()


def test_stand_ins_leave_every_command_option_and_flag_in_its_place() -> None:
    here: Here = dict.fromkeys(("pocket", "other", "served", "embedder", "clips", "root", "qdrant"), lambda: "here")
    typed = [words[1:] for page in GUIDES for words in commands(page) if words[0] == "spectrum"]
    assert len(typed) > 40
    for words in typed:
        put = stand_in(words, here)
        for place, word in enumerate(words):
            assert put[place] == word or (place > 0 and not word.startswith("--")), (words, put)


def test_output_in_other_words_or_columns_is_told_from_output_with_other_figures() -> None:
    printed = "Power   -----o---+   -23  [-43, -2]  b\nIt accepted Power clips 2 points\nless. All told."
    assert missing("Hedonism  --+---o---  +16  [-5, 36]  ab\n", printed.replace("  b", "  ab")) == []
    assert missing("It accepted Security clips 14 points less. All told.", printed) == []
    assert missing("It took Security clips 14 points less. All told.", printed) == [
        "It took Security clips 14 points less."
    ]
    assert missing("Power  +16  [-5, 36]  0.1  b\n", printed) != []
    with pytest.raises(AssertionError, match="nothing of this block"):
        missing("Power  +16\n", printed, ["Power"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_fenced_and_says_its_language(page: Path) -> None:
    assert all(block.language for block in blocks(page))
    assert not re.search(r"\n\n    \S", prose(page)), f"{page.name}: an indented block would be run by nobody"


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if page.stem in SLOW else []) for page in GUIDES],
)
def test_every_block_of_the_guide_works(
    page: Path, shell: Shell, world: World, seen: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in GIVEN.get(page.stem, ()):
        world.put(name, tmp_path)
    with ExitStack() as stack:
        server = stack.enter_context(OpenAIServer(speaks_its_mind, key="sk-of-nobody"))
        qdrant = cache(lambda: stack.enter_context(qdrant_server()).url)
        here: Here = {**world.places, "served": lambda: server.spec, "qdrant": qdrant}
        guide = Guide(page, shell, here, monkeypatch, READERS)
        guide.follow()
    served = [line for line in guide.printed if re.match(r"spectrum (view|audit (?!.*--show))", line)]
    assert len(seen) == len(served)
