"""`depgen init`: a small graph that says what its lines mean, and the schema that an editor checks it with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from depgen.cli import whole_file

FILE = "graph.yaml"
SCHEMA = "graph.schema.json"
STARTER = """\
# yaml-language-server: $schema=graph.schema.json
# Which Workflows to listen to, and which to start when others have completed.
#   depgen lint graph.yaml                          says what is wrong with it
#   depgen build graph.yaml --output-dir manifests  writes what to apply to the cluster
#   depgen schema > graph.schema.json               is for an editor, which finds it by the first line
apiVersion: depgen.io/v1
graph: etl  # the prefix of every generated object and of every submitted Workflow: a-z and 0-9
namespace: data  # of the generated objects, and of the Workflows unless they say otherwise
timezone: Europe/Paris  # in which dates and times are read

nodes:
  # A source is started by somebody else; depgen only listens. Its logical date, the key, is of its schedule.
  sales:
    source: {cronWorkflow: sales-load}
  stock:
    source: {cronWorkflow: stock-load}

  # A run is started by depgen, once for each key, when all that it depends on has completed for that key.
  report:
    run:
      workflowTemplate: daily-report
      params:
        day: {key: "%Y-%m-%d"}  # the date that the run is about, whenever it runs
    dependsOn:
      - sales  # has succeeded
      - node: stock
        window: {from: "18:00", to: "02:00+1d"}  # has succeeded between these times, the end excluded

  # It may also depend on failure, or on any end.
  page:
    run: {workflowTemplate: page-oncall}
    dependsOn: [{node: report, status: failure}]
"""


def init(
    directory: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The folder to write into; - prints.", show_default=False)
    ] = ".",
    stdout: Annotated[bool, typer.Option("--stdout", help="Print it instead.")] = False,
) -> None:
    """Write a commented graph.yaml to start from.

    Beside it goes graph.schema.json, by which an editor with yaml-language-server completes and explains its fields; one that
    is there is left as it is.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen init
        depgen init - | depgen lint -

    See also: import, lint.
    """
    from depgen.cli.terminal import emit, tell

    if stdout or directory == "-":
        emit(STARTER)
        return
    path = Path(directory) / FILE
    _create(path, STARTER)
    schema = path.with_name(SCHEMA)
    if not schema.exists():
        _create(schema, _schema())
    tell(f"{path} is written; depgen lint {path} checks it\n")


def _schema() -> str:
    import json

    from depgen import assets
    from depgen.report.schema import render

    return render(json.loads(assets.text("schemas", SCHEMA)))


def _create(path: Path, text: str) -> None:
    from depgen.errors import InputError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise InputError(f"{path.parent} exists and is left as it is: it is no folder") from error
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
    whole_file.create(path, text)
