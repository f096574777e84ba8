"""`python -m depgen` is the command `depgen`."""

from depgen.cli import main

main()
