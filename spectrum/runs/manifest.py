"""The manifest of a run: what was asked of whom, with what, written before the first question."""

import json
import platform
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from spectrum.errors import RunFolderError
from spectrum.runs.durable import write_durably
from video_index.keyed import digest

FORMAT = 2
_PACKAGES = (
    "value-spectrum",
    "accelerate",
    "av",
    "decord",
    "langchain",
    "langchain-openai",
    "numpy",
    "open-clip-torch",
    "pillow",
    "pyarrow",
    "scipy",
    "statsmodels",
    "torch",
    "torchvision",
    "transformers",
)
_NOISE = {"created_at", "host"}
_TALLY_ONLY = {"pyarrow", "scipy", "statsmodels"}
"""Packages that no answer passes through: a tally is made anew as a whole, so that they may change within a run."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RespondentRecord(_Record):
    """Who answered."""

    name: str
    fingerprint: str
    """Of weights, tokenizer and template; never a path."""
    settings: dict[str, str]


class ConditionRecord(_Record):
    """A condition with its text, so that a run can be read without the library it came from."""

    name: str
    text: str
    placement: str


class Fingerprints(_Record):
    """Hashes of what the questions were made of; None where a run has no such part."""

    suite: str | None = None
    index: str | None = None
    lexicon: str | None = None
    bank: str | None = None
    embedder: str | None = None


class RunManifest(_Record):
    """Everything that decides a run's answers, and when and where it was started."""

    format_version: int = FORMAT
    kind: Literal["bench", "browse", "adhere", "pairs"]
    created_at: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    host: str = Field(default_factory=socket.gethostname)
    platform: str = Field(default_factory=lambda: f"{platform.system()} {platform.machine()}")
    versions: dict[str, str] = Field(default_factory=lambda: package_versions())
    """Python and the packages that can change an answer or a number; absent ones are left out. Those that only
    tallies see are recorded and not hashed: a run may go on with others."""
    config: dict[str, JsonValue]
    """The resolved settings by name."""
    seed: int
    respondent: RespondentRecord
    conditions: tuple[ConditionRecord, ...]
    fingerprints: Fingerprints
    plan: str
    """Fingerprint of the planned asks in their order (of a browse run: of its design)."""
    deviations: tuple[str, ...] = ()
    """What was done otherwise than the defaults of the instrument say, a sentence each."""

    @property
    def manifest_hash(self) -> str:
        """Hex digest of all that decides answers: not of time and host, not of versions that only tallies see."""
        return digest("manifest", json.dumps(_deciding(self), sort_keys=True, ensure_ascii=False)).hex()


def package_versions() -> dict[str, str]:
    """Versions by name, from package metadata: nothing is imported for it."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_manifest(path: Path, manifest: RunManifest) -> None:
    """Write it whole or not at all, and make sure it is on disk. Raises RunFolderError."""
    plain = {"manifest_hash": manifest.manifest_hash, **manifest.model_dump(mode="json")}
    text = json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_durably(path, text.encode())


def read_manifest(path: Path) -> RunManifest:
    """Read and check a manifest.

    Raises RunFolderError where it is absent, damaged, changed by hand since, or of another format.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"{path.parent} is not a run folder: it has no {path.name}") from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged and cannot be read ({error})") from error
    if not isinstance(plain, dict):
        raise RunFolderError(f"{path} is damaged: it holds no manifest")
    found = plain.get("format_version")
    if isinstance(found, int) and found != FORMAT:
        older = "ask again in another folder, or use the development version that wrote it"
        advice = older if found < FORMAT else "upgrade value-spectrum"
        raise RunFolderError(f"{path} is of format {found}, this version reads format {FORMAT}; {advice}")
    written_hash = plain.pop("manifest_hash", None)
    try:
        manifest = RunManifest.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunFolderError(f"{path} is damaged: {where}: {first['msg']}") from error
    if manifest.manifest_hash != written_hash:
        raise RunFolderError(f"{path} was changed after it was written: its hash does not fit its content")
    return manifest


def differences(old: RunManifest, new: RunManifest) -> Iterator[str]:
    """What two manifests differ in, as "name: old -> new", in order of name; only what their hashes cover."""
    before, after = (_flat(_deciding(manifest)) for manifest in (old, new))
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, "absent"), after.get(name, "absent")
        if one != other:
            yield f"{name}: {_short(one)} -> {_short(other)}"


def version_differences(old: RunManifest, new: RunManifest) -> list[str] | None:
    """Packages whose version differs, as "torch 2.13.0 -> 2.14.0"; None where anything else differs too."""
    names = [each for each in differences(old, new) if not each.startswith("versions.")]
    if names:
        return None
    before, after = (_deciding(manifest)["versions"] for manifest in (old, new))
    return [
        f"{name} {before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _deciding(manifest: RunManifest) -> dict[str, Any]:
    """The manifest's fields that decide answers; of Python's version, "3.11" without the patch."""
    plain = manifest.model_dump(mode="json", exclude=_NOISE)
    versions = {name: found for name, found in plain["versions"].items() if name not in _TALLY_ONLY}
    if "python" in versions:
        versions["python"] = ".".join(versions["python"].split(".")[:2])
    return {**plain, "versions": versions}


def _flat(tree: Mapping[str, object] | list[object], prefix: str = "") -> dict[str, str]:
    pairs = tree.items() if isinstance(tree, Mapping) else ((str(i), v) for i, v in enumerate(tree))
    flat: dict[str, str] = {}
    for name, value in pairs:
        if isinstance(value, (Mapping, list)) and value:
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False)
    return flat


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
