"""What every run folder holds before anything is tallied: its asks, its clips, and what was answered."""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, FLOATS, INT, STR, STRS

PLAN = pa.schema(
    [
        ("ask_id", STR),
        ("item_id", STR),
        ("group_id", STR),  # clip x condition x repeat: what is handed to a respondent together
        ("clip_id", STR),
        ("condition", STR),
        ("protocol", STR),  # "balanced" or "paper"
        ("construct", STR),
        ("wording", STR),
        ("block", STR),  # "stem", "named"; for the paper protocol "paper"; on another arm than "intact" "blank/stem"
        ("form", STR),  # "would", "would_not", "first", "second"; for the paper protocol the question's name
        ("repeat", INT),
        ("arm", STR),  # "intact" (or null), "blank", "permuted", "masked", "describe", "caption": spectrum.bench.arms
        ("shown_clip_id", STR),  # whose pictures are shown (or null: clip_id's own); another's on the permuted arm
        ("written", pa.bool_()),  # false: option probabilities only were asked for; null means true
        ("system", STR),
        ("before_media", STR),
        ("after_media", STR),
        ("options", STRS),  # null where the answer is not a choice
        ("acceptance", FLOATS),  # how far each option accepts the clip
        ("answer_spec", STR),  # JSON of the whole spec
        ("max_tokens", INT),
    ]
)

CLIPS = pa.schema(
    [
        ("clip_id", STR),
        ("path", STR),
        ("member", STR),
        ("kind", STR),
        ("width", INT),
        ("height", INT),
        ("duration_s", FLOAT),
        ("platform", STR),
        ("posted", STR),
        ("title", STR),
        ("url", STR),
        ("cluster", STR),  # creator or near-duplicate group where known, else the clip itself
        ("sharpness", FLOAT),
        ("brightness", FLOAT),
        ("colourfulness", FLOAT),
        ("motion", FLOAT),
        ("text_area", FLOAT),
        ("faces", FLOAT),
        ("labels", FLOATS),  # ten probabilities in the value system's order
        ("label_source", STR),  # "sidecar", "retrieval", "judge", "people"
        ("value_sets", STRS),  # codes of the values whose set holds the clip
        ("control_for", STRS),  # codes of the values whose control it is
        ("keywords", STRS),  # what retrieved it, a phrase a value set
    ]
)

ANSWERS = pa.schema(
    [
        ("ask_id", STR),
        ("outcome", STR),
        ("choice", STR),
        ("fields", STR),  # JSON object of further fields, null for a plain choice
        ("text", STR),
        ("finish_reason", STR),
        ("probabilities", FLOATS),  # mass on each option, not normalised; null where unknown
        ("tokens_in", INT),
        ("tokens_out", INT),
        ("latency_s", FLOAT),
        ("error", STR),
        ("answered_at", STR),  # UTC, ISO; left out wherever two runs are compared
    ]
)
