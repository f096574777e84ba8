"""`depgen schema`: the JSON Schema that editors complete and check with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Language(StrEnum):
    """The files that people write for depgen."""

    GRAPH = "graph"
    SCENARIO = "scenario"
    PROFILE = "profile"


def schema(
    language: Annotated[
        Language, typer.Argument(metavar="[graph|scenario|profile]", help="Which file's schema.")
    ] = Language.GRAPH,
) -> None:
    """Print the JSON Schema of the graph file, for editors."""
    from depgen import assets
    from depgen.cli.terminal import emit

    emit(assets.text("schemas", f"{language}.schema.json"))
