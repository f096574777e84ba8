"""Runs that are made again: their key has an id behind it, and nobody but themselves hears of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compiled import FRAME, Compiled, compile_nodes, compile_texts
from tests.unit.test_decide_programs import ask, fact

AGAIN = "20261121-fix1"
NODES = (
    "  a: {source: {cronWorkflow: a}}\n"
    '  up: {run: {workflowTemplate: t, params: {day: {key: "%Y%m%d"}, iso: {key: "%Y-%m-%d"}, week: {key: "%V"}}},'
    ' dependsOn: [{node: a, window: {from: "01:00", to: "09:00"}}]}\n'
    "  down: {run: {workflowTemplate: t}, dependsOn: [{node: up, match: {offset: -1}}]}\n"
)


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_nodes(NODES)


def ended(key: str) -> dict[str, Any]:
    labels = {"depgen.io/graph": "etl", "depgen.io/node": "up", "depgen.io/key": key}
    metadata = {"name": f"etl-up-{key}", "uid": "u1", "labels": labels}
    return {
        "type": "ADD",
        "body": {
            "metadata": metadata,
            "status": {"phase": "Succeeded", "finishedAt": "2099-01-01T00:00:00Z"},
        },
    }


def done(compiled: Compiled, key: str) -> dict[str, dict[str, Any]]:
    names = [d["name"] for d in compiled.sensor("etl-record")["dependencies"] if d["name"].startswith("done")]
    return {name: compiled.run("etl-record", name, ended(key)) for name in names}


def test_the_programs_read_the_date_of_such_a_key_and_name_the_run_after_it(compiled: Compiled) -> None:
    ledger = fact("a", "2026-11-21T02:00:00", key=AGAIN)
    told = ask(compiled, ledger, {}, key=AGAIN, node="up")
    assert told["fire"] is True
    assert told["metadata"]["name"] == "etl-up-20261121-fix1"
    assert told["metadata"]["labels"]["depgen.io/key"] == AGAIN
    assert told["params"] == {"day": "20261121", "iso": "2026-11-21", "week": "47"}


def test_the_hour_that_comes_twice_is_told_from_the_other_when_it_is_run_again() -> None:
    hourly = compile_nodes(
        "  h: {source: {cronWorkflow: h}, key: {every: hour}}\n"
        "  up: {run: {workflowTemplate: t, params: {from: {interval: start}, to: {interval: end}}}, dependsOn: [h]}\n"
    )
    for key, start, end in (
        ("20261025t02-fix1", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("20261025t02b-fix1", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
    ):
        told = ask(hourly, fact("h", "2026-10-25T02:00:00", key=key), {}, key=key, node="up")
        assert (told["fire"], told["params"]) == (True, {"from": start, "to": end})


def test_its_end_is_recorded_in_its_own_ledger_and_is_nobodys_previous_key(compiled: Compiled) -> None:
    told = done(compiled, AGAIN)
    assert told["done"]["name"] == "etl-20261121-fix1"
    assert list(told["done"]["data"]) == ["run.up.20261121-fix1.u1.4070908800"]
    assert [result["fresh"] for name, result in told.items() if name != "done"] == [False]
    assert [result["fresh"] for result in done(compiled, "20261121").values()] == [True, True]


def test_its_claim_is_recorded(compiled: Compiled) -> None:
    event = ended(AGAIN)
    event["body"]["metadata"]["creationTimestamp"] = "2099-01-01T00:00:00Z"
    result = compiled.run("etl-claim", "run", event)
    assert (result["fresh"], result["name"]) == (True, "etl-20261121-fix1")


def test_other_graphs_do_not_hear_of_it() -> None:
    other = "apiVersion: depgen.io/v1\ngraph: sales\nnamespace: data\ntimezone: Europe/Paris\nnodes:\n"
    compiled = compile_texts(
        FRAME.format(zone="Europe/Paris") + "nodes:\n" + NODES,
        other
        + "  up: {source: {graph: data/etl, node: up}}\n  r: {run: {workflowTemplate: t}, dependsOn: [up]}\n",
    )
    (name,) = [
        d["name"] for d in compiled.sensor("sales-record")["dependencies"] if d["name"].startswith("graph")
    ]
    for key, is_heard in (("20261121", True), (AGAIN, False)):
        ledger = {
            "metadata": {"labels": {"depgen.io/key": key}},
            "data": fact("up", "2099-01-01T00:00:00", key=key),
        }
        result = compiled.run("sales-record", name, {"type": "ADD", "body": ledger})
        assert (result["fresh"], bool(result["data"])) == (is_heard, is_heard)
