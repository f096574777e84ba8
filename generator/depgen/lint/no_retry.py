"""A Pod that fails once fails its Workflow.

Only with `--manifests`. Pods are lost for reasons that have nothing to do with what they do: a node is drained, an
image cannot be pulled, a database is restarted. Without a `retryStrategy`, each of those is a failed run, which holds
all that waits for it. It may be in the template, in `templateDefaults`, in the spec, or in the template of steps or
tasks that uses this one. Where a second try would do harm, `retryStrategy: {limit: 0}` says that none is wanted.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - {name: main, container: {image: "report:1.4"}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - name: main
          retryStrategy: {limit: 2, backoff: {duration: 1m, factor: 2}}
          container: {image: "report:1.4"}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.diagnostics import Diagnostic, Severity
from depgen.manifests import Item, Object, mapping
from depgen.templates import Template, named, reached, templates

SEVERITY = Severity.WARNING

_FIELD = "retryStrategy"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each object, at the first such template."""
    for item in items:
        spec = item.spec
        if spec.get(_FIELD) is not None or mapping(spec.get("templateDefaults")).get(_FIELD) is not None:
            continue
        once = _tried_once(spec)
        if once:
            told = named([template.name for template in once])
            yield Diagnostic(
                item.in_spec(*once[0].route),
                "no-retry",
                f"a Pod of {item.title} that is lost fails its run: there is no {_FIELD} for {told}",
                f"add a {_FIELD}, or {_FIELD}: {{limit: 0}} if a second try would do harm",
                SEVERITY,
            )


def _tried_once(spec: Object) -> list[Template]:
    """The templates of Pods that neither they nor any that uses them tries again."""
    every = list(templates(spec))
    again = [template for template in every if template.body.get(_FIELD) is not None]
    again += [
        template for template in every if mapping(mapping(template.body.get("containerSet")).get(_FIELD))
    ]
    covered = {template.route for template in reached(every, again)}
    return [template for template in every if template.is_pod and template.route not in covered]
