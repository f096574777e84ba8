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
from depgen.cluster.doctor.renaming import Around, around
from depgen.cluster.doctor.resources import BUILT

# What an object says beside its name; ConfigMaps have data, Roles rules, bindings the rest.
_PARTS = ("spec", "data", "rules", "roleRef", "subjects")
WAY_OUT = "apply what `depgen build` gives"
_NOTHING: tuple[object, ...] = (None, "", 0, False, [], {})


def check(exam: Exam) -> Iterator[Finding]:
    patient = exam.patient
    kept = [built for built in patient.objects if built["kind"] in BUILT]
    called = around(exam)
    states = [
        (built, found := _found(exam, built, called), _difference(built, found, called) if found else None)
        for built in kept
    ]
    if not any(found for _, found, _ in states):
        yield error(patient.title, "nothing of it is in the cluster", WAY_OUT)
        return
    for built, found, difference in states:
        name = called.name(built["metadata"]["name"])
        about = "/".join(filter(None, (built["metadata"].get("namespace"), name)))
        if found is None:
            yield error(f"{built['kind']} {about}", "it is not there", WAY_OUT)
        elif difference:
            yield error(
                f"{built['kind']} {about}", f"it is not what this graph builds: {difference}", WAY_OUT
            )
    same = sum(found is not None and not difference for _, found, difference in states)
    yield ok(patient.title, f"{same} of {len(kept)} objects are as they are built")


def _found(exam: Exam, built: Object, called: Around) -> Object | None:
    resource, metadata = BUILT[built["kind"]], built["metadata"]
    name, namespace = called.name(metadata["name"]), metadata.get("namespace", "")
    listed = (found for found in exam.own(resource, namespace) if found["metadata"]["name"] == name)
    # It may have lost its labels.
    return next(listed, None) or exam.sight.one(resource, namespace, name)


def _difference(built: Object, found: Object, called: Around) -> str | None:
    """Where the first difference is. Only of Argo's own kinds is it known that nothing is added to them."""
    is_exact = built["apiVersion"].startswith("argoproj.io/")
    for part in _PARTS:
        route = _first(pruned(built.get(part)), pruned(found.get(part)), part, is_exact, called)
        if route:
            return route
    return None


def pruned(value: Any) -> Any:
    """Without zero values, which vanish when a controller writes an object back."""
    if isinstance(value, dict):
        parts = {name: pruned(inner) for name, inner in value.items()}
        return {name: inner for name, inner in parts.items() if inner not in _NOTHING}
    return [pruned(inner) for inner in value] if isinstance(value, list) else value


def _first(built: Any, found: Any, route: str, is_exact: bool, called: Around) -> str | None:
    if isinstance(built, dict) and isinstance(found, dict):
        names = sorted({*built, *(found if is_exact else ())})
        pairs = [(f"{route}.{name}", built.get(name), found.get(name)) for name in names]
    elif isinstance(built, list) and isinstance(found, list) and len(built) == len(found):
        pairs = [(f"{route}[{_name(b, i)}]", b, f) for i, (b, f) in enumerate(zip(built, found, strict=True))]
    elif built in _NOTHING and (found in _NOTHING or not is_exact):
        return None
    else:
        # A name in it has the same around it as its object.
        is_same = built == found or (isinstance(built, str) and called.name(built) == found)
        return None if is_same else _told(built, found, route)
    return next((told for r, b, f in pairs if (told := _first(b, f, r, is_exact, called))), None)


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
