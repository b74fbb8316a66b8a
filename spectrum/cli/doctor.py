"""`spectrum doctor`: what is installed, what is missing, and what each missing thing would give."""

from typing import Any

import click

_PACKAGES: tuple[tuple[str, str, str, str], ...] = (
    # (distribution, module, extra, what it gives)
    ("qdrant-edge-py", "qdrant_edge", "", "the embedded clip index (else the client's slower local mode)"),
    ("qdrant-client", "qdrant_client", "", "a clip index on a Qdrant server"),
    ("decord", "decord", "clips", "decoding videos (PyAV takes over without it)"),
    ("av", "av", "clips", "decoding what decord cannot (AV1), and checking clips at indexing"),
    ("open-clip-torch", "open_clip", "clips", "embedding clips and search phrases"),
    ("torch", "torch", "models", "local checkpoints and the embedder"),
    ("torchvision", "torchvision", "models", "the video processors of most checkpoints"),
    ("transformers", "transformers", "models", "local checkpoints: hf:PATH_OR_NAME"),
    ("accelerate", "accelerate", "models", "spreading a checkpoint over this machine's GPUs"),
    ("langchain", "langchain", "chat", "models behind an API: openai:NAME and other providers"),
    ("langchain-openai", "langchain_openai", "chat", "OpenAI and every OpenAI-compatible server"),
    ("opencv-python-headless", "cv2", "", "counting faces, for matched controls (optional)"),
)


@click.command()
@click.option("--model", "model", metavar="SPEC", help="Examine a checkpoint too: hf:NAME_OR_FOLDER, or pocket.")
@click.option("--device-map", default="auto", show_default=True, help="With --model: where the weights go.")
@click.option("--dtype", default="auto", show_default=True, help="With --model: type of the weights, such as bfloat16.")
@click.option("--revision", help="With --model: commit, tag or branch on the hub.")
@click.option("--trust-remote-code", is_flag=True, help="With --model: run Python code that comes with the checkpoint.")
def doctor(model: str | None, device_map: str, dtype: str, revision: str | None, trust_remote_code: bool) -> None:
    """Say what is installed, what is missing, and what each missing thing would give.

    With --model, hold a checkpoint against what the fast engine relies on: questions together answered as each alone,
    no trace of another clip or persona, pictures that are looked at. Exit status 1 where a check fails.
    """
    _installed()
    if model is not None and not _examined(
        model, device_map=device_map, dtype=dtype, revision=revision, trust_remote_code=trust_remote_code
    ):
        raise SystemExit(1)


def _installed() -> None:
    import platform
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    from rich.console import Console
    from rich.table import Table

    from spectrum import __version__

    console = Console()
    console.print(f"value-spectrum {__version__}, Python {platform.python_version()}, {platform.platform()}")
    table = Table("package", "version", "gives", box=None, pad_edge=False)
    missing: set[str] = set()
    for distribution, module, extra, gives in _PACKAGES:
        try:
            found = version(distribution)
        except PackageNotFoundError:
            found = "present" if find_spec(module) else "missing"
        if found == "missing" and extra:
            missing.add(extra)
        table.add_row(distribution, found, gives)
    console.print(table)
    console.print(_device())
    for extra in sorted(missing):
        console.print(f"to add what is missing: pip install 'value-spectrum[{extra}]'", markup=False)


def _examined(spec: str, **loading: Any) -> bool:
    """Print a line a check as it ends; whether all of them passed."""
    from rich.console import Console
    from rich.table import Table

    from spectrum.errors import ConfigError
    from spectrum.pocket.shipped import checkpoint_folder
    from spectrum.respondents.local import LocalRespondent

    kind, _, target = spec.partition(":")
    if spec == "pocket":
        target = str(checkpoint_folder())
    elif kind != "hf" or not target:
        raise ConfigError(f"--model {spec}: only a checkpoint can be examined, hf:NAME_OR_FOLDER or pocket")
    console = Console()
    respondent = LocalRespondent(target, copies=1, **loading)
    console.print(
        f"\n{respondent.name}: {respondent.settings['dtype']}, engine: {respondent.settings['engine']}", markup=False
    )
    table = Table("", "check", "found", box=None, pad_edge=False)
    passed = True
    with console.status("examining"):
        for finding in respondent.examine():
            passed &= finding.passed
            table.add_row("pass" if finding.passed else "FAIL", finding.check, finding.figure)
    console.print(table)
    return passed


def _device() -> str:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return "device: no torch, so no local checkpoints"
    import torch

    if torch.cuda.is_available():
        names = {torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
        return f"device: {torch.cuda.device_count()} x {', '.join(sorted(names))}"
    if torch.backends.mps.is_available():
        return "device: Apple GPU (mps)"
    return f"device: CPU, {torch.get_num_threads()} threads"
