"""One HTML file of a drawing and its data: nothing is loaded, and nothing may be.

What a newcomer gets wrong: the policy allows the one style and the one script whose hashes stand in it, so a `style`
attribute or an `onclick` does nothing, and the browser says so on its console. Everything in the file is readable
without the script; that only moves and finds.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from depgen.report.display import count

COLUMNS = ("Node", "Kind", "Graph", "Namespace", "Owner", "Tags", "Waits for", "Waited for by")


class TableRow(NamedTuple):
    """A node in the table: a cell for each column, of which the first is its name."""

    id: str
    cells: tuple[str, ...]


class Table(NamedTuple):
    """All nodes."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


class View(NamedTuple):
    """One of the page's views."""

    id: str
    name: str


def document(
    title: str, drawing: str, data: Mapping[str, Any], days: str = "", is_served: bool = False
) -> str:
    """The page. `drawing` is the SVG, `days` the HTML of the timeline, `data` what the script reads.

    A page that is served may ask its own server again; any other may connect to nothing.
    """
    style, script = asset("page.css"), asset("page.js")
    views = [View("lineage", "Lineage"), View("timeline", "Timeline"), View("table", "Table")]
    return (
        templates()
        .get_template("page.html.j2")
        .render(
            title=title,
            policy=policy(style, script, is_served),
            css=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704
            drawing=Markup(drawing),  # noqa: S704 - made of escaped text
            days=Markup(days),  # noqa: S704
            data=htmlsafe_json_dumps(data, separators=(",", ":"), ensure_ascii=False),
            views=[view for view in views if days or view.id != "timeline"],
            has_states=bool(days or data["live"]),
            table=_table(data["nodes"], data["edges"]),
        )
    )


def policy(style: str, script: str, is_served: bool) -> str:
    """What the page may do: its own style and script, and pictures that it made itself."""
    parts = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "img-src data: blob:",
        *(["connect-src 'self'"] if is_served else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def asset(name: str) -> str:
    """A file of `page/assets`."""
    return (files("depgen.page") / "assets" / name).read_text(encoding="utf-8")


def templates() -> Environment:
    """The templates of the page: every value is escaped."""
    return Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _table(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Sequence[int]]) -> Table:
    """Columns in which nothing stands are left out."""
    waits_for: dict[int, list[str]] = {}
    waited_by: dict[int, list[str]] = {}
    for upstream, downstream, *_ in edges:
        waits_for.setdefault(downstream, []).append(nodes[upstream]["name"])
        waited_by.setdefault(upstream, []).append(nodes[downstream]["name"])
    beside = [[", ".join(found.get(n, ())) for found in (waits_for, waited_by)] for n in range(len(nodes))]
    rows = [[*_own(node), *names] for node, names in zip(nodes, beside, strict=True)]
    kept = [number for number in range(len(COLUMNS)) if any(row[number] for row in rows)]
    return Table(
        count(len(rows), "node"),
        tuple(COLUMNS[number] for number in kept),
        tuple(
            TableRow(node["id"], tuple(row[n] for n in kept)) for node, row in zip(nodes, rows, strict=True)
        ),
    )


def _own(node: Mapping[str, Any]) -> tuple[str, ...]:
    texts = (node.get(name) or "" for name in ("name", "kind", "graph", "namespace", "owner"))
    return (*texts, ", ".join(node.get("tags", ())))
