"""What a Workflow's spec declares: parameters, exported outputs, how long it is kept once it has ended.

Three things surprise. A parameter may be declared by the arguments, by the inputs of the entrypoint, or only by its
use. Only an output with a `globalName` reaches the Workflow's own outputs, and it may be in a template that is
referred to. And what is not known (a template that was not given, a name made of another value) has to stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from depgen.manifests import Manifests, Object, mapping, mappings
from depgen.model import Node, Run, Source

_USE = re.compile(r"workflow\.parameters(?:\.([A-Za-z0-9_-]+)|\[\\?['\"]([A-Za-z0-9_-]+)\\?['\"]\])?")
_NEED = re.compile(r"\{\{\s*workflow\.parameters\.([A-Za-z0-9_-]+)\s*\}\}")


def template_of(run: Run, given: Manifests) -> Object | None:
    """The template that a run refers to, if it was given."""
    if run.kind == "clusterWorkflowTemplate":
        return given.cluster_templates.get(("", run.name))
    return given.templates.get((run.namespace, run.name)) if run.kind == "workflowTemplate" else None


def cron_of(source: Source | None, given: Manifests) -> Object | None:
    """The CronWorkflow of a source, if it is one and was given."""
    if source is None or source.kind != "cronWorkflow":
        return None
    return given.cron_workflows.get((source.namespace, source.name))


def specs_of(node: Node, given: Manifests) -> list[Object] | None:
    """The spec of a node's Workflows, and before it what it rests on: the controller's defaults, the template it refers to.

    None if that is not known.
    """
    found = _specs(node, given)
    return [given.defaults, *found] if found and given.defaults else found


def _specs(node: Node, given: Manifests) -> list[Object] | None:
    if node.run:
        whole: Object = node.run.spec
        if node.run.kind != "workflowSpec":
            template = template_of(node.run, given)
            return None if template is None else [mapping(template.get("spec")), whole]
        return _with_template(whole, node.run.namespace, given)
    source = node.source
    if source is None:
        return None
    if source.kind == "workflowTemplate":
        template = given.templates.get((source.namespace, source.name))
        return None if template is None else [mapping(template.get("spec"))]
    cron = cron_of(source, given)
    if cron is None:
        return None
    return _with_template(mapping(mapping(cron.get("spec")).get("workflowSpec")), source.namespace, given)


def namespace_of(node: Node) -> str:
    """Where the node's Workflows are."""
    if node.run:
        return node.run.namespace
    return node.source.namespace if node.source else ""


def _with_template(spec: Object, namespace: str, given: Manifests) -> list[Object] | None:
    reference = spec.get("workflowTemplateRef")
    if reference is None:
        return [spec]
    template = _referred(mapping(reference), namespace, given)
    return None if template is None else [mapping(template.get("spec")), spec]


def _referred(reference: Object, namespace: str, given: Manifests) -> Object | None:
    name = str(reference.get("name"))
    if reference.get("clusterScope") is True:
        return given.cluster_templates.get(("", name))
    return given.templates.get((namespace, name))


# ---- parameters ----


def parameters(spec: Object, entrypoint: object = None) -> dict[str, bool]:
    """The parameters that a template declares, and whether each has a value of its own.

    `entrypoint` is what a run says instead of the template.
    """
    entrypoint = entrypoint or spec.get("entrypoint")
    found: dict[str, bool] = {}
    for template in mappings(spec.get("templates")):
        if template.get("name") == entrypoint:
            found |= _declared(mapping(template.get("inputs")))
    for name, has_value in _declared(mapping(spec.get("arguments"))).items():
        found[name] = has_value or found.get(name, False)
    return found


def used_parameters(spec: Object) -> set[str]:
    """The parameters that a template uses as `workflow.parameters.NAME`; "" is in it if it uses them all."""
    names = {a or b for text in texts(spec) for a, b in _USE.findall(text)}
    return {"" if name == "json" else name for name in names}


def needed_parameters(value: object) -> set[str]:
    """The parameters without which `{{workflow.parameters.NAME}}` cannot be replaced; an expression may do without."""
    return {name for text in texts(value) for name in _NEED.findall(text)}


def _declared(holder: Object) -> dict[str, bool]:
    return {
        str(parameter.get("name")): any(
            parameter.get(name) is not None for name in ("value", "default", "valueFrom")
        )
        for parameter in mappings(holder.get("parameters"))
    }


# ---- outputs ----


def exported(specs: Sequence[Object], namespace: str, given: Manifests) -> set[str] | None:
    """The names of the outputs that a Workflow of these specs can have; None if that cannot be told."""
    names: set[str] = set()
    whole = with_referred(specs, namespace, given)
    for part in (part for spec in whole or () for part in _parts(spec)):
        for output in mappings(mapping(part.get("outputs")).get("parameters")):
            name = output.get("globalName")
            if isinstance(name, str):
                names.add(name)
    return None if whole is None or any("{{" in name for name in names) else names


def with_referred(specs: Sequence[Object], namespace: str, given: Manifests) -> list[Object] | None:
    """The specs, and those of the templates that they refer to (`templateRef`); None if one was not given."""
    waiting, seen = list(specs), set(map(id, specs))
    found: list[Object] = []
    while waiting:
        spec = waiting.pop()
        found.append(spec)
        for part in _parts(spec):
            reference = part.get("templateRef")
            if reference is not None:
                template = _referred(mapping(reference), namespace, given)
                if template is None:
                    return None
                if id(template) not in seen:
                    seen.add(id(template))
                    waiting.append(mapping(template.get("spec")))
    return found


# ---- keeping ----


def kept_seconds(specs: Sequence[Object], phases: str) -> int | None:
    """How long an ended Workflow is kept by its `ttlStrategy`; None if for ever.

    `phases`: "success" or "failure", anything else is either. The spec given last wins as a whole, as in Argo.
    """
    strategy: Object = next(
        (mapping(s["ttlStrategy"]) for s in reversed(specs) if s.get("ttlStrategy") is not None), {}
    )
    after = {name: strategy.get(f"secondsAfter{name}") for name in ("Success", "Failure", "Completion")}
    wanted = {"success": ["Success"], "failure": ["Failure"]}.get(phases, ["Success", "Failure"])
    times = [after[name] if after[name] is not None else after["Completion"] for name in wanted]
    return min((time for time in times if isinstance(time, int)), default=None)


# ---- walking ----


def _parts(value: object) -> Iterator[Object]:
    """Every mapping in a value, each once, however often an alias repeats it."""
    waiting, seen = [value], set[int]()
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict | list) and id(part) not in seen:
            seen.add(id(part))
            waiting += part.values() if isinstance(part, dict) else part
            if isinstance(part, dict):
                yield part


def texts(value: object) -> Iterator[str]:
    """Every text in a value that is the value of a key or an entry of such a list."""
    for part in _parts(value):
        for one in part.values():
            yield from (
                [one]
                if isinstance(one, str)
                else [o for o in one if isinstance(o, str)]
                if isinstance(one, list)
                else []
            )
