"""Workflows and the agent's requests, for tests of the executor plugin."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from depgen.cluster.api import Object

NAMESPACE = "data"
FORM = {"targetWorkflow": "sales", "timeWindow": "2h"}


def at(moment: float) -> str:
    """A moment as objects have it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def workflow(name: str, cron: str, finished: float | None, phase: str = "Succeeded") -> Object:
    """A run of a CronWorkflow that finished at that moment; None: it runs."""
    labels = {"workflows.argoproj.io/cron-workflow": cron, "workflows.argoproj.io/phase": phase}
    status: dict[str, Any] = {"phase": phase, "nodes": {name: {"phase": phase}}}
    if finished is None:
        status["phase"] = labels["workflows.argoproj.io/phase"] = "Running"
    else:
        labels["workflows.argoproj.io/completed"] = "true"
        status["finishedAt"] = at(finished)
    spec = {"entrypoint": "main", "templates": [{"name": "main"}], "workflowTemplateRef": {"name": "load"}}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec, "status": status}


def body(
    form: Any, workflow: str = "nightly", key: str = "dependencyChecker", template: str = "check"
) -> bytes:
    """What the agent sends for a template, as argo-workflows v3.7.14 writes it."""
    data = {
        "workflow": {
            "metadata": {"name": workflow, "namespace": NAMESPACE, "uid": f"uid-of-{workflow}"},
        },
        "template": {
            "name": template,
            "inputs": {},
            "outputs": {},
            "metadata": {},
            "plugin": {key: form},
        },
    }
    return json.dumps(data, separators=(",", ":")).encode()
