"""The decoding process: takes requests on its standard input, answers on its standard output, one at a time.

It is a fresh interpreter and no fork, because a fork copies locks that the parent's threads hold; so it works
alike whatever start method the parent's program uses. It imports nothing heavier than numpy, Pillow, decord and
PyAV. When the parent is gone its input ends, and it ends too, even in the middle of a clip.
"""

import importlib
import importlib.util
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from video_index.clips import Locator
from video_index.covariates import covariates
from video_index.decoded import Decoded
from video_index.errors import SpectrumError, UnreadableClipError
from video_index.media import clip_id_of
from video_index.wire import Fault, Ready, Reply, Request, WireError, read_request, send_reply

DecodeFunction = Callable[..., Decoded]


def serve(function: str) -> None:
    """Answer requests with `function` (`module:name`) until the input ends."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # a stop is the parent's to handle, also one sent to all processes
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a decoder's chatter must not get between the replies
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    try:
        decode = _loaded(function)
    except Exception:  # noqa: BLE001  carried to the parent, which raises it there
        send_reply(replies, Fault(traceback.format_exc()))
        return
    send_reply(replies, Ready())
    while True:
        send_reply(replies, _reply(decode, requests.get()))


def _loaded(function: str) -> DecodeFunction:
    for decoder in ("av", "decord"):  # now, and not on the first clip's time
        if importlib.util.find_spec(decoder) is not None:
            importlib.import_module(decoder)
    module, _, name = function.partition(":")
    found: DecodeFunction = getattr(importlib.import_module(module), name)
    return found


def _listen(stream: BinaryIO, requests: "queue.SimpleQueue[Request]") -> None:
    while True:
        try:
            requests.put(read_request(stream))
        except (EOFError, WireError, OSError):
            os._exit(0)


def _require(locator: Locator, clip_id: str) -> None:
    if clip_id_of(locator) != clip_id:
        raise UnreadableClipError("the file changed since it was indexed")


def _stamp(path: str) -> tuple[int, ...] | None:
    """What changes with a file's bytes; None where it is not there."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _reply(decode: DecodeFunction, request: Request) -> Reply:
    try:
        known, before = request.expected_clip_id, _stamp(request.locator.path)
        if known is not None:
            _require(request.locator, known)
        found = decode(request.locator, request.spec, check_all=request.check_all)
        if known is not None and _stamp(request.locator.path) != before:
            _require(request.locator, known)  # it was written to while it was decoded
        return replace(found, covariates=covariates(found.frames)) if request.measure else found
    except SpectrumError as error:
        return error
    except MemoryError:
        return UnreadableClipError("too large to decode in this machine's memory")
    except Exception:  # noqa: BLE001  carried to the parent, which raises it there
        return Fault(traceback.format_exc())
