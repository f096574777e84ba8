"""`depgen check`: whether something has run, for those that keep their schedule and ask."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import load_subjects
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Recursive, seconds
from depgen.cli.terminal import Colour, emit, tell

if TYPE_CHECKING:
    from depgen.cluster.checking import Answer, Programs, Question, Target


@dataclass(frozen=True)
class _Given:
    """The options as they are written; "" is not given, which is what a Workflow's empty parameters come to."""

    target: str
    within: str
    window: str
    key: str
    status: str
    wait: str
    interval: str
    namespace: str
    timezone: str
    filename: tuple[str, ...]
    recursive: bool
    env: str
    kubeconfig: str | None
    context: str | None
    color: Colour


def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="cronworkflow/NAME, workflowtemplate/NAME, clusterworkflowtemplate/NAME, workflow/NAME, "
            "selector/LABEL=VALUE, node/GRAPH/NODE; a name alone is any of the first.",
            show_default=False,
        ),
    ],
    within: Annotated[
        str,
        typer.Option(
            "--within", metavar="TIME", help="It ended at most so long ago: 7200, 2h.", show_default=False
        ),
    ] = "",
    window: Annotated[
        str,
        typer.Option(
            "--window", metavar="FROM-TO", help="It ended then: 18:00-20:00, by --timezone.", show_default=False
        ),
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="KEY",
            help="Of which date: today, yesterday, 20261121; of a node, for which of its keys.",
            show_default=False,
        ),
    ] = "",
    status: Annotated[
        str,
        typer.Option(
            "--status", metavar="STATUS", help="success, failure or done; else success.", show_default=False
        ),
    ] = "",
    wait: Annotated[
        str, typer.Option("--wait", metavar="TIME", help="Ask again for so long.", show_default=False)
    ] = "",
    interval: Annotated[
        str, typer.Option("--interval", metavar="TIME", help="How often; else 30s.", show_default=False)
    ] = "",
    result: Annotated[
        str,
        typer.Option(
            "--result",
            metavar="PATH",
            help="Write the answer there as JSON; into a folder also each of its values.",
            show_default=False,
        ),
    ] = "",
    namespace: Annotated[
        str,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAME",
            help="Where the Workflows are; else the namespace of the pod or of the context.",
            show_default=False,
        ),
    ] = "",
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", metavar="ZONE", help="Of --window and of today; else UTC.", show_default=False
        ),
    ] = "",
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Say whether a CronWorkflow, template, Workflow or node is done.

    The newest end counts. Of a node it is asked whether depgen would start it now, by the programs of -f, else by those of
    its graph's Sensors in the cluster. With --wait it is asked again until it is so, or can no longer become so.

    Exit codes: 0 it is; 1 it is not; 2 nobody can say: the options are odd, something may not be read, or the cluster
    does not answer; 3 a bug in depgen.
    """
    from depgen.cluster.checking import Outcome, unknown
    from depgen.errors import DepgenError, InputError
    from depgen.report import check as report

    place = Path(result) if result else None
    files = tuple(filename or ())
    given = _Given(
        target,
        within,
        window,
        key,
        status,
        wait,
        interval,
        namespace,
        timezone,
        files,
        recursive,
        env,
        kubeconfig,
        context,
        color,
    )
    if place:
        report.prepare(result)
    try:
        found = _answered(given)
    except typer.Exit:
        if place:
            report.write(result, unknown(InputError("the graph has errors")))
        raise
    except (DepgenError, OSError, typer.BadParameter) as error:
        ...
