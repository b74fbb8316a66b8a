"""What a decoding process may meet, in place of a decoder: a hang, a crash, chatter, a bug."""

import os
import pickle
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from video_index.clips import Frame, Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.decoded import Decoded


def misbehave(locator: Locator, spec: ViewSpec, *, check_all: bool = False) -> Decoded:
    """Do what the file's name says; `fine` answers with the process's number as its duration."""
    name = Path(locator.path).name
    if name.startswith("hang"):
        time.sleep(600)
    if name.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("bug"):
        raise KeyError("a bug of ours")
    if name.startswith("memory"):
        raise MemoryError
    print("chatter on the standard output")
    os.write(1, b"more of it\n")
    frame = Frame(np.zeros((2, 3, 3), np.uint8), 0.0)
    return Decoded((frame,), "image", 3, 2, float(os.getpid()), 1, None, "fake")


class _Owned:
    """Unpickled, it makes a folder at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


def send_a_pickle(locator: Locator, spec: ViewSpec, *, check_all: bool = False) -> Decoded:
    """Write a pickle into every pipe this process holds, as a hostile clip that took the decoder over might."""
    bomb = pickle.dumps(_Owned(locator.path))
    for descriptor in range(3, 20):
        with suppress(OSError):
            os.write(descriptor, bomb)
    time.sleep(600)
    raise AssertionError


def never_return(locator: Locator, spec: ViewSpec, *, check_all: bool = False) -> Decoded:
    """Note which process this is, in the file asked for, and never come back."""
    Path(locator.path).write_text(str(os.getpid()))
    time.sleep(600)
    raise AssertionError


def name_modules(locator: Locator, spec: ViewSpec, *, check_all: bool = False) -> Decoded:
    """Really decode, and tell as the decoder's name which top-level modules this process has imported."""
    decoded = decode(locator, spec, check_all=check_all)
    return replace(decoded, decoder=" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
