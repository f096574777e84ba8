"""Reads what is there after a fault and holds it against the model: lost, duplicated, misdated.

Lost: a run that must be there and is not, a completion that no ledger knows, a run that no ledger knows.
Duplicated: two Workflows of one node and key, or two that were there one after the other.
Misdated: a run whose name, labels or parameters speak of another day, one that nothing asked for, and a fact that
is not what happened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tests.stack.api import Manifest
from tests.stack.faults.ledgers import (
    Ledgers,
    entries,
    lost_claims,
    lost_completions,
    noted_twice,
    untrue,
)
from tests.stack.faults.model import (
    Completion,
    Edge,
    Histories,
    Rule,
    Verdict,
    ended,
    histories,
    verdict,
)


@dataclass(frozen=True)
class Driven:
    """What happened: the graph and its rules, and every completion of a source.

    `may`: nodes and keys whose run may be there or not, because the graph was edited meanwhile. `must`: those that
    have to be there for another reason than completions.
    """

    graph: str
    zone: ZoneInfo
    rules: Sequence[Rule]
    completions: Sequence[Completion]
    keys: Sequence[str]
    may: frozenset[tuple[str, str]] = frozenset()
    must: frozenset[tuple[str, str]] = frozenset()

    def verdict(self, rule: Rule, key: str, told: Histories) -> Verdict:
        """Whether a run has to be there, all things considered."""
        if (rule.node, key) in self.must:
            return Verdict.MUST
        return Verdict.MAY if (rule.node, key) in self.may else verdict(rule, key, told)


@dataclass(frozen=True)
class Findings:
    """What is wrong. Lost things are told by their names, the rest in sentences."""

    lost: frozenset[str] = frozenset()
    duplicated: tuple[str, ...] = ()
    misdated: tuple[str, ...] = ()


def check(driven: Driven, runs: Sequence[Manifest], ledgers: Ledgers) -> Findings:
    """`runs`: the Workflows that carry the graph's label."""
    told = histories([*driven.completions, *_ends(driven, runs)])
    sources = {completion.node for completion in driven.completions}
    nodes = {rule.node for rule in driven.rules}
    noted = entries(ledgers)
    return Findings(
        lost=frozenset(
            (
                *_lost_runs(driven, told, runs),
                *lost_completions(driven.graph, told, sources, noted),
                *lost_claims(runs, noted),
            )
        ),
        duplicated=(*_duplicated(runs), *noted_twice(nodes, noted)),
        misdated=(*_misdated(driven, told, runs), *untrue(driven.graph, told, noted)),
    )


def _ends(driven: Driven, runs: Sequence[Manifest]) -> Iterator[Completion]:
    """The graph's own runs that have ended are upstreams, too."""
    for run in runs:
        labels = run["metadata"]["labels"]
        if end := ended(run, labels["depgen.io/node"], labels["depgen.io/key"], driven.zone):
            yield end


def _lost_runs(driven: Driven, told: Histories, runs: Sequence[Manifest]) -> Iterator[str]:
    there = {run["metadata"]["name"] for run in runs}
    for rule in driven.rules:
        for key in driven.keys:
            name = f"{driven.graph}-{rule.node}-{key}"
            if driven.verdict(rule, key, told) is Verdict.MUST and name not in there:
                yield name


def _duplicated(runs: Sequence[Manifest]) -> Iterator[str]:
    labels = [run["metadata"]["labels"] for run in runs]
    counts = Counter((of["depgen.io/node"], of["depgen.io/key"]) for of in labels)
    yield from (
        f"{count} Workflows of {node} for {key}" for (node, key), count in counts.items() if count > 1
    )


def _misdated(driven: Driven, told: Histories, runs: Sequence[Manifest]) -> Iterator[str]:
    rules = {rule.node: rule for rule in driven.rules}
    for run in runs:
        name, labels = run["metadata"]["name"], run["metadata"]["labels"]
        node, key = labels["depgen.io/node"], labels["depgen.io/key"]
        if node not in rules or name != f"{driven.graph}-{node}-{key}":
            yield f"{name} carries the labels {node} and {key}"
            continue
        if driven.verdict(rules[node], key, told) is Verdict.NEVER:
            yield f"{name} is there and nothing asked for it"
        yield from (f"{name} {what}" for what in _wrong_parameters(run, key, rules[node], told))


def _wrong_parameters(run: Manifest, key: str, rule: Rule, told: Histories) -> Iterator[str]:
    """`day` is the key's date; a parameter named like an upstream names a Workflow of that upstream and key."""
    edges: dict[str, Edge] = {edge.upstream: edge for edge in rule.edges}
    for parameter in run["spec"].get("arguments", {}).get("parameters", []):
        name, value = parameter["name"], parameter.get("value")
        if name == "day" and value != f"{key[:4]}-{key[4:6]}-{key[6:]}":
            yield f"has the day {value}"
        elif name in edges:
            taken = [c.workflow for c in told.get((name, key), []) if edges[name].takes(c)]
            if value not in taken:
                yield f"was told of {value} by {name}, which is none of {taken}"
