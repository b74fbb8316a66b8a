"""Objects in a reply: JSON or Python, in a code fence or not, with single quotes, loose commas and text around them."""

import ast
import json
import re
from collections.abc import Mapping

_LONGEST = 20_000
_DEEPEST = 20
_STARTS = 8
_LOOSE_COMMA = re.compile(r",(?=\s{0,200}[}\]])")
_BARE_WORDS = {"true": "True", "false": "False", "null": "None"}
_BARE = re.compile(r"(?<=[:\[,\s])(?:true|false|null)(?=[\s,}\]])")
_COMMENT = re.compile(r"^\s{0,40}//[^\n]*$", re.MULTILINE)


def take_object(text: str) -> tuple[Mapping[str, object] | None, str]:
    """The first object in the text with at least one key, and the text around it; (None, text) without one."""
    start = text.find("{")
    for _ in range(_STARTS):
        if start < 0:
            break
        end = _closing(text, start)
        if end is not None:
            found = _read(text[start:end])
            if found:
                return found, f"{text[:start]}\n{text[end:]}"
        start = text.find("{", start + 1)
    return None, text


def _closing(text: str, start: int) -> int | None:
    """Place after the brace that closes text[start]; None where it is too far, too deep or missing."""
    end = _json_end(text, start)
    if end is not None:
        return end
    depth = 0
    for place in range(start, min(len(text), start + _LONGEST)):
        if text[place] == "{":
            depth += 1
            if depth > _DEEPEST:
                return None
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place + 1
    return None


def _json_end(text: str, start: int) -> int | None:
    if text.count("{", start, start + _LONGEST) > _LONGEST // 20:
        return None
    try:
        return json.JSONDecoder(strict=False).raw_decode(text[start : start + _LONGEST])[1] + start
    except (ValueError, RecursionError):
        return None


def _read(source: str) -> Mapping[str, object] | None:
    tidy = _LOOSE_COMMA.sub("", _COMMENT.sub("", source))
    if max(_depth(tidy), 0) > _DEEPEST:
        return None
    for candidate in (source, tidy):
        try:
            return _named(json.loads(candidate, strict=False))
        except (ValueError, RecursionError):
            continue
    python = _BARE.sub(lambda match: _BARE_WORDS[match[0]], tidy)
    try:
        return _named(ast.literal_eval(python))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _depth(source: str) -> int:
    deepest = depth = 0
    for char in source:
        if char in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}])":
            depth -= 1
    return deepest


def _named(found: object) -> Mapping[str, object] | None:
    if not isinstance(found, dict):
        return None
    return {str(key): value for key, value in found.items()}


def key(name: str) -> str:
    """A field's name without case, blanks and marks: "Final_Answer" is "finalanswer"."""
    return re.sub(r"[\W_]+", "", name.casefold())


def as_text(value: object) -> str:
    """A field's value as one would write it: strings as they are, the rest as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)
