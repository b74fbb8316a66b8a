import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "pydantic", "pyarrow", "yaml", "rich", "transformers", "qdrant_client", "scipy")

_PROBE = """
import sys
sys.argv = ["spectrum", *{arguments!r}]
from spectrum.cli import main
try:
    main()
except SystemExit as stop:
    status = stop.code
print(status, [name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["bench", "--help"], ["no-such-command"]])
def test_help_imports_no_heavy_package(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.format(arguments=arguments, heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = "2 []" if arguments == ["no-such-command"] else "0 []"
    assert done.stderr.splitlines()[-1] == expected, done.stderr
