"""Makes whole graphs of the snippets in rules and documentation.

A snippet may be a graph, or some of its top-level fields: those that are mandatory and missing are added.
"""

from __future__ import annotations

import re

from depgen import pipeline
from depgen.pipeline import Checked, InputFile

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


def checked(*texts: str) -> Checked:
    """What the compiler says of whole graph files."""
    return pipeline.check(pipeline.load(InputFile(f"{i}.yaml", text.encode()) for i, text in enumerate(texts)))


def found(*texts: str) -> list[str]:
    """Its findings, each on one line."""
    return [f"{f.position.line}: {f.text} [{f.rule}]" for f in checked(*texts).findings]
