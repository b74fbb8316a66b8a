"""Plan an adherence run: every clip asked as nobody and as everybody, the same questions in the same order."""

from collections.abc import Mapping
from dataclasses import dataclass

from personas.casting import Casting, Role
from personas.control_questions import OWN, control_forms, recall_forms
from spectrum.bench.build import PlanBuilder, Shown
from spectrum.bench.choose import in_keyed_order
from spectrum.bench.planned import Plan
from spectrum.errors import ConfigError
from spectrum.prompts import NEUTRAL
from spectrum.questions import BLOCKS, Form, QuestionBank
from spectrum.suite import Suite
from spectrum.wordings import keyed_wordings


@dataclass(frozen=True, slots=True)
class AskedOf:
    """How much is asked of each persona."""

    construct: str = "like"
    per_clip: int | None = 2
    """Wordings a clip and block; None: all."""
    repeats: int = 1
    limit: int | None = None
    """Clips."""
    control_clips: int = 20
    """Clips that the negative controls are asked about."""
    recall_clips: int = 4
    """Clips at which a persona is asked for its traits, a trait each."""


def plan_adherence(
    suite: Suite,
    bank: QuestionBank,
    casting: Casting,
    respondent_fingerprint: str,
    settings: Mapping[str, str],
    asked: AskedOf = AskedOf(),
    *,
    seed: int = 0,
) -> Plan:
    """Every ask, in keyed random order of clips, a clip's conditions side by side.

    Neutral gets the bank's keyed wordings and the own question of each strategy that has one; a persona gets what its
    strategy asks, so that each of its items pairs with a neutral one. Raises ConfigError where the settings cannot be
    met.
    """
    if asked.repeats < 1:
        raise ConfigError(f"repeats must be 1 or more, not {asked.repeats}")
    members = in_keyed_order(suite.clips, seed, asked.limit)
    if not members:
        raise ConfigError("the suite holds no clip to ask about; freeze one with: spectrum freeze")
    clip_ids = [clip.clip.clip_id for clip in suite.clips]
    drawn = {block: keyed_wordings(bank, asked.construct, clip_ids, asked.per_clip, seed, block) for block in BLOCKS}
    forms = {(w, block): bank.forms(w, block) for w in bank.wordings(asked.construct) for block in BLOCKS}
    own = {label: casting.own(label) for label in casting.strategies}
    by_bank = any(strategy is None for strategy in own.values())
    neutral_own = _neutral_own(casting)
    conditions = {role.condition: casting.condition(role) for role in casting.roles}
    builder = PlanBuilder(suite, members, respondent_fingerprint, dict(settings), asked.repeats)
    for row, member in enumerate(members):
        wordings = {block: drawn[block][member.clip.clip_id] for block in BLOCKS}
        bank_forms = [form for block in BLOCKS for wording in wordings[block] for form in forms[wording, block]]
        seen = control_forms() if row < asked.control_clips else ()
        for repeat in range(asked.repeats):
            builder.add(Shown(row), NEUTRAL, [*(bank_forms if by_bank else ()), *neutral_own, *seen], repeat)
            for role in casting.roles:
                put = bank_forms if own[role.strategy] is None else _own(casting, role)
                told = _recall(casting, role, row) if row < asked.recall_clips else ()
                builder.add(Shown(row), conditions[role.condition], [*put, *seen, *told], repeat)
    return builder.plan((NEUTRAL, *conditions.values()), "balanced", seed, bank.fingerprint)


def own_wording(name: str) -> str:
    """What the plan calls the own question of the strategy of this name, wherever it puts the persona."""
    return f"{OWN}-{name}"


def _neutral_own(casting: Casting) -> list[Form]:
    found: dict[str, Form] = {}
    for label in casting.strategies:
        strategy = casting.own(label)
        if strategy is not None:
            wording = own_wording(strategy.name)
            found[wording] = Form(wording, OWN, OWN, strategy.name, strategy.neutral_question())
    return list(found.values())


def _own(casting: Casting, role: Role) -> tuple[Form, ...]:
    strategy = casting.strategies[role.strategy]
    question = strategy.question(role.persona)
    return () if question is None else (Form(own_wording(strategy.name), OWN, OWN, strategy.name, question),)


def _recall(casting: Casting, role: Role, row: int) -> tuple[Form, ...]:
    """Only where the strategy told the traits: one that told a profile cannot be asked for them."""
    told = casting.condition(role).text
    if not all(trait.rstrip(".") in told for trait in role.persona.traits):
        return ()
    return recall_forms(role.persona, casting.personas, row)
