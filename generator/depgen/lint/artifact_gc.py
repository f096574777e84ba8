"""A Workflow cannot be deleted while its artifacts cannot be.

Only with `--manifests`. With `artifactGC`, Argo puts the finalizer `workflows.argoproj.io/artifact-gc` on a Workflow
that has output artifacts, and takes it off once they are deleted. If that fails (no rights, a bucket that is gone),
the Workflow stays for ever: its `ttlStrategy` deletes nothing, and its name stays taken. With Workflows in Workflows,
made by a `resource` template, it is the child that stays, and `action: delete`, or (with `setOwnerReference`) a
parent that is deleted in the foreground, waits for it.

`forceFinalizerRemoval: true` (since Argo Workflows 3.5) takes the finalizer off when all has been tried; what could
not be deleted then stays in the storage, so whether that is better is yours to say. Two mistakes of Argo Workflows
are worth an update: before 3.5.11 and 3.6.0 the finalizer also stayed where there was no artifact to delete
(argo-workflows#13499), and up to 3.7.14 at least, where the Pod that should delete them could not be made, nothing
was tried again, and `forceFinalizerRemoval` did not help (argo-workflows#16894, mended on the branches of 4.0 and
4.1).

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      artifactGC: {strategy: OnWorkflowDeletion}
      templates:
        - name: main
          retryStrategy: {limit: 2}
          container: {image: "report:1.4"}
          outputs: {artifacts: [{name: report, path: /tmp/report}]}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      artifactGC: {strategy: OnWorkflowDeletion, forceFinalizerRemoval: true}
      templates:
        - name: main
          retryStrategy: {limit: 2}
          container: {image: "report:1.4"}
          outputs: {artifacts: [{name: report, path: /tmp/report}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen import embedded
from depgen.diagnostics import Diagnostic, Route, Severity
from depgen.manifests import CRON, WORKFLOW, Item, Object, mapping, merged, numbered
from depgen.templates import calls, templates

SEVERITY = Severity.WARNING

_STRATEGIES = ("OnWorkflowCompletion", "OnWorkflowDeletion")
_HINT = "add forceFinalizerRemoval: true to its artifactGC, if artifacts that stay are better than Workflows that do"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each object, and one for each template that makes such Workflows."""
    for item in items:
        holding = _holding(item.spec)
        if holding is not None:
            yield Diagnostic(
                item.in_spec(*holding, at_key=True),
                "artifact-gc",
                f"a Workflow of {item.title} stays for ever if its artifacts cannot be deleted",
                _HINT,
                SEVERITY,
            )
        yield from _nested(item)


def _nested(item: Item) -> Iterator[Diagnostic]:
    """Of the templates that make Workflows."""
    for template in templates(item.spec):
        resource = mapping(template.body.get("resource"))
        for made in embedded.objects(resource.get("manifest")):
            made_spec = _spec_of(made)
            if not made_spec or _holding(merged(item.defaults, made_spec)) is None:
                continue
            owns = resource.get("setOwnerReference") is True
            yield Diagnostic(
                item.in_spec(*template.route, "resource", "manifest", at_key=True),
                "artifact-gc",
                f'the Workflow that template "{template.name}" of {item.title} makes stays for ever if its artifacts '
                f"cannot be deleted{', and so may its parent' if owns else ''}",
                _HINT,
                SEVERITY,
            )
            break


def _spec_of(made: Object) -> Object:
    """The spec of what a resource template makes, if that is a Workflow or makes some."""
    spec = mapping(made.get("spec"))
    if made.get("kind") == CRON:
        return mapping(spec.get("workflowSpec"))
    return spec if made.get("kind") == WORKFLOW else {}


def _holding(spec: Object) -> Route | None:
    """Where a spec asks for the finalizer, without a way to take it off; None if it does not.

    Source: argo-workflows v3.7.14, workflow/controller/artifact_gc.go, HasArtifactGC.
    """
    of_all = mapping(spec.get("artifactGC"))
    if of_all.get("forceFinalizerRemoval") is True:
        return None
    is_for_all = of_all.get("strategy") in _STRATEGIES
    if is_for_all and _uses_others(spec):
        return ("artifactGC",)
    for template in templates(spec):
        for number, artifact in numbered(mapping(template.body.get("outputs")).get("artifacts")):
            own = mapping(artifact.get("artifactGC")).get("strategy")
            if own in _STRATEGIES:
                return (*template.route, "outputs", "artifacts", number, "artifactGC")
            if is_for_all and not own:
                return ("artifactGC",)
    return None


def _uses_others(spec: Object) -> bool:
    """Whether templates count whose artifacts are not seen here."""
    return bool(spec.get("workflowTemplateRef")) or any(
        call.body.get("templateRef") for template in templates(spec) for call in calls(template)
    )
