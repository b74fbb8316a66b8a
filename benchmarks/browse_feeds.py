"""Feeds whose truth is known: false alarms of drift, a planted bias found, and what a slot costs at 50,000 clips.

python -m benchmarks.browse_feeds drift --runs 2000
python -m benchmarks.browse_feeds bias --runs 50
python -m benchmarks.browse_feeds scale
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from agents.catalogue import Catalogue
from agents.designs import BrowseDesign, parse_design
from agents.drift import drift
from agents.effects import by_arm, difference, exposure_of
from agents.episode import EpisodeSpec
from agents.episodes import episodes_of
from agents.probes import plan_probes
from agents.recommenders import FrozenFeed, PlantedBiasFeed, RandomFeed, Recommender, open_recommender
from agents.recommenders.base import DrawKey, Request, Shown, choose_all
from agents.run import run_browse
from agents.walk import Walk
from benchmarks.browse_planted import make_world, walked
from spectrum.prompts import Condition
from spectrum.questions import load_bank
from spectrum.runs.store import AnswerStore
from spectrum.views import ClipView
from video_index.clips import ViewSpec


def shown(catalogue: Catalogue, feed: Recommender, key: DrawKey, slots: int) -> np.ndarray:
    """Labels of an episode on a feed that does not look at what is done."""
    history: list[Shown] = []
    closed = np.zeros(len(catalogue), dtype=bool)
    for _ in range(slots):
        (choice,) = choose_all(feed, catalogue, [Request(tuple(history), key, closed)])
        assert choice is not None
        row = catalogue.row_of[choice.clip_id]
        history.append(Shown(row, 1.0))
        closed[row] = True
    return np.asarray(catalogue.labels[[slot.row for slot in history]])


def false_alarms(runs: int, episodes: int, slots: int, window: int) -> None:
    """Drift between the first and the last window on feeds that do not move: at most 123 of 2,000 at 5%."""
    _, catalogue, _ = make_world(1, [], 600, 100)
    for name, make in (("random", RandomFeed), ("frozen", lambda: FrozenFeed(pool=200))):
        alarms, corrected = 0, []
        started = time.time()
        for run in range(runs):
            feed = make()
            labels = [shown(catalogue, feed, DrawKey(run, replicate), slots) for replicate in range(episodes)]
            found = drift([(one[:window], one[-window:]) for one in labels], seed=run)
            assert found is not None
            alarms += found.p <= 0.05
            corrected.append(found.corrected)
            catalogue._orders.clear()
        print(f"drift, {name} feed: {alarms} of {runs} runs at 5% ({episodes} episodes x {slots} slots, windows of "
              f"{window}); mean corrected JSD {np.mean(corrected):+.5f} bit, raw floor {found.floor_mean:.4f}; "
              f"{time.time() - started:.0f} s")  # fmt: skip


def planted_bias(runs: int, episodes: int, slots: int, log_odds: float) -> None:
    """A feed that pushes one value against the random feed, the same neutral agents: Holm over values, right sign."""
    hits = others = 0
    bank = load_bank()
    for run in range(runs):
        suite, catalogue, world = make_world(run, [], 2000, 400)
        value = catalogue.codes[run % 10]
        spec = EpisodeSpec(slots, 5, run)
        design = BrowseDesign(parse_design("neutral x adaptive,random", [], {}), episodes, spec)
        probes = plan_probes(suite, bank, world, design)
        feed = PlantedBiasFeed(value, log_odds)
        walk = Walk(design, probes, catalogue, feed, world, lambda clip: ClipView(clip, ViewSpec(), tuple))
        arms = by_arm(episodes_of(walked(walk), catalogue))
        effect = difference(arms["neutral@adaptive"], arms["neutral@random"], exposure_of)
        assert effect is not None
        place = catalogue.codes.index(value)
        significant = effect.intervals.p_holm < 0.05
        hits += bool(significant[place] and effect.intervals.estimate[place] > 0)
        others += bool((np.delete(significant & (effect.intervals.estimate > 0), place)).any())
    print(f"planted bias of log-odds {log_odds:g}: found in {hits} of {runs} runs ({episodes} episodes x {slots} "
          f"slots, Holm over values); another value called pushed up in {others}")  # fmt: skip


def scale(clips: int, agents: int, slots: int, dimensions: int, feeds: list[str]) -> None:
    """Time a slot and memory over a large catalogue, asking, storing and sealing included; the feeds alone."""
    suite, small, world = make_world(0, ["only-ST"], 2000, 600)
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(clips, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    extra = [f"{number:032x}" for number in range(clips - len(small))]
    ids = sorted([*small.clip_ids, *extra])
    labels = (draw.random((clips, 10)) < 0.23).astype(float)
    catalogue = Catalogue(tuple(ids), vectors, labels, codes=small.codes, popularity=draw.random(clips))
    for name in ("neutral", "only-ST"):
        world._tables[name].update(dict.fromkeys(extra, 0.5))
        world._tables[name].update({clip: 0.2 + 0.6 * float(labels[row, 1]) for row, clip in enumerate(ids)})
    world._labels.update({clip: labels[row] for row, clip in enumerate(ids)})
    for spec in feeds:
        feed, spent = open_recommender(spec), 0.0
        histories = [[Shown(int(row), float(draw.choice([1, 0.3, -1]))) for row in draw.integers(0, clips, 5)]
                     for _ in range(agents)]  # fmt: skip
        closed = [np.zeros(clips, dtype=bool) for _ in range(agents)]
        for agent, history in enumerate(histories):
            closed[agent][[slot.row for slot in history]] = True
        rounds = 20
        for turn in range(rounds + 1):
            requests = [Request(tuple(h), DrawKey(0, a), closed[a]) for a, h in enumerate(histories)]
            begun = time.process_time()
            chosen = choose_all(feed, catalogue, requests)
            spent += (time.process_time() - begun) if turn else 0.0
            for agent, choice in enumerate(chosen):
                assert choice is not None
                row = catalogue.row_of[choice.clip_id]
                closed[agent][row] = True
                histories[agent].append(Shown(row, float(draw.choice([1.0, 0.3, -1.0]))))
        print(f"{feed.name}: {1000 * spent / rounds / agents:.2f} ms of CPU a slot an agent, {agents} agents together, "
              f"{clips} clips of {dimensions} numbers (first slot apart)")  # fmt: skip
    arms = parse_design("persona,neutral x adaptive", [Condition("only-ST", "You are only-ST.")], {})
    design = BrowseDesign(arms, agents // 2, EpisodeSpec(slots, 5, 0))
    begun = time.perf_counter()
    probes = plan_probes(suite, load_bank(), world, design)
    planned = time.perf_counter() - begun
    walk = Walk(design, probes, catalogue, open_recommender("rocchio"), world,
                lambda clip: ClipView(clip, ViewSpec(), tuple))  # fmt: skip
    folder = Path("scale-run")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    begun, cpu = time.perf_counter(), time.process_time()
    with AnswerStore(folder / "answers.sqlite") as store:
        trace = run_browse(walk, store, folder / "trace.jsonl", "m")
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    size = (folder / "trace.jsonl").stat().st_size / 2**20
    print(f"{slots} slots x {agents} agents over {clips} clips, planted respondent: {spent:.1f} s, {cpu:.1f} s of CPU, "
          f"{1000 * cpu / len(trace.records):.2f} ms of CPU a slot of one agent, {1000 * cpu / slots:.0f} a step; "
          f"planning {planned:.1f} s; peak memory {peak:.2f} GiB; trace {size:.1f} MiB")  # fmt: skip


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["drift", "bias", "scale"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--episodes", type=int, default=32)
    parser.add_argument("--slots", type=int, default=150)
    parser.add_argument("--window", type=int, default=20)
    parser.add_argument("--log-odds", type=float, default=1.0)
    parser.add_argument("--clips", type=int, default=50_000)
    options = parser.parse_args()
    if options.part == "drift":
        false_alarms(options.runs, min(options.episodes, 4), min(options.slots, 60), options.window)
    elif options.part == "bias":
        planted_bias(options.runs, options.episodes, options.slots, options.log_odds)
    else:
        scale(options.clips, options.episodes, options.slots, 512,
              ["random", "rocchio", "qdrant", "qdrant?strategy=average", "mmr", "epsilon", "popularity", "frozen",
               "planted-bias?value=ST"])  # fmt: skip


if __name__ == "__main__":
    main()
