"""Makes whole graphs of the snippets in rules and documentation.

A snippet may be a graph, or some of its top-level fields: those that are mandatory and missing are added.
"""

from __future__ import annotations

import re

from depgen import pipeline
from depgen.diagnostics import Finding
from depgen.pipeline import InputFile

_FRAME = {
    "apiVersion": "apiVersion: depgen.io/v1",
    "graph": "graph: etl",
    "namespace": "namespace: data",
    "timezone": "timezone: Europe/Paris",
    "nodes": "nodes: {load: {source: {cronWorkflow: load}}}",
}


def framed(snippet: str) -> str:
    """The snippet with the top-level fields that every graph has."""
    present = set(re.findall(r"^([A-Za-z]+):", snippet, re.MULTILINE))
    return "\n".join([*(line for name, line in _FRAME.items() if name not in present), snippet])


def findings(snippet: str) -> list[Finding]:
    """What the compiler finds in a snippet. A source that nothing waits for is none: there is more of the graph."""
    found = pipeline.check_everywhere(pipeline.load([InputFile("graph.yaml", framed(snippet).encode())]))
    return [finding for finding in found if finding.rule != "unused-source"]
