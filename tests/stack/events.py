"""What EventSources send: ordinary Workflows and ledgers, and ticks, at the times when clocks change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tests.stack.programs import Program
from tests.stack.workflows import LABEL, timestamp

from depgen import engine

MOMENTS = [
    datetime.fromisoformat(text)
    for text in (
        "2026-03-08T06:59:59Z",
        "2026-03-29T00:30:00Z",
        "2026-03-29T01:30:00Z",
        "2026-04-04T15:20:00Z",
        "2026-10-03T15:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-11-01T06:30:00Z",
        "2026-12-31T23:30:00Z",
        "2028-02-29T12:00:00Z",
    )
]
# Ledgers, and when their first fact finished; None: a moment ago.
KEYS = {
    "20261025": "2026-10-26T00:30:00Z",
    "20261121": "2026-11-21T17:30:00Z",
    "20261123": None,
    "20261025t02": "2026-10-25T00:40:00Z",
    "20261025t02b": "2026-10-25T01:40:00Z",
    "20260329t0215": None,
    "2026w53": "2027-01-03T17:30:00Z",
    "202602": "2026-02-28T18:30:00Z",
    "20261121-fix1": None,
    "20261025t02b-again": "2026-10-25T01:40:00Z",
    "": None,
    "nonsense": "2026-10-25T00:40:00Z",
}
# Around the days on which the clocks of some zone change, and at the ends of a week, a month and a year.
TICK_DAYS = (
    "2026-03-08",
    "2026-03-29",
    "2026-04-05",
    "2026-10-04",
    "2026-10-25",
    "2026-11-01",
    "2026-11-22",
    "2026-12-31",
    "2028-02-29",
    "2030-12-01",
)
PHASES = ("Succeeded", "Failed", "Error")

# The key whose ledgers also hold clocks, an operator's hand and outcomes.
CLOCKED = ("20261123",)
CLOCKS = ("notBefore", "startBy", "deadline", "cutoff")
SETTLING = re.compile(r'clock\("[a-z-]+\.(settle-[a-z-]+)"\)')

Payload = dict[str, Any]
Ledger = dict[str, str]


def event(body: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Payload:
    """Go writes the keys of every object sorted."""
    where = {"group": "", "version": "v1", "resource": "x", "namespace": "data"}
    told = {"type": "ADD" if old is None else "UPDATE", "body": body, "oldBody": old, **where}
    payload: Payload = json.loads(json.dumps(told, sort_keys=True))
    return payload


def workflow_events(program: Program) -> Iterator[Payload]:
    """A completed Workflow for each moment and each value of the selectors, with its oddities in turn."""
    for number, moment in enumerate(MOMENTS):
        body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
        metadata = _metadata(program, number, moment)
        spec = {
            "arguments": {"parameters": [{"name": "day", "value": "20261025"}]},
            "workflowTemplateRef": {"name": "t"},
        }
        yield event({**body, "metadata": metadata, "spec": spec, "status": _status(number, moment)})


def _metadata(program: Program, number: int, moment: datetime) -> Payload:
    selected = {label: values.split(",") for label, values in program.selectors}
    labels = {
        **{label: values[number % len(values)] for label, values in selected.items()},
        f"{LABEL}phase": PHASES[number % 3],
        "depgen.io/node": ("after-day", "after-all", "after-hour")[number % 3],
        "date": "2026-10-25",
    }
    if key := (None, None, "20261025", "20261025t02b", "2026w53", "odd")[number % 6]:
        labels["depgen.io/key"] = key
    parent = labels.get(f"{LABEL}cron-workflow", "load")
    return {
        "name": f"{parent}-{int(moment.timestamp())}" + ("", "-x7k2p", "-abcde")[number % 3],
        "namespace": "data",
        "uid": f"5d1c8a70-0000-4000-8000-{number:012}",
        "resourceVersion": "4711",
        "generation": 3,
        "creationTimestamp": timestamp(moment),
        "labels": labels,
        "annotations": {f"{LABEL}scheduled-time": timestamp(moment), "note": "<&> ' \u2028 \U0001f600"},
        "managedFields": [
            {"manager": "argo", "operation": "Update", "fieldsV1": {"f:status": {".": {}, "f:phase": {}}}}
        ],
    }


def _status(number: int, moment: datetime) -> Payload:
    finished = moment + timedelta(minutes=31)
    outputs = [
        {"name": "rows", "value": "12"},
        {"name": "area", "value": 7},
        {"name": "log", "value": "é" * 2100},
        {"name": "none"},
    ]
    west = (finished - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S.25-05:00")
    return {
        "phase": PHASES[number % 3],
        "startedAt": timestamp(moment),
        "finishedAt": west if number % 4 == 3 else timestamp(finished),
        "outputs": {"parameters": outputs},
    }


def foreign_events() -> Iterator[Payload]:
    """What a webhook may be sent, with times as text and as numbers."""
    for number, moment in enumerate(MOMENTS):
        day = ("20261025", "20261025t02b", "", None)[number % 4]
        at: Any = (timestamp(moment), moment.timestamp(), f"{moment.isoformat()}", "soon")[number % 4]
        identity: Any = (f"f.{number} é{{{{", number, None, "x" * 200)[number // 4 % 4]
        file: Any = ("in/a.csv", {"b": 1, "a": [2]}, "{{x}}", None)[number // 2 % 4]
        yield {"header": {}, "body": {"at": at, "day": day, "file": file, "id": identity}}


def calendar_events(program: Program, zone: str) -> Iterator[Payload]:
    """The ticks of a program's schedule in a zone, both where one comes twice, each a little late."""
    minute, hour = map(int, program.schedule.split()[:2])
    for text in TICK_DAYS:
        for days in range(-1, 4):
            local = datetime.fromisoformat(text) + timedelta(days=days, hours=hour, minutes=minute)
            there = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
            yield from map(tick, sorted({moment.astimezone(UTC) for moment in there}))
    yield tick(datetime.now(UTC))


def tick(moment: datetime) -> Payload:
    """What a calendar EventSource sends: a time as Go prints it."""
    return {"eventTime": f"{moment:%Y-%m-%d %H:%M:%S}.020000063 +0000 UTC m=+32.020000001", "metadata": {}}


def ledger_events(program: Program) -> Iterator[Payload]:
    """The ledger of each key as it grows, each step as an update and, if it is young, as a replay."""
    for key, finished in KEYS.items():
        moment = datetime.fromisoformat(finished) if finished else datetime.now(UTC)
        metadata = {
            "name": f"all-{key}",
            "labels": {"depgen.io/graph": "all", "depgen.io/key": key},
            "uid": "u",
            "managedFields": [],
        }
        bodies: list[Payload] = [{"metadata": metadata}]
        bodies += [{"metadata": metadata, "data": data} for data in _ledgers(program, key, moment)]
        for before, after in pairwise(bodies):
            yield event(after, before)
            if finished is None:
                yield event(after)


def _ledgers(program: Program, key: str, moment: datetime) -> Iterator[Ledger]:
    """Facts, pushed facts of other keys, failures, clocks, an operator's hand, a sweep, a claim, nonsense."""
    own = program.dependency
    upstreams = program.upstreams or ("load",)
    complete = _facts(upstreams, key, moment, outputs={"rows": "3"})
    for other in _keys_wanted(program, key):
        complete |= _facts(upstreams, other, moment, outputs={"rows": "3"}, used="2026-01-01T00:00:00Z")
    yield from ({}, dict([*complete.items()][:1]), complete)
    for offset in (-2, -1, 1):
        complete |= _facts(upstreams, f"2026102{5 + offset}", moment, offset=offset)
    yield complete
    yield complete | _facts(upstreams, key, moment + timedelta(hours=1), "Failed")
    yield complete | {f"sweep.{own}": "1"}
    if key in CLOCKED:
        yield from _again(own, key, complete, upstreams, moment)
        yield from _struck(own, program.text, complete, moment)
        yield from _by_hand(own, upstreams, complete)
        yield from _ended(program, key, complete, moment)
    claim = {"finishedAt": "", "phase": "Submitted", "workflow": "w"}
    yield complete | {f"run.{own}.{key}.u9.0": json.dumps(claim)}
    odd = ("not json", "[]", '{"finishedAt": 5, "outputs": 1}', "null")
    yield dict(zip((f"run.{upstream}.{key}.u.1" for upstream in upstreams), odd, strict=False))


def _keys_wanted(program: Program, key: str) -> list[str]:
    """The other keys whose facts the edges look for, as the program itself says."""
    defs, line, _ = program.text.rpartition("(.body.data // {}) as $new")
    if ".key = $u" not in defs:
        return []
    question = f"{defs}(.body.data // {{}}) | [edges | (.each // [.])[] | .key | strings]"
    found: list[str] = engine.compiled(question).first(
        {"body": {"metadata": {"labels": {"depgen.io/key": key}}}}
    )
    return [other for other in found if line and other]


def _again(
    own: str, key: str, complete: Ledger, upstreams: tuple[str, ...], moment: datetime
) -> Iterator[Ledger]:
    """The upstreams complete again after a claim that says what it was fired on."""
    value = {"finishedAt": "", "phase": "Submitted", "used": timestamp(moment), "workflow": "w"}
    claimed = complete | {f"run.{own}.{key}.u1.0": json.dumps(value)}
    yield claimed
    yield claimed | _facts(upstreams, key, moment + timedelta(hours=2))
    yield complete | _facts((own,), "20261122", moment, offset=-1)


def _struck(own: str, text: str, complete: Ledger, moment: datetime) -> Iterator[Ledger]:
    """Every clock of the node, or of the one that an alert tells of, one after the other."""
    of = {own, own.removesuffix("-late").removesuffix("-missed")}
    at = json.dumps({"at": timestamp(moment.replace(microsecond=0) + timedelta(hours=3))})
    settling = tuple(SETTLING.findall(text))
    struck = {f"clock.{node}.{name}": at for name in (*CLOCKS, *settling) for node in sorted(of)}
    yield struck
    for count in range(1, len(struck) + 1):
        yield complete | dict([*struck.items()][:count])


def _by_hand(own: str, upstreams: tuple[str, ...], complete: Ledger) -> Iterator[Ledger]:
    told = json.dumps({"at": "2026-11-21T17:30:00Z", "by": "ana <&> \U0001f600", "why": '"quoted"'})
    yield {f"fire.{own}": told}
    yield complete | {f"hold.{own}": told}
    yield {f"satisfy.{own}.{upstream}": told for upstream in upstreams}
    yield complete | {f"fire.{own}": told, f"hold.{own}": told}


def _ended(program: Program, key: str, complete: Ledger, moment: datetime) -> Iterator[Ledger]:
    """What ends without a run of the node, and runs that failed."""
    own = program.dependency
    yield _failure(program.graph, key, moment)
    yield complete | {f"shadow.{own}": json.dumps({"at": timestamp(moment), "workflow": "w"})}
    yield complete | {"backfill": "{}"}
    for outcome, reason in (("skipped", "cutoff"), ("expired", "cutoff"), ("rejected", "x"), ("skipped", 5)):
        value = {"finishedAt": timestamp(moment), "phase": outcome.title(), "reason": reason, "wall": "-"}
        yield complete | {f"run.{own}.{key}.{outcome}.7": json.dumps(value)}


def _failure(graph: str, key: str, moment: datetime) -> Ledger:
    """Runs of the graph that failed, one of which was told of."""
    found: Ledger = {}
    for node in ("after-day", "gated", "weekly"):
        found |= _facts((node,), key, moment, "Error", workflow=f"{graph}-{node}-{key}")
    return found | _facts(("gated-failed",), key, moment)


def _facts(
    upstreams: tuple[str, ...], key: str, finished: datetime, phase: str = "Succeeded", **more: Any
) -> Ledger:
    """An entry for each upstream, a minute apart."""
    found = {}
    for number, node in enumerate(upstreams):
        at = finished.replace(microsecond=0) + timedelta(minutes=number)
        value = {
            "finishedAt": timestamp(at),
            "phase": phase,
            "wall": timestamp(at + timedelta(hours=1))[:-1],
            "workflow": f"{node}-1",
            **more,
        }
        found[f"run.{node}.{key}.u-{node}.{int(at.timestamp())}"] = json.dumps(value, sort_keys=True)
    return found
