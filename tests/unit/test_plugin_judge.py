"""What the agent is answered: yes, no, later, and how many requests that costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, EVENT_SOURCES, SENSORS, WORKFLOWS
from depgen.errors import InternalError
from depgen.plugin import mirror
from depgen.plugin.judge import AGAIN, UNREACHABLE, Judge
from depgen.plugin.reads import Reads
from depgen.plugin.request import read
from depgen.plugin.shared import SharedCluster
from tests.compiled import compile_nodes
from tests.live import LiveCluster
from tests.plugins import FORM, NAMESPACE, body, workflow
from tests.subjects import KEY, fact

NOW = 1795248000.0
NODES = "  a: {source: {cronWorkflow: a}}\n  r: {run: {workflowTemplate: t}, dependsOn: [a]}\n"


class Court:
    """A judge on a cluster whose times stand still until a test moves them."""

    def __init__(self) -> None:
        self.cluster = LiveCluster()
        self.clock = 1000.0
        self.judge = Judge(self.cluster, lambda: NOW + self.clock - 1000, lambda: self.clock)

    def asks(self, form: Any, workflow: str = "nightly") -> dict[str, Any]:
        request = read(body(form, workflow))
        assert request is not None
        found: dict[str, Any] = json.loads(json.dumps(self.judge.reply(request, self.clock)))
        assert ("phase" in found["node"]) != ("requeue" in found)
        return found

    def add(self, *runs: dict[str, Any]) -> None:
        self.cluster.add(WORKFLOWS, NAMESPACE, *runs)


@pytest.fixture
def court(monkeypatch: pytest.MonkeyPatch) -> Iterator[Court]:
    monkeypatch.setattr(mirror, "PAUSE", 0.01)
    made = Court()
    yield made
    made.judge.close()
    made.cluster.cut()


def parameters(reply: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: p["value"] for p in reply["node"]["outputs"]["parameters"]}


def test_a_run_in_time_ends_the_node_with_what_was_found(court: Court) -> None:
    court.add(workflow("sales-1", "sales", NOW - 3600), workflow("sales-0", "sales", NOW - 9000, "Failed"))
    reply = court.asks(FORM)
    assert reply["node"]["phase"] == "Succeeded"
    assert reply["node"]["message"] == "sales-1 ended Succeeded 1h ago (succeeded)"
    found = parameters(reply)
    result = json.loads(found.pop("result"))
    assert found == {
        "workflow": "sales-1",
        "phase": "Succeeded",
        "finishedAt": "2026-11-21T07:00:00Z",
        "reason": "succeeded",
    }
    assert (result["satisfied"], result["age"]) == (True, 3600)
    assert json.loads(reply["node"]["outputs"]["result"]) == result


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([], "no-run"),
        ([workflow("sales-1", "sales", NOW - 7300)], "too-old"),
        ([workflow("sales-1", "sales", NOW - 60, "Failed")], "failed"),
        ([workflow("sales-1", "sales", None)], "running"),
        ([workflow("other-1", "other", NOW - 60)], "no-run"),
    ],
)
def test_without_wait_the_first_no_counts(court: Court, runs: list[dict[str, Any]], reason: str) -> None:
    court.add(*runs)
    reply = court.asks(FORM)
    assert (reply["node"]["phase"], parameters(reply)["reason"]) == ("Failed", reason)
    assert reply["node"]["message"].endswith(f"({reason})")


def test_with_wait_it_is_asked_again_until_it_is_so(court: Court) -> None:
    form = FORM | {"wait": "30m", "interval": "10s"}
    first = court.asks(form)
    assert first["requeue"] == "10s"
    assert "no Workflow of sales" in first["node"]["message"]
    court.clock += 10
    court.add(workflow("sales-1", "sales", None))
    assert court.asks(form)["requeue"] == "10s"
    court.clock += 10
    court.add(workflow("sales-1", "sales", NOW + 15))
    assert settled(court, form)["node"]["phase"] == "Succeeded"


def settled(court: Court, form: Any) -> dict[str, Any]:
    """The first reply that ends the node: a watch takes a moment."""
    for _ in range(500):
        reply = court.asks(form)
        if "requeue" not in reply:
            return reply
    raise AssertionError("it stayed pending")


def test_the_wait_ends(court: Court) -> None:
    form = FORM | {"wait": "25s", "interval": "10s"}
    assert court.asks(form)["requeue"] == "10s"
    court.clock += 20
    assert court.asks(form)["requeue"] == "5s"
    court.clock += 5
    over = court.asks(form)
    assert over["node"]["phase"] == "Failed"
    assert "waited 25 s" in over["node"]["message"]
    assert court.asks(form)["requeue"] == "10s"  # tried again by a retryStrategy


def test_two_workflows_wait_each_for_itself(court: Court) -> None:
    form = FORM | {"wait": "20s", "interval": "10s"}
    court.asks(form, "one")
    court.clock += 15
    assert court.asks(form, "two")["requeue"] == "10s"
    assert court.asks(form, "one")["requeue"] == "5s"


def test_what_can_never_become_so_is_not_waited_for(court: Court) -> None:
    court.add(workflow("sales-1", "sales", NOW - 60, "Failed"))
    reply = court.asks({"targetWorkflow": "workflow/sales-1", "wait": "1h"})
    assert reply["node"]["phase"] == "Failed"


def test_a_no_is_made_sure_of_with_a_list(court: Court) -> None:
    court.add(workflow("other-1", "other", NOW - 60))
    assert court.asks({"targetWorkflow": "other"})["node"]["phase"] == "Succeeded"
    before = court.cluster.requests
    # It is in the cluster, and the watch does not know it yet.
    court.cluster.objects[WORKFLOWS, NAMESPACE, "sales-1"] = workflow("sales-1", "sales", NOW - 60) | {
        "metadata": workflow("sales-1", "sales", NOW - 60)["metadata"] | {"namespace": NAMESPACE, "uid": "u"}
    }
    assert court.asks(FORM)["node"]["phase"] == "Succeeded"
    assert court.cluster.requests == before + 1


def test_a_hundred_questions_cost_a_list_and_a_watch(court: Court) -> None:
    court.add(workflow("sales-1", "sales", NOW - 60), workflow("stock-1", "stock", NOW - 60))
    for number in range(50):
        for name in ("sales", "stock"):
            reply = court.asks({"targetWorkflow": name, "timeWindow": "2h"}, f"asker-{number}")
            assert parameters(reply)["workflow"] == f"{name}-1"
    assert court.cluster.requests == 2


def test_a_malformed_template_is_an_error_of_the_node(court: Court) -> None:
    reply = court.asks({"targetWorkflow": "sales", "timeWindw": "2h"})
    assert reply["node"]["phase"] == "Error"
    assert 'did you mean "timeWindow"?' in reply["node"]["message"]
    assert court.cluster.requests == 0


def test_an_api_that_is_away_says_nothing_about_the_target(court: Court) -> None:
    court.cluster.fail_next("watch", 503, times=10_000)
    reply = court.asks(FORM)
    assert reply["requeue"] == f"{AGAIN:g}s"
    court.clock += UNREACHABLE
    reply = court.asks(FORM)
    assert reply["node"]["phase"] == "Error"
    assert reply["node"]["message"].startswith("cannot tell: cannot watch")


def test_a_lost_watch_is_not_answered_from(court: Court) -> None:
    court.add(workflow("sales-1", "sales", NOW - 60))
    assert court.asks(FORM)["node"]["phase"] == "Succeeded"
    court.cluster.fail_next("watch", 503, times=10_000)
    court.cluster.cut()
    for _ in range(500):
        reply = court.asks(FORM)
        if "requeue" in reply:
            return
    raise AssertionError("it went on to answer")


def test_who_may_not_list_workflows_is_told_so(court: Court) -> None:
    court.cluster.fail_next("watch", 403, "Forbidden", times=10_000)
    reply = court.asks(FORM)
    assert reply["node"]["phase"] == "Error"


def test_with_too_many_workflows_each_question_is_asked_of_the_api(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "MOST", 1)
    court.add(workflow("sales-1", "sales", NOW - 60), workflow("sales-2", "sales", NOW - 50))
    assert parameters(court.asks(FORM))["workflow"] == "sales-2"
    assert [call.verb for call in court.cluster.calls] == ["watch", "list"]
    assert parameters(court.asks({"targetWorkflow": "nothing"}))["reason"] == "no-run"


def test_a_node_that_is_not_there_is_an_error(court: Court) -> None:
    reply = court.asks({"node": "etl/report"})
    assert reply["node"]["phase"] == "Error"
    assert "there is no graph etl" in reply["node"]["message"]
    assert {call.plural for call in court.cluster.calls} == {"sensors", "eventsources"}


def test_a_node_needs_no_workflows(court: Court) -> None:
    court.cluster.fail_next("list", 403, "Forbidden", resource=SENSORS)
    reply = court.asks({"node": "etl/report", "key": "20261121"})
    assert (reply["node"]["phase"], court.cluster.watching) == ("Error", 0)
    assert (CONFIG_MAPS, NAMESPACE, "x") not in court.cluster.objects


def test_a_node_is_asked_as_its_sensor_decides_and_equal_reads_are_shared(court: Court) -> None:
    kinds = {"Sensor": SENSORS, "EventSource": EVENT_SOURCES}
    for (kind, _), thing in compile_nodes(NODES).objects.items():
        if kind in kinds:
            court.cluster.add(kinds[kind], NAMESPACE, thing)
    form = {"node": "etl/r", "key": KEY, "wait": "1h"}
    waiting = court.asks(form)
    assert waiting == {"node": {"message": f"node etl/r for {KEY} waits for a"}, "requeue": "30s"}
    data = fact("a", "2026-11-21T07:00")
    labels = {"depgen.io/graph": "etl", "depgen.io/key": KEY, "depgen.io/ledger": "true"}
    court.cluster.add(
        CONFIG_MAPS, NAMESPACE, {"metadata": {"name": f"etl-{KEY}", "labels": labels}, "data": data}
    )
    court.clock += 30
    before = court.cluster.requests
    for number in range(50):
        reply = court.asks(form, f"asker-{number}")
        assert (reply["node"]["phase"], parameters(reply)["reason"]) == ("Succeeded", "ready")
    assert court.cluster.requests == before + 3


def test_a_shared_cluster_lists_what_a_selector_chooses_and_writes_nothing(court: Court) -> None:
    court.add(workflow("sales-1", "sales", NOW), workflow("stock-1", "stock", NOW))
    shared = SharedCluster(court.cluster, Reads(lambda: 0.0), 0.0)
    chosen = shared.list(WORKFLOWS, NAMESPACE, "workflows.argoproj.io/cron-workflow=stock")
    assert [w["metadata"]["name"] for w in chosen] == ["stock-1"]
    found = shared.get(WORKFLOWS, NAMESPACE, "sales-1")
    assert found is not None
    assert found["metadata"]["name"] == "sales-1"
    assert shared.get(WORKFLOWS, NAMESPACE, "none") is None
    assert court.cluster.requests == 1
    with pytest.raises(InternalError):
        shared.create(WORKFLOWS, NAMESPACE, {"metadata": {"name": "a"}})
