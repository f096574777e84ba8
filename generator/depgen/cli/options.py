"""Options that several commands share, so that they are spelt and explained alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from depgen.cli.completing import complete_environment, complete_selection
from depgen.cli.terminal import Colour

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Format(StrEnum):
    """How an answer is told, where there are only these two ways."""

    TEXT = "text"
    JSON = "json"


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
Environment = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME",
        help="Which of the graph's environments; else none.",
        autocompletion=complete_environment,
        show_default=False,
    ),
]
Select = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="NODES",
        help='Only these nodes: "report", "+report" with all it waits for, "report+2", "tag:nightly", ...',
        autocompletion=complete_selection,
        show_default=False,
    ),
]
ColourOption = Annotated[
    Colour, typer.Option("--color", help="Whether to colour; NO_COLOR and FORCE_COLOR count too.")
]


def given_paths(paths: Sequence[str] | None, more: Sequence[str] | None) -> list[str]:
    """Every path of a command; a usage error if there is none."""
    given = [*(paths or ()), *(more or ())]
    if not given:
        raise typer.BadParameter("name a graph file, a folder, or - for stdin", param_hint="PATH")
    return given


def seconds(text: str, such_as: str) -> int:
    """`90s`, `1h30m`, `2d` in seconds; a usage error, with examples, if it is none."""
    if not re.fullmatch(r"(?:[0-9]{1,6}[smhd])+", text):
        raise typer.BadParameter(f"write a duration such as {such_as}")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)([smhd])", text))
