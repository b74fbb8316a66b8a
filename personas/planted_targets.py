"""Targets in acceptance: what a planted respondent that follows fully would show, so that a slope has a meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from personas.person import Persona
from spectrum.stats.observations import FloatArray

STRENGTH = 4.0
"""The planted follower's own (spectrum.respondents.planted)."""


def in_acceptance(
    personas: Iterable[Persona], labels: FloatArray, options: Mapping[str, str] | None = None
) -> tuple[Persona, ...]:
    """The personas with each target turned into the profile of a full follower of `planted:follower` on these clips.

    labels (clips, values); `options` are the planted spec's: `strength` and `base` count, in logits. Acceptance is
    sigmoid(base + strength x labels @ target), regressed on the labels and centred, as the estimator does it.
    """
    told = options or {}
    strength, base = float(told.get("strength", STRENGTH)), float(told.get("base", 0.0))
    design = np.column_stack([np.ones(labels.shape[0]), labels])
    project = np.linalg.pinv(design)[1:]
    found = []
    for persona in personas:
        if persona.target is None:
            found.append(persona)
            continue
        accepted = 0.5 * (1 + np.tanh(0.5 * (base + strength * (labels @ np.array(persona.target)))))
        profile = project @ accepted
        found.append(replace(persona, target=tuple((profile - profile.mean()).tolist()), unit="acceptance"))
    return tuple(found)
