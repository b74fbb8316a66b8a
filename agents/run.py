"""Walk all episodes of a run to their ends, a sealed record at a time."""

from collections.abc import Callable
from pathlib import Path

from agents.trace import Trace, TraceWriter
from agents.walk import Walk
from spectrum.errors import Stopped
from spectrum.runs.interrupt import Interrupt
from spectrum.runs.store import AnswerStore


def run_browse(
    walk: Walk,
    store: AnswerStore,
    trace: Path,
    manifest: str,
    *,
    deterministic: bool = False,
    interrupt: Interrupt | None = None,
    on_step: Callable[[int], None] | None = None,
) -> Trace:
    """Walk on from where the trace ends; `manifest` is the hash of the run's manifest.

    Each step of the lockstep is on the disk before the next is asked, so that a kill costs at most the asks in
    flight, and a resumed run equals an uninterrupted one. Raises what `Walk.step` and TraceWriter raise, and Stopped.
    """
    with TraceWriter(trace, manifest) as writer:
        if writer.done:
            return writer.finish()
        walk.restore(writer.records)
        steps = len({record.slot for record in writer.records})
        while True:
            if interrupt is not None and interrupt.requested:
                raise Stopped("stopped; every slot so far is kept: run the same command again to go on")
            records = walk.step(store, deterministic, interrupt)
            if not records:
                return writer.finish()
            writer.append(records)
            steps += 1
            if on_step is not None:
                on_step(steps)
