"""The manifests of bench and browse runs, from what they were planned with."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from spectrum.bench.planned import Plan
from spectrum.prompts import Condition
from spectrum.questions import QuestionBank
from spectrum.respondents.base import Respondent
from spectrum.runs.manifest import ConditionRecord, Fingerprints, RespondentRecord, RunManifest
from spectrum.suite import Suite


def bench_manifest(
    plan: Plan, respondent: Respondent, config: Mapping[str, JsonValue], deviations: Sequence[str] = ()
) -> RunManifest:
    """The manifest of a plan put to a respondent; `config` are the resolved settings by name."""
    return RunManifest(
        kind="bench",
        config=dict(sorted(config.items())),
        seed=plan.seed,
        respondent=_respondent(respondent),
        conditions=_conditions(plan.conditions),
        fingerprints=_fingerprints(plan.suite, plan.bank_fingerprint),
        plan=plan.fingerprint,
        deviations=tuple(deviations),
    )


def browse_manifest(
    suite: Suite,
    bank: QuestionBank,
    design: str,
    conditions: Sequence[Condition],
    respondent: Respondent,
    config: Mapping[str, JsonValue],
    seed: int,
    deviations: Sequence[str] = (),
) -> RunManifest:
    """The manifest of a browse run; `design` is the fingerprint of what is planned before the first slot."""
    return RunManifest(
        kind="browse",
        config=dict(sorted(config.items())),
        seed=seed,
        respondent=_respondent(respondent),
        conditions=_conditions(conditions),
        fingerprints=_fingerprints(suite, bank.fingerprint),
        plan=design,
        deviations=tuple(deviations),
    )


def _respondent(respondent: Respondent) -> RespondentRecord:
    return RespondentRecord(name=respondent.name, fingerprint=respondent.fingerprint, settings=respondent.settings)


def _conditions(conditions: Sequence[Condition]) -> tuple[ConditionRecord, ...]:
    return tuple(
        ConditionRecord(name=condition.name, text=condition.text, placement=condition.placement)
        for condition in conditions
    )


def _fingerprints(suite: Suite, bank: str) -> Fingerprints:
    return Fingerprints(
        suite=suite.fingerprint,
        index=suite.index_fingerprint,
        lexicon=suite.lexicon_fingerprint,
        bank=bank,
        embedder=suite.embedder,
    )
