"""The metric tables of a benchmark: profile, level, what was compared, and how sound it is."""

import pyarrow as pa

from spectrum.runs.tables.bench_checks import (
    AUDIT,
    CONTROL_CONTRAST,
    COVARIATE_BALANCE,
    EFFECTS,
    LEAVE_KEYWORD_OUT,
    NULL_LADDER,
    NULL_PROFILE,
    RELIABILITY,
    WRITTEN_CORRECTION,
)
from spectrum.runs.tables.columns import FLOAT, INT, STR

PROFILE = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        # "written", "probability", or "combined" (prediction-powered): share and mean probability never mix
        ("measure", STR),
        ("scale", STR),  # "probability" or "logit"
        ("value", STR),
        ("estimate", FLOAT),  # attributable acceptance minus the mean over the values
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),  # 95%, this value alone
        ("high", FLOAT),
        ("p_holm", FLOAT),  # against the mean of the values, Holm over the values
        ("tied_group", STR),  # letters; two values that share one cannot be told apart
        ("clips", INT),  # clips in the value's set
        ("answers", INT),
        # the least and the most of: the estimate, and the estimate had every ask without a choice been answered to this
        # value's disadvantage, or to its advantage; on the probability scale, null where not computed
        ("bound_low", FLOAT),
        ("bound_high", FLOAT),
    ]
)

LEVEL = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        ("estimate", FLOAT),
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("yes_bias", FLOAT),  # P(yes | would) + P(yes | would not) - 1
        ("order_effect", FLOAT),  # share choosing the first-named option, minus one half
        ("wordings", INT),
        ("clips", INT),
        ("answers", INT),
    ]
)

CONTRAST = pa.schema(
    [
        ("condition", STR),
        ("reference", STR),
        ("construct", STR),
        ("measure", STR),
        ("value", STR),  # a value's code, or "level"
        ("estimate", FLOAT),
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),  # Holm over the values; for "level" the plain p
        ("items", INT),  # paired items
    ]
)

OUTCOMES = pa.schema(
    [
        ("condition", STR),
        ("value", STR),  # a value's code, "control", or "all"
        ("planned", INT),
        ("choice", INT),
        ("refused", INT),
        ("unparsed", INT),
        ("truncated", INT),
        ("error", INT),
        ("missing", INT),
        ("accepted", FLOAT),  # share of acceptance among choices
        ("accepted_low", FLOAT),  # had every other ask that was put been a rejection; "missing" ones are left out
        ("accepted_high", FLOAT),  # had it been an acceptance
    ]
)

PAPER = pa.schema(
    [
        ("condition", STR),
        ("value", STR),
        ("yes", INT),
        ("asked", INT),
        ("percent", FLOAT),  # yes / asked x 100
    ]
)

LIGHTS = pa.schema(
    [
        ("condition", STR),
        ("light", STR),  # "picture", "labels", "polarity", "written"
        ("state", STR),  # "green", "amber", "red", "off"
        ("text", STR),
    ]
)

CLIP_ACCEPTANCE = pa.schema(
    [
        ("condition", STR),
        ("clip_id", STR),
        ("asked", INT),
        ("choices", INT),
        ("accepted", FLOAT),  # share of acceptance among choices; null where there is none
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
    "null_ladder": NULL_LADDER,
    "null_profile": NULL_PROFILE,
    "written_correction": WRITTEN_CORRECTION,
    "effects": EFFECTS,
    "control_contrast": CONTROL_CONTRAST,
    "covariate_balance": COVARIATE_BALANCE,
    "leave_keyword_out": LEAVE_KEYWORD_OUT,
    "reliability": RELIABILITY,
    "audit": AUDIT,
}
"""File stem under `tables/` of each metric table, with its schema."""
