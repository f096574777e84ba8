"""A CronWorkflow as the Workflows controller reads it: when it starts a run, and what that run looks like.

What a newcomer gets wrong: `schedule` hides `schedules`; without `timezone` the controller's own clock counts, which
in its image is UTC; a run is named after the second it was scheduled for, whenever it really starts.
Source: argo-workflows v3.7.14, workflow/cron/operator.go and workflow/common/convert.go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from depgen import cron
from depgen.cluster.api import Object

LABEL = "workflows.argoproj.io/"
OF_CRON = f"{LABEL}cron-workflow"
SCHEDULED_TIME = f"{LABEL}scheduled-time"
INSTANCE = f"{LABEL}controller-instanceid"
# Labels of a CronWorkflow that its runs get too.
PASSED_ON = (f"{LABEL}creator", f"{LABEL}creator-email", f"{LABEL}creator-preferred-username")
KEPT = {"Succeeded": ("successfulJobsHistoryLimit", 3), "Failed": ("failedJobsHistoryLimit", 1)}
CHILD = re.compile(r"(.+)-([0-9]{10})(?:-.+)?")


@dataclass(frozen=True)
class CronWorkflow:
    """One of the cluster."""

    object: Object

    @property
    def name(self) -> str:
        """Its own, without the namespace."""
        return str(self.object["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Where it is, and where its runs are."""
        return str(self.object["metadata"]["namespace"])

    @property
    def spec(self) -> Mapping[str, Any]:
        """As it is written."""
        spec: Mapping[str, Any] = self.object["spec"]
        return spec

    @property
    def status(self) -> Mapping[str, Any]:
        """What the controller wrote last."""
        return self.object.get("status") or {}

    @property
    def schedules(self) -> list[str]:
        """The expressions that count."""
        return (
            [self.spec["schedule"]] if self.spec.get("schedule") else list(self.spec.get("schedules") or ())
        )

    @property
    def zone(self) -> str:
        """Where its schedules are read, unless one says otherwise."""
        return self.spec.get("timezone") or "UTC"

    @property
    def policy(self) -> str:
        """What happens while an earlier run is still going: Allow, Forbid or Replace."""
        return self.spec.get("concurrencyPolicy") or "Allow"

    @property
    def last_scheduled(self) -> datetime | None:
        """The time of the newest run that the controller started."""
        return instant(self.status.get("lastScheduledTime"))

    @property
    def created_at(self) -> datetime:
        """Before, nothing was due."""
        return datetime.fromisoformat(self.object["metadata"]["creationTimestamp"]).astimezone(UTC)

    @property
    def changed_at(self) -> datetime:
        """When its spec was last written, as far as can be told: before, it may have been another."""
        meta = self.object["metadata"]
        times = [m.get("time") for m in meta.get("managedFields", ()) if "f:spec" in m.get("fieldsV1", {})]
        return max([self.created_at, *(moment for text in times if (moment := instant(text)))])

    @property
    def not_judged(self) -> str:
        """Why nobody can say when a run is due; "" if one can."""
        if self.spec.get("suspend"):
            return "suspended"
        if self.status.get("phase") == "Stopped":
            return "its stopStrategy has stopped it"
        if self.spec.get("when"):
            return "has a condition `when`"
        if any(schedule.every for schedule in self._parsed):
            return "@every counts from the start of the controller"
        return ""

    @property
    def trouble(self) -> str:
        """Why the controller never starts a run of it; "" if nothing speaks against it."""
        try:
            ZoneInfo(self.zone)
            return "" if self._parsed else "has no schedule"
        except cron.CronError as error:
            return f"schedule: {error}"
        except (KeyError, OSError, ValueError):
            return f"timezone: there is no {self.zone}"

    @property
    def said(self) -> str:
        """What the controller has to say of the last time it tried."""
        conditions = self.status.get("conditions") or ()
        found = [c.get("message", "") for c in conditions if c.get("status") == "True"]
        return "; ".join(message for message in found if message)

    @cached_property
    def _parsed(self) -> list[cron.Schedule]:
        return [cron.parse(text) for text in self.schedules]

    def times(self, start: datetime, end: datetime) -> list[datetime]:
        """When a run was due in `[start, end)`, in UTC."""
        zone = ZoneInfo(self.zone)
        found = {t.astimezone(UTC) for schedule in self._parsed for t in schedule.between(start, end, zone)}
        return sorted(found)

    def run_name(self, at: datetime) -> str:
        """The name of the run that is due at a time: `<cron>-<unix time>`."""
        return f"{self.name}-{int(at.timestamp())}"

    def run(self, at: datetime) -> Object:
        """The run that the controller would have created."""
        meta, given = self.object["metadata"], self.spec.get("workflowMetadata") or {}
        labels = meta.get("labels") or {}
        passed = {name: labels[name] for name in (*PASSED_ON, INSTANCE) if name in labels}
        written = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        body: Object = {
            "apiVersion": self.object["apiVersion"],
            "kind": "Workflow",
            "metadata": {
                "name": self.run_name(at),
                "labels": {**passed, OF_CRON: self.name, **(given.get("labels") or {})},
                "annotations": {SCHEDULED_TIME: written, **(given.get("annotations") or {})},
                "ownerReferences": [_owner(self.object)],
            },
            "spec": self.spec["workflowSpec"],
        }
        if given.get("finalizers"):
            body["metadata"]["finalizers"] = list(given["finalizers"])
        return body


@dataclass(frozen=True)
class Children:
    """The Workflows that there are of one CronWorkflow."""

    cron: CronWorkflow
    objects: tuple[Object, ...]

    @cached_property
    def scheduled(self) -> dict[int, str]:
        """The Unix time a run was due -> its name; resubmitted ones count for the same time."""
        found = ((scheduled_for(self.cron.name, name), name) for name in self._names)
        return {at: name for at, name in found if at is not None}

    @property
    def manual_keys(self) -> dict[str, str]:
        """The keys that somebody gave to runs started by hand -> the run's name."""
        found: dict[str, str] = {}
        for child in self.objects:
            name, labels = child["metadata"]["name"], child["metadata"].get("labels") or {}
            if "depgen.io/key" in labels and scheduled_for(self.cron.name, name) is None:
                found[labels["depgen.io/key"]] = name
        return found

    @property
    def newest(self) -> Object | None:
        """The one that was created last."""
        return max(self.objects, key=lambda child: child["metadata"]["creationTimestamp"], default=None)

    def running_at(self, at: datetime) -> str | None:
        """The name of a run that was under way at a time, whenever it was due."""
        for child in self.objects:
            begun = instant(child["metadata"].get("creationTimestamp"))
            ended = _finished(child)
            if begun and begun <= at and (ended is None or ended > at):
                return str(child["metadata"]["name"])
        return None

    def would_be_kept(self, at: datetime, seconds_kept: Mapping[str, float], now: datetime) -> bool:
        """Whether a run that was due at a time would still be there, however it ended.

        Of those that ended alike the oldest are removed, by number (history limits) or by age (`seconds_kept`, by
        "Succeeded" and "Failed"). A run that was due at `at` ended after it: it would outlive one that ended before.
        """
        return all(
            self._is_kept(end, at, now, seconds_kept[end], self.cron.spec.get(field, usual))
            for end, (field, usual) in KEPT.items()
        )

    def _is_kept(self, end: str, at: datetime, now: datetime, seconds: float, limit: int) -> bool:
        ended = [
            moment
            for child in self.objects
            if (moment := _finished(child)) and (_phase(child) == "Succeeded") == (end == "Succeeded")
        ]
        if any(moment <= at for moment in ended):
            return True
        return len(ended) < limit and (now - at).total_seconds() < seconds

    @property
    def _names(self) -> Iterable[str]:
        return (child["metadata"]["name"] for child in self.objects)


def seconds_kept(spec: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, float]:
    """How long `ttlStrategy` keeps a run after its end, by how it ended; the template's counts if the run has none."""
    ttl = spec.get("ttlStrategy") or template.get("ttlStrategy") or {}
    always = ttl.get("secondsAfterCompletion", math.inf)
    # A run that ended in Error is kept as long as any other, one that Failed as long as a failure.
    failed = min(always, ttl.get("secondsAfterFailure", always))
    return {"Succeeded": ttl.get("secondsAfterSuccess", always), "Failed": failed}


def scheduled_for(cron_name: str, workflow: str) -> int | None:
    """The Unix time in the name of a run of this CronWorkflow; None if it was not started on schedule."""
    match = CHILD.fullmatch(workflow)
    return int(match[2]) if match and match[1] == cron_name else None


def instant(text: str | None) -> datetime | None:
    """A time of an object; None if there is none."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _phase(child: Object) -> str:
    return str((child.get("status") or {}).get("phase", ""))


def _finished(child: Object) -> datetime | None:
    return instant((child.get("status") or {}).get("finishedAt"))


def _owner(found: Object) -> dict[str, Any]:
    meta = found["metadata"]
    return {
        "apiVersion": found["apiVersion"],
        "kind": "CronWorkflow",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
