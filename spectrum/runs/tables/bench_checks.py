"""The metric tables in which a benchmark checks itself: null ladder, framings, controls, keywords, repeats, labels."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

NULL_LADDER = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("rung", STR),  # "intact", "chance", "always_yes", "shuffled_labels", "blank", "permuted", "caption", "masked"
        ("how", STR),  # "asked"; "computed" from the questions; "relabelled" answers to intact pictures
        ("level", FLOAT),  # mean acceptance under balanced framing
        ("level_low", FLOAT),
        ("level_high", FLOAT),
        ("sd", FLOAT),  # of the ten centred numbers (n - 1)
        ("sd_beyond_noise", FLOAT),  # with the part of sampling noise taken out
        ("noise_sd", FLOAT),  # that part
        # sd_beyond_noise over the intact profile's (caption, masked: over that of the same clips); of shuffled_labels:
        # SD of the mean profile over the intact one's
        ("share", FLOAT),
        ("widest", FLOAT),  # largest absolute end of the ten simultaneous 90% intervals
        ("correlation", FLOAT),  # of the ten numbers with those that share is taken of
        ("changed", FLOAT),  # share of its asks answered otherwise than the same question about the clip as it is
        (
            "follows_shown",
            FLOAT,
        ),  # permuted: correlation over clips with acceptance of the clip whose pictures are shown
        ("follows_planned", FLOAT),  # and with acceptance of the clip that is asked about
        ("p", FLOAT),  # shuffled_labels: share of relabellings with an SD as large as the real one's
        ("clips", INT),
        ("asked", INT),
        ("choices", INT),
        ("gate", STR),  # "passed", "failed", "undecided"; "" where the rung has none
        ("text", STR),
    ]
)

NULL_PROFILE = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("rung", STR),
        ("value", STR),
        ("estimate", FLOAT),  # within questions, minus the mean over the values
        ("se", FLOAT),
        ("low", FLOAT),  # 90%, all ten at once
        ("high", FLOAT),
    ]
)

WRITTEN_CORRECTION = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("value", STR),
        ("probability", FLOAT),  # centred, by option probabilities of all asks
        ("correction", FLOAT),  # to be added: written minus probability where an ask has both
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),
        ("too_large", pa.bool_()),  # above .02 in size: written answers are needed for all
        ("clips", INT),  # with both
        ("answers", INT),
    ]
)

EFFECTS = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        ("effect", STR),  # "wording", "yes_bias" (P(yes | would) + P(yes | would not) - 1), "order" (share less half)
        ("wording", STR),  # the wording, or "all"
        ("estimate", FLOAT),  # of "wording": acceptance under it minus the mean over wordings
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),  # Holm over the wordings of one effect; of "all" the plain p
        ("answers", INT),
    ]
)

CONTROL_CONTRAST = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        ("value", STR),
        ("estimate", FLOAT),  # acceptance of the value's set minus that of its matched controls, level and all
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),  # Holm over the values
        ("set_clips", INT),
        ("control_clips", INT),
        ("unbalanced", INT),  # covariates whose standardised difference exceeds .1
    ]
)

COVARIATE_BALANCE = pa.schema(
    [
        ("value", STR),
        ("covariate", STR),  # or "platform=NAME"; "log_duration" is log(1 + seconds)
        ("matched", pa.bool_()),  # whether controls were matched on it
        ("set_mean", FLOAT),
        ("control_mean", FLOAT),
        ("difference", FLOAT),  # set minus control over the pooled SD; null where both are constant and differ
        ("flagged", pa.bool_()),  # above .1 in size
    ]
)

LEAVE_KEYWORD_OUT = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        ("keyword", STR),
        ("keyword_value", STR),  # the value whose set it helped to find
        ("clips", INT),  # found by it, and left out
        ("value", STR),  # the value whose estimate changes most without them
        ("estimate", FLOAT),  # of that value with all clips
        ("without", FLOAT),  # without these
        ("change", FLOAT),  # without minus with; null where the rest tells nothing of some value
    ]
)

RELIABILITY = pa.schema(
    [
        ("condition", STR),
        ("construct", STR),
        ("measure", STR),
        # "verdict" (its sentence is the note), "split_half" (0 to 1, stepped up to the whole), "retest" (ICC(2,1)),
        # "order", "stem" (two framings of one clip and wording), "generalizability" (0 to 1), "component" (variance)
        ("statistic", STR),
        ("part", STR),  # what is halved, "differ" (share) or "kappa", or the component's factor; "" for none
        ("estimate", FLOAT),  # null where it cannot be told: the note says why
        ("low", FLOAT),  # split_half: 5% of the splits lie below; no confidence interval
        ("high", FLOAT),
        ("share", FLOAT),  # component: of the sum of all components
        ("count", INT),  # of `unit`; for generalizability the clips a value that would bring it to .8
        ("unit", STR),
        ("note", STR),
    ]
)

AUDIT = pa.schema(
    [
        ("value", STR),
        ("audited", INT),  # clips of the value's set that people judged
        ("precision", FLOAT),  # share of the set that shows the value (weighted); null where none was judged
        ("precision_low", FLOAT),  # 95%, Wilson
        ("precision_high", FLOAT),
        ("recall", FLOAT),  # share of what shows the value that is in its set, over the clips that could be drawn
        ("kappa", FLOAT),  # between raters; null with one
    ]
)
