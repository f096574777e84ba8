"""What `lint --fix` did: a line for each fix and for each that was refused, or the changes as a diff."""

from __future__ import annotations

from collections.abc import Mapping

from depgen.diagnostics import Finding
from depgen.fixing import Outcome
from depgen.report.display import count, visible
from depgen.report.unified import unified


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
    return "".join(
        line
        for path in sorted(after)
        for line in unified(visible(path), before[path].decode(), after[path].decode())
    )
