"""What the model in training can do, skill by skill: which link is missing shows long before the last one holds."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from spectrum.pocket.training.rows import Batch


class Skills:
    """Shares of right first words by kind of question, since they were last told.

    A skill is the prompt's kind; "turned" opinions are those that a persona turns round; "word" is finding a trait's
    word (where there is one), "sign" whether the trait likes or dislikes it.
    """

    def __init__(self) -> None:
        self._right: dict[str, list[bool]] = defaultdict(list)
        self._losses: list[float] = []

    def count(self, batch: Batch, said: NDArray[np.int64], loss: float) -> None:
        """Count one batch; `said` (m,) is the likeliest token at each spot."""
        self._losses.append(loss)
        best = np.full(len(said), -1)
        share = np.zeros(len(said))
        allowed: dict[int, set[int]] = defaultdict(set)
        for spot, token, probability in zip(
            batch.spot.tolist(), batch.token.tolist(), batch.probability.tolist(), strict=True
        ):
            allowed[spot].add(token)
            if probability > share[spot]:
                best[spot], share[spot] = token, probability
        for spot, kind in batch.kinds.items():
            opinion = kind in ("opinion", "turned")
            right = bool(said[spot] == best[spot] if opinion else int(said[spot]) in allowed[spot])
            if kind == "word":
                self._right["sign"].append(bool(said[spot + 1] == best[spot + 1]))
            self._right[kind].append(right)

    def told(self) -> str:
        """Loss and shares as one line; counting begins anew."""
        shares = [f"{kind} {np.mean(right):.3f}" for kind, right in sorted(self._right.items())]
        line = f"loss {np.mean(self._losses):.4f}; " + ", ".join(shares)
        self._right.clear()
        self._losses.clear()
        return line
