"""A lineage as SVG: readable as it stands, and what the page's script brings to life.

Everything that a colour tells, a shape tells too: statuses by dashes, joins by heads of arrows, conditions by letters.
The SVG has classes and no style of its own; the page has a style sheet, and `standalone` adds a small one. Names are
what the language allows, but labels, tags and objects are anybody's text, and all of it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from depgen.page.legend import KINDS, LETTERS, legend
from depgen.page.lineage import NAME_PIXELS, PADDING, SUB_PIXELS, USUAL, Lineage, PageEdge, PageNode, Sheet
from depgen.page.viewing import Point
from depgen.report.display import visible

# Of more lines than this, those that mean what is usual have no title: they would be a tenth of a page.
_MOST_TITLES = 2000
_HEADS = {
    "all": '<path d="M0 0 8 4 0 8z" fill="context-stroke"/>',
    "any": '<circle cx="4" cy="4" r="3" class="hollow" stroke="context-stroke"/>',
    "atLeast": '<path d="M0 4 4 0 8 4 4 8z" class="hollow" stroke="context-stroke"/>',
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What else is shown of nodes and edges: ids on the critical path, and what became of ids since an older version."""

    critical: frozenset[str] = frozenset()
    changes: Mapping[str, str] = field(default_factory=dict)

    def classes(self, id_: str) -> str:
        """The classes of a node or edge, each after a space."""
        found = [self.changes[id_]] if id_ in self.changes else []
        return "".join(f" {name}" for name in (*(["critical"] if id_ in self.critical else []), *found))

    def said(self, id_: str) -> str:
        """What became of a node or edge, in words for those who do not see its colour, after a comma."""
        return f", {self.changes[id_]}" if id_ in self.changes else ""


NO_MARKS = Marks()


def drawing(lineage: Lineage, marks: Marks = NO_MARKS, title: str = "Lineage") -> str:
    """The SVG element, layers from left to right, with a legend below."""
    key = legend(lineage, marks.changes.values(), bool(marks.critical), lineage.lr.height)
    width, height = max(lineage.lr.width, key.width), key.bottom
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id="lineage" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="group" aria-label="{text(title)}">',
        "<defs>",
        *(_marker(join, shape) for join, shape in _HEADS.items()),
        "</defs>",
        '<g class="scene">',
        *_frames(lineage.lr),
        '<g class="edges">',
        *(_edge(edge, marks, len(lineage.edges) <= _MOST_TITLES) for edge in lineage.edges),
        "</g>",
        '<g class="nodes">',
        *(_node(number, node, marks) for number, node in enumerate(lineage.nodes)),
        "</g>",
        "</g>",
        *key.lines,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def path(points: Sequence[Point]) -> str:
    """The `d` of a line: from point to point straight, or by a curve that starts and ends along the layers."""
    found = [f"M{points[0].x} {points[0].y}"]
    for one, other in pairwise(points):
        x, y = other.x - one.x, other.y - one.y
        found.append(f"c{x // 2} 0 {x // 2} {y} {x} {y}" if y else f"h{x}")
    return "".join(found)


def text(given: str) -> str:
    """Anybody's text as it may stand between tags and in attributes; nothing in it hides."""
    return escape(visible(given))


def _marker(join: str, shape: str) -> str:
    return (
        f'<marker id="head-{join}" class="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        f'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">{shape}</marker>'
    )


def _frames(sheet: Sheet) -> Iterator[str]:
    for frame in sheet.frames:
        yield (
            f'<g class="frame" data-group="{text(frame.group)}"><rect x="{frame.x}" y="{frame.y}" '
            f'width="{frame.width}" height="{frame.height}" rx="8"/>'
            f'<text x="{frame.x + 12}" y="{frame.y + 18}">{text(frame.group)}</text></g>'
        )


def _edge(edge: PageEdge, marks: Marks, is_titled: bool) -> str:
    classes = " ".join(("edge", edge.on, edge.join, *edge.flags)) + marks.classes(edge.id)
    change = marks.said(edge.id)
    is_told = is_titled or edge.words != USUAL or change
    said = f"<title>{text(edge_title(edge) + change)}</title>" if is_told else ""
    drawn = f'<path class="{classes}" id="{edge.id}" d="{path(edge.lr)}">{said}</path>'
    letters = "".join(LETTERS[flag] for flag in edge.flags if flag in LETTERS)
    if not letters:
        return drawn
    end = edge.lr[-1]
    is_back = edge.lr[-2].x > end.x
    anchor, x = ("start", end.x + 12) if is_back else ("end", end.x - 12)
    return f'{drawn}<text class="flags" x="{x}" y="{end.y + 3}" text-anchor="{anchor}">{letters}</text>'


def edge_title(edge: PageEdge) -> str:
    """An edge in one sentence."""
    upstream, downstream = (id_.rpartition("/")[2] for id_ in (edge.upstream, edge.downstream))
    if edge.on == "listens":
        return f"{downstream} listens to {edge.upstream}"
    return f"{downstream} waits for {upstream}: {edge.words}"


def _node(number: int, node: PageNode, marks: Marks) -> str:
    classes = f"node {node.kind}{' gated' if node.has_gate else ''}{marks.classes(node.id)}"
    said = (f"{KINDS[node.kind]} {node.name}{marks.said(node.id)}", node.what, *node.extras)
    room = node.width - PADDING
    gate = f'<path class="barrier" d="M-6 2V{node.height - 2}"/>' if node.has_gate else ""
    radius = 5 if node.kind == "node" else node.height // 2
    return (
        f'<g class="{classes}" id="node-{number}" data-id="{node.id}" transform="translate({node.lr.x} {node.lr.y})">'
        f"<title>{chr(10).join(map(text, said))}</title>"
        f'<rect class="box" width="{node.width}" height="{node.height}" rx="{radius}"/>{gate}'
        f'<text class="name" x="14" y="18">{_short(node.name, room, NAME_PIXELS)}</text>'
        f'<text class="sub" x="14" y="33">{_short(node.what, room, SUB_PIXELS)}</text></g>'
    )


def _short(given: str, room: int, pixels: float) -> str:
    """As much of a text as fits into so many pixels."""
    shown, most = visible(given), int(room / pixels)
    return escape(shown if len(shown) <= most else shown[: most - 1] + "\N{HORIZONTAL ELLIPSIS}")
