"""Which bus an EventSource or Sensor is on, and what that bus keeps.

What a newcomer gets wrong: a bus belongs to a namespace, but `jetstreamExotic` buses with the same URL are the same bus,
and there the names of EventSources and Sensors have to be unique across namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from depgen.emulate.backoff import duration
from depgen.emulate.bus import Limits
from depgen.emulate.manifest import Manifest, namespace_of

_SIZE = re.compile(r"(\d+)\s*([KMG]?)I?B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def bus_of(manifest: Manifest, known: Mapping[tuple[str, str, str], Manifest]) -> tuple[str, Limits]:
    """The bus of an EventSource or Sensor; one that has no EventBus among the manifests is as Argo Events' defaults."""
    namespace, name = namespace_of(manifest), manifest["spec"].get("eventBusName") or "default"
    found = known.get(("EventBus", namespace, name))
    spec: Manifest = found["spec"] if found else {}
    exotic = spec.get("jetstreamExotic")
    if exotic:
        return str(exotic["url"]), _limits(exotic)
    return f"{namespace}/{name}", _limits(spec.get("jetstream") or {})


def _limits(spec: Mapping[str, Any]) -> Limits:
    stream = yaml.safe_load(spec.get("streamConfig") or "") or {}
    limits = Limits()
    return Limits(
        int(stream.get("maxMsgs", limits.messages)),
        _seconds(stream.get("maxAge"), limits.age),
        _bytes(spec.get("maxPayload"), limits.payload),
        _seconds(stream.get("duplicates"), limits.duplicates),
    )


def _seconds(text: Any, default: float) -> float:
    return default if text is None else duration(str(text))


def _bytes(text: Any, default: int) -> int:
    found = _SIZE.fullmatch(str(text)) if text is not None else None
    return int(found[1]) * _UNITS[found[2].upper()] if found else default
