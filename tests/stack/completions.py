"""Makes the Workflows of a namespace end: creates completed ones, completes those that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from tests.stack import workflows
from tests.stack.api import Manifest
from tests.stack.objects import Objects

T = TypeVar("T")

BURST_THREADS = 8


class Completions(Objects):
    """What the Workflows controller and the `argo` command would do, without waiting for them."""

    def complete(
        self,
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
        """Creates a Workflow that has ended (now, unless told) and returns it with the uid it was given."""
        workflow = workflows.completed(
            name,
            labels=labels,
            annotations=annotations,
            phase=phase,
            finished_at=finished_at,
            started_at=started_at,
            outputs=outputs,
            spec=spec,
        )
        created: Manifest = self.api.post(self.path("Workflow"), workflow)
        return created

    def complete_cron(
        self,
        cron: str,
        scheduled: datetime,
        phase: str = "Succeeded",
        *,
        finished_at: datetime | None = None,
        manual: bool = False,
        key: str | None = None,
        suffix: str = "",
        outputs: Mapping[str, str] | None = None,
    ) -> Manifest:
        """Creates a completed child of a CronWorkflow, with the name, label and annotation of a real one.

        `manual` makes it a child of `argo submit --from`, whose `scheduled` is the moment of submission;
        `key` sets the label depgen.io/key; `suffix` makes it a resubmission of the child without one.
        """
        labels, annotations = workflows.cron_child_marks(cron, scheduled)
        if key is not None:
            labels["depgen.io/key"] = key
        name = workflows.cron_child_name(cron, scheduled, manual=manual, suffix=suffix)
        return self.complete(
            name,
            labels=labels,
            annotations=annotations,
            phase=phase,
            finished_at=finished_at,
            outputs=outputs,
        )

    def finish(
        self,
        name: str,
        phase: str = "Succeeded",
        *,
        finished_at: datetime | None = None,
        outputs: Mapping[str, str] | None = None,
    ) -> Manifest:
        """Completes an existing Workflow by writing what the controller writes at its end."""
        labels, status = workflows.outcome(phase, finished_at, outputs)
        patch = {"metadata": {"labels": labels}, "status": status}
        patched: Manifest = self.api.merge_patch(self.path("Workflow", name), patch)
        return patched

    def retry(self, name: str) -> Manifest:
        """Makes a completed Workflow run again, same name and uid, as `argo retry` does; `finish` ends it."""
        labels = {f"{workflows.LABEL}completed": None, f"{workflows.LABEL}phase": "Running"}
        patch = {"metadata": {"labels": labels}, "status": {"phase": "Running", "finishedAt": None}}
        patched: Manifest = self.api.merge_patch(self.path("Workflow", name), patch)
        return patched

    @staticmethod
    def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
        """Makes the calls from eight threads, as a burst does; the results are in the order of the calls."""
        with ThreadPoolExecutor(BURST_THREADS) as pool:
            return list(pool.map(lambda call: call(), calls))
