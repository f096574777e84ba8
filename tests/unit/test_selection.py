"""The selection language: the cases that the page's script has to pass too, and what holds of any graph."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.errors import InputError
from depgen.selection import Choice, Thing, choice, of_graphs
from tests.pages import compiled

CASES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "selection_cases.json").read_text("utf-8"))


def told(nodes: dict[str, dict[str, Any]], edges: list[list[str]]) -> Choice:
    things = []
    for id_, node in nodes.items():
        graph, _, name = id_.partition("/")
        things.append(Thing(graph, name, node["kind"], node["namespace"], node["owner"], tuple(node["tags"])))
    return choice(things, ((upstream, downstream) for upstream, downstream in edges))


OF_CASES = told(CASES["nodes"], CASES["edges"])


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["text"] or "nothing")
def test_a_selection_means_these_nodes_or_cannot_be_read(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(InputError) as raised:
            OF_CASES.select(case["text"])
        assert str(raised.value).startswith(case["error"])
    else:
        assert sorted(OF_CASES.select(case["text"])) == case["nodes"]


def test_a_name_that_is_nearly_there_is_guessed() -> None:
    with pytest.raises(InputError, match='did you mean "analysis"'):
        OF_CASES.select("analysi")


def test_a_field_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="tag:, graph:, namespace:, owner:, kind:"):
        OF_CASES.select("color:red")


def test_nodes_are_selected_by_graph_as_commands_need_them() -> None:
    assert OF_CASES.names("report clean") == {"etl": {"report", "clean"}, "ads": {"report"}}


IDS = [f"n{number}" for number in range(8)]
GRAPHS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=20).map(
    lambda arcs: choice(
        (Thing("g", id_) for id_ in IDS), ((f"g/{one}", f"g/{other}") for one, other in arcs if one < other)
    )
)
NODES = st.sampled_from(IDS)


@given(GRAPHS, NODES, NODES)
def test_what_is_upstream_of_a_node_has_that_node_downstream(graph: Choice, one: str, other: str) -> None:
    assert (f"g/{one}" in graph.select(f"+{other}")) == (f"g/{other}" in graph.select(f"{one}+"))


@given(GRAPHS, NODES, st.integers(0, 9))
def test_more_steps_mean_more_nodes_and_many_mean_all(graph: Choice, node: str, steps: int) -> None:
    fewer, more = graph.select(f"{steps}+{node}"), graph.select(f"{steps + 1}+{node}")
    assert fewer <= more <= graph.select(f"+{node}") == graph.select(f"9+{node}")


@given(GRAPHS, NODES, NODES)
def test_spaces_join_commas_narrow_and_a_mark_turns_round(graph: Choice, one: str, other: str) -> None:
    left, right = graph.select(f"+{one}"), graph.select(f"{other}+")
    assert graph.select(f"+{one} {other}+") == left | right
    assert graph.select(f"+{one},{other}+") == left & right
    assert graph.select(f"!+{one}") == graph.things.keys() - left


@given(st.text(max_size=12))
def test_any_text_selects_nodes_or_is_refused(text: str) -> None:
    with suppress(InputError):
        assert OF_CASES.select(text) <= OF_CASES.things.keys()


def test_a_graph_gives_its_nodes_with_all_that_they_can_be_selected_by() -> None:
    checked = compiled(
        """
        apiVersion: depgen.io/v1
        graph: etl
        namespace: data
        timezone: UTC
        defaults: {owner: core}
        nodes:
          load:
            source: {cronWorkflow: load, namespace: other}
            tags: [slow, nightly]
          far:
            source: {graph: ads/ads, node: spend}
          report:
            run: {workflowTemplate: report}
            dependsOn: [load, far]
        """
    )
    found = of_graphs(checked.graphs)
    assert found.things["etl/load"] == Thing("etl", "load", "source", "other", "core", ("nightly", "slow"))
    assert found.things["etl/far"].kind == "external"
    assert found.select("+report") == {"etl/load", "etl/far", "etl/report"}
