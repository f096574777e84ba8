"""A run does not give its template a parameter that has no value of its own.

Only with `--manifests`. The Workflow would be refused, or fail at once.

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
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.manifests import mapping
from depgen.phrases import listed, quoted

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each run that lacks parameters."""
    for item in subject.started:
        run = item.run
        template = workflows.template_of(run, subject.manifests)
        if template is None:
            continue
        given = {name for name, _ in run.params}
        declared = workflows.parameters(mapping(template.get("spec")))
        absent = [quoted(name) for name, has_value in declared.items() if not has_value and name not in given]
        if absent:
            noun = "parameter" if len(absent) == 1 else "parameters"
            yield Diagnostic(
                item.spot(run.kind),
                "missing-parameter",
                f'template "{run.name}" has no value for its {noun} {listed(absent, "and")}',
                "give it under params" if len(absent) == 1 else "give them under params",
            )
