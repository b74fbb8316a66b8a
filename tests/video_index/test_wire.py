"""What decoding processes send is read without trusting them: whole, or not at all, and never unpickled."""

import io
import math
import os
import pickle
import struct
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from video_index import wire
from video_index.clips import Covariates, Frame, Locator, ViewSpec
from video_index.decode import DecoderPool
from video_index.decoded import Decoded
from video_index.errors import MissingExtraError, SpectrumError, UnreadableClipError
from video_index.wire import Fault, Ready, Request, WireError

SPEC = ViewSpec(frames=3, long_side=64)


def clip(frames: int = 3, height: int = 5, width: int = 7, **changes: object) -> Decoded:
    rng = np.random.default_rng(frames)
    pictures = tuple(Frame(rng.integers(0, 256, (height, width, 3), np.uint8), 0.25 * i) for i in range(frames))
    decoded = Decoded(pictures, "video", 720, 1280, 3.5, 90, 0.95, "pyav", Covariates(1.0, 0.5, 0.2, 0.0, 0.1, None))
    return replace(decoded, **changes)  # type: ignore[arg-type]


def sent(reply: wire.Reply) -> bytes:
    stream = io.BytesIO()
    wire.send_reply(stream, reply)
    return stream.getvalue()


def read(message: bytes, spec: ViewSpec | None = SPEC) -> wire.Reply:
    return wire.read_reply(io.BytesIO(message), spec)


@pytest.mark.parametrize(
    "decoded",
    [
        clip(),
        clip(decoded_share=None, covariates=None),
        clip(1, 64, 1, kind="image", duration_s=0.0, frame_count=1, decoder="Pillow é"),
    ],
)
def test_frames_come_back_bit_for_bit(decoded):
    found = read(sent(decoded))
    assert isinstance(found, Decoded)
    assert asdict(replace(found, frames=())) == asdict(replace(decoded, frames=()))
    for one, other in zip(found.frames, decoded.frames, strict=True):
        assert one.timestamp == other.timestamp
        assert one.pixels.dtype == np.uint8
        assert one.pixels.flags.writeable
        assert (one.pixels == other.pixels).all()


def test_pictures_that_are_views_with_gaps_are_sent_whole():
    turned = Frame(np.arange(60, dtype=np.uint8).reshape(4, 5, 3).swapaxes(0, 1)[::-1], 0.0)
    found = read(sent(replace(clip(1), frames=(turned,))))
    assert isinstance(found, Decoded)
    assert (found.frames[0].pixels == turned.pixels).all()


def test_refusals_faults_and_readiness_come_back():
    found = read(sent(UnreadableClipError("only 80% of the frames decode")))
    assert isinstance(found, UnreadableClipError)
    assert found.reason == "only 80% of the frames decode"
    assert type(read(sent(MissingExtraError("pip install it")))) is MissingExtraError
    assert read(sent(Fault("a trace\nwith lines"))) == Fault("a trace\nwith lines")
    assert read(sent(Ready())) == Ready()


def test_a_reason_cannot_steer_a_terminal():
    found = read(sent(UnreadableClipError("\x1b[2Jgone\r\nok\x9b")))
    assert str(found) == " [2Jgone  ok "


def test_requests_carry_odd_file_names():
    request = Request(Locator("/clips/caf\udce9.mp4", "a\nb.mp4"), SPEC, True, "0" * 32, True)
    stream = io.BytesIO()
    wire.send_request(stream, request)
    stream.seek(0)
    assert wire.read_request(stream) == request


def test_more_frames_or_larger_ones_than_were_asked_for_are_refused():
    message = sent(clip())
    for spec in (ViewSpec(frames=2, long_side=64), ViewSpec(frames=3, long_side=6)):
        with pytest.raises(WireError):
            read(message, spec)
    with pytest.raises(WireError):
        read(message, None)  # before the process has said that it is ready, there is nothing to answer


class Announcing(io.BytesIO):
    """Reads as a pipe does, and notes how much was asked for at once."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.largest = max(self.largest, size or 0)
        return super().read(size)


@pytest.mark.parametrize("kind", [wire.READY, wire.FRAMES, wire.REFUSED, wire.FAULT, wire.REQUEST, 77])
def test_an_announced_size_takes_no_memory(kind):
    stream = Announcing(struct.pack("<4sBQ", wire.MAGIC, kind, 1 << 60) + sent(clip())[13:])
    with pytest.raises((WireError, EOFError)):
        wire.read_reply(stream, SPEC)
    assert stream.largest <= 1 << 22


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0},
        {"frame_count": 0},
        {"duration_s": math.inf},
        {"duration_s": math.nan},
        {"duration_s": -1.0},
        {"decoded_share": 1.5},
        {"covariates": Covariates(math.inf)},
        {"frames": ()},
        {"frames": (Frame(np.zeros((2, 2, 3), np.uint8), math.nan),)},
        {"kind": "image"},
    ],
)
def test_what_no_clip_can_be_is_refused(changes):
    with pytest.raises(WireError):
        read(sent(replace(clip(), **changes)))


class Evil:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_no_reply(tmp_path):
    bomb = pickle.dumps(Evil(tmp_path / "owned"))
    with pytest.raises(WireError):
        read(bomb)
    for kind in (wire.FRAMES, wire.REFUSED, wire.FAULT):
        try:
            read(struct.pack("<4sBQ", wire.MAGIC, kind, len(bomb)) + bomb)
        except (WireError, EOFError):
            continue
    assert not (tmp_path / "owned").exists()


def test_only_errors_of_this_package_can_be_named():
    for name in ("SystemExit", "annotations", "__loader__", "KeyboardInterrupt"):
        text = f"{name}\nx".encode()
        with pytest.raises(WireError):
            read(struct.pack("<4sBQ", wire.MAGIC, wire.REFUSED, len(text)) + text)
    for text in (b"", b"\n", b"\xff\xfe", b"SpectrumError.__class__\nx"):
        with pytest.raises(WireError):
            read(struct.pack("<4sBQ", wire.MAGIC, wire.REFUSED, len(text)) + text)


WHOLE = sent(clip())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_reply_is_frames_of_the_size_asked_for_or_an_error(data):
    """Bits flipped in the header, or the stream cut: never another exception, never larger pictures."""
    message = bytearray(WHOLE)
    for place in data.draw(st.lists(st.integers(0, 150), max_size=4)):
        message[place] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(message)))
    try:
        found = read(bytes(message[: cut if data.draw(st.booleans()) else None]))
    except (WireError, EOFError):
        return
    if isinstance(found, Decoded):
        assert len(found.frames) <= SPEC.frames
        assert all(max(frame.pixels.shape[:2]) <= SPEC.long_side for frame in found.frames)
    else:
        assert isinstance(found, Fault | Ready | SpectrumError)


def test_a_worker_that_sends_a_pickle_is_taken_for_one_that_crashed(tmp_path):
    with DecoderPool(workers=1, function="tests.support.bad_decoders:send_a_pickle") as pool:
        with pytest.raises(UnreadableClipError, match="the decoder crashed"):
            pool.decode(Locator(str(tmp_path / "owned")), SPEC)
        assert not (tmp_path / "owned").exists()


def test_nothing_in_the_index_package_can_unpickle():
    package = Path(wire.__file__).parent
    for module in sorted(package.glob("*.py")):
        text = module.read_text()
        assert not any(
            word in text for word in ("import pickle", "from pickle", "marshal", "shelve", "allow_pickle=True")
        )
