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
        # "written", "probability", or "combined" (prediction-powered): share and mean probability never mix
        ("measure", _STR),
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
        ("bound_low", _F),  # estimate had every ask without a choice been answered to this value's disadvantage
        ("bound_high", _F),  # or to its advantage; on the probability scale, null where not computed
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

# Browsing. An "arm" is who walks on which feed ("adventurer@yoked:neutral+memory-probes"); an agent is an arm's walk in
# one replicate, a "pair". Watch time is always modelled, never observed. Intervals are 95%, t over replicates.

NULL_LADDER = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("rung", _STR),  # "intact", "chance", "always_yes", "shuffled_labels", "blank", "permuted", "caption", "masked"
        ("how", _STR),  # "asked"; "computed" from the questions; "relabelled" answers to intact pictures
        ("level", _F),  # mean acceptance under balanced framing
        ("level_low", _F),
        ("level_high", _F),
        ("sd", _F),  # of the ten centred numbers (n - 1)
        ("sd_beyond_noise", _F),  # with the part of sampling noise taken out
        ("noise_sd", _F),  # that part
        # sd_beyond_noise over the intact profile's (caption, masked: over that of the same clips); of shuffled_labels:
        # SD of the mean profile over the intact one's
        ("share", _F),
        ("widest", _F),  # largest absolute end of the ten simultaneous 90% intervals
        ("correlation", _F),  # of the ten numbers with those that share is taken of
        ("changed", _F),  # share of its asks answered otherwise than the same question about the clip as it is
        ("follows_shown", _F),  # permuted: correlation over clips with acceptance of the clip whose pictures are shown
        ("follows_planned", _F),  # and with acceptance of the clip that is asked about
        ("p", _F),  # shuffled_labels: share of relabellings with an SD as large as the real one's
        ("clips", _I),
        ("asked", _I),
        ("choices", _I),
        ("gate", _STR),  # "passed", "failed", "undecided"; "" where the rung has none
        ("text", _STR),
    ]
)

NULL_PROFILE = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("rung", _STR),
        ("value", _STR),
        ("estimate", _F),  # within questions, minus the mean over the values
        ("se", _F),
        ("low", _F),  # 90%, all ten at once
        ("high", _F),
    ]
)

WRITTEN_CORRECTION = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("value", _STR),
        ("probability", _F),  # centred, by option probabilities of all asks
        ("correction", _F),  # to be added: written minus probability where an ask has both
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),
        ("too_large", pa.bool_()),  # above .02 in size: written answers are needed for all
        ("clips", _I),  # with both
        ("answers", _I),
    ]
)

EFFECTS = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("effect", _STR),  # "wording", "yes_bias" (P(yes | would) + P(yes | would not) - 1), "order" (share less half)
        ("wording", _STR),  # the wording, or "all"
        ("estimate", _F),  # of "wording": acceptance under it minus the mean over wordings
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),  # Holm over the wordings of one effect; of "all" the plain p
        ("answers", _I),
    ]
)

CONTROL_CONTRAST = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("value", _STR),
        ("estimate", _F),  # acceptance of the value's set minus that of its matched controls, level and all
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),  # Holm over the values
        ("set_clips", _I),
        ("control_clips", _I),
        ("unbalanced", _I),  # covariates whose standardised difference exceeds .1
    ]
)

COVARIATE_BALANCE = pa.schema(
    [
        ("value", _STR),
        ("covariate", _STR),  # or "platform=NAME"; "log_duration" is log(1 + seconds)
        ("matched", pa.bool_()),  # whether controls were matched on it
        ("set_mean", _F),
        ("control_mean", _F),
        ("difference", _F),  # set minus control over the pooled SD; null where both are constant and differ
        ("flagged", pa.bool_()),  # above .1 in size
    ]
)

LEAVE_KEYWORD_OUT = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        ("keyword", _STR),
        ("keyword_value", _STR),  # the value whose set it helped to find
        ("clips", _I),  # found by it, and left out
        ("value", _STR),  # the value whose estimate changes most without them
        ("estimate", _F),  # of that value with all clips
        ("without", _F),  # without these
        ("change", _F),  # without minus with; null where the rest tells nothing of some value
    ]
)

EXPOSURE = pa.schema(
    [
        ("agent", _STR),  # arm and replicate
        ("arm", _STR),
        ("condition", _STR),  # who walks
        ("feed", _STR),  # "adaptive", "random", "yoked"
        ("replicate", _I),  # number of the pair
        ("value", _STR),
        ("share", _F),  # of what the clips in its feed slots evoke; null where they evoke nothing
        ("catalogue_share", _F),  # the same over all clips of the index
        ("slots", _I),  # feed slots
        ("labelled", _I),  # of them, those whose clip has labels
        ("label_source", _STR),  # "retrieval": where the feed ranks by the same vectors, it moves these labels too
    ]
)

ACTIONS = pa.schema(
    [
        ("agent", _STR),
        ("arm", _STR),
        ("condition", _STR),
        ("feed", _STR),
        ("replicate", _I),
        ("slots", _I),  # feed slots
        ("like", _I),
        ("watch", _I),
        ("skip", _I),
        ("follow", _I),
        ("leave", _I),
        ("none", _I),  # no action could be read
        ("accepted", _F),  # mean acceptance expected by option probabilities (else of the action), 0 to 1
        ("watched_share_modelled", _F),  # mean share of a clip watched, by the run's watch model
        ("ended", _STR),  # "" (all slots), "left", "exhausted" (or the feed it was shown ended)
    ]
)

EXPOSURE_TIME = pa.schema(
    [
        ("arm", _STR),
        ("value", _STR),
        ("start", _I),  # first feed slot of the window, from 0
        ("stop", _I),  # first feed slot behind it
        ("share", _F),  # mean over episodes
        ("low", _F),
        ("high", _F),
        ("episodes", _I),
    ]
)

AMPLIFICATION = pa.schema(
    [
        ("arm", _STR),
        ("reference", _STR),  # "catalogue", or the arm that stands in for it (counterfactual amplification)
        ("value", _STR),
        ("share", _F),  # mean exposure share of the arm
        ("reference_share", _F),
        ("log2", _F),  # log2 of the ratio of mean shares: 1 is twice as much
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),
        ("episodes", _I),
    ]
)

DRIFT = pa.schema(
    [
        ("arm", _STR),
        ("start", _I),  # first feed slot of the later window; the earlier one starts at 0
        ("window", _I),  # feed slots a window
        ("jsd", _F),  # bits, mean over episodes; above 0 by noise alone
        ("corrected", _F),  # less its mean over permutations
        ("floor_mean", _F),
        ("floor_95", _F),  # noise floor: 95% point over permutations
        ("p", _F),
        ("episodes", _I),
    ]
)

FEED_METRICS = pa.schema(
    [
        ("arm", _STR),
        ("metric", _STR),  # intra_list_distance, entropy, coverage (of the catalogue), half_life (feed slots),
        # escape_similarity, escape_forget (feed slots), similarity_unswitched, yes_share
        ("value", _STR),  # a value's code for half_life, else ""
        ("estimate", _F),
        ("low", _F),
        ("high", _F),
        ("episodes", _I),
    ]
)

FEED_CONTRASTS = pa.schema(
    [
        ("arm", _STR),
        ("reference", _STR),
        ("paired", _STR),  # "shared keys", or "keys of its own" (the twin: the noise floor)
        ("outcome", _STR),  # "exposure" (share), "acceptance" (interest in clips of the value), "level" (all clips)
        ("value", _STR),  # "" for level
        ("estimate", _F),
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),  # Holm over the values
        ("episodes", _I),
    ]
)

DECOMPOSITION = pa.schema(
    [
        ("persona", _STR),
        ("arm", _STR),
        ("design", _STR),  # "yoked": feeds exchanged; "random": the feed switched off
        ("part", _STR),  # agents/decomposition.py gives each as a formula
        ("outcome", _STR),
        ("value", _STR),
        ("estimate", _F),
        ("se", _F),
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),
        ("episodes", _I),
    ]
)

STATE = pa.schema(
    [
        ("arm", _STR),
        ("reference", _STR),  # "" for the arm's own profile
        ("measure", _STR),  # "probability" or "written"
        ("value", _STR),
        ("estimate", _F),  # from probe answers, centred over the values
        ("se", _F),  # leaving each episode out
        ("df", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),
        ("episodes", _I),
    ]
)

GAP = pa.schema(
    [
        ("arm", _STR),
        ("value", _STR),
        ("estimate", _F),  # profile of actions in the feed minus profile of probe answers
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),
        ("episodes", _I),
    ]
)

YES_CHANGE = pa.schema(
    [
        ("arm", _STR),
        ("pair", _I),  # -1: mean over the pairs
        ("first", _F),  # share of accepted clips in the first window
        ("last", _F),
        ("points", _F),  # last - first
        ("percent", _F),  # (last - first) / first x 100, the paper's measure; null where first is 0
        ("window", _I),  # feed slots
    ]
)

SLOTS = pa.schema(
    [
        ("agent", _STR),
        ("arm", _STR),
        ("condition", _STR),
        ("pair", _I),
        ("slot", _I),
        ("fed", _I),
        ("kind", _STR),
        ("phase", _STR),
        ("clip_id", _STR),
        ("frame_hashes", _STR),  # JSON list; null where the respondent looks at no frame
        ("asks", _I),
        ("prompt", _STR),  # of the first ask
        ("reply", _STR),
        ("outcome", _STR),
        ("probabilities", _STR),  # JSON list
        ("options", _STR),  # JSON list
        ("action", _STR),
        ("drawn", _STR),
        ("watched_share_modelled", _F),
        ("watched_s_modelled", _F),
        ("recommender", _STR),
        ("score", _F),
        ("propensity", _F),
        ("candidates", _I),
        ("feed_state", _STR),
        ("tokens_in", _I),
        ("tokens_out", _I),
        ("latency_s", _F),
    ]
)

FEED_MAP = pa.schema(
    [
        ("clip_id", _STR),
        ("x", _F),  # the two first principal axes of the clip vectors: for looking only
        ("y", _F),
        ("value", _STR),  # the value of largest label, "" where no label reaches .5 or none is known
        ("label_source", _STR),
        ("title", _STR),
        ("shown", _I),  # times in a feed slot of any agent
    ]
)

AUDIT = pa.schema(
    [
        ("value", _STR),
        ("audited", _I),  # clips of the value's set that people judged
        ("precision", _F),  # share of them that show the value; null where none was judged
        ("precision_low", _F),  # 95%, Wilson
        ("precision_high", _F),
        ("recall", _F),  # share of what shows the value that is in its set, over the clips that could be drawn
        ("kappa", _F),  # between raters; null with one
    ]
)

RELIABILITY = pa.schema(
    [
        ("condition", _STR),
        ("construct", _STR),
        ("measure", _STR),
        # "verdict" (its sentence is the note), "split_half" (0 to 1, stepped up to the whole), "retest" (ICC(2,1)),
        # "order", "stem" (two framings of one clip and wording), "generalizability" (0 to 1), "component" (variance)
        ("statistic", _STR),
        ("part", _STR),  # what is halved, "differ" (share) or "kappa", or the component's factor; "" for none
        ("estimate", _F),  # null where it cannot be told: the note says why
        ("low", _F),  # split_half: 5% of the splits lie below; no confidence interval
        ("high", _F),
        ("share", _F),  # component: of the sum of all components
        ("count", _I),  # of `unit`; for generalizability the clips a value that would bring it to .8
        ("unit", _STR),
        ("note", _STR),
    ]
)

PAIRS_VALUES = pa.schema(
    [
        ("condition", _STR),
        ("reference", _STR),  # null: against chance; a condition: difference on identical pairs
        # "probability": points of being chosen for a clip that surely evokes the value; "logit": Bradley and Terry
        ("scale", _STR),
        ("value", _STR),
        ("estimate", _F),  # minus the mean over the values
        ("se", _F),
        ("df", _F),
        ("low", _F),  # 95%, this value alone
        ("high", _F),
        ("p_holm", _F),  # against the mean of the values, Holm over the values
        ("tied_group", _STR),  # letters; two values that share one cannot be told apart
        ("clips", _I),  # of the value's set, compared
        ("comparisons", _I),  # decided, with a clip of the value's set
    ]
)

PAIRS_TRIADS = pa.schema(
    [
        ("condition", _STR),
        ("kind", _STR),  # "across" (three values), "within" (one value) or "all"
        ("triads", _I),
        ("decided", _I),  # each of the three pairs has a winner over both orders
        ("circular", _I),
        ("share", _F),  # of the decided; .25 by chance
        ("low", _F),  # 95%
        ("high", _F),
        ("p", _F),  # one-sided: so few circles by chance
    ]
)

PAIRS_ORDER = pa.schema(
    [
        ("condition", _STR),
        # "shown_first", "named_first": what the place adds to being chosen; "same_clip": share of pairs of which
        # both orders chose the same clip
        ("effect", _STR),
        ("estimate", _F),
        ("se", _F),  # null for same_clip
        ("low", _F),  # 95%
        ("high", _F),
        ("count", _I),  # comparisons; for same_clip pairs
    ]
)

PAIRS_OUTCOMES = pa.schema(
    [
        ("condition", _STR),
        ("planned", _I),
        ("choice", _I),
        ("refused", _I),
        ("unparsed", _I),
        ("truncated", _I),
        ("error", _I),
        ("missing", _I),
    ]
)

PAIRS_PLAN = pa.schema(
    [
        ("ask_id", _STR),
        ("pair", _I),
        ("triad", _I),  # null for a pair on its own
        ("kind", _STR),  # "across" or "within" values
        ("first", _STR),  # clip_id shown first (plan.parquet has it as clip_id)
        ("second", _STR),
        ("named_first", _STR),  # "first" or "second": which the question names first
    ]
)

CIRCUMPLEX_PROFILES = pa.schema(
    [
        ("profile", _STR),  # folder and condition
        ("value", _STR),
        ("estimate", _F),  # centred, as in the profile table it comes from
        ("with_level", _F),  # plus general acceptance; null where the level is unknown
        ("people", _F),  # Spearman's correlation of the profile with people's order of the values
    ]
)

CIRCUMPLEX_CORRELATIONS = pa.schema(
    [
        ("first", _STR),
        ("second", _STR),
        ("steps", _I),  # round the circle
        ("correlation", _F),  # over the profiles
    ]
)

CIRCUMPLEX_MAP = pa.schema(
    [
        ("value", _STR),
        ("x", _F),  # the map laid over the circle; both have unit sum of squares
        ("y", _F),
        ("theory_x", _F),
        ("theory_y", _F),
        ("angle", _F),  # degrees, by Browne's model, from the first value; null where it was not fitted
        ("communality", _F),  # correlation with the value's place on the circle; null as above
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

PERSONA_DECAY = pa.schema(
    [
        # Persona minus the neutral agent of the same feed and memory, on identical probe questions in the same slots;
        # all personas that have a target together.
        ("feed", _STR),
        ("memory", pa.bool_()),
        # "neutral", or "no memory": the same less that of the arms without memory, where nothing can fade. A trend
        # against neutral alone may be the clips'; only one beyond no memory is a persona that fades.
        ("against", _STR),
        ("measure", _STR),  # "written" or "probability"
        ("part", _STR),  # "window", "at start" (first slot, on a straight line), "trend" (change for ten slots)
        ("first", _I),  # slots, from the episode's beginning, both inside
        ("last", _I),
        ("estimate", _F),  # slope on the pool-centred target: 1 follows fully where targets are in acceptance units
        ("se", _F),  # clustered by episode
        ("df", _F),
        ("low", _F),  # 95%
        ("high", _F),
        ("p", _F),
        ("half_life", _F),  # of "trend" against no memory: slots; null unless adherence fades
        ("distance", _F),  # of "window": root mean square of persona minus neutral, noise and all
        ("personas", _I),
        ("probes", _I),
        ("episodes", _I),
    ]
)

BROWSE_METRICS = {
    "exposure": EXPOSURE,
    "exposure_time": EXPOSURE_TIME,
    "amplification": AMPLIFICATION,
    "drift": DRIFT,
    "feed_metrics": FEED_METRICS,
    "feed_contrasts": FEED_CONTRASTS,
    "decomposition": DECOMPOSITION,
    "actions": ACTIONS,
    "state": STATE,
    "gap": GAP,
    "yes_change": YES_CHANGE,
    "persona_decay": PERSONA_DECAY,
    "slots": SLOTS,
    "feed_map": FEED_MAP,
}
"""The further metric tables of a browse run."""

# Comparisons of runs. Estimates are contender minus reference, on items that both answered.

COMPARE_DIFFERENCES = pa.schema(
    [
        ("contender", _STR),
        ("reference", _STR),
        ("construct", _STR),
        ("measure", _STR),  # "written" or "probability"
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

PAIRS_METRICS = {
    "pairs_values": PAIRS_VALUES,
    "pairs_triads": PAIRS_TRIADS,
    "pairs_order": PAIRS_ORDER,
    "pairs_outcomes": PAIRS_OUTCOMES,
}
"""The metric tables of a pairs run."""

CIRCUMPLEX_METRICS = {
    "circumplex_profiles": CIRCUMPLEX_PROFILES,
    "circumplex_correlations": CIRCUMPLEX_CORRELATIONS,
    "circumplex_map": CIRCUMPLEX_MAP,
}
"""The tables of a circumplex folder."""

# Calibration: the instrument on planted truth.

CALIBRATION_GATES = pa.schema(
    [
        ("gate", _STR),
        ("cell", _STR),  # what was simulated
        ("figure", _STR),  # what the number is
        ("value", _F),
        ("low", _F),  # least that will do; null where there is no such limit
        ("high", _F),
        ("limit", _STR),  # the limits in words
        ("error", _F),  # standard error of the value from the simulation itself; null where not told
        ("runs", _I),
        ("gated", pa.bool_()),  # false: printed only
        ("mutant", pa.bool_()),  # true: a broken instrument's number, which must lie outside the limits
        ("passes", pa.bool_()),
    ]
)

RECOVERY = pa.schema(
    [
        ("cell", _STR),
        ("scale", _STR),  # "probability" or "logit"
        ("run", _I),  # one random profile; the first of each cell only
        ("value", _STR),
        ("planted", _F),  # less the mean over the values, as the estimate
        ("estimated", _F),
        ("se", _F),
        ("low", _F),
        ("high", _F),
    ]
)

COVERAGE = pa.schema(
    [
        ("cell", _STR),
        ("scale", _STR),
        ("clips_a_value", _I),
        ("wordings", _I),
        ("coverage", _F),  # share of 95% intervals that hold the truth, values pooled
        ("error", _F),  # standard error of the coverage over runs
        ("low", _F),  # limits of the coverage
        ("high", _F),
        ("half_width", _F),  # mean, in units of the scale
        ("rmse_to_se", _F),  # root mean square error over mean reported standard error
        ("clip_only", _F),  # coverage had the wordings been ignored
        ("runs", _I),
        ("passes", pa.bool_()),
    ]
)

FALSE_POSITIVES = pa.schema(
    [
        ("gate", _STR),  # "false-positives" or "confounds"
        ("cell", _STR),
        ("test", _STR),
        ("significant", _I),  # runs in which anything was found at 5% family-wise
        ("most", _I),  # so many are allowed of so many runs
        ("runs", _I),
        ("gated", pa.bool_()),
        ("passes", pa.bool_()),
    ]
)

PLANTED_CLIPS = pa.schema(
    [
        ("clip", _I),
        ("evokes", _STR),  # codes of the values that the clip truly evokes, with semicolons between; may be none
        ("faces", _F),  # visible attributes, in standard deviations
        ("text_area", _F),
        ("brightness", _F),
        ("sharpness", _F),
        ("colourfulness", _F),
        ("motion", _F),
        ("place", _F),  # 0 to 1, from the attributes
        ("share", _F),  # of clips with these labels, how many are liked
        ("probability", _F),  # that this one is accepted, before any bias
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

# Adherence: a run that plays personas. Shifts are shares, persona minus neutral on identical items; `strategy` is the
# strategy's label ("simple", "isq", "profile", "simple@after", ...), `measure` "written", "probability" or "score" (an
# own question's score, 0 to 1); `arm` "as written", "placebo", "opposite" or "shuffled" (judged by another's target).

_PLAYED = [("strategy", _STR), ("measure", _STR)]
_ENDS = [("estimate", _F), ("se", _F), ("df", _F), ("low", _F), ("high", _F)]  # 95%

ADHERENCE = pa.schema(
    [
        *_PLAYED,
        ("placement", _STR),  # where the persona stands: "system" or "after_media"
        ("tier", _STR),  # "named", "described", "biography", "none", or "all"
        ("author", _STR),  # who set the targets, or "all"
        ("arm", _STR),
        ("statistic", _STR),  # distinctive_r, rms_distinctive, slope, level_shift, ...: docs/personas.md lists them
        ("unit", _STR),  # "share" (100 points are 1), "correlation", "slope", "p", or "fraction" (of variance, people)
        *_ENDS,
        ("low90", _F),
        ("high90", _F),
        ("p", _F),  # two-sided, against zero
        ("personas", _I),
        ("targets", _I),  # different ones: the number of clusters
        ("note", _STR),  # why it is undefined, or what it must not be taken for
    ]
)

PERSONA_PROFILES = pa.schema(
    [
        *_PLAYED,
        ("arm", _STR),
        ("persona", _STR),
        ("name", _STR),
        ("tier", _STR),
        ("cluster", _STR),  # personas of one cluster are wordings of one target
        ("author", _STR),
        ("value", _STR),
        ("target", _F),  # mean 0 over the values; null where not known
        ("target_unit", _STR),  # "acceptance" (a share) or "relative" (any unit); null without a target
        ("target_distinctive", _F),  # less the mean over the pool of personas
        ("neutral", _F),  # profile as nobody
        ("measured", _F),  # profile as the persona
        ("difference", _F),  # measured minus neutral
        ("se", _F),
        ("low", _F),  # of the difference, 95%, this value alone
        ("high", _F),
        ("p_holm", _F),  # of the difference, Holm over the persona's values
        ("distinctive", _F),  # difference less its mean over the pool
    ]
)

PERSONA_ADHERENCE = pa.schema(
    [
        *_PLAYED,
        ("arm", _STR),
        ("persona", _STR),
        ("name", _STR),
        ("tier", _STR),
        ("cluster", _STR),
        ("author", _STR),
        ("verdict", _STR),  # "follows", "reverses", "not told" (no shift beyond chance), "no target", "not estimable"
        ("on_target", _F),  # shift along its own target, root mean square over the values; below 0 is the reverse
        ("se", _F),
        ("low", _F),
        ("high", _F),
        ("p_holm", _F),  # Holm over the personas
        ("distinctive_r", _F),  # over the ten values of this persona
        ("raw_r", _F),  # of target and profile: shown, never claimed
        ("off_target", _F),  # distinctive shift across its own target, root mean square, what noise adds taken off
        ("rms_shift", _F),  # of the profile against nobody, root mean square over the values, noise taken off
        ("level", _F),  # general acceptance as the persona, 0 to 1
        ("level_shift", _F),  # the same less nobody's
        ("level_se", _F),  # of the level shift
        ("rank", _I),  # of its own target among all, 1 is nearest
        ("identified", pa.bool_()),  # nearest to its own target
        ("nearest", _STR),  # cluster whose target its shift is nearest to
        ("recall", _F),  # share of recall questions answered right; one half is chance
        ("items", _I),  # identical items
        ("reason", _STR),  # why it is not estimable
    ]
)

ADHERENCE_VALUES = pa.schema(
    [
        *_PLAYED,
        ("tier", _STR),
        ("author", _STR),
        ("arm", _STR),
        ("value", _STR),
        *_ENDS,  # share moved for one standard deviation of the value's target
        ("p_holm", _F),  # Holm over the values
    ]
)

IDENTIFICATION = pa.schema(
    [
        *_PLAYED,
        ("persona", _STR),
        ("cluster", _STR),
        ("target", _STR),  # a cluster whose target it is compared with
        ("own", pa.bool_()),
        ("similarity", _F),  # cosine of distinctive shift and distinctive target; 0 where nothing moved
    ]
)

STRATEGIES = pa.schema(
    [
        *_PLAYED,
        ("placement", _STR),
        ("asks", _STR),  # "bank" (the instrument's questions) or "own" (the strategy's question)
        ("framings", _STR),  # pooled, with commas between
        ("personas", _I),  # with a target, as written
        ("follows", _I),
        ("reverses", _I),
        ("planned", _I),  # asks under the strategy's personas, controls and recall apart
        ("choice", _I),
        ("refused", _I),
        ("unparsed", _I),
        ("truncated", _I),
        ("error", _I),
        ("missing", _I),
        ("reason", _STR),  # why nothing can be reported
    ]
)

STRATEGY_CONTRASTS = pa.schema(
    [
        *_PLAYED,
        ("other", _STR),
        ("statistic", _STR),  # "rms_distinctive": strategy minus other, on the same personas and clips
        *_ENDS,
        ("p", _F),
        ("p_holm", _F),  # Holm over the pairs
    ]
)

THRESHOLD_SWEEP = pa.schema(
    [
        ("strategy", _STR),
        ("threshold", _F),  # percent; a clip is accepted above it
        ("published", pa.bool_()),  # the run's own
        ("accepted_neutral", _F),
        ("accepted_personas", _F),
        ("statistic", _STR),
        *_ENDS,
        ("note", _STR),
    ]
)

ADHERENCE_CONTROLS = pa.schema(
    [
        ("strategy", _STR),
        ("kind", _STR),  # "control": must not move with the persona; "recall"
        ("question", _STR),
        ("persona", _STR),  # or "all"
        *_ENDS,  # control: share of the first option, persona minus neutral; recall: share right, chance .5
        ("p", _F),  # control: against zero; recall: against one half
        ("p_holm", _F),  # one persona's control: Holm over the personas
        ("asks", _I),
    ]
)

PERSONA_EVIDENCE = pa.schema(
    [
        *_PLAYED,
        ("persona", _STR),
        ("name", _STR),
        ("tier", _STR),
        # "against" its target, "for" it (where nobody answered otherwise), "unreadable" (a persona not estimable)
        ("side", _STR),
        ("place", _I),  # 1 is the strongest of its side
        ("clip_id", _STR),
        ("values", _STR),  # codes of the values that the clip evokes (label .5 or more), semicolons between
        ("pull", _F),  # pool-centred target summed over the clip's centred labels; above 0: accepts it sooner
        ("wording", _STR),
        ("block", _STR),
        ("form", _STR),
        ("question", _STR),  # what stands after the pictures
        ("answer", _STR),  # as the persona, as it was written
        ("outcome", _STR),
        ("choice", _STR),
        ("accepted", _F),  # 1 accepts the clip, 0 rejects it
        ("reason", _STR),  # where the question asks for one
        ("trait", _STR),  # the persona's own sentence that the answer says it goes by
        ("neutral_answer", _STR),  # as nobody, to the same question about the same clip
        ("neutral_accepted", _F),
        ("ask_id", _STR),
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
