"""The results of `depgen doctor`: a line for each finding with its way out, or JSON.

What is fine takes one line a check, so that what is not fine is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from depgen.cluster.doctor.finding import Finding, Level, Result
from depgen.report.display import count, visible

VERSION = 1
_STYLES = {Level.OK: "32", Level.UNKNOWN: "36", Level.WARNING: "1;33", Level.ERROR: "1;31"}
_WIDTHS = (max(map(len, Level)), 16)


def text(results: Sequence[Result], colour: bool) -> str:
    """The findings in the order of the checks, then what they amount to."""
    lines = [line for result in results for line in _lines(result, colour)]
    # What many namespaces or graphs have in common is said once.
    told = "\n".join(line for line, _ in groupby(lines))
    return f"{told}\n\n{summary(results)}\n" if lines else f"{summary(results)}\n"


def summary(results: Sequence[Result]) -> str:
    """`1 error, 2 warnings, 3 unknown in 28 checks`."""
    parts = [
        count(number, level.value) if level is not Level.UNKNOWN else f"{number} unknown"
        for level in (Level.ERROR, Level.WARNING, Level.UNKNOWN)
        if (number := number_of(results, level))
    ]
    return f"{', '.join(parts) or 'all well'} in {count(len(results), 'check')}"


def number_of(results: Sequence[Result], level: Level) -> int:
    """How many findings are of this level."""
    return sum(finding.level is level for result in results for finding in result.findings)


def as_json(results: Sequence[Result]) -> str:
    """`{version, errors, warnings, unknown, checks: [{check, about, level, findings}]}`."""
    report = {
        "version": VERSION,
        "errors": number_of(results, Level.ERROR),
        "warnings": number_of(results, Level.WARNING),
        "unknown": number_of(results, Level.UNKNOWN),
        "checks": [
            {
                "check": result.check,
                "about": result.about,
                "level": result.level.value,
                "findings": [_finding(finding) for finding in result.findings],
            }
            for result in results
        ],
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level.value,
        "about": finding.about,
        "message": finding.message,
        "wayOut": finding.way_out,
    }


def _lines(result: Result, colour: bool) -> Iterator[str]:
    for finding in result.findings or (Finding(Level.OK, result.about, ""),):
        level = finding.level.ljust(_WIDTHS[0])
        shown = f"\x1b[{_STYLES[finding.level]}m{level}\x1b[0m" if colour else level
        told = ": ".join(visible(part) for part in (finding.about, finding.message) if part)
        yield f"{shown}  {result.check.ljust(_WIDTHS[1])}  {told}"
        if finding.way_out:
            yield f"{' ' * (sum(_WIDTHS) + 4)}way out: {visible(finding.way_out)}"
