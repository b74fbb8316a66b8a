import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spectrum.runs.arm_name import ArmName, arm_name

WHO = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
PLACE = st.one_of(st.tuples(st.sampled_from(["adaptive", "random"]), st.just("")), st.tuples(st.just("yoked"), WHO))


@given(WHO, PLACE, st.booleans(), st.booleans())
def test_a_name_comes_apart_as_it_was_put_together(
    who: str, place: tuple[str, str], memory: bool, probes: bool
) -> None:
    feed, source = place
    assume(not source.endswith("-probes"))
    name = arm_name(who, feed, source, memory=memory, probes=probes)
    arm = ArmName.of(name)
    assert arm == ArmName(name, who, feed, source, memory, probes)
    assert arm.like(who, feed, source) == name
    assert ArmName.of(arm.without_memory) == ArmName(arm.without_memory, who, feed, source, False, probes)
    assert ArmName.of(arm.with_probes) == ArmName(arm.with_probes, who, feed, source, memory, True)


def test_a_whole_name_reads_as_the_guide_says() -> None:
    assert arm_name("adventurer", "yoked", "neutral", memory=True, probes=False) == (
        "adventurer@yoked:neutral+memory-probes"
    )
    assert arm_name("neutral", "adaptive") == "neutral@adaptive"


@pytest.mark.parametrize("name", ["", "nobody", "@", "a@b@c:d", "x@yoked:"])
def test_any_text_can_be_taken_apart_and_keeps_its_name(name: str) -> None:
    assert ArmName.of(name).name == name
