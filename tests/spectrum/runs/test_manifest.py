import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from spectrum.errors import RunFolderError
from spectrum.runs.manifest import (
    ConditionRecord,
    Fingerprints,
    RespondentRecord,
    RunManifest,
    differences,
    package_versions,
    read_manifest,
    version_differences,
    write_manifest,
)


def make(**changes: object) -> RunManifest:
    fields: dict[str, object] = {
        "kind": "bench",
        "config": {"protocol": "balanced", "per_clip": 4, "personas": ["a", "b"]},
        "seed": 3,
        "respondent": RespondentRecord(name="planted:x", fingerprint="ff", settings={"decoding": "greedy"}),
        "conditions": (ConditionRecord(name="neutral", text="", placement="system"),),
        "fingerprints": Fingerprints(suite="aa"),
        "plan": "bb",
    }
    return RunManifest(**{**fields, **changes})  # type: ignore[arg-type]


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = make(deviations=("written answers only",))
    write_manifest(tmp_path / "manifest.json", written)
    assert read_manifest(tmp_path / "manifest.json") == written
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_its_hash_is_blind_to_time_and_host_only() -> None:
    one = make(created_at="then", host="here")
    assert one.manifest_hash == make(created_at="now", host="there").manifest_hash
    changed = [
        make(seed=4), make(plan="cc"), make(kind="browse"), make(platform="other"), make(versions={}),
        make(config={"protocol": "paper"}), make(conditions=()), make(fingerprints=Fingerprints()),
        make(deviations=("x",)), make(respondent=RespondentRecord(name="n", fingerprint="f", settings={})),
    ]  # fmt: skip
    assert len({one.manifest_hash, *(each.manifest_hash for each in changed)}) == 1 + len(changed)


def test_versions_that_no_answer_passes_through_may_change_within_a_run() -> None:
    one = make(versions={"python": "3.11.7", "torch": "2.13.0", "scipy": "1.16.0", "pyarrow": "22"})
    other = make(versions={"python": "3.11.9", "torch": "2.13.0", "scipy": "1.17.1", "statsmodels": "0.15"})
    assert one.manifest_hash == other.manifest_hash and not list(differences(one, other))
    for changed in ({"python": "3.12.0", "torch": "2.13.0"}, {"python": "3.11.7", "torch": "2.14.0"}):
        assert make(versions=changed).manifest_hash != one.manifest_hash


def test_versions_alone_are_told_apart_from_settings() -> None:
    one = make(versions={"python": "3.11.7", "torch": "2.13.0", "av": "15"})
    two = make(versions={"python": "3.12.1", "torch": "2.14.0", "numpy": "2.4"})
    assert version_differences(one, two) == [
        "av 15 -> absent", "numpy absent -> 2.4", "python 3.11 -> 3.12", "torch 2.13.0 -> 2.14.0"
    ]  # fmt: skip
    assert version_differences(one, make(versions=two.versions, seed=4)) is None
    assert version_differences(one, one) == []


def test_the_order_of_settings_does_not_matter() -> None:
    assert make(config={"a": 1, "b": 2}).manifest_hash == make(config={"b": 2, "a": 1}).manifest_hash


def test_differences_are_named_in_order() -> None:
    new = make(config={"protocol": "balanced", "per_clip": 6, "personas": ["a"]}, seed=4)
    assert list(differences(make(), new)) == [
        "config.per_clip: 4 -> 6",
        'config.personas.1: "b" -> absent',
        "seed: 3 -> 4",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "damaged"),
        ("[1]", "damaged"),
        ('{"format_version": 2}', "damaged: kind"),
        ('{"format_version": 1}', "of format 1, this version reads format 2; ask again"),
        ('{"format_version": 9}', "of format 9, this version reads format 2; upgrade"),
    ],
)
def test_a_bad_manifest_is_one_clear_line(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(RunFolderError, match=says) as caught:
        read_manifest(tmp_path / "manifest.json")
    assert "\n" not in str(caught.value)


def test_an_absent_manifest_says_that_this_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="not a run folder"):
        read_manifest(tmp_path / "manifest.json")


def test_a_manifest_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    write_manifest(path, make())
    content = json.loads(path.read_text())
    content["seed"] = 5
    path.write_text(json.dumps(content))
    with pytest.raises(RunFolderError, match="changed after it was written"):
        read_manifest(path)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        make(extra_field=1)


def test_versions_are_read_without_importing_a_model_library() -> None:
    code = (
        "import sys; from spectrum.runs.manifest import package_versions; v = package_versions();"
        "assert not {'torch', 'transformers', 'av'} & set(sys.modules), 'imported'; print(v['pyarrow'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == package_versions()["pyarrow"]
