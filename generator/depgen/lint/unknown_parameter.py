"""A run gives its template a parameter that the template does not know.

Only with `--manifests`. A template knows the parameters in its `arguments`, the inputs of its entrypoint, and what it
uses as `workflow.parameters.NAME`, itself or in the templates that it refers to.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {date: {key: "%Y-%m-%d"}}}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day, value: "-"}]}}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [load]}
    ---
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec: {arguments: {parameters: [{name: day, value: "-"}]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import workflows
from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Subject
from depgen.manifests import Manifests, Object, mapping
from depgen.model import Run
from depgen.nearest import Names

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such parameter."""
    known: dict[tuple[int, str], set[str]] = {}
    for item in subject.started:
        run = item.run
        template = workflows.template_of(run, subject.manifests) if run.params else None
        if template is None:
            continue
        which = id(template), str(run.spec.get("entrypoint"))
        if which not in known:
            known[which] = _known(mapping(template.get("spec")), run, subject.manifests)
        names = known[which]
        for name, _ in run.params:
            if name not in names and "" not in names:
                near = Names(names).closest(name)
                yield Diagnostic(
                    item.spot("params", name, at_key=True),
                    "unknown-parameter",
                    f'template "{run.name}" has no parameter "{name}"',
                    f'did you mean "{near}"?' if near else "remove it, or declare it in the template",
                )


def _known(spec: Object, run: Run, given: Manifests) -> set[str]:
    """The parameters that the template declares, or uses in itself or in what it refers to; "" stands for any."""
    whole = workflows.with_referred([spec], run.namespace, given)
    used = {""} if whole is None else set().union(*map(workflows.used_parameters, whole))
    return workflows.parameters(spec, run.spec.get("entrypoint")).keys() | used
