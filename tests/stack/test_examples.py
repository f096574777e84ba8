"""The repository's examples: their outputs under Argo Events' own lint, and the seed story played on the stack."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.golden.examples import EXAMPLES, compiled
from tests.stack.api import Manifest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import ANY_DATE, manifests
from tests.stack.namespace import Namespace
from tests.stack.workflows import suspend_template

SHANGHAI = ZoneInfo("Asia/Shanghai")
SYNCS = ("sync-sales", "sync-stock", "sync-web")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_argo_events_own_lint_accepts_an_example(example: Path, local: LocalStack) -> None:
    out = example / "out"
    kinds = [thing["kind"] for thing in compiled(example).objects()]
    done = local.argo_events_lint(out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("EventSource is valid\n") == kinds.count("EventSource") > 0
    assert done.stdout.count("Sensor is valid\n") == kinds.count("Sensor") > 0


class Nights:
    """The seed story's graph under the test's own names, and what happens to it on November evenings."""

    def __init__(self, namespace: Namespace, text: str) -> None:
        self.namespace = namespace
        for old, new in (("graph: etl\n", namespace.graph), ("namespace: data\n", namespace.name)):
            assert text.count(old) == 1
            text = text.replace(old, f"{old.partition(' ')[0]} {new}\n")
        namespace.apply(
            suspend_template(name, None, parameters=("day",)) for name in ("analyse", "daily-report")
        )
        namespace.apply([suspend_template("send-alert", None, parameters=("run",))])
        self.text = text.replace("nodes:\n", f"{ANY_DATE}nodes:\n")
        namespace.apply(manifests(self.text))
        namespace.wait_ready()

    def run(self, node: str, day: int) -> str:
        return f"{self.namespace.graph}-{node}-202611{day}"

    def ends(self, cron: str, day: int, at: str, phase: str = "Succeeded") -> Manifest:
        """The 18:00 run of a CronWorkflow ends at that time of that evening."""
        scheduled = datetime(2026, 11, day, 18, tzinfo=SHANGHAI)
        finished = datetime.combine(scheduled, datetime.strptime(at, "%H:%M:%S").time(), SHANGHAI)
        return self.namespace.complete_cron(cron, scheduled, phase, finished_at=finished)

    def have_submitted(self, *runs: str) -> None:
        """Wait until exactly these runs are there and nothing more happens."""
        self.namespace.wait_for(lambda: len(self.namespace.runs()) >= len(runs), 30, f"{len(runs)} runs")
        self.namespace.quiet()
        assert self.namespace.runs() == sorted(runs)

    def parameters(self, run: str) -> dict[str, str]:
        spec = self.namespace.api.get(self.namespace.path("Workflow", run))["spec"]
        return {p["name"]: p["value"] for p in spec["arguments"]["parameters"]}


def test_the_seed_story_starts_each_run_when_its_day_is_ready(namespace: Namespace) -> None:
    nights = Nights(namespace, (EXAMPLES[0] / "graph.yaml").read_text())

    for sync, at in zip(SYNCS, ("20:15:00", "20:30:00", "20:45:00"), strict=True):
        nights.ends(sync, 20, at)
    for sync in SYNCS[:2]:
        nights.ends(sync, 21, "20:15:00")
    nights.have_submitted()

    nights.ends("clean-raw", 20, "22:10:00")
    nights.ends("clean-raw", 21, "18:40:00")
    analyses = [nights.run("analysis", day) for day in (20, 21)]
    nights.have_submitted(*analyses)

    for day, run in enumerate(analyses, start=20):
        namespace.finish(run, finished_at=datetime(2026, 11, day, 22, 50, tzinfo=SHANGHAI))
    nights.have_submitted(*analyses, nights.run("report", 20))

    nights.ends("sync-web", 21, "23:59:59")
    reports = [nights.run("report", day) for day in (20, 21)]
    nights.have_submitted(*analyses, *reports)

    for run in (*analyses, *reports):
        assert nights.parameters(run) == {"day": f"2026-11-{run[-2:]}"}
    assert [str(line) for line in namespace.errors()] == []


def test_the_seed_story_alerts_only_for_a_success_within_the_window(namespace: Namespace) -> None:
    nights = Nights(namespace, (EXAMPLES[0] / "graph.yaml").read_text())
    nights.ends("benchmark", 20, "20:00:00")
    nights.ends("benchmark", 21, "19:00:00", "Failed")
    nights.ends("benchmark", 22, "17:59:59")
    nights.have_submitted()
    within = nights.ends("benchmark", 23, "19:59:59")
    nights.have_submitted(nights.run("alert", 23))
    assert nights.parameters(nights.run("alert", 23)) == {"run": within["metadata"]["name"]}
    assert [str(line) for line in namespace.errors()] == []
