"""The command line: a table of commands, each imported when it is used, and the one place where errors end.

Importing this package must stay cheap, and so must importing a command's file, which completion does: Typer
and the standard library at the top of it, everything else inside the command's function.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from types import MappingProxyType
from typing import Annotated, Any, NoReturn

import typer
import typer.core
import typer.main

from depgen import __version__
from depgen.cli.manual import ManualCommand
from depgen.errors import DepgenError, InternalError

# What `depgen --help` says of a command: its docstring's first line, which a test holds equal.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "build": "Compile graphs into EventSources, Sensors and their RBAC.",
        "lint": "Say what is wrong with graphs.",
        "graph": "Draw graphs.",
        "docs": "Write one page that shows graphs: what waits for what, when, and why.",
        "krm": "Add the objects of graphs to a ResourceList, as a KRM function does.",
        "diff": "Say what an edit of a graph does, also to keys under way.",
        "test": "Play scenario files, and say whether graphs do what they are told to.",
        "simulate": "Forecast what will run when, and what will not.",
        "calendars": "Show which days are open, and look up holidays.",
        "init": "Write a commented graph.yaml to start from.",
        "import": "Write a first graph from CronWorkflows and Sensors that exist.",
        "status": "Show what nodes are at their newest keys.",
        "why": "Say why a node waits, or what fired it.",
        "trace": "Follow a Workflow up to what caused it and down to what it caused.",
        "hold": "Keep a node from being submitted for a key.",
        "release": "End the hold of a node.",
        "skip": "Leave a node out for a key.",
        "satisfy": "Count an edge of a node as satisfied.",
        "fire": "Submit a node now, whatever it waits for.",
        "backfill": "Run keys that never ran, in order and a few at a time.",
        "reconcile": "Repair the ledgers of graphs after events were lost.",
        "cron-missed": "Find runs of CronWorkflows that were due and never started.",
        "check": "Say whether a CronWorkflow, template, Workflow or node is done.",
        "check-manifest": "Print the WorkflowTemplate depgen-check and its Role.",
        "migrate": "Bring graph files to the current language, and say how to upgrade what they built.",
        "compare": "Hold a graph in shadow mode against the crons it is to replace.",
        "history": "Keep what graphs did in a database, and ask it.",
        "doctor": "Check a cluster and the graphs in it.",
        "plugin": "Answer Argo Workflows, as an executor plugin, whether runs are done.",
        "argocd": "Print what Argo CD needs to know of graphs.",
        "flux": "Print what Flux needs to know of graphs.",
        "lsp": "Check graphs in an editor while they are written.",
        "schema": "Print the JSON Schema of the graph file, for editors.",
        "rules": "List the lint rules, or explain one.",
        "version": "Say which depgen this is and what it works with.",
        "completion": "Print a completion script to source.",
    }
)
_COMPLETE = "_DEPGEN_COMPLETE"


def identifier(command: str) -> str:
    """What a command's file and function are called: `cron_missed` of cron-missed, `import_` of import."""
    return f"{command}_" if iskeyword(command) else command.replace("-", "_")


class CommandTable(typer.core.TyperGroup):
    """Imports a command's file, `cli/<identifier>.py` with a function of that name, when the command is asked for.

    A command of several words has an `app` there, a Typer with the function as its callback.
    `ctx` is Any: its class is Click's or Typer's own, depending on Typer's version, and public in neither.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Typer reads only the names of this, to say "did you mean".
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        name = identifier(cmd_name)
        module = import_module(f"depgen.cli.{name}")
        app: typer.Typer | None = getattr(module, "app", None)
        if app is None:
            app = typer.Typer(add_completion=False, rich_markup_mode=None)
            app.command(cmd_name)(getattr(module, name))
        for command in app.registered_commands:
            command.cls = ManualCommand
        return typer.main.get_command(app)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that a line begins with. `check manifest` is check-manifest, after the model of `plugin manifest`."""
        whole = ["check-manifest", *args[2:]] if args[:2] == ["check", "manifest"] else args
        return super().resolve_command(ctx, whole)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table itself; asking each command for its help would import them all."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def main() -> NoReturn:
    """The console script."""
    gc.disable()  # a short life and no cycles to speak of: collecting costs a fifth of a large build
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        sys.exit(code)  # a stream is closed or full: Python tells of it
    os._exit(code)  # all is written; to take the data apart object by object would cost another tenth


def run(arguments: Sequence[str]) -> int:
    """Run one command; the process's exit code."""
    try:
        _group().main(args=list(arguments), prog_name="depgen")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 2
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = _failed(error)
    else:
        code = 0
    return code


def _group() -> Any:
    app = typer.Typer(cls=CommandTable, add_completion=False, rich_markup_mode=None, no_args_is_help=True)
    app.callback()(_depgen)
    if _COMPLETE in os.environ:
        typer.main.get_install_completion_arguments()  # called for its effect: it registers the shells
    return typer.main.get_command(app)


def _version(is_asked: bool) -> None:
    if is_asked:
        from depgen.cli.terminal import emit

        emit(f"depgen {__version__}\n")
        raise typer.Exit


def _depgen(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Compile one readable dependency graph into Argo Events EventSources and Sensors."""


def _failed(error: Exception) -> int:
    """Tell why it could not be done, in one sentence; a mistake of ours asks for a report."""
    if os.environ.get("DEPGEN_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, InternalError) or not isinstance(error, DepgenError | OSError):
        name = "" if isinstance(error, InternalError) else f"{type(error).__name__}: "
        sentence = f"{name}{error}. This is a bug in depgen: please report it (DEPGEN_DEBUG=1 shows where)"
        code = InternalError.exit_code
    else:
        sentence = _sentence(error)
        code = DepgenError.exit_code
    from depgen.cli.terminal import tell

    tell(f"Error: {sentence}\n")
    return code


def _sentence(error: Exception) -> str:
    """Python puts a number in front of what a system says, and the file behind it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
