"""What a pass of the sweep costs: requests, time and memory, and that they grow with what there is to look at.

`python -m tests.bench.sweep 10000` makes a pass in a process of its own, over Workflows that are made up as they are
listed, so that the memory is the sweep's. Of every hundred facts one is missing in its ledger.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Object, Resource
from depgen.cluster.reconcile.counts import Kind
from depgen.cluster.reconcile.passes import sweep_all
from tests.bench.measure import PYTHON, Figure
from tests.fakes import PAGE, FakeCluster, matches
from tests.subjects import subject_of

ROOT = Path(__file__).parents[2]
LARGE, SMALL = 10_000, 2_500
OF_A_LEDGER = 33  # Workflows
FIRST = date(2026, 2, 1)
SOURCES = 10
# A Workflow of a few steps, as the API has it.
STEPS = {
    f"step-{number}": {"id": f"step-{number}", "phase": "Succeeded", "message": "done", "type": "Pod"}
    for number in range(20)
}


class Busy(FakeCluster):
    """A cluster with so many Workflows: for each ledger some of ten CronWorkflows' and of ten runs'."""

    workflows = 0

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        if resource != WORKFLOWS:
            yield from super().list(resource, namespace, selector)
            return
        given = 0
        for workflow in made_up(self.workflows):
            if matches(selector, workflow["metadata"]["labels"]):
                self.requests += given % PAGE == 0
                given += 1
                yield workflow
        self.requests += not given


def ledgers(number: int) -> int:
    """How many ledgers so many Workflows have."""
    return number // OF_A_LEDGER


def made_up(number: int) -> Iterator[Object]:
    """Spread over the keys; every other one is a run of the graph."""
    for i in range(number):
        day = FIRST + timedelta(days=i % ledgers(number))
        node, at = (
            i // ledgers(number) % (2 * SOURCES),
            datetime(day.year, day.month, day.day, 3, i % 60, tzinfo=UTC),
        )
        labels = {"workflows.argoproj.io/completed": "true", "depgen.io/key": f"{day:%Y%m%d}"}
        if node < SOURCES:
            labels["workflows.argoproj.io/cron-workflow"] = f"s{node}"
        else:
            labels |= {"depgen.io/graph": "etl", "depgen.io/node": f"r{node - SOURCES}"}
        metadata = {"name": f"w{i}", "uid": f"u{i}", "labels": labels, "managedFields": [{"fieldsV1": STEPS}]}
        status = {"phase": "Succeeded", "finishedAt": f"{at:%Y-%m-%dT%H:%M:%SZ}", "nodes": STEPS}
        yield {"metadata": metadata, "spec": {}, "status": status}


def one_pass(number: int) -> dict[str, float]:
    """A pass over so many Workflows and their ledgers."""
    nodes = "".join(f"  s{i}: {{source: {{cronWorkflow: s{i}}}}}\n" for i in range(SOURCES))
    nodes += "".join(
        f"  r{i}: {{run: {{workflowTemplate: t}}, dependsOn: [s{i}, s{(i + 1) % SOURCES}]}}\n"
        for i in range(SOURCES)
    )
    subject = subject_of(nodes, "Europe/Paris", "keep: 400d\n")
    end = FIRST + timedelta(days=ledgers(number))
    cluster = Busy(now=datetime(end.year, end.month, end.day, tzinfo=UTC).timestamp())
    cluster.workflows = number
    since = {f"since.r{i}": "2026-01-01T00:00:00Z" for i in range(SOURCES)}
    cluster.add(CONFIG_MAPS, "data", {"metadata": {"name": "etl-sweep", "labels": {}}, "data": since})
    for i in range(ledgers(number)):
        key = f"{FIRST + timedelta(days=i):%Y%m%d}"
        labels = {"depgen.io/graph": "etl", "depgen.io/key": key}
        cluster.add(CONFIG_MAPS, "data", {"metadata": {"name": f"etl-{key}", "labels": labels}, "data": {}})
    (first,) = sweep_all(cluster, [subject])
    assert first.done[Kind.FACT] == number
    for (resource_, _, name), ledger in cluster.objects.items():
        if resource_ == CONFIG_MAPS and "depgen.io/key" in ledger["metadata"].get("labels", {}):
            cluster.objects[resource_, "data", name] = _without_some(ledger)
    cluster.requests, start = 0, time.process_time()
    (again,) = sweep_all(cluster, [subject])
    seconds = time.process_time() - start
    repairs = len({repair.ledger for repair in again.repairs})
    return {
        "seconds": seconds,
        "requests": cluster.requests - repairs,
        "listed": again.objects + again.ledgers,
        "lost": again.done[Kind.FACT],
        "repairs": repairs,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _without_some(ledger: Object) -> Object:
    data = ledger.get("data", {})
    return {**ledger, "data": {n: text for n, text in data.items() if int(n.split(".")[3][1:]) % 100}}


def figures() -> list[Figure]:
    """Of a pass over 10,000 Workflows and 303 ledgers, and how that compares with 2,500."""
    large, small = (_measured(number) for number in (LARGE, SMALL))
    growth = large["seconds"] / small["seconds"]
    note = f"{large['lost']:.0f} facts lost, {large['repairs']:.0f} ledgers repaired"
    return [
        Figure("sweep of 10,000 Workflows, 303 ledgers: CPU", large["seconds"], None, " s", note),
        Figure("requests for them, repairs aside", large["requests"], large["listed"] / 400),
        Figure("peak memory of that process", large["peak"], 256, " MiB"),
        Figure("seconds of that sweep / of 2,500 Workflows", growth, 5.5),
        Figure("memory of that sweep / of 2,500 Workflows", large["peak"] / small["peak"], 1.5),
    ]


def _measured(number: int) -> dict[str, float]:
    argv = [PYTHON, "-m", "tests.bench.sweep", str(number)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(one_pass(int(sys.argv[1]))))
