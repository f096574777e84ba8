"""A command's docstring as help: what it does, its exit codes, the environment, examples and what to see also.

The docstring is the one place where all of it is written. Its paragraphs "Exit codes:", "Examples:" and "See also:" become
sections here, on man pages (docs/make_man.py) and on the site; a paragraph that is indented stays as it is.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection
from typing import Any, NamedTuple

import typer.core

_CODES, _EXAMPLES, _ALSO = "Exit codes: ", "Examples:", "See also: "
# What variables mean, by an option of the commands that read them; of "" by every command.
_VARIABLES = {
    "--color": (
        ("NO_COLOR", "If set, nothing is coloured."),
        ("FORCE_COLOR", "If set, colour also where no terminal is."),
    ),
    "--kubeconfig": (
        ("KUBECONFIG", "The kubeconfig if no option names one."),
        ("DEPGEN_NAMESPACE", "The namespace that an overlay gives the graphs, instead of theirs."),
    ),
    "--nats": (
        ("DEPGEN_NATS_USER", "The user of the bus."),
        ("DEPGEN_NATS_PASSWORD", "The password of the bus."),
    ),
    "--database": (("DEPGEN_DATABASE", "The database if no option names one."),),
    "": (("DEPGEN_DEBUG", "If 1, where an error came from is shown."),),
}


class Manual(NamedTuple):
    """The parts of a docstring; `codes` are exit codes and what they say, `also` names of commands."""

    description: tuple[str, ...]
    codes: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]
    also: tuple[str, ...]


def manual(docstring: str) -> Manual:
    """The parts of a command's docstring; the ones that it lacks are empty."""
    description: list[str] = []
    codes: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    paragraphs = [part for part in inspect.cleandoc(docstring).split("\n\n") if part.strip()]
    for index, paragraph in enumerate(paragraphs):
        line = " ".join(paragraph.split())
        if line.startswith(_CODES):
            codes = tuple(_code(one) for one in re.split(r"; (?=\d )", line.removeprefix(_CODES).rstrip(".")))
        elif line.startswith(_ALSO):
            also = tuple(line.removeprefix(_ALSO).rstrip(".").split(", "))
        elif index and paragraphs[index - 1] == _EXAMPLES:
            examples = tuple(inspect.cleandoc(paragraph).splitlines())
        elif line != _EXAMPLES:
            description.append(line)
    return Manual(tuple(description), codes, examples, also)


def _code(text: str) -> tuple[str, str]:
    number, _, says = text.partition(" ")
    return number, says


def variables(options: Collection[str]) -> list[tuple[str, str]]:
    """The environment variables that a command with these options reads, and what they mean."""
    return [entry for option, told in _VARIABLES.items() if not option or option in options for entry in told]


class ManualCommand(typer.core.TyperCommand):
    """A command whose help has these sections. `ctx` and `formatter` are Click's or Typer's own, as Typer has it."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """The description, in paragraphs."""
        for paragraph in manual(self.help or "").description:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """The sections below the options."""
        told = manual(self.help or "")
        if told.codes:
            with formatter.section("Exit codes"):
                formatter.write_dl(told.codes)
        with formatter.section("Environment"):
            formatter.write_dl(variables({name for param in self.params for name in param.opts}))
        if told.examples:
            with formatter.section("Examples"):
                formatter.write(
                    "".join(f"{' ' * formatter.current_indent}{line}\n" for line in told.examples)
                )
        if told.also:
            with formatter.section("See also"):
                formatter.write_text(", ".join(f"depgen {name}" for name in told.also))
