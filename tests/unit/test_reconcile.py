"""One pass of the sweep on a cluster in memory: what it adds, what fires by it, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, ClusterError, Object, Resource
from depgen.cluster.reconcile.counts import Kind
from depgen.cluster.reconcile.expected import Earlier, expected
from tests.subjects import KEY, by_hand, claim, fact, outcome, seconds
from tests.sweeps import NODES, NOW, SweptShop, done, told_of

READY = fact("a", "2026-11-21T10:00") | fact("b", "2026-11-21T10:30")
OFFSET = """\
  a: {source: {cronWorkflow: a}}
  report: {run: {workflowTemplate: report}, dependsOn: [a]}
  total: {run: {workflowTemplate: total}, every: day, dependsOn: [{node: report, match: {offset: -1}, status: done}]}
"""


def counter(shop: SweptShop, node: str = "report") -> str | None:
    return shop.data().get(f"sweep.{node}")


# ---- facts ----


def test_a_ledger_that_was_lost_is_made_anew_and_its_nodes_fire() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:30")
    swept = shop.sweep()
    assert shop.ledgers() == {
        f"etl-{KEY}": {
            f"run.a.{KEY}.u1.1795255200": '{"finishedAt":"2026-11-21T10:00:00Z","phase":"Succeeded",'
            '"wall":"2026-11-21T10:00:00","workflow":"a-20261121-1"}',
            f"run.b.{KEY}.u2.1795257000": '{"finishedAt":"2026-11-21T10:30:00Z","phase":"Succeeded",'
            '"wall":"2026-11-21T10:30:00","workflow":"b-20261121-2"}',
        }
    }
    assert shop.fires({}) == [f"etl-report-{KEY}"]
    assert (swept.objects, swept.expected, swept.present, done(swept)) == (2, 2, 0, {"fact": 2})
    assert swept.is_clean


def test_an_absent_ledger_is_created_empty_because_one_that_arrives_full_fires_on_fresh_facts_only() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00")
    shop.sweep()
    writes = [call for call in shop.cluster.calls if call.verb in ("create", "patch")]
    assert [(call.verb, call.name) for call in writes] == [("create", f"etl-{KEY}"), ("patch", f"etl-{KEY}")]


def test_a_second_pass_finds_nothing_to_do() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00")
    shop.run("report")
    shop.ended("b", "2026-11-21T10:30", key=None)
    shop.sweep()
    before = shop.cluster.objects.copy()
    swept = shop.sweep()
    assert not swept.repairs
    assert (swept.expected, swept.present) == (2, 2)
    assert shop.cluster.objects == before


def test_a_claim_that_was_lost_comes_back_and_keeps_the_node_from_firing() -> None:
    shop = SweptShop()
    shop.write(READY)
    shop.run("report")
    swept = shop.sweep()
    assert done(swept) == {"claim": 1}
    assert counter(shop) is None
    assert shop.fires({f"etl-{KEY}": READY}) == []


def test_a_run_without_a_key_is_nobodys() -> None:
    shop = SweptShop()
    shop.run("report", key="")
    swept = shop.sweep()
    assert (swept.objects, swept.expected, swept.late, shop.ledgers()) == (1, 0, 0, {})


def test_an_entry_is_never_overwritten() -> None:
    shop = SweptShop()
    uid = shop.ended("a", "2026-11-21T10:00")
    name = f"run.a.{KEY}.{uid}.1795255200"
    shop.write({name: "what somebody wrote"})
    assert done(shop.sweep()) == {}
    assert shop.data() == {name: "what somebody wrote"}


def test_each_event_is_listed_once_however_many_programs_read_it() -> None:
    shop = SweptShop(OFFSET)
    shop.sweep()
    listed = [call for call in shop.cluster.calls if call.verb == "list"]
    assert len(listed) == 4  # the ledgers; the completed sources; the graph's completed and its running runs


def test_a_completion_without_a_key_is_told_of_and_remains() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00", key=None)
    swept = shop.sweep()
    assert [(one.kind, one.what) for one in swept.remaining] == [("unmappable", "a-None-1")]
    assert not swept.is_clean
    heap = shop.cluster.get(CONFIG_MAPS, "data", "etl-invalid")
    assert heap is not None
    assert heap["metadata"]["labels"] == {"depgen.io/invalid": "etl"}
    assert [json.loads(text)["workflow"] for text in heap["data"].values()] == ["a-None-1"]
    assert shop.ledgers() == {}


def test_what_a_sensor_tells_meanwhile_of_completions_without_a_key_stays() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00", key=None)
    labels = {"depgen.io/invalid": "etl"}
    metadata = {"name": "etl-invalid", "labels": labels}
    told = {"invalid.7": '{"finishedAt":"2026-11-21T11:00:00Z"}'}
    shop.cluster.add(CONFIG_MAPS, "data", {"metadata": metadata, "data": {}})
    read = shop.cluster.get

    def get(resource: Resource, namespace: str, name: str) -> Object | None:
        found = read(resource, namespace, name)
        if name == "etl-invalid" and not (found or {}).get("data"):
            shop.cluster.add(CONFIG_MAPS, "data", {"metadata": metadata, "data": told})
        return found

    shop.cluster.get = get  # type: ignore[method-assign]
    shop.sweep()
    heap = read(CONFIG_MAPS, "data", "etl-invalid")
    assert heap is not None
    assert sorted(heap["data"]) == ["invalid.0", "invalid.7"]


def test_what_was_told_of_completions_without_a_key_goes_when_ledgers_of_that_time_do() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00", key=None)
    shop.write({})
    shop.sweep()
    swept = shop.sweep("2026-12-06T12:00")
    heap = shop.cluster.get(CONFIG_MAPS, "data", "etl-invalid")
    assert heap is not None
    assert not heap.get("data")
    assert swept.is_clean


def test_an_upstream_in_another_graph_is_read_from_that_graphs_ledgers() -> None:
    nodes = "  x: {source: {graph: data/other, node: far}}\n  report: {run: {workflowTemplate: r}, dependsOn: [x]}\n"
    shop = SweptShop(nodes)
    labels = {"depgen.io/graph": "other", "depgen.io/key": KEY}
    body = {"metadata": {"name": f"other-{KEY}", "labels": labels}, "data": fact("far", "2026-11-21T10:00")}
    shop.cluster.add(CONFIG_MAPS, "data", body)
    assert done(shop.sweep()) == {"fact": 1}
    assert list(shop.data()) == [f"run.x.{KEY}.u-far.1795255200"]


def test_what_else_carries_the_graphs_label_is_left_alone() -> None:
    shop = SweptShop()
    metadata = {"name": "etl-graph", "labels": {"depgen.io/graph": "etl"}}
    shop.cluster.add(CONFIG_MAPS, "data", {"metadata": metadata, "data": {"graph.yaml": "..."}})
    assert shop.sweep("2027-03-01T00:00").repairs == []
    assert shop.cluster.get(CONFIG_MAPS, "data", "etl-graph") is not None


@pytest.mark.parametrize("word", ["ignore", "refresh", "hold"])
def test_an_outcome_is_no_run_that_could_be_made_again(word: str) -> None:
    nodes = NODES.replace("[a, b]}", f"[a, b], onRerun: {word}}}")
    shop = SweptShop(nodes, is_new=True)
    shop.write(READY)
    assert told_of(shop.sweep(), Kind.SKIPPED)[0] == ("report", KEY, "complete before the node existed")
    assert told_of(shop.sweep(NOW + 100), Kind.SKIPPED) == []
    shop = SweptShop(nodes)
    shop.write(READY, {"sweep.report": "3 2026-11-21T11:00:00Z"})
    shop.write(submitted("2026-11-21T11:30"), key="20261119")
    assert told_of(shop.sweep(), Kind.REJECTED) == [("report", KEY, "submission-refused")]
    assert {repair.node for repair in shop.sweep(NOW + 3600).repairs} == {"audit"}


def test_a_key_that_is_none_does_not_stop_the_sweep() -> None:
    nodes = (
        "  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
        "  report: {run: {workflowTemplate: report}, dependsOn: [a, b], runsOn: week, cutoff: '11:00'}\n"
    )
    shop = SweptShop(nodes, "calendars: {week: {days: [mon, tue, wed, thu, fri, sat]}}\n")
    odd = outcome("report", "2026-11-21T11:00", "Expired", "tomorrow")
    shop.write(READY, odd)
    for key in ("tomorrow", "20261399"):
        shop.write(by_hand("clock.report.cutoff"), odd, key=key)
    assert [(node, key) for node, key, _ in told_of(shop.sweep(), Kind.ASKED)] == [("report", KEY)]


def test_a_dry_run_says_it_all_and_writes_nothing() -> None:
    shop = SweptShop(is_new=True, head="keep: 3d\n")
    shop.cluster.now = seconds("2026-10-02T00:00")
    shop.write({}, key="20261001")
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:00", key=None)
    before = shop.cluster.objects.copy()
    swept = shop.sweep(is_dry=True)
    assert shop.cluster.objects == before
    assert done(swept) == {"pruned": 1, "fact": 1, "invalid": 1}
    assert not swept.is_clean


# ---- asking ----


def test_a_node_that_is_due_and_was_not_submitted_is_asked_about_once_a_minute_has_passed() -> None:
    shop = SweptShop()
    shop.write(READY)
    shop.sweep("2026-11-21T10:30:59")
    assert counter(shop) is None
    before = shop.ledgers()
    swept = shop.sweep("2026-11-21T10:41:01")
    assert counter(shop) == "1 2026-11-21T10:41:01Z"
    assert shop.fires(before) == [f"etl-report-{KEY}"]
    assert told_of(swept, Kind.ASKED) == [
        ("report", KEY, "ready since 2026-11-21T10:30:00Z and not submitted; try 1")
    ]


def test_a_ledger_that_just_changed_is_waited_for_but_not_for_ever() -> None:
    shop = SweptShop()
    shop.cluster.now = seconds("2026-11-21T10:33")
    shop.write(READY)
    shop.sweep("2026-11-21T10:33:30")
    assert counter(shop) is None
    shop.cluster.now = seconds("2026-11-21T10:46:00")
    shop.write(READY)
    shop.sweep("2026-11-21T10:46:01")
    assert counter(shop) == "1 2026-11-21T10:46:01Z"


def test_what_a_pass_adds_is_not_asked_about_in_the_next_minute() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T05:00")
    shop.ended("b", "2026-11-21T05:00")
    shop.sweep("2026-11-21T12:00:00")
    shop.sweep("2026-11-21T12:00:30")
    assert counter(shop) is None
    shop.sweep("2026-11-21T12:01:00")
    assert counter(shop) == "1 2026-11-21T12:01:00Z"


def submitted(at: str) -> dict[str, str]:
    """A run of another key, whose claim says when the Sensor was at work."""
    value = {"at": f"{at}:00Z", "finishedAt": "", "phase": "Submitted", "workflow": "etl-report-20261120"}
    return {"run.report.20261120.u8.0": json.dumps(value)}


def test_three_tries_with_growing_pauses_and_then_the_node_is_rejected() -> None:
    shop = SweptShop()
    shop.write(READY)
    shop.write(submitted("2026-11-21T12:11"), key="20261120")
    minutes: dict[str | None, int] = {}
    for minute in range(40):
        shop.sweep(NOW + 60 * minute)
        minutes.setdefault(counter(shop), minute)
    assert [(value or "")[:2] + str(minute) for value, minute in minutes.items()] == ["1 0", "2 2", "3 10"]
    name = f"run.report.{KEY}.rejected.{int(NOW) + 18 * 60}"
    assert json.loads(shop.data()[name]) == {
        "finishedAt": "2026-11-21T12:18:00Z",
        "phase": "Rejected",
        "reason": "submission-refused",
        "wall": "2026-11-21T12:18:00",
    }
    assert sum(entry.startswith("run.report.") for entry in shop.data()) == 1


def test_a_node_that_nobody_may_have_heard_of_is_asked_about_for_a_day_before_it_is_given_up() -> None:
    shop = SweptShop()
    shop.write(READY)
    shop.write(submitted("2026-11-21T12:09"), key="20261120")
    repairs = [one for minute in range(0, 60 * 26, 10) for one in shop.sweep(NOW + 60 * minute).repairs]
    kinds = [one.kind for one in repairs if one.node == "report"]
    assert kinds == [Kind.ASKED] * 48 + [Kind.REJECTED]


def test_a_rejection_remains_to_be_looked_at_and_lets_those_fire_that_wait_for_any_end() -> None:
    shop = SweptShop()
    shop.write(READY, {"sweep.report": "3 2026-11-21T11:00:00Z"})
    shop.write(submitted("2026-11-21T11:30"), key="20261120")
    before = shop.ledgers()
    swept = shop.sweep()
    assert [(one.kind, one.what) for one in swept.remaining] == [("rejected", f"report {KEY}")]
    assert shop.fires(before) == [f"etl-audit-{KEY}"]


def test_a_counter_of_an_earlier_time_does_not_shorten_the_tries() -> None:
    shop = SweptShop()
    shop.write(READY, {"sweep.report": "3 2026-11-21T09:00:00Z"})
    shop.sweep()
    assert counter(shop) == "1 2026-11-21T12:00:00Z"


def test_nobody_is_asked_while_a_node_is_held() -> None:
    shop = SweptShop()
    shop.write(READY, by_hand("hold.report"))
    assert done(shop.sweep()) == {}


def test_in_shadow_mode_a_node_is_asked_about_until_it_said_what_it_would_have_done() -> None:
    shop = SweptShop(head="mode: shadow\n")
    shop.write(READY, fact("report", "2026-11-21T10:35"))
    assert done(shop.sweep()) == {"asked": 2}, "the runs are those of others"
    for minute in range(2, 60):
        shop.sweep(NOW + 60 * minute)
    assert counter(shop) == "4 2026-11-21T12:40:00Z", "nothing is rejected"
    shop.write(READY, {f"shadow.{node}": '{"at":"2026-11-21T10:31:00Z"}' for node in ("report", "audit")})
    assert done(shop.sweep("2026-11-21T14:00")) == {}


def test_in_shadow_mode_nothing_is_skipped_and_new_nodes_are_not_asked_about() -> None:
    shop = SweptShop(head="mode: shadow\n", is_new=True)
    shop.write(READY)
    assert done(shop.sweep()) == {}


def test_a_node_fired_by_hand_is_asked_about_though_its_edges_are_not_there() -> None:
    shop = SweptShop(is_new=True)
    shop.write(by_hand("fire.report", at="2026-11-21T09:00:00Z"))
    assert done(shop.sweep()) == {"asked": 1}
    assert counter(shop) == "1 2026-11-21T12:00:00Z"


# ---- two writers ----


def test_a_ledger_that_changed_meanwhile_is_read_again() -> None:
    shop = SweptShop()
    shop.write(READY)
    shop.run("report")
    shop.cluster.fail_next("patch", 409, "Conflict", resource=CONFIG_MAPS, name=f"etl-{KEY}", times=2)
    assert done(shop.sweep()) == {"claim": 1}


def test_a_claim_that_comes_between_reading_and_writing_is_seen() -> None:
    shop = SweptShop()
    shop.write(READY)
    write = shop.cluster.patch

    def patch(resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        if "run.report" not in str(shop.data()):
            shop.write(READY, claim("report"))
        return write(resource, namespace, name, body)

    shop.cluster.patch = patch  # type: ignore[method-assign]
    assert done(shop.sweep()) == {}
    assert counter(shop) is None


def test_a_ledger_that_somebody_else_created_meanwhile_is_read_again() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-21T10:00")
    shop.cluster.fail_next("create", 409, "AlreadyExists", name=f"etl-{KEY}", has_happened=True)
    assert done(shop.sweep()) == {"fact": 1}
    assert len(shop.data()) == 1


def test_after_three_refusals_a_ledger_is_left_to_the_next_pass() -> None:
    shop = SweptShop()
    shop.write({})
    shop.ended("a", "2026-11-21T10:00")
    shop.cluster.fail_next("patch", 409, "Conflict", name=f"etl-{KEY}", times=3)
    swept = shop.sweep()
    assert [(one.kind, one.what) for one in swept.remaining] == [("stale", f"etl-{KEY}")]
    assert not swept.repairs
    assert shop.sweep().is_clean


def test_a_ledger_that_the_api_will_never_take_does_not_stop_the_others() -> None:
    shop = SweptShop()
    shop.ended("a", "2026-11-20T10:00", key="20261120")
    shop.ended("a", "2026-11-21T10:00")
    shop.cluster.fail_next("create", 422, "Invalid", name="etl-20261120")
    swept = shop.sweep()
    assert [one.what for one in swept.remaining] == ["etl-20261120"]
    assert list(shop.ledgers()) == [f"etl-{KEY}"]


def test_a_cluster_out_of_reach_is_an_error() -> None:
    shop = SweptShop()
    shop.cluster.fail_next("list", 503)
    with pytest.raises(ClusterError):
        shop.sweep()


# ---- which ledgers are kept ----


def test_a_ledger_goes_when_its_keys_period_ended_longer_ago_than_keep() -> None:
    shop = SweptShop(head="keep: 3d\n")
    shop.cluster.now = seconds("2026-11-01T00:00")
    for key in (
        "20261116",
        "20261117",
        "20261116t23",
        "20261117t00b",
        "2026w46",
        "2026w47",
        "202610",
        "202611",
    ):
        shop.write({}, key=key)
    swept = shop.sweep("2026-11-21T00:00")
    gone = sorted(repair.key for repair in swept.repairs)
    assert gone == ["202610", "20261116", "20261116t23", "2026w46"]
    assert sorted(shop.ledgers()) == ["etl-202611", "etl-20261117", "etl-20261117t00b", "etl-2026w47"]


def test_a_ledger_that_a_backfill_works_on_stays_though_its_key_is_long_over() -> None:
    shop = SweptShop(head="keep: 3d\n")
    shop.write(fact("a", "2026-11-21T10:00", key="20260101"), key="20260101")
    assert shop.sweep().repairs == []


def test_a_ledger_of_runs_that_are_made_again_lives_as_long_as_one_of_its_key() -> None:
    shop = SweptShop(head="keep: 3d\n")
    shop.cluster.now = seconds("2026-11-01T00:00")
    for key in ("20261101-fix", "20261120-fix"):
        shop.write({"backfill": "{}"}, key=key)
    shop.sweep()
    assert list(shop.ledgers()) == ["etl-20261120-fix"]


def test_a_key_that_is_over_gets_no_ledger_again() -> None:
    shop = SweptShop(head="keep: 3d\n")
    shop.ended("a", "2026-11-15T10:00", key="20261115")
    swept = shop.sweep()
    assert (swept.late, swept.expected, swept.repairs) == (1, 0, [])
    assert shop.ledgers() == {}


# ---- facts that nobody reads any more ----


def test_a_large_ledger_loses_the_older_facts_of_what_has_been_read_and_gets_them_no_more() -> None:
    shop = SweptShop()
    times = [f"2026-11-21T{hour:02}:{minute:02}" for hour in range(12) for minute in range(60)]
    for number, at in enumerate(times):
        shop.ended("a", at, phase="Failed" if number == 719 else "Succeeded")
    shop.ended("b", "2026-11-21T10:00")
    shop.run("report", at="2026-11-21T10:10", phase="Failed")
    shop.sweep()
    assert sum(name.startswith("run.a.") for name in shop.data()) == 2
    assert not shop.sweep().repairs


def test_facts_that_a_waiting_node_may_still_read_stay() -> None:
    shop = SweptShop()
    facts: dict[str, str] = {}
    for number in range(900):
        facts |= fact("a", f"2026-11-21T{number // 60:02}:{number % 60:02}", uid=f"u{number}")
    shop.write(facts)
    assert done(shop.sweep()) == {}
    shop.cluster.now = NOW
    shop.write(facts, fact("b", "2026-11-21T16:00"), claim("report"))
    assert done(shop.sweep()) == {"compacted": 899}
    assert sorted(name.split(".")[1] for name in shop.data()) == ["a", "b", "report"]


# ---- other keys and partitions ----


def test_an_outcome_goes_into_the_ledgers_whose_nodes_wait_for_it() -> None:
    shop = SweptShop(OFFSET)
    shop.write(fact("a", "2026-11-21T10:00"), {"sweep.report": "3 2026-11-21T11:00:00Z"})
    shop.write(submitted("2026-11-21T11:30"), key="20261119")
    before = shop.ledgers()
    shop.sweep()
    entry = f"run.report.{KEY}.rejected.{int(NOW)}"
    following = shop.data("20261122")
    assert json.loads(following[entry])["offset"] == -1
    assert json.loads(following[entry])["reason"] == "submission-refused"
    assert shop.fires(before) == ["etl-total-20261122"]


def test_an_outcome_is_nobody_elses() -> None:
    shop = SweptShop(
        "  a: {source: {workflows: {matchLabels: {team: x}}}}\n"
        "  report: {run: {workflowTemplate: report}, dependsOn: [a]}\n"
    )
    shop.write(fact("a", "2026-11-21T10:00"), {"sweep.report": "3 2026-11-21T11:00:00Z"})
    shop.write(submitted("2026-11-21T11:30"), key="20261119")
    shop.sweep()
    assert sorted(name.split(".")[1] for name in shop.data()) == ["a", "report", "report"]


def test_an_outcome_written_by_hand_is_carried_to_the_other_ledgers_too() -> None:
    shop = SweptShop(OFFSET)
    shop.write(fact("report", "2026-11-21T10:00", "Skipped", uid="skipped", by="ada", why="no data"))
    shop.sweep()
    (copy,) = shop.data("20261122").values()
    assert {name: json.loads(copy)[name] for name in ("by", "why", "offset")} == {
        "by": "ada",
        "why": "no data",
        "offset": -1,
    }


def test_after_a_change_of_the_partitions_the_old_ledgers_runs_are_known_in_the_new_ones() -> None:
    shop = SweptShop(head="partitions: 3\n")
    shop.write(READY, fact("report", "2026-11-21T10:40"), claim("audit"))
    shop.ended("a", "2026-11-21T10:00")
    shop.ended("b", "2026-11-21T10:30")
    before = shop.ledgers()
    shop.sweep()
    assert shop.fires(before) == []
    assert not shop.sweep().repairs


def test_what_was_made_of_objects_is_kept_until_they_or_the_programs_change() -> None:
    shop, earlier = SweptShop(), Earlier()

    def passed() -> dict[str, Any]:
        found = expected(shop.cluster, shop.subject.programs, earlier)
        again = expected(shop.cluster, shop.subject.programs)
        assert found == again
        return {name: sorted(wanted.data) for name, wanted in found.ledgers.items()}

    shop.ended("a", "2026-11-21T10:00")
    before = passed()
    assert passed() == before
    shop.ended("b", "2026-11-21T10:30")
    body = {"metadata": {"labels": {"depgen.io/key": "20261122"}}}
    shop.cluster.patch(WORKFLOWS, "data", f"a-{KEY}-1", body)
    assert sorted(passed()) == [f"etl-{KEY}", "etl-20261122"]
    shop.edit(NODES.replace("cronWorkflow: b", "cronWorkflow: c"))
    assert sorted(passed()) == ["etl-20261122"]
