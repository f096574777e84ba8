"""A fix as one edit of a text, made at the nodes that the text has.

Whatever would take a comment along, or reflow lines that somebody laid out, is refused: those are the author's. The
edit is only proposed here. `mending` reads the text anew and holds it against what was intended, so what this module does not
foresee of YAML costs a fix and never a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from depgen.diagnostics import Fix, FixValue, Position, Renaming
from depgen.fixing import tree, values
from depgen.fixing.tree import LINE_END, Kind, Node, Page, UnfixableError

_ELSEWHERE = "what it is about is not written here"
_COMMA = re.compile(r"[ \t]*,")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit, and what makes of the tree of the old text that of the new one."""

    edit: Edit
    intend: Callable[[], None]


def of_fix(page: Page, fix: Fix) -> Proposal:
    """The edit that sets or removes a field or an entry; UnfixableError if there is none."""
    text, holder = page.text, tree.at(page.roots, fix.place.route)
    if holder.kind is Kind.LIST:
        item = tree.child(holder, fix.field)
        if fix.value is None:
            return _removed_item(text, holder, item)
        return _replaced(page, holder, item, fix.value)
    if holder.kind is not Kind.MAPPING:
        raise UnfixableError(_ELSEWHERE)
    name = str(fix.field)
    if fix.value is None:
        return _removed_field(text, holder, *tree.pair(holder, name))
    if any(tree.is_named(key, name) for key, _ in holder.pairs):
        return _replaced(page, holder, tree.child(holder, name), fix.value)
    return _added(page, holder, name, fix.value)


def of_renaming(page: Page, renaming: Renaming) -> Proposal:
    """The edit that calls a field otherwise; UnfixableError if there is none, or one of the new name already."""
    holder = tree.at(page.roots, renaming.place.route)
    key, _ = tree.pair(holder, renaming.field)
    if any(tree.is_named(other, renaming.name) for other, _ in holder.pairs):
        raise UnfixableError(f'"{renaming.name}" is there as well')
    return _replaced(page, holder, key, renaming.name)


def of_quoting(page: Page, position: Position) -> Proposal:
    """The edit that puts quotes around the scalar there; UnfixableError if none without them begins there."""
    node = page.scalar(page.index(position))
    if node is None:
        raise UnfixableError(_ELSEWHERE)
    bare = node

    def intend() -> None:
        bare.style = '"'

    return Proposal(Edit(bare.start, bare.end, values.quoted(bare.value)), intend)


# ---- setting ----


def _replaced(page: Page, holder: Node, old: Node, value: FixValue) -> Proposal:
    if old.kind is Kind.ALIAS or old.has_properties:
        raise UnfixableError("the value has a YAML anchor, alias or tag")
    is_collection = old.kind is not Kind.SCALAR
    if old.is_block_text or (
        is_collection and (not old.is_flow or _has_line_end(page.text[old.start : old.end]))
    ):
        raise UnfixableError("the value stands on several lines")
    style = "json" if page.is_json else old.style
    gap = " " if old.start == old.end else ""
    edit = Edit(old.start, old.end, gap + values.written(value, style))
    new = values.node(value, style)
    return Proposal(edit, lambda: _swap(holder, old, new))


def _swap(holder: Node, old: Node, new: Node) -> None:
    holder.children[holder.children.index(old)] = new


def _added(page: Page, holder: Node, name: str, value: FixValue) -> Proposal:
    style = "json" if page.is_json else ""
    line = f"{values.written(name, style)}: {values.written(value, style)}"
    new = [values.node(name, style), values.node(value, style)]
    return Proposal(
        _added_in_flow(holder, line) if holder.is_flow else _added_line(page.text, holder, line),
        lambda: holder.children.extend(new),
    )


def _added_in_flow(holder: Node, field: str) -> Edit:
    if not holder.children:
        return Edit(holder.start + 1, holder.start + 1, field)
    end = holder.children[-1].end
    return Edit(end, end, f", {field}")


def _added_line(text: str, holder: Node, field: str) -> Edit:
    """A line of its own behind the last field that takes one line; behind all, if none does."""
    first = holder.children[0].start
    line = " " * (first - _line_start(text, first)) + field
    short = [value for key, value in holder.pairs if not _has_line_end(text[key.start : value.end])]
    after = (short or holder.children)[-1].end
    if after and text[after - 1] in "\r\n" and not short:  # a block of text ends where the next line begins
        return Edit(after, after, line + _line_break(text))
    after = _line_end(text, after)
    return Edit(after, after, _line_break(text) + line)


# ---- removing ----


def _removed_field(text: str, holder: Node, key: Node, value: Node) -> Proposal:
    at = holder.children.index(key)
    following = holder.children[at + 2] if at + 2 < len(holder.children) else None
    before = holder.children[at - 1] if at else None
    end = max(key.end, value.end)
    if holder.is_flow:
        edit = _without_comments(text, _removed_in_flow(text, before, key.start, end, following))
    elif len(holder.children) == 2:
        raise UnfixableError("nothing would be left there")
    elif _begins_line(text, key.start):
        edit = _removed_lines(text, key.start, end)
    elif following is None:
        raise UnfixableError("it does not stand on a line of its own")
    else:
        edit = _without_comments(text, Edit(key.start, following.start, ""))
    return Proposal(edit, lambda: _drop(holder, key, value))


def _removed_item(text: str, holder: Node, item: Node) -> Proposal:
    at = holder.children.index(item)
    following = holder.children[at + 1] if at + 1 < len(holder.children) else None
    before = holder.children[at - 1] if at else None
    if holder.is_flow:
        edit = _without_comments(text, _removed_in_flow(text, before, item.start, item.end, following))
    else:
        dash = text.rfind("-", 0, item.start)
        if len(holder.children) == 1:
            raise UnfixableError("nothing would be left there")
        if dash < 0 or not _begins_line(text, dash) or text[dash + 1 : item.start].strip():
            raise UnfixableError("it does not stand on a line of its own")
        edit = _removed_lines(text, dash, item.end)
    return Proposal(edit, lambda: _drop(holder, item))


def _drop(holder: Node, *gone: Node) -> None:
    holder.children = [child for child in holder.children if child not in gone]


def _removed_in_flow(text: str, before: Node | None, start: int, end: int, following: Node | None) -> Edit:
    if before is not None:
        return Edit(before.end, end, "")
    if following is not None:
        return Edit(start, following.start, "")
    comma = _COMMA.match(text, end)
    return Edit(start, comma.end() if comma else end, "")


def _removed_lines(text: str, start: int, end: int) -> Edit:
    """From the beginning of the line of `start` to the end of that of `end`, with one line break."""
    first, last = _line_start(text, start), end
    if not (end and text[end - 1] in "\r\n"):
        last = _line_end(text, end)
        line_break = LINE_END.match(text, last)
        if line_break:
            last = line_break.end()
        elif first:
            first -= 2 if text[:first].endswith("\r\n") else 1
    edit = Edit(first, last, "")
    return _without_comments(text, edit)


def _without_comments(text: str, edit: Edit) -> Edit:
    # A "#" may be part of a text, but nobody is hurt if such a field is left to its author.
    if "#" in text[edit.start : edit.end]:
        raise UnfixableError("a comment would go with it")
    return edit


# ---- lines ----


def _has_line_end(text: str) -> bool:
    return LINE_END.search(text) is not None


def _line_start(text: str, index: int) -> int:
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _line_end(text: str, index: int) -> int:
    """Where the line of `index` ends, before its line break."""
    found = LINE_END.search(text, index)
    return found.start() if found else len(text)


def _begins_line(text: str, index: int) -> bool:
    return not text[_line_start(text, index) : index].strip()


def _line_break(text: str) -> str:
    """The line break that the text uses."""
    found = LINE_END.search(text)
    return found[0] if found else "\n"
