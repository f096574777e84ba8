"""What a completed Workflow becomes: keys, ledgers, facts, and the heap of what has no key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.compiled import Compiled, compile_nodes

FINISHED = "2026-11-21T17:05:09Z"


def workflow(name: str = "load-1795249080", **changes: Any) -> dict[str, Any]:
    """A completed child of CronWorkflow `load`, as the EventSource sends it."""
    metadata = {
        "name": name,
        "uid": "u1",
        "labels": {"workflows.argoproj.io/cron-workflow": "load", **changes.get("labels", {})},
        "annotations": {
            "workflows.argoproj.io/scheduled-time": changes.get("scheduled", "2026-11-21T08:18:00Z")
        },
    }
    status = {"phase": "Succeeded", "finishedAt": FINISHED, **changes.get("status", {})}
    return {"type": "ADD", "body": {"metadata": metadata, "spec": changes.get("spec", {}), "status": status}}


def source(key: str = "", zone: str = "Europe/Paris") -> Compiled:
    rule = f"\n    key: {{{key}}}" if key else ""
    return compile_nodes(f"  load:\n    source: {{cronWorkflow: load}}{rule}\n", zone)


def recorded(compiled: Compiled, event: dict[str, Any]) -> dict[str, Any]:
    names = [name for kind, name in compiled.objects if kind == "Sensor"]
    return compiled.run(names[0], compiled.sensor(names[0])["dependencies"][0]["name"], event)


def key_of(key: str, zone: str, **changes: Any) -> str:
    name: str = recorded(source(key, zone), workflow(**changes))["name"]
    return name.removeprefix("etl-")


def test_a_completed_child_becomes_one_fact_in_the_ledger_of_its_scheduled_date() -> None:
    result = recorded(source(), workflow())
    assert result["name"] == "etl-20261121"
    assert result["labels"] == {"depgen.io/graph": "etl", "depgen.io/key": "20261121"}
    assert list(result["data"]) == ["run.load.20261121.u1.1795280709"]
    assert json.loads(result["data"]["run.load.20261121.u1.1795280709"]) == {
        "workflow": "load-1795249080",
        "phase": "Succeeded",
        "finishedAt": FINISHED,
        "wall": "2026-11-21T18:05:09",
    }


def test_fractions_and_offsets_of_the_finish_are_read_and_stored_as_utc_seconds() -> None:
    result = recorded(source(), workflow(status={"finishedAt": "2026-11-21T19:05:09.123+02:00"}))
    (fact,) = (json.loads(value) for value in result["data"].values())
    assert fact["finishedAt"] == FINISHED


@pytest.mark.parametrize(
    ("key", "zone", "scheduled", "expected"),
    [
        ("every: day", "Asia/Shanghai", "2026-11-21T17:00:00Z", "20261122"),
        ("every: day", "Pacific/Kiritimati", "2026-12-31T10:30:00Z", "20270101"),
        ("every: day", "Pacific/Niue", "2027-01-01T10:59:00Z", "20261231"),
        ("every: day", "Europe/Paris", "2028-02-29T12:00:00Z", "20280229"),
        ("timezone: America/New_York", "Europe/Paris", "2026-11-22T03:30:00Z", "20261121"),
        ('dayStart: "06:00"', "Europe/Paris", "2026-11-21T04:59:59Z", "20261120"),
        ('dayStart: "06:00"', "Europe/Paris", "2026-11-21T05:00:00Z", "20261121"),
        ('dayStart: "06:00"', "Europe/Paris", "2026-03-29T04:00:00Z", "20260329"),
        ('offset: -1d, dayStart: "06:00"', "Europe/Paris", "2026-11-21T05:00:00Z", "20261120"),
        ("offset: -1mo", "Europe/Paris", "2026-03-31T10:00:00Z", "20260228"),
        ("offset: -1mo, every: month", "Europe/Paris", "2026-01-31T10:00:00Z", "202512"),
        ("offset: 1mo, every: month", "Europe/Paris", "2026-12-31T10:00:00Z", "202701"),
        ("offset: -1w, every: week", "Europe/Paris", "2027-01-03T12:00:00Z", "2026w52"),
        ("every: week", "Europe/Paris", "2027-01-03T12:00:00Z", "2026w53"),
        ("every: week", "Europe/Paris", "2027-01-04T12:00:00Z", "2027w01"),
        ("every: 6h", "Europe/Paris", "2026-11-21T13:37:00Z", "20261121t12"),
        ("every: 6h", "Europe/Paris", "2026-10-25T01:30:00Z", "20261025t00"),
        ("every: hour", "Europe/Paris", "2026-10-25T00:30:00Z", "20261025t02"),
        ("every: hour", "Europe/Paris", "2026-10-25T01:30:00Z", "20261025t02b"),
        ("every: hour", "Europe/Paris", "2026-10-25T02:30:00Z", "20261025t03"),
        ("every: hour", "Europe/Paris", "2026-03-29T01:30:00Z", "20260329t03"),
        ("every: 15m", "Europe/Paris", "2026-10-25T01:16:00Z", "20261025t0215b"),
        ("every: 15m", "Australia/Lord_Howe", "2026-04-04T15:20:00Z", "20260405t0145b"),
        ("every: hour", "Australia/Lord_Howe", "2026-04-04T15:20:00Z", "20260405t01"),
        ("every: hour, offset: -1h", "Europe/Paris", "2026-10-25T02:30:00Z", "20261025t02b"),
        ("every: hour, offset: -1d", "Europe/Paris", "2026-03-30T00:30:00Z", "20260329t03"),
    ],
)
def test_a_key_is_the_period_of_the_scheduled_time(
    key: str, zone: str, scheduled: str, expected: str
) -> None:
    assert key_of(key, zone, scheduled=scheduled) == expected


@pytest.mark.parametrize(
    ("name", "generate_name", "is_dated"),
    [
        ("load-1795249080", None, True),
        ("load-1795249080-x7k2p", None, True),
        ("load-1795249080-x7k2p", "load-1795249080-", True),
        ("load-1795x7k2p", "load-1795249080-", True),  # cut, as names of 58 characters and more are
        ("load-12345", None, False),
        ("load-17952490801", None, False),
        ("load-x7k2p-abcde", "load-x7k2p-", False),
        ("load-24567", "load-", False),
    ],
)
def test_only_scheduled_children_and_their_resubmissions_have_a_scheduled_date(
    name: str, generate_name: str | None, is_dated: bool
) -> None:
    event = workflow(name=name)
    event["body"]["metadata"] |= {"generateName": generate_name} if generate_name else {}
    assert (recorded(source(), event)["name"] == "etl-20261121") is is_dated


@pytest.mark.parametrize(
    ("shutdown", "nodes", "phase"),
    [
        ("Terminate", {"load-1795249080": {"phase": "Running"}}, "Failed"),
        ("Terminate", {"load-1795249080": {"phase": "Failed"}}, "Failed"),
        ("Terminate", {"load-1795249080": {"phase": "Succeeded"}}, "Succeeded"),
        ("Terminate", None, "Succeeded"),  # offloaded or compressed: it has run
        ("Stop", {"load-1795249080": {"phase": "Failed"}}, "Succeeded"),
        (None, {"load-1795249080": {"phase": "Failed"}}, "Succeeded"),
    ],
)
def test_what_was_terminated_while_it_waited_for_a_lock_has_failed(
    shutdown: str | None, nodes: dict[str, Any] | None, phase: str
) -> None:
    status = {"nodes": nodes} if nodes else {}
    event = workflow(spec={"shutdown": shutdown} if shutdown else {}, status=status)
    (fact,) = (json.loads(value) for value in recorded(source(), event)["data"].values())
    assert fact["phase"] == phase


def test_the_label_wins_over_the_scheduled_time() -> None:
    assert key_of("", "Europe/Paris", labels={"depgen.io/key": "20261101"}) == "20261101"


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        ("from: startedAt", {"status": {"startedAt": "2026-11-20T10:00:00Z"}}, "20261120"),
        ("from: finishedAt", {}, "20261121"),
        ("from: label, label: date", {"labels": {"date": "20261102"}}, "20261102"),
        (
            "from: parameter, parameter: day",
            {"spec": {"arguments": {"parameters": [{"name": "day", "value": "20261103"}]}}},
            "20261103",
        ),
        (
            'from: jq, jq: ".metadata.labels.date | gsub(\\"-\\"; \\"\\")"',
            {"labels": {"date": "2026-11-04"}},
            "20261104",
        ),
    ],
)
def test_a_key_can_come_from_elsewhere(key: str, changes: dict[str, Any], expected: str) -> None:
    assert key_of(key, "Europe/Paris", **changes) == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "load-x7k2p"}, "no label depgen.io/key, and no scheduled child of a CronWorkflow"),
        ({"scheduled": "soon"}, "no label depgen.io/key, and no scheduled child of a CronWorkflow"),
        (
            {"labels": {"depgen.io/key": "yesterday"}},
            "no label depgen.io/key, and no scheduled child of a CronWorkflow",
        ),
        ({"status": {"finishedAt": None}}, "finishedAt cannot be read"),
    ],
)
def test_what_has_no_key_goes_to_the_heap_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    result = recorded(source(), workflow(**changes))
    assert result["name"] == "etl-invalid"
    assert result["labels"] == {"depgen.io/invalid": "etl"}
    (entry,) = result["data"].values()
    assert json.loads(entry)["reason"] == reason


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metadata": None, "status": None},
        {"metadata": {"labels": {}}, "status": {"finishedAt": 7}},
        {
            "metadata": {"labels": {"workflows.argoproj.io/cron-workflow": "load"}},
            "status": {"phase": {"a": 1}},
        },
        {
            "metadata": {"name": "load-1795249080"},
            "spec": "x",
            "status": {"outputs": "none", "finishedAt": FINISHED},
        },
        {
            "metadata": {"name": "load-1795249080", "generateName": 7},
            "spec": {"shutdown": "Terminate"},
            "status": {"phase": "Succeeded", "nodes": "none", "finishedAt": FINISHED},
        },
    ],
)
def test_record_programs_are_total(body: dict[str, Any]) -> None:
    for key in ("", "from: parameter, parameter: day", "from: startedAt, every: hour"):
        result = recorded(source(key), {"type": "ADD", "body": body})
        assert isinstance(result["fresh"], bool)


def test_a_workflow_that_is_nobodys_run_is_not_recorded() -> None:
    assert (
        recorded(source(), workflow(labels={"workflows.argoproj.io/cron-workflow": "other"}))["fresh"]
        is False
    )


def test_old_completions_are_not_fresh() -> None:
    assert recorded(source(), workflow(status={"finishedAt": "2020-01-01T00:00:00Z"}))["fresh"] is False


def test_outputs_are_recorded_only_if_somebody_reads_them_and_never_when_too_long() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  report: {run: {workflowTemplate: r, params: {rows: {from: load, output: rows}, log: {from: load, output: log}}}, dependsOn: [load]}\n"
    )
    outputs = {
        "parameters": [
            {"name": "rows", "value": "42"},
            {"name": "other", "value": "x"},
            {"name": "log", "value": "é" * 2049},
        ]
    }
    result = compiled.run("etl-record", "cron", workflow(status={"outputs": outputs}))
    (fact,) = (json.loads(value) for value in result["data"].values())
    assert fact["outputs"] == {"rows": "42"}
    assert fact["errors"] == {"log": "longer than 4096 bytes"}
    assert list(fact) == sorted(fact)


def test_an_output_that_argo_would_expand_is_not_recorded() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  report: {run: {workflowTemplate: r, params: {rows: {from: load, output: rows}, log: {from: load, output: log}}}, dependsOn: [load]}\n"
    )
    outputs = {
        "parameters": [{"name": "rows", "value": "{{=1+1}}"}, {"name": "log", "value": '{"a": {"b": 1}}'}]
    }
    result = compiled.run("etl-record", "cron", workflow(status={"outputs": outputs}))
    (fact,) = (json.loads(value) for value in result["data"].values())
    assert fact["outputs"] == {"log": '{"a": {"b": 1}}'}
    assert fact["errors"] == {"rows": "holds two opening braces, which Argo would expand"}


@pytest.mark.parametrize(
    ("every", "zone", "scheduled", "offset", "ledger"),
    [
        ("day", "Europe/Paris", "2026-02-28T10:00:00Z", -1, "20260301"),
        ("day", "Europe/Paris", "2026-03-01T10:00:00Z", 2, "20260227"),
        ("week", "Europe/Paris", "2026-12-31T10:00:00Z", -1, "2027w01"),
        ("month", "Europe/Paris", "2026-12-31T10:00:00Z", -1, "202701"),
        ("6h", "Europe/Paris", "2026-11-21T20:00:00Z", -1, "20261122t00"),
        ("hour", "Europe/Paris", "2026-10-25T00:30:00Z", -1, "20261025t02b"),
        ("hour", "Europe/Paris", "2026-10-25T01:30:00Z", -1, "20261025t03"),
        ("hour", "Europe/Paris", "2026-10-25T01:30:00Z", 1, "20261025t02"),
        ("hour", "Europe/Paris", "2026-03-29T00:30:00Z", -1, "20260329t03"),
    ],
)
def test_an_offset_edge_is_pushed_into_the_ledger_of_the_key_it_serves(
    every: str, zone: str, scheduled: str, offset: int, ledger: str
) -> None:
    compiled = compile_nodes(
        f"  load: {{source: {{cronWorkflow: load}}, key: {{every: {every}}}}}\n"
        f"  next: {{run: {{workflowTemplate: job}}, dependsOn: [{{node: load, match: {{offset: {offset}}}}}]}}\n",
        zone,
    )
    names = [d["name"] for d in compiled.sensor("etl-record")["dependencies"] if d["eventName"] == "cron"]
    (shifted,) = [name for name in names if "before" in name or "after" in name]
    result = compiled.run("etl-record", shifted, workflow(scheduled=scheduled))
    assert result["name"] == f"etl-{ledger}"
    (fact,) = (json.loads(value) for value in result["data"].values())
    assert fact["offset"] == offset


def test_a_pushed_fact_keeps_its_outputs_and_says_which_offset_it_serves() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  next: {run: {workflowTemplate: job, params: {rows: {from: load, output: rows}}}, dependsOn: [{node: load, match: {offset: -1}}]}\n"
    )
    (name,) = [d["name"] for d in compiled.sensor("etl-record")["dependencies"] if "before" in d["name"]]
    outputs = {"parameters": [{"name": "rows", "value": "7"}]}
    result = compiled.run("etl-record", name, workflow(status={"outputs": outputs}))
    (fact,) = (json.loads(value) for value in result["data"].values())
    assert (fact["offset"], fact["outputs"]) == (-1, {"rows": "7"})


def test_two_sources_on_one_cron_workflow_each_get_their_fact() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n"
        "  twin: {source: {cronWorkflow: load}}\n"
        "  late: {source: {cronWorkflow: load}, key: {offset: -1d}}\n"
    )
    results = [
        compiled.run("etl-record", d["name"], workflow())
        for d in compiled.sensor("etl-record")["dependencies"]
    ]
    found = {(r["name"], entry.split(".")[1]) for r in results for entry in r["data"]}
    assert found == {("etl-20261121", "load"), ("etl-20261121", "twin"), ("etl-20261120", "late")}


def test_facts_of_another_graph_are_relayed_once_each() -> None:
    compiled = compile_nodes(
        "  theirs: {source: {graph: other/core, node: load}}\n"
        "  report: {run: {workflowTemplate: r}, dependsOn: [theirs]}\n"
    )
    fact = json.dumps(
        {"finishedAt": FINISHED, "phase": "Succeeded", "wall": "2026-11-21T18:05:09", "workflow": "w"}
    )
    body = {
        "metadata": {"labels": {"depgen.io/graph": "core", "depgen.io/key": "20261121"}},
        "data": {
            "run.load.20261120.u1.1795194309": fact,
            "run.load.20261121.u1.1795280709": fact,
            "run.load.20261121.u1.0": fact,
            "run.x.20261121.u.1": fact,
            "odd": "1",
        },
    }
    (name,) = [
        d["name"] for d in compiled.sensor("etl-record")["dependencies"] if d["name"].startswith("graph-")
    ]
    result = compiled.run("etl-record", name, {"type": "ADD", "body": body})
    assert result["data"] == {"run.theirs.20261121.u1.1795280709": fact}
    again = compiled.run("etl-record", name, {"type": "UPDATE", "body": body, "oldBody": body})
    assert again["data"] == {}
    assert again["fresh"] is False


def test_a_claim_is_an_entry_of_epoch_zero() -> None:
    compiled = compile_nodes(
        "  load: {source: {cronWorkflow: load}}\n  r: {run: {workflowTemplate: r}, dependsOn: [load]}\n"
    )
    metadata = {
        "name": "etl-r-20261121",
        "uid": "u9",
        "creationTimestamp": FINISHED,
        "labels": {"depgen.io/node": "r", "depgen.io/key": "20261121"},
    }
    result = compiled.run("etl-claim", "run", {"type": "ADD", "body": {"metadata": metadata}})
    assert result["name"] == "etl-20261121"
    assert json.loads(result["data"]["run.r.20261121.u9.0"]) == {
        "at": FINISHED,
        "finishedAt": "",
        "phase": "Submitted",
        "workflow": "etl-r-20261121",
    }
    odd = {
        **metadata,
        "labels": {"depgen.io/node": "a.b", "depgen.io/key": "20261121"},
        "creationTimestamp": None,
    }
    for bad in ({}, odd):
        assert compiled.run("etl-claim", "run", {"body": {"metadata": bad}})["fresh"] is False


@pytest.mark.parametrize(
    ("every", "key", "ledger"),
    [("hour", "20261025t02", "20261025t02b"), ("month", "202612", "202701"), ("day", "20261121", "20261122")],
)
def test_a_relayed_fact_is_pushed_into_the_ledger_of_the_key_it_serves(
    every: str, key: str, ledger: str
) -> None:
    compiled = compile_nodes(
        f"  theirs: {{source: {{graph: other/core, node: load}}, key: {{every: {every}}}}}\n"
        "  report: {run: {workflowTemplate: r}, dependsOn: [{node: theirs, match: {offset: -1}}]}\n"
    )
    fact = json.dumps({"finishedAt": FINISHED, "phase": "Succeeded"})
    body = {"metadata": {"labels": {"depgen.io/key": key}}, "data": {f"run.load.{key}.u1.1795280709": fact}}
    (name,) = [d["name"] for d in compiled.sensor("etl-record")["dependencies"] if "before" in d["name"]]
    result = compiled.run("etl-record", name, {"type": "ADD", "body": body})
    assert result["name"] == f"etl-{ledger}"
    assert json.loads(result["data"][f"run.theirs.{key}.u1.1795280709"])["offset"] == -1
