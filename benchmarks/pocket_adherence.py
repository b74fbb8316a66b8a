"""Adherence of the pocket VLM, for each strategy and tier, beside what was planted in it.

    python -m benchmarks.pocket_adherence --out /tmp/pocket-adherence

Two runs of `spectrum adhere pocket`: the pocket personas under simple and isq, each third of them also in sentences
that its training never showed (described, biography: the same words and targets); and each third target under profile.
Planted is a perfect answerer of the model's rule, asked about the same clips, put through the same statistics. Run it
again with the same --out and it goes on, or only prints. Some 15 minutes of CPU.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from personas.library import pocket_personas
from personas.person import Tier
from personas.persona import Persona, save_personas
from personas.tally import tally
from spectrum.pocket.formats import formats
from spectrum.pocket.shipped import known_traits, planted_persona_profile, planted_profile
from spectrum.prompts import NEUTRAL
from spectrum.runs.folder import RunFolder
from spectrum.runs.store import AnswerStore
from spectrum.values import SCHWARTZ

Floats = NDArray[np.float64]
SAID: Mapping[Tier, Mapping[float, tuple[str, ...]]] = {
    "described": {
        1.0: ("You will find me wherever there is {word}.", "On a free day I go looking for {word}."),
        -1.0: ("I leave the room when it comes to {word}.", "Others may keep their {word}."),
    },
    "biography": {
        1.0: (
            "I was seven when {word} came into my life, and I never let go of it.",
            "My grandmother raised me on {word}, and I raised my children on it.",
        ),
        -1.0: (
            "At home there was {word} at every meal, and I moved out at sixteen because of it.",
            "After ten years of {word} I walked away from it and never looked back.",
        ),
    },
}
"""Sentences for a liked and a disliked word, in turn."""
NEW = "-new"
"""Ends the ids of personas in templates held out from training."""
EVERY = 3
"""One persona in so many is told in the further tiers, and one target in so many under profile."""
STATISTICS = ("slope", "distinctive_r", "rms_distinctive")


@dataclass(frozen=True, slots=True)
class Planted:
    """What a perfect answerer shows on the asked clips."""

    shifts: Mapping[str, Floats]
    """Persona -> shift of its profile against nobody, (10,)."""

    def numbers(self, people: Sequence[tuple[str, Floats]]) -> dict[str, float]:
        """The statistics of personas with their targets."""
        if not people:
            return {}
        moved = _centred(np.array([self.shifts[name] for name, _ in people]))
        tau = _centred(np.array([target for _, target in people]))
        return {
            "slope": float((tau * moved).sum() / (tau**2).sum()),
            "distinctive_r": float((tau * moved).sum() / np.sqrt((tau**2).sum() * (moved**2).sum())),
            "rms_distinctive": float(np.sqrt((moved**2).mean())),
        }


def cast() -> list[Persona]:
    """The pocket personas, and each third one of the known templates in two further tiers."""
    known = pocket_personas()
    chosen = [p for p in known if p.target is not None and not p.id.endswith(NEW)][::EVERY]
    return [*known, *(_retold(persona, tier) for tier in SAID for persona in chosen)]


def _retold(persona: Persona, tier: Tier) -> Persona:
    said = []
    for place, trait in enumerate(persona.traits):
        code, sign = known_traits()[trait]
        (word,) = [word for word in formats().trait_words[code] if word in trait.rstrip(".").split()]
        templates = SAID[tier][sign]
        said.append(templates[place % len(templates)].format(word=word))
    return replace(
        persona, id=f"{persona.id}-{tier}", traits=tuple(said), tier=tier, author=f"{tier}: never shown in training",
    )  # fmt: skip


def ask(personas: Iterable[Persona], strategies: str, folder: Path, options: argparse.Namespace) -> None:
    """`spectrum adhere pocket`, or what is left of it."""
    from spectrum.cli.adhere import adhere

    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.parent / f"{folder.name}.yaml"
    save_personas(personas, file)
    words = ["pocket", "--personas", str(file), "--strategies", strategies, "--out", str(folder), "--arms", "none"]
    words += ["--per-value", str(options.per_value), "--per-clip", str(options.per_clip)]
    adhere.main([*words, *(["--quiet"] if options.quiet else [])], standalone_mode=False)


def planted(folder: Path, personas: Iterable[Persona], *, written: bool) -> Planted:
    """A perfect answerer of the rule on the clips of a run; one of a retold persona reads what it was retold from."""
    run = RunFolder(folder)
    with AnswerStore(run.answers, read_only=True) as store:
        answered = store.answered()
    asks = pq.read_table(run.plan, columns=["ask_id", "clip_id", "condition"]).to_pylist()
    asked = {row["clip_id"] for row in asks if row["condition"] == NEUTRAL.name and row["ask_id"] in answered}
    clips = pq.read_table(run.clips, columns=["clip_id", "path"]).to_pylist()
    paths = [Path(row["path"]) for row in clips if row["clip_id"] in asked]
    sentences = {persona.id: persona.traits for persona in pocket_personas()}
    shifts = {}
    with tempfile.TemporaryDirectory() as place:
        for path in paths:
            shutil.copy(path.with_suffix(".json"), place)
        nobody = _row(planted_profile(folder=Path(place), written=written))
        for persona in personas:
            traits = sentences[persona.id.removesuffix(f"-{persona.tier}")]
            shifts[persona.id] = _row(planted_persona_profile(traits, Path(place), written=written)) - nobody
    return Planted(shifts)


def lines(folder: Path, personas: Sequence[Persona]) -> Iterator[str]:
    """The table of one run: strategy, tier, and each statistic measured and planted."""
    tables = RunFolder(folder).tables
    rows = [
        row
        for row in pq.read_table(tables / "adherence.parquet").to_pylist()
        if row["arm"] == "as written" and row["measure"] in ("written", "probability")
    ]
    strategies = pq.read_table(tables / "strategies.parquet").to_pylist()
    truth = {
        measure: planted(folder, personas, written=measure == "written") for measure in {r["measure"] for r in rows}
    }
    for one in strategies:
        name = one["strategy"] + {"written": "", "probability": "/p", "score": "/score"}[one["measure"]]
        ours = [row for row in rows if (row["strategy"], row["measure"]) == (one["strategy"], one["measure"])]
        if not ours:
            yield f"{name:10}nothing to report: {one['reason'] or 'too few personas could be estimated'}; {_lost(one)}"
        for tier, author in dict.fromkeys((row["tier"], row["author"]) for row in ours):
            part = {row["statistic"]: row for row in ours if (row["tier"], row["author"]) == (tier, author)}
            people = [
                (persona.id, np.array(persona.target))
                for persona in personas
                if persona.target is not None and tier in ("all", persona.tier) and author in ("all", persona.author)
            ]
            yield _line(name, tier, author, part, truth[one["measure"]].numbers(people) if tier != "none" else {})


def _line(name: str, tier: str, author: str, part: Mapping[str, Any], truth: Mapping[str, float]) -> str:
    label = author.rpartition(";")[2].strip() if author != "all" else tier
    cells = [f"{name:10}{label:32}{next(iter(part.values()))['personas']:>4}"]
    for statistic in STATISTICS:
        row = part.get(statistic) or (part.get("rms_shift") if statistic == "rms_distinctive" else None)
        scale, digits = (100, 1) if statistic == "rms_distinctive" else (1, 2)
        known = f"{scale * truth[statistic]:.{digits}f}" if statistic in truth else ""
        cells.append(f"  {_measured(row, scale, digits):22}{known:>5}")
    return "".join(cells).rstrip()


def _measured(row: Mapping[str, Any] | None, scale: float, digits: int) -> str:
    if row is None:
        return ""
    if row["estimate"] is None:
        return "no change beyond noise" if row["note"].startswith("undefined") else "not known"
    ends = "" if row["low"] is None else f" [{scale * row['low']:.{digits}f}, {scale * row['high']:.{digits}f}]"
    return f"{scale * row['estimate']:.{digits}f}{ends}"


def _lost(row: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{row[kind]:,} {kind}" for kind in ("planned", "choice", "refused", "unparsed", "truncated") if row[kind]
    )


def _row(profile: Mapping[str, float]) -> Floats:
    return np.array([profile[code] for code in SCHWARTZ.codes])


def _centred(rows: Floats) -> Floats:
    return np.asarray(rows - rows.mean(axis=0), dtype=np.float64)


def main() -> None:
    """Ask what is not asked yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--per-value", type=int, default=5, help="clips a value")
    parser.add_argument("--per-clip", type=int, default=1, help="wordings a clip and block")
    parser.add_argument("--strategies", default="simple,isq", help="those that tell traits")
    parser.add_argument("--as-is", action="store_true", help="ask nothing; print what is answered so far")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    people = cast()
    once = {p.group: p for p in reversed(people) if p.target is not None and p.tier == "named"}
    head = "".join(f"  {name:22}plant" for name in ("slope", "distinctive r", "RMS points"))
    parts: list[tuple[list[Persona], str, str]] = [
        (people, options.strategies, "traits"),
        (list(once.values())[::EVERY], "profile", "profile"),
    ]
    if options.as_is:
        parts = [part for part in parts if (options.out / part[2]).is_dir()]
    for personas, strategies, name in parts:
        if options.as_is:
            tally(options.out / name)
        else:
            ask(personas, strategies, options.out / name, options)
    print(f"{'strategy':10}{'tier':32}{'n':>4}{head}")
    for personas, _, name in parts:
        for line in lines(options.out / name, personas):
            print(line)


if __name__ == "__main__":
    main()
