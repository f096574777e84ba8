"""The programs of a graph at a desk: completions go through the record programs into ledgers, which the others decide on.

No Sensors, no clock, no claims but those asked for: what the programs themselves say, one call after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from depgen import pipeline
from depgen.runnable import Runnable, runnable
from tests.compiled import FRAME
from tests.fakes import matches

ARGO = "workflows.argoproj.io/"


@dataclass
class Desk:
    """One graph, and its ledgers: key -> entries."""

    programs: Runnable
    ledgers: dict[str, dict[str, str]] = field(default_factory=dict)
    invalid: dict[str, str] = field(default_factory=dict)

    def end(
        self, node: str, key: str, at: str, phase: str = "Succeeded", name: str = "", **more: Any
    ) -> None:
        """A Workflow of a node ends; `at` is UTC. `outputs` and `cause` may be given, and the `cron` it is a child of."""
        outputs = more.get("outputs", {})
        labels = {"depgen.io/key": key, f"{ARGO}completed": "true", f"{ARGO}phase": phase}
        if f"etl-{node}" in name or more.get("is_run"):
            labels |= {"depgen.io/graph": "etl", "depgen.io/node": node}
        else:
            labels[f"{ARGO}cron-workflow"] = more.get("cron", node)
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        workflow = {
            "metadata": {
                "name": name or f"{node}-{key}-{moment:%d%H%M%S}",
                "uid": more.get("uid", f"u{node}{key}{moment:%d%H%M%S}"),
                "labels": labels,
                "annotations": {"depgen.io/cause": json.dumps(more.get("cause", []))},
            },
            "status": {
                "phase": phase,
                "finishedAt": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "outputs": {"parameters": [{"name": n, "value": v} for n, v in outputs.items()]},
            },
        }
        for recorder in self.programs.recorders:
            if matches(recorder.event.selector, labels):
                self._merge(recorder.program.first({"type": "ADD", "body": workflow}, recorder.zone, now=0))

    def tick(self, at: str) -> None:
        """A minute strikes, in UTC."""
        event = {"eventTime": f"{at.replace('T', ' ')}:00 +0000 UTC"}
        for clock in self.programs.clocks:
            self._merge(clock.program.first(event, clock.zone, now=0))

    def claim(self, node: str, key: str, cause: Iterable[str] = (), uid: str = "c1") -> None:
        """A node was submitted, on facts that ended at these times."""
        listed = json.dumps([["w", at, None] for at in cause])
        labels = {"depgen.io/graph": "etl", "depgen.io/node": node, "depgen.io/key": key}
        metadata = {"name": f"etl-{node}-{key}", "uid": uid, "labels": labels}
        metadata |= {"annotations": {"depgen.io/cause": listed}, "creationTimestamp": "2026-11-21T00:00:00Z"}
        for claimer in self.programs.claimers:
            self._merge(claimer.program.first({"type": "ADD", "body": {"metadata": metadata}}, "UTC", now=0))

    def edges(self, node: str, key: str) -> list[dict[str, Any]]:
        """What each edge of a node says."""
        decider = self.programs.deciders[node]
        found: list[dict[str, Any]] = decider.ask("[edges]").first({"body": self._body(key)}, decider.zone)
        return found

    def says(self, node: str, key: str, before: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The whole answer of a node's program about a ledger, which had the entries of `before`."""
        decider = self.programs.deciders[node]
        event = {"type": "UPDATE", "body": self._body(key), "oldBody": {"data": dict(before or {})}}
        found: dict[str, Any] = decider.program.first(event, decider.zone)
        return found

    def fires(self, node: str, key: str) -> bool:
        """Whether it would be submitted if the ledger were new."""
        return bool(self.says(node, key)["fire"])

    def _body(self, key: str) -> dict[str, Any]:
        return {"metadata": {"labels": {"depgen.io/key": key}}, "data": self.ledgers.get(key, {})}

    def _merge(self, told: dict[str, Any]) -> None:
        if not told["fresh"]:
            return
        if "depgen.io/invalid" in told["labels"]:
            self.invalid |= told["data"]
            return
        key = told["labels"]["depgen.io/key"]
        ledger = self.ledgers.setdefault(key, {})
        for name, text in told["data"].items():
            assert ledger.setdefault(name, text) == text, f"{name} would be another value"


def desk(nodes: str, zone: str = "Europe/Paris", head: str = "") -> Desk:
    """The graph `etl` of these nodes."""
    text = FRAME.format(zone=zone) + head + "nodes:\n" + nodes
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    assert not checked.has_errors, [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked.findings]
    objects = pipeline.build(checked).objects()
    return Desk(runnable(objects)["etl"])
