"""Blocks and lines of the guides that are not run, each with its reason."""

NOT_RUN = {
    ("bench", "mean(p)"): "a formula",
    ("CONTRIBUTING", "make "): "sets up and runs this very suite; that the targets exist is tested",
    ("safety", "python -m venv audit"): "installs pip-audit from a package index",
    ("safety", ".venv/bin/pip freeze"): "a line of the same recipe",
    ("safety", "audit/bin/pip-audit"): "asks a database of advisories on the network",
    ("served", "vllm serve"): "starts a GPU server; a loopback server stands for it",
    ("view", "ssh -L"): "asks for another machine; the viewer itself is run by the block before",
}
"""(page, beginning of the line): why not. Of programs behind `python -m` the arguments are parsed."""
