"""`depgen krm`: a KRM function, for kustomize, kpt and what else speaks ResourceList."""

from __future__ import annotations

import sys

import typer


def krm() -> None:
    """Add the objects of graphs to a ResourceList, as a KRM function does.

    Reads a ResourceList from stdin and prints it with the objects of the graphs that its functionConfig names. What is wrong
    with the graphs is among its results, and on stderr.

    Exit codes: 0 done; 1 the graphs have errors; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        kustomize build --enable-alpha-plugins --enable-exec .   # with a generator that runs depgen krm

    See also: build.
    """
    from depgen import krm as function
    from depgen import pipeline
    from depgen.cli import extra_options
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import Colour, emit

    asked = function.read(sys.stdin.read(), extra_options.FIELDS)
    extras = extra_options.extras(extra_options.written(asked.besides))
    if asked.graph:
        loaded = pipeline.load([asked.graph], asked.environment)
    else:
        loaded = read_graphs(asked.files, recursive=False, environment=asked.environment).load()
    checked = pipeline.check(loaded)
    emit(function.answer(asked, checked, extras))
    report(checked.findings, Colour.AUTO)
    if checked.has_errors:
        raise typer.Exit(1)
