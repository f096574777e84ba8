"""What `lint --fix` did: a line for each fix and for each that was refused, or the changes as a diff."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from depgen.diagnostics import Finding
from depgen.fixing import Outcome
from depgen.report.display import count, visible

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_NEWLINE = "\n\\ No newline at end of file\n"


def told(outcome: Outcome, is_done: bool) -> str:
    """`graph.yaml:4:9: fixed: ...` for each finding at the place where it was, and what it comes to."""
    verb = "fixed" if is_done else "would be fixed"
    lines = [_line(finding, f"{verb}: {finding.message}") for finding in outcome.fixed]
    lines += [_line(refusal.finding, f"not fixed: {refusal.reason}") for refusal in outcome.refused]
    fixed = f"{count(len(outcome.fixed), 'finding')} {verb} in {count(len(outcome.changed), 'file')}"
    return "".join(lines) + f"{fixed}, {len(outcome.left)} left\n"


def _line(finding: Finding, text: str) -> str:
    spot = finding.position
    return f"{visible(spot.path)}:{spot.line}:{spot.column}: {visible(text)} [{finding.rule}]\n"


def diff(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """The changed files as a unified diff that `patch -p0` takes, by name."""
    return "".join(line for path in sorted(after) for line in _diff(path, before[path], after[path]))


def _diff(path: str, before: bytes, after: bytes) -> Iterator[str]:
    from difflib import unified_diff

    name = visible(path)
    old, new = (_LINE.findall(raw.decode("utf-8", "replace")) for raw in (before, after))
    for line in unified_diff(old, new, name, name):
        yield line if line.endswith("\n") else line + _NO_NEWLINE
