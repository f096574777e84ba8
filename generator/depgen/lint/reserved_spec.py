"""The pass-through `spec` sets a field that depgen sets.

The template is named by `workflowTemplate` and its arguments are given by `params`, so that they can be checked.
Artifacts are passed on as they are.

Fails:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: report, spec: {workflowTemplateRef: {name: other}}}, dependsOn: [load]}

Passes:

    nodes:
      load: {source: {cronWorkflow: load}}
      report: {run: {workflowTemplate: other, spec: {priority: 5}}, dependsOn: [load]}
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen.diagnostics import Diagnostic, Severity
from depgen.lint import Started, Subject
from depgen.manifests import mapping

SEVERITY = Severity.ERROR


def check(subject: Subject) -> Iterator[Diagnostic]:
    """One finding for each such field."""
    for item in subject.started:
        if item.run.spec:
            yield from _fields(item)


def _fields(item: Started) -> Iterator[Diagnostic]:
    run = item.run
    is_whole = run.kind == "workflowSpec"
    base = ("workflowSpec" if is_whole else "spec",)
    if "workflowTemplateRef" in run.spec:
        hint = (
            "write workflowTemplate: NAME instead of the workflowSpec"
            if is_whole
            else "write it as workflowTemplate: NAME"
        )
        yield _reserved(item, (*base, "workflowTemplateRef"), "the template is named in the run itself", hint)
    if not is_whole and mapping(run.spec.get("arguments")).get("parameters"):
        message = "the parameters of a run are given in the run itself"
        yield _reserved(
            item, (*base, "arguments", "parameters"), message, "write them under params: {NAME: VALUE}"
        )


def _reserved(item: Started, steps: tuple[str, ...], message: str, hint: str) -> Diagnostic:
    return Diagnostic(item.spot(*steps, at_key=True), "reserved-spec", message, hint)
