"""Persona files: YAML, JSON, JSONL and CSV, in and out; trait lists and columns of other projects, in."""

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from personas.errors import PersonaError
from personas.foreign import read_nemotron, read_synthetic_chat, read_trait_lists
from personas.person import Persona
from personas.rows import Place, persona_of, require_distinct
from spectrum.values import SCHWARTZ, ValueSystem

SUFFIXES = (".yaml", ".yml", ".json", ".jsonl", ".csv", ".txt", ".parquet")
"""Names of files that hold personas end in one of these."""

BETWEEN_TRAITS = "|"
"""Separates the traits in a cell of a CSV file."""
_COLUMNS = ("id", "name", "tier", "traits", "target_source", "author", "cluster", "unit", "placebo", "demographics")


def load_personas(path: str | Path, *, system: ValueSystem = SCHWARTZ, limit: int | None = None) -> tuple[Persona, ...]:
    """Read a file of personas, in its order; the name's ending says what it is. At most the first `limit`.

    `.yaml`, `.json`: a list; `.jsonl`: one a line; `.csv`: one a row, traits separated by "|", a column a value.
    Fields: `id`, `name`, `traits`, `tier`, and optionally `target` (value name or code -> number; 0 where left out;
    centred here), `target_source`, `author`, `cluster`, `unit`, `placebo`, `demographics`. Without targets: `.txt` and
    `.jsonl` of Persona-Chat trait lists, `.csv` of Synthetic-Persona-Chat, `.parquet` with the columns of
    Nemotron-Personas. Raises PersonaError with file and line for whatever cannot be read, a value that `system` does
    not have, a target that is the same for all values, no traits, an id used twice.
    """
    return tuple(persona for persona, _ in placed_personas(path, system=system, limit=limit))


def placed_personas(
    path: str | Path, *, system: ValueSystem = SCHWARTZ, limit: int | None = None
) -> tuple[tuple[Persona, str], ...]:
    """As load_personas, each with where it stands: file:line, or the file alone in formats of other projects."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise PersonaError(f"{path}: personas are read from {', '.join(SUFFIXES)} files")
    if suffix == ".parquet":
        return _foreign(path, read_nemotron(path, limit))
    text = _text(path)
    if suffix == ".txt":
        return _foreign(path, read_trait_lists(path, text))[:limit]
    rows = {".jsonl": _json_lines, ".csv": _csv}.get(suffix, _yaml)(path, text)
    if rows and suffix == ".csv" and "user 1 personas" in rows[0][0]:
        return _foreign(path, read_synthetic_chat(path, [row for row, _ in rows]))[:limit]
    if rows and suffix == ".jsonl" and not {"id", "name", "tier"} & rows[0][0].keys():
        return _foreign(path, read_trait_lists(path, text))[:limit]
    if suffix == ".csv":
        rows = [(_of_cells(cells, place, system), place) for cells, place in rows]
    if not rows:
        raise PersonaError(f"{path}:1: expected a list of personas, each starting with '- id:'")
    personas = tuple(persona_of(plain, place, system) for plain, place in rows)
    places = [place for _, place in rows]
    require_distinct(personas, places)
    return tuple((persona, place(("id",))) for persona, place in zip(personas, places, strict=True))[:limit]


def _foreign(path: Path, personas: Iterable[Persona]) -> tuple[tuple[Persona, str], ...]:
    return tuple((persona, str(path)) for persona in personas)


def save_personas(personas: Iterable[Persona], path: str | Path, *, system: ValueSystem = SCHWARTZ) -> None:
    """Write personas as `.yaml`, `.jsonl` or `.csv`, by the name's ending; load_personas reads them back.

    Raises PersonaError for another ending; OSError where the file cannot be written.
    """
    path = Path(path)
    rows = [persona_row(persona, system) for persona in personas]
    if path.suffix in (".yaml", ".yml"):
        text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True, width=110)
    elif path.suffix == ".jsonl":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    elif path.suffix == ".csv":
        text = _as_csv(rows, system)
    else:
        raise PersonaError(f"{path}: personas are written to .yaml, .jsonl or .csv files")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PersonaError(f"cannot read the personas {path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise PersonaError(f"{path}: byte {error.start} is not UTF-8 text; save the file as UTF-8") from None


def _yaml(path: Path, text: str) -> list[tuple[Any, Place]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.SequenceNode):
            return []
        whole = yaml.constructor.SafeConstructor().construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = " ".join(str(getattr(error, "problem", error)).split())
        raise PersonaError(f"{where}: neither YAML nor JSON: {problem}") from None
    return [(plain, _place_in_yaml(path, node)) for plain, node in zip(whole, root.value, strict=True)]


def _place_in_yaml(path: Path, persona: yaml.Node) -> Place:
    """file:line of the deepest part that the file holds."""

    def place(loc: tuple[int | str, ...]) -> str:
        node = persona
        for part in loc:
            inner = _child(node, part)
            if inner is None:
                break
            node = inner
        return f"{path}:{node.start_mark.line + 1}"

    return place


def _child(node: yaml.Node, part: int | str) -> yaml.Node | None:
    inner: yaml.Node | None = None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        inner = node.value[part]
    elif isinstance(node, yaml.MappingNode):
        inner = next((value for key, value in node.value if key.value == part), None)
    return inner


def _at(path: Path, line: int) -> Place:
    return lambda loc: f"{path}:{line}"


def _json_lines(path: Path, text: str) -> list[tuple[Any, Place]]:
    rows: list[tuple[Any, Place]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise PersonaError(f"{path}:{number}: not JSON: {error}") from None
        if not isinstance(row, dict):
            raise PersonaError(f"{path}:{number}: expected an object with the fields of a persona")
        rows.append((row, _at(path, number)))
    return rows


def _csv(path: Path, text: str) -> list[tuple[Any, Place]]:
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    rows: list[tuple[Any, Place]] = []
    line = 2
    try:
        for cells in reader:
            if "" in cells:
                raise PersonaError(
                    f"{path}:{line}: more cells than the first line has columns; quote cells with commas"
                )
            named = {(name or "").strip().casefold(): (cell or "").strip() for name, cell in cells.items()}
            rows.append((named, _at(path, line)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise PersonaError(f"{path}:{line}: not CSV: {error}") from None
    return rows


def _of_cells(cells: dict[str, str], place: Place, system: ValueSystem) -> dict[str, Any]:
    """A persona's fields from the cells of a CSV row; cells left empty are fields left out."""
    row: dict[str, Any] = {name: cells[name] for name in _COLUMNS if cells.get(name)}
    others = [name for name in cells if name and name not in _COLUMNS]
    target: dict[str, float] = {}
    for name in others:
        if not cells[name]:
            continue
        try:
            target[name] = float(cells[name])
        except ValueError:
            raise PersonaError(f"{place(('target', name))}: {name} must be a number, not {cells[name]!r}") from None
    if target:
        row["target"] = target
    row["traits"] = [trait for trait in cells.get("traits", "").split(BETWEEN_TRAITS) if trait.strip()]
    if "demographics" in row:
        pairs = (part.partition("=") for part in row["demographics"].split(BETWEEN_TRAITS))
        row["demographics"] = {name.strip(): value.strip() for name, _, value in pairs}
    return row


def persona_row(persona: Persona, system: ValueSystem) -> dict[str, Any]:
    """A persona as a file holds it; rows.persona_of reads it back."""
    row: dict[str, Any] = {"id": persona.id, "name": persona.name, "tier": persona.tier}
    if persona.placebo:
        row["placebo"] = True
    for name in ("author", "cluster", "target_source"):
        if getattr(persona, name):
            row[name] = getattr(persona, name)
    if persona.target is not None:
        row["unit"] = persona.unit
        row["target"] = dict(zip(system.codes, persona.target, strict=True))
    if persona.demographics:
        row["demographics"] = dict(persona.demographics)
    return {**row, "traits": list(persona.traits)}


def _as_csv(rows: list[dict[str, Any]], system: ValueSystem) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*_COLUMNS, *system.codes], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        bad = [trait for trait in row["traits"] if BETWEEN_TRAITS in trait]
        if bad:
            raise PersonaError(f"{row['id']}: the trait {bad[0]!r} holds {BETWEEN_TRAITS!r}; write .yaml or .jsonl")
        cells = {**row, **row.get("target", {}), "traits": BETWEEN_TRAITS.join(row["traits"])}
        cells.pop("target", None)
        pairs = (f"{name}={value}" for name, value in row.get("demographics", {}).items())
        cells["demographics"] = BETWEEN_TRAITS.join(pairs)
        writer.writerow(cells)
    return text.getvalue()
