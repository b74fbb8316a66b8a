import itertools

import pytest

from spectrum.pocket.concepts import concepts
from spectrum.pocket.scenes import PALETTES, SCENERIES, Split, held_out, keyed_scene


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
