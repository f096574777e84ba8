"""Foreign events as facts: what the rendered program makes of payloads, however odd."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from depgen.runnable import runnable
from tests.compiled import Compiled, compile_nodes

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = NOW.strftime("%Y%m%d")
EVENT = "{eventSource: files, event: landed, id: .body.id, finishedAt: .body.at, outputs: {path: .body.path, rows: .body.rows}}"
RUN = "  report: {run: {workflowTemplate: r, params: {path: {from: landed, output: path}}}, dependsOn: [landed]}\n"


def compiled(
    event: str = EVENT, key: str = "{from: jq, jq: .body.day}", runs: str = RUN, **more: str
) -> Compiled:
    return compile_nodes(f"  landed: {{source: {{event: {event}}}, key: {key}}}\n{runs}", **more)


def payload(**fields: Any) -> dict[str, Any]:
    at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"header": {}, "body": {"id": "f-1", "at": at, "day": DAY, "path": "in/a.csv", **fields}}


def recorded(answer: dict[str, Any]) -> dict[str, Any]:
    """Entry -> fact; fails if the event is not to be recorded."""
    assert answer["fresh"] is True
    return {name: json.loads(value) for name, value in answer["data"].items()}


def test_an_event_is_a_run_that_succeeded() -> None:
    answer = compiled().run("etl-record", "event-landed", payload())
    assert (answer["name"], answer["labels"]["depgen.io/key"]) == (f"etl-{DAY}", DAY)
    ((name, fact),) = recorded(answer).items()
    assert name == f"run.landed.{DAY}.f-1.{int(NOW.timestamp())}"
    assert (fact["phase"], fact["workflow"], fact["outputs"]) == ("Succeeded", "f-1", {"path": "in/a.csv"})
    assert fact["finishedAt"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_sensor_listens_to_the_event_as_it_is_named_in_a_trigger_of_its_own() -> None:
    other = "  again: {source: {event: {eventSource: files, event: landed, id: .id, finishedAt: .at}}, key: {from: finishedAt}}\n"
    sensor = compiled(runs=RUN.replace("[landed]", "[landed, again]") + other).sensor("etl-record")
    heard = {
        d["name"]: (d["eventSourceName"], d["eventName"])
        for d in sensor["dependencies"]
        if d["name"].startswith("event-")
    }
    assert heard == {"event-again": ("files", "landed"), "event-landed": ("files", "landed")}
    conditions = {t["template"]["name"]: t["template"]["conditions"] for t in sensor["triggers"]}
    assert conditions == {"event-again": "event-again", "event-landed": "event-landed", "record": "done"}


def test_the_key_can_be_the_date_of_the_event_in_a_zone() -> None:
    built = compiled(key="{from: finishedAt, timezone: Asia/Tokyo, dayStart: '06:00'}")
    at = datetime(NOW.year, NOW.month, NOW.day, 20, 30, tzinfo=UTC) - timedelta(days=2)
    answer = built.run("etl-record-asia-tokyo", "event-landed", payload(at=at.timestamp()))
    assert answer["labels"]["depgen.io/key"] == at.strftime("%Y%m%d")
    ((_, fact),) = recorded(answer).items()
    assert fact["wall"] == (at + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("given", "uid"),
    [
        ("a.b/c d", "a_b_c_d"),
        (17, "17"),
        ("é{{x}}\n", "___x___"),
        ("x" * 5000, "x" * 128),
        ('"), halt, ("', "____halt____"),
    ],
)
def test_an_id_is_cut_to_what_a_ledger_can_name(given: object, uid: str) -> None:
    ((name, fact),) = recorded(compiled().run("etl-record", "event-landed", payload(id=given))).items()
    assert name.split(".")[3] == uid
    assert fact["workflow"] == uid


@pytest.mark.parametrize(
    "at",
    [
        NOW.isoformat(),
        NOW.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.123456Z"),
        (NOW + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00"),
        (NOW - timedelta(hours=5, minutes=30)).strftime("%Y-%m-%dT%H:%M:%S-05:30"),
        NOW.timestamp(),
        NOW.timestamp() + 0.7,
    ],
    ids=["iso", "fraction", "east", "west", "seconds", "fraction of a second"],
)
def test_a_finish_is_text_with_an_offset_or_seconds(at: object) -> None:
    ((name, _),) = recorded(compiled().run("etl-record", "event-landed", payload(at=at))).items()
    assert name.endswith(f".{int(NOW.timestamp())}")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "the expression gave no id"),
        ({"id": ""}, "the expression gave no id"),
        ({"id": ["a"]}, "the expression gave no id"),
        ({"at": None}, "finishedAt cannot be read"),
        ({"at": "yesterday"}, "finishedAt cannot be read"),
        ({"at": "2026-11-21T08:00:00"}, "finishedAt cannot be read"),
        ({"at": "2099-01-01T00:00:00Z"}, "finishedAt cannot be read"),
        ({"at": 1e300}, "finishedAt cannot be read"),
        ({"at": -1}, "finishedAt cannot be read"),
        ({"at": -86400}, "finishedAt cannot be read"),
        ({"at": {}}, "finishedAt cannot be read"),
        ({"at": "x" * 100000}, "finishedAt cannot be read"),
        ({"day": None}, "the expression gave no key"),
        ({"day": "2026-11-21"}, "the expression gave no key"),
        ({"day": 20261121}, "the expression gave no key"),
        ({"day": DAY + "\n{{x}}"}, "the expression gave no key"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_reason_and_decides_nothing(
    fields: dict[str, Any], reason: str
) -> None:
    answer = compiled().run("etl-record", "event-landed", payload(**fields))
    assert (answer["name"], answer["labels"]) == ("etl-invalid", {"depgen.io/invalid": "etl"})
    assert answer["fresh"] is True
    ((_, entry),) = answer["data"].items()
    assert (json.loads(entry)["reason"], json.loads(entry)["node"]) == (reason, "landed")
    assert len(entry) < 1000


@pytest.mark.parametrize(
    "event", [{}, None, [], "x", 5, {"body": None}, {"body": []}, {"body": "{}"}, {"body": {"at": [[[]]]}}]
)
def test_any_payload_gives_one_object(event: Any) -> None:
    assert compiled().run("etl-record", "event-landed", event)["name"] == "etl-invalid"


@pytest.mark.parametrize(
    ("path", "output", "error"),
    [
        ("x{{workflow.name}}", None, "holds two opening braces, which Argo would expand"),
        ("y" * 5000, None, "longer than 4096 bytes"),
        ({"a": [1]}, '{"a":[1]}', None),
        (None, None, None),
    ],
)
def test_outputs_are_text_that_argo_cannot_expand(path: Any, output: str | None, error: str | None) -> None:
    ((_, fact),) = recorded(compiled().run("etl-record", "event-landed", payload(path=path))).items()
    assert fact.get("outputs", {}).get("path") == output
    assert fact.get("errors", {}).get("path") == error


def test_an_event_is_recorded_for_as_long_as_the_bus_keeps_it() -> None:
    built = compiled()
    for days, is_fresh in ((6.9, True), (7.1, False)):
        answer = built.run("etl-record", "event-landed", payload(at=time.time() - days * 86400))
        assert answer["fresh"] is is_fresh


def test_an_expression_that_gives_several_values_or_fails_harms_nobody() -> None:
    event = (
        "{eventSource: files, event: landed, id: '.body.id | ascii_upcase, error', finishedAt: '.body.at, 1'}"
    )
    built = compiled(event, runs="  r: {run: {workflowTemplate: r}, dependsOn: [landed]}\n")
    ((name, _),) = recorded(built.run("etl-record", "event-landed", payload())).items()
    assert name.split(".")[3] == "F-1"


def test_an_event_goes_to_the_ledger_of_another_key_too() -> None:
    run = "  r: {run: {workflowTemplate: r}, dependsOn: [{node: landed, match: {offset: -1}}]}\n"
    built = compiled(EVENT.replace("rows: .body.rows", "rows: .body.rows"), runs=run)
    answer = built.run("etl-record", "event-landed-before1", payload(day="20261231"))
    ((name, fact),) = recorded(answer).items()
    assert answer["name"] == "etl-20270101"
    assert (name.split(".")[2], fact["offset"]) == ("20261231", -1)


def test_the_sweep_lists_no_events() -> None:
    built = compiled()
    (programs,) = runnable(built.objects.values()).values()
    assert [recorder.name for recorder in programs.recorders] == ["done"]
