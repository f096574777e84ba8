"""Verdicts on scenarios: for people with a timeline and the ledgers, as JSON, and as JUnit XML.

Nothing in the text depends on how long it took or on the host, so that it can be compared and quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from depgen.cluster import keytimes
from depgen.cluster.entries import told
from depgen.report.display import count, visible
from depgen.report.text import findings_text
from depgen.scenario.moments import Clock
from depgen.scenario.verdict import Mark, Moment, Verdict

_SIGNS: Mapping[Mark, str] = {
    "": " ",
    "step": " ",
    "run": "+",
    "end": " ",
    "unexpected": "!",
    "missing": "?",
    "wrong": "!",
    "fault": "*",
    "refused": "!",
}
_NOTES: Mapping[Mark, str] = {"unexpected": "  <- unexpected", "wrong": "  <- not as expected"}
_RED, _GREEN, _FAINT = "1;31", "32", "2"


def text(verdicts: Sequence[Verdict], colour: bool = False, verbose: bool = False) -> str:
    """Each scenario, and what it amounts to."""
    return "".join([*(one(verdict, colour, verbose) for verdict in verdicts), summary(verdicts)])


def one(verdict: Verdict, colour: bool = False, verbose: bool = False) -> str:
    """A line, and what is wrong if it failed; with `verbose` also the timeline of what passed."""
    sign, style = ("ok", _GREEN) if verdict.has_passed else ("FAIL", _RED)
    title = f": {visible(verdict.title)}" if verdict.title else ""
    head = f"{_styled(f'{sign:<4}', style, colour)}  {visible(verdict.path)}{title}\n"
    if verdict.has_passed:
        return head + ("".join([*_timeline(verdict, colour), "\n"]) if verbose else "")
    return head + "".join(_why(verdict, colour))


def summary(verdicts: Sequence[Verdict]) -> str:
    """`3 scenarios: 2 passed, 1 failed`."""
    failed = sum(not verdict.has_passed for verdict in verdicts)
    told = count(len(verdicts), "scenario")
    return f"{told}: {len(verdicts) - failed} passed, {failed} failed\n" if failed else f"{told} passed\n"


def as_json(verdicts: Sequence[Verdict]) -> str:
    """Everything that is known, for programs."""
    return (
        json.dumps(
            {
                "version": 1,
                "passed": sum(verdict.has_passed for verdict in verdicts),
                "failed": sum(not verdict.has_passed for verdict in verdicts),
                "scenarios": [_object(verdict) for verdict in verdicts],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def junit(verdicts: Sequence[Verdict]) -> str:
    """A case for each scenario. XML 1.0 cannot hold every character: the others are shown as in the text."""
    failed = sum(not verdict.has_passed for verdict in verdicts)
    numbers = f'tests="{len(verdicts)}" failures="{failed}" errors="0"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="depgen" {numbers}>',
            f'  <testsuite name="depgen test" {numbers}>',
            *map(_case, verdicts),
            "  </testsuite>",
            "</testsuites>\n",
        ]
    )


def _why(verdict: Verdict, colour: bool) -> Iterator[str]:
    if verdict.findings:
        found = findings_text(verdict.findings, colour)
        yield "".join(f"  {line}".rstrip() + "\n" for line in found.splitlines())
    name = PurePath(verdict.path).name
    for failure in verdict.failures:
        yield f"  {visible(name)}:{failure.line}: {visible(failure.text)}\n"
    yield from _timeline(verdict, colour)
    for ledger, data in sorted(verdict.ledgers.items()):
        yield f"\n  ledger {ledger}\n"
        yield from (f"    {line}\n" for line in _entries(data, verdict.clock))
    yield "\n"


def _timeline(verdict: Verdict, colour: bool) -> Iterator[str]:
    clock = verdict.clock
    if not verdict.timeline or clock is None:
        return
    yield f"\n  times of {clock.zone}\n"
    day = None
    for moment in verdict.timeline:
        there = datetime.fromtimestamp(moment.at, ZoneInfo(clock.zone))
        if there.date() != day:
            day = there.date()
            yield f"  {day:%Y-%m-%d}\n"
        yield f"    {there:%H:%M:%S} {_line(moment, colour)}\n"


def _entries(data: Mapping[str, str], clock: Clock | None) -> list[str]:
    """What a ledger says: ends and claims in the order in which they were, then all else by name."""
    facts, others = [], []
    for name, text in sorted(data.items()):
        parts, value = name.split("."), told(text)
        if parts[0] != "run" or len(parts) != 5:
            at = _clock(value.get("at"), clock)
            others.append(visible(f"{name}  {at or text}" + (f"  {value['why']}" if "why" in value else "")))
            continue
        at = _clock(value.get("finishedAt") or value.get("at"), clock)
        shown = (f"{parts[1]:<14}", f"{value.get('phase') or '?':<9}", at, value.get("workflow") or "")
        order = (str(value.get("finishedAt") or value.get("at") or ""), parts[4] != "0")
        facts.append((order, visible("  ".join(map(str, shown)).rstrip())))
    return [line for _, line in sorted(facts)] + others


def _clock(at: object, clock: Clock | None) -> str:
    """An instant of a ledger on the clocks of the scenario; "" if it is none."""
    moment = keytimes.instant(at) if isinstance(at, str) else None
    return clock.shown(moment) if clock and moment is not None else ""


def _line(moment: Moment, colour: bool) -> str:
    line = f"{_SIGNS[moment.mark]} {visible(moment.text)}{_NOTES.get(moment.mark, '')}"
    if moment.mark in ("unexpected", "missing", "wrong", "refused"):
        return _styled(line, _RED, colour)
    return _styled(line, _FAINT, colour) if moment.mark == "end" else line


def _object(verdict: Verdict) -> dict[str, Any]:
    return {
        "path": verdict.path,
        "title": verdict.title,
        "passed": verdict.has_passed,
        "runs": verdict.runs,
        "failures": [{"line": one.line, "text": one.text} for one in verdict.failures],
        "findings": [
            {
                "path": f.position.path,
                "line": f.position.line,
                "column": f.position.column,
                "rule": f.rule,
                "text": f.text,
            }
            for f in verdict.findings
        ],
        "timeline": [{"at": _utc(one.at), "kind": one.mark, "text": one.text} for one in verdict.timeline],
        "ledgers": verdict.ledgers,
    }


def _utc(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _case(verdict: Verdict) -> str:
    name = verdict.title or PurePath(verdict.path).name
    opening = (
        f'    <testcase classname="{_attribute(verdict.path)}" name="{_attribute(name)}"'
        f' file="{_attribute(verdict.path)}" time="{verdict.seconds:.3f}"'
    )
    if verdict.has_passed:
        return f"{opening}/>"
    wrong = [one.text for one in verdict.failures] or [one.text for one in verdict.findings]
    body = "\n".join(escape(visible(line)) for part in _why(verdict, False) for line in part.splitlines())
    return f'{opening}>\n      <failure message="{_attribute(wrong[0])}">{body}</failure>\n    </testcase>'


def _attribute(value: str) -> str:
    return escape(visible(value))


def _styled(value: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{value}\x1b[0m" if colour else value
