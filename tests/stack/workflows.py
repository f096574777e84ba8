"""Workflows for tests: completed ones, which cost one request and no controller, and templates without pods.

The Workflow CRD has no status subresource, so a Workflow may be created with its outcome. The Workflows
controller leaves alone whatever carries the label `completed: "true"`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.stack.api import Manifest

LABEL = "workflows.argoproj.io/"
API_VERSION = "argoproj.io/v1alpha1"
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"

# If the controller ever takes such a Workflow up (after `retry`), it stays suspended and does not interfere.
HELD_SPEC: Manifest = {
    "suspend": True,
    "entrypoint": "held",
    "templates": [{"name": "held", "suspend": {}}],
}


def timestamp(moment: datetime) -> str:
    """RFC 3339 to the second, in the moment's own zone (`Z` for UTC), as Kubernetes writes times."""
    if moment.utcoffset() is None:
        raise ValueError(f"a time needs a zone: {moment}")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def outcome(
    phase: str, finished_at: datetime | None, outputs: Mapping[str, str] | None
) -> tuple[dict[str, str], Manifest]:
    """The labels and the status of a Workflow that ended (`finished_at`: None is now)."""
    finished = timestamp((finished_at or datetime.now(UTC)).astimezone(UTC))
    status: Manifest = {"phase": phase, "finishedAt": finished}
    if outputs:
        status["outputs"] = {
            "parameters": [{"name": name, "value": value} for name, value in outputs.items()]
        }
    return {f"{LABEL}completed": "true", f"{LABEL}phase": phase}, status


def completed(
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    phase: str = "Succeeded",
    finished_at: datetime | None = None,
    started_at: datetime | None = None,
    outputs: Mapping[str, str] | None = None,
    spec: Manifest | None = None,
) -> Manifest:
    """A Workflow that has ended; it started when it finished unless `started_at` says otherwise."""
    end_labels, status = outcome(phase, finished_at, outputs)
    status["startedAt"] = timestamp(started_at.astimezone(UTC)) if started_at else status["finishedAt"]
    return {
        "apiVersion": API_VERSION,
        "kind": "Workflow",
        "metadata": {
            "name": name,
            "labels": {**end_labels, **(labels or {})},
            "annotations": dict(annotations or {}),
        },
        "spec": spec or HELD_SPEC,
        "status": status,
    }


def cron_child_name(cron: str, scheduled: datetime, *, manual: bool = False, suffix: str = "") -> str:
    """`<cron>-<unix time>` as the controller names it; `<cron>-<5 letters>` as `argo submit --from` does.

    `suffix` is appended with a hyphen, as `argo resubmit` does.
    """
    last = random_suffix() if manual else str(int(scheduled.timestamp()))
    return "-".join(filter(None, (cron, last, suffix)))


def cron_child_marks(cron: str, scheduled: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and annotations of a child of a CronWorkflow; the annotation keeps the zone of `scheduled`."""
    return {f"{LABEL}cron-workflow": cron}, {f"{LABEL}scheduled-time": timestamp(scheduled)}


def random_suffix() -> str:
    """Five letters or digits as Kubernetes generates them."""
    return "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))


def suspend_template(
    name: str, duration: str | None = "1s", *, deadline: int | None = None, parameters: Sequence[str] = ()
) -> Manifest:
    """A WorkflowTemplate that the real controller completes without pods.

    It succeeds after `duration` (None: never), or fails after `deadline` seconds if that comes first.
    `parameters` are declared without a value, so a Workflow that leaves one out is refused.
    """
    suspend = {"duration": duration} if duration else {}
    spec: dict[str, Any] = {"entrypoint": "nap", "templates": [{"name": "nap", "suspend": suspend}]}
    if deadline is not None:
        spec["activeDeadlineSeconds"] = deadline
    if parameters:
        spec["arguments"] = {"parameters": [{"name": parameter} for parameter in parameters]}
    return {"apiVersion": API_VERSION, "kind": "WorkflowTemplate", "metadata": {"name": name}, "spec": spec}
