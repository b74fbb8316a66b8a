"""Randomness as a function of a key: the same key gives the same draw, whatever was drawn before.

Two runs that diverge stay comparable, and a resumed run equals an uninterrupted one, because no draw
depends on a generator's state. Every key starts with (seed, replicate, event, ...); the parts are joined
with their lengths, so that ("ab", "c") and ("a", "bc") differ. Python's own `hash` is salted a process
and is not used.
"""

import hashlib
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Part = str | int
T = TypeVar("T", bound=Hashable)


def digest(*parts: Part, size: int = 16) -> bytes:
    """blake2b of the key's parts, `size` bytes; ints and strings of the same spelling differ."""
    hasher = hashlib.blake2b(digest_size=size)
    for part in parts:
        hasher.update(_spelled(part))
    return hasher.digest()


def _spelled(part: Part) -> bytes:
    raw = part.encode() if isinstance(part, str) else str(part).encode()
    return f"{type(part).__name__}:{len(raw)}:".encode() + raw


def uniform(*parts: Part) -> float:
    """A number in [0, 1) from the key, with 53 random bits."""
    return (int.from_bytes(digest(*parts, size=8), "big") >> 11) / float(1 << 53)


def uniforms(count: int, *parts: Part) -> NDArray[np.float64]:
    """`count` numbers in [0, 1) from the key, eight a hash; a longer draw begins with a shorter one."""
    begun = hashlib.blake2b(b"".join(map(_spelled, parts)), digest_size=64)
    drawn = bytearray()
    for block in range(-(-count // 8)):
        hasher = begun.copy()
        hasher.update(_spelled(block))
        drawn += hasher.digest()
    bits = np.frombuffer(drawn, dtype="<u8")[:count]
    return np.asarray((bits >> np.uint64(11)) / float(1 << 53), dtype=np.float64)


def permutation(count: int, *parts: Part) -> NDArray[np.int64]:
    """The numbers 0 to count - 1 in an order from the key."""
    return np.asarray(np.argsort(uniforms(count, *parts), kind="stable"), dtype=np.int64)


def integer(bound: int, *parts: Part) -> int:
    """An integer in [0, bound) from the key. Raises ValueError where bound is not positive."""
    if bound <= 0:
        raise ValueError(f"bound must be positive, not {bound}")
    return int.from_bytes(digest(*parts, size=16), "big") % bound


def shuffled(items: Iterable[str], *parts: Part) -> list[str]:
    """The distinct strings in keyed random order: each item's place depends on the key and itself only.

    Adding an item never changes the order of the others, which a shuffle by swaps would.
    """
    return sorted(set(items), key=lambda item: (digest(*parts, item), item))


def pick(weights: Sequence[float], *parts: Part) -> int:
    """Index drawn with the given non-negative weights by one keyed uniform number (inverse CDF).

    Raises ValueError where a weight is negative or all are zero.
    """
    if any(weight < 0 for weight in weights) or not sum(weights) > 0:
        raise ValueError("weights must be non-negative and not all zero")
    threshold = uniform(*parts) * sum(weights)
    running = 0.0
    for position, weight in enumerate(weights):
        running += weight
        if threshold < running:
            return position
    return max(index for index, weight in enumerate(weights) if weight > 0)
