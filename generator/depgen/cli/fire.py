"""`depgen fire`: submit a node now."""

from __future__ import annotations

from depgen.cli.cluster_options import Context, Kubeconfig
from depgen.cli.hand_options import Asked, By, DryRun, Key, Output, Why, carry_out
from depgen.cli.node_options import Files, NodeName
from depgen.cli.options import ColourOption, Environment, Format, Recursive
from depgen.cli.terminal import Colour


def fire(
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
    """Submit a node now, whatever it waits for.

    Leaves an entry in the ledger of the key, which the submit Sensor acts on. A hold has to be released first; what ran once
    for a key does not run for it again.

    Exit codes: 0 done; 1 refused, because it makes no sense now; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen fire report --key 20261121 --why 'stock is not needed today'

    See also: satisfy, backfill.
    """
    asked = Asked(node, key, why, by, filename, recursive, env, dry_run, output, kubeconfig, context, color)
    carry_out("fire", asked)
