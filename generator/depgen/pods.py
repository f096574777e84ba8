"""How the pods of EventSources and Sensors run: the graph's `pods` as fields of their spec.

Argo Events applies the security context of a Sensor's template to the pod, and resources to its container; one
`securityContext` in the graph serves both, because no field means one thing here and another there. Empty lists are left
out and quantities are in the form that the controller writes back, else a deployment tool would see a difference for ever.
"""

from __future__ import annotations

from typing import Any, cast

from depgen.diagnostics import Diagnostic, Place
from depgen.model import Json, Pods
from depgen.naming import RESERVED_LABELS, RESERVED_PREFIXES
from depgen.phrases import quoted
from depgen.quantities import canonical

Fields = dict[str, Any]

# Of a SecurityContext (k8s.io/api v0.32.2, core/v1): what only a container has.
CONTAINER_FIELDS = frozenset(
    {"allowPrivilegeEscalation", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem"}
)
# The labels by which the controller of Argo Events finds its pods again; it overwrites what is given.
_CONTROLLERS = frozenset({"controller", "eventsource-name", "sensor-name", "owner-name"})
_AS_THEY_ARE = ("affinity", "imagePullSecrets", "nodeSelector", "priorityClassName", "tolerations")


def read(place: Place, data: Fields, found: list[Diagnostic]) -> Pods:
    """`data` has the form that the schema asks for."""
    for kind, noun in (("labels", "label"), ("annotations", "annotation")):
        for name in data.get(kind, {}):
            if _is_reserved(name):
                found.append(_reserved(place, kind, noun, name))
    security = data.get("securityContext", {})
    template = {
        "metadata": {name: data[name] for name in ("annotations", "labels") if data.get(name)},
        "securityContext": {name: value for name, value in security.items() if name not in CONTAINER_FIELDS},
        **{name: data[name] for name in _AS_THEY_ARE if name in data},
    }
    container = {
        "resources": _resources(data.get("resources", {})),
        "securityContext": {name: value for name, value in security.items() if name in CONTAINER_FIELDS},
    }
    return Pods(data.get("replicas", 1), _settled(template), _settled(container))


def _resources(data: Fields) -> Fields:
    return {
        kind: {name: canonical(amount) for name, amount in sorted(amounts.items())}
        for kind, amounts in data.items()
        if amounts
    }


def _settled(fields: Fields) -> dict[str, Json]:
    """Sorted, and without what is empty; within a field only empty lists mean the same as none."""
    return {
        name: cast(Json, kept) for name, value in sorted(fields.items()) if (kept := _without_empty(value))
    }


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_empty(item) for name, item in value.items() if item != []}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _is_reserved(name: str) -> bool:
    return name.startswith(RESERVED_PREFIXES) or name in RESERVED_LABELS or name in _CONTROLLERS


def _reserved(place: Place, kind: str, noun: str, name: str) -> Diagnostic:
    return Diagnostic(
        Place(place.path, (*place.route, kind, name), at_key=True),
        "reserved-label",
        f"the {noun} {quoted(name)} is reserved",
        "choose a name with a prefix of your own",
    )
