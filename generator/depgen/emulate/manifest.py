"""Small readings of manifests that several parts need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Manifest = Mapping[str, Any]


def zone_name(spec: Manifest) -> str:
    """The zone of a process: `TZ` among the environment variables of its container, else UTC as in the image."""
    container = (spec.get("template") or {}).get("container") or {}
    variables = container.get("env") or ()
    return next((str(v["value"]) for v in variables if v["name"] == "TZ" and "value" in v), "UTC")


def namespace_of(manifest: Manifest) -> str:
    """Its namespace; what has none lands in `default`, as with kubectl."""
    return str(manifest["metadata"].get("namespace", "default"))
