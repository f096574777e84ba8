"""The WorkflowTemplates of the graph's runs: there, and with the parameters and outputs that the graph uses.

Why: the API server takes a Workflow whose template or parameter is missing, and the controller then fails it. What lint
says with `--manifests` is said here of the templates in the cluster.

Way out: apply the template, or correct the graph.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error
from depgen.cluster.doctor.linted import linted
from depgen.workflows import template_of

RULES = ("missing_parameter", "unknown_output", "unknown_parameter")


def check(exam: Exam) -> Iterator[Finding]:
    present = exam.manifests()
    for node, run in exam.runs():
        if run.kind != "workflowSpec" and template_of(run, present) is None:
            kind = run.kind[0].upper() + run.kind[1:]
            where = run.name if run.kind == "clusterWorkflowTemplate" else f"{run.namespace}/{run.name}"
            yield error(
                f"{kind} {where}", f'it is not there, and "{node}" runs it', "apply it, or correct the name"
            )
    for node_ in exam.patient.graph.nodes.values():
        source = node_.source
        if (
            source
            and source.kind == "workflowTemplate"
            and (source.namespace, source.name) not in present.templates
        ):
            about = f"WorkflowTemplate {source.namespace}/{source.name}"
            yield error(
                about, f'it is not there, and "{node_.id}" listens to it', "apply it, or correct the name"
            )
    yield from linted(exam, RULES)
