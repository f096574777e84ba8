"""The sweep, as these tests run it: one pass at a time, by a clock of their own, so that nobody waits a minute.

A pass is a process, because what is to be killed has to be one, and because the zone of jq programs is the process's.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from depgen import pipeline
from depgen.cluster import client
from depgen.cluster.reconcile.sweep import sweep
from depgen.cluster.states import Subject
from depgen.errors import DepgenError
from depgen.runnable import runnable

PAUSE = timedelta(seconds=70)
"""From one pass to the next by the sweep's clock: it asks again for what has been ready for a minute."""
ROOT = Path(__file__).parents[3]
TRIES = 10
PASS_SECONDS = 120.0


def started(kubeconfig: Path, text: str, now: datetime) -> subprocess.Popen[str]:
    """A pass over the graph of this file, under way."""
    argv = [sys.executable, "-m", "tests.stack.faults.sweeping", str(kubeconfig), now.isoformat()]
    sweeper = subprocess.Popen(
        argv,
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert sweeper.stdin is not None
    sweeper.stdin.write(text)
    sweeper.stdin.close()
    sweeper.stdin = None
    return sweeper


def ended(sweeper: subprocess.Popen[str]) -> bool:
    """Waits for a pass; whether it got through. One that was killed or met a broken API server did not."""
    told, _ = sweeper.communicate(timeout=PASS_SECONDS)
    assert sweeper.returncode in (0, 2, -9), told
    return sweeper.returncode == 0


def subject(text: str) -> Subject:
    """The graph of a file, and its programs."""
    checked = pipeline.check(pipeline.load([pipeline.InputFile("graph.yaml", text.encode())]))
    graph = checked.graphs[0]
    programs = runnable(pipeline.build(checked).objects())
    return Subject(graph, checked.analyses[graph.name], programs[graph.name])


def main(kubeconfig: str, now: str) -> int:
    """Exit code 2 if the cluster refuses or cannot be reached."""
    try:
        found = sweep(
            client.connect(kubeconfig), subject(sys.stdin.read()), datetime.fromisoformat(now).timestamp()
        )
    except DepgenError as error:
        print(error)
        return 2
    print(*found.repairs, *found.remaining, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
