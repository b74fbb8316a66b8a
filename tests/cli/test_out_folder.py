"""A run folder that cannot be written is told before anything is opened or loaded."""

from pathlib import Path

import pytest

from tests.support.commands import Shell


@pytest.mark.parametrize(
    "words",
    [
        ("bench", "pocket", "--index", "nowhere"),
        ("browse", "pocket", "--index", "nowhere"),
        ("pairs", "nowhere", "pocket"),
        ("adhere", "pocket", "--index", "nowhere"),
    ],
)
@pytest.mark.parametrize("below", ["", "deep/run"])
def test_a_file_for_a_run_folder_is_told_before_the_index_is_looked_for(
    words: tuple[str, ...], below: str, shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "personas.yaml"
    file.write_text("- id: a\n")
    line = shell.fails(*words, "--out", file / below)
    assert f"{file} is a file" in line and "cannot be written" in line and "choose another folder" in line
    assert "nowhere" not in line
    assert file.read_text() == "- id: a\n"
