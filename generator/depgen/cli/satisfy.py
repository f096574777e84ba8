"""`depgen satisfy`: count an edge as satisfied."""

from __future__ import annotations

from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig
from depgen.cli.completing import complete_node
from depgen.cli.hand_options import Asked, By, DryRun, Key, Output, Why, carry_out
from depgen.cli.node_options import Files, NodeName
from depgen.cli.options import ColourOption, Environment, Format, Recursive
from depgen.cli.terminal import Colour


def satisfy(
    node: NodeName,
    upstream: Annotated[
        str,
        typer.Argument(
            metavar="UPSTREAM", help="A node it waits for.", autocompletion=complete_node, show_default=False
        ),
    ],
    key: Key,
    why: Why,
    by: By = None,
    filename: Files = None,
    recursive: Recursive = False,
    env: Environment = "",
    dry_run: DryRun = False,
    output: Output = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Count an edge of a node as satisfied.

    Every edge of NODE on UPSTREAM counts for this key, whatever became of the upstream.

    Exit codes: 0 done; 1 refused, because it makes no sense now; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen satisfy report sales --key 20261121 --why 'loaded by hand'

    See also: skip, fire.
    """
    asked = Asked(node, key, why, by, filename, recursive, env, dry_run, output, kubeconfig, context, color)
    carry_out("satisfy", asked, upstream)
