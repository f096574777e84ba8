"""`depgen doctor`: what is wrong with a cluster and with the graphs in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, check_graphs, connect
from depgen.cli.options import ColourOption, Environment, MorePaths, Recursive
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.cluster.doctor.exam import Exam, Patient
    from depgen.cluster.doctor.sight import Sight
    from depgen.manifests import Manifests


class Format(StrEnum):
    """Who reads the results."""

    TEXT = "text"
    JSON = "json"


class FailOn(StrEnum):
    """The least level that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


Graphs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Graph files or folders; without any, only the cluster and its buses are looked at.",
        show_default=False,
    ),
]
Checks = Annotated[
    list[str] | None, typer.Option("--select", metavar="CHECKS", help="Make only these.", show_default=False)
]
Ignored = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="CHECKS", help="Do not make these.", show_default=False),
]
GivenManifests = Annotated[
    list[str] | None,
    typer.Option(
        "--manifests",
        metavar="DIR",
        help="CronWorkflows to compare with the cluster's; repeatable.",
        show_default=False,
    ),
]
Namespaces = Annotated[
    list[str] | None,
    typer.Option(
        "--namespace",
        "-n",
        metavar="NAME",
        help="Look at the bus of this one too; repeatable.",
        show_default=False,
    ),
]
Nats = Annotated[
    str | None, typer.Option("--nats", metavar="URL", help="Ask the bus itself, too.", show_default=False)
]
NatsCa = Annotated[
    str,
    typer.Option("--nats-ca", metavar="FILE", help="Certificate authority of the bus.", show_default=False),
]
NatsInsecure = Annotated[
    bool, typer.Option("--nats-insecure", help="Take any certificate, as Argo Events does.")
]


def doctor(
    paths: Graphs = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    namespace: Namespaces = None,
    select: Checks = None,
    ignore: Ignored = None,
    manifests: GivenManifests = None,
    nats: Nats = None,
    nats_ca: NatsCa = "",
    nats_insecure: NatsInsecure = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")] = FailOn.ERROR,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the results.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Check a cluster and the graphs in it.

    Nothing is changed. What may not be seen makes a check "unknown", which never makes the exit code 1. Without
    PATH and --namespace, the namespaces are those that hold objects made by depgen. The user of the bus is that of
    DEPGEN_NATS_USER and DEPGEN_NATS_PASSWORD, else the one in the EventBus's Secret, if that may be read.

    Exit codes: 0 no objection; 1 findings (see --fail-on); 2 the cluster is out of reach; 3 a bug in depgen.

    Examples:

        depgen doctor
        depgen doctor graph.yaml --manifests manifests --fail-on warning

    See also: reconcile, status.
    """
    import time

    from depgen.cli.terminal import emit, shows_colour
    from depgen.cluster.doctor import examine
    from depgen.cluster.doctor.bus import require_package
    from depgen.cluster.doctor.exam import Exam
    from depgen.cluster.doctor.finding import Level
    from depgen.cluster.doctor.sight import Sight
    from depgen.report import doctor as report

    if nats is not None:
        require_package()
    chosen = _chosen(select, ignore)
    patients = _patients([*(paths or ()), *(filename or ())], recursive, color, env)
    given = _manifests(manifests or (), patients)
    sight = Sight(connect(kubeconfig, context), time.time)
    exam = Exam(sight, _namespaces(sight, patients, namespace or ()), patients, given=given)
    if nats is not None:
        exam = _with_bus(exam, nats, nats_ca, nats_insecure)
    results = list(examine(exam, chosen))
    emit(
        report.as_json(results)
        if output is Format.JSON
        else report.text(results, shows_colour(color, sys.stdout))
    )
    failing = {FailOn.ERROR: 1, FailOn.WARNING: 2, FailOn.NEVER: 0}[fail_on]
    if any(result.level in (Level.ERROR, Level.WARNING)[:failing] for result in results):
        raise typer.Exit(1)


def _chosen(select: Sequence[str] | None, ignore: Sequence[str] | None) -> list[str]:
    from depgen.cluster.doctor.checks import CHECKS

    lists = {"--select": select, "--ignore": ignore}
    named = {
        option: {n.strip() for names in given or () for n in names.split(",")} - {""}
        for option, given in lists.items()
    }
    for option, names in named.items():
        for name in sorted(names - CHECKS.keys()):
            raise typer.BadParameter(
                f'there is no check "{name}"; there are {", ".join(CHECKS)}', param_hint=option
            )
    wanted = named["--select"] or CHECKS.keys()
    return [name for name in CHECKS if name in wanted and name not in named["--ignore"]]


def _patients(paths: Sequence[str], recursive: bool, color: Colour, env: str) -> tuple[Patient, ...]:
    """The graphs; none if no path is given. Ends the command if they have errors."""
    from depgen import pipeline
    from depgen.cluster.doctor.exam import patients

    if not paths:
        return ()
    checked = check_graphs(paths, recursive, color, env)
    return patients(checked, pipeline.build(checked))


def _manifests(paths: Sequence[str], patients: Sequence[Patient]) -> Manifests:
    from depgen import manifests
    from depgen.cli.inputs import read_manifests

    if not paths:
        return manifests.NO_MANIFESTS
    files = [(file.path, file.raw) for file in read_manifests(paths).files]
    return manifests.read(files, patients[0].graph.namespace if patients else "")[0]


def _namespaces(sight: Sight, patients: Sequence[Patient], given: Sequence[str]) -> tuple[str, ...]:
    from depgen.cluster.api import EVENT_SOURCES

    wanted = {patient.graph.namespace for patient in patients} | set(given)
    if not wanted:
        found = sight.all(EVENT_SOURCES, "", "app.kubernetes.io/managed-by=depgen")
        wanted = {str(source["metadata"]["namespace"]) for source in found}
    return tuple(sorted(wanted))


def _with_bus(exam: Exam, url: str, ca: str, is_insecure: bool) -> Exam:
    from depgen.cluster.doctor import event_bus
    from depgen.cluster.doctor.bus import Login
    from depgen.cluster.doctor.exam import Per

    buses = [one for _, one in exam.each(Per.NAMESPACE)]
    if len(buses) != 1:
        told = "one bus can only be asked for the graphs of one namespace and EventBus; name them alone"
        raise typer.BadParameter(told, param_hint="--nats")
    user, password = (os.environ.get(f"DEPGEN_NATS_{name}", "") for name in ("USER", "PASSWORD"))
    login = Login(url, user, password, ca, not is_insecure)
    return replace(exam, bus=event_bus.ask(login, buses[0]))
