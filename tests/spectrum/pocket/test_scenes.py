import itertools

import pytest

from spectrum.pocket.clips import cast_scenes
from spectrum.pocket.concepts import concepts
from spectrum.pocket.scenes import PALETTES, SCENERIES, Split, held_out, keyed_scene, places


@pytest.mark.parametrize("split", ["train", "held-out"])
def test_a_split_keeps_to_its_concepts_in_sceneries_and_palettes(split: Split) -> None:
    for number, concept in enumerate(concepts()):
        scene = keyed_scene(concept, 3, number, split)
        assert held_out(concept.name, scene.scenery, scene.palette) == (split == "held-out")


def test_every_concept_has_something_held_out_and_much_that_is_not() -> None:
    for concept in concepts():
        held = [held_out(concept.name, *places) for places in itertools.product(SCENERIES, PALETTES)]
        assert 1 <= sum(held) <= 0.5 * len(held), concept.name


def test_a_split_changes_scenery_and_palette_only() -> None:
    concept = concepts()[0]
    for number in range(40):
        anywhere, held = keyed_scene(concept, 0, number), keyed_scene(concept, 0, number, "held-out")
        assert (anywhere.actors, anywhere.motion, anywhere.caption) == (held.actors, held.motion, held.caption)
        if held_out(concept.name, anywhere.scenery, anywhere.palette):
            assert anywhere == held


def test_what_is_taken_is_not_drawn_and_a_concept_runs_out_of_places() -> None:
    concept = concepts()[0]
    offered = set(places(concept, "held-out"))
    taken: set[tuple[str, str]] = set()
    while taken != offered:
        scene = keyed_scene(concept, 0, len(taken), "held-out", taken)
        assert (scene.scenery, scene.palette) in offered - taken
        taken.add((scene.scenery, scene.palette))
    with pytest.raises(ValueError, match="no place left"):
        keyed_scene(concept, 0, 0, "held-out", taken)


def test_a_cast_shows_a_concept_in_all_its_places_before_it_repeats_one() -> None:
    scenes = list(cast_scenes(per_value=60, controls=0, seed=4, split="held-out"))
    for concept in concepts():
        shown = [(scene.scenery, scene.palette) for scene in scenes if scene.concept == concept]
        some = min(len(shown), len(places(concept, "held-out")))
        assert len(set(shown[:some])) == some
