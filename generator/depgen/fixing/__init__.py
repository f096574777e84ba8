"""Fixes of findings, made in the text of the files: whatever is not fixed stays as it is, byte by byte.

Fixes are data (`diagnostics.Fix`), found by the stages that find the mistakes. Here they become edits of a text, in
rounds: what one fix lets the linter see, the next round may fix. A second run finds nothing left to fix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from depgen.diagnostics import Finding
from depgen.fixing.mending import Refusal, mend, target

__all__ = ["Outcome", "Refusal", "fix"]

# Each round of a well-meant fix takes one finding away; ten are more than fixes can hide behind each other.
_MOST_ROUNDS = 10

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What fixing came to: the files that changed, the findings fixed in them, those that are left, and why some of these are."""

    changed: dict[str, bytes]
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]
    refused: tuple[Refusal, ...]


def fix(files: Files, find: Callable[[Files], Sequence[Finding]], locked: Mapping[str, str]) -> Outcome:
    """Fix what `find` finds in `files` and can be fixed, until nothing can be.

    `locked`: why a file must not be changed, by its path. A path that is in neither is not ours to change.
    """
    now = dict(files)
    fixed: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        left = find(now)
        refused: list[Refusal] = []
        has_changed = False
        for path, findings in _by_target(left).items():
            reason = locked.get(path) if path in now else "the file was not given"
            if reason is not None:
                refused += [Refusal(finding, reason) for finding in findings]
                continue
            mended = mend(now[path], findings)
            refused += mended.refused
            if mended.raw != now[path]:
                has_changed, now[path] = True, mended.raw
                fixed += mended.fixed
        if not has_changed:
            break
    else:
        left = find(now)
    changed = {path: raw for path, raw in now.items() if raw != files[path]}
    return Outcome(changed, tuple(fixed), tuple(left), tuple(refused))


def _by_target(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.fix is not None:
            found[target(finding)].append(finding)
    return found
