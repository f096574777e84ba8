"""`depgen skip`: leave a node out for a key."""

from __future__ import annotations

from depgen.cli.cluster_options import Context, Kubeconfig
from depgen.cli.hand_options import Asked, By, DryRun, Key, Output, Why, carry_out
from depgen.cli.node_options import Files, NodeName
from depgen.cli.options import ColourOption, Environment, Format, Recursive
from depgen.cli.terminal import Colour


def skip(
    node: NodeName,
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
    """Leave a node out for a key.

    Records SKIPPED: the node does not run for this key, and downstreams with `status: done` go on.

    Exit codes: 0 done; 1 refused, because it makes no sense now; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen skip report --key 20261121 --why 'no data on this day'

    See also: satisfy, fire.
    """
    asked = Asked(node, key, why, by, filename, recursive, env, dry_run, output, kubeconfig, context, color)
    carry_out("skip", asked)
