"""`depgen build`: graphs to manifests, on stdout or in a folder."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.checks import Checks
    from depgen.pipeline import Bundle, Checked
    from depgen.policies import Trusted

# As Argo Workflows' own manifests install it.
_CONTROLLER = "user:system:serviceaccount:argo:argo"
_OPERATORS = "group:depgen-operators"


class Format(StrEnum):
    """How manifests go to stdout."""

    YAML = "yaml"
    JSON = "json"
    NAME = "name"


class Extra(StrEnum):
    """What is built only if it is asked for."""

    POLICIES = "policies"
    CHECKS = "checks"
    EVENTBUS = "eventbus"


def build(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", help="Write files into this folder, not to stdout.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if the folder differs.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Build a graph without nodes.")] = False,
    output: Annotated[
        Format | None,
        typer.Option("-o", "--format", help="Format on stdout; yaml if not given.", show_default=False),
    ] = None,
    extras: Annotated[
        list[Extra] | None,
        typer.Option(
            "--with",
            help="Build this too: policies are ValidatingAdmissionPolicies for what RBAC cannot see, checks a "
            "WorkflowTemplate that runs depgen check, eventbus the EventBus that the graphs name; may be repeated.",
            show_default=False,
        ),
    ] = None,
    controller: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO",
            help="Who completes Workflows, as user:NAME or group:NAME; for --with policies.",
            show_default=_CONTROLLER,
        ),
    ] = None,
    operators: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHO",
            help="Who may write ledgers by hand, as user:NAME or group:NAME; for --with policies.",
            show_default=_OPERATORS,
        ),
    ] = None,
    image: Annotated[
        str,
        typer.Option(
            "--check-image",
            metavar="IMAGE",
            help="With depgen in it, for --with checks; else that of the graph's sweeper.",
            show_default=False,
        ),
    ] = "",
    on_exit: Annotated[
        str,
        typer.Option(
            "--check-on-exit",
            metavar="TEMPLATE/NAME",
            help="What is run when a check of its own ends, for --with checks; see depgen check-manifest.",
            show_default=False,
        ),
    ] = "",
    color: ColourOption = Colour.AUTO,
) -> None:
    """Compile graphs into EventSources, Sensors and their RBAC.

    Manifests go to stdout, ready for kubectl, or as files into --output-dir with a lock that lists them.

    Exit codes: 0 done; 1 the graphs have errors, or with --check the folder differs; 2 it could not be tried,
    with --check also if the graphs have errors; 3 a bug in depgen.
    """
    given = given_paths(paths, filename)
    _refuse_odd(output_dir, check, dry_run, output)
    trusted = _trusted(extras, controller, operators)
    if Extra.CHECKS not in (extras or ()) and (image or on_exit):
        raise typer.BadParameter("say --with checks too", param_hint="--check-image, --check-on-exit")

    from depgen import checks, eventbus, pipeline
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.policies import marked
    from depgen.write import is_current

    inputs = read_graphs(given, recursive=recursive, allow_none=allow_empty, environment=env)
    loaded = inputs.load()
    asked = checks.Checks(image, on_exit) if Extra.CHECKS in (extras or ()) else None
    has_bus = Extra.EVENTBUS in (extras or ())
    digest = eventbus.marked(checks.marked(marked(loaded.digest, trusted), asked), has_bus)
    if check and output_dir and not loaded.problems and is_current(output_dir, digest):
        return
    checked = pipeline.check(loaded, now=time.time())
    report(checked.findings, color)
    if checked.has_errors:
        raise typer.Exit(2 if check else 1)
    _refuse_empty(checked, allow_empty)
    bundle = pipeline.build(checked, trusted, asked and _with_image(asked, checked), has_bus)
    if output_dir is None:
        _print(bundle, output or Format.YAML)
    elif check or dry_run:
        _compare(bundle, output_dir, digest, check)
    else:
        _write(bundle, output_dir, digest, checked)


def _refuse_odd(output_dir: Path | None, check: bool, dry_run: bool, output: Format | None) -> None:
    if output_dir is None and (check or dry_run):
        raise typer.BadParameter(
            "name the folder to compare with --output-dir", param_hint="--check, --dry-run"
        )
    if check and dry_run:
        raise typer.BadParameter("--check answers with its exit code, --dry-run always with 0: choose one")
    if output_dir is not None and output is not None:
        raise typer.BadParameter("files in a folder are always YAML; -o is for stdout", param_hint="-o")


def _trusted(
    extras: list[Extra] | None, controller: list[str] | None, operators: list[str] | None
) -> Trusted | None:
    """Whom the policies trust; None if there are to be none."""
    if Extra.POLICIES not in (extras or ()):
        if controller or operators:
            raise typer.BadParameter("say --with policies too", param_hint="--controller, --operators")
        return None

    from depgen.policies import Trusted

    for who in (*(controller or ()), *(operators or ())):
        kind, _, name = who.partition(":")
        if kind not in ("user", "group") or not name:
            raise typer.BadParameter(
                f'"{who}" is neither user:NAME nor group:NAME', param_hint="--controller, --operators"
            )
    return Trusted(
        tuple(sorted(set(controller or [_CONTROLLER]))), tuple(sorted(set(operators or [_OPERATORS])))
    )


def _with_image(asked: Checks, checked: Checked) -> Checks:
    """The image that is given, else the one that the sweepers of the graphs have."""
    images = {graph.sweeper.image for graph in checked.graphs if graph.sweeper}
    if not asked.image and len(images) != 1:
        raise typer.BadParameter(
            "name an image; "
            + ("the sweepers have several" if images else "no graph has a sweeper to take it of"),
            param_hint="--check-image",
        )
    return asked._replace(image=asked.image or images.pop())


def _refuse_empty(checked: Checked, allow_empty: bool) -> None:
    from depgen.errors import InputError

    empty = [graph.name for graph in checked.graphs if not graph.nodes]
    if empty and not allow_empty:
        raise InputError(
            f"graph {', '.join(empty)} has no nodes; applying nothing can delete all that was applied before "
            "(--allow-empty builds it all the same)"
        )


def _print(bundle: Bundle, output: Format) -> None:
    from depgen.cli.terminal import emit
    from depgen.report import stream

    emit(stream.RENDERERS[output](bundle.manifests))


def _compare(bundle: Bundle, folder: Path, digest: str, check: bool) -> None:
    from depgen.cli.terminal import emit, tell
    from depgen.report import drift
    from depgen.write import compare, current_text

    changes = compare(folder, bundle.files, digest)
    if check and not changes.is_empty:
        tell(drift.explained(changes, bundle.files, lambda name: current_text(folder, name)))
        tell(f"{folder} differs from the graphs; build again without --check\n")
        raise typer.Exit(1)
    emit(drift.listed(changes))


def _write(bundle: Bundle, folder: Path, digest: str, checked: Checked) -> None:
    from depgen import pipeline
    from depgen.cli.terminal import emit, tell
    from depgen.report import drift, tree
    from depgen.write import write

    changes = write(folder, bundle.files, digest)
    emit(tree.render(pipeline.summaries(checked, tree.MOST_NODES)))
    tell(f"{folder}: {drift.counted(changes)}\n")
