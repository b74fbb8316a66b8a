import re
from statistics import mean

import pytest

from personas.errors import PersonaError
from personas.library import library, resolve
from spectrum.values import SCHWARTZ

COMMON = {"life", "people", "close", "holding", "others", "oneself", "thing", "whatever", "down", "social", "may"}
PUBLISHED = (
    "independent thought action gratification sensuous demonstrating standards dominance restraint inclinations "
    "impulses violate expectations norms commitment provides preserving enhancing frequent contact appreciation "
    "openness conservation transcendence enhancement hedonistic benevolent universal powerful secure traditional"
)


def words(text):
    return {word for word in re.findall(r"[a-z]+", text.casefold()) if len(word) > 3}


def test_there_are_six_five_with_a_target_and_one_placebo():
    personas = library()
    assert [persona.id for persona in personas if persona.placebo] == ["plain"]
    assert len(personas) == 6 and sum(persona.target is not None for persona in personas) == 5
    assert {persona.id for persona in personas} >= {"adventurer", "caretaker", "traditionalist", "achiever"}
    assert all(persona.tier == "described" for persona in personas if not persona.placebo)


def test_each_target_peaks_where_the_persona_is_meant_to_and_targets_differ():
    peaks = {
        persona.id: SCHWARTZ.codes[persona.target.index(max(persona.target))] for persona in library() if persona.target
    }
    assert peaks == {
        "adventurer": "ST",
        "caretaker": "BE",
        "traditionalist": "TR",
        "achiever": "AC",
        "conservationist": "UN",
    }
    adventurer = library()[0].target
    assert sorted(range(10), key=lambda value: -adventurer[value])[:2] == [
        SCHWARTZ.index("Stimulation"),
        SCHWARTZ.index("Self-Direction"),
    ]


def test_opposite_values_never_both_stand_high():
    for persona in library():
        for value in SCHWARTZ.values if persona.target else ():
            pair = [persona.target[SCHWARTZ.index(code)] for code in (value.code, value.opposite)]
            assert min(pair) < 0.5, (persona.id, value.code)


def test_no_trait_names_a_value_or_borrows_from_a_definition():
    telling = words(PUBLISHED)
    for value in SCHWARTZ.values:
        telling |= words(f"{value.name} {value.definition} {value.higher_order}")
    stems = {word[:6] for word in telling - COMMON}
    for persona in library():
        for trait in persona.traits:
            shared = {word for word in words(trait) if word[:6] in stems}
            assert not shared, (persona.id, trait, shared)


def test_the_placebo_is_as_long_as_the_others():
    def length(persona):
        return sum(len(trait.split()) for trait in persona.traits)

    others = [length(persona) for persona in library() if not persona.placebo]
    (placebo,) = (length(persona) for persona in library() if persona.placebo)
    assert placebo == pytest.approx(mean(others), rel=0.1)
    assert max(others) <= 1.2 * min(others)
    assert {len(persona.traits) for persona in library()} == {5}


FILE = (
    "- {id: mine, name: Mine, tier: biography, traits: [I am here.]}\n- {id: other, name: O, tier: none, traits: [x]}"
)


def test_names_resolve_to_library_personas_files_and_members_of_files(tmp_path):
    (tmp_path / "own.yaml").write_text(FILE)
    own = str(tmp_path / "own.yaml")
    assert [persona.id for persona in resolve(["plain", "adventurer"])] == ["plain", "adventurer"]
    assert [persona.id for persona in resolve([own])] == ["mine", "other"]
    assert [persona.id for persona in resolve([f"{own}#other", "plain", "plain"])] == ["other", "plain"]
    assert resolve([]) == []


def test_what_does_not_resolve_says_what_there_is(tmp_path):
    with pytest.raises(PersonaError, match=r"no persona 'nobody' in the library \(it has adventurer, "):
        resolve(["nobody"])
    (tmp_path / "own.yaml").write_text(FILE)
    with pytest.raises(PersonaError, match=r"no persona 'me' in .*own.yaml \(it has mine, other\)"):
        resolve([f"{tmp_path / 'own.yaml'}#me"])
    with pytest.raises(PersonaError, match="cannot read the personas"):
        resolve([str(tmp_path / "none.yaml")])


def test_two_different_personas_of_one_id_are_refused(tmp_path):
    (tmp_path / "own.yaml").write_text("- {id: plain, name: Mine, tier: none, traits: [I am here.]}")
    with pytest.raises(PersonaError, match="two different personas have the id 'plain'"):
        resolve(["plain", str(tmp_path / "own.yaml")])
