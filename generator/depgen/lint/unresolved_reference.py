"""A Workflow, a step or a task refers to what is not there: a template, an output, or an input that nobody gives.

Only with `--manifests`. `kubectl apply` does not look at it, and neither does Argo CD. The workflow-controller does when a
Workflow begins, and ends it as Failed at once, night after night. What a
`templateRef` leads to is looked at if it is among the manifests; what expressions (`{{=...}}`) use is not, they may do
without.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      templates:
        - name: main
          dag:
            tasks:
              - {name: count, template: count}
              - name: tell
                template: tell
                depends: count
                arguments: {parameters: [{name: rows, value: "{{tasks.count.outputs.parameters.rows}}"}]}
        - {name: count, suspend: {duration: 1m}}
        - {name: tell, inputs: {parameters: [{name: rows}, {name: day}]}, suspend: {duration: 1m}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      templates:
        - name: main
          dag:
            tasks:
              - {name: count, template: count}
              - name: tell
                template: tell
                depends: count
                arguments: {parameters: [{name: rows, value: "{{tasks.count.outputs.parameters.rows}}"}]}
        - name: count
          suspend: {duration: 1m}
          outputs: {parameters: [{name: rows, valueFrom: {supplied: {}, default: "0"}}]}
        - {name: tell, inputs: {parameters: [{name: rows}, {name: day, value: today}]}, suspend: {duration: 1m}}
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from depgen.diagnostics import Diagnostic, Route, Severity
from depgen.manifests import CLUSTER, TEMPLATE, Item, Object, mapping, mappings
from depgen.nearest import Names
from depgen.templates import Call, Template, calls, templates

SEVERITY = Severity.ERROR

_ID = "unresolved-reference"
_USE = re.compile(
    r"\{\{\s*((steps|tasks)\.([\w-]+)\.outputs\.(parameters|artifacts)\.([\w-]+))\s*\}\}", re.ASCII
)
_WORDS = {"steps": "step", "tasks": "task"}


class _Asked(NamedTuple):
    """A template by name: where that stands, and the templates that it may be one of."""

    route: Route
    name: str
    known: Mapping[str, Object]


class _Templates(NamedTuple):
    """What the steps of an object may run: its own templates by name, and those of (kind, namespace, name) that were given."""

    namespace: str
    own: Mapping[str, Object]
    given: Mapping[tuple[str, str, str], Mapping[str, Object]]

    def asked(self, call: Call) -> _Asked | None:
        """The template that a call names; None if it names none, or one that nobody can know here."""
        route, name, known = (*call.route, "template"), call.body.get("template"), self.own
        if reference := mapping(call.body.get("templateRef")):
            kind, namespace = (
                (CLUSTER, "") if reference.get("clusterScope") is True else (TEMPLATE, self.namespace)
            )
            found = self.given.get((kind, namespace, str(reference.get("name"))))
            if found is None:
                return None
            route, name, known = (*call.route, "templateRef", "template"), reference.get("template"), found
        return _Asked(route, name, known) if isinstance(name, str) and name and "{{" not in name else None

    def called(self, call: Call) -> Object | None:
        """The template that a call runs, if it is known."""
        asked = self.asked(call)
        return mapping(call.body.get("inline")) or (asked.known.get(asked.name) if asked else None)


class _Scope(NamedTuple):
    """What the parts of one template may refer to. `called`: step or task by name -> what it runs, None if unknown."""

    item: Item
    kind: str
    called: Mapping[str, Object | None]


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each thing that is not there, at each place that refers to it.

    Source: argo-workflows v3.7.14, workflow/validate/validate.go, validateSteps, validateDAG, addOutputsToScope.
    """
    whole = [item for item in items if _is_whole(item)]
    every = [_named(item) for item in whole]
    titles = [(item.kind, "" if item.kind == CLUSTER else item.namespace, item.name) for item in whole]
    times = Counter(titles)
    # Of what is there twice, an overlay and its base say, nobody knows here which one counts.
    given = {title: named for title, named in zip(titles, every, strict=True) if times[title] == 1}
    for item, own in zip(whole, every, strict=True):
        known = _Templates(item.namespace, own, given)
        yield from _first_and_last(item, own)
        for template in templates(item.spec):
            yield from _of(item, template, known)


def _is_whole(item: Item) -> bool:
    common = mapping(item.spec.get("templateDefaults"))
    return not (item.spec.get("workflowTemplateRef") or common.get("inputs") or common.get("outputs"))


def _named(item: Item) -> dict[str, Object]:
    return {
        template.name: template.body for template in templates(item.spec) if "inline" not in template.route
    }


def _first_and_last(item: Item, named: Mapping[str, Object]) -> Iterator[Diagnostic]:
    for field in ("entrypoint", "onExit") if named else ():
        name = item.own_spec.get(field)
        if isinstance(name, str) and name and "{{" not in name and name not in named:
            message = f'the {field} of {item.title} is template "{name}", which does not exist'
            yield _finding(item, (field,), message, name, set(named))


def _of(item: Item, template: Template, known: _Templates) -> Iterator[Diagnostic]:
    parts = list(calls(template))
    called = {str(call.body.get("name")): known.called(call) for call in parts}
    scope = _Scope(item, "tasks" if template.body.get("dag") else "steps", called)
    for call in parts:
        who = f'{_WORDS[scope.kind]} "{call.body.get("name")}" of {item.title}'
        yield from _unknown_template(item, known.asked(call), who)
        yield from _not_given(item, call, known.called(call), who)
        yield from _uses(scope, call.route, call.body, who)
    if parts:
        outputs = mapping(template.body.get("outputs"))
        who = f'template "{template.name}" of {item.title}'
        yield from _uses(scope, (*template.route, "outputs"), outputs, who)


def _unknown_template(item: Item, asked: _Asked | None, who: str) -> Iterator[Diagnostic]:
    if asked and asked.name not in asked.known:
        message = f'{who} runs template "{asked.name}", which does not exist'
        yield _finding(item, asked.route, message, asked.name, set(asked.known))


def _not_given(item: Item, call: Call, body: Object | None, who: str) -> Iterator[Diagnostic]:
    wanted = _names(body, "inputs", "parameters", has_value=False)
    given = _names(call.body, "arguments", "parameters")
    if any("{{" in name for name in given):
        return
    for name in sorted(wanted - given):
        message = f'{who} gives no value for the input "{name}" of its template'
        yield Diagnostic(
            item.in_spec(*call.route),
            _ID,
            message,
            "give it under arguments, or the template a default",
            SEVERITY,
        )


def _uses(scope: _Scope, route: Route, value: object, who: str) -> Iterator[Diagnostic]:
    for place, text in _texts(route, value):
        for whole, kind, name, field, output in _USE.findall(text):
            missing = f'there is no {_WORDS[kind]} "{name}" beside it'
            if kind != scope.kind or name not in scope.called:
                yield _finding(
                    scope.item, place, f"{who} uses {whole}, but {missing}", name, set(scope.called)
                )
                continue
            body = scope.called[name]
            known = _names(body, "outputs", field)
            if body is None or output in known or any("{{" in one for one in known):
                continue
            what = f'{_WORDS[kind]} "{name}" has no such output'
            yield _finding(scope.item, place, f"{who} uses {whole}, but {what}", output, known)


def _finding(item: Item, route: Route, message: str, name: str, known: set[str]) -> Diagnostic:
    guess = Names(known).closest(name)
    hint = f'did you mean "{guess}"?' if guess and guess != name else None
    return Diagnostic(item.in_spec(*route), _ID, message, hint, SEVERITY)


def _names(body: Object | None, holder: str, field: str, has_value: bool = True) -> set[str]:
    """The names in a list of a template or call; without `has_value` of those that say nothing else."""
    found = mappings(mapping((body or {}).get(holder)).get(field))
    if not has_value:
        found = [one for one in found if not one.keys() & {"value", "default", "valueFrom"}]
    return {str(one.get("name")) for one in found}


def _texts(route: Route, value: object) -> Iterator[tuple[Route, str]]:
    """Every text in a value with the way to it; what is `inline` has a scope of its own."""
    waiting: list[tuple[Route, object]] = [(route, value)]
    seen: set[int] = set()
    while waiting:
        place, part = waiting.pop(0)
        if isinstance(part, str):
            yield place, part
        elif isinstance(part, dict | list) and id(part) not in seen:
            seen.add(id(part))
            inside = part.items() if isinstance(part, dict) else enumerate(part)
            waiting += [((*place, step), one) for step, one in inside if _leads(step)]


def _leads(step: object) -> bool:
    return isinstance(step, str | int) and step != "inline"
