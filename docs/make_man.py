"""Writes man/, a manual page for depgen and each of its commands, from what the commands say with `--help`.

Run `python docs/make_man.py` after a change of a command's docstring or options; with `--check` it writes nothing and
exits 1 if a page is not what it would write. A wheel installs the pages, so that `man depgen-build` finds them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import get_type_hints

from generated import ROOT, keep
from make_cli import Option, commands

from depgen.cli import COMMANDS
from depgen.cli.manual import Manual, manual, variables

FOLDER = ROOT / "man"
SUMMARY = "Compile one readable dependency graph into Argo Events EventSources and Sensors."
DESCRIPTION = (
    "depgen is a compiler, text in, text out: a graph of what waits for what becomes manifests that a cluster with "
    "Argo Events takes. Its other commands look after what it compiled.",
    "Answers go to stdout, everything else to stderr.",
)
CODES = (
    ("0", "All is well."),
    ("1", "The answer is no: findings, differences, a failed scenario."),
    ("2", "It could not be tried."),
    ("3", "A bug in depgen."),
)
FILES = (
    ("graph.yaml", "A graph: what most commands read if no file is named."),
    ("calendars.lock", "Holidays that were looked up, beside the graphs."),
    ("depgen.lock", "Which files of a folder depgen wrote, and in which output format."),
)


def pages() -> dict[Path, str]:
    """Every page by its file."""
    found = {FOLDER / "depgen.1": _overview()}
    return found | {FOLDER / f"depgen-{name}.1": _page(name) for name in COMMANDS}


def _overview() -> str:
    table = [(f"depgen-{name}(1)", says) for name, says in COMMANDS.items()]
    return _roff(
        "depgen",
        SUMMARY,
        [
            ("SYNOPSIS", [".B depgen", _text("COMMAND [OPTIONS] [ARGUMENTS]")]),
            ("DESCRIPTION", _paragraphs(DESCRIPTION)),
            ("COMMANDS", _entries(table)),
            ("EXIT STATUS", _entries(CODES)),
            ("ENVIRONMENT", _entries(variables([]))),
            ("FILES", _entries(FILES)),
        ],
    )


def _page(name: str) -> str:
    """A command, with those that it has itself."""
    sections: list[tuple[str, list[str]]] = []
    (_, function), *inner = commands(name)
    told = manual(inspect.getdoc(function) or "")
    options = _options(function)
    sections.append(
        ("SYNOPSIS", [line for one, each in inner or [(name, function)] for line in _synopsis(one, each)])
    )
    sections.append(("DESCRIPTION", _paragraphs(told.description)))
    if inner:
        sections += [(one.upper(), _within(each)) for one, each in inner]
        return _roff(f"depgen-{name}", COMMANDS[name], [*sections, *_ends(inner)])
    sections.append(("OPTIONS", _listed(options)))
    return _roff(f"depgen-{name}", COMMANDS[name], [*sections, *_ends([(name, function)])])


def _within(function: Callable[..., None]) -> list[str]:
    """A command of a command: what it does, and its options."""
    return [*_paragraphs(manual(inspect.getdoc(function) or "").description), *_listed(_options(function))]


def _ends(of: Iterable[tuple[str, Callable[..., None]]]) -> Iterator[tuple[str, list[str]]]:
    """The sections that are joined where a page has several commands."""
    manuals: list[Manual] = [manual(inspect.getdoc(function) or "") for _, function in of]
    names = {name.split()[0] for name, function in of for name in option_names(function)}
    yield "EXIT STATUS", _entries(dict.fromkeys(code for told in manuals for code in told.codes))
    yield "ENVIRONMENT", _entries(variables(names))
    yield "EXAMPLES", [".nf", *(_text(line) for told in manuals for line in told.examples), ".fi"]
    also = dict.fromkeys(name.split()[0] for told in manuals for name in told.also)
    yield "SEE ALSO", [_text(", ".join(["depgen(1)", *(f"depgen-{name}(1)" for name in also)]))]


def option_names(function: Callable[..., None]) -> list[str]:
    """How the options of a command are spelt: `--color`, `-o`, ..."""
    return [
        spelt
        for option in _options(function)
        for spelt in option.names.replace(",", "").split()
        if spelt[0] == "-"
    ]


def _options(function: Callable[..., None]) -> list[Option]:
    hints = get_type_hints(function, include_extras=True)
    return [Option.of(name, hint) for name, hint in hints.items() if name != "return"]


def _synopsis(name: str, function: Callable[..., None]) -> list[str]:
    arguments = [option.names for option in _options(function) if option.is_argument]
    return [f".B {_text(f'depgen {name}')}", _text(" ".join(["[OPTIONS]", *arguments])), ".br"]


def _listed(options: Iterable[Option]) -> list[str]:
    return _entries((option.names, option.help) for option in options)


# ---- roff ----


def _roff(name: str, summary: str, sections: Iterable[tuple[str, list[str]]]) -> str:
    head = [
        ".\\\" Generated from the commands' own help by docs/make_man.py. Do not edit.",
        f'.TH {_text(name.upper())} 1 "" depgen "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{_text(name)} \\- {_text(summary.rstrip('.'))}",
    ]
    body = [line for title, lines in sections if lines for line in (f'.SH "{_text(title)}"', *lines)]
    return "\n".join([*head, *body]) + "\n"


def _paragraphs(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in (".PP", _text(text))]


def _entries(entries: Iterable[tuple[str, str]]) -> list[str]:
    return [
        line for term, says in entries for line in (".TP", f".B {_text(term)}", _text(" ".join(says.split())))
    ]


def _text(text: str) -> str:
    """Text that roff takes for nothing else; a hyphen stays one that can be copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    escaped = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    sys.exit(keep(pages(), FOLDER.glob("*.1")))
