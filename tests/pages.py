"""Graphs for tests of the page: compiled, and as lineages."""

from __future__ import annotations

from textwrap import dedent

from depgen import pipeline
from depgen.page.lineage import Lineage, PageNode, lineage
from depgen.pipeline import Checked, InputFile

HEAD = "apiVersion: depgen.io/v1\ngraph: etl\nnamespace: data\ntimezone: Europe/Paris\n"


def compiled(*texts: str) -> Checked:
    """Whole graph files, without errors."""
    files = [InputFile(f"graph{number}.yaml", dedent(text).encode()) for number, text in enumerate(texts)]
    checked = pipeline.check(pipeline.load(files))
    assert not checked.has_errors, [finding.text for finding in checked.findings]
    return checked


def nodes(text: str, head: str = "") -> Checked:
    """A graph `etl` of the nodes in `text`."""
    body = "\n".join(f"  {line}" for line in dedent(text).strip().split("\n"))
    return compiled(f"{HEAD}{head}nodes:\n{body}\n")


def drawn(text: str, selected: str = "") -> Lineage:
    """The lineage of such a graph."""
    return lineage(nodes(text), selected=selected)


def node(of: Lineage, id_: str) -> PageNode:
    """A node of a lineage."""
    return next(one for one in of.nodes if one.id == id_)
