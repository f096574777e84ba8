"""`depgen backfill`: run keys that never ran."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import files_or_default, load_subjects
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive
from depgen.cli.terminal import Colour, emit, tell


def backfill(
    first: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y%m%d"], help="The first date.", show_default=False),
    ],
    last: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y%m%d"], help="The last date.", show_default=False),
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)],
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    node: Annotated[
        list[str] | None,
        typer.Option("--node", metavar="NODE", help="Only this run; may be repeated.", show_default=False),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume",
            metavar="NODE",
            help="Take this upstream as completed for every key; may be repeated.",
            show_default=False,
        ),
    ] = None,
    rerun: Annotated[
        str | None,
        typer.Option(
            "--rerun",
            metavar="ID",
            help="Run keys again that ran, under this id: up to 12 lower-case letters and digits.",
            show_default=False,
        ),
    ] = None,
    at_once: Annotated[
        int, typer.Option("--at-once", min=1, help="How many runs may be under way at once.")
    ] = 8,
    by: Annotated[
        str | None,
        typer.Option(
            "--by", metavar="NAME", help="Who; else the cluster's name for you.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run, and write nothing.")
    ] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Run keys that never ran, in order and a few at a time.

    Windows, lookbacks, gates and cutoffs are not asked for; what the edges wait for is. The command stays until
    nothing more runs; broken off, it is taken up by calling it again. With --rerun the runs are made again, apart
    from all others: their names end in the id, and nothing but each other depends on them.

    Exit codes: 0 every run succeeded, or with --dry-run could be told of; 1 some wait, or did not succeed; 2 it
    could not be tried; 3 a bug in depgen.

    Examples:

        depgen backfill graph.yaml --from 2026-11-01 --to 2026-11-21 --why 'a new column'

    See also: fire, reconcile.
    """
    subjects = load_subjects(files_or_default([*(paths or ()), *(filename or ())]), recursive, color, env)
    if len(subjects) != 1:
        raise typer.BadParameter("name the files of one graph", param_hint="PATH")
    if last < first:
        raise typer.BadParameter("it is before --from", param_hint="--to")
    if rerun is not None and not re.fullmatch("[a-z0-9]{1,12}", rerun):
        raise typer.BadParameter(
            "write an id of up to 12 lower-case letters and digits", param_hint="--rerun"
        )

    from depgen.cluster import hand
    from depgen.cluster.backfill import Backfill, Wish, check_names, chosen
    from depgen.report import backfill as report

    subject = subjects[0]
    nodes = chosen(subject, node or ())
    if unknown := sorted(set(assume or ()) - subject.graph.nodes.keys()):
        raise typer.BadParameter(f'there is no node "{unknown[0]}"', param_hint="--assume")
    cluster = connect(kubeconfig, context)
    wish = Wish(
        first.date(),
        last.date(),
        nodes,
        frozenset(assume or ()),
        at_once,
        by or hand.who(cluster),
        why,
        rerun or "",
    )
    check_names(subject, wish)
    work = Backfill(cluster, subject, wish, time.time())
    name = subject.graph.name
    if dry_run:
        steps = work.steps()
    else:
        steps = work.run(time.sleep, lambda found: tell(f"{report.totals(name, found)}\n"))
    emit(report.text(name, steps, dry_run) if output is Format.TEXT else report.as_json(name, steps, dry_run))
    if not dry_run and any(step.state != "Succeeded" for step in steps):
        raise typer.Exit(1)
