"""A node gets another id, everywhere at once, and keeps its history: `renamedFrom` says what it was called.

What is in the ledgers under the old id counts only with that field. The id that a cluster may know is the one in the saved
file: a node that was never saved has no history, and one that is renamed twice before it is saved keeps the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from depgen.diagnostics import Finding, Fix, Place, Severity
from depgen.errors import InputError
from depgen.fixing import values
from depgen.fixing.edits import Edit, of_fix
from depgen.fixing.tree import Page, UnfixableError, at, child
from depgen.lsp.desk import View
from depgen.lsp.spots import Name


@dataclass(frozen=True)
class Rename:
    """The node that `name` names is to be called `to`."""

    view: View
    name: Name
    to: str

    def edits(self) -> dict[str, list[Edit]]:
        """The edits of each file. InputError if the graph would then be worse."""
        found: dict[str, list[Edit]] = defaultdict(list)
        for path, told in self.view.names.items():
            found[path] += [self._edit(one) for one in told if _same(one, self.name)]
        found |= {path: [*found[path], edit] for path, edit in self._history().items()}
        changes = {path: sorted(made, key=lambda edit: edit.start) for path, made in found.items() if made}
        self._refuse_worse(changes)
        return changes

    def _edit(self, one: Name) -> Edit:
        return Edit(one.start, one.end, values.written(self.to, one.style))

    def _history(self) -> dict[str, Edit]:
        """The edit that sets `renamedFrom`, where the node has its own entry."""
        path = next((path for path, told in self.view.names.items() if self._is_home(told)), None)
        if path is None or not self._is_home(self.view.saved_names.get(path, [])):
            return {}
        route = ("nodes", self.name.node)
        former = self.name.node if self.to != _former(self.view.pages[path], route) else None
        try:
            proposal = of_fix(self.view.pages[path], Fix(Place(path, route), "renamedFrom", former))
        except UnfixableError:
            return {}
        return {path: proposal.edit}

    def _is_home(self, told: list[Name]) -> bool:
        return any(one.is_own and _same(one, self.name) for one in told)

    def _refuse_worse(self, changes: Mapping[str, list[Edit]]) -> None:
        after = {path: _edited(self.view.texts[path], made).encode() for path, made in changes.items()}
        before, behind = _errors(self.view.findings()), _errors(self.view.findings(after))
        if len(behind) > len(before):
            known = {(finding.rule, finding.position.path) for finding in before}
            first = next((f for f in behind if (f.rule, f.position.path) not in known), behind[0])
            raise InputError(first.text)


def _same(one: Name, other: Name) -> bool:
    return (one.graph, one.node) == (other.graph, other.node)


def _former(of: Page, route: tuple[str, ...]) -> str:
    """What the node was called before, as it is written."""
    try:
        return child(at(of.roots, route), "renamedFrom").value
    except UnfixableError:
        return ""


def _errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _edited(text: str, changes: list[Edit]) -> str:
    for edit in reversed(changes):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
