"""Time of a comparison of many runs of the default size, reading and estimates apart.

    python -m benchmarks.comparison --runs 20

Writes run folders of 10 values x 100 clips x 16 asks (simulated respondents, no model), then compares them as
`spectrum compare` does. Prints seconds and the peak of resident memory.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from spectrum.compare.comparison import Options, compare
from spectrum.compare.reading import read_run
from spectrum.compare.summary import write_comparison
from tests.support.many_runs import write_runs


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--clips", type=int, default=100, help="a value")
    parser.add_argument("--reference", help="a name, or: panel")
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    profiles = rng.normal(0, 0.4, (arguments.runs, 10))
    profiles[1::2] = profiles[0]
    with tempfile.TemporaryDirectory() as place:
        folders = write_runs(Path(place), profiles, clips_a_value=arguments.clips)
        started = time.perf_counter()
        for folder in folders:
            read_run(folder, 10)
        read = time.perf_counter() - started
        started, spent = time.perf_counter(), time.process_time()
        found = compare(folders, Options(reference=arguments.reference))
        write_comparison(found, Path(place) / "compared")
        whole, spent = time.perf_counter() - started, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{arguments.runs} runs, {found.shared_items:,} shared items: {whole:.1f} s, {spent:.1f} s of one core")
    print(f"of which reading: {read:.1f} s")
    print(f"peak memory of this process, the writing of the runs with it: {peak:,.0f} MiB")
    print(f"overall groups: {[len(group) for group in found.groups.overall] if found.groups else None}")


if __name__ == "__main__":
    main()
