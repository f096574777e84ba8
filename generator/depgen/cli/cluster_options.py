"""What the commands that talk to a cluster share: which cluster, and the graphs that they are about."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.cluster.remote import KubernetesCluster
    from depgen.pipeline import Checked
    from depgen.runnable import Runnable

Kubeconfig = Annotated[
    str | None,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        help="Which kubeconfig; else KUBECONFIG, ~/.kube/config, or the pod's own account.",
        show_default=False,
    ),
]
Context = Annotated[
    str | None,
    typer.Option("--context", metavar="NAME", help="Which of the kubeconfig's contexts.", show_default=False),
]
# Where an overlay has moved the graphs to, as the sweep is told it in its pod.
NAMESPACE = "DEPGEN_NAMESPACE"


def namespace_name(text: str) -> str:
    """The text, if a namespace can be called so; for manifests, which no API server has seen yet."""
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", text):
        raise typer.BadParameter("write the name of a namespace")
    return text


def connect(kubeconfig: str | None, context: str | None) -> KubernetesCluster:
    """The cluster that the options name; ClusterError if they name none."""
    from depgen.cluster import client

    return client.connect(kubeconfig, context)


def load_graphs(
    paths: Sequence[str], recursive: bool, color: Colour = Colour.AUTO, environment: str = ""
) -> tuple[Checked, dict[str, Runnable]]:
    """The compiled graphs, and by each graph's name its programs as they are rendered; ends like `check_graphs`."""
    from depgen import pipeline
    from depgen.runnable import runnable

    checked = check_graphs(paths, recursive, color, environment)
    return checked, runnable(pipeline.build(checked).objects())


def check_graphs(paths: Sequence[str], recursive: bool, color: Colour, environment: str) -> Checked:
    """The graphs as that environment, and DEPGEN_NAMESPACE, have them.

    Ends the command with exit code 2 and the findings on stderr if the graphs have errors; warnings are not told.
    """
    from depgen import pipeline
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs

    loaded = read_graphs(paths, recursive=recursive, environment=environment).load()
    checked = pipeline.check(replace(loaded, namespace=os.environ.get(NAMESPACE, "")))
    if checked.has_errors:
        report(checked.findings, color)
        raise typer.Exit(2)
    return checked
