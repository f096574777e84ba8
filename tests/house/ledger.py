"""A night of examples/01-nightly-etl as its ledger tells it: the compiled programs run on made-up Workflows.

`python -m tests.house.ledger` prints the ledger that the documentation explains; `decide NODE` what the Sensor makes of
it, and `edges NODE` each edge alone.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

import jq
import yaml

from depgen.engine import zone_of_process
from tests.compiled import Compiled, compile_texts
from tests.house.quotes import ROOT

Json = dict[str, Any]

KEY = "20261121"
SCHEDULED = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
# Node, CronWorkflow (none for a run of the graph), phase, finish, uid.
NIGHT = (
    ("clean", "clean-raw", "Succeeded", "2026-11-21T14:10:07Z", "0f3c9a52-5e7f-4b0a-9d0e-6f2b8a4c7e11"),
    ("sync-sales", "sync-sales", "Succeeded", "2026-11-21T12:02:45Z", "4a1d6c3e-8b52-4c8e-a7f4-90d1e2b3c4d5"),
    ("sync-stock", "sync-stock", "Failed", "2026-11-21T12:31:00Z", "7b9e2f10-3c4d-4e5f-8a6b-1c2d3e4f5a6b"),
    ("analysis", None, "Succeeded", "2026-11-21T15:05:30Z", "c2d3e4f5-a6b7-4c8d-9e0f-1a2b3c4d5e6f"),
)


def workflow(node: str, cron: str | None, phase: str, finished: str, uid: str) -> Json:
    """A Workflow as the EventSource sees it."""
    if cron is None:
        labels = {"depgen.io/graph": "etl", "depgen.io/node": node, "depgen.io/key": KEY}
        metadata: Json = {
            "name": f"etl-{node}-{KEY}",
            "labels": labels,
            "creationTimestamp": "2026-11-21T14:10:07Z",
        }
    else:
        annotations = {"workflows.argoproj.io/scheduled-time": SCHEDULED.strftime("%Y-%m-%dT%H:%M:%SZ")}
        labels = {"workflows.argoproj.io/cron-workflow": cron}
        metadata = {
            "name": f"{cron}-{SCHEDULED.timestamp():.0f}",
            "labels": labels,
            "annotations": annotations,
        }
    return {"metadata": {**metadata, "uid": uid}, "status": {"phase": phase, "finishedAt": finished}}


def ledger(compiled: Compiled) -> Json:
    """What the record and claim Sensors make of the night."""
    found: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "data"}, "data": {}}
    for event in NIGHT:
        body = {"type": "ADD", "body": workflow(*event)}
        patches = [compiled.run("etl-record", "cron" if event[1] else "done", body)]
        if event[1] is None:
            patches.append(compiled.run("etl-claim", "run", body))
        for patch in patches:
            found["metadata"] |= {"name": patch["name"], "labels": patch["labels"]}
            found["data"] |= patch["data"]
    return found


def main(arguments: list[str]) -> None:
    """Print what is asked for."""
    compiled = compile_texts(
        (ROOT / "examples" / "01-nightly-etl" / "graph.yaml").read_text(encoding="utf-8")
    )
    event = {"type": "UPDATE", "body": ledger(compiled), "oldBody": {}}
    if not arguments:
        print(yaml.safe_dump(event["body"], width=1000), end="")
        return
    what, node = arguments
    if what == "decide":
        print(json.dumps(compiled.run("etl-submit", node, event), indent=2))
        return
    defs = compiled.program("etl-submit", node).partition("\n(.body.data")[0]
    with zone_of_process("Asia/Shanghai"):
        print(jq.compile(f"{defs}\n.body.data | edges").input_value(event).text())


if __name__ == "__main__":
    main(sys.argv[1:])
