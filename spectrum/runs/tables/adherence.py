"""The metric tables of a run that plays personas. Shifts are shares, persona minus neutral on identical items.

`strategy` is the strategy's label ("simple", "isq", "profile", "simple@after", ...); `measure` is "written",
"probability" or "score" (an own question's score, 0 to 1); `arm` is "as written", "placebo", "opposite" or "shuffled"
(judged by another's target).
"""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

_PLAYED = [("strategy", STR), ("measure", STR)]
_ENDS = [("estimate", FLOAT), ("se", FLOAT), ("df", FLOAT), ("low", FLOAT), ("high", FLOAT)]  # 95%

ADHERENCE = pa.schema(
    [
        *_PLAYED,
        ("placement", STR),  # where the persona stands: "system" or "after_media"
        ("tier", STR),  # "named", "described", "biography", "none", or "all"
        ("author", STR),  # who set the targets, or "all"
        ("arm", STR),
        ("statistic", STR),  # distinctive_r, rms_distinctive, slope, level_shift, ...: docs/personas.md lists them
        ("unit", STR),  # "share" (100 points are 1), "correlation", "slope", "p", or "fraction" (of variance, people)
        *_ENDS,
        ("low90", FLOAT),
        ("high90", FLOAT),
        ("p", FLOAT),  # two-sided, against zero
        ("personas", INT),
        ("targets", INT),  # different ones: the number of clusters
        ("note", STR),  # why it is undefined, or what it must not be taken for
    ]
)

PERSONA_PROFILES = pa.schema(
    [
        *_PLAYED,
        ("arm", STR),
        ("persona", STR),
        ("name", STR),
        ("tier", STR),
        ("cluster", STR),  # personas of one cluster are wordings of one target
        ("author", STR),
        ("value", STR),
        ("target", FLOAT),  # mean 0 over the values; null where not known
        ("target_unit", STR),  # "acceptance" (a share) or "relative" (any unit); null without a target
        ("target_distinctive", FLOAT),  # less the mean over the pool of personas
        ("neutral", FLOAT),  # profile as nobody
        ("measured", FLOAT),  # profile as the persona
        ("difference", FLOAT),  # measured minus neutral
        ("se", FLOAT),
        ("low", FLOAT),  # of the difference, 95%, this value alone
        ("high", FLOAT),
        ("p_holm", FLOAT),  # of the difference, Holm over the persona's values
        ("distinctive", FLOAT),  # difference less its mean over the pool
    ]
)

PERSONA_ADHERENCE = pa.schema(
    [
        *_PLAYED,
        ("arm", STR),
        ("persona", STR),
        ("name", STR),
        ("tier", STR),
        ("cluster", STR),
        ("author", STR),
        ("verdict", STR),  # "follows", "reverses", "not told" (no shift beyond chance), "no target", "not estimable"
        ("on_target", FLOAT),  # shift along its own target, root mean square over the values; below 0 is the reverse
        ("se", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),  # Holm over the personas
        ("distinctive_r", FLOAT),  # over the ten values of this persona
        ("raw_r", FLOAT),  # of target and profile: shown, never claimed
        ("off_target", FLOAT),  # distinctive shift across its own target, root mean square, what noise adds taken off
        ("rms_shift", FLOAT),  # of the profile against nobody, root mean square over the values, noise taken off
        ("level", FLOAT),  # general acceptance as the persona, 0 to 1
        ("level_shift", FLOAT),  # the same less nobody's
        ("level_se", FLOAT),  # of the level shift
        ("rank", INT),  # of its own target among all, 1 is nearest
        ("identified", pa.bool_()),  # nearest to its own target
        ("nearest", STR),  # cluster whose target its shift is nearest to
        ("recall", FLOAT),  # share of recall questions answered right; one half is chance
        ("items", INT),  # identical items
        ("reason", STR),  # why it is not estimable
    ]
)

ADHERENCE_VALUES = pa.schema(
    [
        *_PLAYED,
        ("tier", STR),
        ("author", STR),
        ("arm", STR),
        ("value", STR),
        *_ENDS,  # share moved for one standard deviation of the value's target
        ("p_holm", FLOAT),  # Holm over the values
    ]
)

IDENTIFICATION = pa.schema(
    [
        *_PLAYED,
        ("persona", STR),
        ("cluster", STR),
        ("target", STR),  # a cluster whose target it is compared with
        ("own", pa.bool_()),
        ("similarity", FLOAT),  # cosine of distinctive shift and distinctive target; 0 where nothing moved
    ]
)

STRATEGIES = pa.schema(
    [
        *_PLAYED,
        ("placement", STR),
        ("asks", STR),  # "bank" (the instrument's questions) or "own" (the strategy's question)
        ("framings", STR),  # pooled, with commas between
        ("personas", INT),  # with a target, as written
        ("follows", INT),
        ("reverses", INT),
        ("planned", INT),  # asks under the strategy's personas, controls and recall apart
        ("choice", INT),
        ("refused", INT),
        ("unparsed", INT),
        ("truncated", INT),
        ("error", INT),
        ("missing", INT),
        ("reason", STR),  # why nothing can be reported
    ]
)

STRATEGY_CONTRASTS = pa.schema(
    [
        *_PLAYED,
        ("other", STR),
        ("statistic", STR),  # "rms_distinctive": strategy minus other, on the same personas and clips
        *_ENDS,
        ("p", FLOAT),
        ("p_holm", FLOAT),  # Holm over the pairs
    ]
)

THRESHOLD_SWEEP = pa.schema(
    [
        ("strategy", STR),
        ("threshold", FLOAT),  # percent; a clip is accepted above it
        ("published", pa.bool_()),  # the run's own
        ("accepted_neutral", FLOAT),
        ("accepted_personas", FLOAT),
        ("statistic", STR),
        *_ENDS,
        ("note", STR),
    ]
)

ADHERENCE_CONTROLS = pa.schema(
    [
        ("strategy", STR),
        ("kind", STR),  # "control": must not move with the persona; "recall"
        ("question", STR),
        ("persona", STR),  # or "all"
        *_ENDS,  # control: share of the first option, persona minus neutral; recall: share right, chance .5
        ("p", FLOAT),  # control: against zero; recall: against one half
        ("p_holm", FLOAT),  # one persona's control: Holm over the personas
        ("asks", INT),
    ]
)

PERSONA_EVIDENCE = pa.schema(
    [
        *_PLAYED,
        ("persona", STR),
        ("name", STR),
        ("tier", STR),
        # "against" its target, "for" it (where nobody answered otherwise), "unreadable" (a persona not estimable)
        ("side", STR),
        ("place", INT),  # 1 is the strongest of its side
        ("clip_id", STR),
        ("values", STR),  # codes of the values that the clip evokes (label .5 or more), semicolons between
        ("pull", FLOAT),  # pool-centred target summed over the clip's centred labels; above 0: accepts it sooner
        ("wording", STR),
        ("block", STR),
        ("form", STR),
        ("question", STR),  # what stands after the pictures
        ("answer", STR),  # as the persona, as it was written
        ("outcome", STR),
        ("choice", STR),
        ("accepted", FLOAT),  # 1 accepts the clip, 0 rejects it
        ("reason", STR),  # where the question asks for one
        ("trait", STR),  # the persona's own sentence that the answer says it goes by
        ("neutral_answer", STR),  # as nobody, to the same question about the same clip
        ("neutral_accepted", FLOAT),
        ("ask_id", STR),
    ]
)

ADHERENCE_METRICS = {
    "adherence": ADHERENCE,
    "persona_profiles": PERSONA_PROFILES,
    "persona_adherence": PERSONA_ADHERENCE,
    "adherence_values": ADHERENCE_VALUES,
    "identification": IDENTIFICATION,
    "strategies": STRATEGIES,
    "strategy_contrasts": STRATEGY_CONTRASTS,
    "threshold_sweep": THRESHOLD_SWEEP,
    "adherence_controls": ADHERENCE_CONTROLS,
    "persona_evidence": PERSONA_EVIDENCE,
}
"""The metric tables of an adherence run."""
