"""Data files in YAML: ours by name, a user's by path. Every mistake is one line that names file and place."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from spectrum.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and where it came from; `source` is what errors call it."""

    source: str
    text: str


def shipped_names(folder: str) -> tuple[str, ...]:
    """Names of the YAML files this project ships in `spectrum/data/<folder>`, in alphabetical order."""
    entries = resources.files("spectrum").joinpath("data", folder).iterdir()
    return tuple(sorted(entry.name[: -len(".yaml")] for entry in entries if entry.name.endswith(".yaml")))


def open_document(folder: str, path_or_name: str | Path) -> Document:
    """The shipped file of that name, or else the file at that path.

    Raises ConfigError where there is neither, or where the file is not UTF-8 text.
    """
    names = shipped_names(folder)
    if isinstance(path_or_name, str) and path_or_name in names:
        entry = resources.files("spectrum").joinpath("data", folder, f"{path_or_name}.yaml")
        return Document(f"{folder}/{path_or_name}.yaml", entry.read_text(encoding="utf-8"))
    path = Path(path_or_name)
    try:
        return Document(str(path), path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise ConfigError(
            f"{path}: {reason}; give the path of a file or one of the shipped names: {', '.join(names)}"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8 text; save the file as UTF-8") from None


def parse_document(document: Document, model: type[M]) -> M:
    """The document's YAML as `model`. Raises ConfigError, naming the line or the field that is wrong."""
    try:
        content = yaml.safe_load(document.text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}" if mark else "somewhere"
        raise ConfigError(f"{document.source}, {place}: {error.problem or 'not valid YAML'}") from None
    except (yaml.YAMLError, ValueError) as error:
        line = str(error).splitlines()[0]
        raise ConfigError(f"{document.source}: not valid YAML ({line})") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{document.source}: the file must hold named fields, not {type(content).__name__}")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{document.source}, {describe(error)}") from None


def describe(error: ValidationError) -> str:
    """A validation error as `place: what is wrong`, the first of them, with the count of the others."""
    first, *others = error.errors(include_url=False)
    place = ".".join(str(part) for part in first["loc"]) or "top level"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "string_type" and isinstance(first["input"], bool):
        message = 'put quotes around "yes", "no", "on" and "off": without them YAML reads true or false'
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {message}{more}"
