import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.errors import PersonaError
from personas.persona import load_personas
from spectrum.values import SCHWARTZ

GOOD = """\
# A comment, so that lines are not what they seem.
- id: first
  name: First
  tier: described
  target_source: us
  target: {Stimulation: 2, SE: -1}
  traits:
    - I jump off things.
    - I never look down.

- id: second
  name: Second
  tier: none
  placebo: true
  traits: [I own a chair.]
"""


def load(tmp_path, text, name="personas.yaml"):
    (tmp_path / name).write_text(text)
    return load_personas(tmp_path / name)


def test_a_file_gives_its_personas_with_centred_targets(tmp_path):
    first, second = load(tmp_path, GOOD)
    assert first.id == "first" and first.traits == ("I jump off things.", "I never look down.")
    assert sum(first.target) == pytest.approx(0.0)
    stimulation, security = (first.target[SCHWARTZ.index(name)] for name in ("Stimulation", "Security"))
    assert (stimulation, security) == pytest.approx((1.9, -1.1))
    assert sorted(first.target)[1:-1] == pytest.approx([-0.1] * 8)
    assert second.target is None and second.placebo and second.target_source == ""


def test_json_reads_like_yaml(tmp_path):
    rows = [{"id": "a", "name": "A", "tier": "named", "traits": ["I like power."], "target": {"PO": 1}}]
    rows[0]["target_source"] = "us"
    (persona,) = load(tmp_path, json.dumps(rows, indent=2), "personas.json")
    assert persona.tier == "named"
    assert persona.target[SCHWARTZ.index("Power")] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("Stimulation: 2", "Fun: 2", 6, "unknown value 'Fun'"),
        ("{Stimulation: 2, SE: -1}", "{Stimulation: 2, ST: 1}", 6, "ST is given twice"),
        ("{Stimulation: 2, SE: -1}", "{Stimulation: 0}", 6, "the same for all values"),
        ("{Stimulation: 2, SE: -1}", "{Stimulation: .nan}", 6, "target.Stimulation"),
        ("  target_source: us\n", "", 5, "say where the target comes from"),
        ("id: second", "id: first", 11, "the id 'first' is used twice"),
        ("id: second", "id: neutral", 11, "is taken"),
        ("id: second", "id: Sec ond", 11, "id: "),
        ("traits: [I own a chair.]", "traits: []", 15, "traits: "),
        ("traits: [I own a chair.]", "traits: ['  ']", 15, "traits.0: "),
        ("  traits: [I own a chair.]\n", "", 11, "traits: is missing"),
        ("tier: none", "tier: loud", 13, "tier: "),
        ("placebo: true", "placebo: true\n  mood: good", 15, "mood: "),
        ("placebo: true", "target: {PO: 1}\n  target_source: us", 14, "a persona without values has no target"),
        ("name: First", "name: [", 3, ""),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(tmp_path, old, new, line, words):
    assert old in GOOD
    with pytest.raises(PersonaError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    text = str(caught.value)
    assert "\n" not in text and words in text
    if words:
        assert text.startswith(f"{tmp_path / 'personas.yaml'}:{line}: ")


def test_a_file_that_is_no_list_or_not_there_is_one_line(tmp_path):
    for text in ("", "id: a", "[]", "just words"):
        with pytest.raises(PersonaError, match="expected a list of personas"):
            load(tmp_path, text)
    with pytest.raises(PersonaError, match="cannot read the personas"):
        load_personas(tmp_path / "missing.yaml")


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=10).filter(lambda x: max(x) - min(x) > 1e-6), st.floats(-3, 3))
def test_the_level_of_a_target_does_not_matter(tmp_path_factory, weights, level):
    folder = tmp_path_factory.mktemp("personas")
    both = []
    for shift in (0.0, level):
        target = {code: weight + shift for code, weight in zip(SCHWARTZ.codes, weights, strict=True)}
        row = {"id": "a", "name": "A", "tier": "named", "traits": ["t"], "target": target, "target_source": "us"}
        both.append(load(folder, json.dumps([row]))[0].target)
    assert both[0] == pytest.approx(both[1], abs=1e-9)
