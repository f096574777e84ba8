"""Fixes of findings, made in the text of the files: whatever is not fixed stays as it is, byte by byte.

Fixes are data (`diagnostics.Fix`), found by the stages that find the mistakes. Here they become edits of a text, in
rounds: what one fix lets the linter see, the next round may fix. A second run finds nothing left to fix.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from depgen.diagnostics import Finding
from depgen.fixing.edits import Edit
from depgen.fixing.mending import Refusal, mend, target
from depgen.fixing.replacing import obstacle, replace

__all__ = ["Edit", "Outcome", "Refusal", "edits", "fix", "obstacles", "write"]

# Each round of a well-meant fix takes one finding away; ten are more than fixes can hide behind each other.
_MOST_ROUNDS = 10

Files = Mapping[str, bytes]
Find = Callable[[Files], Sequence[Finding]]


@dataclass(frozen=True)
class Outcome:
    """What fixing came to: the files that changed, the findings fixed in them, those that are left, and why some of these are."""

    changed: dict[str, bytes]
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]
    refused: tuple[Refusal, ...]


def fix(files: Files, find: Find, locked: Mapping[str, str]) -> Outcome:
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
                fixed += [made.finding for made in mended.made]
        if not has_changed:
            break
    else:
        left = find(now)
    changed = {path: raw for path, raw in now.items() if raw != files[path]}
    return Outcome(changed, tuple(fixed), tuple(left), tuple(refused))


def obstacles(paths: Iterable[str]) -> dict[str, str]:
    """Why files must not be changed, by path; only of those that must not."""
    reasons = ((path, obstacle(Path(path))) for path in paths)
    return {path: reason for path, reason in reasons if reason is not None}


def write(outcome: Outcome, files: Files, find: Find) -> Outcome:
    """Write what was changed. What comes of it: a file that could not be written is as it was, with its findings."""
    failed = {
        path: reason
        for path, raw in outcome.changed.items()
        if (reason := replace(Path(path), files[path], raw)) is not None
    }
    if not failed:
        return outcome
    changed = {path: raw for path, raw in outcome.changed.items() if path not in failed}
    left = tuple(find({**files, **changed}))
    refused = [Refusal(f, failed[target(f)]) for f in left if f.fix is not None and target(f) in failed]
    fixed = tuple(finding for finding in outcome.fixed if target(finding) not in failed)
    return Outcome(changed, fixed, left, (*outcome.refused, *refused))


def edits(files: Files, findings: Sequence[Finding]) -> dict[Finding, tuple[str, Edit]]:
    """The path and the edit of each fix that could be made in the files as they are."""
    found: dict[Finding, tuple[str, Edit]] = {}
    for path, about in _by_target(findings).items():
        made = mend(files[path], about).made if path in files else ()
        found |= {finding: (path, edit) for finding, edit in made}
    return found


def _by_target(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.fix is not None:
            found[target(finding)].append(finding)
    return found
