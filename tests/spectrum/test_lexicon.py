"""The lexicon that is shipped, and the ones users bring."""

import re
from pathlib import Path

import pytest

from spectrum.errors import ConfigError
from spectrum.lexicon import Keyword, Lexicon, load_lexicon
from spectrum.values import SCHWARTZ

HEADER = "value,phrase,source\n"
ROWS = "".join(f"{code},thing of {code},because\n" for code in SCHWARTZ.codes)


def minimal(**changes: str) -> str:
    parts = {
        "system": "system: schwartz10",
        "values": "values:\n" + "".join(f"  {code}: [{{phrase: x {code}, source: y}}]\n" for code in SCHWARTZ.codes),
    }
    return "\n".join((parts | changes).values())


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_value_has_twenty_phrases_or_more_each_with_its_reason() -> None:
    lexicon = load_lexicon()
    for value in range(10):
        assert len(lexicon.phrases(value)) >= 20, SCHWARTZ.codes[value]
    assert all(len(keyword.source) > 10 for keyword in lexicon.keywords)
    assert len(lexicon.neutral) >= 20 and len(lexicon.templates) >= 3
    assert all(template.count("{}") == 1 for template in lexicon.templates)


def test_no_phrase_stands_twice_and_none_names_a_value() -> None:
    lexicon = load_lexicon()
    phrases = [keyword.phrase.casefold() for keyword in lexicon.keywords] + [p.casefold() for p in lexicon.neutral]
    assert len(set(phrases)) == len(phrases)
    names = {name.casefold() for name in SCHWARTZ.names} | {name.casefold().split("-")[0] for name in SCHWARTZ.names}
    for phrase in phrases:
        assert phrase.isascii() and 2 <= len(phrase.split()) <= 12, phrase
        assert not names & set(re.findall(r"[a-z]+", phrase)), phrase


def test_the_known_published_keywords_are_in_it() -> None:
    lexicon = load_lexicon()
    published = [keyword for keyword in lexicon.keywords if "published keyword" in keyword.source]
    assert [SCHWARTZ.codes[keyword.value] for keyword in published] == ["HE"] * 3 + ["UN"] * 3


def test_the_fingerprint_follows_what_retrieval_reads_and_nothing_else() -> None:
    def made(phrase: str, source: str, neutral: str = "a wall", name: str = "one") -> Lexicon:
        return Lexicon("schwartz10", (Keyword(0, phrase, source),), (neutral,), ("{}",), name)

    assert made("a", "b").fingerprint == made("a", "c", name="two").fingerprint
    assert made("a", "b").fingerprint != made("z", "b").fingerprint
    assert made("a", "b").fingerprint != made("a", "b", "a floor").fingerprint
    assert load_lexicon().fingerprint == load_lexicon("default").fingerprint


def test_a_users_yaml_takes_names_or_codes_and_gets_what_it_leaves_out(tmp_path: Path) -> None:
    path = write(tmp_path, "mine.yaml", minimal().replace("  SD:", "  self direction:"))
    lexicon = load_lexicon(path)
    assert lexicon.phrases(0) == ("x SD",)
    assert lexicon.neutral == load_lexicon().neutral and lexicon.templates == load_lexicon().templates


def test_a_users_csv_is_read_with_its_neutral_rows(tmp_path: Path) -> None:
    lexicon = load_lexicon(write(tmp_path, "mine.csv", HEADER + ROWS + 'neutral,"a wall, white",\n'))
    assert len(lexicon.keywords) == 10 and lexicon.neutral == ("a wall, white",)
    assert lexicon.name == "mine" and lexicon.keywords[3] == Keyword(3, "thing of AC", "because")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.yaml", minimal(system="system: other"), "system: is 'other'"),
        ("b.yaml", minimal().replace("  SD:", "  Fun:"), "unknown value 'Fun'"),
        ("c.yaml", minimal().replace("x ST", "X  SD"), "'X  SD' stands under SD and again under ST|'X  SD' stands"),
        ("d.yaml", minimal().replace("source: y", "why: y"), "values.SD.0.source"),
        ("e.yaml", minimal(more="templates: [no place]"), "exactly once"),
        ("f.yaml", minimal(more="templates: []"), "at least one template"),
        ("g.yaml", minimal(more="neutral: []"), "at least one neutral"),
        ("h.yaml", "values: {SD: [{phrase: x, source: y}]}", "no phrase for ST, HE"),
        ("i.csv", "value,phrase\nSD,x\n", "line 1: no column named source"),
        ("j.csv", HEADER + "SD,x,\n", "line 2"),
        ("k.csv", HEADER, "no phrases"),
        ("l.csv", HEADER + ROWS + "neutral,thing of SD,\n", "stands under SD and again under neutral"),
        ("m.csv", HEADER + ROWS + "Fun,x,y\n", "unknown value 'Fun'"),
    ],
)
def test_a_mistake_names_the_file_and_the_place(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        load_lexicon(write(tmp_path, name, text))
    assert name in str(caught.value) and "\n" not in str(caught.value)
