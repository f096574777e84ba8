"""Diagnostics become findings: with their positions and source lines, and without those that are ignored.

A route into a graph leads to its data: of what a node has from the defaults, to the defaults. A route that begins with
a number leads into a file of manifests, to one of its documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from depgen.diagnostics import AnyFix, Diagnostic, Finding, Fix, Place, Position, Renaming, Route, Severity
from depgen.document import Data, Document
from depgen.filetext import FileText
from depgen.manifest_text import ManifestText

_IGNORE = re.compile(r"#\s*depgen:\s*ignore\[([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\]")


class Sources(Protocol):
    """The files that diagnostics are about, by path, and what is wrong with the text of the graphs."""

    @property
    def texts(self) -> Mapping[str, FileText]: ...
    @property
    def documents(self) -> Mapping[str, Document]: ...
    @property
    def problems(self) -> tuple[Diagnostic, ...]: ...
    @property
    def manifests(self) -> Mapping[str, ManifestText]: ...
    @property
    def environment(self) -> str: ...


def located(found: Iterable[Diagnostic], sources: Sources) -> tuple[Finding, ...]:
    """Diagnostics with their positions and source lines, without repeats and ignored warnings, sorted."""
    located = dict.fromkeys(_finding(diagnostic, sources) for diagnostic in found)
    # What the loader could not read as it stands is that one mistake, whatever else its value would break.
    unread = {problem.where: problem.rule for problem in sources.problems}
    kept: list[Finding] = []
    hidden: dict[Position, list[Finding]] = {}
    for finding in located:
        if unread.get(finding.position, finding.rule) != finding.rule:
            hidden.setdefault(finding.position, []).append(finding)
        elif not _is_ignored(finding, sources):
            kept.append(finding)
    fixed = [_with_fix_of(finding, hidden.get(finding.position, ())) for finding in kept]
    return tuple(sorted(fixed, key=lambda finding: (finding.position, finding.rule, finding.message)))


def _with_fix_of(finding: Finding, hidden: Sequence[Finding]) -> Finding:
    """Quotes do not help where text is not wanted; what is hidden by the finding knows what is."""
    return replace(finding, fix=hidden[0].fix if len(hidden) == 1 else None) if hidden else finding


def _finding(diagnostic: Diagnostic, sources: Sources) -> Finding:
    position = _position(diagnostic.where, sources)
    return Finding(
        position=position,
        rule=diagnostic.rule,
        severity=diagnostic.severity,
        message=diagnostic.message,
        hint=diagnostic.hint,
        source_line=_line(position.path, position.line, sources),
        related=tuple((_position(where, sources), note) for where, note in diagnostic.related),
        fix=None if _is_laid_over(diagnostic.fix, sources) else diagnostic.fix,
    )


def _is_laid_over(fix: AnyFix | None, sources: Sources) -> bool:
    """Whether what a fix is about may stand in an environment, so that its route does not lead there."""
    is_routed = isinstance(fix, Fix | Renaming) and fix.place.path in sources.documents
    return is_routed and bool(sources.environment)


def _line(path: str, line: int, sources: Sources) -> str:
    text = sources.texts.get(path) or sources.manifests.get(path)
    return text.line(line) if text else ""


def _position(where: Position | Place, sources: Sources) -> Position:
    if isinstance(where, Position):
        return where
    if where.route and isinstance(where.route[0], int):
        return sources.manifests[where.path].position(where.route, where.at_key)
    document, route = sources.documents[where.path], where.route
    if len(route) > 2 and route[0] == "nodes" and not _holds(document.data, route):
        inherited = ("defaults", *route[2:])
        if _holds(document.data, inherited):
            route = inherited
    return document.position(route, where.at_key)


def _holds(data: Data, route: Route) -> bool:
    found: Any = data
    try:
        for step in route:
            found = found[step]
    except (LookupError, TypeError):
        return False
    return True


def _is_ignored(finding: Finding, sources: Sources) -> bool:
    """Whether the finding's line, or a comment line above it, says so; errors cannot be ignored."""
    if finding.severity is Severity.ERROR:
        return False
    above = _line(finding.position.path, finding.position.line - 1, sources)
    lines = [finding.source_line, above if above.lstrip().startswith("#") else ""]
    rules = [match[1] for line in lines for match in _IGNORE.finditer(line)]
    return any(finding.rule in rule.replace(" ", "").split(",") for rule in rules)
