"""Personas come in and go out in several formats; whatever is wrong is said with file and line."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.errors import PersonaError
from personas.library import library, resolve
from personas.person import Persona
from personas.persona import load_personas, save_personas


@pytest.mark.parametrize("suffix", [".yaml", ".jsonl", ".csv"])
def test_the_library_survives_a_round_trip(tmp_path, suffix):
    path = tmp_path / f"all{suffix}"
    save_personas(library(), path)
    for before, after in zip(library(), load_personas(path), strict=True):
        assert after.target == (None if before.target is None else pytest.approx(before.target))
        for name in ("id", "name", "traits", "tier", "cluster", "author", "unit", "placebo"):
            assert getattr(after, name) == getattr(before, name), name


trait = st.text("abc ',\"\n:é", min_size=1, max_size=12).map(str.strip).filter(bool)


@settings(max_examples=30)
@given(st.lists(trait, min_size=1, max_size=4), st.sampled_from([".yaml", ".jsonl", ".csv"]))
def test_any_trait_survives_a_round_trip(tmp_path_factory, traits, suffix):
    path = tmp_path_factory.mktemp("out") / f"x{suffix}"
    persona = Persona("a", "A", tuple(traits), None, "", "described", demographics=(("age", "30"), ("city", "Bern")))
    save_personas([persona], path)
    assert load_personas(path) == (persona,)


def test_a_trait_that_csv_cannot_hold_is_refused_and_not_split(tmp_path):
    with pytest.raises(PersonaError, match=r"write .yaml or"):
        save_personas([Persona("a", "A", ("x|y",), None, "", "described")], tmp_path / "x.csv")
    with pytest.raises(PersonaError, match="written to"):
        save_personas([], tmp_path / "x.doc")


JSONL = """\
{"id": "a", "name": "A", "tier": "described", "traits": ["t"], "target": {"PO": 1}, "target_source": "us"}

{"id": "b", "name": "B", "tier": "none", "traits": ["t"]}
"""
CSV = """\
id,name,tier,traits,target_source,PO,SE
a,A,described,"one, two|three",us,1,
b,B,none,four,,,
"""

YAML = """\
- id: a
  name: A
  tier: described
  traits: [s]
  target_source: us
  target: {Power: 2}
- id: b
  name: B
  tier: none
  traits: [t]
- id: c
  name: C
  tier: none
  traits: [u]
"""


@pytest.mark.parametrize(
    ("name", "text", "old", "new", "place", "words"),
    [
        ("p.jsonl", JSONL, '"PO"', '"Fun"', "p.jsonl:1: ", "unknown value 'Fun'"),
        ("p.jsonl", JSONL, '"id": "b"', '"id": "a"', "p.jsonl:3: ", "used twice"),
        ("p.jsonl", JSONL, '{"PO": 1}', '{"PO": 0}', "p.jsonl:1: ", "the same for all values"),
        ("p.jsonl", JSONL, '{"id": "b"', '{"id" "b"', "p.jsonl:3: ", "not JSON"),
        ("p.jsonl", JSONL, '{"id": "b"', '["b"]\n{"id": "b"', "p.jsonl:3: ", "expected an object"),
        ("p.csv", CSV, "PO,SE", "Fun,SE", "p.csv:2: ", "unknown value 'fun'"),
        ("p.csv", CSV, "us,1,", "us,much,", "p.csv:2: ", "must be a number"),
        ("p.csv", CSV, "b,B", "a,B", "p.csv:3: ", "used twice"),
        ("p.csv", CSV, "four,,,", "four,,,,,9", "p.csv:3: ", "more cells"),
        ("p.csv", CSV, "us,1,", "us,0,0", "p.csv:2: ", "the same for all values"),
        ("p.csv", CSV, "b,B,none,four", "b,B,none,", "p.csv:3: ", "traits"),
        ("p.csv", CSV, "four,,,", '"four,,,', "p.csv:3: ", "not CSV"),
        ("p.jsonl", JSONL, '"id": "b"', '"id": "a"', "p.jsonl:3: ", "first at "),
        ("p.jsonl", JSONL, '"traits": ["t"], "target"', '"traits": [], "target"', "p.jsonl:1: ", "say at least one"),
        ("p.jsonl", JSONL, '"tier": "none"', '"level": "none"', "p.jsonl:3: ", "tier: is missing"),
        ("p.jsonl", JSONL, '"name": "B"', '"name": "B", "hue": 1', "p.jsonl:3: ", "there is no such field"),
        ("p.yaml", YAML, "Power: 2", "Powr: 2", "p.yaml:6: ", "unknown value 'Powr'"),
        ("p.yaml", YAML, "Power: 2", "Power: 0", "p.yaml:6: ", "the same for all values"),
        ("p.yaml", YAML, "id: b", "id: a", "p.yaml:7: ", "used twice, first at "),
        ("p.yaml", YAML, "[t]\n- id", "[t\n- id", "p.yaml:11: ", "neither YAML nor JSON"),
        ("p.json", "{}", "{}", '{"id": "a"}', "p.json:1: ", "expected a list of personas"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(tmp_path, name, text, old, new, place, words):
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new))
    with pytest.raises(PersonaError) as caught:
        load_personas(tmp_path / name)
    assert place in str(caught.value) and words in str(caught.value) and "\n" not in str(caught.value)


def test_csv_gives_traits_and_a_target_a_column_a_value(tmp_path):
    (tmp_path / "p.csv").write_text(CSV)
    first, second = load_personas(tmp_path / "p.csv")
    assert first.traits == ("one, two", "three")
    assert first.target[4] == pytest.approx(0.9) and sorted(first.target)[:-1] == pytest.approx([-0.1] * 9)
    assert second.target is None


CHAT = """\
1 your persona: i like to ski.
2 your persona: my wife does not like me anymore.
3 partner's persona: i am an artist.
4 hi , how are you ?\tgood .
1 your persona: i like to ski.
2 your persona: my wife does not like me anymore.
1 your persona: i have four children.
"""


def test_persona_chat_gives_trait_lists_without_targets(tmp_path):
    (tmp_path / "chat.txt").write_text(CHAT)
    people = load_personas(tmp_path / "chat.txt")
    assert [person.traits for person in people] == [
        ("i like to ski.", "my wife does not like me anymore."),
        ("i am an artist.",),
        ("i have four children.",),
    ]
    assert [person.id for person in people] == ["chat-1", "chat-2", "chat-3"]
    assert all(person.target is None for person in people)
    rows = [{"personality": ["i ski.", "i paint."], "utterances": []}, {"personality": ["i ski.", "i paint."]}]
    (tmp_path / "chat.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [person.traits for person in load_personas(tmp_path / "chat.jsonl")] == [("i ski.", "i paint.")]
    (tmp_path / "chat.csv").write_text('user 1 personas,user 2 personas,x\n"I ski.\nI paint.","I cook.",hello\n')
    assert [p.traits for p in load_personas(tmp_path / "chat.csv")] == [("I ski.", "I paint."), ("I cook.",)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("x.txt", "hello\n", "x.txt:1: no line like"),
        ("x.jsonl", '{"personality": "i ski"}\n', "x.jsonl:1: expected a list of traits"),
        ("x.doc", "", "are read from"),
        ("x.jsonl", "", "expected a list of personas"),
    ],
)
def test_a_file_that_holds_no_traits_says_so(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(PersonaError, match=words):
        load_personas(tmp_path / name)


def test_nemotron_columns_give_texts_as_traits_and_facts_beside(tmp_path):
    columns = {
        "uuid": ["AB12", "CD34"],
        "persona": ["A baker who sings.", "A clerk."],
        "hobbies_and_interests": ["Choirs.", ""],
        "sex": ["Female", "Male"],
        "age": [41, 30],
        "zipcode": ["1", "2"],
    }
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table(columns), path)
    first, second = load_personas(path)
    assert first.id == "ab12" and first.traits == ("A baker who sings.", "Choirs.")
    assert dict(first.demographics) == {"sex": "Female", "age": "41"}
    assert second.traits == ("A clerk.",) and second.tier == "biography"
    assert load_personas(path, limit=1) == (first,)
    pq.write_table(pa.table({"text": ["x"]}), path)
    with pytest.raises(PersonaError, match="no column 'persona'; it has text"):
        load_personas(path)
    path.write_bytes(b"no")
    with pytest.raises(PersonaError, match="not a Parquet file"):
        load_personas(path)


def test_an_id_of_two_files_names_both_places(tmp_path):
    for name, sentence in (("one", "I row."), ("two", "I sail.")):
        (tmp_path / f"{name}.yaml").write_text(f"\n- {{id: a, name: A, tier: none, traits: [{sentence}]}}\n")
    with pytest.raises(PersonaError, match=r"two.yaml:2: the id 'a' is that of another persona, .*one.yaml:2"):
        resolve([str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")])
    assert len(resolve([str(tmp_path / "one.yaml"), f"{tmp_path / 'one.yaml'}#a"])) == 1
