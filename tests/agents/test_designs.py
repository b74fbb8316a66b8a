import pytest

from agents.designs import Arm, BrowseDesign, parse_design
from agents.episode import EpisodeSpec
from agents.errors import DesignError
from spectrum.prompts import NEUTRAL
from spectrum.runs.arm_name import ArmName
from tests.support.browsing import BOLD, TIMID, make_design


def names(text: str) -> list[str]:
    return [arm.name for arm in parse_design(text, [BOLD, TIMID], {"bold": TIMID, "timid": BOLD})]


def test_a_design_is_the_product_of_its_factors() -> None:
    assert names("persona,neutral x adaptive,random") == [
        "bold@adaptive", "timid@adaptive", "bold@random", "timid@random", "neutral@adaptive", "neutral@random",
    ]  # fmt: skip
    assert names("neutral") == ["neutral@adaptive"]
    assert names("neutral x memory,no-memory x probes,no-probes") == [
        "neutral@adaptive+memory", "neutral@adaptive+memory-probes", "neutral@adaptive", "neutral@adaptive-probes",
    ]  # fmt: skip


def test_yoking_runs_both_ways_and_the_twin_is_shown_the_neutral_feed() -> None:
    assert [name for name in names("persona,neutral,twin x adaptive,yoked") if "yoked" in name] == [
        "bold@yoked:neutral", "timid@yoked:neutral", "neutral@yoked:bold", "neutral@yoked:timid", "twin@yoked:neutral",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names("persona,neutral,twin x adaptive,random,yoked x memory,no-memory x no-probes"))
def test_an_arms_name_says_all_of_it(name: str) -> None:
    arm = ArmName.of(name)
    assert arm.like(arm.who, arm.feed, arm.source) == name


def test_persona_and_neutral_share_keys_and_the_twin_has_its_own() -> None:
    design = make_design("persona,neutral,twin x adaptive", replicates=3)
    keys = {who: [a.replicate for a in design.agents if a.arm.who == who] for who in ("bold", "neutral", "twin")}
    assert keys == {"bold": [0, 1, 2], "neutral": [0, 1, 2], "twin": [3, 4, 5]}
    assert len({agent.name for agent in design.agents}) == 9


def test_a_reversed_arm_changes_at_half_time() -> None:
    design = make_design("reversed x adaptive", slots=10)
    (arm,) = design.arms
    assert [design.condition_at(arm, slot).name for slot in range(10)] == ["bold"] * 5 + ["timid"] * 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("persona x tiktok", "no word 'tiktok'"),
        ("persona x neutral", "another list of the same factor"),
        ("persona,random", "no word 'random'"),
        ("", "no word"),
    ],
)
def test_a_word_that_a_design_does_not_know_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        names(text)


def test_what_a_design_lacks_is_said_before_anything_is_asked() -> None:
    spec = EpisodeSpec(10, 5, 0)
    with pytest.raises(DesignError, match="shown the feed of neutral@adaptive, which is not walked"):
        BrowseDesign(parse_design("persona x adaptive,yoked", [BOLD], {}), 1, spec)
    with pytest.raises(DesignError, match="--memory WORDS"):
        make_design("neutral x memory")
    with pytest.raises(DesignError, match="name a --persona"):
        parse_design("persona x adaptive", [], {})
    with pytest.raises(DesignError, match="no opposite is known"):
        parse_design("reversed", [BOLD], {})
    with pytest.raises(DesignError, match="names of their own"):
        BrowseDesign((Arm("neutral", NEUTRAL, "random"),) * 2, 1, spec)
