"""The house in order: documents point at what exists, modules explain themselves, nothing private is in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from depgen.cli import COMMANDS
from tests.house import quotes
from tests.house.quotes import ROOT

PACKAGE = ROOT / "generator" / "depgen"
MOST_LINES = 300
# Modules that may be longer, and why they are not split.
LONG = {
    "assemble.py": "reads every field of the language, a few lines each, with one reader that knows the file",
    "cluster/explain.py": "each part of the answer is a few lines on the same question",
    "decide.py": "the parts of a program share the defs that each of them needs",
    "model.py": "the vocabulary of the language, a few lines a word",
    "planning.py": "the record side of a graph is one calculation: nodes, ledgers, keys and zones decide together",
    "render.py": "sizes and templates have to agree field by field",
}
# Written in pieces, so that this file does not hold what it looks for.
PRIVATE = [
    a + b
    for a, b in [
        ("/wo", "rk/"),
        ("shared", "/lab"),
        (".libr", "ary/"),
        ("found", "ers'"),
        ("issues ", "show"),
    ]
]

LINK = re.compile(r"\]\(([^)\s]*)\)")
# In a line of code or in backticks: `make test`, `depgen lint graph.yaml`.
CODE = r"(?:`|^ {4}|^\$ )(?:\.venv/bin/)?"


def project_files() -> list[Path]:
    """What is in the repository, or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(path for name in listed if name and (path := ROOT / name).is_file())


def pages() -> list[Path]:
    """Every Markdown file."""
    return [path for path in project_files() if path.suffix == ".md"]


def name(path: Path) -> str:
    """A path as pytest shows it."""
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The headings of a page as GitHub links them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def documentation() -> Iterator[str]:
    """The text of what people read."""
    return (path.read_text(encoding="utf-8") for path in quotes.documents())


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, _, anchor in (link.partition("#") for link in LINK.findall(text) if "://" not in link):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(path), f"{target} has no heading for #{anchor}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for text in documentation()
        for target in re.findall(CODE + r"make ([a-z]+)", text, re.MULTILINE)
    }
    assert named
    assert sorted(named - targets) == []


def test_every_make_target_is_phony_and_explained() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", text, re.MULTILINE)
    assert sorted(targets) == sorted(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    assert sorted(targets) == sorted(re.findall(r"^([a-z]+):.* ## ", text, re.MULTILINE))


def test_every_command_that_is_named_exists() -> None:
    named = {
        command
        for text in documentation()
        for command in re.findall(CODE + r"depgen ([a-z]+(?:-[a-z]+)*)\b", text, re.MULTILINE)
    }
    assert sorted(named - COMMANDS.keys()) == []
    assert sorted(COMMANDS.keys() - named - {"completion"}) == []


def test_no_file_speaks_of_where_it_was_written() -> None:
    for path in project_files():
        content = path.read_bytes()
        assert [word for word in PRIVATE if word.encode() in content] == [], path


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=name)
def test_a_module_says_what_it_is(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    assert docstring.partition("\n")[0].endswith((".", ":"))


def test_a_module_is_short_or_has_a_reason() -> None:
    lines = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for path in PACKAGE.rglob("*.py")
    }
    assert sorted(path for path, count in lines.items() if count > MOST_LINES) == sorted(LONG)


def test_the_rules_page_is_current() -> None:
    command = [sys.executable, "docs/make_rules.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_demo_shows_every_object_and_is_plain_where_nobody_looks() -> None:
    command = [sys.executable, "examples/demo.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n└─ report    runs WorkflowTemplate daily-report\n" in done.stdout
    written = sorted(path.name for path in (ROOT / "examples" / "01-nightly-etl" / "out").iterdir())
    assert sorted(re.findall(r"^  ([a-z-]+\.yaml) +[a-z]", done.stdout, re.MULTILINE)) == written
    assert "\n  report " in done.stdout
    assert "never ran: upstream-failed\n" in done.stdout
    assert "\x1b" not in done.stdout
