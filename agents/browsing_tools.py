"""The episode as tools, so that a LangChain agent with tool calling browses by itself.

    session = BrowseSession(catalogue, recommender, EpisodeSpec(30, 0, seed=0), view_of_clip=view)
    agent = create_agent(model, browse_tools(session), middleware=[show_pictures(session)])
    agent.invoke({"messages": [("user", "Browse until the feed ends.")]}, {"recursion_limit": 200})
    session.records

The agent decides what to call; the feed adapts to likes, skips and follows as in any other episode. A clip that it
leaves without a word teaches the feed nothing. Nothing here is asked through a run's store: each call is the agent's.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.actions import action_named
from agents.catalogue import Catalogue
from agents.episode import EpisodeSpec, EpisodeState, Slot, after_slot, exhausted, next_slot
from agents.errors import FeedError
from agents.recommenders.base import Recommender
from spectrum.views import ClipView
from video_index.extras import import_extra

_OVER = "The feed has ended. Stop here."
_NO_CLIP = "No clip is open. Call next_clip first."


@dataclass(frozen=True, slots=True)
class Browsed:
    """One clip of a session."""

    slot: int
    clip_id: str
    action: str | None
    """What the agent did; None where it went on without a word."""
    score: float
    propensity: float
    candidates: int
    feed_state: str
    """Hash of what the feed had learnt before."""


class BrowseSession:
    """One agent's episode without probes, driven from outside: it holds the state that tools move."""

    def __init__(
        self,
        catalogue: Catalogue,
        recommender: Recommender,
        spec: EpisodeSpec,
        *,
        replicate: int = 0,
        view_of_clip: Callable[[str], ClipView] | None = None,
    ) -> None:
        """`view_of_clip`: gives the pictures; without it the agent is told titles alone.

        Raises FeedError for an episode with probes: they are questions, and nobody asks them here.
        """
        if spec.probe_every:
            raise FeedError("an episode offered as tools has no probe slots; set probe_every to 0")
        self.catalogue = catalogue
        self.records: list[Browsed] = []
        self._recommender = recommender
        self._spec = spec
        self._replicate = replicate
        self._view = view_of_clip
        self._state = EpisodeState()
        self._open: Slot | None = None
        self._shown: Slot | None = None
        self._pending: ClipView | None = None
        # A model may call two tools at once; the episode knows one thing after the other.
        self._one_at_a_time = threading.RLock()

    @property
    def state(self) -> EpisodeState:
        """Where the episode stands; the open clip is not in it yet."""
        return self._state

    def next_clip(self) -> str:
        """Close the clip that is open and show the next one; say so where the feed has ended."""
        with self._one_at_a_time:
            return self._next()

    def _next(self) -> str:
        self._close(None)
        if self._state.ended:
            return _OVER
        slot = next_slot(self._spec, self._state, self.catalogue, self._recommender, self._replicate, ())
        if slot is None:
            self._state = exhausted(self._state)
            return _OVER
        self._open = self._shown = slot
        if self._view is not None:
            self._pending = self._view(slot.clip_id)
        row = self.catalogue.row_of[slot.clip_id]
        title = self.catalogue.title(row)
        called = f' It is called "{title}".' if title else ""
        length = self.catalogue.duration(row)
        lasts = f" It lasts {length:.0f} seconds." if length else ""
        return f"Clip {slot.number + 1} of at most {self._spec.slots}.{called}{lasts}"

    def act(self, word: str) -> str:
        """Do something with the open clip, once."""
        with self._one_at_a_time:
            if self._open is None:
                return _NO_CLIP
            self._close(word)
            return f"Done: {word}. Call next_clip to go on." if not self._state.ended else _OVER

    def why(self) -> str:
        """Why the clip that was shown last was, in the feed's own numbers.

        It need not be open any more: a model may ask and act in one message, and its tools then run in any order.
        """
        shown = self._shown
        if shown is None or shown.choice is None:
            return _NO_CLIP
        choice = shown.choice
        return (
            f"The feed {self._recommender.name} chose it out of {choice.candidates} clips, with score "
            f"{choice.score:.3f} and probability {choice.propensity:.3g}."
        )

    def take_pictures(self) -> ClipView | None:
        """The view of a clip that was opened and not looked at yet, once."""
        view, self._pending = self._pending, None
        return view

    def _close(self, word: str | None) -> None:
        slot = self._open
        if slot is None or slot.choice is None:
            return
        choice = slot.choice
        self.records.append(
            Browsed(
                slot.number, slot.clip_id, word, choice.score, choice.propensity, choice.candidates,
                self._state.feed_state,
            )
        )  # fmt: skip
        self._state = after_slot(self._state, slot, action_named(word) if word else None, self.catalogue)
        self._open = self._pending = None


def browse_tools(session: BrowseSession) -> list[Any]:
    """LangChain tools over a session: next_clip, like, skip, follow, leave and why. Raises MissingExtraError."""
    tools = import_extra("langchain_core.tools", "chat")

    def made(name: str, description: str, call: Callable[[], str]) -> Any:
        return tools.StructuredTool.from_function(func=call, name=name, description=description)

    return [
        made("next_clip", "Show the next short video of your feed.", session.next_clip),
        made("like", "Like the video that is open.", lambda: session.act("like")),
        made("skip", "Skip the video that is open: you do not want more like it.", lambda: session.act("skip")),
        made("follow", "Follow the maker of the video that is open.", lambda: session.act("follow")),
        made("leave", "Close the app; the feed ends.", lambda: session.act("leave")),
        made("why", "Say why the video that you see was shown to you.", session.why),
    ]


def show_pictures(session: BrowseSession) -> Any:
    """Middleware for `create_agent`: the open clip's frames, as a user turn before the model goes on.

    Tool results of most providers take text only. Pictures come once a clip. Raises MissingExtraError.
    """
    middleware = import_extra("langchain.agents.middleware", "chat")
    messages = import_extra("langchain_core.messages", "chat")
    from spectrum.respondents.chat_messages import picture_blocks
    from spectrum.respondents.chat_pictures import encoded

    def before_model(middleware: Any, state: Any, runtime: Any) -> dict[str, Any] | None:
        view = session.take_pictures()
        if view is None:
            return None
        blocks = [{"type": "text", "text": "The video that is open:"}, *picture_blocks(encoded(view))]
        return {"messages": [messages.HumanMessage(content=blocks)]}

    # langchain is optional, so its class is known at run time only.
    return type("ShowPictures", (middleware.AgentMiddleware,), {"before_model": before_model})()
