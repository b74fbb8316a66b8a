"""Reference values and data that lie beside the repository on some machines; tests skip with a reason elsewhere."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectrum.values import SCHWARTZ

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared_file(*parts: str) -> Path:
    """The path of a shared file; skips the test where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not on this machine")
    return path


@cache
def _golden(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def golden(name: str) -> dict[str, Any]:
    """One entry of the file of reference values; each says where its numbers come from."""
    found = _golden(shared_file("reference", "psychometrics_golden.json"))[name]
    assert isinstance(found, dict)
    if "source" in found:
        assert found["source"]
    return found


def golden_correlations(name: str) -> np.ndarray:
    """A sample's correlations of the ten values, brought from the file's order into SCHWARTZ's."""
    order = _golden(shared_file("reference", "psychometrics_golden.json"))["schwartz_circle_order_10"]
    rows = [order.index(code) for code in SCHWARTZ.codes]
    return np.array(golden(name)["corr_10x10_in_circle_order"])[np.ix_(rows, rows)]


def people() -> np.ndarray:
    """Centred PVQ-21 scores of 569 people, (569, 10) in SCHWARTZ's order (Han et al., ACL 2025; MIT licence)."""
    with shared_file("data", "value_portrait", "humans_pvq21_centred.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name.replace("-", "_")]) for name in SCHWARTZ.names] for row in rows])
