"""Whatever subset of the facts is lost: one pass brings back exactly what the Sensors would have recorded."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS
from tests.fakes import matches
from tests.subjects import Entries, subject_of
from tests.sweeps import NOW, SweptShop

KEYS = ("20261119", "20261120", "20261121")
HEADS = ("", "partitions: 4\n")
NODES = """\
  a: {source: {cronWorkflow: a}}
  b: {source: {cronWorkflow: b}}
  report: {run: {workflowTemplate: report}, dependsOn: [a, b]}
  audit: {run: {workflowTemplate: audit}, dependsOn: [{node: report, status: done}]}
  total:
    run: {workflowTemplate: total}
    every: day
    dependsOn: [{node: report, match: {offset: -1}}, {node: a, status: failure}]
"""
SUBJECTS = {head: subject_of(NODES, "UTC", head) for head in HEADS}


class End(NamedTuple):
    """A Workflow of a node; `minute` of the morning is when it ended, None if it goes on."""

    node: str
    key: str
    phase: str
    minute: int | None


ENDS = st.builds(
    End,
    st.sampled_from(["a", "b"]),
    st.sampled_from(KEYS),
    st.sampled_from(["Succeeded", "Failed", "Error"]),
    st.integers(0, 600),
)
RUNS = st.builds(
    End,
    st.sampled_from(["report", "audit", "total"]),
    st.sampled_from(KEYS),
    st.sampled_from(["Succeeded", "Failed"]),
    st.none() | st.integers(0, 600),
)


def happened(head: str, ends: list[End]) -> SweptShop:
    """A shop in which these Workflows are."""
    shop = SweptShop(subject=SUBJECTS[head])
    for end in ends:
        at = None if end.minute is None else f"2026-11-21T{end.minute // 60:02}:{end.minute % 60:02}"
        if end.node in "ab":
            assert at is not None
            shop.ended(end.node, at, end.key, end.phase)
        else:
            shop.run(end.node, end.key, at, end.phase)
    return shop


def recorded(shop: SweptShop) -> dict[str, tuple[dict[str, str], Entries]]:
    """Ledger -> labels and entries: what the record and claim Sensors make of the Workflows, each when it comes."""
    found: dict[str, tuple[dict[str, str], Entries]] = {}
    programs = shop.subject.programs
    for (resource, _, _), thing in shop.cluster.objects.items():
        if resource != WORKFLOWS:
            continue
        for recorder in (*programs.recorders, *programs.claimers):
            if matches(recorder.event.selector, thing["metadata"]["labels"]):
                told = recorder.program.first({"type": "ADD", "body": thing}, recorder.zone, now=1)
                if told["fresh"]:
                    found.setdefault(told["name"], (told["labels"], {}))[1].update(told["data"])
    return found


@settings(max_examples=60)
@given(st.sampled_from(HEADS), st.lists(ENDS, max_size=12), st.lists(RUNS, max_size=6), st.randoms())
def test_one_pass_restores_what_was_lost_and_a_second_one_changes_nothing(head, ends, runs, random) -> None:  # type: ignore[no-untyped-def]
    shop = happened(head, ends + runs)
    whole = recorded(shop)
    for name, (labels, data) in whole.items():
        kept = {entry: text for entry, text in data.items() if random.random() < 0.5}
        if kept or random.random() < 0.5:
            shop.cluster.add(
                CONFIG_MAPS, "data", {"metadata": {"name": name, "labels": labels}, "data": kept}
            )
    shop.sweep(NOW)
    facts = {
        name: {entry: text for entry, text in data.items() if entry.startswith("run.")}
        for name, data in shop.ledgers().items()
    }
    assert facts == {name: data for name, (_, data) in whole.items()}
    before = shop.ledgers()
    assert not shop.sweep(NOW + 1).repairs
    assert shop.ledgers() == before
