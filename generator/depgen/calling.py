"""Which templates of a Workflow's spec are run: those that the entrypoint calls, and those that are called at the end.

A template that nothing calls may stand there for others (`templateRef`), and says nothing about this Workflow. What a
call refers to in another object is not followed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from depgen import workflows
from depgen.manifests import Object, mapping
from depgen.phrases import listed, quoted
from depgen.templates import Template, calls, templates


def entrances(spec: Object, entrypoint: object = None) -> list[str]:
    """The names of the templates that are started by the Workflow itself; `entrypoint` stands for that of the spec."""
    names = [entrypoint or spec.get("entrypoint"), spec.get("onExit"), *_hooked(spec)]
    return [name for name in names if isinstance(name, str)]


def called(body: Object) -> list[str]:
    """The names that a step or a task calls within its own object, itself or by its hooks."""
    return [
        name for name in (body.get("template"), body.get("onExit"), *_hooked(body)) if isinstance(name, str)
    ]


def reached(spec: Object, entrypoint: object = None) -> Iterator[Template]:
    """Each template that is run, once, inline ones after what they stand in."""
    every = list(templates(spec))
    by_name: dict[str, Template] = {}
    for template in every:
        if len(template.route) == 2:
            by_name.setdefault(template.name, template)
    waiting = [by_name[name] for name in entrances(spec, entrypoint) if name in by_name]
    seen: set[int] = set()
    while waiting:
        template = waiting.pop()
        if id(template.body) in seen:
            continue
        seen.add(id(template.body))
        yield template
        for call in calls(template):
            waiting += [by_name[name] for name in called(call.body) if name in by_name]
            if inline := mapping(call.body.get("inline")):
                waiting.append(Template((*call.route, "inline"), template.name, inline))


def lacking(spec: Object, given: set[str], entrypoint: object = None) -> Iterator[tuple[str, list[str]]]:
    """What a Workflow of this spec lacks if it is given these parameters: as the end of a sentence, and the names."""
    declared = workflows.parameters(spec, entrypoint)
    absent = [name for name, has_value in declared.items() if not has_value and name not in given]
    if absent:
        yield f"has no value for its {_listed(absent)}", absent
    bodies = [template.body for template in reached(spec, entrypoint)]
    used = sorted(set().union(*map(workflows.needed_parameters, bodies)) - given - declared.keys())
    if used:
        yield f"uses, and does not have, the {_listed(used)}", used


def _listed(names: list[str]) -> str:
    noun = "parameter" if len(names) == 1 else "parameters"
    return f"{noun} {listed(map(quoted, names), 'and')}"


def _hooked(body: Object) -> list[object]:
    return [mapping(hook).get("template") for hook in mapping(body.get("hooks")).values()]
