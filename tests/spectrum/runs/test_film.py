from hypothesis import given
from hypothesis import strategies as st

from spectrum.runs.film import MOST_OF_EPISODE, MOST_SLOTS, film

counts = st.integers(1, 60)


@given(arms=counts, replicates=counts, slots=st.integers(1, 400), seed=st.integers(0, 5))
def test_the_sample_is_bounded_keyed_and_of_replicates_that_there_are(
    arms: int, replicates: int, slots: int, seed: int
) -> None:
    found = film(arms, replicates, slots, seed)
    shown = sum(found.shows(slot, slots) for slot in range(slots))
    assert found == film(arms, replicates, slots, seed)
    assert found.pairs and all(0 <= pair < replicates for pair in found.pairs)
    assert 1 <= shown <= min(slots, MOST_OF_EPISODE)
    assert arms * len(found.pairs) * shown <= MOST_SLOTS or (len(found.pairs) == 1 and shown <= 12)


def test_a_short_episode_is_shown_whole_and_a_long_one_by_its_begin_and_end() -> None:
    whole = film(3, 4, 40, seed=0)
    assert len(whole.pairs) == 3 and all(whole.shows(slot, 40) for slot in range(40))
    long = film(3, 4, 150, seed=0)
    assert [slot for slot in range(150) if not long.shows(slot, 150)] == list(range(30, 120))


def test_another_seed_shows_other_replicates() -> None:
    assert len({film(3, 32, 40, seed).pairs for seed in range(5)}) > 1
