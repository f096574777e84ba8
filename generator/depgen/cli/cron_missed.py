"""`depgen cron-missed`: the runs of a graph's CronWorkflows that never started, and on request their start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig
from depgen.cli.node_options import files_or_default
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive, seconds
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.report.cron_missed import Report


def _seconds(text: str) -> int:
    return seconds(text, "90m, 24h or 2d")


def cron_missed(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    since: Annotated[
        int, typer.Option("--since", parser=_seconds, metavar="DURATION", help="How far back to look.")
    ] = "24h",  # type: ignore[assignment]
    grace: Annotated[
        int,
        typer.Option("--grace", parser=_seconds, metavar="DURATION", help="How late a run may still start."),
    ] = "2m",  # type: ignore[assignment]
    submit: Annotated[bool, typer.Option("--submit", help="Create the runs that were missed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --submit: only say what would be.")
    ] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Find runs of CronWorkflows that were due and never started.

    Of each CronWorkflow that a graph listens to, the times of its schedules are compared with its runs and with the
    ledgers. A run that may have been and been removed since is told as unknown, not as missed. --submit creates what
    was missed under the name that the Workflows controller gives it, so a late controller cannot start it twice.

    Exit codes: 0 nothing is missed, or all of it was created; 1 runs are missed, or CronWorkflows are broken or not
    there; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen cron-missed graph.yaml --since 2d
        depgen cron-missed graph.yaml --submit --dry-run

    See also: reconcile, doctor.
    """
    given = files_or_default([*(paths or ()), *(filename or ())])
    if dry_run and not submit:
        raise typer.BadParameter("without --submit nothing is written anyway", param_hint="--dry-run")

    from depgen.cli.cluster_options import connect, load_graphs
    from depgen.cli.terminal import emit
    from depgen.cluster import cron_missed as missed
    from depgen.cluster import cron_submit
    from depgen.report import cron_missed as told

    checked, programs = load_graphs(given, recursive, color, env)
    cluster = connect(kubeconfig, context)
    wanted = missed.span(cluster.server_time(), since, grace)
    report = told.Report(wanted, missed.check(cluster, checked.graphs, programs, wanted))
    if submit:
        before = cluster.retries
        done = cron_submit.submit(cluster, report.crons, dry_run=dry_run)
        report = report._replace(submissions=done, retried=cluster.retries - before)
    emit(told.as_json(report) if output is Format.JSON else told.text(report))
    raise typer.Exit(_code(report))


def _code(report: Report) -> int:
    from depgen.cluster.cron_submit import Outcome

    if report.submissions is None:
        return int(not all(cron.is_fine for cron in report.crons))
    is_done = all(s.outcome in (Outcome.CREATED, Outcome.PRESENT) for s in report.submissions)
    return int(not is_done or any(cron.trouble for cron in report.crons))
