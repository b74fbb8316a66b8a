"""`python -m spectrum` is the `spectrum` command."""

from spectrum.cli import main

main()
