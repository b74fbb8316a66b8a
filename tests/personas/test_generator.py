import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.arms import exchanged, opposite_of, placebo_of
from personas.errors import PersonaError
from personas.generator import generate, sentences
from personas.leaks import leaks, unexpected_leaks
from personas.library import library
from spectrum.values import SCHWARTZ

profiles = st.lists(st.floats(-2, 2), min_size=10, max_size=10).filter(lambda x: max(x) - min(x) > 0.1)


@given(profiles, st.integers(0, 50))
def test_the_same_profile_and_seed_give_the_same_person_and_no_trait_twice(weights, seed):
    one, other = generate(weights, seed), generate(weights, seed)
    assert one == other
    assert len(set(one.traits)) == len(one.traits) == 4
    assert one.target == pytest.approx([weight - sum(weights) / 10 for weight in weights])


@given(profiles, st.integers(0, 50))
def test_generated_traits_are_about_the_values_furthest_from_the_mean(weights, seed):
    persona = generate(weights, seed, traits=1)
    furthest = max(range(10), key=lambda value: abs(persona.target[value]))
    if sum(abs(abs(weight) - abs(persona.target[furthest])) < 1e-9 for weight in persona.target) > 1:
        return
    side = "toward" if persona.target[furthest] > 0 else "away"
    assert persona.traits[0] in sentences()["described"][SCHWARTZ.codes[furthest]][side]


@given(profiles, st.integers(0, 50))
def test_only_the_named_tier_names_values(weights, seed):
    assert not unexpected_leaks([generate(weights, seed)])
    assert leaks(generate(weights, seed, tier="named"))


def test_another_seed_gives_other_sentences():
    target = {"Stimulation": 2, "Security": -1}
    assert len({generate(target, seed).traits for seed in range(8)}) > 4


def test_what_cannot_be_generated_is_one_line():
    with pytest.raises(PersonaError, match="unknown value 'Fun'"):
        generate({"Fun": 1})
    with pytest.raises(PersonaError, match="the same for all values"):
        generate([1.0] * 10)
    with pytest.raises(PersonaError, match="not 'biography'"):
        generate({"PO": 1}, tier="biography")


def test_a_placebo_is_as_long_as_its_persona_and_says_nothing_of_values():
    for persona in library():
        placebo = placebo_of(persona)
        lengths = [sum(map(len, one.traits)) for one in (persona, placebo)]
        assert len(placebo.traits) == len(persona.traits)
        assert lengths[1] == pytest.approx(lengths[0], rel=0.15), persona.id
        assert placebo.placebo and placebo.target is None and not leaks(placebo)
        assert len(set(placebo.traits)) == len(placebo.traits)


def test_the_opposite_turns_the_target_round():
    for persona in library():
        if persona.target is not None:
            assert opposite_of(persona).target == pytest.approx([-weight for weight in persona.target])


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=12))
def test_the_shuffled_arm_gives_everybody_anothers_target_and_keeps_clusters_together(groups):
    order = exchanged(groups, 3)
    given_to = {}
    for place, other in enumerate(order):
        if len(set(groups)) > 1:
            assert groups[other] != groups[place]
        assert given_to.setdefault(groups[place], groups[other]) == groups[other]
    assert len(set(given_to.values())) == len(given_to)
