"""`depgen version`: this depgen, the formats of what it reads and writes, and the Argo it was proven on."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from depgen import __version__

ARGO_EVENTS = ">=1.9.6 <2"
ARGO_WORKFLOWS = ">=3.7.14 <4 or >=4.0.5 <5"


class Format(StrEnum):
    """Who reads the version."""

    TEXT = "text"
    JSON = "json"


def version(
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
) -> None:
    """Say which depgen this is and what it works with.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen version -o json

    See also: migrate.
    """
    from depgen import formats
    from depgen.cli.terminal import emit

    if output is Format.JSON:
        answer = {
            "version": 1,
            "depgen": __version__,
            "languages": [formats.LANGUAGE],
            "ledgerFormat": formats.LEDGER,
            "outputFormat": formats.OUTPUT,
            "argoEvents": ARGO_EVENTS,
            "argoWorkflows": ARGO_WORKFLOWS,
        }
        emit(json.dumps(answer, indent=2) + "\n")
    else:
        lines = [
            f"depgen {__version__}",
            f"graph language {formats.LANGUAGE}",
            f"output format {formats.OUTPUT}, ledger format {formats.LEDGER}",
            f"Argo Events {ARGO_EVENTS}",
            f"Argo Workflows {ARGO_WORKFLOWS}",
        ]
        emit("\n".join(lines) + "\n")
