"""Respondents by spec: what `kind:target?option=value` means, and opening it without loading any other kind."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from spectrum.errors import ConfigError, UnknownRespondentError
from spectrum.respondents.base import Respondent
from spectrum.respondents.chat_providers import PROVIDERS
from spectrum.respondents.options import RespondentOptions

if TYPE_CHECKING:
    from spectrum.respondents.planted import PlantedWorld

__all__ = ["RespondentOptions", "RespondentSpec", "check_spec", "open_respondent", "parse_spec", "respondent_kinds"]

_POCKET = "pocket"
"""What commands take besides specs: the checkpoint that comes with the package."""
ENTRY_POINTS = "value_spectrum.respondents"
"""Group of entry points through which an installed package adds a kind."""


@dataclass(frozen=True, slots=True)
class RespondentSpec:
    """A respondent's spec, read but not opened."""

    kind: str
    target: str
    options: Mapping[str, str] = field(default_factory=dict)
    """What followed "?"; always empty for hf, recorded and API models."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """All that an opener may use."""

    spec: RespondentSpec
    options: RespondentOptions
    world: "PlantedWorld | None"
    name: str | None = None
    """Of a local checkpoint: what results call it."""


def respondent_kinds() -> dict[str, str]:
    """Every kind that can be opened here, with how its spec is written."""
    return {
        "hf": "hf:NAME_OR_FOLDER",
        "openai": "openai:NAME or openai:NAME@http://HOST:PORT/v1",
        **{name: f"{name}:NAME" for name in PROVIDERS if name != "openai"},
        "planted": "planted:NAME?strength=2",
        "recorded": "recorded:FILE.jsonl",
        "py": "py:MODULE:CLASS",
        **{point.name: f"{point.name}:TARGET" for point in entry_points(group=ENTRY_POINTS)},
    }


def parse_spec(text: str) -> RespondentSpec:
    """Read `kind:target`, and `?option=value&...` where the kind takes options.

    Raises UnknownRespondentError for a kind that nothing opens, ConfigError for options that cannot be read.
    """
    kind, colon, target = text.strip().partition(":")
    plug_in = _entry_point(kind) is not None
    if not (colon and (kind in _OPENERS or kind in PROVIDERS)) and not plug_in:
        raise _unknown(text)
    if not target and not plug_in:
        raise ConfigError(f"{text!r} names nothing after {kind}:")
    if kind not in ("planted", "py") and not plug_in:
        return RespondentSpec(kind, target)
    target, _, query = target.partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ConfigError(f"{text!r}: options are written ?name=value&name=value, not {query!r}") from None
    if len(dict(pairs)) != len(pairs):
        raise ConfigError(f"{text!r} gives an option twice")
    return RespondentSpec(kind, target, dict(pairs))


def check_spec(text: str) -> None:
    """Whether the spec could be opened, as far as that shows without loading or asking anything.

    Raises what `open_respondent` would: for a kind that nothing opens, a folder or recording that is not there, a
    Python target of the wrong form.
    """
    from spectrum.respondents.checkpoint_files import require_checkpoint_name

    parsed = parse_spec(text)
    match parsed.kind:
        case "hf":
            require_checkpoint_name(parsed.target)
        case "recorded":
            _open_recorded(_Opening(parsed, RespondentOptions(), None))
        case "py":
            _python_target(parsed)


def open_respondent(
    spec: str,
    options: RespondentOptions | None = None,
    world: "PlantedWorld | None" = None,
    *,
    name: str | None = None,
) -> Respondent:
    """Open the respondent that a spec names; `world` is what planted ones know of the clips, `name` what results
    call a checkpoint on this machine, where that is not its folder's name.

    Only the module of the spec's kind is imported. Raises UnknownRespondentError, ConfigError,
    MissingExtraError and RespondentError, each one line, before anything is asked.
    """
    parsed = parse_spec(spec)
    opening = _Opening(parsed, options or RespondentOptions(), world, name)
    opener = _OPENERS.get(parsed.kind) or (_open_chat if parsed.kind in PROVIDERS else _open_entry_point)
    return opener(opening)


def _open_local(opening: _Opening) -> Respondent:
    from spectrum.respondents.local import LocalRespondent

    options = opening.options
    respondent: Respondent = LocalRespondent(
        opening.spec.target,
        device_map=options.device_map,
        dtype=options.dtype,
        revision=options.revision,
        think_budget=options.think_budget,
        deterministic=options.deterministic,
        batch_size=options.batch_size,
        trust_remote_code=options.trust_remote_code,
        pickled_weights=options.pickled_weights,
        clip_first=options.clip_first,
        copies=options.copies,
        name=opening.name,
    )
    return respondent


def _open_chat(opening: _Opening) -> Respondent:
    from spectrum.respondents.chat import open_chat

    return open_chat(opening.spec.kind, opening.spec.target, opening.options)


def _open_planted(opening: _Opening) -> Respondent:
    from spectrum.respondents.planted import planted_from_name

    return planted_from_name(opening.spec.target, opening.spec.options, opening.world)


def _open_recorded(opening: _Opening) -> Respondent:
    from spectrum.respondents.recorded import RecordedRespondent

    return RecordedRespondent(Path(opening.spec.target))


def _open_python(opening: _Opening) -> Respondent:
    spec = opening.spec
    module_name, attribute = _python_target(spec)
    module = _import_module(module_name)
    made = getattr(module, attribute, None)
    if not callable(made):
        raise UnknownRespondentError(f"module {module_name} has no class or function {attribute!r}")
    return _made(f"py:{spec.target}", made, spec.options)


def _python_target(spec: RespondentSpec) -> tuple[str, str]:
    module_name, _, attribute = spec.target.partition(":")
    if not attribute:
        raise ConfigError(f"py:{spec.target} must be py:MODULE:CLASS_OR_FUNCTION")
    return module_name, attribute


def _open_entry_point(opening: _Opening) -> Respondent:
    spec = opening.spec
    point = _entry_point(spec.kind)
    if point is None:
        raise _unknown(spec.kind)
    target = {"target": spec.target} if spec.target else {}
    return _made(spec.kind, point.load(), {**target, **spec.options})


_OPENERS: Mapping[str, Callable[[_Opening], Respondent]] = {
    "hf": _open_local,
    "planted": _open_planted,
    "recorded": _open_recorded,
    "py": _open_python,
}


def _made(label: str, make: Callable[..., Any], options: Mapping[str, str]) -> Respondent:
    try:
        inspect.signature(make).bind(**options)
    except TypeError as error:
        raise ConfigError(f"{label}: {error}; options are written ?name=value") from None
    respondent = make(**options)
    members = ("name", "fingerprint", "settings", "concurrency", "answer", "close")
    lacking = [member for member in members if not hasattr(respondent, member)]
    if lacking:
        raise UnknownRespondentError(f"{label} gives no respondent: it lacks {', '.join(lacking)}")
    assert isinstance(respondent, Respondent)
    return respondent


def _import_module(name: str) -> Any:
    """Import a user's module, from the current folder too: a console script does not look there by itself."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise UnknownRespondentError(f"py:{name}: there is no module {name}, neither installed nor in {here}") from None


def _entry_point(kind: str) -> EntryPoint | None:
    return next(iter(entry_points(group=ENTRY_POINTS, name=kind)), None)


def _unknown(text: str) -> UnknownRespondentError:
    kinds = respondent_kinds()
    others = ", ".join(sorted(name for name in PROVIDERS if name != "openai"))
    written = [how for name, how in kinds.items() if name not in PROVIDERS or name == "openai"]
    near = _near(text, kinds)
    hint = "." if near is None else f"; did you mean {near}?"
    return UnknownRespondentError(
        f"{text!r} is no respondent{hint} Write one of: {_POCKET} (on the command line), {', '.join(written)};"
        f" or another LangChain provider as PROVIDER:NAME ({others})"
    )


def _near(text: str, kinds: Iterable[str]) -> str | None:
    """What somebody who wrote this may have meant."""
    if Path(text).expanduser().is_dir():
        return f"hf:{text}"
    kind, colon, target = text.partition(":")
    found = get_close_matches(kind.lower(), kinds if colon else (_POCKET, *kinds), n=1)
    if not found:
        return None
    return f"{found[0]}:{target}" if colon else found[0] if found[0] == _POCKET else f"{found[0]}:NAME"
