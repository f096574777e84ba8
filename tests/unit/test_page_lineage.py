"""Graphs as lineages: what is drawn of nodes and edges, and in which words."""

from __future__ import annotations

from depgen.page.lineage import Lineage, lineage
from tests.pages import compiled, drawn, node, nodes


def told(of: Lineage) -> list[tuple[str, str, str, str, tuple[str, ...], str]]:
    return [(e.upstream, e.downstream, e.on, e.join, e.flags, e.words) for e in of.edges]


def test_a_node_is_told_with_its_object_its_notes_and_its_conditions() -> None:
    found = drawn("""
    load:
      source: {cronWorkflow: load-all, namespace: shop}
      owner: core
      tags: [nightly, big]
    report:
      run: {workflowTemplate: report, namespace: mail}
      notBefore: "06:00"
      dependsOn: [load]
    """)
    load, report = found.nodes
    assert (load.id, load.kind, load.what) == ("etl/load", "source", "CronWorkflow load-all in shop")
    assert (load.namespace, load.owner, load.tags) == ("shop", "core", ("big", "nightly"))
    assert (report.kind, report.namespace, report.extras) == ("node", "mail", ("not before 06:00",))
    assert (load.layer, report.layer, report.has_gate) == (0, 1, True)


def test_an_edge_is_told_with_how_its_upstream_ends_and_its_conditions() -> None:
    found = drawn("""
    sales: {source: {cronWorkflow: sales}}
    stock: {source: {cronWorkflow: stock}}
    web: {source: {cronWorkflow: web}}
    report:
      run: {workflowTemplate: report}
      dependsOn:
        - sales
        - {node: stock, status: failure, window: {from: "18:00", to: "20:00"}}
        - {node: web, status: done, lookback: 6h}
        - {node: web, match: {offset: -1}, when: '.outputs.full == "yes"'}
    """)
    assert told(found) == [
        ("etl/sales", "etl/report", "success", "all", (), "succeeded"),
        ("etl/stock", "etl/report", "failure", "all", ("window",), "failed, finished in [18:00, 20:00)"),
        (
            "etl/web",
            "etl/report",
            "done",
            "all",
            ("lookback",),
            "succeeded or failed, at most 6h before the newest",
        ),
        (
            "etl/web",
            "etl/report",
            "success",
            "all",
            ("keys", "when"),
            'succeeded, 1 key earlier, when .outputs.full == "yes"',
        ),
    ]


def test_from_when_on_fewer_keys_are_enough_is_told_of_the_edge_and_not_of_the_node() -> None:
    found = drawn("""
    ticks: {source: {cronWorkflow: ticks}, key: {every: hour}}
    report:
      every: day
      run: {workflowTemplate: report}
      deadline: "09:00+1d"
      dependsOn: [{node: ticks, match: {within: key}, require: -1, settle: "01:30+1d"}]
    """)
    assert [edge.words for edge in found.edges] == [
        "succeeded, all keys within mine, all but 1 from 01:30+1d"
    ]
    assert node(found, "etl/report").extras == ("to succeed by 09:00+1d",)


def test_edges_say_how_many_of_them_are_needed_groups_included() -> None:
    found = drawn("""
    sales: {source: {cronWorkflow: sales}}
    stock: {source: {cronWorkflow: stock}}
    web: {source: {cronWorkflow: web}}
    first:
      run: {workflowTemplate: first}
      mode: any
      dependsOn: [sales, stock]
    two:
      run: {workflowTemplate: two}
      mode: atLeast
      minSatisfied: 2
      dependsOn: [sales, stock, web]
    mixed:
      run: {workflowTemplate: mixed}
      dependsOn: [sales, {anyOf: [stock, web]}]
    """)
    joins = {(edge.downstream, edge.upstream): edge.join for edge in found.edges}
    assert joins["etl/first", "etl/sales"] == "any"
    assert joins["etl/two", "etl/web"] == "atLeast"
    assert joins["etl/mixed", "etl/sales"] == "all"
    assert joins["etl/mixed", "etl/stock"] == "any"
    said = {one.name: one.extras for one in found.nodes if one.extras}
    assert said == {"first": ("waits for any of 2",), "two": ("waits for at least 2 of 3",)}


CORE = """
apiVersion: depgen.io/v1
graph: core
namespace: data
timezone: UTC
nodes:
  load: {source: {cronWorkflow: load}}
  merge:
    run: {workflowTemplate: merge}
    dependsOn: [load]
"""
ADS = """
apiVersion: depgen.io/v1
graph: ads
namespace: web
timezone: UTC
nodes:
  merged: {source: {graph: data/core, node: merge}}
  spend:
    run: {workflowTemplate: spend}
    dependsOn: [merged]
"""


def test_a_node_of_another_graph_is_tied_to_it_where_that_is_there() -> None:
    both = lineage(compiled(CORE, ADS))
    assert [(e.upstream, e.downstream, e.on) for e in both.edges] == [
        ("core/merge", "ads/merged", "listens"),
        ("ads/merged", "ads/spend", "success"),
        ("core/load", "core/merge", "success"),
    ]
    assert node(both, "ads/merged").kind == "source"
    assert [frame.group for frame in both.lr.frames] == ["ads", "core"]


def test_a_node_of_another_graph_is_external_where_that_is_not_there() -> None:
    alone = lineage(compiled(ADS))
    assert node(alone, "ads/merged").kind == "external"
    assert alone.lr.frames == ()


def test_graphs_that_listen_to_each_other_are_drawn_all_the_same() -> None:
    back = CORE.replace(
        "load: {source: {cronWorkflow: load}}", "load: {source: {graph: web/ads, node: spend}}"
    )
    found = lineage(compiled(back, ADS))
    assert len(found.edges) == 4
    assert [line.lr[0].x > line.lr[-1].x for line in found.edges].count(True) == 1


def test_only_what_is_selected_is_drawn_with_the_edges_between() -> None:
    found = drawn(
        """
    load: {source: {cronWorkflow: load}}
    middle:
      run: {workflowTemplate: middle}
      dependsOn: [load]
    report:
      run: {workflowTemplate: report}
      dependsOn: [middle]
    """,
        selected="1+report",
    )
    assert [one.id for one in found.nodes] == ["etl/middle", "etl/report"]
    assert [(edge.upstream, edge.downstream) for edge in found.edges] == [("etl/middle", "etl/report")]


def test_what_an_older_version_had_is_there_too() -> None:
    new = nodes("""
    load: {source: {cronWorkflow: load}}
    report:
      run: {workflowTemplate: report}
      dependsOn: [load]
    """)
    old = nodes("""
    load: {source: {cronWorkflow: load}}
    stock: {source: {cronWorkflow: stock}}
    report:
      run: {workflowTemplate: report}
      dependsOn: [{node: load, status: done}, stock]
    """)
    found = lineage(new, old)
    assert [one.name for one in found.nodes] == ["load", "report", "stock"]
    assert [(edge.upstream, edge.on) for edge in found.edges] == [
        ("etl/load", "success"),
        ("etl/stock", "success"),
    ]
