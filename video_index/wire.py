"""What a decoding process sends back: a fixed header and raw bytes, read without trusting who wrote them.

A worker has read a stranger's file, and may have been taken over by it. So nothing it sends is unpickled, and
nothing it says of sizes is believed: every number is held against a bound before memory is made for it, and what
does not fit the format raises WireError. All numbers are little-endian.

A message is MAGIC, a kind (one byte) and the length of its body (uint64). The body of a reply with frames is:

    uint8 what (0 video, 1 image), uint16 length of the decoder's name, uint16 number of frames,
    uint32 width, uint32 height, uint64 frame count, float64 duration, float64 decoded share (NaN: not asked for),
    six float64 covariates in the order of Covariates (NaN: not measured),
    the decoder's name in UTF-8,
    for each frame uint32 height, uint32 width, float64 timestamp,
    for each frame height x width x 3 bytes of RGB.

Requests go the other way, from a process that is trusted, as JSON.
"""

import json
import math
import struct
from dataclasses import asdict, astuple, dataclass, fields
from typing import IO, Any, Literal

import numpy as np

from video_index import errors
from video_index.clips import Covariates, Frame, Locator, ViewSpec
from video_index.decoded import Decoded
from video_index.errors import SpectrumError

MAGIC = b"VSF1"
READY, FRAMES, REFUSED, FAULT, REQUEST = range(5)

_MESSAGE = struct.Struct("<4sBQ")
_REPLY = struct.Struct("<BHHIIQdd6d")
_FRAME = struct.Struct("<IId")
_KINDS: tuple[Literal["video"], Literal["image"]] = ("video", "image")
_COVARIATES = len(fields(Covariates))
_MOST_TEXT = 1 << 20
_MOST_LINE = 4000
_MOST_FRAMES = 1024
_MOST_PIXELS = 1 << 31
_READ = 1 << 22
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


class WireError(Exception):
    """The bytes are no message, or not one that may be sent here; the process that sent them is not to be used."""


@dataclass(frozen=True, slots=True)
class Request:
    """One clip to decode."""

    locator: Locator
    spec: ViewSpec
    check_all: bool
    expected_clip_id: str | None
    measure: bool = False
    """Whether the covariates are wanted, too."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The process has loaded its decoders and takes requests."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A traceback of an error that is a bug of ours, or says why the process does not start."""

    trace: str


Reply = Decoded | SpectrumError | Fault | Ready


def send_request(stream: IO[bytes], request: Request) -> None:
    """Write a request and flush."""
    # A file's name need not be UTF-8: JSON escapes the lone surrogates that stand for its odd bytes.
    _send(stream, REQUEST, json.dumps(asdict(request)).encode())


def read_request(stream: IO[bytes]) -> Request:
    """The next request. Raises EOFError where the stream ends before it, WireError for another message."""
    kind, length = _head(stream)
    if kind != REQUEST or length > _MOST_TEXT:
        raise WireError("no request")
    said = json.loads(bytes(_exactly(stream, length)))
    return Request(**{**said, "locator": Locator(**said["locator"]), "spec": ViewSpec(**said["spec"])})


def send_reply(stream: IO[bytes], reply: Reply) -> None:
    """Write a reply and flush."""
    match reply:
        case Decoded():
            _send(stream, FRAMES, _packed(reply), *(np.ascontiguousarray(frame.pixels) for frame in reply.frames))
        case SpectrumError():
            _send(
                stream, REFUSED, f"{type(reply).__name__}\n{str(reply)[:_MOST_LINE]}".encode("utf-8", "surrogateescape")
            )
        case Fault(trace):
            _send(stream, FAULT, trace.encode("utf-8", "replace")[-_MOST_TEXT:])
        case Ready():
            _send(stream, READY)


def read_reply(stream: IO[bytes], spec: ViewSpec | None = None) -> Reply:
    """The next reply; frames only where a `spec` says how many and how large they may be.

    Raises EOFError where the stream ends before or inside it, WireError for anything else that is not a reply.
    """
    kind, length = _head(stream)
    if kind == FRAMES and spec is not None:
        return _frames(stream, length, spec)
    if kind == READY and not length:
        return Ready()
    if kind not in (REFUSED, FAULT) or length > _MOST_TEXT:
        raise WireError(f"message {kind} of {length} bytes")
    # A file's name in a reason need not be UTF-8: its odd bytes come through as they are in the name.
    text = bytes(_exactly(stream, length)).decode("utf-8", "surrogateescape")
    return Fault(text) if kind == FAULT else _error(text)


def _send(stream: IO[bytes], kind: int, *parts: Any) -> None:
    stream.write(_MESSAGE.pack(MAGIC, kind, sum(memoryview(part).nbytes for part in parts)))
    for part in parts:
        stream.write(memoryview(part).cast("B"))
    stream.flush()


def _head(stream: IO[bytes]) -> tuple[int, int]:
    magic, kind, length = _MESSAGE.unpack(_exactly(stream, _MESSAGE.size))
    if magic != MAGIC:
        raise WireError("no message starts here")
    return int(kind), int(length)


def _exactly(stream: IO[bytes], size: int) -> bytearray:
    """So many bytes; memory grows with what arrives, not with what was announced."""
    found = bytearray()
    while len(found) < size:
        chunk = stream.read(min(size - len(found), _READ))
        if not chunk:
            raise EOFError
        found += chunk
    return found


def _packed(decoded: Decoded) -> bytes:
    name = decoded.decoder.encode()
    measured = astuple(decoded.covariates) if decoded.covariates is not None else (None,) * _COVARIATES
    head = _REPLY.pack(
        _KINDS.index(decoded.kind),
        len(name),
        len(decoded.frames),
        decoded.width,
        decoded.height,
        decoded.frame_count,
        decoded.duration_s,
        *(math.nan if number is None else number for number in (decoded.decoded_share, *measured)),
    )
    sizes = (_FRAME.pack(*frame.pixels.shape[:2], frame.timestamp) for frame in decoded.frames)
    return b"".join((head, name, *sizes))


def _frames(stream: IO[bytes], length: int, spec: ViewSpec) -> Decoded:
    what, name_size, count, width, height, frame_count, duration_s, *rest = _REPLY.unpack(_exactly(stream, _REPLY.size))
    share, *measured = (None if math.isnan(number) else number for number in rest)
    name = bytes(_exactly(stream, name_size)).decode("utf-8", "replace")
    if what >= len(_KINDS) or not 1 <= count <= (1 if what else min(spec.frames, _MOST_FRAMES)):
        raise WireError(f"{count} frames of kind {what}, where at most {spec.frames} were asked for")
    if not (width and height and frame_count) or not 0 <= duration_s < math.inf:
        raise WireError("a size or a duration that no clip has")
    if not (share is None or 0 <= share <= 1) or not all(m is None or math.isfinite(m) for m in measured):
        raise WireError("a share or covariates that no clip has")
    sizes = [_FRAME.unpack(_exactly(stream, _FRAME.size)) for _ in range(count)]
    if any(not (0 < h <= spec.long_side and 0 < w <= spec.long_side and math.isfinite(at)) for h, w, at in sizes):
        raise WireError(f"a frame that is larger than {spec.long_side} pixels, empty, or at no time")
    pixels = sum(h * w * 3 for h, w, _ in sizes)
    if pixels > _MOST_PIXELS or length != _REPLY.size + name_size + count * _FRAME.size + pixels:
        raise WireError(f"a body of {length} bytes that does not hold what it lists")
    frames = tuple(
        Frame(np.frombuffer(_exactly(stream, h * w * 3), np.uint8).reshape(h, w, 3), at) for h, w, at in sizes
    )
    return Decoded(
        frames=frames,
        kind=_KINDS[what],
        width=width,
        height=height,
        duration_s=duration_s,
        frame_count=frame_count,
        decoded_share=share,
        decoder=name,
        covariates=None if all(number is None for number in measured) else Covariates(*measured),
    )


def _error(text: str) -> SpectrumError:
    """The error that was named, of those this package defines; what could steer a terminal is taken out of its text."""
    name, _, line = text.partition("\n")
    found = getattr(errors, name, None)
    if not (isinstance(found, type) and issubclass(found, SpectrumError)):
        raise WireError("a refusal by an error that is not known")
    return found(line[:_MOST_LINE].translate(_CONTROLS))
