"""What the API stores and what it refuses: names, labels, and the data of ConfigMaps.

Custom resources are taken with any spec, as by a CRD that keeps unknown fields; there is no RBAC and no policy.
"""

from __future__ import annotations

import re
from functools import lru_cache

from depgen.cluster.api import CONFIG_MAPS, ClusterError, Object, Resource

_LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def validate(verb: str, resource: Resource, thing: Object) -> None:
    """Raises the ClusterError that the API would answer."""
    name = thing["metadata"].get("name")
    if not isinstance(name, str) or not _is_name(name):
        raise refusal(verb, resource, str(name), 422, "Invalid")
    for value in (thing["metadata"].get("labels") or {}).values():
        if not isinstance(value, str):
            raise refusal(verb, resource, name, 400, "BadRequest")
        if not _is_label(value):
            raise refusal(verb, resource, name, 422, "Invalid")
    if resource == CONFIG_MAPS:
        data = thing.get("data") or {}
        for value in data.values():
            if not isinstance(value, str):
                raise refusal(verb, resource, name, 400, "BadRequest")
        for key in data:
            if not _DATA_KEY.fullmatch(key):
                raise refusal(verb, resource, name, 422, "Invalid")


# An object is written several times, and its labels stand in many.
@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and len(text) <= 253


@lru_cache(maxsize=4096)
def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None


def refusal(verb: str, resource: Resource, name: str, status: int, reason: str) -> ClusterError:
    """An answer that says no."""
    return ClusterError(f"cannot {verb} {resource.kind} {name}: {reason}", status, reason)
