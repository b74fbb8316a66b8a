"""The tables of a circumplex folder: the circle of values over many profiles."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

CIRCUMPLEX_PROFILES = pa.schema(
    [
        ("profile", STR),  # folder and condition
        ("value", STR),
        ("estimate", FLOAT),  # centred, as in the profile table it comes from
        ("with_level", FLOAT),  # plus general acceptance; null where the level is unknown
        ("people", FLOAT),  # Spearman's correlation of the profile with people's order of the values
    ]
)

CIRCUMPLEX_CORRELATIONS = pa.schema(
    [
        ("first", STR),
        ("second", STR),
        ("steps", INT),  # round the circle
        ("correlation", FLOAT),  # over the profiles
    ]
)

CIRCUMPLEX_MAP = pa.schema(
    [
        ("value", STR),
        ("x", FLOAT),  # the map laid over the circle; both have unit sum of squares
        ("y", FLOAT),
        ("theory_x", FLOAT),
        ("theory_y", FLOAT),
        ("angle", FLOAT),  # degrees, by Browne's model, from the first value; null where it was not fitted
        ("communality", FLOAT),  # correlation with the value's place on the circle; null as above
    ]
)

CIRCUMPLEX_METRICS = {
    "circumplex_profiles": CIRCUMPLEX_PROFILES,
    "circumplex_correlations": CIRCUMPLEX_CORRELATIONS,
    "circumplex_map": CIRCUMPLEX_MAP,
}
"""The tables of a circumplex folder."""
