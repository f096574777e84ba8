"""Which nodes a text names, and where one is expected in a text that is not finished."""

from __future__ import annotations

import pytest

from depgen.lsp.spots import expects_node, names, page, unfinished


def named(text: str) -> list[tuple[str, str, str]]:
    """The nodes that a text names, with their graph and the characters that do."""
    found = page(text)
    assert found is not None
    return [(name.graph, name.node, text[name.start : name.end]) for name in names(found)]


def test_nodes_are_named_by_their_keys_edges_and_parameters() -> None:
    text = """\
graph: etl
nodes:
  a: {source: {cronWorkflow: a}}
  b:
    run: {params: {x: {from: a, output: y}, z: {from: $trigger, field: node}}}
    dependsOn: ["a", {anyOf: [{node: 'a'}]}]
environments:
  test: {nodes: {b: {dependsOn: [a]}}}
"""
    assert [(node, shown) for _, node, shown in named(text)] == [
        ("a", "a"),
        ("b", "b"),
        ("a", "a"),
        ("a", '"a"'),
        ("a", "'a'"),
        ("b", "b"),
        ("a", "a"),
    ]
    assert {graph for graph, _, _ in named(text)} == {"etl"}


def test_a_node_of_another_graph_is_of_that_graph() -> None:
    text = "graph: bi\nnodes: {x: {source: {graph: data/etl, node: report}}}\n"
    assert [(graph, node) for graph, node, _ in named(text)] == [("bi", "x"), ("etl", "report")]


@pytest.mark.parametrize("field", ["spec", "workflowSpec"])
def test_what_is_argos_names_no_node(field: str) -> None:
    inner = "{params: {a: {from: b}}, dependsOn: [c]}"
    text = f"graph: etl\nnodes: {{x: {{run: {{{field}: {inner}}}}}}}\n"
    assert [node for _, node, _ in named(text)] == ["x"]


@pytest.mark.parametrize(
    ("line", "is_expected"),
    [
        ("    dependsOn: [^", True),
        ("    dependsOn: [a, {node: ^", True),
        ("    dependsOn: [{node: b^, status: done}]", True),
        ("    dependsOn: [{node: b, when: '[^", False),
        ("    dependsOn: [{node: b, status: ^", False),
        ("    run: {params: {x: {from: ^", True),
        ("    deadline: ^", False),
        ("    ^", False),
    ],
)
def test_a_node_is_expected_where_an_edge_or_a_parameter_wants_one(line: str, is_expected: bool) -> None:
    text = f"graph: etl\nnodes:\n  x:\n{line}\n"
    half = unfinished(text.replace("^", ""), text.index("^"))
    spot = half.spot if half else None
    assert (spot is not None and expects_node(spot)) == is_expected


def test_the_word_at_the_cursor_is_what_is_replaced() -> None:
    text = "nodes:\n  x:\n    dependsOn: [ab-c]\n"
    half = unfinished(text, text.index("b-c"))
    assert half is not None
    assert text[half.start : half.end] == "ab-c"


def test_a_text_that_is_broken_elsewhere_is_left_alone() -> None:
    assert unfinished("a: [\nb: }", 2) is None
