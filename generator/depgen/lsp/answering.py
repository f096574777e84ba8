"""The answers to an editor's questions about one spot of a file, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from depgen.diagnostics import Finding
from depgen.fixing.edits import Edit
from depgen.lsp import hovering, mending
from depgen.lsp.desk import View
from depgen.lsp.renaming import Rename
from depgen.lsp.spots import Name, Unfinished, expects_node, graph_of, names, unfinished
from depgen.lsp.telling import diagnostics


def definition(view: View, path: str, at: lsp.Position) -> list[lsp.Location]:
    """Where the node that is named there has its entry; in several files if it has several."""
    return [place for place, one in _same(view, path, at) if one.is_own]


def references(view: View, path: str, at: lsp.Position) -> list[lsp.Location]:
    """Everything that names the node that is named there."""
    return [place for place, _ in _same(view, path, at)]


def hover(view: View, path: str, at: lsp.Position) -> lsp.Hover | None:
    """What is known of the node that is named there, and of the rules that it breaks."""
    name = _name(view, path, at)
    parts = [
        _rule(view, found) for found in diagnostics(view, view.findings()).get(path, ()) if _holds(found, at)
    ]
    if name and (known := hovering.markdown(view.checked, view.manifests, name.graph, name.node, view.now)):
        parts.insert(0, known)
    if not parts:
        return None
    where = view.lines(path).range(name.start, name.end) if name else None
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, "\n\n---\n\n".join(parts)), where)


def _rule(view: View, found: lsp.Diagnostic) -> str:
    return f"`{found.code}`: {view.rules.get(str(found.code), '')}"


def _holds(found: lsp.Diagnostic, at: lsp.Position) -> bool:
    return found.range.start <= at <= found.range.end


def completion(view: View, path: str, at: lsp.Position) -> list[lsp.CompletionItem]:
    """The nodes that may stand there; none where none is expected."""
    lines = view.lines(path)
    half = unfinished(lines.text, lines.index(at))
    if half is None or (spot := half.spot) is None or not expects_node(spot):
        return []
    where = lines.range(half.start, half.end)
    kind = lsp.CompletionItemKind.Reference
    return [
        lsp.CompletionItem(node, kind=kind, detail=file, text_edit=lsp.TextEdit(where, node))
        for node, file in sorted(_nodes(view, path, half).items())
        if ("nodes", node) != spot.route[:2]
    ]


def _nodes(view: View, path: str, half: Unfinished) -> dict[str, str]:
    """The nodes of the graph of a file that is being edited, each with the name of its file."""
    graph, told = graph_of(half.page), {**view.names, path: names(half.page)}
    return {
        one.node: Path(of).name
        for of, found in told.items()
        for one in found
        if one.is_own and one.graph == graph
    }


def renamable(view: View, path: str, at: lsp.Position) -> lsp.PrepareRenamePlaceholder | None:
    """What would be renamed."""
    name = _name(view, path, at)
    if name is None:
        return None
    return lsp.PrepareRenamePlaceholder(view.lines(path).range(name.start, name.end), name.node)


def rename(view: View, path: str, at: lsp.Position, to: str) -> lsp.WorkspaceEdit | None:
    """The edits that call the node there otherwise; InputError if it cannot be called that."""
    name = _name(view, path, at)
    if name is None:
        return None
    return _workspace(view, Rename(view, name, to).edits())


def actions(
    view: View, path: str, within: lsp.Range, only: Sequence[str | lsp.CodeActionKind] | None
) -> list[lsp.CodeAction]:
    """The fixes of findings on the lines asked about, and all fixes at once where that is asked for or they are several."""
    found = mending.fixes(view)
    told = [
        _action(view, finding, of, edit)
        for finding, (of, edit) in found.items()
        if finding.position.path == path
        and within.start.line <= finding.position.line - 1 <= within.end.line
        and _is_wanted(lsp.CodeActionKind.QuickFix, only)
    ]
    if found and _is_wanted(lsp.CodeActionKind.SourceFixAll, only):
        edits = {of: [edit] for of, edit in mending.all_fixes(view).items()}
        title = "depgen: fix all that can be fixed for certain"
        told.append(lsp.CodeAction(title, kind=lsp.CodeActionKind.SourceFixAll, edit=_workspace(view, edits)))
    return told


def _action(view: View, finding: Finding, of: str, edit: Edit) -> lsp.CodeAction:
    about = diagnostics(view, [finding])[finding.position.path]
    return lsp.CodeAction(
        f"depgen: {finding.hint or finding.message}",
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=about,
        is_preferred=True,
        edit=_workspace(view, {of: [edit]}),
    )


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    return not only or any(kind == one or kind.startswith(one + ".") for one in only)


def _workspace(view: View, edits: Mapping[str, Iterable[Edit]]) -> lsp.WorkspaceEdit:
    return lsp.WorkspaceEdit(
        changes={
            view.uri(path): [
                lsp.TextEdit(view.lines(path).range(edit.start, edit.end), edit.text) for edit in made
            ]
            for path, made in edits.items()
        }
    )


def _name(view: View, path: str, at: lsp.Position) -> Name | None:
    """The node that is named at a position."""
    index = view.lines(path).index(at)
    return next((one for one in view.names.get(path, ()) if one.start <= index <= one.end), None)


def _same(view: View, path: str, at: lsp.Position) -> list[tuple[lsp.Location, Name]]:
    """Everything that names the same node."""
    name = _name(view, path, at)
    if name is None:
        return []
    return [
        (lsp.Location(view.uri(of), view.lines(of).range(one.start, one.end)), one)
        for of, told in view.names.items()
        for one in told
        if (one.graph, one.node) == (name.graph, name.node)
    ]
