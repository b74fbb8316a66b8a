import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from spectrum.errors import ConfigError
from spectrum.lexicon import load_lexicon
from spectrum.pocket import shipped
from spectrum.pocket.concepts import concepts
from spectrum.pocket.planted import planted_rule
from spectrum.pocket.scenes import held_out
from spectrum.values import SCHWARTZ
from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode import decode
from video_index.embed import load_embedder


def sidecars() -> dict[str, dict[str, str]]:
    return {path.stem: json.loads(path.read_text()) for path in sorted(shipped.clip_folder().glob("*.json"))}


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_shipped_clips_are_held_out_and_enough_for_every_value() -> None:
    rows = sidecars().values()
    counts = Counter(code for row in rows for code in row["values"].split("; "))
    assert all(counts[code] >= 20 for code in SCHWARTZ.codes)
    assert counts["none"] == 40
    assert all(held_out(row["shows"], row["scenery"], row["palette"]) for row in rows)
    assert size(shipped.clip_folder()) <= 8e6


def test_shipped_clips_are_those_of_their_seed_and_some_are_refused() -> None:
    rows = list(sidecars().values())
    for scene, row in zip(shipped.scenes(), rows, strict=True):
        assert (row["shows"], row["scenery"], row["palette"]) == (scene.concept.name, scene.scenery, scene.palette)
    refused = [row for row in rows if planted_rule().refuses(row["shows"], row["scenery"])]
    assert 3 <= len(refused) <= 10


def test_the_pocket_lexicon_names_every_concept_under_a_value_it_evokes() -> None:
    lexicon = load_lexicon(shipped.lexicon_path())
    evoked = {concept.name: concept.values for concept in concepts()}
    assert set(lexicon.neutral) == {name for name, values in evoked.items() if not values}
    assert {keyword.phrase for keyword in lexicon.keywords} == {name for name, values in evoked.items() if values}
    assert all(SCHWARTZ.codes[keyword.value] in evoked[keyword.phrase] for keyword in lexicon.keywords)


def test_words_find_the_clips_that_show_them() -> None:
    embedder = load_embedder(shipped.embedder_folder())
    assert size(shipped.embedder_folder()) <= 6e6
    shown, vectors = [], []
    for name, row in list(sidecars().items())[::8]:
        decoded = decode(Locator(str(shipped.clip_folder() / f"{name}.mp4")), ViewSpec(frames=2))
        frames: tuple[Frame, ...] = decoded.frames
        vectors.append(embedder.images(frames).mean(axis=0))
        shown.append(row["shows"])
    names = sorted(set(shown))
    best = np.argmax(embedder.texts([f"a photo of a {name}" for name in names]) @ np.stack(vectors).T, axis=1)
    assert np.mean([shown[place] == name for name, place in zip(names, best, strict=True)]) >= 0.9


def test_the_planted_profile_is_centred_and_a_persona_moves_what_it_names() -> None:
    neutral, persona = shipped.planted_profile(), shipped.planted_profile({"ST": 1.0, "CO": -1.0})
    assert sum(neutral.values()) == pytest.approx(0, abs=1e-9)
    assert persona["ST"] - neutral["ST"] > 0.2
    assert persona["CO"] - neutral["CO"] < -0.1


def test_a_persona_is_known_by_its_sentences() -> None:
    plain = shipped.planted_persona_profile(["My hair is brown."])
    assert plain == shipped.planted_profile()
    seen = shipped.planted_persona_profile(["I love adventure.", "My hair is brown.", "I avoid rules."])
    assert seen == shipped.planted_profile({"ST": 1.0, "CO": -1.0})
    assert shipped.planted_persona_profile(["I love thrills a lot."]) == shipped.planted_profile({"ST": 1.0})
    with pytest.raises(ConfigError, match="does not know the trait 'I love bees"):
        shipped.planted_persona_profile(["I love bees."])


def test_what_is_written_is_further_apart_than_the_probabilities() -> None:
    likely, written = (np.array(list(shipped.planted_profile(written=flag).values())) for flag in (False, True))
    assert written.sum() == pytest.approx(0, abs=1e-9)
    assert written.std() > likely.std()
    assert np.corrcoef(likely, written)[0, 1] > 0.95


def test_a_missing_part_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped.resources, "files", lambda package: tmp_path)
    with pytest.raises(ConfigError, match="the pocket set lacks"):
        shipped.checkpoint_folder()
