"""The completions that come at once, against what the Sensors can take.

Why: a Sensor may ask the API server 5 times a second, and to record a completion takes 2 requests: one Sensor records 2.5
completions a second, and starts 5 runs. CronWorkflows that all fire on the hour end together, and then wait in a row.

Way out: spread the schedules over some minutes; `replayWithin` has to be longer than the longest row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from depgen import firings
from depgen.cluster.doctor.checks.retention import shown
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, warning
from depgen.times import DAY

RECORDED_PER_SECOND, STARTED_PER_SECOND = 2.5, 5.0
LONG_SECONDS = 120
DAYS = 35  # any day of a month


def check(exam: Exam) -> Iterator[Finding]:
    patient = exam.patient
    layout, graph = patient.layout, patient.graph
    minute, most = _peak(exam)
    recorders, submitters = max(len(layout.record), 1), max(len(layout.submit), 1)
    runs = sum(node.run is not None for node in graph.nodes.values())
    pods = len(layout.boxes)
    seconds = max(most / recorders / RECORDED_PER_SECOND, 0)
    at = f"{minute // 60:02d}:{minute % 60:02d} UTC"
    told = f"{most} CronWorkflows fire at {at}, and {recorders} record Sensors need {shown(seconds)} for as many completions"
    if seconds > graph.replay_within:
        yield error(
            patient.title,
            f"{told}, more than replayWithin: the last ones are too old when their turn comes",
            "spread the schedules, or raise replayWithin",
        )
    elif seconds > LONG_SECONDS:
        yield warning(patient.title, told, "spread the schedules over some minutes")
    started = runs / submitters / STARTED_PER_SECOND
    yield ok(
        patient.title,
        f"{pods} pods; at most {most} CronWorkflows fire in one minute, recorded in {shown(seconds)}; "
        f"all {runs} runs of a key are started in {shown(started)}",
    )


def _peak(exam: Exam) -> tuple[int, int]:
    """The minute of the day (UTC) in which most of the graph's CronWorkflows fire, and how many."""
    present = exam.manifests().cron_workflows
    names = {(n.source.namespace, n.source.name) for n in exam.patient.graph.nodes.values() if n.source}
    counts: Counter[int] = Counter()
    for name in names & present.keys():
        moments = firings.firings(firings.readable(present[name]))
        end = (moments[0] if moments else 0) + DAYS * DAY
        counts.update({moment // 60 for moment in moments if moment < end})
    minute, most = max(counts.items(), key=lambda entry: (entry[1], -entry[0]), default=(0, 0))
    return minute % (24 * 60), most
