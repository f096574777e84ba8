"""Nothing ends a Pod that hangs.

Only with `--manifests`. A Workflow that hangs has neither succeeded nor failed: what waits for it waits, no
`onFailure` is told, and with a mutex the next run waits as well. `activeDeadlineSeconds` in the spec ends the whole
run, in a template each of its Pods; `templateDefaults` says it for all. A spec that is used by `templateRef` only
needs it in its templates, where its own counts for nothing. The controller's `workflowDefaults` are not seen here: if
they set a deadline, ignore this rule.

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
from depgen.manifests import Item, mapping
from depgen.templates import named, pods

SEVERITY = Severity.WARNING

_FIELD = "activeDeadlineSeconds"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each object, at the first such template."""
    for item in items:
        spec = item.spec
        if spec.get(_FIELD) is not None or mapping(spec.get("templateDefaults")).get(_FIELD) is not None:
            continue
        endless = [template for template in pods(spec) if template.body.get(_FIELD) is None]
        if endless:
            told = named([template.name for template in endless])
            yield Diagnostic(
                item.in_spec(*endless[0].route),
                "no-deadline",
                f"nothing ends a Pod of {item.title} that hangs: there is no {_FIELD} in {told}"
                + (", nor in the spec" if spec.get("entrypoint") else ""),
                f"add {_FIELD} to the {'spec' if spec.get('entrypoint') else 'templates'}",
                SEVERITY,
            )
