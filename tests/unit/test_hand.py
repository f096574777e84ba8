"""What an operator orders: the entries it leaves, what follows, and what is refused with which way out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from depgen.cluster import hand
from depgen.cluster.api import CONFIG_MAPS, ClusterError, Object, Resource
from depgen.cluster.hand import Outcome, carry_out
from depgen.cluster.orders import Order, OrderError, Verb
from depgen.cluster.states import ask
from depgen.report import hand as report
from tests.fakes import Call, FakeCluster
from tests.subjects import KEY, Entries, Shop, by_hand, claim, fact, outcome, seconds, subject_of

A, B = (fact(node, "2026-11-21T07:00") for node in "ab")
NODES = (
    "  a: {source: {cronWorkflow: a}}\n"
    "  b: {source: {cronWorkflow: b}}\n"
    "  report: {run: {workflowTemplate: held}, dependsOn: [a, b]}\n"
    "  audit: {run: {workflowTemplate: held}, dependsOn: [{node: report, status: done}]}\n"
    "  mail: {run: {workflowTemplate: held}, dependsOn: [{node: report, status: done, match: {offset: -1}}]}\n"
)
NOW = "2026-11-21T08:00:00Z"  # the fake's clock


def shop(head: str = "") -> Shop:
    return Shop(subject_of(NODES, head=head))


def order(
    there: Shop, verb: Verb, node: str = "report", key: str = KEY, upstream: str = "", dry_run: bool = False
) -> Outcome:
    chosen = there.subject.graph.nodes[node]
    given = Order(verb, chosen, key, "ada", "on call", upstream)
    return carry_out(there.cluster, there.subject, given, there.cluster.now, dry_run)


def refusal(there: Shop, verb: Verb, node: str = "report", key: str = KEY, upstream: str = "") -> str:
    before = dict(there.cluster.objects)
    with pytest.raises(OrderError) as error:
        order(there, verb, node, key, upstream)
    assert there.cluster.objects == before
    return str(error.value)


# ---- what is written, and what follows ----


def test_fire_leaves_who_why_and_when_and_submits() -> None:
    there = shop()
    there.write(A)
    assert order(there, Verb.FIRE).submits == (f"etl-report-{KEY}",)
    assert there.data() == A | {"fire.report": json.dumps({"at": NOW, "by": "ada", "why": "on call"})}


def test_an_absent_ledger_is_created_empty_and_then_patched() -> None:
    there = shop()
    assert order(there, Verb.FIRE).submits == (f"etl-report-{KEY}",)
    assert [c for c in there.cluster.calls if c.verb in ("create", "patch")] == [
        Call("create", "configmaps", f"etl-{KEY}"),
        Call("patch", "configmaps", f"etl-{KEY}"),
    ]
    found = there.cluster.get(CONFIG_MAPS, "data", f"etl-{KEY}")
    assert found
    assert found["metadata"]["labels"] == {"depgen.io/graph": "etl", "depgen.io/key": KEY}


def test_satisfy_counts_as_the_edge() -> None:
    there = shop()
    assert order(there, Verb.SATISFY, upstream="a").submits == ()
    there.write(A)
    assert order(there, Verb.SATISFY, upstream="b").submits == (f"etl-report-{KEY}",)
    assert "satisfy.report.b" in there.data()


def test_skip_is_an_outcome_in_every_ledger_that_asks_for_it() -> None:
    there = shop()
    there.write(A)
    done = order(there, Verb.SKIP)
    assert set(done.submits) == {f"etl-audit-{KEY}", "etl-mail-20261122"}
    name = f"run.report.{KEY}.skipped.{int(there.cluster.now)}"
    value = {
        "finishedAt": NOW,
        "phase": "Skipped",
        "wall": "2026-11-21T09:00:00",
        "reason": "by hand",
        "by": "ada",
        "why": "on call",
    }
    assert json.loads(there.data()[name]) == value
    assert json.loads(there.data("20261122")[name]) == value | {"offset": -1}


def test_skip_reaches_the_ledgers_of_other_partitions() -> None:
    there = shop("partitions: 4\n")
    done = order(there, Verb.SKIP)
    assert set(done.submits) == {f"etl-audit-{KEY}", "etl-mail-20261122"}
    own = there.subject.partition("report")
    other = there.subject.partition("audit")
    assert own != other
    assert there.data(partition=own).keys() == there.data(partition=other).keys()


def test_a_held_node_does_not_fire_until_it_is_released() -> None:
    there = shop()
    there.write(A)
    order(there, Verb.HOLD)
    there.write(A, B, {"hold.report": there.data()["hold.report"]})
    assert "hold.report" in there.data()
    assert order(there, Verb.RELEASE).submits == (f"etl-report-{KEY}",)
    left = {"release.report": json.dumps({"at": NOW, "by": "ada", "why": "on call"})}
    assert there.data() == A | B | left


@pytest.mark.parametrize(
    ("is_dry", "removed", "wrote", "submits"),
    [(False, "removed", "wrote", "submit"), (True, "would remove", "would write", "would submit")],
)
def test_an_operator_is_told_what_is_written_and_what_is_removed(
    is_dry: bool, removed: str, wrote: str, submits: str
) -> None:
    there = shop()
    there.write(A, B, by_hand("hold.report"))
    release = Order(Verb.RELEASE, there.subject.graph.nodes["report"], KEY, "ada", "on call")
    done = order(there, Verb.RELEASE, dry_run=is_dry)
    assert report.text(release, done, is_dry).splitlines() == [
        f"{removed} hold.report from ledger etl-{KEY}",
        f"{wrote} release.report in ledger etl-{KEY}",
        f"the Sensors {submits} etl-report-{KEY}",
    ]


@pytest.mark.parametrize("word", ["ignore", "refresh", "hold"])
def test_a_node_that_was_skipped_does_not_fire_when_its_upstreams_come(word: str) -> None:
    there = Shop(subject_of(NODES.replace("[a, b]}", f"[a, b], onRerun: {word}}}")))
    order(there, Verb.SKIP)
    skipped = there.data()
    there.write(skipped, A, B)
    assert ask(there.subject, there.subject.graph.nodes["report"], there.ledger("report")).is_due is False


def test_in_shadow_mode_nothing_is_fired_and_the_rest_submits_nothing() -> None:
    there = shop("mode: shadow\n")
    there.write(A)
    assert refusal(there, Verb.FIRE) == 'graph "etl" is in shadow mode, in which nothing is submitted'
    done = order(there, Verb.SATISFY, upstream="b")
    assert done.submits == ()
    assert "satisfy.report.b" in there.data()
    satisfy = Order(Verb.SATISFY, there.subject.graph.nodes["report"], KEY, "ada", "on call", "b")
    told = report.text(satisfy, done, is_dry=False).splitlines()[-1]
    assert told == f"in shadow mode nothing is submitted: depgen why report --key {KEY}"


def test_a_ready_node_whose_event_was_lost_is_asked_again() -> None:
    there = shop()
    there.write(A, B)
    assert order(there, Verb.FIRE).submits == (f"etl-report-{KEY}",)
    assert there.data()["sweep.report"] == f"0 {NOW}"


@pytest.mark.parametrize("kind", ["Rejected", "Expired", "Skipped"])
def test_fire_takes_back_what_ended_the_waiting_without_a_run(kind: str) -> None:
    there = shop()
    there.write(A, B, outcome("report", "2026-11-21T07:30", kind, reason="refused 3 times"))
    assert order(there, Verb.FIRE).submits == (f"etl-report-{KEY}",)
    assert not [name for name in there.data() if name.startswith("run.report.")]


def test_a_node_that_was_skipped_at_its_cutoff_and_still_runs_late_can_be_fired() -> None:
    cutoff = NODES.replace("dependsOn: [a, b]}", 'dependsOn: [a, b], cutoff: "07:00", onLate: run}')
    there = Shop(subject_of(cutoff))
    there.write(A, outcome("report", "2026-11-21T06:00", "Skipped", reason="cutoff"))
    assert order(there, Verb.FIRE).submits == (f"etl-report-{KEY}",)


def test_a_dry_run_says_what_it_would_write_and_writes_nothing() -> None:
    there = shop()
    done = order(there, Verb.FIRE, dry_run=True)
    assert done.submits == (f"etl-report-{KEY}",)
    assert [(change.before.name, list(change.entries)) for change in done.changes] == [
        (f"etl-{KEY}", ["fire.report"])
    ]
    assert not there.cluster.objects


def test_who_is_the_user_of_the_cluster_or_else_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    there = shop()
    monkeypatch.setenv("LOGNAME", "grace")
    assert hand.who(there.cluster) == "grace"
    there.cluster.fail_next("create", 403)
    assert hand.who(there.cluster) == "grace"


# ---- somebody else writes ----


def test_a_conflict_makes_it_look_again() -> None:
    there = shop()
    there.write(A)
    there.cluster.fail_next("patch", 409, "Conflict")
    assert order(there, Verb.SATISFY, upstream="b").submits == (f"etl-report-{KEY}",)


class Busy(FakeCluster):
    """A cluster in which `meanwhile` happens right after the first time an object is read."""

    meanwhile: Callable[[], object] | None = None

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        found = super().get(resource, namespace, name)
        if self.meanwhile:
            action, self.meanwhile = self.meanwhile, None
            action()
        return found


def test_a_node_that_is_submitted_meanwhile_is_not_held() -> None:
    busy = Busy()
    there = Shop(shop().subject, busy)
    there.write(A, B)
    busy.meanwhile = lambda: there.write(A, B, claim("report"))
    with pytest.raises(OrderError, match="is SUBMITTED"):
        order(there, Verb.HOLD)
    assert there.data() == A | B | claim("report")


def test_a_ledger_that_somebody_else_creates_meanwhile_is_read_again() -> None:
    there = shop()
    there.cluster.fail_next("create", 409, "AlreadyExists", has_happened=True)
    order(there, Verb.HOLD)
    assert list(there.data()) == ["hold.report"]


def test_endless_conflicts_and_other_errors_end_it() -> None:
    there = shop()
    there.write(A)
    there.cluster.fail_next("patch", 409, "Conflict", times=9)
    with pytest.raises(ClusterError, match="changed 5 times"):
        order(there, Verb.HOLD)
    there = shop()
    there.write(A)
    there.cluster.fail_next("patch", 403, "Forbidden")
    with pytest.raises(ClusterError, match="told to fail"):
        order(there, Verb.HOLD)


@pytest.mark.parametrize("refusing", [f"etl-{KEY}", "etl-20261122"])
def test_a_skip_of_which_a_part_was_refused_is_written_whole(refusing: str) -> None:
    there = shop()
    there.write(A)
    there.cluster.fail_next("patch", 409, "Conflict", name=refusing)
    order(there, Verb.SKIP)
    assert len(there.data()) == 2
    assert len(there.data("20261122")) == 1


# ---- what makes no sense ----

RAN = A | B | fact("report", "2026-11-21T07:30", workflow="r1")


@pytest.mark.parametrize(
    ("verb", "entries", "expected"),
    [
        (Verb.FIRE, RAN, r'"report" is SUCCEEDED for 20261121 as r1; depgen backfill .* --rerun ID'),
        (
            Verb.FIRE,
            A | claim("report"),
            r"is SUBMITTED for 20261121 as etl-report-20261121; depgen backfill",
        ),
        (
            Verb.FIRE,
            A | by_hand("hold.report"),
            r"held by ada: because; depgen release report --key 20261121 first",
        ),
        (Verb.SKIP, RAN, r"is SUCCEEDED .*; depgen backfill"),
        (Verb.SKIP, A | claim("report"), r"is SUBMITTED .*; argo stop etl-report-20261121"),
        (Verb.SKIP, outcome("report", "2026-11-21T07:30", "Skipped"), r'"report" is SKIPPED for 20261121;'),
        (Verb.HOLD, RAN, r"is SUCCEEDED"),
        (Verb.HOLD, by_hand("hold.report"), r"held already, by ada: because; depgen release report"),
        (Verb.RELEASE, A, r"nobody holds it; depgen why report --key 20261121"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(verb: Verb, entries: Entries, expected: str) -> None:
    there = shop()
    there.write(entries)
    assert re.search(expected, refusal(there, verb))


def test_an_edge_has_to_exist_and_to_be_open() -> None:
    there = shop()
    there.write(A, by_hand("satisfy.report.b"))
    assert "satisfied already, by a-20261121" in refusal(there, Verb.SATISFY, upstream="a")
    assert "satisfied already, by hand, by ada" in refusal(there, Verb.SATISFY, upstream="b")
    assert (
        refusal(there, Verb.SATISFY, upstream="audit")
        == '"report" does not wait for "audit"; it waits for a, b'
    )
    assert 'did you mean "report"?' in refusal(there, Verb.SATISFY, "audit", upstream="reprot")


def test_a_key_has_to_be_one_of_the_nodes_period() -> None:
    there = shop()
    for key in ("20261121t14", "2026w47", "20261399", "x", "20261121 "):
        expected = f'"{key}" is no key of "report", whose period is day; expected one such as 20261121'
        assert refusal(there, Verb.FIRE, key=key) == expected


def test_a_source_is_not_fired() -> None:
    assert "depgen satisfy NODE a --key 20261121" in refusal(shop(), Verb.FIRE, "a")


def test_the_clock_of_an_order_is_the_one_it_was_given() -> None:
    there = shop()
    there.cluster.now = seconds("2026-11-22T10:00")
    order(there, Verb.HOLD)
    assert json.loads(there.data()["hold.report"])["at"] == "2026-11-22T10:00:00Z"
