"""Help and man pages: every command says how it ends and shows lines that depgen takes, in the same words everywhere."""

from __future__ import annotations

import inspect
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from depgen.cli import COMMANDS, identifier
from depgen.cli.manual import Manual, manual, variables
from tests.cli.conftest import Command
from tests.house.commandlines import CommandLine

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "man").glob("*.1"))


def commands() -> Iterator[tuple[str, str]]:
    """Each command that does something, of one word or two, and its docstring."""
    for name in COMMANDS:
        module = import_module(f"depgen.cli.{identifier(name)}")
        if hasattr(module, "app"):
            for inner in module.app.registered_commands:
                words = f"{name} {inner.name or inner.callback.__name__}"
                yield words, inspect.getdoc(inner.callback) or ""
        else:
            yield name, inspect.getdoc(getattr(module, identifier(name))) or ""


DOCSTRINGS = dict(commands())


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_a_command_says_how_it_ends_shows_examples_and_names_others(name: str) -> None:
    told = manual(DOCSTRINGS[name])
    assert [code for code, _ in told.codes][:1] == ["0"]
    assert {code for code, _ in told.codes} <= {"0", "1", "2", "3"}
    assert all(says for _, says in told.codes)
    assert told.examples
    assert set(told.also) <= (DOCSTRINGS.keys() | COMMANDS.keys()) - {name}
    assert told.also


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_an_example_is_of_its_command_and_depgen_takes_it(name: str) -> None:
    for example in manual(DOCSTRINGS[name]).examples:
        line = example.partition("   #")[0].partition(" | ")[0].partition(" > ")[0]
        if not line.startswith("depgen "):
            assert f"depgen {name}" in example
            continue
        assert line.startswith(f"depgen {name}")
        assert CommandLine(Path(), 1, tuple(shlex.split(line)[1:]), True).problem() == "", example


def test_help_has_the_sections_of_the_docstring(depgen: Command) -> None:
    told = depgen("build", "--help").out
    for section in ("Options", "Exit codes", "Environment", "Examples", "See also"):
        assert f"\n{section}:\n" in told
    assert "\n  depgen build graph.yaml --output-dir out\n" in told
    assert told.index("Options:") < told.index("Exit codes:") < told.index("See also:")
    assert "\n  0  done\n" in told


def test_a_docstring_is_taken_apart() -> None:
    assert manual("One line.") == Manual(("One line.",), (), (), ())
    told = manual(
        """Do it.

        Really: it is
        done.

        Exit codes: 0 done; or not; 1 no; 2 it could
        not.

        Examples:

            depgen x
            depgen y

        See also: a, b c.
        """
    )
    assert told == Manual(
        ("Do it.", "Really: it is done."),
        (("0", "done; or not"), ("1", "no"), ("2", "it could not")),
        ("depgen x", "depgen y"),
        ("a", "b c"),
    )


def test_variables_are_those_of_the_options() -> None:
    assert [name for name, _ in variables(["-o"])] == ["DEPGEN_DEBUG"]
    assert [name for name, _ in variables(["--color"])] == ["NO_COLOR", "FORCE_COLOR", "DEPGEN_DEBUG"]


def test_the_man_pages_are_current() -> None:
    command = [sys.executable, "docs/make_man.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {page.stem for page in PAGES} == {"depgen", *(f"depgen-{name}" for name in COMMANDS)}


def test_roff_takes_the_man_pages_without_a_warning() -> None:
    roff = shutil.which("groff")
    if roff is None:
        assert os.environ.get("DEPGEN_REQUIRE_STACK") != "1", "groff is missing: install groff-base"
        pytest.skip("no groff here")
    command: list[str | Path] = [roff, "-ww", "-Wbreak", "-man", "-Tutf8", "-P-c", "-P-b", "-P-u", *PAGES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\nSYNOPSIS\n       depgen lint [OPTIONS] PATH...\n" in done.stdout
    assert "       depgen build graph.yaml | kubectl apply -f -\n" in done.stdout
