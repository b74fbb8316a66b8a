"""Which page a result folder gets: by the kind that its summary, or else its manifest, names."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from spectrum.errors import RunFolderError
from spectrum.report.blocks import Page


class PageModule(Protocol):
    """What a module of this package offers."""

    page: Callable[[Path], Page]
    """The page of a folder; damaged or missing parts are said in Page.problems, never raised."""


_MODULES = MappingProxyType(
    {kind: kind for kind in ("adhere", "bench", "browse", "calibration", "circumplex", "compare", "pairs")}
)
"""Kind of a result folder, and the module of this package that draws it."""


def kind_of(folder: Path) -> str:
    """The kind that summary.json or manifest.json names; "bench" where neither can be read."""
    for name in ("summary.json", "manifest.json"):
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        kind = found.get("kind") if isinstance(found, dict) else None
        if isinstance(kind, str) and kind in _MODULES:
            return kind
    return "bench"


def page_of(folder: Path) -> Page:
    """The page of a result folder, from the folder alone. Raises RunFolderError where there is no such folder."""
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is not a folder; give one that a spectrum command wrote (--out)")
    module = importlib.import_module(f"spectrum.report.pages.{_MODULES[kind_of(folder)]}")
    return cast(PageModule, module).page(folder)
