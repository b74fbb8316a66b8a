import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import ConfigError
from spectrum.suite import load_suite, make_suite, read_catalogue, save_suite
from spectrum.values import SCHWARTZ
from tests.support.planted_clips import (
    DIMENSION,
    PlantedEmbedder,
    PlantedIndex,
    clip_id,
    planted_clip,
    planted_index,
    planted_lexicon,
    planted_vector,
)
from video_index.clips import Locator, ViewSpec
from video_index.errors import IndexMismatchError
from video_index.indexed import IndexedClip
from video_index.store import open_index


def frozen(index, **options):
    return make_suite(index, PlantedEmbedder(), planted_lexicon(), **{"per_value": 12, **options})


def test_a_suite_holds_the_planted_sets_with_keywords_margins_and_controls():
    index, phrase = planted_index()
    suite = frozen(index)
    for value, code in enumerate(SCHWARTZ.codes):
        members = [row for row in suite.clips if code in row.value_sets]
        controls = [row for row in suite.clips if code in row.control_for]
        assert len(members) == len(controls) == 12
        for row in members:
            place = row.value_sets.index(code)
            assert row.keywords[place] == phrase[row.clip.clip_id]
            assert row.keywords[place].startswith(f"thing {value} ")
            assert row.margins[place] > 0
            assert row.labels[value] > 0.6
        assert all(phrase[row.clip.clip_id] == "" and max(row.labels) <= 0.5 for row in controls)
    assert [row.clip.clip_id for row in suite.clips] == sorted(row.clip.clip_id for row in suite.clips)
    assert {row.label_source for row in suite.clips} == {"retrieval"}
    assert suite.codes == tuple(SCHWARTZ.codes) and suite.embedder == "planted"


def test_with_sidecar_truth_no_embedder_is_needed_and_labels_are_truth():
    index, phrase = planted_index(truth=True)
    suite = make_suite(index, None, planted_lexicon(), per_value=5)
    assert {row.label_source for row in suite.clips} == {"sidecar"}
    for row in suite.clips:
        shown = phrase[row.clip.clip_id]
        assert row.labels == tuple(float(shown.startswith(f"thing {value} ")) for value in range(10))
        assert set(row.keywords) <= {""}
    assert all(sum(code in row.value_sets for row in suite.clips) == 5 for code in SCHWARTZ.codes)


def test_the_label_mode_decides_what_is_believed():
    index, _ = planted_index(per_keyword=2, neutral=10)
    clips = list(index.clips())
    # Half the clips say that they evoke nothing, whatever they show.
    told = [replace(clip, extra={"values": "none"}) if n % 2 else clip for n, clip in enumerate(clips)]
    index = PlantedIndex(told, index.vectors()[1])
    sources = {}
    for mode in ("auto", "retrieval"):
        suite = frozen(index, labels=mode)
        sources[mode] = {row.label_source for row in suite.clips if row.value_sets}
        in_sets = {row.clip.clip_id for row in suite.clips if row.value_sets}
        assert len(in_sets) == (40 if mode == "auto" else 80)
    assert sources == {"auto": {"retrieval"}, "retrieval": {"retrieval"}}
    with pytest.raises(ConfigError, match="none of 45 clips"):
        frozen(index, labels="sidecar")


def test_a_suite_does_not_depend_on_the_order_of_the_index():
    index, _ = planted_index(per_keyword=3, neutral=20)
    ids, vectors = index.vectors()
    order = np.random.default_rng(3).permutation(len(ids))
    clips = list(index.clips())
    other = PlantedIndex([clips[n] for n in order], vectors[order])
    assert frozen(index) == frozen(other)
    assert frozen(index).fingerprint == frozen(read_catalogue(other)).fingerprint


def test_the_fingerprint_moves_with_seed_view_and_labels_but_not_with_the_place_of_clips():
    index, _ = planted_index(per_keyword=3, neutral=20, truth=True)
    suite = frozen(index, per_value=4)
    assert suite.fingerprint != frozen(index, per_value=4, seed=1).fingerprint
    assert suite.fingerprint != frozen(index, per_value=4, view=ViewSpec(frames=1)).fingerprint
    assert suite.fingerprint != frozen(index, per_value=5).fingerprint
    moved = replace(suite.clips[0], clip=replace(suite.clips[0].clip, locator=Locator("/elsewhere.mp4")))
    assert suite.fingerprint == replace(suite, clips=(moved, *suite.clips[1:])).fingerprint


def test_the_papers_rule_counts_a_clip_once_a_keyword_and_asks_no_controls():
    clips = [planted_clip(f"clip {value} {n}") for value in range(10) for n in range(5)]
    shown = [(f"thing {value} 0", f"thing {value} 1") for value in range(10) for _ in range(5)]
    vectors = np.stack([planted_vector(each, str(n)) for n, each in enumerate(shown)])
    suite = frozen(PlantedIndex(clips, vectors), rule="paper")
    assert all(not row.control_for for row in suite.clips)
    assert sum(len(row.value_sets) for row in suite.clips) == 10 * 4 * 5
    row = next(row for row in suite.clips if row.clip.clip_id == clip_id("clip 6 0"))
    assert row.value_sets.count(SCHWARTZ.codes[6]) >= 2
    assert {"thing 6 0", "thing 6 1"} <= set(row.keywords)
    assert len(row.keywords) == len(row.value_sets) == len(row.margins)


def test_a_cluster_is_the_creator_else_the_group_of_near_duplicates_else_the_clip():
    clips = [
        planted_clip("known", creator="ana"),
        planted_clip("first"),
        planted_clip("again", near_duplicate_of=clip_id("first")),
        planted_clip("repost", near_duplicate_of=clip_id("known")),
    ]
    clips = [replace(clip, extra={"values": code}) for clip, code in zip(clips, SCHWARTZ.codes, strict=False)]
    vectors = np.stack([planted_vector((), str(n), noise=1.0) for n in range(4)])
    suite = make_suite(PlantedIndex(clips, vectors), None, planted_lexicon())
    clusters = {row.clip.clip_id: row.cluster for row in suite.clips}
    assert clusters == {
        clip_id("known"): "ana",
        clip_id("repost"): "ana",
        clip_id("first"): clip_id("first"),
        clip_id("again"): clip_id("first"),
    }


def test_what_is_short_or_out_of_balance_is_noted():
    index, _ = planted_index(per_keyword=3, neutral=4)
    suite = frozen(index, per_value=20)
    first = SCHWARTZ.names[0]
    assert any(note.startswith(f"{first}: 12 of 20 clips") for note in suite.notes)
    assert any(note.startswith(f"{first}: 4 controls for 12 clips") for note in suite.notes)
    assert any("set and controls differ by more than 0.1 SD in" in note for note in suite.notes)


def test_mistakes_are_one_clear_line_each():
    index, _ = planted_index(per_keyword=1, neutral=5)
    empty = PlantedIndex([], np.empty((0, DIMENSION), dtype=np.float32))
    nothing = PlantedIndex([planted_clip("n")], planted_vector((), "n")[None])
    other = PlantedEmbedder()
    other.fingerprint = "other"  # type: ignore[misc]
    lexicon = planted_lexicon()
    for error, words, attempt in (
        (ConfigError, "holds no clips", lambda: frozen(empty)),
        (ConfigError, "the only clip does not reach probability 0.6", lambda: frozen(nothing)),
        (ConfigError, "searched by keyword; name the embedder", lambda: make_suite(index, None, lexicon)),
        (ConfigError, "no clip in the index has a 'values' field", lambda: frozen(index, labels="sidecar")),
        (IndexMismatchError, "was made with the embedder", lambda: make_suite(index, other, lexicon)),
        (ConfigError, "at least one clip", lambda: frozen(index, per_value=0)),
        (ConfigError, "above 0 and at most 1", lambda: frozen(index, minimum_probability=1.2)),
    ):
        with pytest.raises(error, match=words) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_a_lexicon_of_another_value_system_is_refused():
    index, _ = planted_index(per_keyword=1, neutral=5)
    with pytest.raises(ConfigError, match="the lexicon names values of moral-foundations"):
        make_suite(index, PlantedEmbedder(), replace(planted_lexicon(), system="moral-foundations"))


def test_a_saved_suite_comes_back_equal_and_reads_one_clip_a_line(tmp_path):
    index, _ = planted_index(per_keyword=2, neutral=20)
    suite = frozen(index, per_value=5)
    save_suite(suite, tmp_path / "suite.json")
    assert load_suite(tmp_path / "suite.json") == suite
    lines = (tmp_path / "suite.json").read_text().splitlines()
    assert sum(line.lstrip().startswith('{"clip"') for line in lines) == len(suite.clips)
    assert [path.name for path in tmp_path.iterdir()] == ["suite.json"]


def saved(tmp_path: Path) -> tuple[Path, dict]:
    index, _ = planted_index(per_keyword=1, neutral=12)
    path = tmp_path / "suite.json"
    save_suite(frozen(index, per_value=3), path)
    return path, json.loads(path.read_text())


def test_an_edited_damaged_or_newer_file_is_refused_in_one_line(tmp_path):
    path, _ = saved(tmp_path)
    original = path.read_text()

    def edit(change):
        content = json.loads(original)
        change(content)
        return json.dumps(content)

    for words, text in (
        ("was edited after it was frozen", edit(lambda c: c["clips"][0]["labels"].__setitem__(0, 0.123))),
        ("was edited after it was frozen", edit(lambda c: c.update(seed=7))),
        (r"clips\.2\.labels\.0: ", edit(lambda c: c["clips"][2]["labels"].__setitem__(0, "high"))),
        (r"clips\.2\.labels: 9 for 10", edit(lambda c: c["clips"][2]["labels"].pop())),
        (r"clips\.1\.labels: a probability", edit(lambda c: c["clips"][1]["labels"].__setitem__(0, 3.0))),
        (r"clips\.1: 'XX' is none", edit(lambda c: c["clips"][1]["value_sets"].append("XX"))),
        ("clips: a clip without its locator", edit(lambda c: c["clips"][0]["clip"].pop("locator"))),
        (r"clips\.0\.clip\.width: ", edit(lambda c: c["clips"][0]["clip"].update(width=None))),
        ("codes: field required", edit(lambda c: c.pop("codes"))),
        ("suite format 99", edit(lambda c: c.update(format=99))),
        ("has no field 'format'", "[]"),
        ("is no suite", original[:500]),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=words) as caught:
            load_suite(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    with pytest.raises(ConfigError, match="cannot read the suite"):
        load_suite(tmp_path / "missing.json")
    with pytest.raises(ConfigError, match="cannot write the suite"):
        save_suite(frozen(planted_index(1, 5)[0]), tmp_path / "no folder" / "suite.json")


def real_files(folder: Path, names: list[str]) -> PlantedIndex:
    folder.mkdir(parents=True)
    clips = []
    for n, name in enumerate(names):
        (folder / name).write_bytes(name.encode())
        clips.append(planted_clip(name, locator=Locator(str(folder / name)), extra={"values": SCHWARTZ.codes[n % 10]}))
    return PlantedIndex(clips, np.stack([planted_vector((), name, noise=1.0) for name in names]))


def places(suite):
    return {Path(row.clip.locator.path) for row in suite.clips}


def test_clips_that_moved_with_the_suite_file_are_found_beside_it(tmp_path):
    before = tmp_path / "before"
    index = real_files(before / "clips", ["a.mp4", "b.mp4"])
    suite = make_suite(index, None, planted_lexicon())
    save_suite(suite, before / "suite.json")
    after = before.rename(tmp_path / "after")
    loaded = load_suite(after / "suite.json")
    assert places(loaded) == {after / "clips" / "a.mp4", after / "clips" / "b.mp4"}
    assert loaded.fingerprint == suite.fingerprint


def test_clips_that_moved_alone_are_found_under_the_folder_given(tmp_path):
    index = real_files(tmp_path / "clips" / "deep", ["a.mp4", "b.mp4"])
    (tmp_path / "suites").mkdir()
    path = tmp_path / "suites" / "suite.json"
    save_suite(make_suite(index, None, planted_lexicon()), path)
    moved = (tmp_path / "clips").rename(tmp_path / "elsewhere")
    assert places(load_suite(path)) == {tmp_path / "clips" / "deep" / name for name in ("a.mp4", "b.mp4")}
    assert places(load_suite(path, relocate=moved)) == {moved / "deep" / name for name in ("a.mp4", "b.mp4")}


def test_a_file_of_the_same_name_with_other_bytes_is_not_the_clip(tmp_path):
    before = tmp_path / "before"
    save_suite(make_suite(real_files(before, ["a.mp4"]), None, planted_lexicon()), before / "suite.json")
    after = before.rename(tmp_path / "after")
    (after / "a.mp4").write_bytes(b"something else")
    assert places(load_suite(after / "suite.json")) == {before / "a.mp4"}


def test_clips_in_a_shard_move_with_it(tmp_path):
    before = tmp_path / "before"
    index = real_files(before, ["a.mp4", "b.mp4"])
    with tarfile.open(before / "00000.tar", "w") as shard:
        for name in ("a.mp4", "b.mp4"):
            shard.add(before / name, arcname=name)
            (before / name).unlink()
    clips = [
        replace(clip, locator=Locator(str(before / "00000.tar"), Path(clip.locator.path).name))
        for clip in index.clips()
    ]
    index = PlantedIndex(clips, index.vectors()[1])
    save_suite(make_suite(index, None, planted_lexicon()), before / "suite.json")
    after = before.rename(tmp_path / "after")
    assert places(load_suite(after / "suite.json")) == {after / "00000.tar"}
    assert {row.clip.locator.member for row in load_suite(after / "suite.json").clips} == {"a.mp4", "b.mp4"}


def test_a_real_index_gives_the_same_suite_under_its_own_fingerprint(tmp_path):
    planted, _ = planted_index(per_keyword=2, neutral=20)
    vectors = planted.vectors()[1]
    with open_index(tmp_path / "clips.index", write=True, meta=planted.meta) as index:
        index.upsert(
            [IndexedClip(clip, vector, vector[None]) for clip, vector in zip(planted.clips(), vectors, strict=True)]
        )
        suite = frozen(index)
        assert suite.index_fingerprint == index.fingerprint()
        catalogue = read_catalogue(index)
    assert suite.clips == frozen(planted).clips
    assert frozen(catalogue) == suite
