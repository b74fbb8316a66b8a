"""The manifests of bench and browse runs, from what they were planned with."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import JsonValue

from spectrum.bench.planned import Plan
from spectrum.prompts import Condition
from spectrum.questions import QuestionBank
from spectrum.respondents.base import Respondent
from spectrum.runs.manifest import ConditionRecord, Fingerprints, RespondentRecord, RunManifest
from spectrum.suite import Suite

Kind = Literal["bench", "browse", "pairs"]


def bench_manifest(
    plan: Plan, respondent: Respondent, config: Mapping[str, JsonValue], deviations: Sequence[str] = ()
) -> RunManifest:
    """The manifest of a plan put to a respondent; `config` are the resolved settings by name."""
    return manifest_of(
        "bench",
        plan.suite,
        plan.bank_fingerprint,
        plan.fingerprint,
        plan.conditions,
        respondent,
        config,
        plan.seed,
        deviations,
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
    return manifest_of("browse", suite, bank.fingerprint, design, conditions, respondent, config, seed, deviations)


def manifest_of(
    kind: Kind,
    suite: Suite,
    bank: str,
    plan: str,
    conditions: Sequence[Condition],
    respondent: Respondent,
    config: Mapping[str, JsonValue],
    seed: int,
    deviations: Sequence[str],
) -> RunManifest:
    """The manifest of a run of any kind over a suite; `bank` and `plan` are fingerprints."""
    return RunManifest(
        kind=kind,
        config=dict(sorted(config.items())),
        seed=seed,
        respondent=RespondentRecord(
            name=respondent.name, fingerprint=respondent.fingerprint, settings=respondent.settings
        ),
        conditions=tuple(
            ConditionRecord(name=condition.name, text=condition.text, placement=condition.placement)
            for condition in conditions
        ),
        fingerprints=Fingerprints(
            suite=suite.fingerprint,
            index=suite.index_fingerprint,
            lexicon=suite.lexicon_fingerprint,
            bank=bank,
            embedder=suite.embedder,
        ),
        plan=plan,
        deviations=tuple(deviations),
    )
