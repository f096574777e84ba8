"""How a folder differs from a build: the files' names, and for people where they begin to differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from depgen.report.display import count, visible
from depgen.write import LOCK, Changes

_MOST_LINES = 20
_MOST_FILES = 5


def listed(changes: Changes) -> str:
    """A line per file that a build would touch, in the order of their names; empty if there is none."""
    return "".join(f"{name}: would be {verb}\n" for name, verb in _verbs(changes))


def counted(changes: Changes) -> str:
    """`3 files written, 1 removed, 2 unchanged`."""
    written = count(len(changes.created) + len(changes.changed), "file")
    removed = [f"{len(changes.removed)} removed"] if changes.removed else []
    return ", ".join([f"{written} written", *removed, f"{len(changes.unchanged)} unchanged"])


def explained(changes: Changes, built: Mapping[str, str], present: Callable[[str], str]) -> str:
    """As `listed`, with the first differences of the first changed files; `present` reads a file."""
    shown = [name for name in changes.changed if name != LOCK][:_MOST_FILES]
    lines = []
    for name, verb in _verbs(changes):
        lines.append(f"{name}: would be {verb}\n")
        if name in shown:
            lines += _difference(present(name), built[name])
    return "".join(lines)


def _verbs(changes: Changes) -> list[tuple[str, str]]:
    verbs = (("created", changes.created), ("changed", changes.changed), ("removed", changes.removed))
    return sorted((name, verb) for verb, names in verbs for name in names)


def _difference(before: str, after: str) -> Iterator[str]:
    from difflib import unified_diff  # slow to load, and most folders do not differ

    old, new = _without_common_ends(before.splitlines(), after.splitlines())
    # difflib's time grows with the square of the lines, and no more than this will be shown.
    lines = unified_diff(old[: 5 * _MOST_LINES], new[: 5 * _MOST_LINES], lineterm="", n=0)
    changed = (line for line in islice(lines, 2, None) if not line.startswith("@@"))
    yield from (f"  {visible(line)}\n" for line in islice(changed, _MOST_LINES))
    if next(changed, None) is not None:
        yield "  …\n"


def _without_common_ends(old: list[str], new: list[str]) -> tuple[list[str], list[str]]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    return old[start : len(old) - end], new[start : len(new) - end]


def _common(old: list[str], new: list[str]) -> int:
    """How many lines at the start are equal."""
    different = (number for number, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return next(different, min(len(old), len(new)))
