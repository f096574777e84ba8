"""What editors show of our files by the schemas alone: yaml-language-server, asked as an editor asks it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from depgen import assets
from depgen.cli.init import STARTER
from depgen.report.schema import render
from tests.editor import npm
from tests.editor.client import Editor, marked, spot

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}},
    "http": {},
}
MODELINE = "# yaml-language-server: $schema=graph.schema.json\n"
HEAD = f"{MODELINE}apiVersion: depgen.io/v1\ngraph: etl\ntimezone: Europe/Paris\n"
GRAPH = f"""\
{HEAD}nodes:
  sales:
    source: {{cronWorkflow: sales-load}}
  report:
    run: {{workflowTemplate: daily-report}}
    dependsOn:
      - {{node: sales, status: done}}
    cutoff: "23:00"
    onCutoff: fail
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor in a folder with the schemas that `depgen schema` prints, and a copy of the examples."""
    folder = tmp_path_factory.mktemp("editor")
    for name in ("graph", "scenario", "profile", "plugin"):
        text = render(json.loads(assets.text("schemas", f"{name}.schema.json")))
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "examples", folder / "repository" / "examples")
    shutil.copytree(ROOT / "schemas", folder / "repository" / "schemas")
    with Editor(npm.command(), folder, SETTINGS) as editor:
        yield editor


@pytest.fixture(autouse=True)
def closed(editor: Editor) -> Iterator[None]:
    """Every test has its own files."""
    yield
    editor.close_all()


def examples(pattern: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").glob(f"*/{pattern}"))


GRAPHS = [
    name for name in examples("*.yaml") if b"\napiVersion: depgen.io/" in b"\n" + (ROOT / name).read_bytes()
]


def told(editor: Editor, text: str) -> list[tuple[str, str]]:
    """What is found in a text, with what is underlined."""
    found = editor.found(editor.open_new(text))
    return [(one["message"], marked(text, one["range"])) for one in found]


def hover(editor: Editor, text: str, before: str) -> str:
    shown = editor.at(editor.open_new(text), spot(text, before), "textDocument/hover")["contents"]["value"]
    return str(shown).partition("\n\nSource:")[0]


def completed(editor: Editor, text: str) -> list[str]:
    """What is offered at the end of a text."""
    answer: Any = editor.at(editor.open_new(text), spot(text, text), "textDocument/completion")
    return [item["label"] for item in answer["items"]]


# ---- what is right is left alone ----


def test_the_examples_are_many() -> None:
    assert len(GRAPHS) >= 13


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_of_the_examples_is_free_of_findings(editor: Editor, name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert told(editor, MODELINE + text) == []


@pytest.mark.parametrize("name", examples("*.scenario.yaml"))
def test_a_scenario_of_the_examples_is_free_of_findings(editor: Editor, name: str) -> None:
    editor.open(f"repository/{name}")
    assert editor.found(f"repository/{name}") == []
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    assert told(editor, MODELINE.replace("graph.", "scenario.") + text.partition("\n")[2]) == []


def test_what_init_writes_brings_its_schema(editor: Editor) -> None:
    assert told(editor, STARTER) == []
    assert told(editor, STARTER.replace("timezone:", "timezon:")) != []


# ---- what is wrong is told in our words ----


@pytest.mark.parametrize(
    ("wrong", "message", "underlined"),
    [
        (
            GRAPH.replace("graph: etl", "graph: Etl-1"),
            "Expected a name of lower-case letters and digits, a letter first, at most 24 characters.",
            "Etl-1",
        ),
        (
            GRAPH.replace('"23:00"', '"9 o\'clock"'),
            'Expected a time such as "18:00", "02:00+1d" (the next day), "18:00 end" (the last day of the week or month)'
            ' or "18:00 end+2bd" (two open days later).',
            '"9 o\'clock"',
        ),
        (
            GRAPH.replace("status: done", "status: ok"),
            'Expected "success", "failure", "done" or a list of phases such as [Failed, Error].',
            "ok",
        ),
        (
            GRAPH.replace("  sales:\n", "  Sales:\n"),
            "Expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last,"
            " at most 53 characters.",
            "Sales",
        ),
        (GRAPH.replace("cutoff:", "cutof:"), "Property cutof is not allowed.", "cutof"),
        (GRAPH.replace("node: sales, ", ""), 'Missing property "node".', "{"),
        (
            GRAPH.replace("onCutoff: fail", "onCutoff: stop"),
            'Value is not accepted. Valid values: "skip", "run", "fail".',
            "stop",
        ),
    ],
)
def test_a_mistake_is_told_in_our_words(editor: Editor, wrong: str, message: str, underlined: str) -> None:
    assert (message, underlined) in told(editor, wrong)


# ---- hover ----


def test_a_field_is_explained_with_its_default_and_its_values(editor: Editor) -> None:
    assert hover(editor, GRAPH, "onCut") == (
        "#### At the cutoff\n\nWhat happens at the `cutoff` to a node that is not ready.\n\nDefault: `skip`.\n\n"
        "Allowed Values:\n\n* `fail`: It is recorded as EXPIRED, which counts as a failure.\n"
        "* `skip`: It is recorded as SKIPPED.\n* `run`: It runs with what is there.\n\n"
        "Example:\n\n```yaml\nrun\n```"
    )


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("timez", "IANA zone (region/city) in which dates, windows and times are read."),
        ("  sal", "A node that somebody else starts; depgen only listens."),
        ("cronW", "The CronWorkflow whose completed Workflows count."),
        ("statu", "* `failure`: It failed, or was in error."),
        ("cutof", "The end of waiting for upstreams: what finishes at or after it does not count."),
        ("dependsO", "What the node waits for."),
    ],
)
def test_a_field_is_explained(editor: Editor, before: str, told: str) -> None:
    assert told in hover(editor, GRAPH, before)


def test_values_are_explained_in_markdown(editor: Editor) -> None:
    shown = hover(editor, GRAPH + "    mode: any\n", "    mod")
    assert "* `atLeast`: As many as `minSatisfied` says.\n" in shown


# ---- completion ----


def test_the_fields_of_a_node_are_completed(editor: Editor) -> None:
    offered = completed(editor, GRAPH + "    ")
    assert {"deadline", "every", "onLate", "onMiss", "window", "renamedFrom"} <= set(offered)
    assert not {"cutoff", "onCutoff", "run"} & set(offered)


def test_a_new_node_may_become_either(editor: Editor) -> None:
    assert {"source", "run", "dependsOn"} <= set(completed(editor, GRAPH + "  new:\n    "))
    offered = completed(editor, GRAPH + "  new:\n    source:\n      ")
    assert {"cronWorkflow", "workflowTemplate", "workflows", "graph", "event"} <= set(offered)


def test_an_edge_is_completed_as_one_or_as_a_group(editor: Editor) -> None:
    offered = completed(
        editor,
        GRAPH.replace("{node: sales, status: done}", "sales")
        + "    deadline: x\n"
        + "  n:\n    run: {}\n    dependsOn:\n      - ",
    )
    assert {"node", "status", "match", "allOf", "anyOf"} <= set(offered)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("    onLate: ", ["drop", "run"]),
        ("    concurrencyPolicy: ", ["Allow", "Queue"]),
        ("    suspend: ", ["false", "true"]),
        ("    catchup: ", ["none", "latest", "all"]),
    ],
)
def test_values_are_completed(editor: Editor, typed: str, values: list[str]) -> None:
    assert sorted(completed(editor, GRAPH + typed)) == sorted(values)


@pytest.mark.parametrize("typed", ["    window: ", "    onMiss: ", "    owner: ", "    tags: ", "    run: "])
def test_nothing_unreadable_is_offered(editor: Editor, typed: str) -> None:
    assert "[object Object]" not in completed(editor, GRAPH + typed)


def test_a_file_that_is_empty_yet_is_begun(editor: Editor) -> None:
    assert {"apiVersion", "graph", "timezone", "nodes"} <= set(completed(editor, MODELINE))


@pytest.mark.parametrize(
    ("language", "text", "field"),
    [
        ("scenario", 'scenario: a\nstart: "2026-11-21 12:00"\nsteps:\n  - ', "complete"),
        ("profile", "profile: v1\nnodes:\n  sales:\n    ", "schedule"),
        ("plugin", "", "targetWorkflow"),
    ],
)
def test_the_other_languages_are_completed_as_well(
    editor: Editor, language: str, text: str, field: str
) -> None:
    assert field in completed(editor, MODELINE.replace("graph.", f"{language}.") + text)
