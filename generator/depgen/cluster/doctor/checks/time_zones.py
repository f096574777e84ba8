"""The time zones of the CronWorkflows and of the graph are ones that every part reads alike.

Why: an unknown zone makes Argo Workflows refuse a schedule, while a Sensor silently takes UTC for it. An abbreviation such
as `CET` is known to some and not to others, and has no changes of the clocks in some of them.

Way out: write a region and a city, such as `Europe/Paris`.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, some
from depgen.manifests import mapping
from depgen.times import is_zone


def check(exam: Exam) -> Iterator[Finding]:
    graph = exam.patient.graph
    zones = {graph.zone, *(node.source.key.zone for node in graph.nodes.values() if node.source)}
    sources = {(n.source.namespace, n.source.name) for n in graph.nodes.values() if n.source}
    for (namespace, name), cron in exam.manifests().cron_workflows.items():
        zone = mapping(cron.get("spec")).get("timezone")
        if zone and (namespace, name) in sources and not is_zone(str(zone)):
            about = f"CronWorkflow {namespace}/{name}"
            yield error(
                about, f'its timezone "{zone}" is no region and city', 'write one, as in "Europe/Paris"'
            )
    for zone in sorted(zones):
        if not is_zone(zone):
            told = f'the time zone "{zone}" is not known on this machine'
            yield error(exam.patient.title, told, "pip install --upgrade tzdata")
    yield ok(exam.patient.title, f"reads its times in {some(sorted(zones))}")
