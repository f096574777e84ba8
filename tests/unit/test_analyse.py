"""Order, cycles and periods of arbitrary graphs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.analyse import analyse
from depgen.diagnostics import Place
from depgen.model import Edge, Graph, Group, Node
from depgen.times import DAILY, Period

PLACE = Place("graph.yaml")


def graph(edges: dict[str, list[str]], every: dict[str, Period] | None = None) -> Graph:
    nodes = {
        id_: Node(
            id_, PLACE, every=(every or {}).get(id_), edges=Group(tuple(Edge(up, PLACE) for up in upstreams))
        )
        for id_, upstreams in sorted(edges.items())
    }
    return Graph("g", "ns", "UTC", PLACE, ("graph.yaml",), 1, 900, nodes)


ids = st.sampled_from("abcdefgh")
graphs = st.dictionaries(ids, st.lists(ids, max_size=4), max_size=8)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(graphs)
def test_every_node_comes_after_its_upstreams_or_stands_behind_a_real_cycle(
    edges: dict[str, list[str]],
) -> None:
    analysis = analyse(graph(edges))
    position = {id_: i for i, id_ in enumerate(analysis.order)}
    for id_ in analysis.order:
        assert all(position[up] < position[id_] for up in analysis.upstreams[id_])
    assert bool(analysis.cycles) == (len(analysis.order) < len(edges))
    for cycle in analysis.cycles:
        assert len(set(cycle)) == len(cycle)
        for i, id_ in enumerate(cycle):
            assert cycle[(i + 1) % len(cycle)] in edges[id_]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(graphs)
def test_downstreams_are_upstreams_turned_round(edges: dict[str, list[str]]) -> None:
    analysis = analyse(graph(edges))
    pairs = {(up, id_) for id_, ups in analysis.upstreams.items() for up in ups}
    assert pairs == {(id_, down) for id_, downs in analysis.downstreams.items() for down in downs}


def test_a_run_has_the_period_of_its_upstreams_unless_it_says_its_own() -> None:
    hour, week = Period("slot", 3600), Period("week")
    analysis = analyse(graph({"a": [], "b": ["a"], "c": ["b"], "d": ["c"]}, {"a": hour, "d": week}))
    assert analysis.every == {"a": hour, "b": hour, "c": hour, "d": week}


def test_unknown_upstreams_are_passed_over() -> None:
    analysis = analyse(graph({"a": ["nowhere"]}))
    assert analysis.order == ("a",)
    assert analysis.every == {"a": DAILY}
