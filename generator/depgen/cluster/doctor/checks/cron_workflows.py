"""The CronWorkflows that the graph listens to or replaces: there, readable, suspended or not, and as lint was told.

Why: nothing behind a CronWorkflow starts that is gone, suspended or refused by its controller. Without
`startingDeadlineSeconds` a schedule that passes while the controller is down is never made up. One that a live
graph `replaces` has to be suspended, or both start the same work. What lint says of `cron-*` with `--manifests` is said here of
the CronWorkflows in the cluster; with `--manifests` both are compared.

Way out: each finding names its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import firings
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, warning
from depgen.cluster.doctor.linted import linted
from depgen.manifests import Object, mapping, mappings

RULES = ("cron_active", "cron_clock_change", "cron_repeats", "cron_suspended", "cron_syntax", "cron_window")


def check(exam: Exam) -> Iterator[Finding]:
    present = exam.manifests().cron_workflows
    for node in exam.patient.graph.nodes.values():
        if node.source and node.source.kind == "cronWorkflow":
            name = (node.source.namespace, node.source.name)
            about = f"CronWorkflow {'/'.join(name)}"
            if name in present:
                yield from _judged(present[name], exam.given.cron_workflows.get(name), about)
            else:
                yield error(
                    about, f'it is not there, and "{node.id}" listens to it', "create it, or correct the name"
                )
    yield from linted(exam, RULES)


def _judged(cron: Object, given: Object | None, about: str) -> Iterator[Finding]:
    spec = mapping(cron.get("spec"))
    if spec.get("startingDeadlineSeconds") is None:
        yield warning(
            about,
            "it has no startingDeadlineSeconds: a schedule that passes while the controller is down is never made up",
            "set it to how late a run is still of use, in seconds",
        )
    for condition in mappings(mapping(cron.get("status")).get("conditions")):
        if condition.get("status") == "True" and str(condition.get("type", "")).endswith("Error"):
            told = f"{condition.get('type')}: {condition.get('message', 'no message')}"
            yield error(about, told, "correct its spec")
    if given is not None and firings.schedules(given) != firings.schedules(cron):
        shown = " and ".join(whole for _, whole in firings.schedules(cron)) or "nothing"
        yield warning(
            about,
            f"its schedule is {shown}, and the manifests that lint checked say otherwise",
            "apply the manifests, or lint against the right ones",
        )
