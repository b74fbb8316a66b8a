"""The core depends on nothing under the GPL, directly or through others; docs/safety.md lists what there is."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(name: str) -> str:
    """What a package's metadata says: the expression, else classifiers, else the first line of the free text."""
    told = metadata(name)
    classes = [each.rsplit("::", 1)[-1].strip() for each in told.get_all("Classifier") or [] if "License ::" in each]
    return (
        told.get("License-Expression") or "; ".join(classes) or (told.get("License") or "").strip().partition("\n")[0]
    )


def core() -> list[str]:
    """The dependencies of the core and theirs, as installed here."""
    waiting = [Requirement(each).name for each in PROJECT["dependencies"]]
    found: set[str] = set()
    while waiting:
        name = plain(waiting.pop())
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue  # a dependency of another platform
        found.add(name)
        wanted = map(Requirement, needed)
        waiting += [each.name for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    return sorted(found)


@pytest.mark.parametrize("name", core())
def test_a_package_of_the_core_says_its_licence_and_it_is_not_the_gpl(name: str) -> None:
    told = licence(name)
    assert told, f"{name} does not say its licence"
    assert not COPYLEFT.search(told.replace("LGPL", "")), f"{name}: {told}"


@pytest.mark.parametrize("told", ["GPL-3.0-or-later", "GNU General Public License v3 (GPLv3)", "AGPL-3.0"])
def test_the_gpl_is_recognised(told: str) -> None:
    assert COPYLEFT.search(told)


def test_the_documented_table_is_that_of_the_direct_dependencies() -> None:
    text = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    listed = {plain(row) for row in re.findall(r"^\| `([\w.-]+)` \|", text, re.MULTILINE)}
    assert listed == {plain(Requirement(each).name) for each in PROJECT["dependencies"]}
