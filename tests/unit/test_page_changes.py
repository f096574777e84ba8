"""Two versions in one picture."""

from __future__ import annotations

from depgen.page.changes import Changes, changes
from depgen.page.lineage import Lineage, lineage
from depgen.page.making import Asked, make
from depgen.pipeline import Checked
from tests.pages import compiled, nodes

OLD = nodes("""
load: {source: {cronWorkflow: load}}
stock: {source: {cronWorkflow: stock}}
merge:
  run: {workflowTemplate: merge}
  dependsOn: [load, stock]
report:
  run: {workflowTemplate: report}
  dependsOn: [merge]
""")
NEW = nodes("""
load: {source: {cronWorkflow: load}}
web: {source: {cronWorkflow: web}}
merge:
  run: {workflowTemplate: merge-all}
  dependsOn: [{node: load, status: done}, web]
report:
  run: {workflowTemplate: report}
  dependsOn: [merge]
""")


def both(before: Checked, after: Checked) -> tuple[Lineage, Changes]:
    seen = lineage(after, before)
    return seen, changes(before, after, seen)


def edges(seen: Lineage, found: Changes) -> dict[tuple[str, str], str]:
    return {
        (edge.upstream.rpartition("/")[2], edge.downstream.rpartition("/")[2]): found.how.get(edge.id, "")
        for edge in seen.edges
    }


def test_nodes_are_added_removed_changed_or_as_they_were() -> None:
    _, found = both(OLD, NEW)
    how = {id_: way for id_, way in found.how.items() if id_.startswith("etl/")}
    assert how == {"etl/web": "added", "etl/stock": "removed", "etl/merge": "changed"}
    assert found.counts == {"added": 1, "removed": 1, "changed": 1}


def test_edges_are_added_removed_changed_or_as_they_were() -> None:
    assert edges(*both(OLD, NEW)) == {
        ("load", "merge"): "changed",
        ("stock", "merge"): "removed",
        ("web", "merge"): "added",
        ("merge", "report"): "",
    }


def test_a_changed_node_says_what_differs_and_what_that_does() -> None:
    _, found = both(OLD, NEW)
    rows = dict(found.rows["etl/merge"])
    assert "run: WorkflowTemplate merge → WorkflowTemplate merge-all" in rows
    assert "edge on load status: success → done" in rows
    assert all(rows.values())


def test_the_same_version_twice_has_no_changes() -> None:
    _, found = both(OLD, OLD)
    assert (found.how, found.rows) == ({}, {})


def test_a_graph_that_only_one_version_has_is_added_or_removed_whole() -> None:
    other = compiled(
        "apiVersion: depgen.io/v1\ngraph: ads\nnamespace: data\ntimezone: UTC\nnodes:\n"
        "  spend: {source: {cronWorkflow: spend}}\n"
    )
    _, found = both(OLD, other)
    assert found.how["ads/spend"] == "added"
    assert found.how["etl/load"] == "removed"


def test_the_page_shows_both_versions_with_words_for_what_is_gone() -> None:
    made = make(NEW, Asked(0, against=OLD))
    assert made.data["changes"] == {"added": 1, "removed": 1, "changed": 1}
    assert {node["id"]: node.get("change") for node in made.data["nodes"]} == {  # type: ignore[attr-defined]
        "etl/load": None,
        "etl/merge": "changed",
        "etl/report": None,
        "etl/stock": "removed",
        "etl/web": "added",
    }
    assert 'class="node source removed"' in made.drawing


def test_what_a_colour_says_of_an_edit_is_said_in_words() -> None:
    drawn = make(NEW, Asked(0, against=OLD)).drawing
    for said in (
        "source web, added",
        "source stock, removed",
        "run merge, changed",
        "merge waits for stock: succeeded, removed",
        "merge waits for web: succeeded, added",
        "report waits for merge: succeeded</title>",
    ):
        assert said in drawn, said


def test_nothing_hides_in_what_changed() -> None:
    after = nodes(
        "load: {source: {cronWorkflow: load}}\n"
        'report: {run: {workflowTemplate: report, params: {p: "a\\u202Eb"}}, dependsOn: [load]}'
    )
    before = nodes(
        "load: {source: {cronWorkflow: load}}\n"
        'report: {run: {workflowTemplate: report, params: {p: "a"}}, dependsOn: [load]}'
    )
    sections = str(make(after, Asked(0, against=before)).data["sections"])
    assert "\u202e" not in sections
    assert r"a\\u202eb" in sections
