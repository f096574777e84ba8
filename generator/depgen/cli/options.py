"""Options that several commands share, so that they are spelt and explained alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from depgen.cli.terminal import Colour

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help='Graph files; "-" is stdin; of a folder its YAML files that say apiVersion: depgen.io/v1.',
        show_default=False,
    ),
]
MorePaths = Annotated[
    list[str] | None,
    typer.Option("--filename", "-f", metavar="PATH", help="As PATH; may be repeated.", show_default=False),
]
Recursive = Annotated[bool, typer.Option("--recursive", "-R", help="Walk the folders' sub-folders too.")]
ColourOption = Annotated[
    Colour, typer.Option("--color", help="Whether to colour; NO_COLOR and FORCE_COLOR count too.")
]


def given_paths(paths: Sequence[str] | None, more: Sequence[str] | None) -> list[str]:
    """Every path of a command; a usage error if there is none."""
    given = [*(paths or ()), *(more or ())]
    if not given:
        raise typer.BadParameter("name a graph file, a folder, or - for stdin", param_hint="PATH")
    return given
