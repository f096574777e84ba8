"""A graph file with something laid over it: what an `overlay` or an `edit` of a scenario makes of it.

It is JSON merge patch (RFC 7386), mapping by mapping: `null` removes, a list is replaced as a whole. The result is
written as JSON, which the loader reads as well as YAML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from depgen.load import load
from depgen.pipeline import InputFile


def overlaid(files: Sequence[InputFile], patch: Mapping[str, Any]) -> tuple[InputFile, ...]:
    """The files with the patch laid over the first one; as they are if that cannot be read, or the patch is empty."""
    first, *rest = files
    document, _ = load(first.path, first.raw)
    if not patch or document is None or not isinstance(document.data, dict):
        return tuple(files)
    raw = json.dumps(merged(document.data, patch), indent=1, ensure_ascii=False).encode()
    return replace(first, raw=raw), *rest


def merged(below: Any, above: Any) -> Any:
    """`above` laid over `below`."""
    if not isinstance(above, Mapping):
        return above
    found = dict(below) if isinstance(below, Mapping) else {}
    for name, value in above.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
