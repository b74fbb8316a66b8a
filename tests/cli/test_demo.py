import re
from pathlib import Path

import pytest

from tests.support.commands import Shell


@pytest.mark.slow
def test_the_demo_runs_offline_holds_what_was_planted_and_does_nothing_twice(shell: Shell, tmp_path: Path) -> None:
    out = shell.ok("demo", "--out", tmp_path / "demo", "--limit", 40)
    assert "Measured beside planted" in out
    # With 40 clips the clusters are few, and a row's ten values move together; all 238 clips hold 30 of 30.
    held = [int(count) for count in re.findall(r": (\d+) of 10 intervals hold", out)]
    assert len(held) == 3 and sum(held) >= 23
    again = shell("demo", "--out", tmp_path / "demo", "--limit", 40)
    assert again.status == 0 and "0 indexed, 240 already there" in again.out
    assert re.search(r"\b(\d+) of \1 asks were answered before", again.err)
    assert "Picture matters: " in out and "not run" not in out
