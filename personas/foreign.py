"""Personas of other projects, read and not shipped: they come without target profiles.

Persona-Chat (Zhang et al., ACL 2018) gives three to five sentences a person; Synthetic-Persona-Chat (CC BY 4.0) is a
CSV of two people a row; Nemotron-Personas (CC BY 4.0) is Parquet with texts and demographics in columns.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from personas.errors import PersonaError
from personas.person import Persona

_TOLD = re.compile(r"^(?P<number>\d+)\s+(?P<whose>your persona|partner's persona)\s*:\s*(?P<trait>.*\S)\s*$")
_LISTS = ("personality", "persona", "traits", "profile")
"""What the lists of traits are called in the copies that go round."""
_USERS = ("user 1 personas", "user 2 personas")
_TEXTS = (
    "persona", "cultural_background", "skills_and_expertise", "hobbies_and_interests", "career_goals_and_ambitions",
)  # fmt: skip
"""Nemotron's columns that become traits, in this order."""
_FACTS = (
    "sex", "age", "marital_status", "education_level", "bachelors_field", "occupation", "city", "state", "country",
)  # fmt: skip
_BATCH = 256


def read_trait_lists(path: Path, text: str) -> tuple[Persona, ...]:
    """Persona-Chat: the original text ("1 your persona: i like to ski.") or JSON lines with a list of traits.

    People with the same traits are one. Raises PersonaError with file and line.
    """
    if path.suffix.lower() == ".jsonl":
        return _people(path, [_list_of(path, number, line) for number, line in _lines(text)])
    lists: list[list[str]] = []
    told: dict[str, list[str]] = {}
    for _, line in _lines(text):
        found = _TOLD.match(line)
        if found is None or found["number"] == "1":
            lists += told.values()
            told = {}
        if found is not None:
            told.setdefault(found["whose"], []).append(found["trait"])
    lists += told.values()
    if not lists:
        raise PersonaError(f"{path}:1: no line like '1 your persona: i like to ski.'")
    return _people(path, lists)


def read_synthetic_chat(path: Path, rows: Iterable[Mapping[str, str]]) -> tuple[Persona, ...]:
    """Synthetic-Persona-Chat: the columns "user 1 personas" and "user 2 personas", a trait a line."""
    cells = (row.get(user, "") for row in rows for user in _USERS)
    return _people(path, [[trait for trait in cell.splitlines() if trait.strip()] for cell in cells])


def read_nemotron(path: Path, limit: int | None = None) -> tuple[Persona, ...]:
    """The first `limit` rows (None: all) of Parquet with the columns of Nemotron-Personas.

    `persona` is needed; of the other texts and facts, those that are there are taken. Raises PersonaError.
    """
    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        if "persona" not in names:
            raise PersonaError(f"{path}: no column 'persona'; it has {', '.join(names)}")
        columns = [name for name in ("uuid", *_TEXTS, *_FACTS) if name in names]
        found: list[Persona] = []
        for batch in file.iter_batches(_BATCH, columns=columns):
            wanted = len(batch) if limit is None else limit - len(found)
            found += [_person(row, path, len(found) + n) for n, row in enumerate(batch.slice(0, wanted).to_pylist())]
            if limit is not None and len(found) >= limit:
                break
    except FileNotFoundError:
        raise PersonaError(f"cannot read the personas {path}: No such file or directory") from None
    except (OSError, pa.ArrowException) as error:
        raise PersonaError(f"{path}: not a Parquet file: {str(error).splitlines()[0]}") from None
    return tuple(found)


def _lines(text: str) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _list_of(path: Path, number: int, line: str) -> list[str]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise PersonaError(f"{path}:{number}: not JSON: {error}") from None
    traits = row if isinstance(row, list) else next((row[name] for name in _LISTS if name in row), None)
    if not isinstance(traits, list) or not all(isinstance(trait, str) for trait in traits):
        raise PersonaError(f"{path}:{number}: expected a list of traits, or one under {', '.join(_LISTS)}")
    return [trait for trait in traits if trait.strip()]


def _people(path: Path, lists: Sequence[Sequence[str]]) -> tuple[Persona, ...]:
    distinct = dict.fromkeys(tuple(trait.strip() for trait in traits) for traits in lists if traits)
    if not distinct:
        raise PersonaError(f"{path}: no traits in it")
    stem = _plain(path.stem)
    width = len(str(len(distinct)))
    return tuple(
        Persona(f"{stem}-{number:0{width}}", f"{path.stem} {number}", traits, None, "", "described")
        for number, traits in enumerate(distinct, start=1)
    )


def _person(row: Mapping[str, Any], path: Path, number: int) -> Persona:
    traits = tuple(str(row[name]).strip() for name in _TEXTS if str(row.get(name) or "").strip())
    if not traits:
        raise PersonaError(f"{path}, row {number + 1}: no text in any of {', '.join(_TEXTS)}")
    identity = _plain(str(row.get("uuid") or f"{path.stem}-{number + 1}"))
    facts = tuple((name, str(row[name])) for name in _FACTS if row.get(name) is not None)
    return Persona(identity, identity, traits, None, "", "biography", demographics=facts)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "persona"
