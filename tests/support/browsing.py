"""A small world to browse in: clips whose vectors say what they evoke, planted agents, designs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from agents.catalogue import Catalogue
from agents.designs import BrowseDesign, parse_design
from agents.episode import EpisodeSpec
from agents.probes import plan_probes
from agents.recommenders import Recommender, RocchioFeed
from agents.trace import AskRecord, SlotRecord
from agents.walk import Walk
from spectrum.prompts import Condition
from spectrum.questions import load_bank
from spectrum.respondents.base import Respondent
from spectrum.respondents.planted import PlantedRespondent
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite, SuiteClip
from spectrum.values import SCHWARTZ
from spectrum.views import ClipView
from tests.support.asking import still
from video_index.clips import Clip, Locator, ViewSpec
from video_index.keyed import digest

CODES = tuple(SCHWARTZ.codes)
BOLD = Condition("bold", "You are a bold person who loves risk.")
TIMID = Condition("timid", "You are a timid person who avoids risk.")


def make_world(clips: int = 300, dimensions: int = 16, seed: int = 0, in_suite: int = 150) -> tuple[Suite, Catalogue]:
    """A suite of the first `in_suite` clips and a catalogue of all; each clip evokes one value, some another too."""
    draw = np.random.default_rng(seed)
    labels = np.zeros((clips, len(CODES)))
    labels[np.arange(clips), np.arange(clips) % len(CODES)] = 1.0
    second = draw.integers(0, len(CODES), clips)
    both = draw.random(clips) < 0.3
    labels[np.flatnonzero(both), second[both]] = 1.0
    axes = draw.normal(size=(len(CODES), dimensions))
    vectors = labels @ axes + 0.7 * draw.normal(size=(clips, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [digest("browse clip", seed, number).hex() for number in range(clips)]
    members = [
        SuiteClip(
            Clip(ids[n], Locator(f"/clips/{n}.mp4"), "video", 720, 1280, 3.0, 90, title=f"clip {n}"),
            tuple(labels[n].tolist()),
            "sidecar",
            (CODES[n % len(CODES)],),
            (),
            ("",),
            ids[n],
        )
        for n in range(in_suite)
    ]
    suite = Suite(
        tuple(sorted(members, key=lambda member: member.clip.clip_id)), ViewSpec(), SCHWARTZ.name, CODES,
        "index", "lexicon", "embedder", 0,
    )  # fmt: skip
    order = np.argsort(ids)
    catalogue = Catalogue(
        clip_ids=tuple(ids[row] for row in order),
        vectors=np.ascontiguousarray(vectors[order], dtype=np.float32),
        labels=labels[order],
        sources=("sidecar",) * clips,
        codes=CODES,
        popularity=draw.permutation(clips).astype(float),
        durations=np.full(clips, 3.0),
        titles=tuple(f"clip {row}" for row in order),
    )
    return suite, catalogue


def liking(catalogue: Catalogue, value: str | None, strength: float = 4.0, **settings: float) -> dict[str, float]:
    """Acceptance of every clip by someone who prefers a value (None: nobody in particular)."""
    preference = np.zeros(len(CODES))
    if value is not None:
        preference[CODES.index(value)] = 1.0
    logits = strength * (catalogue.labels @ (preference - preference.mean())) + settings.get("base", 0.0)
    return dict(zip(catalogue.clip_ids, (1 / (1 + np.exp(-logits))).tolist(), strict=True))


def planted(catalogue: Catalogue, values: Mapping[str, str | None] | None = None, **biases: float) -> PlantedRespondent:
    """Prefers a value under each condition: by default Stimulation when bold, nothing otherwise."""
    wanted = values if values is not None else {"neutral": None, "bold": "ST", "timid": "SE"}
    tables = {
        name: liking(catalogue, value, strength=8.0, base=0.0 if value is None else -1.0)
        for name, value in wanted.items()
    }
    return PlantedRespondent("planted:test", tables, **biases)  # type: ignore[arg-type]


def make_design(
    text: str = "persona,neutral,twin x adaptive",
    *,
    slots: int = 20,
    probe_every: int = 5,
    replicates: int = 2,
    seed: int = 0,
    personas: Sequence[Condition] = (BOLD,),
    opposites: Mapping[str, Condition] | None = None,
    episode: Mapping[str, object] | None = None,
    **settings: object,
) -> BrowseDesign:
    """A design in the words of the command line."""
    spec = EpisodeSpec(slots, probe_every, seed, **(episode or {}))  # type: ignore[arg-type]
    arms = parse_design(text, personas, opposites or {"bold": TIMID})
    return BrowseDesign(arms, replicates, spec, **settings)  # type: ignore[arg-type]


def make_walk(
    design: BrowseDesign,
    suite: Suite,
    catalogue: Catalogue,
    respondent: Respondent,
    recommender: Recommender | None = None,
    **settings: bool,
) -> Walk:
    """The walk of a design in a world."""
    probes = plan_probes(suite, load_bank(), respondent, design)
    feed = RocchioFeed() if recommender is None else recommender
    return Walk(design, probes, catalogue, feed, respondent, still, **settings)


def walked(walk: Walk) -> list[SlotRecord]:
    """All records of a walk, its answers kept in memory."""
    records: list[SlotRecord] = []
    with AnswerStore(Path(":memory:")) as store:
        while step := walk.step(store):
            records += step
    return records


def view(clip_id: str) -> ClipView:
    """A view of one grey picture."""
    return still(clip_id)


def record(slot: int, reply: str = "like", **changes: object) -> SlotRecord:
    """A feed slot as a trace holds it."""
    asked = AskRecord(
        ask_id=f"a{slot}", item_id="i", wording="action", block="action", form="action", prompt="What now?",
        options=("like", "watch", "skip"), acceptance=(1.0, 0.5, 0.0), reply=reply, outcome="choice", choice="like",
        probabilities=(0.5, 0.25, 0.2), tokens_in=10, tokens_out=1, latency_s=0.0,
    )  # fmt: skip
    whole: dict[str, object] = {
        "agent": "neutral@adaptive/0", "arm": "neutral@adaptive", "condition": "neutral", "pair": 0, "replicate": 0,
        "slot": slot, "fed": slot, "kind": "feed", "phase": "", "clip_id": "c" * 32, "view_id": "v",
        "frame_hashes": None, "system": "", "before_media": "", "asks": (asked,), "action": "like",
        "drawn": "sampled", "watched_share_modelled": 1.0, "watched_s_modelled": 3.0, "feed_weight": 1.0,
        "recommender": "rocchio", "score": 0.5, "propensity": 1.0, "candidates": 9,
        "shortlist": (("c" * 32, 0.5),), "feed_state": "f",
    }  # fmt: skip
    return SlotRecord(**{**whole, **changes})  # type: ignore[arg-type]
