"""Nothing ends a Pod that hangs.

Only with `--manifests`. A Workflow that hangs has neither succeeded nor failed: what waits for it waits, no
`onFailure` is told, and with a mutex the next run waits as well. `activeDeadlineSeconds` in the spec ends the whole
run, in a template each of its Pods; `templateDefaults` says it for all. A spec that is used by `templateRef` only
needs it in its templates, where its own counts for nothing. An exit handler does not heed the deadline of the spec,
so that it runs when that has passed: its templates need their own. A deadline in the
controller's `workflowDefaults` counts if its ConfigMap is among the manifests.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      templates:
        - {name: main, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - {name: main, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.diagnostics import Diagnostic, Severity
from depgen.manifests import Item, Object, mapping
from depgen.templates import Template, calls, named, reached, templates

SEVERITY = Severity.WARNING

_FIELD = "activeDeadlineSeconds"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each object, at the first such template."""
    for item in items:
        spec = item.spec
        if mapping(spec.get("templateDefaults")).get(_FIELD) is not None:
            continue
        every = list(templates(spec))
        is_bounded = spec.get(_FIELD) is not None
        counted = reached(every, _exit_handlers(spec, every)) if is_bounded else every
        endless = [t for t in counted if t.is_pod and t.body.get(_FIELD) is None]
        if endless:
            yield _finding(item, endless, is_bounded)


def _finding(item: Item, endless: Sequence[Template], is_exit: bool) -> Diagnostic:
    told = named([template.name for template in endless])
    if is_exit:
        message = (
            f"the {_FIELD} of {item.title} does not count for its exit handlers, and there is none in {told}"
        )
    else:
        nor = ", nor in the spec" if item.spec.get("entrypoint") else ""
        message = f"nothing ends a Pod of {item.title} that hangs: there is no {_FIELD} in {told}{nor}"
    where = (
        "spec"
        if item.spec.get("entrypoint") and not is_exit
        else "template"
        if len(endless) == 1
        else "templates"
    )
    return Diagnostic(
        item.in_spec(*endless[0].route), "no-deadline", message, f"add {_FIELD} to the {where}", SEVERITY
    )


def _exit_handlers(spec: Object, every: Sequence[Template]) -> list[Template]:
    """The templates that run when a Workflow, a step or a task has ended, whatever the time.

    Source: argo-workflows v3.7.14, workflow/controller/workflowpod.go, createWorkflowPod.
    """
    holders = [spec, *(call.body for template in every for call in calls(template))]
    names = {str(holder.get("onExit", "")) for holder in holders}
    names |= {
        str(mapping(mapping(holder.get("hooks")).get("exit")).get("template", "")) for holder in holders
    }
    return [template for template in every if template.name in names and "inline" not in template.route]
