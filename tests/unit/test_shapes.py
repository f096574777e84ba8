"""A program that is filled in from its shape is the one that would have been written for the node alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from depgen import pipeline
from depgen.decide import decide, metadata
from depgen.gojson import go_size
from depgen.plan import Decision
from depgen.render import Templates
from depgen.shapes import Programs
from tests.compiled import FRAME
from tests.golden.examples import EXAMPLES, inputs
from tests.graphs import layered

SOURCES = "nodes:\n" + "".join(f"  {name}: {{source: {{cronWorkflow: {name}}}}}\n" for name in "abcd")


def decisions(*files: pipeline.InputFile) -> Iterator[Decision]:
    checked = pipeline.check(pipeline.load(files))
    assert not checked.has_errors, [finding.text for finding in checked.findings]
    for layout in checked.layouts:
        yield from layout.plan.decisions


def nodes(*runs: str, zone: str = "Europe/Paris", head: str = "") -> list[Decision]:
    lines = "".join(f"  n{number}: {{run: {run}}}\n" for number, run in enumerate(runs))
    text = FRAME.format(zone=zone) + head + SOURCES + lines
    return list(decisions(pipeline.InputFile("graph.yaml", text.encode())))


def same(found: list[Decision]) -> None:
    """Both ways of writing give the same text, in whatever order they are asked."""
    environment = Templates().environment
    for chosen in (found, found[::-1]):
        programs = Programs(environment)
        for decision in chosen:
            text = decide(decision, environment, metadata(decision))
            assert programs.program(decision) == (text, go_size(text))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: str(folder.name))
def test_the_examples_programs_do_not_depend_on_sharing(folder: Path) -> None:
    same(list(decisions(*inputs(folder))))


def test_a_large_graphs_programs_do_not_depend_on_sharing() -> None:
    found = list(decisions(pipeline.InputFile("graph.yaml", layered(200, 520, partitions=2).encode())))
    same(found)


def test_nodes_that_differ_in_one_thing_do_not_share_a_program() -> None:
    edges = [
        "[a, b]",
        "[b, a]",
        "[a, b, c]",
        "[a, {node: b, status: done}]",
        "[a, {node: b, status: [Error]}]",
        "[a, {node: b, status: [Failed]}]",
        "[a, {node: b, lookback: 6h}]",
        "[a, {node: b, lookback: 1d}]",
        '[a, {node: b, when: ".phase != null"}]',
        '[a, {node: b, when: ".phase != \\"100%s\\""}]',
        '[a, {node: b, window: {from: "01:00", to: "02:00"}}]',
        '[a, {node: b, window: {from: "01:00", to: "03:00"}}]',
        "[a, {node: b, match: {offset: -1}}]",
        "[{anyOf: [a, b]}, c]",
        "[{allOf: [a, b]}, c]",
        "[a, {anyOf: [b, c]}]",
        "[{anyOf: [{allOf: [a, b]}, c]}, d]",
    ]
    more = [
        "",
        ", mode: any",
        ", mode: atLeast, minSatisfied: 2",
        ", suspend: true",
        ", concurrencyPolicy: Queue",
        ', notBefore: "20:00"',
        ', notBefore: "21:00"',
        ', cutoff: "22:00"',
        ', cutoff: "22:00", onCutoff: run',
        ', cutoff: "22:00", onLate: run',
        ', activeFrom: "2026-01-05"',
        ', activeUntil: "2026-01-05"',
    ]
    runs = [f"{{workflowTemplate: x}}, dependsOn: {e}{m}" for e in edges for m in more]
    same(nodes(*runs, head="partitions: 4\n"))


def test_params_are_part_of_the_shape() -> None:
    params = [
        '{p: {key: "%Y"}}',
        '{p: {key: "%d%%"}}',
        '{q: {key: "%Y"}}',
        "{p: {interval: start}}",
        "{p: {interval: end}}",
        "{p: {from: a, output: rows}}",
        "{p: {from: b, output: rows}}",
        "{p: {from: a, output: rows, default: 7}}",
        "{p: {from: a, output: names}}",
        "{p: {from: a, field: uid}}",
        "{p: {from: b, field: phase}}",
        "{p: {from: $trigger, field: node}}",
        "{p: literal}",
        "{}",
    ]
    same(
        nodes(
            *(
                f"{{workflowTemplate: x, params: {p}}}, dependsOn: {e}"
                for p in params
                for e in ("[a, b]", "[b, a]")
            )
        )
    )


def test_an_upstream_that_comes_twice_is_not_two_upstreams() -> None:
    first, second = 'window: {from: "01:00", to: "02:00"}', 'window: {from: "03:00", to: "04:00"}'
    edges = [f"[{{node: {one}, {first}}}, {{node: {other}, {second}}}]" for one in "ab" for other in "abc"]
    same(nodes(*(f"{{workflowTemplate: x}}, dependsOn: {edge}" for edge in edges)))


def test_alerts_and_shadows_are_part_of_the_shape() -> None:
    on_miss = 'deadline: "22:00", startBy: "21:00", onMiss: {run: {workflowTemplate: page, params: {who: {from: $trigger, field: node}}}}'
    runs = [f"{{workflowTemplate: x}}, dependsOn: [{edge}], {on_miss}" for edge in "ab"]
    same(nodes(*runs, head="onFailure: {run: {workflowTemplate: page}}\n"))
    same(nodes(*runs, head="mode: shadow\npartitions: 3\n"))
    urls = [
        "onMiss: {webhook: {url: 'https://example.com', body: {a: {from: $trigger, field: text}}}}",
        "onMiss: {webhook: {url: 'https://example.com', body: {a: '100%s'}}}",
        "onMiss: {webhook: https://example.com}",
    ]
    runs = [f"{{workflowTemplate: x}}, dependsOn: [a], deadline: '22:00', {url}" for url in urls * 2]
    same(nodes(*runs, head="onFailure: {webhook: https://example.com}\n"))


def test_programs_of_the_second_half_of_the_language_do_not_depend_on_sharing() -> None:
    head = "calendars: {week: {days: [mon, tue, wed, thu, fri]}, days: {days: [mon, sat]}}\n"
    edges = [
        "[{node: a, match: {last: 3}}, b]",
        "[{node: a, match: {last: 4}}, b]",
        '[{node: b, match: {last: 3}, require: -1, settle: "20:00"}]',
        '[{node: a, match: {last: 3}, require: -1, settle: "20:00"}]',
        "[{node: a, match: {offset: -1}, lookback: sinceLastRun}]",
        "[{node: a, match: {offset: -1}}]",
        "[{node: d, match: {offset: -1}, ifNotScheduled: skip}, a]",
        "[{node: e, match: {offset: -1}, ifNotScheduled: skip}, a]",
        "[{node: d, ifNotScheduled: satisfy}, a]",
        "[{node: e, ifNotScheduled: satisfy}, a]",
    ]
    more = ["", ", onRerun: refresh", ", onRerun: hold", ', dependsOnPast: true, activeFrom: "2026-11-02"']
    more += [", runsOn: week", ", runsOn: days", ", renamedFrom: old%d"]
    runs = [
        f"{{workflowTemplate: t}}, dependsOn: {edge}{field % number if '%' in field else field}"
        for number, (edge, field) in enumerate((edge, field) for edge in edges for field in more)
    ]
    lines = "".join(f"  n{number}: {{run: {run}}}\n" for number, run in enumerate(runs))
    closed = (
        "  d: {source: {cronWorkflow: d}, runsOn: week}\n  e: {source: {cronWorkflow: e}, runsOn: days}\n"
    )
    sources = "nodes:\n  a: {source: {cronWorkflow: a}}\n  b: {source: {cronWorkflow: b}}\n"
    text = FRAME.format(zone="Europe/Paris") + head + sources + closed + lines
    same(list(decisions(pipeline.InputFile("graph.yaml", text.encode()))))
