"""The plan and the metric tables of a pairs run."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

PAIRS_PLAN = pa.schema(
    [
        ("ask_id", STR),
        ("pair", INT),
        ("triad", INT),  # null for a pair on its own
        ("kind", STR),  # "across" or "within" values
        ("first", STR),  # clip_id shown first (plan.parquet has it as clip_id)
        ("second", STR),
        ("named_first", STR),  # "first" or "second": which the question names first
    ]
)

PAIRS_VALUES = pa.schema(
    [
        ("condition", STR),
        ("reference", STR),  # null: against chance; a condition: difference on identical pairs
        # "probability": points of being chosen for a clip that surely evokes the value; "logit": Bradley and Terry
        ("scale", STR),
        ("value", STR),
        ("estimate", FLOAT),  # minus the mean over the values
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),  # 95%, this value alone
        ("high", FLOAT),
        ("p_holm", FLOAT),  # against the mean of the values, Holm over the values
        ("tied_group", STR),  # letters; two values that share one cannot be told apart
        ("clips", INT),  # of the value's set, compared
        ("comparisons", INT),  # decided, with a clip of the value's set
    ]
)

PAIRS_TRIADS = pa.schema(
    [
        ("condition", STR),
        ("kind", STR),  # "across" (three values), "within" (one value) or "all"
        ("triads", INT),
        ("decided", INT),  # each of the three pairs has a winner over both orders
        ("circular", INT),
        ("share", FLOAT),  # of the decided; .25 by chance
        ("low", FLOAT),  # 95%
        ("high", FLOAT),
        ("p", FLOAT),  # one-sided: so few circles by chance
    ]
)

PAIRS_ORDER = pa.schema(
    [
        ("condition", STR),
        # "shown_first", "named_first": what the place adds to being chosen; "same_clip": share of pairs of which
        # both orders chose the same clip
        ("effect", STR),
        ("estimate", FLOAT),
        ("se", FLOAT),  # null for same_clip
        ("low", FLOAT),  # 95%
        ("high", FLOAT),
        ("count", INT),  # comparisons; for same_clip pairs
    ]
)

PAIRS_OUTCOMES = pa.schema(
    [
        ("condition", STR),
        ("planned", INT),
        ("choice", INT),
        ("refused", INT),
        ("unparsed", INT),
        ("truncated", INT),
        ("error", INT),
        ("missing", INT),
    ]
)

PAIRS_METRICS = {
    "pairs_values": PAIRS_VALUES,
    "pairs_triads": PAIRS_TRIADS,
    "pairs_order": PAIRS_ORDER,
    "pairs_outcomes": PAIRS_OUTCOMES,
}
"""The metric tables of a pairs run."""
