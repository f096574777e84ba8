"""The exit hook of a task hides that the task has failed.

Only with `--manifests`. If a task of a DAG has an exit hook and its template a `retryStrategy`, and the tasks after
it are left out because it failed, Argo Workflows (3.7.14, measured) takes the end of the hook for that of the task:
where the hook succeeds, the Workflow is Succeeded, and whatever waits for it starts. An `onExit` of the whole
Workflow hides nothing, nor does a task of its own with `depends: work.Failed`. A task with a `templateRef` is not
judged.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - name: main
          dag:
            tasks:
              - {name: work, template: work, hooks: {exit: {template: tidy}}}
              - {name: send, template: work, dependencies: [work]}
        - {name: work, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}
        - {name: tidy, activeDeadlineSeconds: 60, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      onExit: tidy
      activeDeadlineSeconds: 7200
      templates:
        - name: main
          dag:
            tasks:
              - {name: work, template: work}
              - {name: send, template: work, dependencies: [work]}
        - {name: work, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}
        - {name: tidy, activeDeadlineSeconds: 60, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from depgen.diagnostics import Diagnostic, Severity
from depgen.manifests import Item, Object, mapping
from depgen.templates import Call, Template, calls, templates

SEVERITY = Severity.WARNING

_RETRY = "retryStrategy"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each template, at the first such hook."""
    for item in items:
        every = list(templates(item.spec))
        for template in every:
            found = next(_hiding(item.spec, template, every), None)
            if found:
                yield Diagnostic(
                    item.in_spec(*found.route, "hooks" if "hooks" in found.body else "onExit", at_key=True),
                    "hidden-failure",
                    f'the exit hook of task "{found.body.get("name")}" of {item.title} hides its failure: '
                    "the Workflow ends as the hook does",
                    "make it the onExit of the Workflow, or a task that depends on the failure",
                    SEVERITY,
                )


def _hiding(spec: Object, template: Template, every: Sequence[Template]) -> Iterator[Call]:
    """The tasks of a DAG that are tried again, have an exit hook, and have tasks after them."""
    tasks = list(calls(template)) if mapping(template.body.get("dag")) else []
    before = {name for task in tasks for name in _before(task.body)}
    for task in tasks:
        body = task.body
        is_hooked = bool(mapping(mapping(body.get("hooks")).get("exit")) or body.get("onExit"))
        if is_hooked and str(body.get("name")) in before and _is_retried(spec, task, every):
            yield task


def _before(task: Object) -> list[str]:
    """The tasks that a task waits for."""
    listed = task.get("dependencies")
    named = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return named + _NAME.findall(str(task.get("depends", "")))


def _is_retried(spec: Object, task: Call, every: Sequence[Template]) -> bool:
    if task.body.get("templateRef"):
        return False
    if spec.get(_RETRY) is not None or mapping(spec.get("templateDefaults")).get(_RETRY) is not None:
        return True
    inline = mapping(task.body.get("inline"))
    if inline:
        return inline.get(_RETRY) is not None
    name = str(task.body.get("template"))
    return any(t.body.get(_RETRY) is not None for t in every if t.name == name and "inline" not in t.route)
