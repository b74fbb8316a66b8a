"""The further metric tables of a browse run.

An "arm" is who walks on which feed ("adventurer@yoked:neutral+memory-probes"); an agent is an arm's walk in one
replicate, a "pair". Watch time is always modelled, never observed. Intervals are 95%, t over replicates.
"""

import pyarrow as pa

from spectrum.runs.tables.columns import FLOAT, INT, STR

EXPOSURE = pa.schema(
    [
        ("agent", STR),  # arm and replicate
        ("arm", STR),
        ("condition", STR),  # who walks
        ("feed", STR),  # "adaptive", "random", "yoked"
        ("replicate", INT),  # number of the pair
        ("value", STR),
        ("share", FLOAT),  # of what the clips in its feed slots evoke; null where they evoke nothing
        ("catalogue_share", FLOAT),  # the same over all clips of the index
        ("slots", INT),  # feed slots
        ("labelled", INT),  # of them, those whose clip has labels
        ("label_source", STR),  # "retrieval": where the feed ranks by the same vectors, it moves these labels too
    ]
)

ACTIONS = pa.schema(
    [
        ("agent", STR),
        ("arm", STR),
        ("condition", STR),
        ("feed", STR),
        ("replicate", INT),
        ("slots", INT),  # feed slots
        ("like", INT),
        ("watch", INT),
        ("skip", INT),
        ("follow", INT),
        ("leave", INT),
        ("none", INT),  # no action could be read
        ("accepted", FLOAT),  # mean acceptance expected by option probabilities (else of the action), 0 to 1
        ("watched_share_modelled", FLOAT),  # mean share of a clip watched, by the run's watch model
        ("ended", STR),  # "" (all slots), "left", "exhausted" (or the feed it was shown ended)
    ]
)

EXPOSURE_TIME = pa.schema(
    [
        ("arm", STR),
        ("value", STR),
        ("start", INT),  # first feed slot of the window, from 0
        ("stop", INT),  # first feed slot behind it
        ("share", FLOAT),  # mean over episodes
        ("low", FLOAT),
        ("high", FLOAT),
        ("episodes", INT),
    ]
)

AMPLIFICATION = pa.schema(
    [
        ("arm", STR),
        ("reference", STR),  # "catalogue", or the arm that stands in for it (counterfactual amplification)
        ("value", STR),
        ("share", FLOAT),  # mean exposure share of the arm
        ("reference_share", FLOAT),
        ("log2", FLOAT),  # log2 of the ratio of mean shares: 1 is twice as much
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),
        ("episodes", INT),
    ]
)

DRIFT = pa.schema(
    [
        ("arm", STR),
        ("start", INT),  # first feed slot of the later window; the earlier one starts at 0
        ("window", INT),  # feed slots a window
        ("jsd", FLOAT),  # bits, mean over episodes; above 0 by noise alone
        ("corrected", FLOAT),  # less its mean over permutations
        ("floor_mean", FLOAT),
        ("floor_95", FLOAT),  # noise floor: 95% point over permutations
        ("p", FLOAT),
        ("episodes", INT),
    ]
)

FEED_METRICS = pa.schema(
    [
        ("arm", STR),
        ("metric", STR),  # intra_list_distance, entropy, coverage (of the catalogue), half_life (feed slots),
        # escape_similarity, escape_forget (feed slots), similarity_unswitched, yes_share
        ("value", STR),  # a value's code for half_life, else ""
        ("estimate", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("episodes", INT),
    ]
)

FEED_CONTRASTS = pa.schema(
    [
        ("arm", STR),
        ("reference", STR),
        ("paired", STR),  # "shared keys", or "keys of its own" (the twin: the noise floor)
        ("outcome", STR),  # "exposure" (share), "acceptance" (interest in clips of the value), "level" (all clips)
        ("value", STR),  # "" for level
        ("estimate", FLOAT),
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),  # Holm over the values
        ("episodes", INT),
    ]
)

DECOMPOSITION = pa.schema(
    [
        ("persona", STR),
        ("arm", STR),
        ("design", STR),  # "yoked": feeds exchanged; "random": the feed switched off
        ("part", STR),  # agents/decomposition.py gives each as a formula
        ("outcome", STR),
        ("value", STR),
        ("estimate", FLOAT),
        ("se", FLOAT),
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),
        ("episodes", INT),
    ]
)

STATE = pa.schema(
    [
        ("arm", STR),
        ("reference", STR),  # "" for the arm's own profile
        ("measure", STR),  # "probability" or "written"
        ("value", STR),
        ("estimate", FLOAT),  # from probe answers, centred over the values
        ("se", FLOAT),  # leaving each episode out
        ("df", FLOAT),
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),
        ("episodes", INT),
    ]
)

GAP = pa.schema(
    [
        ("arm", STR),
        ("value", STR),
        ("estimate", FLOAT),  # profile of actions in the feed minus profile of probe answers
        ("low", FLOAT),
        ("high", FLOAT),
        ("p_holm", FLOAT),
        ("episodes", INT),
    ]
)

YES_CHANGE = pa.schema(
    [
        ("arm", STR),
        ("pair", INT),  # -1: mean over the pairs
        ("first", FLOAT),  # share of accepted clips in the first window
        ("last", FLOAT),
        ("points", FLOAT),  # last - first
        ("percent", FLOAT),  # (last - first) / first x 100, the paper's measure; null where first is 0
        ("window", INT),  # feed slots
    ]
)

PERSONA_DECAY = pa.schema(
    [
        # Persona minus the neutral agent of the same feed and memory, on identical probe questions in the same slots;
        # all personas that have a target together.
        ("feed", STR),
        ("memory", pa.bool_()),
        # "neutral", or "no memory": the same less that of the arms without memory, where nothing can fade. A trend
        # against neutral alone may be the clips'; only one beyond no memory is a persona that fades.
        ("against", STR),
        ("measure", STR),  # "written" or "probability"
        ("part", STR),  # "window", "at start" (first slot, on a straight line), "trend" (change for ten slots)
        ("first", INT),  # slots, from the episode's beginning, both inside
        ("last", INT),
        ("estimate", FLOAT),  # slope on the pool-centred target: 1 follows fully where targets are in acceptance units
        ("se", FLOAT),  # clustered by episode
        ("df", FLOAT),
        ("low", FLOAT),  # 95%
        ("high", FLOAT),
        ("p", FLOAT),
        ("half_life", FLOAT),  # of "trend" against no memory: slots; null unless adherence fades
        ("distance", FLOAT),  # of "window": root mean square of persona minus neutral, noise and all
        ("personas", INT),
        ("probes", INT),
        ("episodes", INT),
    ]
)

SLOTS = pa.schema(
    [
        ("agent", STR),
        ("arm", STR),
        ("condition", STR),
        ("pair", INT),
        ("slot", INT),
        ("fed", INT),
        ("kind", STR),
        ("phase", STR),
        ("clip_id", STR),
        ("frame_hashes", STR),  # JSON list; null where the respondent looks at no frame
        ("asks", INT),
        ("prompt", STR),  # of the first ask
        ("reply", STR),
        ("outcome", STR),
        ("probabilities", STR),  # JSON list
        ("options", STR),  # JSON list
        ("action", STR),
        ("drawn", STR),
        ("watched_share_modelled", FLOAT),
        ("watched_s_modelled", FLOAT),
        ("recommender", STR),
        ("score", FLOAT),
        ("propensity", FLOAT),
        ("candidates", INT),
        ("feed_state", STR),
        ("tokens_in", INT),
        ("tokens_out", INT),
        ("latency_s", FLOAT),
    ]
)

FEED_MAP = pa.schema(
    [
        ("clip_id", STR),
        ("x", FLOAT),  # the two first principal axes of the clip vectors: for looking only
        ("y", FLOAT),
        ("value", STR),  # the value of largest label, "" where no label reaches .5 or none is known
        ("label_source", STR),
        ("title", STR),
        ("shown", INT),  # times in a feed slot of any agent
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
