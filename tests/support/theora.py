"""A Theora encoder small enough for a test: key frames only, one flat colour for each 8 x 8 block.

No wheel that the tests may use brings a Theora encoder, and clips in Theora are normal input. Written from the
Theora specification (xiph.org, "Theora Specification", 2017): sections 6 (headers), 7.7 (tokens), 7.8 (DC
prediction); Ogg pages from RFC 3533.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HILBERT = (
    (0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (0, 3), (1, 3), (1, 2),
    (2, 2), (2, 3), (3, 3), (3, 2), (3, 1), (2, 1), (2, 0), (3, 0),
)  # fmt: skip
# Value tokens with a sign and extra bits: token, smallest magnitude, number of magnitude bits.
_LARGE = ((17, 7, 1), (18, 9, 2), (19, 13, 3), (20, 21, 4), (21, 37, 5), (22, 69, 9))


class _Bits:
    def __init__(self) -> None:
        self.digits: list[str] = []

    def put(self, value: int, width: int) -> None:
        if width:
            self.digits.append(format(value, f"0{width}b"))

    def bytes(self) -> bytes:
        text = "".join(self.digits)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def write_theora(path: Path, pictures: Sequence[NDArray[np.uint8]], fps: int = 12) -> Path:
    """Write RGB pictures, sides a multiple of 16, as Theora in Ogg (`.ogv`)."""
    height, width = pictures[0].shape[:2]
    packets = [_identification(width, height, fps), _comment(), _setup()]
    packets += [_frame(_planes(picture)) for picture in pictures]
    pages = [_page(packets[:1], 0, 0, 2), _page(packets[1:3], 0, 1, 0)]
    for number, packet in enumerate(packets[3:]):
        last = 4 if number == len(pictures) - 1 else 0
        pages.append(_page([packet], number + 1, number + 2, last))
    path.write_bytes(b"".join(pages))
    return path


def _identification(width: int, height: int, fps: int) -> bytes:
    bits = _Bits()
    for value, size in (
        (3, 8), (2, 8), (1, 8), (width // 16, 16), (height // 16, 16), (width, 24), (height, 24), (0, 8), (0, 8),
        (fps, 32), (1, 32), (1, 24), (1, 24), (0, 8), (0, 24), (0, 6), (0, 5), (0, 2), (0, 3),
    ):  # fmt: skip
        bits.put(value, size)
    return b"\x80theora" + bits.bytes()


def _comment() -> bytes:
    return b"\x81theora" + struct.pack("<I", 4) + b"test" + struct.pack("<I", 0)


def _setup() -> bytes:
    bits = _Bits()
    bits.put(0, 3)  # loop filter limits of no bits: no filter
    for _ in ("AC scale", "DC scale"):
        bits.put(0, 4)
        for _ in range(64):
            bits.put(1, 1)
    bits.put(1, 9)  # two base matrices of ones: every quantiser is the least allowed, 16 for DC
    for _ in range(128):
        bits.put(1, 8)
    for table in range(6):
        if table:
            bits.put(1, 1)
        for value, size in ((0, 1), (62, 6), (0, 1)):  # one range over all 63 steps, from matrix 0 to matrix 0
            bits.put(value, size)
    for _ in range(80):
        _tree(bits, 0, 0)
    return b"\x82theora" + bits.bytes()


def _tree(bits: _Bits, depth: int, prefix: int) -> None:
    """A full binary tree of depth 5: the code of a token is its own number in 5 bits."""
    if depth == 5:
        bits.put(1, 1)
        bits.put(prefix, 5)
        return
    bits.put(0, 1)
    _tree(bits, depth + 1, 2 * prefix)
    _tree(bits, depth + 1, 2 * prefix + 1)


def _planes(picture: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """DC values of the blocks of Y, Cb, Cr (BT.601, studio range), first row at the bottom."""
    red, green, blue = np.moveaxis(picture.astype(np.float64), -1, 0)
    luma = 16 + 0.257 * red + 0.504 * green + 0.098 * blue
    blue_difference = 128 - 0.148 * red - 0.291 * green + 0.439 * blue
    red_difference = 128 + 0.439 * red - 0.368 * green - 0.071 * blue
    planes = []
    for plane, side in ((luma, 8), (blue_difference, 16), (red_difference, 16)):
        rows, columns = plane.shape[0] // side, plane.shape[1] // side
        means = plane.reshape(rows, side, columns, side).mean(axis=(1, 3))
        planes.append(np.round((means[::-1] - 128) * 2).astype(np.int64))
    return planes


def _frame(planes: Sequence[NDArray[np.int64]]) -> bytes:
    bits = _Bits()
    for value, size in ((0, 1), (0, 1), (63, 6), (0, 1), (0, 3), (0, 4), (0, 4)):
        bits.put(value, size)
    for plane in planes:
        residuals = _residuals(plane)
        rows, columns = plane.shape
        for top in range(0, rows, 4):
            for left in range(0, columns, 4):
                for x, y in _HILBERT:
                    if top + y < rows and left + x < columns:
                        _value(bits, int(residuals[top + y, left + x]))
    bits.put(0, 4)
    bits.put(0, 4)
    bits.put(6, 5)
    bits.put(0, 12)  # every block ends after its DC
    return bits.bytes()


def _residuals(plane: NDArray[np.int64]) -> NDArray[np.int64]:
    residuals = np.zeros_like(plane)
    for y, x in np.ndindex(plane.shape):
        residuals[y, x] = plane[y, x] - _predicted(plane, y, x)
    return residuals


def _predicted(plane: NDArray[np.int64], y: int, x: int) -> int:
    if y == 0:
        return int(plane[y, x - 1]) if x else 0
    below = int(plane[y - 1, x])
    if x == 0:
        return below
    left, corner = int(plane[y, x - 1]), int(plane[y - 1, x - 1])
    weighted = 29 * left - 26 * corner + 29 * below
    prediction = abs(weighted) // 32 * (1 if weighted >= 0 else -1)
    for neighbour in (below, left, corner):
        if abs(prediction - neighbour) > 128:
            return neighbour
    return prediction


def _value(bits: _Bits, value: int) -> None:
    size, sign = abs(value), int(value < 0)
    if size == 0:
        bits.put(7, 5)
        bits.put(0, 3)
    elif size <= 2:
        bits.put(7 + 2 * size + sign, 5)
    elif size <= 6:
        bits.put(10 + size, 5)
        bits.put(sign, 1)
    else:
        token, least, width = next(row for row in reversed(_LARGE) if size >= row[1])
        bits.put(token, 5)
        bits.put(sign, 1)
        bits.put(size - least, width)


def _page(packets: Sequence[bytes], granule: int, number: int, flags: int) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 1, number, 0) + bytes([len(lacing)]) + lacing
    page = head + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(data: bytes) -> int:
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = ((register << 1) ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
    return register
