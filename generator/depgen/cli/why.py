"""`depgen why`: what a node waits for, or what fired it."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import Files, NodeName, files_or_default, find_node, load_subjects
from depgen.cli.options import ColourOption, Environment, Format, Recursive
from depgen.cli.terminal import Colour, emit, shows_colour


def why(
    node: NodeName,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            "-k",
            metavar="KEY",
            help="Else the newest at which it has not succeeded.",
            show_default=False,
        ),
    ] = None,
    filename: Files = None,
    recursive: Recursive = False,
    env: Environment = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="How to tell it.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Say why a node waits, or what fired it.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen why report
        depgen why etl/report --key 20261121

    See also: status, trace.
    """
    from depgen.cluster.explain import default_key, explain
    from depgen.cluster.states import read_ledgers
    from depgen.errors import InputError
    from depgen.report import why as report

    subject, chosen = find_node(load_subjects(files_or_default(filename or ()), recursive, color, env), node)
    if key is not None and not subject.is_key(chosen.id, key):
        date, _, rerun = key.partition("-")
        refusal = f'"{key}" is no key of a node whose period is {subject.every(chosen.id).text}'
        if rerun and subject.is_key(chosen.id, date):
            refusal += f"; of a backfill with --rerun {rerun}, depgen trace WORKFLOW tells"
        raise typer.BadParameter(refusal, param_hint="--key")
    cluster = connect(kubeconfig, context)
    ledgers, now = read_ledgers(cluster, subject), time.time()
    key = key or default_key(subject, ledgers, chosen, now)
    if key is None:
        graph = subject.graph
        raise InputError(f"graph {graph.name} has no ledger in namespace {graph.namespace} yet; name a --key")
    told = explain(cluster, subject, ledgers, chosen, key, now)
    is_text = output is Format.TEXT
    emit(report.text(told, now, shows_colour(color, sys.stdout)) if is_text else report.as_json(told))
