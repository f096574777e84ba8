"""What an edit means: what is told of it, and how bad that is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from depgen import pipeline
from depgen.diff import Change, Difference, Effect, difference
from depgen.diff.objects import lost_queues
from depgen.pipeline import Checked, InputFile

Data = dict[str, Any]

BASE: Data = {
    "apiVersion": "depgen.io/v1",
    "graph": "etl",
    "namespace": "data",
    "timezone": "Europe/Paris",
    "keep": "14d",
    "sweeper": {"image": "registry.example.com/depgen:1"},
    "onFailure": {"run": {"workflowTemplate": "page"}},
    "defaults": {"owner": "platform"},
    "nodes": {
        "sales": {"source": {"cronWorkflow": "sales-load"}},
        "stock": {"source": {"cronWorkflow": "stock-load"}, "key": {"dayStart": "06:00"}},
        "report": {
            "run": {
                "workflowTemplate": "daily-report",
                "params": {"day": {"key": "%Y-%m-%d"}, "stage": "none"},
                "spec": {"priority": 1},
            },
            "dependsOn": [
                "sales",
                {"node": "stock", "status": "done", "window": {"from": "18:00", "to": "22:00"}},
            ],
            "notBefore": "20:00",
            "deadline": "22:00",
            "onMiss": {"run": {"workflowTemplate": "page"}},
            "cutoff": "23:00",
        },
        "audit": {
            "run": {"workflowTemplate": "audit"},
            "dependsOn": [{"node": "report", "status": "done"}],
        },
    },
}
CRONS = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load}
spec: {schedule: "0 18 * * *", timezone: Europe/Paris, workflowSpec: {}}
---
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-late}
spec: {schedule: "0 2 * * *", timezone: Europe/Paris, workflowSpec: {}}
"""
NOON = 1_795_172_400  # 2026-11-20 12:00 in Paris


def checked(data: Data) -> Checked:
    return _checked(json.dumps(data))


@lru_cache
def _checked(text: str) -> Checked:
    return pipeline.check(pipeline.load([InputFile("g.yaml", text.encode())]))


def edited(*edits: Callable[[Data], Any]) -> Data:
    """BASE with edits."""
    data = copy.deepcopy(BASE)
    for edit in edits:
        edit(data)
    return data


def told(before: Data, after: Data, crons: str = "") -> Difference:
    versions = [checked(data) for data in (before, after)]
    for version in versions:
        assert not version.has_errors, [f.text for f in version.findings]
    files = [InputFile("crons.yaml", crons.encode())] if crons else []
    return difference(versions[0], versions[1], files, NOON)


def changes(*edits: Callable[[Data], Any]) -> list[Change]:
    return list(told(BASE, edited(*edits)).changes)


def short(found: list[Change]) -> list[tuple[str, str, str, str]]:
    """What is about what, how, and its effect."""
    return [("/".join(filter(None, (c.node, c.upstream))), c.field, c.how, c.effect) for c in found]


def put(*route: Any) -> Callable[[Data], None]:
    """Set the value at the end of a route; None removes."""
    *steps, last, value = route

    def edit(data: Data) -> None:
        for step in steps:
            data = data[step] if isinstance(data, list) else data.setdefault(step, {})
        if value is None:
            del data[last]
        else:
            data[last] = value

    return edit


def node(id_: str, *route: Any) -> Callable[[Data], None]:
    return put("nodes", id_, *route)


# ---- what is no difference ----


def test_a_graph_does_not_differ_from_itself() -> None:
    assert not told(BASE, BASE)


@pytest.mark.parametrize(
    "edit",
    [
        node("sales", "key", {"every": "day", "timezone": "Europe/Paris"}),
        node("report", "dependsOn", 0, {"node": "sales", "status": "success", "match": "same"}),
        put("keep", "2w"),
        put("replayWithin", "900s"),
        put("partitions", 1),
        put("eventBus", "default"),
        put("pods", {"replicas": 1}),
        node("report", "owner", "platform"),
        node("report", "suspend", False),
    ],
)
def test_what_is_written_differently_and_says_the_same_is_no_difference(edit: Callable[[Data], None]) -> None:
    assert not told(BASE, edited(edit))


def test_nodes_in_another_order_or_another_file_are_no_difference() -> None:
    first, second = copy.deepcopy(BASE), {k: BASE[k] for k in ("apiVersion", "graph", "timezone", "defaults")}
    second["nodes"] = {"audit": first["nodes"].pop("audit"), "stock": first["nodes"].pop("stock")}
    files = [InputFile(f"{i}.yaml", json.dumps(d).encode()) for i, d in enumerate((first, second))]
    split = pipeline.check(pipeline.load(files))
    assert not split.has_errors
    assert not difference(checked(BASE), split)


# ---- what is told, and how bad it is ----


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            node("report", "window", {"from": "17:00", "to": "22:00"}),
            ("report/sales", "window", "added", "sweep"),
        ),
        (node("report", "dependsOn", 1, "window", None), ("report/stock", "window", "removed", "late")),
        (
            node("report", "dependsOn", 1, "window", "to", "21:00"),
            ("report/stock", "window", "changed", "late"),
        ),
        (node("report", "dependsOn", 1, "status", "success"), ("report/stock", "status", "changed", "late")),
        (
            node("report", "dependsOn", 0, {"node": "sales", "lookback": "6h"}),
            ("report/sales", "lookback", "added", "sweep"),
        ),
        (
            node("report", "dependsOn", 0, {"node": "sales", "when": "true"}),
            ("report/sales", "when", "added", "sweep"),
        ),
        (
            node("report", "dependsOn", 0, {"node": "sales", "match": {"offset": -1}}),
            ("report/sales", "match", "changed", "sweep"),
        ),
        (node("report", "mode", "any"), ("report", "dependsOn", "changed", "late")),
        (node("report", "notBefore", "21:00"), ("report", "notBefore", "changed", "sweep")),
        (node("report", "notBefore", None), ("report", "notBefore", "removed", "late")),
        (node("report", "deadline", "22:30"), ("report", "deadline", "changed", "safe")),
        (node("report", "cutoff", "22:30"), ("report", "cutoff", "changed", "never")),
        (node("report", "onCutoff", "run"), ("report", "onCutoff", "changed", "sweep")),
        (node("report", "suspend", True), ("report", "suspend", "added", "never")),
        (node("report", "activeFrom", "2027-01-01"), ("report", "activeFrom", "added", "never")),
        (node("report", "concurrencyPolicy", "Queue"), ("report", "concurrencyPolicy", "changed", "safe")),
        (node("report", "onRerun", "refresh"), ("report", "onRerun", "changed", "again")),
        (node("report", "runbook", "x"), ("report", "runbook", "added", "safe")),
        (node("report", "run", "workflowTemplate", "other"), ("report", "run", "changed", "safe")),
        (node("report", "run", "namespace", "other"), ("report", "run.namespace", "changed", "never")),
        (node("report", "run", "params", "stage", "x"), ("report", "run.params.stage", "changed", "safe")),
        (node("report", "run", "spec", "priority", 2), ("report", "run.spec.priority", "changed", "safe")),
        (node("report", "onMiss", "run", "workflowTemplate", "x"), ("report", "onMiss", "changed", "safe")),
        (node("sales", "source", "cronWorkflow", "sales-late"), ("sales", "source", "changed", "sweep")),
        (node("sales", "source", "namespace", "other"), ("sales", "source.namespace", "changed", "sweep")),
        (node("stock", "key", "dayStart", "05:00"), ("stock", "key.dayStart", "changed", "again")),
        (
            node("sales", "key", {"timezone": "America/New_York"}),
            ("sales", "key.timezone", "changed", "again"),
        ),
        (put("timezone", "Europe/Berlin"), ("", "timezone", "changed", "again")),
        (put("namespace", "live"), ("", "namespace", "changed", "again")),
        (put("partitions", 2), ("", "partitions", "changed", "never")),
        (put("replayWithin", "30m"), ("", "replayWithin", "changed", "sweep")),
        (put("keep", "7d"), ("", "keep", "changed", "again")),
        (put("keep", "21d"), ("", "keep", "changed", "safe")),
        (put("eventBus", "other"), ("", "eventBus", "changed", "sweep")),
        (put("pods", {"replicas": 2}), ("", "pods.replicas", "changed", "safe")),
        (put("sweeper", "every", "10m"), ("", "sweeper.every", "changed", "safe")),
        (put("onFailure", "run", "workflowTemplate", "x"), ("", "onFailure", "changed", "safe")),
    ],
)
def test_a_change_has_its_name_and_its_effect(
    edit: Callable[[Data], None], expected: tuple[str, ...]
) -> None:
    assert expected in [tuple(map(str, line)) for line in short(changes(edit))]


@pytest.mark.parametrize(
    ("edit", "whole"),
    [
        (put("namespace", "live"), {("", "namespace")}),
        (put("timezone", "Europe/Berlin"), {("", "timezone")}),
        (node("audit", None), {("audit", "")}),
        (put("sweeper", None), {("", "sweeper.image"), ("", "sweeper.every"), ("", "sweeper.mode")}),
        (node("report", "dependsOn", ["sales"]), {("report/stock", "")}),
    ],
)
def test_a_change_is_told_where_it_is_made_and_nowhere_else(
    edit: Callable[[Data], None], whole: set[tuple[str, str]]
) -> None:
    assert {(about, field) for about, field, *_ in short(changes(edit))} == whole


def test_a_node_that_stays_where_the_graph_moves_from_has_not_changed() -> None:
    pinned = edited(node("report", "run", "namespace", "data"))
    found = told(pinned, {**pinned, "namespace": "live"}).changes
    assert [change.field for change in found] == ["namespace"]


def test_a_window_that_ends_means_keys_that_waited() -> None:
    (change,) = changes(node("report", "dependsOn", 1, "window", None))
    assert (change.before, change.after, change.effect) == ("18:00 to 22:00", None, Effect.LATE)


def test_a_new_node_runs_no_old_keys() -> None:
    extra = {"run": {"workflowTemplate": "extra"}, "dependsOn": ["sales"]}
    (change,) = changes(node("extra", extra))
    assert (change.how, change.effect, change.after) == (
        "added",
        Effect.SAFE,
        "run of WorkflowTemplate extra",
    )
    assert "only those of the last 15m run" in change.note


def test_a_removed_node_never_runs() -> None:
    (change,) = changes(node("audit", None))
    assert (change.node, change.how, change.effect) == ("audit", "removed", Effect.NEVER)


def renamed(**more: Any) -> Callable[[Data], None]:
    def edit(data: Data) -> None:
        data["nodes"]["check"] = {**data["nodes"].pop("audit"), **more}

    return edit


def test_a_node_with_another_name_can_run_again() -> None:
    found = {change.node: change for change in changes(renamed())}
    assert (found["check"].effect, found["audit"].effect) == (Effect.AGAIN, Effect.NEVER)
    assert "write renamedFrom: audit" in found["check"].note


def test_a_node_that_says_its_former_name_is_one_change() -> None:
    found = changes(renamed(renamedFrom="audit"))
    assert short(found) == [("check", "id", "changed", "sweep"), ("check", "renamedFrom", "added", "safe")]


def test_edges_on_a_renamed_node_have_not_changed() -> None:
    def edit(data: Data) -> None:
        data["nodes"]["daily"] = {**data["nodes"].pop("report"), "renamedFrom": "report"}
        data["nodes"]["audit"]["dependsOn"][0]["node"] = "daily"

    assert {change.node for change in changes(edit)} == {"daily"}


def test_a_new_edge_says_whether_its_facts_are_there() -> None:
    def onto(upstream: str) -> str:
        (change,) = changes(node("audit", "dependsOn", [{"node": "report", "status": "done"}, upstream]))
        assert change.effect is Effect.SWEEP
        return change.note

    assert "what is recorded of it counts" in onto("sales")
    lone = edited(node("us", {"source": {"cronWorkflow": "us"}}))
    joined = copy.deepcopy(lone)
    joined["nodes"]["audit"]["dependsOn"].append("us")
    (change,) = told(lone, joined).changes
    assert "the next sweep records what it finished" in change.note


def test_groups_that_are_joined_otherwise_are_told() -> None:
    groups = [{"anyOf": ["sales", "stock"]}, "late"]
    base = edited(node("late", {"source": {"cronWorkflow": "l"}}), node("audit", "dependsOn", groups))
    other = copy.deepcopy(base)
    other["nodes"]["audit"]["dependsOn"] = ["sales", {"anyOf": ["stock", "late"]}]
    (change,) = told(base, other).changes
    assert (change.before, change.after) == ("((sales or stock) and late)", "((late or stock) and sales)")


def test_two_edges_on_one_upstream_are_told_apart() -> None:
    both = ["report", {"node": "report", "match": {"offset": -1}}]
    base = edited(node("audit", "dependsOn", both))
    other = edited(node("audit", "dependsOn", ["report", {"node": "report", "match": {"offset": -2}}]))
    (change,) = told(base, other).changes
    assert (change.field, change.before, change.after) == ("match", "{offset: -1}", "{offset: -2}")


def test_graphs_that_come_and_go_are_told_as_a_whole() -> None:
    other = {**BASE, "graph": "shop"}
    found = told(BASE, other)
    assert [(c.graph, c.how, c.effect) for c in found.changes] == [
        ("etl", "removed", Effect.NEVER),
        ("shop", "added", Effect.SAFE),
    ]


def test_days_of_a_calendar_are_one_change() -> None:
    def with_days(*days: str) -> Data:
        calendar = {
            "days": ["mon", "tue", "wed", "thu", "fri"],
            "holidays": list(days),
            "validThrough": "2029-12-31",
        }
        return edited(put("calendars", {"business": calendar}), put("defaults", "runsOn", "business"))

    found = told(
        with_days("2026-12-25", "2027-01-01"), with_days("2026-12-25", "2027-05-03", "2027-05-04")
    ).changes
    assert [(c.field, c.before, c.after) for c in found] == [
        ("calendars.business.dates", "2027-01-01 closed", "2027-05-03 closed, 2027-05-04 closed")
    ]


CHRISTMAS = {"holidays": ["2026-12-25"], "validThrough": "2029-12-31"}


@pytest.mark.parametrize(
    ("before", "after", "how", "effect"),
    [
        (CHRISTMAS, {**CHRISTMAS, "holidays": ["2026-12-25", "2027-01-01"]}, "added", "never"),
        (CHRISTMAS, {**CHRISTMAS, "holidays": ["2027-01-01"]}, "changed", "never"),
        (CHRISTMAS, {**CHRISTMAS, "extra": "2026-12-25"}, "removed", "late"),
        ({**CHRISTMAS, "holidays": ["2026-12-25", "2027-01-01"]}, CHRISTMAS, "removed", "late"),
        ({**CHRISTMAS, "days": ["mon"]}, {**CHRISTMAS, "days": ["mon", "tue"]}, "changed", "late"),
        ({**CHRISTMAS, "days": ["mon"]}, {**CHRISTMAS, "days": ["tue"]}, "changed", "never"),
        (CHRISTMAS, {**CHRISTMAS, "validThrough": "2030-12-31"}, "changed", "safe"),
    ],
)
def test_days_that_open_let_keys_run_and_days_that_close_do_not(
    before: Data, after: Data, how: str, effect: str
) -> None:
    follows = put("defaults", "runsOn", "work")
    old, new = (edited(put("calendars", {"work": calendar}), follows) for calendar in (before, after))
    (found,) = told(old, new).changes
    assert (found.how, found.effect) == (how, effect)


def test_a_calendar_that_is_excluded_closes_the_days_that_it_opens() -> None:
    one, two = ({"days": [], "extra": days} for days in ("2026-12-24", ["2026-12-23", "2026-12-24"]))
    excludes = put("defaults", "excludes", "freeze")
    old, new = (edited(put("calendars", {"freeze": freeze}), excludes) for freeze in (one, two))
    assert [(c.after, c.effect) for c in told(old, new).changes] == [("2026-12-23 open", "never")]
    gone = told(old, edited()).changes
    assert {(c.node, c.field, c.before, c.effect) for c in gone if not c.node} == {
        ("", "calendars.freeze", "no day of the week, and 1 date", "safe")
    }
    assert {(c.field, c.effect) for c in gone if c.node} == {("excludes", "late")}


# ---- objects ----


def lost(*edits: Callable[[Data], Any]) -> dict[str, tuple[str, ...]]:
    return {o.name: o.lost for o in told(BASE, edited(*edits)).objects if o.lost}


def test_editing_a_node_loses_its_queue_and_no_other() -> None:
    assert lost(node("report", "dependsOn", 1, "window", None)) == {"etl-submit": ("report",)}


def test_what_a_run_starts_loses_no_queue() -> None:
    assert lost(node("report", "run", "workflowTemplate", "x")) == {}
    (found,) = told(BASE, edited(node("report", "run", "workflowTemplate", "x"))).objects
    assert (found.name, found.effect, found.note) == (
        "etl-submit",
        Effect.SAFE,
        "its pod restarts, and its queues stay",
    )


def test_a_new_source_loses_what_waits_to_be_recorded() -> None:
    extra = (
        node("extra", {"source": {"workflowTemplate": "t"}}),
        node("audit", "dependsOn", ["report", "extra"]),
    )
    assert "etl-record" in lost(*extra)


def test_another_bus_loses_everything() -> None:
    found = lost(put("eventBus", "other"))
    assert set(found["etl-submit"]) >= {"report", "audit"}
    assert {"etl-record", "etl-submit"} <= found.keys()


def test_a_sensor_that_goes_loses_its_queues_and_leaves_consumers() -> None:
    found = told(BASE, {**BASE, "namespace": "live"}).objects
    gone = [o for o in found if o.how == "removed" and o.kind == "Sensor"]
    assert gone
    for one in gone:
        assert one.lost
        assert "consumers stay" in one.note


def sensor(triggers: dict[str, str], **dependencies: str) -> Data:
    return {
        "spec": {
            "dependencies": [{"name": name, "jq": text} for name, text in dependencies.items()],
            "triggers": [{"template": {"name": n, "conditions": c}} for n, c in triggers.items()],
        }
    }


def test_queues_are_lost_as_argo_events_loses_them() -> None:
    before = sensor({"t": "a || b", "u": "c", "v": "c"}, a="1", b="1", c="1")
    assert lost_queues(before, before) == []
    changed = sensor({"t": "a || b", "u": "c", "v": "c"}, a="2", b="1", c="1")
    assert lost_queues(before, changed) == [("t", "a")]
    conditions = sensor({"t": "a || b || d", "u": "c", "v": "c"}, a="1", b="1", c="1", d="1")
    assert lost_queues(before, conditions) == [("t", "a"), ("t", "b")]
    gone = sensor({"t": "a || b", "u": "c"}, a="1", b="1", c="1")
    assert lost_queues(before, gone) == [("v", "c")]
    shared = sensor({"t": "a || b", "u": "c", "v": "c"}, a="1", b="1", c="2")
    assert lost_queues(before, shared) == [("u", "c"), ("v", "c")]


# ---- when sources fire next ----


def test_the_next_firings_are_told_where_they_differ() -> None:
    (timing,) = told(BASE, edited(node("sales", "source", "cronWorkflow", "sales-late")), CRONS).timings
    assert (timing.node, [f.key for f in timing.before]) == ("sales", ["20261120", "20261121", "20261122"])
    assert [f.at - NOON for f in timing.before[:1]] == [6 * 3600]
    assert [(f.at - NOON, f.key) for f in timing.after[:1]] == [(14 * 3600, "20261121")]


def test_another_key_of_the_same_firing_is_a_difference() -> None:
    (timing,) = told(BASE, edited(node("sales", "key", {"dayStart": "19:00"})), CRONS).timings
    assert [f.at for f in timing.before] == [f.at for f in timing.after]
    assert [f.key for f in timing.after] == ["20261119", "20261120", "20261121"]


def test_without_manifests_no_firings_are_told() -> None:
    assert told(BASE, edited(node("sales", "key", {"dayStart": "19:00"}))).timings == ()


# ---- any edit ----


def edits() -> st.SearchStrategy[Callable[[Data], None]]:
    """Edits that change what a graph means; each keeps it valid on its own and with any of the others."""
    times = st.sampled_from(["20:15", "20:30", "20:45"])
    names = st.sampled_from(["alpha", "beta", "gamma"])
    some = [
        st.builds(lambda t: node("report", "notBefore", t), times),
        st.builds(lambda t: node("report", "dependsOn", 1, "window", "from", t), times),
        st.builds(lambda n: node("audit", "run", "workflowTemplate", n), names),
        st.builds(lambda n: node("audit", "run", "params", "x", n), names),
        st.builds(lambda n: node("report", "run", "spec", "serviceAccountName", n), names),
        st.builds(lambda n: node("sales", "source", "cronWorkflow", n), names),
        st.builds(
            lambda n: node("sales", "key", {"timezone": f"Europe/{n}"}), st.sampled_from(["Rome", "Vienna"])
        ),
        st.builds(lambda n: node(n, {"source": {"cronWorkflow": n}}), names),
        st.builds(lambda n: put("namespace", n), names),
        st.builds(lambda n: put("eventBus", n), names),
        st.builds(lambda n: put("defaults", "owner", n), names),
        st.builds(lambda n: put("keep", f"{n}d"), st.integers(1, 13)),
        st.builds(lambda n: put("partitions", n), st.integers(2, 4)),
        st.builds(lambda n: put("replayWithin", f"{n}m"), st.integers(16, 30)),
        st.builds(lambda n: put("pods", {"replicas": n}), st.integers(2, 5)),
        st.builds(lambda n: put("pods", {"labels": {"team": n}}), names),
        st.just(node("audit", "suspend", True)),
        st.just(node("audit", "dependsOn", ["report", "sales"])),
        st.just(node("audit", "dependsOn", [{"anyOf": ["report", "stock"]}])),
        st.just(node("report", "dependsOn", 0, {"node": "sales", "lookback": "6h"})),
        st.just(node("report", "mode", "any")),
        st.just(node("report", "onLate", "run")),
        st.just(node("stock", "key", "offset", "-1d")),
        st.just(put("mode", "shadow")),
        st.just(put("sweeper", "mode", "watch")),
        st.just(put("onFailure", "run", "namespace", "ops")),
    ]
    return st.one_of(some)


@settings(max_examples=25)
@given(edits())
def test_every_edit_is_reported(edit: Callable[[Data], None]) -> None:
    after = edited(edit)
    assume(after != BASE)
    assert told(BASE, after).changes


@settings(max_examples=25)
@given(st.lists(edits(), min_size=1, max_size=5))
def test_the_reverse_of_edits_exchanges_added_and_removed(several: list[Callable[[Data], None]]) -> None:
    after = edited(*several)
    assume(not checked(after).has_errors)
    there, back = told(BASE, after), told(after, BASE)
    assert sorted(_sides(there.changes)) == sorted((*of, a, b) for *of, b, a in _sides(back.changes))
    ways = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((o.kind, o.name, ways[o.how]) for o in there.objects) == sorted(
        (o.kind, o.name, o.how) for o in back.objects
    )


def _sides(found: tuple[Change, ...]) -> Iterator[tuple[str, ...]]:
    for c in found:
        yield c.graph, c.node, c.upstream, c.field, c.before or "", c.after or ""


@settings(max_examples=25)
@given(st.lists(edits(), min_size=1, max_size=5))
def test_a_graph_with_edits_does_not_differ_from_itself(several: list[Callable[[Data], None]]) -> None:
    after = edited(*several)
    assume(not checked(after).has_errors)
    assert not told(after, yaml.safe_load(yaml.safe_dump(after)))
