"""Does the pocket CLIP find what it is asked for? Used by `python -m benchmarks.pocket_fidelity --part clip`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.pocket_asking import Seen, by_value
from spectrum.lexicon import load_lexicon
from spectrum.pocket import shipped
from spectrum.pocket.formats import Shown
from video_index.embed import load_embedder
from video_index.keyed import shuffled


def retrieval(clips: Sequence[Seen]) -> dict[str, Any]:
    """R@1 and R@10 of whole captions over 200 clips; precision at 5 a phrase, by both lexicons."""
    embedder = load_embedder(shipped.embedder_folder())
    vectors = np.stack([embedder.images(clip.frames).mean(axis=0) for clip in clips])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chosen = [int(name) for name in shuffled((str(place) for place in range(len(clips))), "retrieval")[:200]]
    texts = embedder.texts([_caption(clips[place].shown) for place in chosen])
    scores = texts @ vectors[chosen].T
    ranks = (scores > np.diagonal(scores)[:, None] + 1e-9).sum(axis=1)
    found: dict[str, Any] = {
        "clips": len(clips),
        "R@1": float((ranks == 0).mean()),
        "R@10": float((ranks < 10).mean()),
    }
    for name, path in (("pocket", shipped.lexicon_path()), ("default", None)):
        lexicon = load_lexicon(path)
        per_value = []
        for value in range(10):
            hits = []
            for phrase in lexicon.phrases(value):
                mean = embedder.texts([text.replace("{}", phrase) for text in lexicon.templates]).mean(axis=0)
                best = np.argsort(-(vectors @ mean))[:5]
                hits += [clips[place].labels[value] for place in best]
            per_value.append(float(np.mean(hits)))
        found[f"precision@5, {name} lexicon"] = {"mean": float(np.mean(per_value)), **by_value(np.array(per_value))}
    return found


def _caption(shown: Shown) -> str:
    light = {"warm": "orange", "cool": "blue"}.get(shown.palette, shown.palette)
    count = ("one", "two", "three")[shown.actors - 1]
    return f"{count} {shown.concept} in the {shown.scenery} with {light} light"
