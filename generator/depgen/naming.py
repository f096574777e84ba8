"""Every Kubernetes name, label and hash that depgen makes; the rules stand in the docstrings.

Graph names hold no hyphen, so `<graph>-` can only be the prefix of that graph's objects; keys hold no hyphen,
so the last part of a Workflow's name is always its key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import TypeVar

Item = TypeVar("Item")

LABEL_FORMAT = "depgen.io/format"
LABEL_GRAPH = "depgen.io/graph"
LABEL_KEY = "depgen.io/key"
LABEL_NODE = "depgen.io/node"
LABEL_PARTITION = "depgen.io/partition"
ANNOTATION_CAUSE = "depgen.io/cause"

NAME_LIMIT = 63
# Words that `conditions` of a trigger reads as operators; a dependency of that name breaks its trigger silently.
EXPRESSION_WORDS = frozenset({"in", "not", "and", "or", "matches", "contains", "true", "false", "nil", "let"})
RESERVED_PREFIXES = ("depgen.io/", "workflows.argoproj.io/", "events.argoproj.io/")
RESERVED_LABELS = frozenset({"app.kubernetes.io/instance", "argocd.argoproj.io/tracking-id"})


@lru_cache(maxsize=2**15)
def stable_hash(text: str) -> int:
    """64 bits that depend on `text` alone, on every host and in every version."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def partition_of(node: str, partitions: int) -> int:
    """The partition whose ledgers hold the claims of `node`: 0 <= result < partitions."""
    return stable_hash(node) % partitions


def fnv1a32(text: str, start: int = 0x811C9DC5) -> int:
    """FNV-1a, 32 bits; `start` is the hash of what stands before `text`.

    Source: argo-events v1.9.11, pkg/eventbus/jetstream/sensor: a consumer's durable name is this hash
    of `sensor-trigger-dependency`, so two that collide would eat each other's events.
    """
    value = start
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def durable(sensor: str, trigger: str, dependency: str) -> int:
    """The hash that names the JetStream consumer of one dependency in one trigger."""
    return fnv1a32(f"{trigger}-{dependency}", _of_sensor(f"{sensor}-"))


@lru_cache(maxsize=8)
def _of_sensor(prefix: str) -> int:
    return fnv1a32(prefix)


def file_name(path: str) -> str:
    """The last part of a path, which is the same wherever a file lies."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def ledger_prefix(graph: str, partition: int | None) -> str:
    """A ledger is named `<graph>-<key>`, or `<graph>-p<i>-<key>` in a graph of several partitions."""
    return f"{graph}-" if partition is None else f"{graph}-p{partition}-"


def workflow_prefix(graph: str, node: str) -> str:
    """A submitted Workflow is named `<graph>-<node>-<key>`: the name is the claim."""
    return f"{graph}-{node}-"


def alert(node: str, kind: str) -> str:
    """The id of the run that tells of a node's missed clock, or of its failure: `<node>-missed`, `-late`, `-failed`."""
    return f"{node}-{kind}"


def per_upstream(node: str, upstream: str) -> str:
    """The id of what a node with `per: upstream` is for one of its upstreams."""
    return f"{node}-{upstream}"


def mutex(graph: str, node: str) -> str:
    """What the Workflows of a queued node hold, `<graph>-<node>`; those of a rerun ID `<graph>-<node>.<ID>`.

    No node's id has a dot, so this is nobody else's.
    """
    return f"{graph}-{node}"


def on_failure(partition: int | None) -> str:
    """The dependency and trigger that watch the runs of a partition for failures."""
    return "on-failure" if partition is None else f"on-failure-p{partition}"


def component(graph: str, part: str, *more: str) -> str:
    """`<graph>-<part>`, then further parts: the name of a Sensor, ServiceAccount or Role."""
    return "-".join((graph, part, *more))


def slug(zone: str) -> str:
    """An IANA zone as part of a name: `America/New_York` is `america-new-york`."""
    return "".join(c if c.isalnum() else "-" for c in zone.lower()).strip("-")


def bounded(name: str) -> str:
    """`name`, or a prefix of it with a hash where it has more than 63 characters."""
    if len(name) <= NAME_LIMIT:
        return name
    return f"{name[: NAME_LIMIT - 9]}-{stable_hash(name) >> 32:08x}"


def packed(
    items: Sequence[Item], name: Callable[[Item], str], size: Callable[[Item], int], budget: int
) -> dict[str, list[Item]]:
    """Spread items over as few boxes as a binary trie of their hashes needs, none above `budget` bytes.

    The key of a box is the hash prefix its items share ("" when one box is enough), so an item moves only when its
    own box overflows or shrinks, never because of a change elsewhere. An item above the budget has a box of its own.
    """
    ranked = sorted([(stable_hash(name(item)), number) for number, item in enumerate(items)])
    hashes = [value for value, _ in ranked]
    filled = [0, *accumulate(size(items[number]) for _, number in ranked)]
    boxes: dict[str, list[Item]] = {}
    waiting = [("", 0, len(ranked))]
    while waiting:
        prefix, start, end = waiting.pop()
        if end - start <= 1 or len(prefix) == 64 or filled[end] - filled[start] <= budget:
            if start < end:
                boxes[prefix] = [items[number] for _, number in ranked[start:end]]
            continue
        border = bisect_left(hashes, int(f"{prefix}1".ljust(64, "0"), 2), start, end)
        waiting += [(f"{prefix}0", start, border), (f"{prefix}1", border, end)]
    return {prefix: boxes[prefix] for prefix in sorted(boxes)}


def partitions_needed(nodes: Iterable[str], most: int) -> int:
    """The smallest number of partitions in which none holds more than `most` of the nodes."""
    hashes = [stable_hash(node) for node in nodes]
    count = max(1, -(-len(hashes) // most))
    while True:
        sizes = [0] * count
        for value in hashes:
            sizes[value % count] += 1
        if max(sizes, default=0) <= most:
            return count
        count += 1
