"""A run does not give its template a parameter that has no value of its own.

Checked where the template is known: with `--manifests`, and for a `workflowSpec`. The Workflow would be refused, or fail at once. A template
also needs the parameters that it uses as `{{workflow.parameters.NAME}}`, whether it declares them or not.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day}]}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day}]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import workflows
from depgen.calling import lacking
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.manifests import mapping

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each run that lacks parameters."""
    for item in subject.started:
        run = item.run
        is_whole = run.kind == "workflowSpec"
        template = None if is_whole else workflows.template_of(run, subject.manifests)
        if template is None and not is_whole:
            continue
        spec = run.spec if template is None else mapping(template.get("spec"))
        who = "the workflowSpec" if is_whole else f'template "{run.name}"'
        given = {name for name, _ in run.params}
        for lack, names in lacking(spec, given, run.spec.get("entrypoint")):
            hint = "give it under params" if len(names) == 1 else "give them under params"
            yield Diagnostic(item.spot(run.kind), "missing-parameter", f"{who} {lack}", hint)
