"""What applying a build does to what an older depgen built: told from the two sets of objects, before it is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from depgen import formats
from depgen.diff import ObjectChange, objects
from depgen.errors import InputError
from depgen.write import Former, former

# What came with an output format, for those who come from the one before.
NOTES: Mapping[int, str] = MappingProxyType(
    {
        2: "The programs of every Sensor are others. What is queued when the build is applied is thrown away once: apply "
        "it when little happens, and run depgen reconcile within the replayWithin of the graphs (15 minutes), unless a "
        "sweeper passes by itself: a first sweep leaves out what was complete before that. Ledgers are taken as they are.",
    }
)
_PLAYED = ("EventSource", "Sensor")


class Upgrade(NamedTuple):
    """From the build in a folder to this depgen's: notes by format, the oldest first, and what becomes of each object."""

    former: Former
    notes: tuple[str, ...]
    changes: tuple[ObjectChange, ...]


def upgrade(folder: Path, built: Iterable[Mapping[str, Any]]) -> Upgrade:
    """What it takes to put `built` in the place of what `folder` holds. InputError if no depgen has built there."""
    before = former(folder)
    if before is None:
        raise InputError(f"{folder} was not written by depgen: it has no depgen.lock")
    old = [thing for name in before.files if name.endswith(".yaml") for thing in _objects(folder / name)]
    kept = [objects.by_identity(o for o in side if o["kind"] in _PLAYED) for side in (old, built)]
    notes = tuple(text for number, text in NOTES.items() if before.format < number <= formats.OUTPUT)
    return Upgrade(before, notes, tuple(objects.compare(*kept)))


def _objects(path: Path) -> list[Mapping[str, Any]]:
    """The objects of a generated file; none if it is gone."""
    try:
        text = path.read_text(encoding="utf-8")
        loaded = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {path}: {error}") from error
    return [thing for thing in loaded if isinstance(thing, dict) and "kind" in thing and "metadata" in thing]
