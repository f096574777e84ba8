"""The JetStream consumers that a Sensor has, by the names that Argo Events gives them: `group-` and a hash.

One for each dependency in each trigger's `conditions`; a trigger without conditions has all of the Sensor's
dependencies. The words of a condition are read as Argo Events does: `-` may stand for `_`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from depgen import naming
from depgen.cluster.api import Object
from depgen.manifests import mapping, mappings

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Consumer(NamedTuple):
    """`name` is that of the durable consumer in the stream."""

    sensor: str
    trigger: str
    dependency: str
    name: str


def consumers(sensor: Object) -> Iterator[Consumer]:
    """Those that the Sensor as it is now subscribes with."""
    name, spec = sensor["metadata"]["name"], mapping(sensor.get("spec"))
    known = {
        str(d.get("name")).replace("-", "_"): str(d.get("name")) for d in mappings(spec.get("dependencies"))
    }
    for trigger in mappings(spec.get("triggers")):
        template = mapping(trigger.get("template"))
        words = [word.replace("-", "_") for word in _WORD.findall(str(template.get("conditions") or ""))]
        for word in dict.fromkeys(words or known):
            if word in known:
                title = str(template.get("name"))
                durable = f"group-{naming.durable(name, title, known[word])}"
                yield Consumer(name, title, known[word], durable)
