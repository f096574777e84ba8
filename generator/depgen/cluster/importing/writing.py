"""A draft as the text of a graph file, with its reasons as comments.

What comes from manifests is somebody else's text: it stands in scalars that `yamltext` quotes, or in comments, of which
every line is stripped of what is not printable, so that none of it can begin a line of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from depgen.cluster.importing.draft import Draft, Node
from depgen.phrases import quoted
from depgen.yamltext import scalar

WIDTH = 110
LONGEST_REMARK = 600


@dataclass(frozen=True)
class Written:
    """`lines` has for each line the id of the node that it is of; "" is none."""

    text: str
    lines: tuple[str, ...]


def write(draft: Draft) -> Written:
    """The whole file."""
    lines = [(line, "") for line in _head(draft)]
    nodes = sorted(draft.nodes.values(), key=lambda node: "source" not in node.body)
    lines.append(("nodes:" if any(not node.asleep for node in nodes) else "nodes: {}", ""))
    for node in nodes:
        lines += [(line, node.id) for line in (*_node(node), "")]
    lines += [(line, "") for line in _tail(draft)]
    text = "".join(f"{line}\n" for line, _ in lines).rstrip("\n") + "\n"
    return Written(text, tuple(id_ for _, id_ in lines))


def _head(draft: Draft) -> Iterator[str]:
    yield from _comment(f"A first graph, made by depgen import from {draft.origin}.", "")
    words = "What was guessed says how sure it is: high (the manifests say so), medium (likely), low (have a look)."
    yield from _comment(words, "")
    for sentence in _twice(draft):
        yield from _comment(sentence, "")
    yield "apiVersion: depgen.io/v1"
    yield f"graph: {scalar(draft.graph)}"
    yield f"namespace: {scalar(draft.namespace)}"
    yield f"timezone: {scalar(draft.zone)}"
    if draft.partitions > 1:
        yield f"partitions: {draft.partitions}"
    yield ""


def _twice(draft: Draft) -> Iterator[str]:
    """What has to end before the graph begins."""
    known = {node.stands_for for node in draft.nodes.values() if node.stands_for and not node.asleep}
    for action in sorted({action for action, _ in known}):
        names = ", ".join(quoted(name) for one, name in sorted(known) if one == action)
        yield f"Before it goes live, {action} {names}: the same runs would be started twice."
    if any(action.startswith("suspend") for action, _ in known):
        yield "With mode: shadow it starts nothing, and depgen compare says what it would have done."


def _tail(draft: Draft) -> Iterator[str]:
    groups = (
        (
            "maybe: these start one after the other; an edge is right if the second needs the first.",
            draft.suggestions,
        ),
        ("Not in this graph:", draft.leftovers),
    )
    for title, sentences in groups:
        if sentences:
            yield from _comment(title, "")
            for sentence in sentences:
                yield from _comment(f"- {sentence}", "")
            yield ""


def _node(node: Node) -> Iterator[str]:
    for remark in dict.fromkeys(node.remarks):
        yield from _comment(remark, "  ")
    body = [f"{scalar(node.id)}:", *(f"  {line}" for line in block(node.body))]
    if node.asleep:
        yield from _comment(f"commented out: {node.asleep}", "  ")
        yield from (f"  # {_printable(line)}" for line in body)
    else:
        yield from (f"  {line}" for line in body)


def _comment(sentence: str, margin: str) -> Iterator[str]:
    short = sentence if len(sentence) <= LONGEST_REMARK else f"{sentence[: LONGEST_REMARK - 3]}..."
    width = WIDTH - len(margin) - 2
    lines = textwrap.wrap(_printable(short), width, subsequent_indent="  ", break_on_hyphens=False)
    yield from (f"{margin}# {line}" for line in lines)


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in line)


# ---- values ----


def block(mapping: dict[str, object]) -> Iterator[str]:
    """The lines of a mapping: on one line what fits there."""
    for key, value in mapping.items():
        flow = _flow(value)
        if not value or not isinstance(value, dict | list) or len(key) + len(flow) < WIDTH - 20:
            yield f"{scalar(key)}: {flow}"
        elif isinstance(value, dict):
            yield f"{scalar(key)}:"
            yield from (f"  {line}" for line in block(value))
        else:
            yield f"{scalar(key)}:"
            yield from (f"  {line}" for line in _items(value))


def _items(values: list[object]) -> Iterator[str]:
    for value in values:
        flow = _flow(value)
        if not value or not isinstance(value, dict | list) or len(flow) < WIDTH - 20:
            yield f"- {flow}"
            continue
        lines = list(block(value) if isinstance(value, dict) else _items(value))
        yield f"- {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)
