"""Agents in lockstep against one agent at a time, on a checkpoint: seconds, and whether they end alike.

    python -m benchmarks.browse_lockstep CHECKPOINT INDEX --agents 8 --slots 10

Both walk the same episodes; rounds alternate. Lockstep asks about each clip that several agents of one condition
meet in the same step at once, and decodes the next clip while the model answers.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from agents.catalogue import Catalogue
from agents.designs import Agent, BrowseDesign, parse_design
from agents.episode import EpisodeSpec
from agents.probes import plan_probes
from agents.recommenders import RocchioFeed
from agents.stock import stock
from agents.trace import SlotRecord
from agents.walk import Walk
from spectrum.frame_cache import FrameCache
from spectrum.lexicon import load_lexicon
from spectrum.questions import load_bank
from spectrum.respondents.base import Respondent
from spectrum.respondents.registry import RespondentOptions, open_respondent
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite, make_suite, read_catalogue
from spectrum.views import view_of
from video_index.clips import Clip, ViewSpec
from video_index.decode import DecoderPool
from video_index.store import open_index


def walk_all(
    designs: list[BrowseDesign], suite: Suite, catalogue: Catalogue, clips: dict[str, Clip], respondent: Respondent
) -> tuple[float, list[SlotRecord]]:
    """Seconds and records of the designs, one after the other, nothing known before."""
    records: list[SlotRecord] = []
    cache = FrameCache()
    with DecoderPool() as pool, AnswerStore(Path(":memory:")) as store:
        started = time.perf_counter()
        for design in designs:
            probes = plan_probes(suite, load_bank(), respondent, design)
            walk = Walk(design, probes, catalogue, RocchioFeed(), respondent,
                        lambda clip: view_of(clips[clip], suite.view, pool.decode, cache))  # fmt: skip
            while step := walk.step(store):
                records += step
        return time.perf_counter() - started, records


class OnePair(BrowseDesign):
    """A design of which one replicate walks."""

    __slots__ = ()
    pair = 0

    @property
    def agents(self) -> tuple[Agent, ...]:
        """The agents of this pair."""
        return tuple(agent for agent in super().agents if agent.pair == self.pair)


def alone(design: BrowseDesign, pair: int) -> BrowseDesign:
    """The same design, in which one replicate walks."""
    kind = type(f"Pair{pair}", (OnePair,), {"pair": pair, "__slots__": ()})
    fields = {name: getattr(design, name) for name in design.__dataclass_fields__}
    made = kind(**fields)
    assert isinstance(made, BrowseDesign)
    return made


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("index")
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--slots", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with open_index(options.index) as index:
        indexed = read_catalogue(index)
    suite = make_suite(indexed, None, load_lexicon(), view=ViewSpec(long_side=256))
    catalogue = stock(indexed)
    clips = {clip.clip_id: clip for clip in indexed.clips}
    respondent = open_respondent(f"hf:{options.checkpoint}", RespondentOptions(), None)
    spec = EpisodeSpec(options.slots, 5, 0)
    design = BrowseDesign(parse_design("neutral x adaptive", [], {}), options.agents, spec)
    singles = [alone(design, pair) for pair in range(options.agents)]
    walk_all([replace(design, replicates=1)], suite, catalogue, clips, respondent)
    times: dict[str, list[float]] = {"lockstep": [], "one by one": []}
    ends: dict[str, list[SlotRecord]] = {}
    for _ in range(options.rounds):
        for name, designs in (("lockstep", [design]), ("one by one", singles)):
            seconds, ends[name] = walk_all(designs, suite, catalogue, clips, respondent)
            times[name].append(seconds)
    best = {name: min(found) for name, found in times.items()}
    paths = [sorted((r.agent, r.slot, r.clip_id, r.action or "") for r in ends[name]) for name in ends]
    same = sum(one == other for one, other in zip(*paths, strict=True))
    print(f"{options.agents} agents x {options.slots} slots: lockstep {best['lockstep']:.1f} s, one by one "
          f"{best['one by one']:.1f} s, ratio {best['one by one'] / best['lockstep']:.2f}; "
          f"{same} of {len(paths[0])} slots the same")  # fmt: skip


if __name__ == "__main__":
    main()
