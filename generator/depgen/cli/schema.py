"""`depgen schema`: the JSON Schema that editors complete and check with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Language(StrEnum):
    """The files that people write for depgen, and what they write into a template for its plugin."""

    GRAPH = "graph"
    SCENARIO = "scenario"
    PROFILE = "profile"
    PLUGIN = "plugin"


def schema(
    language: Annotated[
        Language, typer.Argument(metavar="[graph|scenario|profile|plugin]", help="Which file's schema.")
    ] = Language.GRAPH,
) -> None:
    """Print the JSON Schema of the graph file, for editors.

    Save it beside the file, and begin that with the line `# yaml-language-server: $schema=graph.schema.json`: editors that
    use yaml-language-server then complete, check and explain its fields. That of the plugin is of the value of
    `dependencyChecker`.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen schema > graph.schema.json
        depgen schema scenario > scenario.schema.json

    See also: lint, init.
    """
    import json

    from depgen import assets
    from depgen.cli.terminal import emit
    from depgen.report.schema import render

    emit(render(json.loads(assets.text("schemas", f"{language}.schema.json"))))
