"""The critical path of a simulated day, and slack."""

from __future__ import annotations

from datetime import date

from depgen.page.critical import Critical, critical
from depgen.page.lineage import lineage
from depgen.page.making import Asked, make
from depgen.pipeline import Checked
from depgen.simulate.forecasting import Wish, forecast
from depgen.simulate.profile import Habit, Profile, Span
from depgen.simulate.supposing import Supposition
from tests.pages import compiled, nodes

GRAPH = nodes("""
load: {source: {cronWorkflow: load}}
stock: {source: {cronWorkflow: stock}}
merge:
  run: {workflowTemplate: merge}
  dependsOn: [load, stock]
report:
  run: {workflowTemplate: report}
  dependsOn: [merge]
tidy:
  run: {workflowTemplate: tidy}
  dependsOn: [stock]
""")


def habits(**minutes: int) -> Profile:
    spans = {name: Span(number * 60, number * 60) for name, number in minutes.items()}
    return Profile({("etl", name): Habit(span=span) for name, span in spans.items()})


def found(checked: Checked, profile: Profile, days: int = 1) -> Critical:
    told, _ = forecast(checked, Wish(date(2026, 11, 21), days, supposition=Supposition(profile)))
    return critical(told, lineage(checked))


def names(of: Critical, graph: str = "etl") -> list[str]:
    return [step.node for step in of.paths[graph]]


def test_the_path_leads_through_what_was_waited_for_last() -> None:
    of = found(GRAPH, habits(load=60, stock=10, merge=20, report=5))
    assert names(of) == ["etl/load", "etl/merge", "etl/report"]
    assert of.nodes == {"etl/load", "etl/merge", "etl/report"}
    pairs = {(edge.upstream, edge.downstream) for edge in lineage(GRAPH).edges if edge.id in of.edges}
    assert pairs == {("etl/load", "etl/merge"), ("etl/merge", "etl/report")}


def test_another_duration_leads_another_way() -> None:
    assert names(found(GRAPH, habits(load=10, stock=60))) == ["etl/stock", "etl/merge", "etl/report"]
    assert names(found(GRAPH, habits(load=10, stock=10, tidy=300))) == ["etl/stock", "etl/tidy"]


def test_slack_is_how_much_later_a_node_could_end() -> None:
    slack = found(GRAPH, habits(load=60, stock=10, merge=20, report=5, tidy=5)).slack
    assert {slack[f"etl/{name}"] // 60 for name in ("load", "merge", "report")} == {0}
    assert slack["etl/stock"] // 60 == 50
    assert slack["etl/tidy"] // 60 == 85 - 15


def test_a_path_that_waited_for_a_clock_begins_there() -> None:
    graph = nodes("""
    load: {source: {cronWorkflow: load}}
    report:
      run: {workflowTemplate: report}
      notBefore: "06:00"
      dependsOn: [load]
    """)
    step = found(graph, habits(load=10)).paths["etl"][0]
    assert (step.node, step.after) == ("etl/report", "notBefore")
    assert 0 <= step.waited < 60


def test_only_the_first_of_several_days_is_looked_at() -> None:
    of = found(GRAPH, habits(load=60), days=2)
    assert {step.key for step in of.paths["etl"]} == {"20261121"}


def test_a_path_goes_on_in_the_graph_that_a_source_listens_to() -> None:
    frame = "apiVersion: depgen.io/v1\nnamespace: data\ntimezone: UTC\n"
    core = f"{frame}graph: core\nnodes:\n  load: {{source: {{cronWorkflow: load}}}}\n" + (
        "  merge:\n    run: {workflowTemplate: merge}\n    dependsOn: [load]\n"
    )
    ads = (
        f"{frame}graph: ads\nnodes:\n  merged: {{source: {{graph: data/core, node: merge}}}}\n"
        "  spend:\n    run: {workflowTemplate: spend}\n    dependsOn: [merged]\n"
    )
    of = found(compiled(core, ads), Profile())
    assert names(of, "core") == ["core/load", "core/merge"]
    assert names(of, "ads") == ["core/load", "core/merge", "ads/merged", "ads/spend"]


def test_a_graph_in_which_nothing_ran_has_no_path() -> None:
    assert critical([], lineage(GRAPH)).paths == {}


def test_the_page_marks_the_path_and_tells_of_slack() -> None:
    told, _ = forecast(GRAPH, Wish(date(2026, 11, 21), supposition=Supposition(habits(load=60))))
    made = make(GRAPH, Asked(0, told=tuple(told)))
    nodes_ = {node["id"]: node for node in made.data["nodes"]}  # type: ignore[attr-defined]
    assert [nodes_[f"etl/{name}"].get("critical", False) for name in ("load", "stock", "tidy")] == [
        True,
        False,
        False,
    ]
    assert nodes_["etl/tidy"]["slack"] > nodes_["etl/load"]["slack"] == 0
    assert 'class="node source critical"' in made.drawing
