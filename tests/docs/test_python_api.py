"""The public names: each imports from where docs/python.md says, has a docstring, and is used as the page shows."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import PAGES, ROOT, blocks, prose

PAGE = next(page for page in PAGES if page.stem == "python")
ROW = re.compile(r"^\| `from ([\w.]+) import ([\w, ]+)` \|", re.MULTILINE)
PUBLIC = [(module, name) for module, names in ROW.findall(prose(PAGE)) for name in names.split(", ")]
CONSTANTS = {"SCHWARTZ", "NEUTRAL"}
"""Public names that are values and not to be called; the line below them in the source says what they are."""


def test_the_table_is_small_and_names_everything_once() -> None:
    assert 40 < len(PUBLIC) < 80
    assert len({name for _, name in PUBLIC}) == len(PUBLIC)


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda part: part)
def test_a_public_name_is_where_the_page_says_and_says_what_it_is(module: str, name: str) -> None:
    public = getattr(importlib.import_module(module), name)
    if name in CONSTANTS:
        return
    own = public.__dict__.get("__doc__") if inspect.isclass(public) else public.__doc__
    # A dataclass without a docstring is given its signature as one.
    assert own and not own.startswith(f"{name}("), f"{module}.{name} says nothing of itself"


def test_the_page_imports_public_names_only() -> None:
    used = {
        (module, name.strip())
        for block in blocks(PAGE)
        for module, names in re.findall(r"^from ([\w.]+) import (.+)$", block.text, re.MULTILINE)
        for name in names.split(",")
        if module.split(".")[0] in ("agents", "personas", "spectrum", "video_index")
    }
    assert used <= set(PUBLIC)


def test_importing_all_of_them_loads_nothing_heavy() -> None:
    modules = ", ".join(dict.fromkeys(module for module, _ in PUBLIC))
    heavy = (
        "{'torch', 'transformers', 'open_clip', 'decord', 'av', 'langchain', 'qdrant_client', 'scipy', 'statsmodels'}"
    )
    asked = f"import sys, {modules}; print(*sorted({heavy} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_every_package_says_that_it_is_typed() -> None:
    assert {module.split(".")[0] for module, _ in PUBLIC} <= {path.parent.name for path in ROOT.glob("*/py.typed")}


@pytest.mark.slow
def test_the_types_of_the_examples_hold(tmp_path: Path) -> None:
    """As one file, by the strict rules: whoever copies a block gets no complaint of a type checker."""
    examples = tmp_path / "examples.py"
    examples.write_text("\n\n".join(block.text for block in blocks(PAGE)), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(examples)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
def test_the_blocks_of_the_page_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    names: dict[str, object] = {"__name__": "docs_python"}
    try:
        for block in blocks(PAGE):
            assert block.language == "python"
            exec(compile(block.text, PAGE.name, "exec"), names)
    finally:
        torch.set_num_threads(threads)
    assert all((tmp_path / "runs" / run / "summary.json").is_file() for run in ("pocket", "bright", "compared"))
    assert (tmp_path / "runs" / "pocket" / "report.html").is_file()
