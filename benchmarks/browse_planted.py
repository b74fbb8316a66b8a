"""Do probe slots give back what was planted? Planted agents through the whole loop: slope, coverage, false profiles.

`spectrum calibrate --gate browse` asks the same of the estimators alone, thousands of times; this walks every slot.

    python -m benchmarks.browse_planted --runs 150

A run is a world of its own (clips, clip effects, wordings' effects, keys) with `--agents` planted agents that take
turns over the runs, a neutral agent and its twin, each with `--replicates` episodes on an adaptive feed. Planted logit
SDs: clip 1, wording .5, value x wording .3, clip x wording .5. Truth is the census over the suite's clips and the
bank's wordings: intervals are conditional on the bank.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from agents.catalogue import Catalogue
from agents.designs import BrowseDesign, parse_design
from agents.effects import Effect
from agents.episode import EpisodeSpec
from agents.planted_probes import CODES, several_labels, suite_of
from agents.probes import plan_probes
from agents.recommenders import RocchioFeed
from agents.state import PROBABILITY, WRITTEN, probe_answers, state_contrast, state_profile
from agents.trace import SlotRecord
from agents.walk import Walk
from spectrum.prompts import Condition
from spectrum.questions import QuestionBank, load_bank
from spectrum.respondents.planted_choices import normal
from spectrum.respondents.planted_respondent import PlantedRespondent
from spectrum.runs.store import AnswerStore
from spectrum.suite import Suite
from spectrum.views import ClipView
from video_index.clips import ViewSpec
from video_index.keyed import digest

CLIP_SD, WORDING_SD, VALUE_WORDING_SD, CLIP_WORDING_SD = 1.0, 0.5, 0.3, 0.5
STRENGTH = 1.6
NULL_AGENTS = ("indifferent", "always-like", "ignorer")


def profiles() -> dict[str, np.ndarray]:
    """Planted preferences: ten single values, two circumplex blends, and three agents without any of their own."""
    found = {f"only-{code}": np.eye(10)[place] for place, code in enumerate(CODES)}
    angles = 2 * np.pi * np.arange(10) / 10
    found["blend-openness"] = (np.cos(angles) + 1) / 2
    found["blend-care"] = (np.cos(angles - angles[8]) + 1) / 2
    return found | {name: np.zeros(10) for name in NULL_AGENTS}


class World(PlantedRespondent):
    """A planted respondent whose wordings also move single values."""

    def __init__(self, tables: dict[str, dict[str, float]], labels: dict[str, np.ndarray], seed: int) -> None:
        super().__init__("planted:world", tables, wording_sd=WORDING_SD, clip_wording_sd=CLIP_WORDING_SD, seed=seed)
        self._labels = labels
        self._world = seed
        self._known: dict[tuple[object, ...], float] = {}
        self._moved: dict[tuple[str, ...], np.ndarray] = {}

    def _effect(self, sd: float, *key: str) -> float:
        if key[0] == "noise":
            return 0.0
        if key not in self._known:
            self._known[key] = super()._effect(sd, *key)
            if key[0] == "clip-wording":
                self._known[key] += float(self._labels[key[1]] @ self._value_wording(key[2:]))
        return self._known[key]

    def _value_wording(self, wording: tuple[str, ...]) -> np.ndarray:
        if wording not in self._moved:
            draws = [normal("value-wording", self._world, code, *wording) for code in CODES]
            self._moved[wording] = VALUE_WORDING_SD * np.array(draws)
        return self._moved[wording]

    def expected(self, condition: str, clip: str, bank: QuestionBank) -> float:
        """Acceptance of a clip averaged over all forms of all wordings, no bias planted."""
        logit = self._clip_logit(condition, clip)
        assert logit is not None
        total = []
        for wording in bank.wordings("like"):
            for form in bank.forms(wording):
                text = (form.question.before_media, form.question.after_media)
                moved = self._effect(WORDING_SD, "wording", *text)
                moved += self._effect(CLIP_WORDING_SD, "clip-wording", clip, *text)
                total.append(1 / (1 + np.exp(-logit - moved)))
        return float(np.mean(total))


def make_world(seed: int, agents: list[str], clips: int, in_suite: int) -> tuple[Suite, Catalogue, World]:
    """Clips that evoke 2.3 values on average, vectors that say so, and agents that share each clip's appeal."""
    draw = np.random.default_rng(seed)
    labels = several_labels(clips, draw)
    vectors = labels @ draw.normal(size=(10, 32)) + draw.normal(size=(clips, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = [digest("bench clip", seed, number).hex() for number in range(clips)]
    appeal = CLIP_SD * draw.normal(size=clips)
    planted = profiles()
    tables = {}
    for name in ["neutral", *agents]:
        preference = planted.get(name, np.zeros(10))
        logits = appeal + STRENGTH * (labels @ (preference - preference.mean()))
        logits = logits + (6.0 if name == "always-like" else 0.0)
        tables[name] = dict(zip(ids, (1 / (1 + np.exp(-logits))).tolist(), strict=True))
    suite = suite_of(dict(zip(ids[:in_suite], labels[:in_suite], strict=True)))
    order = np.argsort(ids)
    catalogue = Catalogue(
        tuple(ids[row] for row in order), vectors[order].astype(np.float32), labels[order], codes=CODES
    )
    return suite, catalogue, World(tables, dict(zip(ids, labels, strict=True)), seed)


def truth_of(suite: Suite, world: World, condition: str, bank: QuestionBank) -> np.ndarray:
    """Census: expected acceptance of every suite clip regressed on its labels, centred."""
    labels = np.array([member.labels for member in suite.clips])
    expected = np.array([world.expected(condition, member.clip.clip_id, bank) for member in suite.clips])
    design = np.column_stack([np.ones(len(labels)), labels])
    theta = np.linalg.lstsq(design, expected, rcond=None)[0][1:]
    return np.asarray(theta - theta.mean())


def walked(walk: Walk) -> list[SlotRecord]:
    """All records, the answers kept in memory."""
    records: list[SlotRecord] = []
    with AnswerStore(Path(":memory:")) as store:
        while step := walk.step(store):
            records += step
    return records


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--agents", type=int, default=5)
    parser.add_argument("--replicates", type=int, default=32)
    parser.add_argument("--slots", type=int, default=22)
    parser.add_argument("--probe-every", type=int, default=2)
    parser.add_argument("--clips", type=int, default=1200)
    parser.add_argument("--in-suite", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    bank, names = load_bank(), list(profiles())
    found: defaultdict[str, list[tuple[str, np.ndarray, Effect]]] = defaultdict(list)
    spread: defaultdict[str, list[np.ndarray]] = defaultdict(list)
    started = time.time()
    for run in range(options.runs):
        agents = [names[(run * options.agents + place) % len(names)] for place in range(options.agents)]
        suite, catalogue, world = make_world(options.seed + run, agents, options.clips, options.in_suite)
        spec = EpisodeSpec(options.slots, options.probe_every, options.seed + run)
        personas = [Condition(name, f"You are {name}.") for name in agents]
        arms = parse_design("persona,neutral,twin x adaptive", personas, {})
        design = BrowseDesign(arms, options.replicates, spec)
        probes = plan_probes(suite, bank, world, design)
        walk = Walk(design, probes, catalogue, RocchioFeed(), world, lambda clip: ClipView(clip, ViewSpec(), tuple))
        answers = probe_answers(walked(walk))
        labels = {member.clip.clip_id: np.array(member.labels) for member in suite.clips}
        neutral, twin = answers["neutral@adaptive"], answers["twin@adaptive"]
        base = truth_of(suite, world, "neutral", bank)
        for name in agents:
            mine = answers[f"{name}@adaptive"]
            truth = truth_of(suite, world, name, bank)
            cells = {
                "profile, probability": (truth, state_profile(mine, labels, PROBABILITY)),
                "paired contrast, probability": (truth - base, state_contrast(mine, neutral, labels, PROBABILITY)),
                "paired contrast, binary": (truth - base, state_contrast(mine, neutral, labels, WRITTEN)),
                "unpaired contrast, probability": (truth - base, state_contrast(mine, twin, labels, PROBABILITY)),
                "unpaired contrast, binary": (truth - base, state_contrast(mine, twin, labels, WRITTEN)),
            }
            for cell, (wanted, effect) in cells.items():
                if effect is not None:
                    found[cell].append((name, wanted, effect))
                    spread[cell].append(effect.intervals.estimate - wanted)
    slots = (options.agents + 2) * options.replicates * options.slots * options.runs
    print(f"{options.runs} runs, {slots} slots, {time.time() - started:.0f} s; planted logit SDs: clip {CLIP_SD}, "
          f"wording {WORDING_SD}, value x wording {VALUE_WORDING_SD}, clip x wording {CLIP_WORDING_SD}; "
          f"strength {STRENGTH}; {options.replicates} episodes of {options.slots} slots, "
          f"{options.slots // options.probe_every} probes each")  # fmt: skip
    for cell, effects in found.items():
        told = np.concatenate([effect.intervals.estimate for _, _, effect in effects])
        wanted = np.concatenate([truth for _, truth, _ in effects])
        low = np.concatenate([effect.intervals.low for _, _, effect in effects])
        high = np.concatenate([effect.intervals.high for _, _, effect in effects])
        slope = float((told @ wanted) / (wanted @ wanted))
        inside = float(((low <= wanted) & (wanted <= high)).mean())
        print(f"{cell}: slope {slope:.3f}, coverage {inside:.3f} of {told.size}, "
              f"r {np.corrcoef(told, wanted)[0, 1]:.3f}, "
              f"planted SD {wanted.std():.3f}, RMSE {np.sqrt(((told - wanted) ** 2).mean()):.4f}, "
              f"mean SE {np.concatenate([e.intervals.se for _, _, e in effects]).mean():.4f}")  # fmt: skip
    ratio = {cell: np.std(np.concatenate(errors)) for cell, errors in spread.items()}
    for measure in ("probability", "binary"):
        paired, apart = ratio[f"paired contrast, {measure}"], ratio[f"unpaired contrast, {measure}"]
        print(f"SD of paired over independent contrasts, {measure}: {paired:.4f} / {apart:.4f} = {paired / apart:.2f}")
    for name in NULL_AGENTS:
        for cell in ("profile, probability", "paired contrast, probability", "paired contrast, binary"):
            mine = [effect for who, _, effect in found[cell] if who == name]
            claims = sum(bool((effect.intervals.p_holm < 0.05).any()) for effect in mine)
            largest = max((float(np.abs(effect.intervals.estimate).max()) for effect in mine), default=float("nan"))
            print(f"{name}, {cell}: something claimed in {claims} of {len(mine)} runs, largest {largest:.4f}")


if __name__ == "__main__":
    main()
