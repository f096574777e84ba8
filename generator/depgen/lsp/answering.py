"""The answers to an editor's questions about one spot of a file, in the words of the protocol."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from depgen.diagnostics import Finding
from depgen.fixing.edits import Edit
from depgen.lsp import hovering, mending
from depgen.lsp.desk import View
from depgen.lsp.renaming import Rename
from depgen.lsp.spots import Name, expects_node, unfinished
from depgen.lsp.telling import diagnostics, uri


def definition(view: View, path: str, at: lsp.Position) -> list[lsp.Location]:
    """Where the node that is named there has its entry; in several files if it has several."""
    return [place for place, one in _same(view, path, at) if one.is_own]


def references(view: View, path: str, at: lsp.Position) -> list[lsp.Location]:
    """Everything that names the node that is named there."""
    return [place for place, _ in _same(view, path, at)]


def hover(view: View, path: str, at: lsp.Position) -> lsp.Hover | None:
    """What is known of the node that is named there."""
    name = _name(view, path, at)
    if name is None:
        return None
    told = hovering.markdown(view.checked, view.manifests, name.graph, name.node, view.now)
    content = lsp.MarkupContent(lsp.MarkupKind.Markdown, told)
    return lsp.Hover(content, view.lines(path).range(name.start, name.end)) if told else None


def completion(view: View, path: str, at: lsp.Position) -> list[lsp.CompletionItem]:
    """The nodes that may stand there; none where none is expected."""
    lines = view.lines(path)
    half = unfinished(view.texts.get(path, ""), lines.index(at))
    if half is None or (spot := half.spot) is None or not expects_node(spot):
        return []
    own = str(spot.route[1]) if spot.route[0] == "nodes" else ""
    where = lines.range(half.start, half.end)
    return [
        lsp.CompletionItem(
            id_, kind=lsp.CompletionItemKind.Reference, detail=of, text_edit=lsp.TextEdit(where, id_)
        )
        for id_, of in _nodes(view, path, half.graph)
        if id_ != own
    ]


def _nodes(view: View, path: str, graph: str) -> list[tuple[str, str]]:
    """The nodes of a graph and the files that they stand in, those of the file itself read as they can be."""
    found = {
        one.node: Path(of).name
        for of, told in view.names.items()
        for one in told
        if one.is_own and one.graph == graph
    }
    if path not in view.pages:
        whole = {name.node: Path(path).name for name in ()}
        found |= whole
    return sorted(found.items())


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
    return _workspace(view, Rename(view, name, to).edits(_saved(view)))


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
        told.append(
            lsp.CodeAction(title, kind=lsp.CodeActionKind.SourceFixAll, edit=_workspace(view, edits))
        )
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
    return not only or any(kind == one or kind.startswith(f"{one}.") for one in map(str, only))


def _workspace(view: View, edits: Mapping[str, Iterable[Edit]]) -> lsp.WorkspaceEdit:
    return lsp.WorkspaceEdit(
        changes={
            uri(path): [
                lsp.TextEdit(view.lines(path).range(edit.start, edit.end), edit.text) for edit in made
            ]
            for path, made in edits.items()
        }
    )
