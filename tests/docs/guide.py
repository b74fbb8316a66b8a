"""Follows a guide as a reader would: its blocks in their order, in one folder."""

import argparse
import importlib
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.docs.not_run import NOT_RUN
from tests.docs.shown import missing
from tests.docs.stand_ins import Here, stand_in
from tests.support.commands import Ran, Shell
from tests.support.documents import Block, blocks

STATUS = {
    ("circumplex", "spectrum circumplex runs/one-model"): {2},
    ("compare", "spectrum compare yesterday today"): {0, 1},
}
"""Exit statuses other than 0, where the text says so."""

Reader = Callable[["Guide", Block], None]
_T = TypeVar("_T")


class _ParsedError(Exception):
    """Its arguments were read: nothing more is wanted."""


@dataclass
class Guide:
    """A page that is followed in the current folder."""

    page: Path
    shell: Shell
    here: Here
    monkeypatch: pytest.MonkeyPatch
    readers: Mapping[tuple[str, str], Reader]
    names: dict[str, object] = field(default_factory=dict)
    """What the page's Python has defined so far."""
    printed: dict[str, Ran] = field(default_factory=dict)
    """Every line that was run so far, and what came of it."""

    def follow(self) -> None:
        """Run every block, or read it as the text says; a block that is neither run, read nor listed fails."""
        self.names["__name__"] = f"docs_{self.page.stem}"
        for block in blocks(self.page):
            reader = _of(self.readers, self.page.stem, block.lines[0].removeprefix("$ "))
            if reader is not None:
                reader(self, block)
            elif block.language == "python":
                self.python(block)
            elif block.language == "sh":
                for line in block.lines:
                    self.line(line)
            elif block.language == "console":
                self.console(block)
            elif _of(NOT_RUN, self.page.stem, block.lines[0]) is None:
                pytest.fail(f"{self.page.name}: neither run nor listed: {block.lines[0]}")

    def python(self, block: Block) -> None:
        """Run Python; what it defines is there for the blocks that follow."""
        exec(compile(block.text, self.page.name, "exec"), self.names)

    def line(self, line: str) -> None:
        """Run one command line, unless it is listed."""
        if _of(NOT_RUN, self.page.stem, line) is not None:
            return
        words = shlex.split(line, comments=True)
        if words[:2] == ["python", "-m"]:
            parse_only(words[2], words[3:], self.monkeypatch)
            return
        with self.monkeypatch.context() as patch:
            while "=" in words[0]:
                patch.setenv(*words.pop(0).split("=", 1))
            if words[0] != "spectrum":
                pytest.fail(f"{self.page.name}: neither run nor listed: {line}")
            told = Path(words.pop()) if words[-2] == "2>" else None
            if told is not None:
                words.pop()
            ran = self.shell(*stand_in(words[1:], self.here))
        expected = _of(STATUS, self.page.stem, line) or {0}
        assert ran.status in expected and "Traceback" not in ran.err, (line, ran)
        if told is not None:
            told.write_text(ran.err, encoding="utf-8")
        self.printed[line] = ran

    def console(self, block: Block, *varies: str) -> None:
        """A command behind a prompt, and what it prints."""
        first, _, rest = block.text.partition("\n")
        self.line(first.removeprefix("$ "))
        self.shows(rest, first.removeprefix("$ "), *varies)

    def shows(self, text: str, command: str, *varies: str) -> None:
        """`text` is what the line that begins with `command` prints, figures apart."""
        ran = next(ran for line, ran in reversed(self.printed.items()) if line.startswith(command))
        lost = missing(text, ran.out + ran.err, varies)
        assert not lost, (lost, ran)

    def install(self, block: Block, module: str, source: str) -> None:
        """Make `module` and the entry points of a pyproject block importable, as an installed package would."""
        site = Path("site").absolute()
        place = site / f"{module.replace('.', '/')}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(source, encoding="utf-8")
        info = site / "my_package-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            re.sub(r'^\[project\.entry-points\."(.+)"\]$', r"[\1]", block.text, flags=re.MULTILINE).replace('"', "")
        )
        for name in (module, module.partition(".")[0]):
            self.monkeypatch.setitem(sys.modules, name, sys)
            self.monkeypatch.delitem(sys.modules, name)
        self.monkeypatch.syspath_prepend(str(site))


def parse_only(module: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a program's own parser read its arguments, and run nothing of it."""
    found = importlib.import_module(module)
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(self: argparse.ArgumentParser, args: object = None, namespace: object = None) -> None:
        parse(self, args, namespace)  # type: ignore[call-overload]
        raise _ParsedError

    if "ArgumentParser" not in Path(str(found.__file__)).read_text(encoding="utf-8"):
        assert not arguments, f"{module} takes no arguments"
        return
    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
        patch.setattr(sys, "argv", [module, *arguments])
        with pytest.raises(_ParsedError):
            found.main()


def _of(table: Mapping[tuple[str, str], _T], page: str, line: str) -> _T | None:
    return next((entry for (stem, start), entry in table.items() if stem == page and line.startswith(start)), None)
