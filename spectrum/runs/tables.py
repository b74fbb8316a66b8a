"""Schemas of every table in a run folder. Each room fills its own; the report reads these and nothing else.

Shares and differences are on the probability scale, 0 to 1 (a "point" is .01), unless `scale` says "logit".
"""

import pyarrow as pa

_STR = pa.string()
_F = pa.float64()
_I = pa.int64()
_STRS = pa.list_(pa.string())
_FS = pa.list_(pa.float64())

PLAN = pa.schema(
    [
        ("ask_id", _STR),
        ("item_id", _STR),
        ("group_id", _STR),  # clip x condition x repeat: what is handed to a respondent together
        ("clip_id", _STR),
        ("condition", _STR),
        ("protocol", _STR),  # "balanced" or "paper"
        ("construct", _STR),
        ("wording", _STR),
        ("block", _STR),  # "stem", "named"; for the paper protocol "paper"; on another arm than "intact" "blank/stem"
        ("form", _STR),  # "would", "would_not", "first", "second"; for the paper protocol the question's name
        ("repeat", _I),
        ("arm", _STR),  # "intact" (or null), "blank", "permuted", "masked", "describe", "caption": spectrum.bench.arms
        ("shown_clip_id", _STR),  # whose pictures are shown (or null: clip_id's own); another's on the permuted arm
        ("written", pa.bool_()),  # false: option probabilities only were asked for; null means true
        ("system", _STR),
        ("before_media", _STR),
        ("after_media", _STR),
        ("options", _STRS),  # null where the answer is not a choice
        ("acceptance", _FS),  # how far each option accepts the clip
        ("answer_spec", _STR),  # JSON of the whole spec
        ("max_tokens", _I),
    ]
)

CLIPS = pa.schema(
    [
        ("clip_id", _STR),
        ("path", _STR),
        ("member", _STR),
        ("kind", _STR),
        ("width", _I),
        ("height", _I),
        ("duration_s", _F),
        ("platform", _STR),
        ("posted", _STR),
        ("title", _STR),
        ("url", _STR),
        ("cluster", _STR),  # creator or near-duplicate group where known, else the clip itself
        ("sharpness", _F),
        ("brightness", _F),
        ("colourfulness", _F),
        ("motion", _F),
        ("text_area", _F),
        ("faces", _F),
        ("labels", _FS),  # ten probabilities in the value system's order
        ("label_source", _STR),  # "sidecar", "retrieval", "judge", "people"
        ("value_sets", _STRS),  # codes of the values whose set holds the clip
        ("control_for", _STRS),  # codes of the values whose control it is
        ("keywords", _STRS),  # what retrieved it, a phrase a value set
    ]
)

ANSWERS = pa.schema(
    [
        ("ask_id", _STR),
        ("outcome", _STR),
        ("choice", _STR),
        ("fields", _STR),  # JSON object of further fields, null for a plain choice
        ("text", _STR),
        ("finish_reason", _STR),
        ("probabilities", _FS),  # mass on each option, not normalised; null where unknown
        ("tokens_in", _I),
        ("tokens_out", _I),
        ("latency_s", _F),
        ("error", _STR),
        ("answered_at", _STR),  # UTC, ISO; left out wherever two runs are compared
    ]
)

PROFILE = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),  # "written" or "probability": the greedy share and the mean probability never mix
        ("scale", _STR),  # "probability" or "logit"
        ("value", _STR),
        ("estimate", _F),  # attributable acceptance minus the mean over the values
        ("se", _F),
        ("df", _F),
        ("low", _F),  # 95%, this value alone
        ("high", _F),
        ("p_holm", _F),  # against the mean of the values, Holm over the values
        ("tied_group", _STR),  # letters; two values that share one cannot be told apart
        ("clips", _I),  # clips in the value's set
        ("answers", _I),
    ]
)

LEVEL = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("estimate", _F),
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("yes_bias", _F),  # P(yes | would) + P(yes | would not) - 1
        ("order_effect", _F),  # share choosing the first-named option, minus one half
        ("wordings", _I),
        ("clips", _I),
        ("answers", _I),
    ]
)

CONTRAST = pa.schema(
    [
        ("condition", _STR),
        ("reference", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("value", _STR),  # a value's code, or "level"
        ("estimate", _F),
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),  # Holm over the values; for "level" the plain p
        ("items", _I),  # paired items
    ]
)

OUTCOMES = pa.schema(
    [
        ("condition", _STR),
        ("value", _STR),  # a value's code, "control", or "all"
        ("planned", _I),
        ("choice", _I),
        ("refused", _I),
        ("unparsed", _I),
        ("truncated", _I),
        ("error", _I),
        ("missing", _I),
        ("accepted", _F),  # share of acceptance among choices
        ("accepted_low", _F),  # had every other ask been a rejection
        ("accepted_high", _F),  # had every other ask been an acceptance
    ]
)

PAPER = pa.schema(
    [
        ("condition", _STR),
        ("value", _STR),
        ("yes", _I),
        ("asked", _I),
        ("percent", _F),  # yes / asked x 100
    ]
)

LIGHTS = pa.schema(
    [
        ("condition", _STR),
        ("light", _STR),  # "picture", "labels", "polarity", "written"
        ("state", _STR),  # "green", "amber", "red", "off"
        ("text", _STR),
    ]
)

CLIP_ACCEPTANCE = pa.schema(
    [
        ("condition", _STR),
        ("clip_id", _STR),
        ("asked", _I),
        ("choices", _I),
        ("accepted", _F),  # share of acceptance among choices; null where there is none
    ]
)

EXPOSURE = pa.schema(
    [
        ("agent", _STR),  # condition and replicate
        ("condition", _STR),
        ("replicate", _I),
        ("value", _STR),
        ("share", _F),  # of what the clips in its feed slots evoke; null where they evoke nothing
        ("catalogue_share", _F),  # the same over all clips the feed could show
        ("slots", _I),
        ("label_source", _STR),  # "retrieval": where the feed ranks by the same vectors, it moves these labels too
    ]
)

ACTIONS = pa.schema(
    [
        ("agent", _STR),
        ("condition", _STR),
        ("replicate", _I),
        ("slots", _I),
        ("like", _I),
        ("watch", _I),
        ("skip", _I),
        ("none", _I),  # no action could be read
    ]
)

METRICS = {
    "profile": PROFILE,
    "level": LEVEL,
    "contrast": CONTRAST,
    "outcomes": OUTCOMES,
    "paper": PAPER,
    "lights": LIGHTS,
    "clip_acceptance": CLIP_ACCEPTANCE,
}
"""File stem under `tables/` of each metric table, with its schema."""

BROWSE_METRICS = {"exposure": EXPOSURE, "actions": ACTIONS}
"""The further metric tables of a browse run."""

# Comparisons of runs. Estimates are contender minus reference, on items that both answered.

COMPARE_DIFFERENCES = pa.schema(
    [
        ("contender", _STR),
        ("reference", _STR),
        ("construct", _STR),
        ("measure", _STR),  # "written"
        ("scale", _STR),  # "probability" or "logit"
        ("value", _STR),  # a value's code, or "level" (probability scale only)
        ("estimate", _F),  # difference of the values' profiles (each level-free); for "level" of the levels
        ("se", _F),
        ("df", _F),
        ("low", _F),  # 95%, this difference alone
        ("high", _F),
        ("p", _F),  # two-sided, alone
        ("p_holm", _F),  # Holm over the values of this comparison; for "level" the plain p
        ("p_family", _F),  # Holm over the values of all comparisons of the call; for "level" over the comparisons
        ("p_tested", _F),  # the larger p_family of both scales, 1 where they point apart: what a verdict rests on
        ("standardised", _F),  # estimate over the SD between clips, both sides pooled; probability scale only
        ("p_equivalent", _F),  # two one-sided tests against +-margin, Holm over the values; probability scale only
        ("margin", _F),  # of equivalence, on the probability scale
        ("verdict", _STR),  # spectrum.compare.decisions.VERDICTS; null for "level" and on the logit scale
        ("named", pa.bool_()),  # stands clear of the other differences, so that a sentence may name it
        ("items", _I),  # answered by both sides and used
        ("clips", _I),
        ("wordings", _I),
    ]
)

COMPARE_GROUPS = pa.schema(
    [
        ("construct", _STR),
        ("measure", _STR),
        ("value", _STR),  # a value's code, "overall" (all values together) or "level"
        ("contender", _STR),
        ("estimate", _F),  # minus the contenders' mean; null for "overall"
        ("group", _STR),  # letters; two contenders that share one cannot be told apart
        ("items", _I),  # answered by all contenders
    ]
)

COMPARE_PROFILES = pa.schema(
    [
        ("contender", _STR),
        ("run", _STR),  # folder
        ("respondent", _STR),
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("value", _STR),  # a value's code, or "level"
        ("estimate", _F),  # on the items that all contenders answered, or where those are too few on its own
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("shared_items", pa.bool_()),  # whether on the items of all contenders
        ("items", _I),
    ]
)

COMPARE_SEQUENTIAL = pa.schema(
    [
        ("contender", _STR),
        ("reference", _STR),
        ("value", _STR),  # the declared value's code, or "level"
        ("round", _I),  # from 1
        ("clips", _I),  # so far
        ("mean", _F),  # of the declared difference so far, probability scale
        ("low", _F),  # holds the true difference at all rounds together with probability 1 - alpha
        ("high", _F),
    ]
)

PUBLISHED = pa.schema(
    [
        ("table", _STR),  # "main" or "ablation" of the paper
        ("setting", _STR),  # "image", or whose description was shown in its stead
        ("model", _STR),
        ("value", _STR),
        ("percent", _F),  # of "yes", as published
        ("asked", _I),  # answers behind it, inferred
        ("low", _F),  # per cent; 95% Wilson interval that this many independent answers imply
        ("high", _F),
        ("source", _STR),
    ]
)

PUBLISHED_TESTS = pa.schema(
    [
        ("model", _STR),
        ("chi_square", _F),  # any value profile at all?
        ("df", _I),
        ("p", _F),  # binomial noise alone
        ("p_holm", _F),  # Holm over the models
        ("p_design_effect_2", _F),  # had two answers been worth one, uncorrected
    ]
)

COMPARE_METRICS = {
    "compare_differences": COMPARE_DIFFERENCES,
    "compare_groups": COMPARE_GROUPS,
    "compare_profiles": COMPARE_PROFILES,
    "compare_sequential": COMPARE_SEQUENTIAL,
    "published": PUBLISHED,
    "published_tests": PUBLISHED_TESTS,
}
"""The tables of a comparison's folder."""
