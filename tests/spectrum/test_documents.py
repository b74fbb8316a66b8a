"""Data files: every mistake is one line that names file and place."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from spectrum.documents import Document, open_document, parse_document, shipped_names
from spectrum.errors import ConfigError


class Shelf(BaseModel):
    name: str
    counts: tuple[int, ...]


def test_shipped_files_are_found_by_name() -> None:
    assert shipped_names("questions") == ("balanced", "paper")
    assert open_document("questions", "balanced").source == "questions/balanced.yaml"


def test_a_path_is_a_users_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("\ufeffname: x\ncounts: [1, 2]\n", encoding="utf-8")
    assert parse_document(open_document("questions", path), Shelf) == Shelf(name="x", counts=(1, 2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: [", "line 1"),
        ("- a\n- b\n", "named fields"),
        ("", "named fields"),
        ("name: x\ncounts: [1, two]\n", "counts.1"),
        ("counts: [one, two]\n", "(and 2 more)"),
        ("name: yes\ncounts: []\n", 'quotes around "yes"'),
        ("name: \x07\n", "not valid YAML"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_document(Document("shelf.yaml", text), Shelf)
    message = str(caught.value)
    assert message.startswith("shelf.yaml") and told in message and "\n" not in message


def test_a_missing_file_tells_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="balanced, paper"):
        open_document("questions", tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="byte 0 is not UTF-8"):
        (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\x00")
        open_document("questions", tmp_path / "latin.yaml")
