"""A CronWorkflow or a Workflow does not give its template a parameter that has no value of its own.

Only with `--manifests`, and if the template is among them. Argo refuses the Workflow, or it fails at once: a CronWorkflow then tries
again at its next time, with the same end. A template also needs the parameters that it uses as
`{{workflow.parameters.NAME}}`, whether it declares them or not.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: report}
    spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600, workflowSpec: {workflowTemplateRef: {name: report}}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day}]}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: CronWorkflow
    metadata: {name: report}
    spec:
      schedule: "0 6 * * *"
      startingDeadlineSeconds: 600
      workflowSpec: {workflowTemplateRef: {name: report}, arguments: {parameters: [{name: day, value: today}]}}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day}]}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from depgen import workflows
from depgen.calling import lacking
from depgen.diagnostics import Diagnostic, Severity
from depgen.manifests import CLUSTER, CRON, TEMPLATE, WORKFLOW, Item, mapping

SEVERITY = Severity.ERROR


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each such object; a suspended CronWorkflow starts nothing."""
    templates = {
        (item.kind, item.namespace, item.name): item for item in items if item.kind in (TEMPLATE, CLUSTER)
    }
    for item in items:
        is_suspended = item.kind == CRON and mapping(item.body.get("spec")).get("suspend") is True
        if item.kind in (CRON, WORKFLOW) and not is_suspended:
            yield from _of(item, templates)


def _of(item: Item, templates: Mapping[tuple[str, str, str], Item]) -> Iterator[Diagnostic]:
    spec = item.spec
    given = {
        name
        for name, has_value in workflows.parameters({"arguments": spec.get("arguments")}).items()
        if has_value
    }
    who, place, base = item.title, item.in_spec("arguments"), spec
    if reference := mapping(spec.get("workflowTemplateRef")):
        name = str(reference.get("name"))
        is_cluster = reference.get("clusterScope") is True
        template = templates.get((CLUSTER, "", name) if is_cluster else (TEMPLATE, item.namespace, name))
        if template is None:
            return
        who, place, base = template.title, item.in_spec("workflowTemplateRef"), template.spec
    for lack, names in lacking(base, given, spec.get("entrypoint")):
        yield Diagnostic(
            place,
            "missing-argument",
            f"{who} {lack}" + ("" if base is spec else f", and {item.title} gives none"),
            f"give {'it' if len(names) == 1 else 'them'} under arguments",
        )
