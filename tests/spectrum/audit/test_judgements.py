from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.audit.judgements import Judgement, append_judgement, judged, read_judgements
from spectrum.errors import ConfigError
from spectrum.values import SCHWARTZ

CODES = SCHWARTZ.codes


def test_what_is_appended_is_read_back_and_the_last_word_of_a_rater_counts(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    append_judgement(file, Judgement("a", "ann", ("BE",)))
    append_judgement(file, Judgement("a", "bob", ("HE", "ST")))
    append_judgement(file, Judgement("a", "ann", ()))
    found = {(j.clip_id, j.rater): j.values for j in read_judgements(file)}
    assert found == {("a", "ann"): (), ("a", "bob"): ("HE", "ST")}


def test_a_line_cut_off_by_a_kill_loses_nothing_before_it(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    append_judgement(file, Judgement("a", "ann", ("BE",)))
    with file.open("a") as open_file:
        open_file.write('{"clip_id": "b", "rat')
    assert [j.clip_id for j in read_judgements(file)] == ["a"]


@pytest.mark.parametrize("line", ['{"clip_id": "b"}', "[]", "no json", '{"clip_id":"b","rater":"x","values":["Joy"]}'])
def test_a_damaged_line_is_named_with_file_and_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "audit.jsonl"
    append_judgement(file, Judgement("a", "ann", ("BE",)))
    with file.open("a") as open_file:
        open_file.write(line + "\n")
    with pytest.raises(ConfigError, match=r"audit\.jsonl, line 2"):
        read_judgements(file)


def test_no_file_is_no_judgement(tmp_path: Path) -> None:
    assert read_judgements(tmp_path / "none.jsonl") == ()


def test_truth_is_the_share_of_raters_and_unsure_is_no_judgement() -> None:
    seen = judged(
        [
            Judgement("b", "ann", ("BE",)),
            Judgement("b", "bob", ()),
            Judgement("a", "ann", (), unsure=True),
            Judgement("elsewhere", "ann", ("BE",)),
        ],
        ["a", "b"],
        CODES,
    )
    assert seen.clip.tolist() == [1]
    assert seen.truth[0, CODES.index("BE")] == 0.5
    assert seen.by_rater.shape == (2, 1, 10)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sets(st.sampled_from(CODES)))))
def test_every_judgement_lands_on_its_own_clip(entries: list[tuple[str, str, set[str]]]) -> None:
    latest = {(clip, rater): values for clip, rater, values in entries}
    seen = judged([Judgement(c, r, tuple(v)) for (c, r), v in latest.items()], ["a", "b", "c"], CODES)
    for place, row in enumerate(seen.clip):
        told = [values for (clip, _), values in latest.items() if clip == "abc"[row]]
        expected = [np.mean([code in values for values in told]) for code in CODES]
        assert seen.truth[place] == pytest.approx(expected)
