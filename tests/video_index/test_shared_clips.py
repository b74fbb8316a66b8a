"""The project's own collection of clips: which are refused, why, and that both decoders agree on the rest."""

from pathlib import Path

import numpy as np
import pytest

from video_index.clips import ViewSpec
from video_index.decode import DecoderPool
from video_index.decode_clip import decode
from video_index.decoders import DecordDecoder, PyAVDecoder
from video_index.errors import UnreadableClipError
from video_index.sources import clip_id_of, scan

MANIFEST = Path(__file__).parents[3] / "shared" / "clips" / "MANIFEST.tsv"
pytestmark = pytest.mark.skipif(not MANIFEST.is_file(), reason="the shared clips are not beside this checkout")


def test_the_manifest_names_every_clip_with_its_values_and_its_hash():
    items = list(scan(MANIFEST))
    kinds = [item.metadata.extra["type"] for item in items]
    assert (kinds.count("video"), kinds.count("image")) == (27, 29)
    assert all(item.metadata.extra["values"] for item in items)
    assert all(clip_id_of(item.locator) == item.metadata.extra["sha256"][:32] for item in items)


def test_exactly_the_empty_the_soundless_and_the_corrupted_one_are_refused():
    reasons, decoded = {}, {}
    with DecoderPool() as pool:
        for item, future in [(item, pool.submit(item.locator, ViewSpec(), True)) for item in scan(MANIFEST)]:
            name = Path(item.locator.path).name
            try:
                decoded[name] = future.result()
            except UnreadableClipError as error:
                reasons[name] = error.reason
    assert reasons == {
        "decord__corrupted.mp4": "only 60% of the frames decode (30 of 50)",
        "mediabunny__toothsome-dts.mp4": "no video stream (audio only)",
        "moviepy__result.webm": "empty file (0 bytes)",
    }
    assert len(decoded) == 53
    assert {name: found.decoded_share for name, found in decoded.items() if found.decoded_share != 1.0} == {}
    turned = decoded["decord__video_90.mov"]
    assert (turned.width, turned.height) == (320, 568)
    assert turned.frames[0].pixels.shape == (448, 252, 3)
    wide = decoded["mediabunny__sar_2x1.mp4"]
    assert (wide.width, wide.height) == (1280, 360)


@pytest.mark.slow
def test_both_decoders_show_the_same_frames_of_real_clips():
    compared = 0
    for item in scan(MANIFEST):
        try:
            by_decord = decode(item.locator, ViewSpec(), decoders=[DecordDecoder()])
        except UnreadableClipError:
            continue
        if by_decord.decoder == "pillow":
            continue
        by_pyav = decode(item.locator, ViewSpec(), decoders=[PyAVDecoder()])
        for one, other in zip(by_decord.frames, by_pyav.frames, strict=True):
            assert one.timestamp == other.timestamp
            assert np.abs(one.pixels.astype(int) - other.pixels).mean() < 2, str(item.locator)
        compared += 1
    assert compared >= 19
