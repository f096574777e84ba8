"""`depgen import`: a first graph, guessed from what runs already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli import whole_file
from depgen.cli.cluster_options import Context, Kubeconfig

if TYPE_CHECKING:
    from depgen.cluster.importing import Found


def import_(
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="Read manifests here, folders with all in them, and not in a cluster; may be repeated.",
            show_default=False,
        ),
    ] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAME",
            help="Only what is in this namespace; of a cluster, default if not given.",
            show_default=False,
        ),
    ] = None,
    graph: Annotated[
        str | None,
        typer.Option(
            "--graph",
            metavar="NAME",
            help="The graph's name; else made of the namespace.",
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone",
            metavar="ZONE",
            help="The graph's zone; else that of most CronWorkflows.",
            show_default=False,
        ),
    ] = None,
    output_file: Annotated[
        Path | None,
        typer.Option(
            "--output-file", metavar="FILE", help="Write it there, not to stdout.", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a first graph from CronWorkflows and Sensors that exist.

    They are read from manifests (--from) or from a cluster, which is only read. What was guessed has a comment that
    says why and how sure it is; what cannot be part of a graph is listed at the end.

    Exit codes: 0 done; 2 nothing to import, or it could not be tried; 3 a bug in depgen.

    Examples:

        depgen import -n data > graph.yaml
        depgen import --from manifests --output-file graph.yaml

    See also: migrate, compare.
    """
    _refuse_odd(graph, timezone, namespace, output_file, force)

    from depgen.cli.terminal import emit, tell
    from depgen.cluster.importing import Wishes, graph_text
    from depgen.errors import InputError

    found = _found(sources, kubeconfig, context, namespace)
    for note in found.notes:
        tell(f"{note}\n")
    if found.is_empty:
        raise InputError(f"nothing to import: no CronWorkflow and no Sensor in {_where(sources, namespace)}")
    text = graph_text(found, Wishes(graph or "", namespace or "", timezone or ""))
    if output_file is None:
        emit(text)
    else:
        if force:
            whole_file.write(output_file, text)
        else:
            whole_file.create(output_file, text, "; --force writes over it")
        tell(f"{output_file} is written; depgen lint {output_file} checks it\n")


def _refuse_odd(
    graph: str | None, timezone: str | None, namespace: str | None, output_file: Path | None, force: bool
) -> None:
    if force and output_file is None:
        raise typer.BadParameter("name the file to write over with --output-file", param_hint="--force")

    from depgen.cluster.importing import is_graph, is_namespace
    from depgen.times import is_zone

    if graph is not None and not is_graph(graph):
        message = "a name of lower-case letters and digits, a letter first, at most 24 characters"
        raise typer.BadParameter(message, param_hint="--graph")
    if namespace is not None and not is_namespace(namespace):
        raise typer.BadParameter("a name of lower-case letters, digits and hyphens", param_hint="--namespace")
    if timezone is not None and not is_zone(timezone):
        raise typer.BadParameter("an IANA zone such as Europe/Paris", param_hint="--timezone")


def _found(
    sources: list[str] | None, kubeconfig: str | None, context: str | None, namespace: str | None
) -> Found:
    from depgen.cluster.importing import read_cluster, read_files

    if not sources:
        from depgen.cli.cluster_options import connect

        return read_cluster(connect(kubeconfig, context), namespace or "default")

    from depgen.cli.inputs import read_manifests

    if kubeconfig or context:
        raise typer.BadParameter("manifests are read from --from or from a cluster, not from both")
    inputs = read_manifests(sources)
    found = read_files((file.path, file.raw) for file in inputs.files)
    found.notes += [f"{problem.where.path}: passed over: {problem.message}" for problem in inputs.problems]
    return found.within(namespace) if namespace else found


def _where(sources: list[str] | None, namespace: str | None) -> str:
    if not sources:
        return f"namespace {namespace or 'default'}; name another with -n, or manifests with --from"
    return ", ".join(sources) + (f" for namespace {namespace}" if namespace else "")
