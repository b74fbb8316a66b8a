from hypothesis import given
from hypothesis import strategies as st

from agents.memory import Remembered, memory_text, remembering
from spectrum.prompts import NEUTRAL
from tests.support.browsing import BOLD

PAST = [Remembered("a dog", "like"), Remembered("", "skip"), Remembered("two crowns", None)]


def test_the_newest_comes_first_and_what_was_done_is_said() -> None:
    assert memory_text(PAST, 100).endswith('you saw "two crowns"; you skipped an untitled video; you liked "a dog".')


@given(
    st.lists(st.builds(Remembered, st.text(max_size=30), st.sampled_from(["like", "skip", None]))), st.integers(0, 60)
)
def test_memory_never_exceeds_its_words(past: list[Remembered], words: int) -> None:
    assert len(memory_text(past, words).split()) <= words


def test_without_room_nothing_is_remembered_and_the_condition_is_itself() -> None:
    assert memory_text(PAST, 0) == "" and remembering(BOLD, "") is BOLD
    assert remembering(NEUTRAL, "M").text == "M"
    assert remembering(BOLD, "M").text == f"{BOLD.text}\n\nM"
