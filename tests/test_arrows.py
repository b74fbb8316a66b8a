"""Imports run one way: every module of the four packages, read from its source, against the rooms it may use."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("video_index", "spectrum", "personas", "agents")

ROOMS = {
    "errors": "",
    "frame_cache": "",
    "views": "frame_cache",
    "documents": "errors",
    "values": "documents errors",
    "answers": "documents",
    "stats": "errors",
    "questions": "answers documents errors",
    "wordings": "errors questions",
    "prompts": "errors questions",
    "instruments": "documents errors stats values",
    "published": "documents stats values",
    "lexicon": "documents errors values",
    "labels": "errors lexicon values",
    "value_sets": "errors labels values",
    "controls": "labels value_sets",
    "suite_file": "errors",
    "suite": "controls errors labels lexicon suite_file value_sets values",
    "respondents": "answers errors frame_cache views",
    "runs": "answers errors frame_cache respondents views",
    "results": "errors runs",
    "report": "errors published runs stats values",
    "audit": "errors respondents runs stats values",
    "bench": "answers audit controls errors prompts questions respondents runs stats suite values views wordings",
    "pairs": "answers bench documents errors prompts questions respondents runs stats suite values views",
    "compare": "answers bench errors published report runs stats values",
    "circumplex": "errors instruments runs stats values",
    "calibration": "errors runs stats values",
    "power": "bench calibration errors questions stats",
    "pocket": "answers errors questions respondents values",
}
"""The rooms of `spectrum` from the ground up, each with those it may import. All may import `video_index`."""

ABOVE = {"video_index": (), "spectrum": ("video_index",), "personas": ("spectrum", "video_index")}
"""The packages that each may import; `agents` may import them all."""

HEAVY = {
    "accelerate", "av", "decord", "langchain", "langchain_core", "langchain_openai", "open_clip", "qdrant_client",
    "qdrant_edge", "scipy", "statsmodels", "torch", "torchvision", "transformers",
}  # fmt: skip
"""Imported by the function that needs them, so that what does not need them starts at once and works without."""


def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


MODULES = modules()


def imports(node: ast.AST, *, late: bool = False, typing: bool = False) -> Iterator[tuple[str, bool, bool]]:
    """What a source imports: the module, whether within a function, whether for its types alone."""
    late = late or isinstance(node, ast.FunctionDef)
    typing = typing or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, late, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            for alias in child.names:
                inner = f"{child.module}.{alias.name}"
                yield inner if inner in MODULES else str(child.module), late, typing
        yield from imports(child, late=late, typing=typing)


USED = {name: tuple(imports(ast.parse(path.read_text(encoding="utf-8"), str(path)))) for name, path in MODULES.items()}


def room(module: str) -> tuple[str, str]:
    """Package, and the room in it: the first name behind the package's."""
    package, _, rest = module.partition(".")
    return package, rest.partition(".")[0]


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 400
    assert ("spectrum.stats.design", False, False) in USED["spectrum.stats.profile"]


def test_packages_import_those_below_only() -> None:
    wrong = [
        f"{name} imports {used}"
        for name, found in USED.items()
        for used, _, _ in found
        if used.partition(".")[0] in PACKAGES
        and room(used)[0] != room(name)[0]
        and room(name)[0] in ABOVE
        and room(used)[0] not in ABOVE[room(name)[0]]
        and room(name)[1] != "cli"
    ]
    assert not wrong


def test_nothing_imports_the_front_door() -> None:
    doors = {
        name
        for name, found in USED.items()
        for used, _, _ in found
        if room(used) == ("spectrum", "cli") and room(name) != ("spectrum", "cli")
    }
    assert doors == {"spectrum.__main__"}


def test_rooms_of_spectrum_import_those_below_only() -> None:
    wrong = [
        f"{name} imports {used}"
        for name, found in USED.items()
        for used, _, _ in found
        if room(name)[0] == room(used)[0] == "spectrum"
        and room(name)[1] not in ("cli", "__main__")
        and room(used)[1] not in ("", room(name)[1], *ROOMS[room(name)[1]].split())
    ]
    assert not wrong


def test_the_rooms_stand_on_one_another_in_the_order_written() -> None:
    below: set[str] = set()
    for name, used in ROOMS.items():
        assert set(used.split()) <= below, name
        below.add(name)
    there = {room(name)[1] for name in MODULES if room(name)[0] == "spectrum"} - {"", "cli", "__main__"}
    assert there == set(ROOMS)


def test_no_module_needs_one_that_needs_it() -> None:
    """Imports within functions count: a circle that Python survives is a circle all the same."""
    try:
        graph = {
            name: {used for used, _, typing in found if used in MODULES and not typing} for name, found in USED.items()
        }
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_heavy_packages_are_imported_where_they_are_needed() -> None:
    wrong = [
        f"{name} imports {used} at its top"
        for name, found in USED.items()
        for used, late, typing in found
        if used.partition(".")[0] in HEAVY and not late and not typing
    ]
    assert not wrong
