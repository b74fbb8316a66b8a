"""A slot of a browse run as a line of trace.jsonl tells it: what every reader of a trace may count on.

These are lenient: a newer trace may hold more, and other words. Whoever writes traces adds what replaying needs.
"""

from pydantic import BaseModel, ConfigDict


class AskView(BaseModel):
    """One question of a slot, as it was put and answered."""

    model_config = ConfigDict(frozen=True)

    ask_id: str
    wording: str
    """The question bank's wording; "action" for what to do next."""
    form: str
    prompt: str
    """The text after the picture."""
    options: tuple[str, ...]
    reply: str
    """Raw."""
    outcome: str
    choice: str | None
    probabilities: tuple[float, ...] | None
    """Mass on each option in `options`, as the respondent gave it."""
    tokens_in: int
    tokens_out: int
    latency_s: float


class SlotView(BaseModel):
    """One slot: what was shown and asked, what was done, and why this clip."""

    model_config = ConfigDict(frozen=True)

    agent: str
    """Arm and replicate, `adventurer@adaptive/0`."""
    arm: str
    condition: str
    """In force at this slot."""
    slot: int
    fed: int
    """Feed slots before this one: what actions are keyed by, so that probes do not move them."""
    kind: str
    """A "feed" slot is chosen by the recommender and moves it; a "probe" slot is value-balanced and moves nothing."""
    phase: str
    clip_id: str
    frame_hashes: tuple[str, ...] | None
    """blake2b of each frame's pixels; None where the respondent looks at none (planted, recorded)."""
    system: str
    """The system turn: persona and memory."""
    before_media: str
    asks: tuple[AskView, ...]
    action: str | None
    """Feed slots: the action taken; None where the reply held none (the feed then learns nothing)."""
    drawn: str
    """Where the action came from: keyed draw from option probabilities ("sampled"), their largest ("argmax"), the
    word that was "written", or "none"."""
    watched_share_modelled: float | None
    """Share of the clip that counts as watched by the run's watch model: a model, never an observation."""
    watched_s_modelled: float | None
    feed_weight: float | None
    """What the feed learnt from the action."""
    recommender: str
    """What chose the clip; "yoked to ..." where another agent's feed was shown; "" for a probe."""
    score: float | None
    propensity: float | None
    candidates: int | None
    shortlist: tuple[tuple[str, float], ...]
    """The best candidates with their scores."""
    feed_state: str
    """Hash of what the feed has learnt before this slot."""
