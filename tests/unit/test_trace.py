"""What a Workflow came of and led to: from its annotation, from the ledgers when it is gone, across graphs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from depgen import pipeline
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.cluster.lineage import Lineage, Link, Place
from depgen.cluster.states import Subject
from depgen.cluster.trace import trace
from depgen.errors import InputError
from depgen.report import trace as report
from depgen.runnable import runnable
from tests.compiled import FRAME
from tests.fakes import FakeCluster
from tests.subjects import KEY, Shop, by_hand, claim, fact, outcome, subject_of

NODES = """\
  a: {source: {cronWorkflow: a}}
  b: {source: {cronWorkflow: b}}
  load: {run: {workflowTemplate: t}, dependsOn: [a]}
  report: {run: {workflowTemplate: t}, dependsOn: [load, b]}
  audit: {run: {workflowTemplate: t}, dependsOn: [{node: report, status: done}]}
  index: {run: {workflowTemplate: t}, dependsOn: [load]}
"""
A, B = fact("a", "2026-11-21T05:00"), fact("b", "2026-11-21T05:30")
LOAD = fact("load", "2026-11-21T06:00", workflow=f"etl-load-{KEY}")
REPORT = fact("report", "2026-11-21T07:00", workflow=f"etl-report-{KEY}")


def place(node: str, workflow: str | None = None, key: str = KEY, graph: str = "etl") -> Place:
    """A run's Workflow is called as depgen calls it, a source's as in tests.subjects."""
    name = f"{node}-{key}" if len(node) == 1 else f"{graph}-{node}-{key}"
    return Place("data", graph, node, key, name if workflow is None else workflow)


def names(links: tuple[Link, ...]) -> list[str]:
    return [f"{link.earlier.node} -> {link.later.node}" for link in links]


def all_links(told: Lineage) -> list[str]:
    return names(tuple(told.links()))


def followed(there: Shop, workflow: str, namespace: str = "") -> Lineage:
    return trace(there.cluster, [there.subject], workflow, namespace)


@pytest.fixture
def shop() -> Shop:
    there = Shop(subject_of(NODES))
    there.write(A, B, LOAD, REPORT, claim("audit"))
    return there


def live(there: Shop, node: str, *causes: Any, phase: str = "Succeeded") -> None:
    """A submitted Workflow that is still there, and says what it was fired on."""
    labels = {"depgen.io/graph": "etl", "depgen.io/node": node, "depgen.io/key": KEY}
    body = there.workflow(f"etl-{node}-{KEY}", labels, phase)
    body["metadata"]["annotations"] = {"depgen.io/cause": json.dumps(causes)}
    there.cluster.delete(WORKFLOWS, "data", body["metadata"]["name"])
    there.cluster.add(WORKFLOWS, "data", body)


def test_a_run_in_the_middle_is_followed_to_its_roots_and_to_its_leaves(shop: Shop) -> None:
    told = followed(shop, f"etl-report-{KEY}")
    assert told.root == place("report")
    assert all_links(told) == ["report -> audit", "a -> load", "b -> report", "load -> report"]
    assert list(told.steps) == [place(node) for node in ("a", "audit", "b", "load", "report")]
    assert [told.steps[place(n)].phase for n in ("a", "audit", "report")] == [
        "Succeeded",
        "Submitted",
        "Succeeded",
    ]
    assert not told.steps[place("report")].is_there


def test_a_source_is_followed_downwards_only(shop: Shop) -> None:
    told = followed(shop, f"a-{KEY}")
    assert told.earlier == {place("a"): ()}
    assert all_links(told) == ["report -> audit", "a -> load", "load -> report"]


def test_a_workflow_that_says_what_it_was_fired_on_is_believed(shop: Shop) -> None:
    """The ledger has a later end of `b`, which came after the run was fired."""
    later = fact("b", "2026-11-21T08:00", uid="u2", workflow="b-again")
    shop.write(A, B, LOAD, REPORT, later)
    assert place("b", "b-again") in followed(shop, f"etl-report-{KEY}").steps
    live(
        shop,
        "report",
        [f"etl-load-{KEY}", "2026-11-21T06:00:00Z", None],
        [f"b-{KEY}", "2026-11-21T05:30:00Z", None],
    )
    told = followed(shop, f"etl-report-{KEY}")
    assert {link.earlier for link in told.earlier[told.root]} == {place("load"), place("b")}
    assert all(link.is_written for link in told.earlier[told.root])
    assert followed(shop, "b-again").later == {place("b", "b-again"): ()}
    assert told.steps[told.root].is_there


def test_an_upstream_that_nobody_knows_any_more_is_still_told(shop: Shop) -> None:
    live(shop, "load", ["gone-1", "2026-11-21T05:00:00Z", None])
    told = followed(shop, f"etl-load-{KEY}")
    assert told.earlier[told.root] == (Link(place("", "gone-1", ""), told.root, None, True),)
    assert "a node that is not known: gone-1" in report.text(told, shop.cluster.now, False)


def test_annotations_of_any_form_are_survived(shop: Shop) -> None:
    live(shop, "load", 7, {}, [], ["x"], [1, 2, 3], [None, None, "{"])
    assert names(followed(shop, f"etl-load-{KEY}").earlier[place("load")]) == []


def test_a_hand_is_told_with_who_and_why() -> None:
    there = Shop(subject_of(NODES))
    there.write(
        B, by_hand("satisfy.report.load", why="loaded by file"), by_hand("fire.report", "bob", "now"), REPORT
    )
    told = followed(there, f"etl-report-{KEY}")
    load, b = told.earlier[told.root]
    assert (load.earlier, b.earlier) == (place("load", ""), place("b"))
    assert load.hand
    assert (load.hand.by, load.hand.why) == ("ada", "loaded by file")
    assert [(hand.by, hand.why) for hand in told.steps[told.root].hands] == [("bob", "now")]
    live(
        there,
        "report",
        [None, None, by_hand("x", why="loaded by file")["x"]],
        by_hand("x", "eve", "late")["x"],
    )
    told = followed(there, f"etl-report-{KEY}")
    assert names(told.earlier[told.root]) == ["load -> report"]
    assert [hand.by for hand in told.steps[told.root].hands] == ["eve"]


def test_outcomes_are_steps_and_say_by_whose_hand() -> None:
    there = Shop(subject_of(NODES))
    skipped = outcome("report", "2026-11-21T08:00", "Skipped", by="ada", why="holiday")
    there.write(
        A, B, LOAD, skipped, claim("audit"), outcome("index", "2026-11-21T09:00", "Expired", reason="cutoff")
    )
    told = followed(there, f"a-{KEY}")
    step = told.steps[place("report", "")]
    assert (step.phase, step.by, step.why) == ("Skipped", "ada", "holiday")
    assert told.steps[place("index", "")].reason == "cutoff"
    assert all_links(told) == ["report -> audit", "load -> index", "a -> load", "load -> report"]
    assert all_links(followed(there, f"etl-audit-{KEY}")) == [
        "report -> audit",
        "a -> load",
        "b -> report",
        "load -> report",
    ]


def test_a_run_that_was_fired_on_an_outcome_says_so() -> None:
    there = Shop(subject_of(NODES))
    there.write(outcome("report", "2026-11-21T08:00", "Skipped"), claim("audit"))
    live(there, "audit", [None, "2026-11-21T08:00:00Z", None])
    told = followed(there, f"etl-audit-{KEY}")
    assert told.earlier[told.root] == (Link(place("report", ""), told.root, None, True),)


def test_workflows_of_other_namespaces_are_looked_for_there() -> None:
    nodes = (
        "  a: {source: {cronWorkflow: a, namespace: raw}}\n"
        "  load: {run: {workflowTemplate: t, namespace: gpu}, dependsOn: [a]}\n"
    )
    there = Shop(subject_of(nodes))
    there.write(A, LOAD)
    there.workflow(f"a-{KEY}", {}, "Succeeded", "raw")
    there.workflow(f"etl-load-{KEY}", {}, "Succeeded", "gpu")
    told = followed(there, f"etl-load-{KEY}", "gpu")
    assert [step.is_there for step in told.steps.values()] == [True, True]


def test_a_failed_run_leads_to_nobody_who_waits_for_its_success(shop: Shop) -> None:
    shop.write(A, fact("load", "2026-11-21T06:00", "Failed", workflow=f"etl-load-{KEY}"), claim("report"))
    assert followed(shop, f"etl-load-{KEY}").later == {place("load"): ()}


def test_edges_over_keys_are_followed_both_ways() -> None:
    nodes = (
        "  a: {source: {cronWorkflow: a}}\n"
        "  delta: {run: {workflowTemplate: t}, dependsOn: [a, {node: a, match: {offset: -1}}]}\n"
    )
    there = Shop(subject_of(nodes))
    yesterday = fact("a", "2026-11-20T05:00", key="20261120")
    there.write(yesterday, key="20261120")
    moved = fact("a", "2026-11-20T05:00", key="20261120", offset=-1)
    there.write(A, moved, fact("delta", "2026-11-21T06:00", workflow=f"etl-delta-{KEY}"))
    told = followed(there, f"etl-delta-{KEY}")
    assert {link.earlier for link in told.earlier[told.root]} == {place("a"), place("a", key="20261120")}
    assert followed(there, "a-20261120").later[place("a", key="20261120")] == (
        Link(place("a", key="20261120"), place("delta")),
    )


def test_what_was_run_again_is_traced_to_what_was_not(shop: Shop) -> None:
    again = f"{KEY}-fix1"
    copies = fact("a", "2026-11-21T05:00", key=again, workflow=f"a-{KEY}")
    copies |= fact("b", "2026-11-21T05:30", key=again, workflow=f"b-{KEY}")
    runs = fact("load", "2026-11-21T10:00", key=again, workflow=f"etl-load-{again}")
    shop.write(copies, runs, {f"run.report.{again}.u9.0": claim("report", again).popitem()[1]}, key=again)
    told = followed(shop, f"etl-report-{again}")
    assert told.root == place("report", key=again)
    assert sorted(all_links(told)) == ["a -> load", "b -> report", "load -> report"]
    assert set(told.steps) == {place("a"), place("b"), place("load", key=again), told.root}
    down = followed(shop, f"a-{KEY}")
    assert down.root == place("a")
    assert {link.later for link in down.later[down.root]} == {place("load"), place("load", key=again)}


def test_facts_of_another_partition_are_found() -> None:
    there = Shop(subject_of(NODES, head="partitions: 2\n"))
    for number in (0, 1):
        there.write(A, B, LOAD, REPORT, partition=number)
    assert all_links(followed(there, f"etl-report-{KEY}")) == ["a -> load", "b -> report", "load -> report"]


def test_an_alert_is_a_step_of_the_node_that_it_is_about() -> None:
    nodes = (
        NODES
        + '  late: {run: {workflowTemplate: t}, dependsOn: [a], deadline: "09:00", onMiss: {run: {workflowTemplate: page}}}\n'
    )
    there = Shop(subject_of(nodes))
    alert = f"etl-late-missed-{KEY}"
    there.write(A, claim("late-missed"), fact("late", "2026-11-21T09:00", workflow=f"etl-late-{KEY}"))
    told = followed(there, alert)
    assert all_links(told) == ["a -> late", "late -> late-missed"]
    assert place("late-missed") in followed(there, f"a-{KEY}").steps


def test_a_run_without_a_claim_is_known_by_its_labels(shop: Shop) -> None:
    live(shop, "index", [f"etl-load-{KEY}", "2026-11-21T06:00:00Z", None], phase="Running")
    told = followed(shop, f"etl-index-{KEY}")
    assert all_links(told) == ["load -> index", "a -> load"]
    assert told.steps[told.root].phase == "Running"


def test_a_workflow_that_no_ledger_names_is_an_error(shop: Shop) -> None:
    with pytest.raises(InputError, match="no ledger of etl names Workflow nobody; if it is of a source"):
        followed(shop, "nobody")
    with pytest.raises(InputError):
        followed(shop, f"a-{KEY}", "other")
    assert followed(shop, f"a-{KEY}", "data").root == place("a")


def test_a_node_of_another_graph_is_followed_into_that_graph() -> None:
    frame = FRAME.format(zone="UTC").replace("graph: etl", "graph: amart")
    second = frame + (
        "nodes:\n  report: {source: {graph: data/etl, node: report}}\n"
        "  sheet: {run: {workflowTemplate: t}, dependsOn: [report]}\n"
    )
    texts = [FRAME.format(zone="Europe/Paris") + "nodes:\n" + NODES, second]
    subjects = _subjects(*texts)
    there = Shop(subjects[1])
    there.write(A, B, LOAD, REPORT)
    data = REPORT | fact("sheet", "2026-11-21T08:00", workflow=f"amart-sheet-{KEY}")
    labels = {"depgen.io/graph": "amart", "depgen.io/key": KEY}
    there.cluster.add(
        CONFIG_MAPS, "data", {"metadata": {"name": f"amart-{KEY}", "labels": labels}, "data": data}
    )
    told = trace(there.cluster, subjects, f"amart-sheet-{KEY}")
    assert place("a") in told.steps
    assert sorted(all_links(told)) == [
        "a -> load",
        "b -> report",
        "load -> report",
        "report -> report",
        "report -> sheet",
    ]
    assert trace(there.cluster, subjects, f"etl-report-{KEY}").root == place("report")
    assert place("sheet", graph="amart") in trace(there.cluster, subjects, f"a-{KEY}").steps


def _subjects(*texts: str) -> list[Subject]:
    files = [pipeline.InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)]
    checked = pipeline.check(pipeline.load(files))
    assert not checked.has_errors, [f.text for f in checked.findings]
    objects = pipeline.build(checked).objects()
    programs = runnable(objects)
    return [Subject(graph, checked.analyses[graph.name], programs[graph.name]) for graph in checked.graphs]


def test_each_workflow_is_asked_for_once(shop: Shop) -> None:
    followed(shop, f"etl-report-{KEY}")
    asked = [call.name for call in shop.cluster.calls if call.verb == "get"]
    assert sorted(asked) == sorted(set(asked))


# ---- how it is told ----


def test_the_text_is_two_trees() -> None:
    there = Shop(subject_of(NODES), FakeCluster())
    there.write(A, B, LOAD, REPORT, outcome("audit", "2026-11-21T07:30", "Skipped", by="ada", why="holiday"))
    live(
        there,
        "report",
        [f"etl-load-{KEY}", "2026-11-21T06:00:00Z", None],
        [f"b-{KEY}", "2026-11-21T05:30:00Z", None],
    )
    told = followed(there, f"etl-report-{KEY}")
    assert report.text(told, there.cluster.now, False).splitlines() == [
        "etl/report 20261121: etl-report-20261121 Succeeded, 2026-11-21 08:00 (1 h ago)  (times: Europe/Paris)",
        "  was fired on",
        "  ├─ load 20261121: etl-load-20261121 Succeeded, 2026-11-21 07:00 (2 h ago), not in the cluster any more",
        "  │  └─ a 20261121: a-20261121 Succeeded, 2026-11-21 06:00 (3 h ago), not in the cluster any more"
        "  (by what the ledger says now)",
        "  └─ b 20261121: b-20261121 Succeeded, 2026-11-21 06:30 (2 h ago), not in the cluster any more",
        "  led to",
        "  └─ audit 20261121: SKIPPED by ada: holiday, 2026-11-21 08:30 (30 min ago)"
        "  (by what the ledger says now)",
    ]


def test_what_comes_twice_has_its_tree_once() -> None:
    nodes = NODES + "  all: {run: {workflowTemplate: t}, dependsOn: [report, index]}\n"
    there = Shop(subject_of(nodes))
    index = fact("index", "2026-11-21T07:00", workflow=f"etl-index-{KEY}")
    there.write(A, B, LOAD, REPORT, index, claim("all"))
    lines = report.text(followed(there, f"etl-all-{KEY}"), there.cluster.now, False).splitlines()
    assert sum("load 20261121" in line for line in lines) == 2
    assert sum("  a 20261121" in line or "─ a 20261121" in line for line in lines) == 1
    assert sum(line.endswith("(see above)") for line in lines) == 1


def test_a_long_chain_is_told_whole() -> None:
    nodes = "  a: {source: {cronWorkflow: a}}\n  n000: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
    ids = [f"n{number:03}" for number in range(120)]
    for before, id_ in pairwise(ids):
        nodes += f"  {id_}: {{run: {{workflowTemplate: t}}, dependsOn: [{before}]}}\n"
    there = Shop(subject_of(nodes))
    there.write(A, *(fact(id_, "2026-11-21T06:00", workflow=f"etl-{id_}-{KEY}") for id_ in ids))
    told = followed(there, f"a-{KEY}")
    assert len(told.steps) == 121
    assert len(report.text(told, there.cluster.now, False).splitlines()) == 122


def test_the_json_has_steps_and_links_by_number(shop: Shop) -> None:
    told = json.loads(report.as_json(followed(shop, f"etl-load-{KEY}")))
    assert told["version"] == 1
    steps = [step["node"] for step in told["steps"]]
    assert steps[told["root"]] == "load"
    links = [(steps[link["from"]], steps[link["to"]], link["written"]) for link in told["links"]]
    assert links == [("report", "audit", False), ("a", "load", False), ("load", "report", False)]


def test_odd_names_in_ledgers_are_made_visible() -> None:
    there = Shop(subject_of(NODES))
    there.write(fact("a", "2026-11-21T05:00", workflow="a\x1b[31m\n"), LOAD)
    text = report.text(followed(there, f"etl-load-{KEY}"), there.cluster.now, False)
    assert "\\x1b[31m\\n" in text
    assert "\x1b" not in text
