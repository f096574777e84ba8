"""The side panel: all that is known of a node without a cluster, in sections that the page shows as they are.

A section is `{"title", "rows": [[name, text]]}`, or has `"code"` (numbers of shared lines) or `"links"` instead of rows.
Addresses come from the author and from options; only http and https are made links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from depgen.diff.values import text as value_text
from depgen.document import Document
from depgen.model import Graph, Node, Run
from depgen.naming import LABEL_GRAPH, LABEL_NODE
from depgen.page.contents import Section
from depgen.page.lineage import PageNode
from depgen.page.lines import Lines
from depgen.page.objects import Made, Share
from depgen.page.schedule import in_words
from depgen.page.starts import Starts
from depgen.report.display import visible
from depgen.times import Period

_URL = re.compile(r"https?://[^\s]+")
_KINDS = {
    "workflowTemplate": "workflow-templates",
    "clusterWorkflowTemplate": "cluster-workflow-templates",
    "cronWorkflow": "cron-workflows",
}


@dataclass(frozen=True)
class Addresses:
    """Where to look further. `source`: a template with {file}, {line}, {graph} and {node}; `argo`: Argo's server."""

    source: str = ""
    argo: str = ""


@dataclass(frozen=True)
class Known:
    """Of one graph: what its details are made from."""

    graph: Graph
    every: Mapping[str, Period]
    made: Mapping[str, Made]
    starts: Starts
    documents: Mapping[str, Document]
    addresses: Addresses = field(default_factory=Addresses)


def details(known: Known, node: PageNode, lines: Lines) -> list[Section]:
    """The sections of a node; what it waits for, and in which words, the page's script reads off the lines."""
    own = known.graph.nodes[node.name]
    made = known.made[node.name]
    sections = [
        _rows("Node", _identity(node, own)),
        _rows("When", _when(known, own, node)),
        _rows("Parameters", [(name, value_text(param)) for name, param in own.run.params] if own.run else []),
        _rows("Tells of it", _alerts(known.graph, own)),
        _rows("Objects", [(f"{share.kind} {share.name}", _size(share)) for share in made.shares]),
        *(
            {"title": title, "code": lines.code(text, node.name if is_own else "")}
            for title, text, is_own in made.programs
        ),
        _links(known, own, node),
    ]
    return [section for section in sections if section]


def _rows(title: str, rows: Sequence[tuple[str, str]]) -> Section:
    return {"title": title, "rows": [[name, visible(text)] for name, text in rows]} if rows else {}


def _identity(node: PageNode, own: Node) -> list[tuple[str, str]]:
    notes = dict(own.notes)
    rows = [
        ("what", node.what),
        ("graph", node.graph),
        ("namespace", node.namespace),
        ("owner", node.owner),
        ("tags", ", ".join(node.tags)),
        *((name, notes.get(name, "")) for name in ("docs", "runbook")),
    ]
    return [(name, text) for name, text in rows if text and not (name in notes and _URL.fullmatch(text))]


def _when(known: Known, own: Node, node: PageNode) -> list[tuple[str, str]]:
    zone = own.source.key.zone if own.source else known.graph.zone
    rows = [("key", f"one for each {known.every[own.id].text}, {zone}")]
    rows += [("schedule", in_words(schedule)) for schedule in known.starts.schedules.get(own.id, ())]
    label = "next" if own.source else "next, at the earliest"
    coming = known.starts.next.get(own.id, ())
    rows += [
        (label if not number else "", _moment(start.at, start.key, zone))
        for number, start in enumerate(coming)
    ]
    calendars = [name for name in (own.runs_on, f"not {own.excludes}" if own.excludes else "") if name]
    rows += [("calendar", ", ".join(calendars))] if calendars else []
    rows += [("condition", extra) for extra in node.extras]
    past = "its previous key must have succeeded or been skipped"
    return rows + ([("condition", past)] if own.depends_on_past else [])


def _moment(at: int, key: str, zone: str) -> str:
    return f"{datetime.fromtimestamp(at, ZoneInfo(zone)):%a %Y-%m-%d %H:%M} ({key})"


def _alerts(graph: Graph, own: Node) -> list[tuple[str, str]]:
    rows = []
    if own.on_miss:
        rows.append(("when it is late", _told_by(own.on_miss)))
    if own.run and graph.on_failure:
        rows.append(("when it fails", _told_by(graph.on_failure)))
    return rows


def _told_by(run: Run) -> str:
    return f"{run.kind} {run.name}" if run.name else "a Workflow of its own"


def _size(share: Share) -> str:
    return f"{share.bytes:,} of {share.whole:,} bytes" if share.bytes else f"{share.whole:,} bytes"


# ---- links ----


def _links(known: Known, own: Node, node: PageNode) -> Section:
    notes = dict(own.notes)
    links = [(name, notes[name]) for name in ("docs", "runbook") if _URL.fullmatch(notes.get(name, ""))]
    links += [("source", _source(known, own))] if known.addresses.source else []
    links += list(_argo(known, own, node)) if known.addresses.argo else []
    return {"title": "Links", "links": [list(link) for link in links]} if links else {}


def _source(known: Known, own: Node) -> str:
    document = known.documents.get(own.place.path)
    line = document.position(own.place.route, at_key=True).line if document else 1
    values = {"file": own.place.path, "line": str(line), "graph": known.graph.name, "node": own.id}
    template = known.addresses.source
    return re.sub(r"\{(file|line|graph|node)\}", lambda found: quote(values[found[1]], safe="/"), template)


def _argo(known: Known, own: Node, node: PageNode) -> Iterator[tuple[str, str]]:
    base, namespace = known.addresses.argo.rstrip("/"), quote(node.namespace, safe="")
    target = own.source or own.run
    if target and target.kind in _KINDS:
        where = "" if target.kind == "clusterWorkflowTemplate" else f"/{namespace}"
        yield target.name, f"{base}/{_KINDS[target.kind]}{where}/{quote(target.name, safe='')}"
    if own.run:
        labels = [f"{LABEL_GRAPH}={known.graph.name}", f"{LABEL_NODE}={own.id}"]
        yield "its Workflows", f"{base}/workflows/{namespace}?{urlencode([('label', one) for one in labels])}"
