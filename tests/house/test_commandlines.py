"""Every command line of depgen that the documentation shows is one that depgen takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import quotes
from tests.house.commandlines import command_lines
from tests.house.quotes import ROOT

GENERATED = [ROOT / "docs" / "rules.md", ROOT / "docs" / "reference" / "cli.md"]
# The reference says of each command what its line looks like, "depgen lint [OPTIONS] PATH..."; that is none.
ALL = [
    line
    for path in (*quotes.documents(), *GENERATED)
    for line in command_lines(path)
    if "[OPTIONS]" not in line.words and "COMMAND" not in line.words
]


def test_depgen_takes_every_command_line_of_the_documentation() -> None:
    assert len(ALL) > 200
    assert [f"{one.path.name}:{one.line}: {problem}" for one in ALL if (problem := one.problem())] == []


@pytest.mark.parametrize(
    ("text", "words", "problem"),
    [
        ("`depgen build --outputdir`", "build --outputdir", "No such option: --outputdir"),
        ("`depgen build --output-dir`", "build --output-dir", ""),
        (
            "    depgen lint --fail-on nothing a.yaml",
            "lint --fail-on nothing a.yaml",
            "Invalid value for '--fail-on'",
        ),
        ("    cat x | depgen lint - > out   # well", "lint -", ""),
        (
            "```console\n$ X=y depgen simulat graph.yaml\nno depgen here\n```",
            "simulat graph.yaml",
            "no command simulat",
        ),
        (
            "```yaml\nscript:\n  - depgen build 'out/{env}' --chek\n```",
            "build out/{env} --chek",
            "No such option: --chek",
        ),
        ("```console\n$ depgen history snc\n```", "history snc", "No such command 'snc'"),
        ("<!-- step: a && depgen satisfy a --key 1 -->\n", "satisfy a --key 1", "Missing argument"),
        ("<!-- shop night 22:10: depgen why a b -->\n", "why a b", "Got unexpected extra argument"),
    ],
)
def test_a_command_line_is_found_and_parsed(tmp_path: Path, text: str, words: str, problem: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{text}\n")
    (found,) = command_lines(page)
    assert (found.line, " ".join(found.words)) == (
        3 + text.startswith("```") + text.startswith("```yaml"),
        words,
    )
    assert found.problem().startswith(problem)
    assert bool(found.problem()) == bool(problem)


def test_each_call_of_a_line_is_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("    depgen lint a.yaml && depgen build a.yaml | kubectl apply -f -\n")
    assert [one.words for one in command_lines(page)] == [("lint", "a.yaml"), ("build", "a.yaml")]
