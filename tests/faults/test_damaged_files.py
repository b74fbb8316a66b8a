"""Files of a run folder and of personas, damaged in every way: read as they were, or refused in one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personas.persona import load_personas
from spectrum.bench.read_sheet import read_sheets
from spectrum.errors import RunFolderError
from spectrum.runs.folder import RunFolder
from spectrum.runs.manifest import (
    ConditionRecord,
    Fingerprints,
    RespondentRecord,
    RunManifest,
    read_manifest,
    write_manifest,
)
from spectrum.values import SCHWARTZ
from tests.faults.damages import BYTES, broken
from tests.support.commands import Shell
from video_index.errors import SpectrumError

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MANIFEST = RunManifest(
    kind="bench",
    config={"protocol": "balanced", "limit": None},
    seed=3,
    respondent=RespondentRecord(name="someone", fingerprint="f", settings={"decoding": "greedy"}),
    conditions=(ConditionRecord(name="neutral", text="", placement="system"),),
    fingerprints=Fingerprints(suite="aa"),
    plan="bb",
)


def damages(data: st.DataObject, content: bytes) -> bytes:
    """Some bytes changed, cut off, put in or left out."""
    start = data.draw(st.integers(0, max(len(content) - 1, 0)))
    put = data.draw(st.binary(max_size=20))
    gone = data.draw(st.integers(0, 50))
    end = data.draw(st.sampled_from([len(content), start]))
    return content[:start] + put + content[start + gone : end]


@given(st.data())
@PROPERTY
def test_a_damaged_manifest_is_what_was_written_or_one_line(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, MANIFEST)
    path.write_bytes(damages(data, path.read_bytes()))
    try:
        # Time and host are not sealed: they may differ.
        assert read_manifest(path).manifest_hash == MANIFEST.manifest_hash
    except RunFolderError as error:
        assert "manifest.json" in str(error)


@given(JSON, st.sampled_from([*RunManifest.model_fields, "other"]))
@PROPERTY
def test_any_value_in_any_field_of_a_manifest_is_refused_or_no_change(tmp_path: Path, value: object, name: str) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, MANIFEST)
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    try:
        assert read_manifest(path).manifest_hash == MANIFEST.manifest_hash
    except RunFolderError as error:
        assert "manifest.json" in str(error)


PERSONAS = {
    ".yaml": "- id: anna\n  traits: [I sing, I climb]\n  target: {Power: -1}\n- id: ben\n  traits: [I pray]\n",
    ".jsonl": '{"id": "anna", "traits": ["I sing"]}\n{"id": "ben", "traits": ["I pray"], "target": {"Power": 1}}\n',
    ".csv": "id,traits\nanna,I sing\nben,I pray\n",
    ".txt": "1 your persona: i like to ski.\n2 your persona: i have a dog.\n",
}


@pytest.mark.parametrize("suffix", PERSONAS)
@given(data=st.data())
@PROPERTY
def test_a_damaged_persona_file_gives_personas_or_one_line(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = tmp_path / f"people{suffix}"
    path.write_bytes(damages(data, PERSONAS[suffix].encode()))
    try:
        assert all(persona.id and persona.traits for persona in load_personas(path))
    except SpectrumError as error:
        assert "people" in str(error) and "\n" not in str(error)


@given(st.recursive(JSON, lambda inner: st.lists(inner, max_size=3), max_leaves=4))
@PROPERTY
def test_any_document_in_a_persona_file_gives_personas_or_one_line(tmp_path: Path, document: object) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(json.dumps(document))
    try:
        load_personas(path)
    except SpectrumError as error:
        assert "people.yaml" in str(error)


@pytest.fixture(scope="module")
def finished(command: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bench run as it ends, made in this process."""
    import contextlib
    import io
    import sys

    from spectrum.cli import main

    run = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit):
        patch.setattr(sys, "argv", ["spectrum", *command("bench", run), "--limit", "10", "--no-null-ladder"])
        main()
    return run


@pytest.mark.parametrize("kind", BYTES)
@pytest.mark.parametrize("name", ["plan.parquet", "clips.parquet", "answers.sqlite"])
def test_a_damaged_part_of_a_run_is_read_or_told_in_one_line(
    name: str, kind: str, finished: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    broken(kind, run / name)
    try:
        sheets = read_sheets(run, len(SCHWARTZ.codes))
        assert name == "answers.sqlite" and sheets  # no answers yet is no damage
    except RunFolderError as error:
        assert name in str(error) and "\n" not in str(error)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["manifest.json", "plan.parquet", "answers.sqlite", "summary.json", "tables/profile.parquet"]
)
def test_a_report_of_a_damaged_run_says_what_is_missing(
    name: str, finished: Path, shell: Shell, tmp_path: Path
) -> None:
    for kind in ("gone", "half", "noise", "flipped"):
        run = shutil.copytree(finished, tmp_path / kind)
        broken(kind, run / name)
        told = shell("report", run)
        assert told.status in (0, 2) and "Traceback" not in told.err
        if name in ("manifest.json", "plan.parquet") or (name == "answers.sqlite" and kind in ("half", "noise")):
            assert RunFolder(run).root.name in told.err and name in told.err
