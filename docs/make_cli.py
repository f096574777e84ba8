"""Writes docs/reference/cli.md, every command with its options, from what the commands say with `--help`.

Run `python docs/make_cli.py` after a change of a command's docstring or options; with `--check` it writes nothing and
exits 1 if the file is not what it would write. Nothing here knows a command: a new one needs no change of this file.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import typer
from generated import keep

from depgen.cli import COMMANDS, identifier

PAGE = Path(__file__).parent / "reference" / "cli.md"
WORDS = {"datetime": "DATE", "int": "N", "str": "TEXT"}
HEAD = """\
<!-- Generated from the commands' own help by docs/make_cli.py. Do not edit. -->

# Reference: the command line

`depgen COMMAND --help` says the same in a terminal. Answers go to stdout, everything else to stderr. The exit code is 0 if
all is well, 1 if the answer is no, 2 if it could not be tried, 3 for a bug in depgen; what that means for a command
stands with it.
"""


def page() -> str:
    """The page as Markdown."""
    rows = "".join(f"| [`{name}`](#depgen-{name}) | {says} |\n" for name, says in COMMANDS.items())
    sections = "".join(_section(name, function) for one in COMMANDS for name, function in commands(one))
    return f"{HEAD}\n| command | does |\n|---|---|\n{rows}{sections}"


def commands(name: str) -> Iterator[tuple[str, Callable[..., None]]]:
    """The command, and those that it has itself: `calendars`, `calendars list`, ..."""
    module = import_module(f"depgen.cli.{identifier(name)}")
    yield name, getattr(module, identifier(name))
    for command in module.app.registered_commands if hasattr(module, "app") else ():
        yield f"{name} {command.name or command.callback.__name__.replace('_', '-')}", command.callback


def _section(name: str, function: Callable[..., None]) -> str:
    """What Typer makes of a function's parameters is read from them: its own words change with its version."""
    options = [
        Option.of(one, hint)
        for one, hint in get_type_hints(function, include_extras=True).items()
        if one != "return"
    ]
    arguments = [option.names for option in options if option.is_argument]
    defaults = {one: parameter.default for one, parameter in inspect.signature(function).parameters.items()}
    is_group = hasattr(import_module(function.__module__), "app") and " " not in name
    usage = ["COMMAND"] if is_group else [*(["[OPTIONS]"] if options else []), *arguments]
    rows = "".join(f"| `{_cell(one.names)}` | {_cell(one.says(defaults[one.name]))} |\n" for one in options)
    table = f"\n| option | |\n|---|---|\n{rows}" if rows else ""
    return f"\n## depgen {name}\n\n    {' '.join(['depgen', name, *usage])}\n\n{_prose(inspect.getdoc(function) or '')}\n{table}"


@dataclass(frozen=True)
class Option:
    """An option or argument: `names` is what is typed, `-o, --format text|json`."""

    name: str
    names: str
    help: str
    is_argument: bool

    @classmethod
    def of(cls, name: str, hint: Any) -> Option:
        """From a parameter's annotation, `Annotated[type, typer.Option(...)]`."""
        kind, info, *_ = get_args(hint)
        types = [*_types(kind)]
        choices = " | ".join(str(choice.value) for one in types if issubclass(one, Enum) for choice in one)
        metavar = info.metavar or choices or WORDS.get(types[-1].__name__, types[-1].__name__.upper())
        if isinstance(info, typer.models.ArgumentInfo):
            return cls(name, f"{metavar}..." if list in types else metavar, info.help, True)
        written = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
        names = ", ".join(written or [f"--{name.replace('_', '-')}"])
        return cls(name, names if bool in types else f"{names} {metavar}", info.help, False)

    def says(self, default: object) -> str:
        """Its help, and what is taken if it is left out."""
        if default is inspect.Parameter.empty:
            return _prose(self.help) + ("" if self.is_argument else " Required.")
        value = getattr(default, "value", default)
        is_told = isinstance(value, str | int | float) and value not in (False, "")
        return _prose(self.help) + (f" Default: `{value}`." if is_told else "")


def _types(kind: Any) -> Iterator[type]:
    """The types that an annotation is made of, such as list and str; None is not one."""
    if get_args(kind):
        yield from (one for part in (get_origin(kind), *get_args(kind)) for one in _types(part))
    elif isinstance(kind, type) and kind not in (type(None), UnionType):
        yield kind


def _prose(text: str) -> str:
    """Text in which nothing is taken for HTML."""
    return text.replace("<", "&lt;")


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.exit(keep({PAGE: page()}))
