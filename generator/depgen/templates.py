"""The templates of a Workflow's spec, and where in it each of them stands.

Not every template is in the list: a step or a task may hold one of its own, `inline`. And what a template does not say
may be said for all of them, by `templateDefaults` or by the spec itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from depgen.diagnostics import Route
from depgen.manifests import Object, mapping, numbered

# The fields of a template that become a Pod of its own. `http` and `plugin` share one, `suspend` has none.
POD_FIELDS = ("container", "containerSet", "script", "resource", "data")


class Template(NamedTuple):
    """One template; `route` leads to it from the spec, and an inline one is called as its step or task."""

    route: Route
    name: str
    body: Object

    @property
    def is_pod(self) -> bool:
        """Whether it becomes a Pod."""
        return any(mapping(self.body.get(field)) for field in POD_FIELDS)


class Call(NamedTuple):
    """A step or a task."""

    route: Route
    body: Object


def templates(spec: Object) -> Iterator[Template]:
    """Every template of a spec, inline ones after what they stand in."""
    waiting = [
        Template(("templates", number), str(body.get("name", "")), body)
        for number, body in numbered(spec.get("templates"))
    ]
    seen: set[int] = set()
    while waiting:
        template = waiting.pop(0)
        yield template
        inner = [
            Template((*call.route, "inline"), str(call.body.get("name", "")), inline)
            for call in calls(template)
            if (inline := mapping(call.body.get("inline"))) and id(inline) not in seen
        ]
        seen |= {id(inline.body) for inline in inner}  # an alias may lead back to what it stands in
        waiting[:0] = inner


def reached(every: Sequence[Template], starts: Iterable[Template]) -> list[Template]:
    """Of the templates of a spec those that `starts` use, however deep, and they themselves."""
    named = {template.name: template for template in every if "inline" not in template.route}
    by_route = {template.route: template for template in every}
    found: dict[Route, Template] = {}
    waiting = list(starts)
    while waiting:
        template = waiting.pop()
        if template.route in found:
            continue
        found[template.route] = template
        for call in calls(template):
            used = by_route.get((*call.route, "inline")) or named.get(str(call.body.get("template")))
            waiting += [used] if used else []
    return [template for template in every if template.route in found]


def calls(template: Template) -> Iterator[Call]:
    """The steps and tasks of a template."""
    route, body = template.route, template.body
    for number, task in numbered(mapping(body.get("dag")).get("tasks")):
        yield Call((*route, "dag", "tasks", number), task)
    groups = body.get("steps")
    for at, group in enumerate(groups if isinstance(groups, list) else ()):
        for number, step in numbered(group):
            yield Call((*route, "steps", at, number), step)


def named(names: list[str]) -> str:
    """`template "a"`, `templates "a" and "b"`, `templates "a", "b" and 3 more`."""
    quoted = [f'"{name}"' for name in names]
    if len(quoted) == 1:
        return f"template {quoted[0]}"
    if len(quoted) == 2:
        return f"templates {quoted[0]} and {quoted[1]}"
    return f"templates {quoted[0]}, {quoted[1]} and {len(quoted) - 2} more"
