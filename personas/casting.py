"""Who is put how: every persona, and every arm of it, under every strategy; kept beside a run's answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personas.arms import ASKED, Arm, opposite_of, placebo_of
from personas.errors import PersonaError
from personas.files import persona_row
from personas.person import Persona
from personas.rows import persona_of
from personas.strategies import OwnStrategy, Strategy, open_strategy
from spectrum.errors import RunFolderError
from spectrum.prompts import Condition
from spectrum.runs.durable import write_durably
from spectrum.values import SCHWARTZ
from video_index.keyed import digest

FILE = "cast.json"
"""Its name in a run folder."""
_NAMED = 3
"""So many personas that are left out are named."""


@dataclass(frozen=True, slots=True)
class Role:
    """A persona under a strategy: one condition of the run."""

    strategy: str
    """The strategy's label: its name, with "@after" where the persona stands after the pictures."""
    persona: Persona
    arm: Arm
    of: str
    """Id of the persona whose arm it is."""

    @property
    def condition(self) -> str:
        """Name of its condition."""
        return f"{self.strategy}/{self.persona.id}"


@dataclass(frozen=True, slots=True)
class Casting:
    """All roles of a run, and the strategies they are played by."""

    strategies: Mapping[str, Strategy]
    """By label, in the order named."""
    roles: tuple[Role, ...]
    personas: tuple[Persona, ...]
    """As named, arms apart."""
    skipped: tuple[str, ...] = ()
    """Why some persona is not played by some strategy, a sentence each."""

    def condition(self, role: Role) -> Condition:
        """What is added to every question under a role."""
        made = self.strategies[role.strategy].condition(role.persona)
        return Condition(role.condition, made.text, made.placement)

    def own(self, label: str) -> OwnStrategy | None:
        """The strategy if it is asked by its own question, else None."""
        strategy = self.strategies[label]
        return strategy if isinstance(strategy, OwnStrategy) else None

    @property
    def fingerprint(self) -> str:
        """Hex digest of every persona, arm and strategy."""
        return digest("cast", json.dumps(_plain(self), sort_keys=True, ensure_ascii=False)).hex()


def cast(personas: Sequence[Persona], specs: Iterable[str], arms: Iterable[Arm] = (Arm.PLACEBO,)) -> Casting:
    """Every persona under every strategy, with the arms that ask questions of their own.

    `arms`: a placebo for one persona of each cluster, an opposite for each persona with a target. A strategy that
    cannot put a persona (profile, without a target) leaves it out and says so. Raises PersonaError where there is no
    persona, a strategy is not known or named twice, or nothing is left to play.
    """
    if not personas:
        raise PersonaError("there is no persona to play; name a file of them, or library")
    strategies: dict[str, Strategy] = {}
    for spec in specs:
        strategy = open_strategy(spec)
        label = strategy.name if strategy.placement == "system" else f"{strategy.name}@after"
        if label in strategies:
            raise PersonaError(f"the strategy {label} is named twice")
        strategies[label] = strategy
    wanted = [(persona, Arm.AS_WRITTEN, persona.id) for persona in personas]
    for arm in arms:
        wanted += _arm(personas, arm)
    roles, skipped = [], []
    for label, strategy in strategies.items():
        unplayed = []
        for persona, arm, of in wanted:
            try:
                strategy.condition(persona)
            except PersonaError:
                unplayed.append((arm, of))
                continue
            roles.append(Role(label, persona, arm, of))
        if unplayed:
            skipped.append(f"{label} leaves out {_named(unplayed)}: it cannot put one that has no target.")
    if not any(role.arm is Arm.AS_WRITTEN for role in roles):
        raise PersonaError("no strategy can put any of these personas; give some a target, or name simple")
    return Casting(strategies, tuple(roles), tuple(personas), tuple(skipped))


def save_cast(casting: Casting, folder: Path) -> None:
    """Write `cast.json` into a run folder. Raises RunFolderError."""
    write_durably(folder / FILE, (json.dumps(_plain(casting), indent=1, ensure_ascii=False) + "\n").encode())


def load_cast(folder: Path) -> Casting:
    """Read it back. Raises RunFolderError where it is absent or damaged, PersonaError where a plug-in is gone."""
    path = folder / FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        people = {
            row["id"]: persona_of(row, lambda loc: str(path), SCHWARTZ) for row in (*plain["personas"], *plain["arms"])
        }
        roles = tuple(Role(r["strategy"], people[r["persona"]], Arm(r["arm"]), r["of"]) for r in plain["roles"])
        chosen = tuple(people[row["id"]] for row in plain["personas"])
        specs = {label: str(label) for label in plain["strategies"]}
    except FileNotFoundError:
        raise RunFolderError(f"{folder} is no run of spectrum adhere: it has no {FILE}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{path} is damaged and cannot be read ({error})") from error
    return Casting(
        {label: open_strategy(spec) for label, spec in specs.items()}, roles, chosen, tuple(plain["skipped"])
    )


def _arm(personas: Sequence[Persona], arm: Arm) -> list[tuple[Persona, Arm, str]]:
    if arm not in ASKED:
        raise PersonaError(f"the arm {arm} asks nothing; there are {', '.join(ASKED)}")
    if arm is Arm.OPPOSITE:
        return [(opposite_of(persona), arm, persona.id) for persona in personas if persona.target is not None]
    first = {persona.group: persona for persona in reversed(personas) if persona.target is not None}
    return [(placebo_of(persona), arm, persona.id) for persona in personas if first.get(persona.group) is persona]


def _named(unplayed: Sequence[tuple[Arm, str]]) -> str:
    """Who is left out: "plain and the placebo of adventurer", "8 personas (a, b, c and 5 more) and 22 placebos"."""
    people = [of for arm, of in unplayed if arm is Arm.AS_WRITTEN]
    parts = []
    if people:
        more = f" and {len(people) - _NAMED} more" if len(people) > _NAMED else ""
        listed = ", ".join(people[:_NAMED])
        parts.append(people[0] if len(people) == 1 else f"{len(people)} personas ({listed}{more})")
    for arm in ASKED:
        of = [name for other, name in unplayed if other == arm]
        if of:
            parts.append(f"the {arm} of {of[0]}" if len(of) == 1 else f"{len(of)} {arm}s")
    return " and ".join(parts)


def _plain(casting: Casting) -> dict[str, Any]:
    named = {persona.id for persona in casting.personas}
    arms = {role.persona.id: role.persona for role in casting.roles if role.persona.id not in named}
    return {
        "strategies": list(casting.strategies),
        "personas": [persona_row(persona, SCHWARTZ) for persona in casting.personas],
        "arms": [persona_row(persona, SCHWARTZ) for persona in arms.values()],
        "roles": [
            {"strategy": role.strategy, "persona": role.persona.id, "arm": str(role.arm), "of": role.of}
            for role in casting.roles
        ],
        "skipped": list(casting.skipped),
    }
