"""A backfill against a cluster in memory; what a Sensor and the Workflows do is played by the test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from depgen.cluster.backfill import Backfill, Step, Wish, check_names, chosen
from depgen.errors import InputError
from depgen.report import backfill as report
from tests.subjects import Shop, claim, fact, outcome, subject_of
from tests.sweeps import OLD, SweptShop

NODES = (
    "  a: {source: {cronWorkflow: a}}\n"
    "  b: {source: {cronWorkflow: b}}\n"
    '  report: {run: {workflowTemplate: held}, dependsOn: [a, {node: b, window: {from: "01:00", to: "02:00"}}], notBefore: "23:00"}\n'
    "  audit: {run: {workflowTemplate: held}, dependsOn: [report]}\n"
    "  other: {run: {workflowTemplate: held}, dependsOn: [a]}\n"
)
SOURCES = {"a", "b"}


def completed(cron: str, day: str) -> dict[str, object]:
    metadata = {
        "name": f"{cron}-{int(day) % 10000000000:010}",
        "labels": {"workflows.argoproj.io/cron-workflow": cron, "workflows.argoproj.io/completed": "true"},
        "annotations": {"workflows.argoproj.io/scheduled-time": f"{day[:4]}-{day[4:6]}-{day[6:]}T11:00:00Z"},
    }
    status = {"phase": "Succeeded", "finishedAt": f"{day[:4]}-{day[4:6]}-{day[6:]}T12:00:00Z"}
    return {"metadata": metadata, "spec": {}, "status": status}


def shop(head: str = "") -> Shop:
    there = Shop(subject_of(NODES, head=head))
    for day in ("20260901", "20260902", "20260903"):
        there.cluster.add(WORKFLOWS, "data", completed("a", day))
    for day in ("20260901", "20260903"):
        there.cluster.add(WORKFLOWS, "data", completed("b", day))
    return there


def wish(*nodes: str, assumed: frozenset[str] = frozenset(), most: int = 8) -> Wish:
    names = frozenset(nodes or ("report", "audit"))
    return Wish(date(2026, 9, 1), date(2026, 9, 3), names, assumed, most, "ada", "the bus was away")


def work(there: Shop, asked: Wish) -> Backfill:
    return Backfill(there.cluster, there.subject, asked, there.cluster.now)


def states(steps: list[Step]) -> dict[str, str]:
    return {f"{s.node} {s.key[6:]}": " ".join([s.state, *s.waits_for]) for s in steps}


def data(there: Shop, key: str) -> dict[str, str]:
    found = there.cluster.get(CONFIG_MAPS, "data", f"etl-{key}")
    return found.get("data") or {} if found else {}


def played(there: Shop, running: list[int], at_once: list[int]):  # type: ignore[no-untyped-def]
    """Sleeping submits what fires and ends what runs, as the Sensors and the controller would."""

    def sleep(seconds: float) -> None:
        steps = work(there, wish()).steps()
        at_once.append(sum(step.state == "running" for step in steps))
        running.append(len(running))
        for step in steps:
            entries = {}
            if step.state == "running":
                entries = fact(step.node, "2026-11-21T08:00", key=step.key, uid="u9")
            elif step.state == "fires" and "backfill" in data(there, step.key):
                entries = claim(step.node, step.key)
            if entries:
                there.cluster.patch(CONFIG_MAPS, "data", f"etl-{step.key}", {"data": entries})

    return sleep


def interrupted(seconds: float) -> None:
    raise KeyboardInterrupt


def test_it_says_first_what_would_run_and_what_lacks() -> None:
    there = shop()
    assert states(work(there, wish()).steps()) == {
        "report 01": "fires",
        "audit 01": "waits report",
        "report 02": "waits b",
        "audit 02": "waits report",
        "report 03": "fires",
        "audit 03": "waits report",
    }
    assert not [key for key in there.cluster.objects if key[0] == CONFIG_MAPS]


def test_it_runs_what_can_run_and_ends_when_nothing_more_does() -> None:
    there = shop()
    told: list[list[Step]] = []
    steps = work(there, wish()).run(played(there, [], []), told.append)
    assert states(steps) == {
        "report 01": "Succeeded",
        "audit 01": "Succeeded",
        "report 02": "waits b",
        "audit 02": "waits report",
        "report 03": "Succeeded",
        "audit 03": "Succeeded",
    }
    assert told[-1] == steps
    note = json.loads(data(there, "20260902")["backfill"])
    assert (note["by"], note["why"]) == ("ada", "the bus was away")


def test_a_run_that_is_refused_meanwhile_is_not_waited_for() -> None:
    there = shop()

    def sleep(seconds: float) -> None:
        for key in ("20260901", "20260903"):
            entry = f"run.report.{key}.rejected.{int(there.cluster.now) + 900}"
            refused = {entry: json.dumps({"finishedAt": "2026-11-21T09:00:00Z", "phase": "Rejected"})}
            there.cluster.patch(CONFIG_MAPS, "data", f"etl-{key}", {"data": refused})

    steps = work(there, wish("report")).run(sleep, lambda _: None)
    assert states(steps) == {"report 01": "Rejected", "report 02": "waits b", "report 03": "Rejected"}


def test_never_more_runs_than_asked_for_are_under_way() -> None:
    there = shop()
    counts: list[int] = []
    work(there, wish(most=1)).run(played(there, [], counts), lambda _: None)
    assert max(counts) == 1


def test_broken_off_it_goes_on_where_it_was() -> None:
    there = shop()
    with pytest.raises(KeyboardInterrupt):
        work(there, wish(most=1)).run(interrupted, lambda _: None)
    assert "backfill" not in data(there, "20260903")
    steps = work(there, wish(most=1)).run(played(there, [], []), lambda _: None)
    assert states(steps)["audit 03"] == "Succeeded"


def test_taken_up_again_it_leaves_what_stands_in_the_ledgers() -> None:
    there = shop()
    with pytest.raises(KeyboardInterrupt):
        work(there, wish()).run(interrupted, lambda _: None)
    before = data(there, "20260901")
    held = {"hold.report": "{}", "backfill": before["backfill"]}
    there.cluster.patch(CONFIG_MAPS, "data", "etl-20260901", {"data": held})
    there.cluster.now += 3600
    with pytest.raises(KeyboardInterrupt):
        work(there, wish("report", "audit", "other")).run(interrupted, lambda _: None)
    assert {name: data(there, "20260901")[name] for name in held} == held


def test_ledgers_that_it_did_not_begin_do_not_count_as_under_way() -> None:
    there = shop()
    for day in ("20260901", "20260902", "20260903"):
        there.write({"clock.report.notBefore": "{}"}, fact("a", "2026-09-01T12:00", key=day), key=day)
        there.write(fact("a", "2026-09-01T12:00", key=day), fact("b", "2026-09-01T12:00", key=day), key=day)
    told: list[list[Step]] = []

    def tell(steps: list[Step]) -> None:
        told.append(steps)
        assert len(told) < 50

    steps = work(there, wish(most=1)).run(played(there, [], []), tell)
    assert {step.state for step in steps} == {"Succeeded"}


def test_what_ran_or_was_skipped_is_left_alone() -> None:
    there = shop()
    there.write(outcome("report", "2026-09-01T20:00", "Skipped", key="20260901", by="ada"), key="20260901")
    there.write(fact("report", "2026-09-03T20:00", "Failed", key="20260903"), key="20260903")
    told = states(work(there, wish()).steps())
    assert (told["report 01"], told["report 03"]) == ("Skipped", "Failed")


def test_what_the_sweep_gave_up_runs_after_all() -> None:
    there = shop()
    for key, phase in (("20260901", "Skipped"), ("20260903", "Expired")):
        there.write(outcome("report", f"2026-09-{key[6:]}T20:00", phase, key=key, reason="cutoff"), key=key)
    steps = work(there, wish()).run(played(there, [], []), lambda _: None)
    told = states(steps)
    assert (told["report 01"], told["report 03"]) == ("Succeeded", "Succeeded")
    assert not any(".skipped." in name for name in data(there, "20260901"))


def test_nodes_that_were_not_asked_for_are_held_where_they_would_fire_along() -> None:
    there = shop()
    work(there, wish("report")).run(played(there, [], []), lambda _: None)
    held = {
        key: sorted(n for n in data(there, key) if n.startswith("hold.")) for key in ("20260901", "20260902")
    }
    assert held == {"20260901": ["hold.other"], "20260902": ["hold.other"]}


def test_an_upstream_can_be_taken_for_complete() -> None:
    there = shop()
    told = states(work(there, wish(assumed=frozenset({"b"}))).steps())
    assert told["report 02"] == "fires"


def test_keys_before_a_node_is_active_are_not_its() -> None:
    there = Shop(subject_of(NODES.replace('notBefore: "23:00"', 'activeFrom: "2026-09-03"')))
    assert sorted(states(work(there, wish("report")).steps())) == ["report 03"]


def test_sources_strangers_and_suspended_nodes_are_refused() -> None:
    subject = subject_of(NODES.replace("dependsOn: [report]", "dependsOn: [report], suspend: true"))
    for names in (["a"], ["nobody"], ["audit"]):
        with pytest.raises(InputError):
            chosen(subject, names)
    assert chosen(subject, ["report"]) == {"report"}
    assert chosen(subject, []) == {"report", "other"}


def test_in_shadow_mode_nothing_can_be_backfilled() -> None:
    with pytest.raises(InputError, match='graph "etl" is in shadow mode, in which nothing is submitted'):
        chosen(subject_of(NODES, head="mode: shadow\n"), [])


def test_a_line_for_each_key_and_the_totals() -> None:
    steps = [
        Step("report", "20260901", "Succeeded"),
        Step("audit", "20260901", "running"),
        Step("report", "20260902", "waits", ("b",)),
        Step("audit", "20260902", "fires"),
    ]
    assert report.text("etl", steps, is_dry=True) == (
        "20260901  report Succeeded; audit running\n"
        "20260902  report waits for b; audit would fire\n"
        "etl: 4 runs in 2 keys: 1 Succeeded, 1 would fire, 1 running, 1 waiting\n"
    )
    assert json.loads(report.as_json("etl", steps, is_dry=True))["steps"][2] == {
        "node": "report",
        "key": "20260902",
        "state": "waits",
        "waitsFor": ["b"],
    }


# ---- again ----


def again(there: Shop, *nodes: str) -> Backfill:
    return work(there, replace(wish(*nodes), rerun="fix1"))


def test_a_repetition_has_ledgers_of_its_own_and_begins_with_what_the_others_know() -> None:
    there = shop()
    ran = fact("report", "2026-09-01T20:00", key="20260901") | fact(
        "audit", "2026-09-01T21:00", key="20260901"
    )
    there.write(ran, key="20260901")
    assert states(again(there, "audit").steps())["audit 01-fix1"] == "fires"
    with pytest.raises(KeyboardInterrupt):
        again(there, "audit").run(interrupted, lambda _: None)
    copied = data(there, "20260901-fix1")
    assert sorted(name.split(".")[1] for name in copied if name.startswith("run.")) == ["a", "b", "report"]
    assert all(name.split(".")[2] == "20260901-fix1" for name in copied if name.startswith("run."))
    assert data(there, "20260901") == ran
    ledger = there.cluster.get(CONFIG_MAPS, "data", "etl-20260901-fix1")
    assert ledger
    assert ledger["metadata"]["labels"] == {"depgen.io/graph": "etl", "depgen.io/key": "20260901-fix1"}


def test_downstreams_of_a_repetition_wait_for_its_runs() -> None:
    there = shop()
    ran = fact("report", "2026-09-01T20:00", key="20260901") | fact(
        "audit", "2026-09-01T21:00", key="20260901"
    )
    there.write(ran, key="20260901")
    told = states(again(there).steps())
    assert (told["report 01-fix1"], told["audit 01-fix1"]) == ("fires", "waits report")


def test_a_node_that_is_not_run_again_does_not_follow_a_repetition() -> None:
    there = shop()
    there.write(fact("report", "2026-09-01T20:00", "Failed", key="20260901"), key="20260901")
    with pytest.raises(KeyboardInterrupt):
        again(there, "report").run(interrupted, lambda _: None)
    ledger = "20260901-fix1"
    done = fact("report", "2026-11-21T08:00", key=ledger)
    there.cluster.patch(CONFIG_MAPS, "data", f"etl-{ledger}", {"data": done})
    decider = there.subject.programs.deciders["audit"]
    body = there.cluster.get(CONFIG_MAPS, "data", f"etl-{ledger}")
    assert (
        decider.program.first({"type": "UPDATE", "body": body, "oldBody": {}}, decider.zone)["fire"] is False
    )


def test_a_repetition_reads_other_keys_of_a_node_that_is_run_again_too() -> None:
    there = Shop(
        subject_of(
            "  a: {source: {cronWorkflow: a}}\n"
            "  up: {run: {workflowTemplate: t}, dependsOn: [a]}\n"
            "  down: {run: {workflowTemplate: t}, dependsOn: [{node: up, match: {offset: -1}}]}\n"
        )
    )
    before = fact("up", "2026-08-31T20:00", key="20260831", offset=-1)
    there.write(
        fact("a", "2026-09-01T19:00", key="20260901"),
        fact("up", "2026-09-01T20:00", key="20260901"),
        before,
        key="20260901",
    )
    one_day = replace(wish("up", "down"), last=date(2026, 9, 1), rerun="fix1")
    assert states(work(there, one_day).steps()) == {"up 01-fix1": "fires", "down 01-fix1": "fires"}


def test_a_repetition_waits_for_its_runs_in_other_partitions_too() -> None:
    nodes = [f"n{number}" for number in range(8)]
    texts = [
        f"  {node}: {{run: {{workflowTemplate: t}}, dependsOn: [{upstream}]}}\n"
        for upstream, node in pairwise(["a", *nodes])
    ]
    there = Shop(subject_of("  a: {source: {cronWorkflow: a}}\n" + "".join(texts), head="partitions: 2\n"))
    ran = [fact(node, "2026-09-01T19:00", key="20260901") for node in ("a", *nodes)]
    for partition in (0, 1):
        there.write(*ran, key="20260901", partition=partition)
    one_day = replace(wish(*nodes), last=date(2026, 9, 1), rerun="fix1")
    assert states(work(there, one_day).steps()) == {
        "n0 01-fix1": "fires",
        **{f"{node} 01-fix1": f"waits {upstream}" for upstream, node in pairwise(nodes)},
    }


@pytest.mark.parametrize("key", ["20261121-fix1", "20261121"])
def test_the_newest_key_of_a_node_that_is_resumed_is_none_that_is_backfilled(key: str) -> None:
    there = SweptShop(
        "  a: {source: {cronWorkflow: a}}\n"
        "  report: {run: {workflowTemplate: t}, dependsOn: [a], catchup: latest}\n"
    )
    there.remember({"report": f"suspended {OLD}"})
    there.write(fact("a", "2026-11-20T10:00", key="20261120"), key="20261120")
    there.write(fact("a", "2026-11-20T10:00", key=key), {"backfill": "{}"}, key=key)
    before = there.ledgers()
    there.sweep()
    assert there.fires(before) == ["etl-report-20261120", f"etl-report-{key}"]


def test_a_name_that_would_be_too_long_is_refused() -> None:
    node = "r" * 40
    subject = subject_of(
        f"  a: {{source: {{cronWorkflow: a}}}}\n  {node}: {{run: {{workflowTemplate: t}}, dependsOn: [a]}}\n"
    )
    asked = replace(wish(node), rerun="abcdefghijkl")
    with pytest.raises(InputError, match="shorten the id by 3"):
        check_names(subject, asked)
    check_names(subject, replace(asked, rerun="abcdefghi"))
