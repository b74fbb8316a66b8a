"""The tables of a comparison of runs. Estimates are contender minus reference, on items that both answered."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

COMPARE_DIFFERENCES = pa.schema(
    [
        ("contender", STR),
        ("reference", STR),
        ("construct", STR),
        ("measure", STR),  # "written" or "probability"
        ("scale", STR),  # "probability" or "logit"
        ("value", STR),  # a value's code, or "level" (probability scale only)
        ("estimate", FLOAT),  # difference of the values' profiles (each level-free); for "level" of the levels
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),  # 95%, this difference alone
        ("high", FLOAT),
        ("p", FLOAT),  # two-sided, alone
        ("p_holm", FLOAT),  # Holm over the values of this comparison; for "level" the plain p
        ("p_family", FLOAT),  # Holm over the values of all comparisons of the call; for "level" over the comparisons
        ("p_tested", FLOAT),  # the larger p_family of both scales, 1 where they point apart: what a verdict rests on
        ("standardised", FLOAT),  # estimate over the SD between clips, both sides pooled; probability scale only
        ("p_equivalent", FLOAT),  # two one-sided tests against +-margin, Holm over the values; probability scale only
        ("margin", FLOAT),  # of equivalence, on the probability scale
        ("verdict", STR),  # spectrum.compare.decisions.VERDICTS; null for "level" and on the logit scale
        ("named", pa.bool_()),  # stands clear of the other differences, so that a sentence may name it
        ("items", INT),  # answered by both sides and used
        ("clips", INT),
        ("wordings", INT),
    ]
)

COMPARE_GROUPS = pa.schema(
    [
        ("construct", STR),
        ("measure", STR),
        ("value", STR),  # a value's code, "overall" (all values together) or "level"
        ("contender", STR),
        ("estimate", FLOAT),  # minus the contenders' mean; null for "overall"
        ("group", STR),  # letters; two contenders that share one cannot be told apart
        ("items", INT),  # answered by all contenders
    ]
)

COMPARE_PROFILES = pa.schema(
    [
        ("contender", STR),
        ("run", STR),  # folder
        ("respondent", STR),
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        ("value", STR),  # a value's code, or "level"
        ("estimate", FLOAT),  # on the items that all contenders answered, or where those are too few on its own
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("shared_items", pa.bool_()),  # whether on the items of all contenders
        ("items", INT),
    ]
)

COMPARE_SEQUENTIAL = pa.schema(
    [
        ("contender", STR),
        ("reference", STR),
        ("value", STR),  # the declared value's code, or "level"
        ("round", INT),  # from 1
        ("clips", INT),  # so far
        ("mean", FLOAT),  # of the declared difference so far, probability scale
        ("low", FLOAT),  # holds the true difference at all rounds together with probability 1 - alpha
        ("high", FLOAT),
    ]
)

PUBLISHED = pa.schema(
    [
        ("table", STR),  # "main" or "ablation" of the paper
        ("setting", STR),  # "image", or whose description was shown in its stead
        ("model", STR),
        ("value", STR),
        ("percent", FLOAT),  # of "yes", as published
        ("asked", INT),  # answers behind it, inferred
        ("low", FLOAT),  # per cent; 95% Wilson interval that this many independent answers imply
        ("high", FLOAT),
        ("source", STR),
    ]
)

PUBLISHED_TESTS = pa.schema(
    [
        ("model", STR),
        ("chi_square", FLOAT),  # any value profile at all?
        ("df", INT),
        ("p", FLOAT),  # binomial noise alone
        ("p_holm", FLOAT),  # Holm over the models
        ("p_design_effect_2", FLOAT),  # had two answers been worth one, uncorrected
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
