"""`depgen trace`: what a Workflow was fired on, and what was fired on it."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import Files, files_or_default, load_subjects
from depgen.cli.options import ColourOption, Environment, Format, Recursive
from depgen.cli.terminal import Colour, emit, shows_colour


def trace(
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW", help="A Workflow of a source or run, deleted or not.", show_default=False
        ),
    ],
    namespace: Annotated[
        str,
        typer.Option(
            "--namespace", "-n", metavar="NAME", help="Where it is; else anywhere.", show_default=False
        ),
    ] = "",
    filename: Files = None,
    recursive: Recursive = False,
    env: Environment = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="How to tell it.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Follow a Workflow up to what caused it and down to what it caused.

    A Workflow that is deleted is known from the ledgers, as long as those are kept.

    Exit codes: 0 done; 2 no ledger names it, or it could not be tried; 3 a bug in depgen.

    Examples:

        depgen trace etl-report-20261121

    See also: why, history log.
    """
    from depgen.cluster.trace import trace as follow
    from depgen.report import trace as report

    subjects = load_subjects(files_or_default(filename or ()), recursive, color, env)
    told = follow(connect(kubeconfig, context), subjects, workflow, namespace)
    is_text = output is Format.TEXT
    emit(report.text(told, time.time(), shows_colour(color, sys.stdout)) if is_text else report.as_json(told))
