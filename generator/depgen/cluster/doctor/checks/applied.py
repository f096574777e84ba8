"""Everything that is built of the graph is in the cluster, as it is built.

Why: what runs is what was applied. An older build, or an edit by hand, decides otherwise than the graph says. Fields that
Argo Events does not know vanish when its controller writes the object back, so nothing may be left out either.

Way out: `depgen build`, then apply all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from depgen.cluster.api import Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok
from depgen.cluster.doctor.resources import BUILT

# What an object says beside its name; ConfigMaps have data, Roles rules, bindings the rest.
_PARTS = ("spec", "data", "rules", "roleRef", "subjects")
_NOTHING: tuple[object, ...] = (None, "", 0, False, [], {})


def check(exam: Exam) -> Iterator[Finding]:
    patient, missing, same = exam.patient, 0, 0
    findings = []
    for built in patient.objects:
        resource = BUILT.get(built["kind"])
        if resource is None:
            continue
        name, namespace = built["metadata"]["name"], built["metadata"].get("namespace", "")
        found = next(
            (
                o
                for o in exam.sight.all(resource, namespace, patient.selector)
                if o["metadata"]["name"] == name
            ),
            None,
        )
        about = f"{resource.kind} {namespace}/{name}".replace(" /", " ")
        difference = _difference(built, found) if found else None
        missing += found is None
        same += found is not None and difference is None
        if found is None:
            findings.append(error(about, "it is not there", "apply what `depgen build` gives"))
        elif difference:
            findings.append(
                error(
                    about,
                    f"it is not what this graph builds: {difference}",
                    "apply what `depgen build` gives",
                )
            )
    if missing and missing == len(findings) and not same:
        yield error(patient.title, "nothing of it is in the cluster", "apply what `depgen build` gives")
    else:
        yield from findings
        yield ok(patient.title, f"{same} of {same + len(findings)} objects are as they are built")


def _difference(built: Object, found: Object) -> str | None:
    """Where the first difference is. Only of Argo's own kinds is it known that nothing is added to them."""
    is_exact = built["apiVersion"].startswith("argoproj.io/")
    for part in _PARTS:
        route = _first(pruned(built.get(part)), pruned(found.get(part)), part, is_exact)
        if route:
            return route
    return None


def pruned(value: Any) -> Any:
    """Without zero values, which vanish when a controller writes an object back."""
    if isinstance(value, dict):
        parts = {name: pruned(inner) for name, inner in value.items()}
        return {name: inner for name, inner in parts.items() if inner not in _NOTHING}
    return [pruned(inner) for inner in value] if isinstance(value, list) else value


def _first(built: Any, found: Any, route: str, is_exact: bool) -> str | None:
    if isinstance(built, dict) and isinstance(found, dict):
        names = sorted({*built, *(found if is_exact else ())})
        pairs = [(f"{route}.{name}", built.get(name), found.get(name)) for name in names]
    elif isinstance(built, list) and isinstance(found, list) and len(built) == len(found):
        pairs = [(f"{route}[{_name(b, i)}]", b, f) for i, (b, f) in enumerate(zip(built, found, strict=True))]
    elif built in _NOTHING and (found in _NOTHING or not is_exact):
        return None
    else:
        return None if built == found else _told(built, found, route)
    return next((told for r, b, f in pairs if (told := _first(b, f, r, is_exact))), None)


def _told(built: Any, found: Any, route: str) -> str:
    if isinstance(built, list) and isinstance(found, list):
        return f"{route} has {len(found)} entries, not {len(built)}"
    if built in _NOTHING:
        return f"{route} was added"
    return f"{route} is missing" if found in _NOTHING else f"{route} differs"


def _name(entry: Any, index: int) -> str:
    """Of a dependency its name, which helps more than its number."""
    template = entry.get("template", entry) if isinstance(entry, dict) else {}
    holders: Sequence[Any] = (entry, template)
    names = (holder.get("name") for holder in holders if isinstance(holder, dict))
    return next((str(name) for name in names if name), str(index))
