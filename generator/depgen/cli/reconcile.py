"""`depgen reconcile`: the sweep, once or for good."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import files_or_default, load_subjects
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive, seconds
from depgen.cli.terminal import Colour, emit, tell

if TYPE_CHECKING:
    from depgen.cluster.api import Cluster
    from depgen.cluster.states import Subject
    from depgen.report.sweep_metrics import SweepMetrics

_ADDRESS = re.compile(r"(?P<host>[^:]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})")


class FailOn(StrEnum):
    """What counts as a failure."""

    REMAINING = "remaining"
    NEVER = "never"


def _seconds(text: str) -> float:
    return float(seconds(text, "90s, 5m, 1h30m or 2d"))


def _address(text: str) -> str:
    if not (match := _ADDRESS.fullmatch(text)) or int(match["port"]) > 65535:
        raise typer.BadParameter("write an address such as 127.0.0.1:8080 or 0.0.0.0:8080")
    return text


def reconcile(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be done.")
    ] = False,
    since: Annotated[
        float | None,
        typer.Option(
            "--since",
            parser=_seconds,
            metavar="DURATION",
            help="After an incident: let new nodes fire for what was complete since then.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Stay, until SIGTERM.")] = False,
    every: Annotated[
        float | None,
        typer.Option(
            "--every",
            parser=_seconds,
            metavar="DURATION",
            help="With --watch: from one pass to the next; else the graph's sweeper.every, or 5m.",
            show_default=False,
        ),
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            parser=_address,
            metavar="HOST:PORT",
            help="With --watch: serve /metrics and /healthz there.",
            show_default=False,
        ),
    ] = None,
    metrics_file: Annotated[
        Path | None,
        typer.Option(
            "--metrics-file",
            metavar="FILE",
            help="Write the metrics into a file for the node exporter.",
            show_default=False,
        ),
    ] = None,
    log_format: Annotated[
        Format, typer.Option("--log-format", help="With --watch: form of the log.")
    ] = Format.TEXT,
    cron_missed: Annotated[
        bool, typer.Option("--cron-missed/--no-cron-missed", help="Count missed runs of CronWorkflows too.")
    ] = True,
    fail_on: Annotated[
        FailOn,
        typer.Option("--fail-on", help="What ends the command with 1; never: not what it cannot mend."),
    ] = FailOn.REMAINING,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Repair the ledgers of graphs after events were lost.

    Facts and times that are missing are added, nodes that are ready and were not submitted are asked about again, and
    what waited too long, or is refused three times, is told so. Nothing is ever submitted by this command.

    Exit codes: 0 all is well, or was repaired; 1 something remains, or with --dry-run is to be repaired; 2 it could
    not be tried; 3 a bug in depgen.

    Examples:

        depgen reconcile graph.yaml --dry-run
        depgen reconcile graph.yaml

    See also: doctor, status.
    """
    _refuse_odd(dry_run, since, watch, every, metrics, log_format, output)
    subjects = load_subjects(files_or_default([*(paths or ()), *(filename or ())]), recursive, color, env)
    cluster = connect(kubeconfig, context)

    from depgen.report.sweep_metrics import SweepMetrics

    measured = SweepMetrics({subject.graph.name: subject.graph.namespace for subject in subjects})
    if watch:
        _stay(
            cluster, subjects, measured, every, metrics, metrics_file, log_format is Format.JSON, cron_missed
        )
        return

    from depgen.cluster.reconcile.counts import are_clean
    from depgen.cluster.reconcile.passes import sweep_all
    from depgen.report import reconcile as report

    passes = sweep_all(cluster, subjects, since, dry_run, cron_missed)
    emit(report.as_json(passes) if output is Format.JSON else report.text(passes))
    measured.passed(passes, time.time())
    if metrics_file:
        measured.write(metrics_file)
    if fail_on is FailOn.REMAINING and not are_clean(passes):
        raise typer.Exit(1)


def _refuse_odd(
    dry_run: bool,
    since: float | None,
    watch: bool,
    every: float | None,
    metrics: str | None,
    log_format: Format,
    output: Format,
) -> None:
    if not watch and (every is not None or metrics is not None or log_format is not Format.TEXT):
        raise typer.BadParameter("only with --watch", param_hint="--every, --metrics, --log-format")
    if watch and (dry_run or since is not None or output is not Format.TEXT):
        raise typer.BadParameter("takes neither --dry-run, --since nor -o", param_hint="--watch")
    if every is not None and every < 1:
        raise typer.BadParameter("a second at least", param_hint="--every")


def _stay(
    cluster: Cluster,
    subjects: Sequence[Subject],
    measured: SweepMetrics,
    every: float | None,
    metrics: str | None,
    metrics_file: Path | None,
    as_json: bool,
    cron_missed: bool,
) -> None:
    """Passes until SIGTERM; a failed one is told of and tried again."""
    import gc
    import signal
    from threading import Event

    from depgen.cluster.reconcile import serving, staying
    from depgen.cluster.reconcile.passes import sweep_all
    from depgen.errors import DepgenError
    from depgen.report import reconcile as report

    gc.enable()  # the command line runs without: here is a long life
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    pulse = staying.Pulse(
        every or min((s.graph.sweeper.every for s in subjects if s.graph.sweeper), default=300)
    )

    def failed(error: Exception) -> None:
        tell(report.line(time.time(), "error", str(error), as_json))

    def one_pass() -> bool:
        try:
            passes = sweep_all(cluster, subjects, with_crons=cron_missed)
            measured.passed(passes, time.time())
            tell(report.log(passes, time.time(), as_json))
        except (DepgenError, OSError) as error:
            measured.failed()
            failed(error)
            return False
        finally:
            if metrics_file:
                measured.write(metrics_file)
        return True

    if metrics:
        host, _, port = metrics.rpartition(":")
        serving.serve(host.strip("[]"), int(port), measured.page, lambda: pulse.is_alive)
    for subject in subjects:
        staying.look_out(cluster, subject, pulse, stop, failed)
    staying.stay(pulse, stop, one_pass)
