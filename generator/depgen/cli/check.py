"""`depgen check`: whether something has run, for those that keep their schedule and ask."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.check_result import keeping
from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import load_subjects
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Recursive
from depgen.cli.terminal import Colour, emit, tell

if TYPE_CHECKING:
    from depgen.cluster.checking import Patience, Programs, Question


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
            "--window",
            metavar="FROM-TO",
            help="It ended then: 18:00-20:00, by --timezone.",
            show_default=False,
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

    Examples:

        depgen check cronworkflow/sales-load -n data --within 2h
        depgen check node/etl/report --key today --wait 1h -f graph.yaml

    See also: check-manifest, plugin serve.
    """
    from depgen.cluster import checking
    from depgen.cluster.client import default_namespace
    from depgen.report import check as report

    files = list(filename or ())
    with keeping(result) as keep:
        namespace = namespace or default_namespace(kubeconfig, context)
        question = checking.parse_question(
            checking.parse_target(target, namespace),
            status=status,
            within=within,
            window=window,
            key=key,
            zone=timezone,
        )
        patience = checking.Patience(
            checking.parse_seconds(wait or "0"), max(1, checking.parse_seconds(interval or "30"))
        )
        programs = _programs(question, files, recursive, env, color)
        cluster = connect(kubeconfig, context)
        found = checking.wait(
            lambda now: checking.ask(cluster, question, now, programs),
            question.target,
            patience,
            time.time,
            time.sleep,
            lambda answer: _progress(report.line(answer), patience),
        )
        keep(found)
    emit(report.as_json(found) if output is Format.JSON else report.text(found))
    raise typer.Exit(0 if found.is_satisfied else 1)


def _programs(
    question: Question, files: list[str], recursive: bool, env: str, color: Colour
) -> Programs | None:
    """Those of the graph files; None if there are none, and the cluster has to be asked."""
    from depgen.cluster.checking import Kind, Programs
    from depgen.errors import InputError

    target = question.target
    if not files:
        return None
    if target.kind is not Kind.NODE:
        raise InputError("graph files are for a node: write node/GRAPH/NODE")
    graph = target.name.partition("/")[0]
    subjects = {subject.graph.name: subject for subject in load_subjects(files, recursive, color, env)}
    if graph not in subjects:
        raise InputError(f"there is no graph {graph} in the files; there is {', '.join(sorted(subjects))}")
    found = subjects[graph]
    return Programs(found.programs, found.analysis.every)


def _progress(line: str, patience: Patience) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        tell(f"{line}; asked again in {patience.interval:g}s\n")
