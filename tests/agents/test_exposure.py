import numpy as np
import pytest

from agents.catalogue import Catalogue
from agents.exposure import action_table, exposure_share, exposure_table
from agents.trace import SlotRecord
from tests.agents.test_trace import record

SHELF = Catalogue(("a", "b", "c"), np.eye(3, dtype=np.float32), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]))


def slots(*clips: str, agent: str = "neutral/0", **changes: object) -> list[SlotRecord]:
    condition = agent.split("/")[0]
    return [
        record(number).model_copy(update={"clip_id": clip, "agent": agent, "condition": condition, **changes})
        for number, clip in enumerate(clips)
    ]


def test_exposure_shares_equal_the_formula_by_hand() -> None:
    assert exposure_share(SHELF.labels[[0, 1]]) == pytest.approx([0.75, 0.25])


def test_clips_that_evoke_nothing_give_no_share_rather_than_zero() -> None:
    assert np.isnan(exposure_share(SHELF.labels[[2]])).all()
    table = exposure_table(slots("c"), SHELF, ("X", "Y"), {"c": "sidecar"})
    assert table["share"].to_pylist() == [None, None]


def test_probe_slots_are_no_exposure() -> None:
    records = [*slots("a"), *slots("b", kind="probe")]
    table = exposure_table(records, SHELF, ("X", "Y"), dict.fromkeys("abc", "sidecar"))
    assert table["share"].to_pylist() == [1.0, 0.0]
    assert table["catalogue_share"].to_pylist() == pytest.approx([0.75, 0.25])
    assert table["slots"].to_pylist() == [1, 1]


def test_one_clip_labelled_by_retrieval_marks_the_row() -> None:
    sources = {"a": "sidecar", "b": "retrieval"}
    assert set(exposure_table(slots("a", "b"), SHELF, ("X", "Y"), sources)["label_source"].to_pylist()) == {"retrieval"}
    assert set(exposure_table(slots("a"), SHELF, ("X", "Y"), sources)["label_source"].to_pylist()) == {"sidecar"}


def test_actions_are_counted_per_agent_and_an_unread_one_is_its_own_kind() -> None:
    records = [
        *slots("a", "b"),
        *slots("c", action=None),
        *slots("a", agent="adventurer/0", action="skip"),
        *slots("b", kind="probe"),
    ]
    rows = action_table(records).to_pylist()
    assert [(row["agent"], row["slots"], row["like"], row["skip"], row["none"]) for row in rows] == [
        ("adventurer/0", 1, 0, 1, 0),
        ("neutral/0", 3, 2, 0, 1),
    ]
