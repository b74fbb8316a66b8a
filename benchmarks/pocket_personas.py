"""Does the pocket VLM play personas that no training saw as they were planted, and stand still for placebos?

Used by `python -m benchmarks.pocket_fidelity --part personas`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.pocket_asking import Seen, answers, asked_forms, by_clip, profile
from benchmarks.pocket_forms import mind_of
from personas.persona import Persona, load_personas
from spectrum.pocket import shipped
from spectrum.respondents.local import LocalRespondent


def persona_figures(respondent: LocalRespondent, clips: Sequence[Seen], most: int) -> dict[str, Any]:
    """Slopes by author of the targets, at most `most` personas each, and what placebos move."""
    known = load_personas(shipped.personas_path())
    people = [one for one in known if one.target is not None]
    found: dict[str, Any] = {
        source: personas(respondent, clips, [one for one in people if one.target_source == source][-most:])
        for source in dict.fromkeys(one.target_source for one in people)
    }
    return found | {"placebos": placebos(respondent, clips, [one for one in known if one.placebo])}


def personas(respondent: LocalRespondent, clips: Sequence[Seen], people: Sequence[Persona]) -> dict[str, Any]:
    """Slope of what a persona shifts on its planted shift, over a pool of personas that no training saw."""
    forms = asked_forms(clips, "like", 1, 1)
    base = list(answers(respondent, clips, forms))
    own = profile(clips, by_clip(base, len(clips), "accepted"))
    own_planted = profile(clips, by_clip(base, len(clips), "planted"))
    shifts, targets, decisions, moved = [], [], [], []
    for persona in people:
        rows = list(answers(respondent, clips, forms, traits=persona.traits, mind=mind_of(persona)))
        shifts.append(profile(clips, by_clip(rows, len(clips), "accepted")) - own)
        targets.append(profile(clips, by_clip(rows, len(clips), "planted")) - own_planted)
        for row, before in zip(rows, base, strict=True):
            if not np.isnan(row.planted):
                right = (row.accepted > 0.5) == (row.planted > 0.5)
                decisions.append(right)
                if (row.planted > 0.5) != (before.planted > 0.5):
                    moved.append(right)
    shift, target = np.array(shifts), np.array(targets)
    pooled = target - target.mean(axis=0)
    slope = float((shift * pooled).sum() / (pooled**2).sum())
    return {
        "personas": len(people),
        "slope on the pool-centred target": slope,
        "distinctive r": float(np.corrcoef((shift - shift.mean(axis=0)).ravel(), pooled.ravel())[0, 1]),
        "decisions as planted": float(np.mean(decisions)),
        "of those that a persona turns": float(np.mean(moved)),
    }


def placebos(respondent: LocalRespondent, clips: Sequence[Seen], people: Sequence[Persona]) -> dict[str, Any]:
    """What personas without values move: nothing, if all is well."""
    forms = asked_forms(clips, "like", 1, 1)
    own = profile(clips, by_clip(list(answers(respondent, clips, forms)), len(clips), "accepted"))
    shifts = [
        profile(clips, by_clip(list(answers(respondent, clips, forms, traits=one.traits)), len(clips), "accepted"))
        - own
        for one in people
    ]
    return {"personas": len(people), "RMS shift": float(np.sqrt(np.mean(np.square(shifts))))}
