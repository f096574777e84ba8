"""One HTML file of a drawing and its data: nothing is loaded, and nothing may be.

What a newcomer gets wrong: the policy allows the one style and the one script whose hashes stand in it, so a `style`
attribute or an `onclick` does nothing, and the browser says so on its console. Everything in the file is readable
without the script; that only moves and finds.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

COLUMNS = ("Node", "Kind", "Graph", "Namespace", "Owner", "Tags", "Waits for", "Waited for by")


class TableRow(NamedTuple):
    """A node in the table: a cell for each of COLUMNS, of which the first is its name."""

    id: str
    name: str
    cells: tuple[str, ...]


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
            columns=COLUMNS,
            rows=list(_rows(data["nodes"], data["edges"])),
            has_changes=bool(data.get("changes")),
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


def _rows(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> Iterator[TableRow]:
    waits_for: dict[int, list[str]] = {}
    waited_by: dict[int, list[str]] = {}
    for edge in edges:
        waits_for.setdefault(edge["to"], []).append(nodes[edge["from"]]["name"])
        waited_by.setdefault(edge["from"], []).append(nodes[edge["to"]]["name"])
    for number, node in enumerate(nodes):
        beside = (", ".join(dict.fromkeys(found.get(number, ()))) for found in (waits_for, waited_by))
        own = (node["kind"], node["graph"], node["namespace"], node.get("owner") or "", *node.get("tags", ()))
        cells = (*own[:4], ", ".join(own[4:]), *beside)
        yield TableRow(node["id"], node["name"], cells)
