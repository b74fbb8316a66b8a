"""The parent's end of a decoding process: start it, ask it, and kill it when it takes too long."""

import os
import subprocess
import sys
import threading
from concurrent.futures import CancelledError
from pathlib import Path

from video_index.clips import ViewSpec
from video_index.decoded import Decoded
from video_index.errors import SpectrumError, UnreadableClipError
from video_index.wire import Fault, Ready, Reply, Request, WireError, read_reply, send_request

_START_LIMIT_S = 120.0


class DecodeProcess:
    """One decoding process, started when first asked and started anew after it was killed or died.

    Not for several threads at once: each has its own.
    """

    def __init__(self, function: str, time_limit_s: float) -> None:
        self._function = function
        self._time_limit_s = time_limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def ask(self, request: Request) -> Decoded:
        """Decode one clip. Raises UnreadableClipError for a clip that cannot be read, takes longer than the
        limit, or makes the decoder crash or send what is no reply; other SpectrumErrors as the process raised
        them; CancelledError after `close`."""
        process = self._running()
        late = threading.Event()
        timer = threading.Timer(self._time_limit_s, _give_up, (process, late))
        timer.daemon = True
        timer.start()
        try:
            reply = _exchange(process, request)
        finally:
            timer.cancel()
        if reply is None:
            self._discard()
            if self._closed:
                raise CancelledError
            limit = f"took longer than {self._time_limit_s:g} s to decode"
            raise UnreadableClipError(limit if late.is_set() else "the decoder crashed")
        if isinstance(reply, SpectrumError):
            raise reply
        if isinstance(reply, Fault):
            raise RuntimeError(f"decoding {request.locator} failed:\n{reply.trace}")
        assert isinstance(reply, Decoded)
        return reply

    def stop(self) -> None:
        """Kill the process, also while another thread waits for its answer, and start it no more."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Stop it and wait for its end. No thread may be in `ask`."""
        self.stop()
        self._discard()

    def _running(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise CancelledError
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._process = process = _start(self._function)
        timer = threading.Timer(_START_LIMIT_S, process.kill)
        timer.daemon = True
        timer.start()
        ready = _receive(process)
        timer.cancel()
        if isinstance(ready, Ready):
            return process
        self._discard()
        if self._closed:
            raise CancelledError
        why = ready.trace.strip().splitlines()[-1] if isinstance(ready, Fault) else "it ended at once"
        raise SpectrumError(f"the decoding process does not start: {why}")

    def _discard(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _start(function: str) -> "subprocess.Popen[bytes]":
    here = str(Path(__file__).parent.parent)
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-c", f"from video_index.decode_worker import serve; serve({function!r})"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1"},
        # Ctrl-C in a terminal goes to a whole group: it must not meet a process that has not started to ignore it.
        process_group=0 if os.name == "posix" else None,
    )


def _exchange(process: "subprocess.Popen[bytes]", request: Request) -> Reply | None:
    """The reply; None where the process ended before giving it, or gave what is none."""
    assert process.stdin is not None
    try:
        send_request(process.stdin, request)
    except OSError:
        return None
    reply = _receive(process, request.spec)
    return None if isinstance(reply, Ready) else reply


def _receive(process: "subprocess.Popen[bytes]", spec: ViewSpec | None = None) -> Reply | None:
    assert process.stdout is not None
    try:
        return read_reply(process.stdout, spec)
    except (EOFError, WireError, OSError):
        return None


def _give_up(process: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    process.kill()
