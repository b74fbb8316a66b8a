"""Start-up time: `spectrum --help` against an empty Python process, in turn, best and median of ten.

Run: python benchmarks/startup.py
"""

import statistics
import subprocess
import sys
import time


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print both timings and their ratio."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "spectrum --help": [sys.executable, "-m", "spectrum", "--help"],
    }
    for command in commands.values():
        _seconds(command)
    timings: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(10):
        for name, command in commands.items():
            timings[name].append(_seconds(command))
    for name, seconds in timings.items():
        print(f"{name:18} best {min(seconds):.3f} s  median {statistics.median(seconds):.3f} s")


if __name__ == "__main__":
    main()
