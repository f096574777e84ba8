"""`depgen lsp` as an editor sees it: over its standard streams, on files that are open and not saved."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.editor.client import Editor, Refused, applied, marked, spot

COMMAND = (sys.executable, "-m", "depgen", "lsp")
GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
nodes:
  sales:
    source: {cronWorkflow: sales-load}
  stock:
    source: {cronWorkflow: stock-load}
  report:
    run: {workflowTemplate: daily-report, params: {rows: {from: sales, output: rows}}}
    dependsOn:
      - sales
      - node: "stock"  # the late one
    notBefore: "20:00"
    deadline: "22:00"
  page:
    run: {workflowTemplate: page-oncall}
    dependsOn: [{node: report, status: failure}]
    deadline: "23:00"
"""
MORE = """\
apiVersion: depgen.io/v1
graph: etl
timezone: Europe/Paris
nodes:
  archive:
    run: {workflowTemplate: archive}
    dependsOn: [{anyOf: [report, sales]}]
    deadline: "23:30"
"""
OTHER = """\
apiVersion: depgen.io/v1
graph: bi
namespace: bi
timezone: Europe/Paris
nodes:
  numbers:
    source: {graph: data/etl, node: report}
  cube:
    run: {workflowTemplate: cube}
    dependsOn: [numbers]
    deadline: "23:30"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A graph in two files, and another one that listens to it."""
    for name, text in (("graph.yaml", GRAPH), ("more.yaml", MORE), ("other.yaml", OTHER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One server for all: it knows of a file only what it was told."""
    with Editor(COMMAND, tmp_path_factory.mktemp("editor")) as server:
        yield server


@pytest.fixture
def editor(server: Editor, folder: Path) -> Iterator[Editor]:
    """An editor whose files are those of the test."""
    server.folder = folder
    yield server
    server.close_all()


# ---- findings ----


def test_a_clean_graph_has_no_findings(editor: Editor) -> None:
    editor.open("graph.yaml")
    assert editor.found("graph.yaml") == []


def test_what_is_typed_is_checked_and_not_what_is_saved(editor: Editor) -> None:
    editor.open("graph.yaml")
    assert editor.found("graph.yaml") == []
    wrong = GRAPH.replace("{node: report,", "{node: reprot,")
    editor.type("graph.yaml", wrong)
    (found,) = editor.found("graph.yaml")
    assert (found["code"], found["severity"], found["source"]) == ("unknown-upstream", 1, "depgen")
    assert found["message"].endswith('did you mean "report"?')
    assert marked(wrong, found["range"]) == "{node: reprot, status: failure}"
    editor.type("graph.yaml", GRAPH)
    assert editor.found("graph.yaml") == []


def test_columns_are_those_of_the_editor_behind_an_emoji(editor: Editor) -> None:
    line = '  last: {docs: "📦📦 ü", run: {workflowTemplate: x}, deadline: "23:00", dependsOn: [nobody]}\n'
    editor.open("graph.yaml", GRAPH + line)
    (found,) = editor.found("graph.yaml")
    assert marked(GRAPH + line, found["range"]) == "nobody"
    assert found["range"]["start"] == {"line": GRAPH.count("\n"), "character": line.index("nobody") + 2}
    after = spot(GRAPH + line, "[nob")
    items = editor.at("graph.yaml", after, "textDocument/completion")
    assert applied(GRAPH + line, [items[0]["textEdit"]]) == GRAPH + line.replace("nobody", "archive")


def test_an_edit_of_one_file_is_a_mistake_in_another(editor: Editor) -> None:
    editor.open(
        "graph.yaml", GRAPH.replace("  report:", "  summary:").replace("{node: report", "{node: summary")
    )
    assert [found["code"] for found in editor.found("more.yaml")] == ["unknown-upstream"]
    editor.type("graph.yaml", GRAPH)
    editor.diagnostics.clear()
    assert editor.found("more.yaml") == []


def test_related_spots_are_shown(editor: Editor) -> None:
    text = GRAPH.replace("      - sales\n", "      - page\n")
    editor.open("graph.yaml", text)
    (cycle,) = [found for found in editor.found("graph.yaml") if found["code"] == "cycle"]
    assert [place["location"]["uri"] for place in cycle["relatedInformation"]] == [editor.uri("graph.yaml")]


def test_findings_go_when_the_last_file_is_closed(editor: Editor) -> None:
    editor.open("graph.yaml", GRAPH.replace("{node: report,", "{node: reprot,"))
    assert editor.found("graph.yaml")
    editor.close("graph.yaml")
    assert editor.found("graph.yaml") == []


def test_a_text_that_breaks_while_it_is_typed_never_ends_the_server(editor: Editor) -> None:
    editor.open("graph.yaml")
    for end in range(0, len(GRAPH), 7):
        editor.type("graph.yaml", GRAPH[:end])
        editor.at("graph.yaml", spot(GRAPH[:end], GRAPH[:end]), "textDocument/completion")
        editor.at("graph.yaml", {"line": 3, "character": 5}, "textDocument/hover")
    for odd in (
        "[",
        "\t",
        "&a [*a]",
        "a: b\n---\nc: d",
        "\ud83d",
        "\x00",
        "? [x]\n: y",
        "nodes: {a: &x {}, b: *x}",
    ):
        editor.type("graph.yaml", f"apiVersion: depgen.io/v1\n{odd}")
        assert editor.found("graph.yaml") != []
        editor.at("graph.yaml", {"line": 1, "character": 1}, "textDocument/definition")
    editor.type("graph.yaml", GRAPH)
    assert editor.found("graph.yaml") == []
    assert editor.logged == []


def test_who_types_fast_is_told_once(editor: Editor) -> None:
    editor.open("graph.yaml")
    assert editor.found("graph.yaml") == []
    before = editor.published.count(editor.uri("graph.yaml"))
    for number in range(30):
        editor.type("graph.yaml", GRAPH.replace("{node: report,", f"{{node: report{number},"))
    assert "report29" in editor.found("graph.yaml")[0]["message"]
    editor.at("graph.yaml", {"line": 0, "character": 0}, "textDocument/hover")  # behind all that was begun
    assert editor.published.count(editor.uri("graph.yaml")) - before < 20


def test_a_question_can_be_taken_back(editor: Editor) -> None:
    editor.open("graph.yaml")
    params = {"textDocument": {"uri": editor.uri("graph.yaml")}, "position": spot(GRAPH, "  repor")}
    for _ in range(5):
        editor.tell("$/cancelRequest", {"id": editor.send("textDocument/hover", params)})
    assert editor.ask("textDocument/hover", params) is not None


def test_what_is_no_graph_is_left_alone(editor: Editor) -> None:
    editor.open("values.yaml", "replicas: [")
    editor.open("graph.yaml")
    assert editor.found("graph.yaml") == []
    assert editor.uri("values.yaml") not in editor.diagnostics
    untitled = {"uri": "untitled:Untitled-1", "languageId": "yaml", "version": 1, "text": GRAPH}
    editor.tell("textDocument/didOpen", {"textDocument": untitled})
    ask = {"textDocument": {"uri": "untitled:Untitled-1"}, "position": {"line": 5, "character": 3}}
    assert editor.ask("textDocument/hover", ask) is None


def test_a_new_file_counts_before_it_is_saved(editor: Editor) -> None:
    editor.open("new.yaml", MORE.replace("archive:", "audit:").replace("report, sales", "repport, sales"))
    assert [found["code"] for found in editor.found("new.yaml")] == ["unknown-upstream"]


# ---- names ----


@pytest.mark.parametrize("before", ["from: sal", "      - sal", "  sal"])
def test_a_name_leads_to_its_node(editor: Editor, before: str) -> None:
    editor.open("graph.yaml")
    (place,) = editor.at("graph.yaml", spot(GRAPH, before), "textDocument/definition")
    assert place["uri"] == editor.uri("graph.yaml")
    assert place["range"]["start"] == {"line": 5, "character": 2}


def test_a_name_leads_into_another_file_and_another_graph(editor: Editor) -> None:
    editor.open("more.yaml")
    editor.open("other.yaml")
    for name, text, before in (("more.yaml", MORE, "[repor"), ("other.yaml", OTHER, "node: repor")):
        (place,) = editor.at(name, spot(text, before), "textDocument/definition")
        assert (place["uri"], place["range"]["start"]["line"]) == (editor.uri("graph.yaml"), 9)


def test_what_names_no_node_leads_nowhere(editor: Editor) -> None:
    editor.open("graph.yaml")
    for before in ("daily-rep", "sales-lo", "apiVer", "status: fail"):
        assert not editor.at("graph.yaml", spot(GRAPH, before), "textDocument/definition")
        assert not editor.at("graph.yaml", spot(GRAPH, before), "textDocument/prepareRename")


def test_all_that_names_a_node_is_found(editor: Editor) -> None:
    editor.open("graph.yaml")
    found = editor.at(
        "graph.yaml", spot(GRAPH, "  repor"), "textDocument/references", context={"includeDeclaration": True}
    )
    assert sorted((Path(place["uri"]).name, place["range"]["start"]["line"]) for place in found) == [
        ("graph.yaml", 9),
        ("graph.yaml", 18),
        ("more.yaml", 6),
        ("other.yaml", 6),
    ]


def renamed(editor: Editor, name: str, position: Any, to: str) -> dict[str, str]:
    """The texts of the folder's files after a rename, of those that it changes."""
    changes = editor.at(name, position, "textDocument/rename", newName=to)["changes"]
    texts = {"graph.yaml": GRAPH, "more.yaml": MORE, "other.yaml": OTHER}
    return {Path(uri).name: applied(texts[Path(uri).name], edits) for uri, edits in changes.items() if edits}


def test_a_renamed_node_is_renamed_everywhere_and_keeps_its_history(editor: Editor) -> None:
    editor.open("graph.yaml")
    texts = renamed(editor, "graph.yaml", spot(GRAPH, "  repor"), "summary")
    assert texts == {
        "graph.yaml": GRAPH.replace("  report:\n", "  summary:\n")
        .replace("{node: report,", "{node: summary,")
        .replace('    deadline: "22:00"\n', '    deadline: "22:00"\n    renamedFrom: report\n'),
        "more.yaml": MORE.replace("[report,", "[summary,"),
        "other.yaml": OTHER.replace("node: report", "node: summary"),
    }
    for name, text in texts.items():
        (editor.folder / name).write_text(text)
        editor.open(name)
    assert [editor.found(name) for name in texts] == [[], [], []]


def test_a_rename_begins_where_the_node_is_named(editor: Editor) -> None:
    editor.open("graph.yaml")
    editor.open("more.yaml")
    (at,) = [editor.at("graph.yaml", spot(GRAPH, 'node: "sto'), "textDocument/prepareRename")]
    assert at["placeholder"] == "stock"
    texts = renamed(editor, "more.yaml", spot(MORE, "report, sal"), "orders")
    assert texts["more.yaml"] == MORE.replace("sales", "orders")
    assert "- orders\n" in texts["graph.yaml"]
    assert "renamedFrom: sales" in texts["graph.yaml"]
    assert "cronWorkflow: sales-load" in texts["graph.yaml"]


def test_quotes_stay_where_they_are(editor: Editor) -> None:
    editor.open("graph.yaml")
    assert (
        'node: "goods"  # the late one'
        in renamed(editor, "graph.yaml", spot(GRAPH, "  stoc"), "goods")["graph.yaml"]
    )


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("Sum mary", "an id of lower-case letters"),
        ("sales", 'the key "sales" is repeated'),
        ("", "expected"),
        ("x" * 60, "at most 53 characters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(editor: Editor, to: str, reason: str) -> None:
    editor.open("graph.yaml")
    with pytest.raises(Refused) as refusal:
        editor.at("graph.yaml", spot(GRAPH, "  repor"), "textDocument/rename", newName=to)
    assert reason in str(refusal.value)


def test_a_node_that_was_never_saved_has_no_history(editor: Editor) -> None:
    text = GRAPH.replace("  page:", "  alarm:")
    editor.open("graph.yaml", text)
    changes = editor.at("graph.yaml", spot(text, "  alar"), "textDocument/rename", newName="bell")["changes"]
    assert applied(text, changes[editor.uri("graph.yaml")]) == GRAPH.replace("  page:", "  bell:")


def test_a_second_rename_before_it_is_saved_keeps_the_first_name(editor: Editor) -> None:
    editor.open("graph.yaml")
    once = renamed(editor, "graph.yaml", spot(GRAPH, "  pag"), "alarm")["graph.yaml"]
    assert "    renamedFrom: page\n" in once
    editor.type("graph.yaml", once)
    changes = editor.at("graph.yaml", spot(once, "  alar"), "textDocument/rename", newName="bell")["changes"]
    twice = applied(once, changes[editor.uri("graph.yaml")])
    assert "  bell:\n" in twice
    assert twice.count("renamedFrom: page\n") == 1


def test_a_rename_that_is_taken_back_takes_its_history_back(editor: Editor) -> None:
    editor.open("graph.yaml")
    once = renamed(editor, "graph.yaml", spot(GRAPH, "  pag"), "alarm")["graph.yaml"]
    (editor.folder / "graph.yaml").write_text(once)
    editor.type("graph.yaml", once)
    changes = editor.at("graph.yaml", spot(once, "  alar"), "textDocument/rename", newName="page")["changes"]
    assert applied(once, changes[editor.uri("graph.yaml")]) == GRAPH


# ---- completion ----


@pytest.mark.parametrize(
    "typed",
    [
        "    dependsOn:\n      - ",
        "    dependsOn:\n      - re",
        "    dependsOn: [",
        "    dependsOn: [sales, re",
        "    dependsOn: [{node: ",
        "    dependsOn: [{anyOf: [sales, ",
        "    dependsOn:\n      - node: re",
        "    run: {workflowTemplate: x, params: {a: {from: ",
    ],
)
def test_nodes_are_completed_where_one_is_expected(editor: Editor, typed: str) -> None:
    text = GRAPH + '  last:\n    deadline: "23:30"\n' + typed
    editor.open("graph.yaml", text)
    items = editor.at("graph.yaml", spot(text, text), "textDocument/completion")
    assert [item["label"] for item in items] == ["archive", "page", "report", "sales", "stock"]
    assert {item["detail"] for item in items} == {"graph.yaml", "more.yaml"}
    assert applied(text, [items[2]["textEdit"]]).endswith(("- report", "[report", ", report", ": report"))


@pytest.mark.parametrize(
    "typed",
    ["    dep", "    deadline: ", "    run: {workflowTemplate: ", "    run: {spec: {params: {x: {from: "],
)
def test_no_nodes_are_completed_elsewhere(editor: Editor, typed: str) -> None:
    text = GRAPH + "  last:\n" + typed
    editor.open("graph.yaml", text)
    assert not editor.at("graph.yaml", spot(text, text), "textDocument/completion")


# ---- hover ----


def test_a_node_says_what_it_is_and_when_it_runs_next(editor: Editor) -> None:
    editor.open("graph.yaml")
    hover = editor.at("graph.yaml", spot(GRAPH, "{node: rep"), "textDocument/hover")
    text = hover["contents"]["value"]
    assert "**report** of graph `etl`" in text
    assert "Runs WorkflowTemplate daily-report; not before 20:00; to succeed by 22:00" in text
    assert "Waits for all of 2:\n\n- `sales`: success\n- `stock`: success" in text
    assert "Next, by a forecast (Europe/Paris):" in text
    assert " 20:00, key `20" in text
    assert marked(GRAPH, hover["range"]) == "report"


def test_a_source_starts_as_its_cron_workflow_says(folder: Path) -> None:
    (folder / "crons").mkdir()
    (folder / "crons" / "sales.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: sales-load, namespace: data}\n"
        'spec:\n  schedule: "15 18 * * *"\n  timezone: Europe/Paris\n  startingDeadlineSeconds: 600\n'
        "  workflowSpec: {workflowTemplateRef: {name: load}}\n"
    )
    with Editor((*COMMAND, "--manifests", str(folder / "crons")), folder) as editor:
        editor.open("graph.yaml")
        told = editor.at("graph.yaml", spot(GRAPH, "  sal"), "textDocument/hover")["contents"]["value"]
    assert "Listens to CronWorkflow sales-load" in told
    assert " 18:15, key `20" in told
    assert "CronWorkflow sales-load: 15 18 * * *, Europe/Paris" in told


def test_a_finding_is_explained_by_its_rule(editor: Editor) -> None:
    text = GRAPH.replace("{node: report,", "{node: reprot,")
    editor.open("graph.yaml", text)
    hover = editor.at("graph.yaml", spot(text, "status: fail"), "textDocument/hover")
    assert hover["contents"]["value"].startswith(
        "`unknown-upstream`: An edge names a node that is not in the graph."
    )
    assert "\nPasses:\n\n    nodes:" in hover["contents"]["value"]


def test_a_graph_with_errors_still_says_what_its_nodes_are(editor: Editor) -> None:
    editor.open("graph.yaml", GRAPH.replace("{node: report,", "{node: reprot,"))
    hover = editor.at("graph.yaml", spot(GRAPH, "  sal"), "textDocument/hover")
    assert hover["contents"]["value"] == "**sales** of graph `etl`\n\nListens to CronWorkflow sales-load"


# ---- fixes ----

WRONG = GRAPH.replace('notBefore: "20:00"', "notBefore: 20:00").replace(
    "dependsOn: [{node: report,", "dependson: [{node: report,"
)


def actions(editor: Editor, text: str, before: str, **context: Any) -> list[Any]:
    position = spot(text, before)
    within = {"start": position, "end": position}
    params = {"textDocument": {"uri": editor.uri("graph.yaml")}, "range": within}
    found: list[Any] = editor.ask(
        "textDocument/codeAction", {**params, "context": {"diagnostics": [], **context}}
    )
    return found


def test_a_finding_is_fixed_where_it_stands(editor: Editor) -> None:
    editor.open("graph.yaml", WRONG)
    quick, everything = actions(editor, WRONG, "notBefore: 2")
    assert quick["kind"] == "quickfix"
    assert quick["diagnostics"][0]["message"].startswith("unquoted 20:00 is text")
    edits = quick["edit"]["changes"][editor.uri("graph.yaml")]
    assert applied(WRONG, edits) == WRONG.replace("notBefore: 20:00", 'notBefore: "20:00"')
    assert everything["kind"] == "source.fixAll"


def test_all_is_fixed_at_once(editor: Editor) -> None:
    editor.open("graph.yaml", WRONG)
    (everything,) = actions(editor, WRONG, "apiVersion", only=["source.fixAll"])
    assert applied(WRONG, everything["edit"]["changes"][editor.uri("graph.yaml")]) == GRAPH


def test_nothing_is_offered_where_nothing_can_be_fixed(editor: Editor) -> None:
    editor.open("graph.yaml")
    assert actions(editor, GRAPH, "notBefore") == []
    editor.type("graph.yaml", WRONG)
    assert actions(editor, WRONG, "graph: etl", only=["quickfix"]) == []


# ---- the process ----


def test_the_server_ends_with_the_editor(folder: Path) -> None:
    with Editor(COMMAND, folder) as editor:
        editor.open("graph.yaml")
    assert editor.process.returncode == 0
    done = subprocess.run(COMMAND, input=b"", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_manifests_that_cannot_be_read_are_told_before_it_begins(tmp_path: Path) -> None:
    command = [*COMMAND, "--manifests", str(tmp_path / "nowhere")]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nowhere" in done.stderr


def test_without_its_packages_it_says_which_are_missing() -> None:
    program = "import sys; sys.modules['pygls'] = None; from depgen.cli import run; sys.exit(run(['lsp']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    message = b"Error: the language server needs more packages: pip install 'depgen[lsp]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", message)
