import re
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from personas.adherence import Pool, slope
from personas.errors import PersonaError
from personas.identification import identify
from personas.leaks import leaks, unexpected_leaks
from personas.library import library, pocket_personas, resolve
from personas.planted_pools import Cast
from spectrum.values import SCHWARTZ


def length(persona):
    return sum(len(trait) for trait in persona.traits)


def test_there_are_sixty_and_more_in_three_wordings_of_each_target_and_controls():
    personas = library()
    assert len(personas) == 74 and len({persona.id for persona in personas}) == 74
    wordings = defaultdict(set)
    for persona in personas:
        if persona.target is not None:
            wordings[persona.group].add(persona.tier)
    assert len(wordings) == 22
    assert all(tiers == {"named", "described", "biography"} for tiers in wordings.values())
    controls = [persona for persona in personas if persona.placebo]
    assert len(controls) == 8 and all(persona.tier == "none" and persona.target is None for persona in controls)


def test_wordings_of_one_target_share_it_and_no_two_targets_are_equal():
    targets = defaultdict(set)
    for persona in library():
        if persona.target is not None:
            targets[persona.group].add(persona.target)
    assert all(len(shared) == 1 for shared in targets.values())
    assert len({target for shared in targets.values() for target in shared}) == 22


def test_every_value_is_the_peak_of_several_targets():
    peaks = Counter()
    for persona in library():
        if persona.target is not None:
            top = max(persona.target)
            peaks.update(
                code for code, weight in zip(SCHWARTZ.codes, persona.target, strict=True) if weight > top - 0.3
            )
    assert min(peaks[code] for code in SCHWARTZ.codes) >= 6, peaks


def test_the_names_that_commands_used_before_still_resolve():
    names = ["adventurer", "caretaker", "traditionalist", "achiever", "conservationist", "plain"]
    assert [persona.id for persona in resolve(names)] == names
    assert {persona.tier for persona in resolve(names[:-1])} == {"described"}


def test_conflicted_personas_hold_two_opposite_values_high_and_the_single_ones_never_do():
    both = set()
    for persona in library():
        for value in SCHWARTZ.values if persona.target else ():
            pair = [persona.target[SCHWARTZ.index(code)] for code in (value.code, value.opposite)]
            if min(pair) > 0.75:
                both.add(persona.group)
    assert both == {
        "clerk-on-a-motorbike", "generous-tycoon", "cautious-inventor", "feasting-deacon", "winning-nurse",
    }  # fmt: skip


def test_only_named_personas_name_a_value_and_they_name_each_that_they_peak_in():
    assert unexpected_leaks(library()) == ()
    for persona in library():
        if persona.tier == "named":
            top = max(persona.target)
            wanted = {c for c, weight in zip(SCHWARTZ.codes, persona.target, strict=True) if weight > top - 0.2}
            assert wanted <= {leak.value for leak in leaks(persona)}, persona.id


def test_no_described_or_biographical_trait_holds_the_name_of_a_value():
    names = re.compile("|".join(value.name.replace("-", ".?") for value in SCHWARTZ.values), re.IGNORECASE)
    for persona in library():
        if persona.tier != "named":
            assert not [trait for trait in persona.traits if names.search(trait)], persona.id


def test_controls_are_as_long_as_the_others():
    others = sorted(length(persona) for persona in library() if not persona.placebo)
    for persona in library():
        if persona.placebo:
            assert others[0] <= length(persona) <= others[-1], persona.id


def test_the_pocket_set_is_in_acceptance_units():
    personas = pocket_personas()
    assert {persona.unit for persona in personas if persona.target} == {"acceptance"}
    assert all(max(map(abs, persona.target)) < 1 for persona in personas if persona.target)
    assert resolve(["pocket"]) == list(personas)
    targets = {}
    for persona in personas:
        if persona.target is not None:
            assert targets.setdefault(persona.target, persona.group) == persona.group
    assert len(targets) == len({persona.group for persona in personas if persona.target is not None}) > 30


FILE = """\
- {id: mine, name: Mine, tier: none, traits: [I am here.]}
- {id: other, name: Other, tier: none, traits: [I am there.]}
"""


def test_names_files_and_parts_of_files_resolve_in_order_and_once(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(FILE)
    assert [persona.id for persona in resolve([str(own)])] == ["mine", "other"]
    assert [persona.id for persona in resolve([f"{own}#other", "plain", "plain"])] == ["other", "plain"]
    assert len(resolve(["library"])) == 74
    assert resolve([]) == []


def test_what_does_not_resolve_says_what_there_is(tmp_path):
    with pytest.raises(PersonaError, match=r"no persona 'nobody' in the library \(it has freethinker, .* more: spectr"):
        resolve(["nobody"])
    (tmp_path / "own.yaml").write_text(FILE)
    with pytest.raises(PersonaError, match=r"no persona 'me' in .*own.yaml \(it has mine, other\)"):
        resolve([f"{tmp_path / 'own.yaml'}#me"])
    with pytest.raises(PersonaError, match="cannot read the personas"):
        resolve([str(tmp_path / "none.yaml")])


def test_two_different_personas_of_one_id_are_refused(tmp_path):
    (tmp_path / "own.yaml").write_text("- {id: plain, name: Mine, tier: none, traits: [I am here.]}")
    with pytest.raises(PersonaError, match=r"own.yaml:1: the id 'plain' is that of another persona, the library"):
        resolve(["plain", str(tmp_path / "own.yaml")])


def test_two_wordings_of_one_target_count_as_one_draw_of_it_wherever_they_come_from(tmp_path):
    rows = [("a", "1", ""), ("b", "1", ""), ("c", "2", ""), ("d", "2", ", cluster: own")]
    text = "".join(
        f"- {{id: {name}, name: N, tier: named, traits: [I row {name}.], "
        f"target: {{PO: {weight}}}, target_source: us{more}}}\n"
        for name, weight, more in rows
    )
    (tmp_path / "own.yaml").write_text(text)
    assert [persona.group for persona in resolve([str(tmp_path / "own.yaml")])] == ["a", "a", "c", "own"]
    pocket = {persona.id: persona.group for persona in resolve(["pocket"])}
    assert all(pocket[name] == pocket[f"{name}-new"] for name in pocket if f"{name}-new" in pocket)
    assert len({group for name, group in pocket.items() if "plain" not in name}) == 32
    people = [persona for persona in resolve(["pocket"]) if persona.target is not None]
    _, groups = np.unique([persona.group for persona in people], return_inverse=True)
    targets = np.array([persona.target for persona in people])
    alone = simulated(targets, np.arange(68), 0)
    together = simulated(targets, groups, 0)
    assert (alone.clusters, together.clusters) == (68, 32)
    assert slope(together).se > slope(alone).se and slope(together).value == slope(alone).value
    assert (identify(together).chance, identify(alone).chance) == (1 / 32, 1 / 68)


def simulated(targets, groups, seed):
    """A respondent that follows each target in part, and each by another share."""
    cast = Cast(targets=4 * targets, groups=groups)
    pool = cast.pool(np.random.default_rng(seed), "half")
    shares = np.random.default_rng(seed).normal(0, 0.4, 32)[np.unique(targets, axis=0, return_inverse=True)[1].ravel()]
    delta = pool.shifts.delta + shares[:, None] * pool.targets
    return Pool(replace(pool.shifts, delta=delta), pool.targets, groups)
