"""The tables of a calibration folder: the instrument on planted truth."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

CALIBRATION_GATES = pa.schema(
    [
        ("gate", STR),
        ("cell", STR),  # what was simulated
        ("figure", STR),  # what the number is
        ("value", FLOAT),
        ("low", FLOAT),  # least that will do; null where there is no such limit
        ("high", FLOAT),
        ("limit", STR),  # the limits in words
        ("error", FLOAT),  # standard error of the value from the simulation itself; null where not told
        ("runs", INT),
        ("gated", pa.bool_()),  # false: printed only
        ("mutant", pa.bool_()),  # true: a broken instrument's number, which must lie outside the limits
        ("passes", pa.bool_()),
    ]
)

RECOVERY = pa.schema(
    [
        ("cell", STR),
        ("scale", STR),  # "probability" or "logit"
        ("run", INT),  # one random profile; the first of each cell only
        ("value", STR),
        ("planted", FLOAT),  # less the mean over the values, as the estimate
        ("estimated", FLOAT),
        ("se", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
    ]
)

COVERAGE = pa.schema(
    [
        ("cell", STR),
        ("scale", STR),
        ("clips_a_value", INT),
        ("wordings", INT),
        ("coverage", FLOAT),  # share of 95% intervals that hold the truth, values pooled
        ("error", FLOAT),  # standard error of the coverage over runs
        ("low", FLOAT),  # limits of the coverage
        ("high", FLOAT),
        ("half_width", FLOAT),  # mean, in units of the scale
        ("rmse_to_se", FLOAT),  # root mean square error over mean reported standard error
        ("clip_only", FLOAT),  # coverage had the wordings been ignored
        ("runs", INT),
        ("passes", pa.bool_()),
    ]
)

FALSE_POSITIVES = pa.schema(
    [
        ("gate", STR),  # "false-positives" or "confounds"
        ("cell", STR),
        ("test", STR),
        ("significant", INT),  # runs in which anything was found at 5% family-wise
        ("most", INT),  # so many are allowed of so many runs
        ("runs", INT),
        ("gated", pa.bool_()),
        ("passes", pa.bool_()),
    ]
)

PLANTED_CLIPS = pa.schema(
    [
        ("clip", INT),
        ("evokes", STR),  # codes of the values that the clip truly evokes, with semicolons between; may be none
        ("faces", FLOAT),  # visible attributes, in standard deviations
        ("text_area", FLOAT),
        ("brightness", FLOAT),
        ("sharpness", FLOAT),
        ("colourfulness", FLOAT),
        ("motion", FLOAT),
        ("place", FLOAT),  # 0 to 1, from the attributes
        ("share", FLOAT),  # of clips with these labels, how many are liked
        ("probability", FLOAT),  # that this one is accepted, before any bias
    ]
)

CALIBRATION_METRICS = {
    "gates": CALIBRATION_GATES,
    "recovery": RECOVERY,
    "coverage": COVERAGE,
    "false_positives": FALSE_POSITIVES,
    "planted_clips": PLANTED_CLIPS,
}
"""The tables of a calibration folder."""
