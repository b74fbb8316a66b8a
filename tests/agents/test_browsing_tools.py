from typing import Any

import pytest

from agents.browsing_tools import BrowseSession, browse_tools, show_pictures
from agents.episode import EpisodeSpec
from agents.errors import FeedError
from agents.recommenders import RocchioFeed
from tests.support.browsing import CODES, make_world, view
from tests.support.tool_calling_server import Reply, ToolCallingServer

_, SHELF = make_world(60, in_suite=10)
SPEC = EpisodeSpec(8, 0, seed=3)


def session(**settings: Any) -> BrowseSession:
    return BrowseSession(SHELF, RocchioFeed(), SPEC, **settings)


def evokes(clip_id: str, code: str) -> bool:
    return bool(SHELF.labels[SHELF.row_of[clip_id], CODES.index(code)])


def test_what_is_done_with_tools_moves_the_feed_as_any_other_episode() -> None:
    browsing = session()
    first = browsing.next_clip()
    assert first.startswith("Clip 1 of at most 8.") and "3 seconds" in first and '"clip ' in first
    assert "chose it out of 60 clips" in browsing.why()
    assert browsing.act("like").startswith("Done: like")
    browsing.next_clip()
    liked, second = browsing.state.history[0].row, browsing.why()
    assert "score 0." in second and browsing.state.history[0].weight == 1.0
    browsing.next_clip()
    assert browsing.records[1].action is None and browsing.state.history[1].weight == 0.0
    nearest = SHELF.vectors @ SHELF.vectors[liked]
    nearest[liked] = -1
    assert browsing.records[1].clip_id == SHELF.clip_ids[int(nearest.argmax())]


def test_the_feed_ends_with_its_slots_or_when_the_viewer_leaves() -> None:
    browsing = session()
    said = [browsing.next_clip() for _ in range(10)]
    assert said[-2:] == ["The feed has ended. Stop here."] * 2 and len(browsing.records) == 8
    left = session()
    left.next_clip()
    assert left.act("leave") == "The feed has ended. Stop here." == left.next_clip()
    assert left.act("like") == session().why() == "No clip is open. Call next_clip first."


def test_why_may_be_asked_after_the_clip_was_liked_as_tools_called_together_run_in_any_order() -> None:
    browsing = session()
    browsing.next_clip()
    before = browsing.why()
    browsing.act("like")
    assert browsing.why() == before


def test_a_session_asks_no_probe_questions() -> None:
    with pytest.raises(FeedError, match="no probe slots"):
        BrowseSession(SHELF, RocchioFeed(), EpisodeSpec(8, 4, 0))


def viewer(code: str, browsing: BrowseSession) -> Any:
    """A model that likes clips of one value, skips the others, and asks why once."""

    def decide(messages: list[dict[str, Any]]) -> Reply:
        last = messages[-1]
        told = last["content"] if isinstance(last["content"], str) else ""
        if "ended" in told:
            return "I have seen enough."
        if last["role"] == "user" and not isinstance(last["content"], str):  # the pictures of the open clip
            clip = browsing._open
            assert clip is not None
            if len(browsing.records) == 2:
                return (("why", {}), ("like" if evokes(clip.clip_id, code) else "skip", {}))
            return (("like" if evokes(clip.clip_id, code) else "skip", {}),)
        return (("next_clip", {}),)

    return decide


def test_a_langchain_agent_with_tool_calling_browses_by_itself() -> None:
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI

    browsing = session(view_of_clip=view)
    with ToolCallingServer(viewer("ST", browsing)) as server:
        model = ChatOpenAI(model="viewer", base_url=server.url, api_key="none", max_retries=0)
        agent = create_agent(model, browse_tools(browsing), middleware=[show_pictures(browsing)])
        done = agent.invoke({"messages": [("user", "Browse until the feed ends.")]}, {"recursion_limit": 100})
        requests = server.requests
    assert done["messages"][-1].content == "I have seen enough."
    assert len(browsing.records) == 8 and browsing.state.slot == 8
    for one in browsing.records:
        assert one.action == ("like" if evokes(one.clip_id, "ST") else "skip")
    assert {tool["function"]["name"] for tool in requests[0]["tools"]} == {
        "next_clip", "like", "skip", "follow", "leave", "why",
    }  # fmt: skip
    pictures = [
        block
        for message in requests[-1]["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "image_url"
    ]
    assert len(pictures) == 8  # one still a clip, each sent once
    assert any("chose it out of" in str(message["content"]) for message in requests[-1]["messages"])
