"""A check of a node: what its decide program says of the ledger, from graph files or from the cluster's Sensors."""

from __future__ import annotations

import json

import pytest

from depgen import pipeline
from depgen.cluster.api import EVENT_SOURCES, SENSORS
from depgen.cluster.checking import Answer, Outcome, Programs, Reason, ask, parse_question, parse_target
from depgen.cluster.checking.programs import read_programs, upstreams
from depgen.errors import InputError
from depgen.runnable import runnable
from tests.compiled import FRAME
from tests.fakes import FakeCluster
from tests.golden.examples import EXAMPLES, inputs
from tests.subjects import Entries, Shop, by_hand, claim, fact, outcome, seconds, subject_of

NOW = seconds("2026-11-21T08:00")
A, B = (fact(node, "2026-11-21T07:00") for node in "ab")
SOURCES = "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
RUN = "  report: {run: {workflowTemplate: held}, dependsOn: [a, b]%s}\n"
SHADOW = {"shadow.report": json.dumps({"at": "2026-11-21T07:30:00Z", "name": "r"})}


def shop(more: str = "", head: str = "") -> Shop:
    """A cluster with the Sensors of a graph of one run."""
    return applied(SOURCES + RUN % more, head)


def applied(nodes: str, head: str = "") -> Shop:
    """A cluster with the Sensors of the graph, as kubectl has applied them."""
    there = Shop(subject_of(nodes, head=head))
    text = FRAME.format(zone="Europe/Paris") + head + "nodes:\n" + nodes
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    for manifest in pipeline.build(checked).objects():
        for resource in (SENSORS, EVENT_SOURCES):
            if manifest["kind"] == resource.kind:
                there.cluster.add(resource, "data", {n: v for n, v in manifest.items() if n != "kind"})
    return there


def told(
    there: Shop, key: str = "", node: str = "etl/report", now: float = NOW, is_file: bool = False
) -> Answer:
    """What the cluster's Sensors say, or the graph's file."""
    programs = Programs(there.subject.programs, there.subject.analysis.every) if is_file else None
    return ask(there.cluster, parse_question(parse_target(f"node/{node}", "data"), key=key), now, programs)


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize(
    ("entries", "more", "reason", "said"),
    [
        ({}, "", Reason.WAITING_FOR, "node etl/report for 20261121 waits for a, b"),
        (A, "", Reason.WAITING_FOR, "node etl/report for 20261121 waits for b"),
        (A | B, "", Reason.READY, "depgen would start node etl/report for 20261121 now"),
        (A | by_hand("satisfy.report.b"), "", Reason.READY, "would start"),
        (by_hand("fire.report"), "", Reason.READY, "would start"),
        (A | B | claim("report"), "", Reason.FIRED, "already: etl-report-20261121 is Submitted"),
        (A | B | fact("report", "2026-11-21T07:30", "Failed"), "", Reason.FIRED, "report-20261121 is Failed"),
        (outcome("report", "2026-11-21T07:30", "Expired"), "", Reason.FIRED, "is Expired"),
        (A | B | by_hand("hold.report"), "", Reason.HELD, "is held by ada: because"),
        (A | B, ", suspend: true", Reason.INACTIVE, "is never started: it is suspended"),
        (A | B, ', activeUntil: "2026-11-21"', Reason.INACTIVE, "or the key is none of its days"),
        (A | B, ', notBefore: "10:00"', Reason.GATED, "has all it waits for, and its gate is closed"),
        (A | B, ', notBefore: "07:30"', Reason.READY, "would start"),
    ],
)
def test_a_node_is_asked_by_its_program(
    entries: Entries, more: str, reason: Reason, said: str, is_file: bool
) -> None:
    there = shop(more)
    there.write(entries)
    found = told(there, is_file=is_file)
    assert found.reason is reason
    assert said in found.message
    assert found.is_satisfied == (reason is Reason.READY)
    assert found.is_pending == (reason in (Reason.WAITING_FOR, Reason.HELD, Reason.GATED))


def test_a_ready_node_tells_when_it_became_so() -> None:
    there = shop()
    there.write(A | fact("b", "2026-11-21T07:45"))
    found = told(there)
    assert (found.finished_at, found.age, found.workflow) == ("2026-11-21T07:45:00Z", 900, "")


def test_a_started_node_tells_its_run() -> None:
    there = shop()
    there.write(A | B | fact("report", "2026-11-21T07:30"))
    found = told(there)
    assert (found.workflow, found.phase, found.age) == ("report-20261121", "Succeeded", 1800)


def test_in_shadow_mode_what_would_have_been_started_may_start() -> None:
    there = shop(head="mode: shadow\n")
    there.write(A | B)
    assert told(there).reason is Reason.READY
    there.write(A | B | SHADOW)
    found = told(there)
    assert (found.outcome, found.finished_at) == (Outcome.SATISFIED, "2026-11-21T07:30:00Z")
    assert found.message == "depgen would have started node etl/report for 20261121 at 2026-11-21T07:30:00Z"
    there.write(A | B | SHADOW | fact("report", "2026-11-21T07:50"))
    assert told(there).reason is Reason.FIRED


def test_without_a_ledger_it_waits_for_everything() -> None:
    assert told(shop()).message == "node etl/report for 20261121 waits for a, b"


@pytest.mark.parametrize(
    ("key", "now", "is_ready"),
    [
        ("today", "2026-11-21T08:00", True),
        ("", "2026-11-21T08:00", True),
        ("20261121", "2026-11-25T08:00", True),
        ("2026-11-21", "2026-11-25T08:00", True),
        ("yesterday", "2026-11-22T08:00", True),
        ("yesterday", "2026-11-21T08:00", False),
        ("today", "2026-11-21T23:30", False),  # tomorrow already, in Paris
        ("yesterday", "2026-11-21T23:30", True),
    ],
)
def test_the_key_is_of_the_graphs_zone(key: str, now: str, is_ready: bool) -> None:
    there = shop()
    there.write(A | B)
    assert told(there, key, now=seconds(now)).is_satisfied == is_ready


def test_a_ledger_of_a_partition_is_found() -> None:
    there = shop(head="partitions: 2\n")
    partition = there.subject.partition("report")
    there.write(A | B, partition=partition)
    there.write({}, partition=1 - (partition or 0))
    assert told(there).reason is Reason.READY


HOURLY = """\
  a: {source: {cronWorkflow: a}, key: {every: hour}}
  r: {run: {workflowTemplate: held}, dependsOn: [a]}
"""
MIXED = """\
  a: {source: {cronWorkflow: a}, key: {every: hour}}
  b: {source: {cronWorkflow: b}}
  ra: {run: {workflowTemplate: held}, dependsOn: [a]}
  rb: {run: {workflowTemplate: held}, dependsOn: [b]}
  rrb: {run: {workflowTemplate: held}, dependsOn: [rb]}
  day: {run: {workflowTemplate: held}, every: day, dependsOn: [{node: a, match: {within: key}}]}
  week: {run: {workflowTemplate: held}, every: week, dependsOn: [{node: b, match: {within: key}}]}
"""


@pytest.mark.parametrize("is_file", [True, False])
def test_a_slot_has_to_be_named(is_file: bool) -> None:
    there = applied(HOURLY)
    there.write(fact("a", "2026-11-21T07:00", key="20261121t08"), key="20261121t08")
    assert told(there, "20261121t08", "etl/r", is_file=is_file).reason is Reason.READY
    with pytest.raises(InputError, match="etl/r has several keys a day: name one, such as 20261121t00"):
        told(there, "today", "etl/r", is_file=is_file)
    with pytest.raises(InputError, match='"20261121" is no key of etl/r; write such as 20261121t00'):
        told(there, "20261121", "etl/r", is_file=is_file)


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize(
    ("every", "today", "yesterday"), [("week", "2026w47", "2026w46"), ("month", "202611", "202610")]
)
def test_of_a_longer_period_the_day_says_which(every: str, today: str, yesterday: str, is_file: bool) -> None:
    source = f"{{source: {{cronWorkflow: a}}, key: {{every: {every}}}}}"
    there = applied(f"  a: {source}\n  r: {{run: {{workflowTemplate: held}}, dependsOn: [a]}}\n")
    first = {"week": "2026-11-16T08:00", "month": "2026-11-01T08:00"}[every]
    for key, name in ((today, "today"), (yesterday, "yesterday")):
        assert (
            told(there, name, "etl/r", seconds(first), is_file=is_file).message
            == f"node etl/r for {key} waits for a"
        )


@pytest.mark.parametrize(
    ("node", "key"), [("rb", "20261121"), ("rrb", "20261121"), ("day", "20261121"), ("week", "2026w47")]
)
def test_of_several_periods_each_node_has_its_own(node: str, key: str) -> None:
    assert told(applied(MIXED), "today", f"etl/{node}").message.startswith(f"node etl/{node} for {key} waits")


def test_a_cron_that_is_called_as_another_node_tells_nothing_of_that() -> None:
    nodes = """\
  b: {source: {cronWorkflow: other}}
  a: {source: {cronWorkflow: b}, key: {every: hour}}
  rb: {run: {workflowTemplate: held}, dependsOn: [b]}
  ra: {run: {workflowTemplate: held}, dependsOn: [a]}
"""
    assert told(applied(nodes), "today", "etl/rb").message == "node etl/rb for 20261121 waits for b"
    with pytest.raises(InputError, match="etl/ra has several keys a day"):
        told(applied(nodes), "today", "etl/ra")


def test_where_the_sensors_do_not_tell_the_period_a_key_has_to_be_named() -> None:
    there = applied(MIXED)
    with pytest.raises(InputError, match="etl/ra has several keys a day: name one, such as 20261121t00"):
        told(there, "today", "etl/ra")
    there.cluster.delete(SENSORS, "data", "etl-record")
    with pytest.raises(InputError, match="do not tell the period of etl/rb: name a key"):
        told(there, "today", "etl/rb")
    assert told(there, "20261121", "etl/rb").reason is Reason.WAITING_FOR


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if (e / "graph.yaml").exists()], ids=lambda e: e.name
)
def test_the_periods_that_are_read_from_sensors_are_those_of_the_examples(example: object) -> None:
    checked = pipeline.check(pipeline.load(inputs(example)))  # type: ignore[arg-type]
    there = FakeCluster()
    for manifest in pipeline.build(checked).objects():
        for resource in (SENSORS, EVENT_SOURCES):
            if manifest["kind"] == resource.kind:
                there.add(resource, manifest["metadata"]["namespace"], {**manifest})
    for graph in (graph for graph in checked.graphs if any(node.run for node in graph.nodes.values())):
        every = checked.analyses[graph.name].every
        programs = read_programs(there, graph.namespace, graph.name)
        for node in programs.runnable.deciders.keys() & every.keys():
            period = programs.period(node)
            assert period is not None
            assert period.pattern == every[node].pattern


@pytest.mark.parametrize(
    ("node", "key", "said"),
    [
        ("etl/reprot", "", 'graph etl has no node "reprot" that depgen starts; did you mean "report"?'),
        ("etl/a", "", 'graph etl has no node "a" that depgen starts'),
        (
            "elt/report",
            "",
            "there is no graph elt in namespace data: no Sensor has the label depgen.io/graph=elt",
        ),
        ("etl/report", "tomorrow", '"tomorrow" is no key of etl/report'),
        ("etl/report", "20261121;", "is no key"),
    ],
)
def test_what_is_not_there_is_told_of(node: str, key: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        told(shop(), key, node)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if (e / "graph.yaml").exists()], ids=lambda e: e.name
)
def test_every_edge_of_the_examples_is_told_by_its_name(example: object) -> None:
    checked = pipeline.check(pipeline.load(inputs(example)))  # type: ignore[arg-type]
    programs = runnable(pipeline.build(checked).objects())
    for graph in checked.graphs:
        for name, decider in programs[graph.name].deciders.items() if graph.name in programs else ():
            if name in graph.nodes:
                expected = dict(enumerate(edge.upstream for edge in graph.nodes[name].edges.leaves))
                assert {n: u for n, u in upstreams(decider).items() if n in expected} == expected
