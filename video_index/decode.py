"""The front of decoding: `decode` in this process, DecoderPool in processes of their own."""

import os
import queue
import threading
from concurrent.futures import Future
from types import TracebackType

from video_index.clips import Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.decode_process import DecodeProcess
from video_index.decoded import Decoded
from video_index.wire import Request

__all__ = ["Decoded", "DecoderPool", "decode"]

Work = tuple[Request, "Future[Decoded]"]


class DecoderPool:
    """Decoding processes that outlast what a clip does to them.

    A decoder can hang and it can crash: both then happen to a process that is killed and replaced, and the clip
    gets its UnreadableClipError. Processes start when there is work for them, and end with the pool, or with
    the process that made it. A context manager; leaving it stops what is still running.

    `workers`: how many processes, by default one a core. `time_limit_s`: seconds of decoding a clip may take,
    waiting in the queue not counted. `function`: what the processes call for a clip, `module:name` with the
    signature of `decode`.
    """

    def __init__(
        self,
        workers: int | None = None,
        time_limit_s: float = 30.0,
        *,
        function: str = "video_index.decode_clip:decode",
    ) -> None:
        count = workers if workers is not None else (os.cpu_count() or 1)
        if count < 1 or not time_limit_s > 0:
            raise ValueError(f"a decoder pool needs workers and time, not {count} and {time_limit_s} s")
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._processes = [DecodeProcess(function, time_limit_s) for _ in range(count)]
        self._closed = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(process,), name="decoder", daemon=True)
            for process in self._processes
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        locator: Locator,
        spec: ViewSpec,
        check_all: bool = False,
        expected_clip_id: str | None = None,
        measure: bool = False,
    ) -> "Future[Decoded]":
        """Queue a clip; the future's `result()` gives what `decode` gives, and raises what it raises.

        With `measure` the covariates come along. With `expected_clip_id` the bytes are hashed first, and a changed
        file raises UnreadableClipError.
        Raises RuntimeError where the pool is closed.
        """
        if self._closed.is_set():
            raise RuntimeError("the decoder pool is closed")
        future: Future[Decoded] = Future()
        self._work.put((Request(locator, spec, check_all, expected_clip_id, measure), future))
        if self._closed.is_set():
            future.cancel()  # the threads may have gone before they saw it
        return future

    def decode(
        self,
        locator: Locator,
        spec: ViewSpec,
        expected_clip_id: str | None = None,
        *,
        check_all: bool = False,
    ) -> Decoded:
        """Decode one clip in a worker and wait for it; see `submit`.

        Raises UnreadableClipError, for one with "the file changed since it was indexed" or "the file is gone: PATH".
        """
        return self.submit(locator, spec, check_all, expected_clip_id).result()

    def close(self) -> None:
        """Stop at once: the futures of clips in the queue or at work raise CancelledError."""
        self._closed.set()
        for process in self._processes:
            process.stop()
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.close()

    def __enter__(self) -> "DecoderPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, process: DecodeProcess) -> None:
        while (work := self._work.get()) is not None:
            request, future = work
            if self._closed.is_set():
                future.cancel()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(process.ask(request))
            except BaseException as error:  # noqa: BLE001  it is raised where the result is asked for
                future.set_exception(error)
