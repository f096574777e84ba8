"""What the schemas refuse, in the words in which the user reads it, with the spot it is told for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.breaches import KEYWORDS
from depgen.document import Document
from depgen.load import load
from depgen.structure import validate, validate_spec

SCHEMAS = Path(__file__).parents[2] / "schemas"
HEAD = "{apiVersion: depgen.io/v1, graph: etl, timezone: UTC, "

FILES = r"""
(nothing)
    1:1 the file is empty, expected a graph: a mapping with "apiVersion", "graph", "timezone" and "nodes" [empty]
- a
    1:1 the file is a list, expected a graph: a mapping with "apiVersion", "graph", "timezone" and "nodes" [wrong-type]
sales
    1:1 the file is "sales", expected a graph: a mapping with "apiVersion", "graph", "timezone" and "nodes" [wrong-type]
{}
    1:1 the file has no "apiVersion"; write apiVersion: depgen.io/v1 [missing-field]
    1:1 the file has no "graph"; write graph: etl [missing-field]
    1:1 the file has no "timezone"; write timezone: Europe/Paris [missing-field]
    1:1 the file has no "nodes"; list the nodes by id, such as nodes: {sales: {source: {cronWorkflow: sales-load}}} [missing-field]
apiVersion: 1
    1:13 apiVersion is the number 1, expected "depgen.io/v1"; write apiVersion: depgen.io/v1 [bad-version]
"""

# What follows HEAD.
TOP = r"""
nodes: null
    1:62 nodes has no value, expected a mapping; give it one or remove it [wrong-type]
nodes: []
    1:62 nodes is a list, expected a mapping [wrong-type]
nodes: {}, graph2: etl
    1:66 the file has the unknown field "graph2"; remove it [unknown-field]
nodes: {}, partition: 2
    1:66 the file has the unknown field "partition"; did you mean "partitions"? [unknown-field]
nodes: {}, kind: Graph
    1:66 the file cannot have the field "kind"; a graph is no Kubernetes object: remove it [unknown-field]
nodes: {}, calendars: {Business: {}}
    1:78 calendars: calendar name "Business" holds "B", expected a name of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 42 characters; did you mean "business"? [bad-name]
nodes: {}, calendars: {a: {days: [monday], holidays: 25.12.2026}}
    1:89 calendars.a.days[0] is "monday", expected "mon", "tue", "wed", "thu", "fri", "sat" or "sun"; did you mean "mon"? [bad-value]
    1:108 calendars.a.holidays is "25.12.2026", expected a date such as "2026-12-25", or a file such as "holidays.txt" or "holidays.ics" [bad-date]
nodes: {}, calendars: {a: {holidays: ["2026-12-25", {country: fr}, {subdivision: BY}]}}
    1:117 calendars.a.holidays[1].country is "fr", expected an ISO 3166 code such as "FR" [bad-value]
    1:122 calendars.a.holidays[2] has no "country"; write country: FR [missing-field]
nodes: {}, partitions: 0
    1:78 partitions is the number 0, expected a number from 1 to 1024 [bad-value]
nodes: {}, partitions: "3"
    1:78 partitions is "3", expected a whole number; remove the quotes [wrong-type]
nodes: {}, namespace: 5
    1:77 namespace is the number 5, expected text; put it in quotes [wrong-type]
nodes: {}, replayWithin: 5
    1:80 replayWithin is the number 5, expected hours, minutes or seconds such as "15m" or "1h30m" [wrong-type]
nodes: {}, replayWithin: 1d
    1:80 replayWithin is "1d", expected hours, minutes or seconds such as "15m" or "1h30m" [bad-duration]
nodes: {}, defaults: {rn: {}, runOn: business}
    1:77 defaults has the unknown field "rn"; did you mean "run"? [unknown-field]
    1:85 defaults has the unknown field "runOn"; did you mean "runsOn"? [unknown-field]
nodes: {"s\u0430les": {run: {}}}
    1:63 node id "sаles" holds U+0430 CYRILLIC SMALL LETTER A, expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters [bad-name]
nodes: {"a\u202eb": {run: {}}}
    1:63 node id "a\u202eb" holds U+202E RIGHT-TO-LEFT OVERRIDE, expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters [bad-name]
nodes: {"{{x}}": {run: {}}}
    1:63 node id "{{x}}" holds "{" and "}", expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters; did you mean "x"? [bad-name]
nodes: {Sales_load: {run: {}}}
    1:63 node id "Sales_load" holds "S" and "_", expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters; did you mean "sales-load"? [bad-name]
nodes: {-a: {run: {}}}
    1:63 node id "-a" begins with "-", expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters; did you mean "a"? [bad-name]
nodes: {a-: {run: {}}}
    1:63 node id "a-" ends with "-", expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters; did you mean "a"? [bad-name]
nodes: {"": {run: {}}}
    1:63 node id "" is not allowed, expected an id of lower-case letters, digits and hyphens, a letter first and no hyphen last, at most 53 characters [bad-name]
"""

# What follows HEAD and "nodes: {a: ".
NODES = r"""
(nothing)
    1:66 node "a" has no value, expected a mapping with "source" or "run"; give it one or remove it [wrong-type]
3
    1:66 node "a" is the number 3, expected a mapping with "source" or "run" [wrong-type]
{}
    1:63 node "a" has no "run"; write run: {workflowTemplate: NAME}, or source: {cronWorkflow: NAME} if somebody else starts it [missing-field]
{run: }
    1:72 node "a": run has no value, expected a mapping such as {workflowTemplate: daily-report}; give it one or remove it [wrong-type]
{run: daily}
    1:72 node "a": run is "daily", expected a mapping such as {workflowTemplate: daily-report} [wrong-type]
{run: {}, depends: [b]}
    1:76 node "a" has the unknown field "depends"; did you mean "dependsOn"? [unknown-field]
{run: {}, params: {}}
    1:76 node "a" cannot have the field "params"; it belongs in "run" [unknown-field]
{run: {}, lookback: 6h}
    1:76 node "a" cannot have the field "lookback"; write it on an edge, as in dependsOn: [{node: ID, lookback: 6h}] [unknown-field]
{run: {}, xyzzy: 1}
    1:76 node "a" has the unknown field "xyzzy"; remove it [unknown-field]
{run: {}, source: {cronWorkflow: b}}
    1:67 node "a" cannot have the field "run"; a node has either "source" or "run": write two nodes, of which the run depends on the source [unknown-field]
{source: {cronWorkflow: b}, dependsOn: [c]}
    1:94 node "a" cannot have the field "dependsOn"; a source waits for nothing: depgen only listens to it [unknown-field]
{source: b}
    1:75 node "a": source is "b", expected a mapping such as {cronWorkflow: sales-load} [wrong-type]
{source: {}}
    1:67 node "a": source has none of "cronWorkflow", "workflowTemplate", "workflows", "graph" and "event", expected exactly one; write one, such as cronWorkflow: NAME [one-of]
{source: {cronWorkflw: b}}
    1:76 node "a": source has the unknown field "cronWorkflw"; did you mean "cronWorkflow"? [unknown-field]
{source: {event: {eventSource: b, event: c}}}
    1:76 node "a": source.event has no "id"; write id: ".body.id" [missing-field]
    1:76 node "a": source.event has no "finishedAt"; write finishedAt: ".body.at" [missing-field]
{source: {cronWorkflow: b, workflowTemplate: c}}
    1:67 node "a": source has "cronWorkflow" and "workflowTemplate", expected only one of them; remove "workflowTemplate" [one-of]
{source: {graph: data/etl}}
    1:67 node "a": source has no "node"; name the node of the other graph, as in {graph: data/etl, node: report} [missing-field]
{source: {workflows: {matchLabels: {}}}}
    1:101 node "a": source.workflows.matchLabels is empty; fill it or remove it [empty]
{source: {cronWorkflow: b}, key: {from: lable, dayStart: "6:00", offset: 1 day}}
    1:106 node "a": key.from is "lable", expected "label", "scheduledTime", "startedAt", "finishedAt", "parameter" or "jq"; did you mean "label"? [bad-value]
    1:123 node "a": key.dayStart is "6:00", expected a time such as "06:00"; did you mean "06:00"? [bad-time]
    1:139 node "a": key.offset is "1 day", expected a duration such as "-1d" or "6h"; did you mean "1d"? [bad-duration]
{run: {}, every: daily}
    1:83 node "a": every is "daily", expected "hour", "day", "week", "month", or a divisor of the day such as "15m" or "6h"; did you mean "day"? [bad-period]
{run: {}, every: 2 hours}
    1:83 node "a": every is "2 hours", expected "hour", "day", "week", "month", or a divisor of the day such as "15m" or "6h"; did you mean "2h"? [bad-period]
{run: {}, mode: some}
    1:82 node "a": mode is "some", expected "all", "any" or "atLeast" [bad-value]
{run: {}, concurrencyPolicy: Forbid}
    1:95 node "a": concurrencyPolicy is "Forbid", expected "Allow" or "Queue"; it would drop the runs of whole keys; write Queue to start them one after another [bad-value]
{run: {}, suspend: "yes"}
    1:85 node "a": suspend is "yes", expected true or false; write true without quotes [wrong-type]
{run: {}, activeFrom: 2026/1/5}
    1:88 node "a": activeFrom is "2026/1/5", expected a date such as "2026-11-01"; did you mean "2026-01-05"? [bad-date]
{run: {}, tags: [x, x]}
    1:86 node "a": tags[1] repeats "x"; remove it [bad-value]
{run: {}, owner: ""}
    1:83 node "a": owner is empty; fill it or remove it [empty]
{run: {}, owner: "x\e[31m"}
    1:83 node "a": owner is "x\u001b[31m", which holds U+001B CONTROL CHARACTER, expected one line of text without control or invisible characters [bad-value]
{run: {}, window: {from: "9:00"}}
    1:76 node "a": window has no "to"; write to: "02:00+1d" [missing-field]
    1:91 node "a": window.from is "9:00", expected a time such as "18:00", "02:00+1d" (the next day), "18:00 end" (the last day of the week or month) or "18:00 end+2bd" (two open days later); did you mean "09:00"? [bad-time]
{run: {}, window: {from: "18:00", to: "25:30"}}
    1:104 node "a": window.to is "25:30", expected a time such as "18:00", "02:00+1d" (the next day), "18:00 end" (the last day of the week or month) or "18:00 end+2bd" (two open days later); did you mean "01:30+1d"? [bad-time]
{run: {workflowTemplate: Daily Report}}
    1:91 node "a": run.workflowTemplate is "Daily Report", which holds "D", a space and "R", expected a name of lower-case letters, digits, hyphens and dots, a letter or digit first and last; did you mean "daily-report"? [bad-name]
{run: {params: {"a b": 1}}}
    1:82 node "a": run.params: parameter name "a b" holds a space, expected a name of letters, digits, underscores and hyphens, no hyphen first, at most 63 characters; did you mean "a-b"? [bad-name]
{run: {params: {a: 1.5}}}
    1:85 node "a": run.params.a is the number 1.5, expected text; put it in quotes [wrong-type]
{run: {params: {a: {from: b}}}}
    1:82 node "a": run.params.a has none of "output" and "field", expected exactly one; write one, such as output: NAME [one-of]
{run: {params: {a: {from: b, output: x, field: uid}}}}
    1:82 node "a": run.params.a has "output" and "field", expected only one of them; remove "field" [one-of]
{run: {params: {a: {}}}}
    1:82 node "a": run.params.a has no "from"; write {key: "%Y-%m-%d"}, {interval: start} or {from: NODE, output: NAME} [missing-field]
{run: {params: {a: {from: $triger, field: node}}}}
    1:92 node "a": run.params.a.from is "$triger", which holds "$", expected a node id or "$trigger"; did you mean "$trigger"? [bad-name]
{run: {params: {a: {key: "%Y", default: b}}}}
    1:97 node "a": run.params.a has the unknown field "default"; the only field is "key" [unknown-field]
{run: {labels: {team: 3}}}
    1:88 node "a": run.labels.team is the number 3, expected text; put it in quotes [wrong-type]
{run: {}, dependsOn: b}
    1:87 node "a": dependsOn is "b", expected a list; write [b] [wrong-type]
{run: {}, dependsOn: []}
    1:87 node "a": dependsOn is empty; fill it or remove it [empty]
{run: {}, dependsOn: [3]}
    1:88 node "a": dependsOn[0] is the number 3, expected the id of a node, or a mapping such as {node: sales, status: done} [wrong-type]
{run: {}, dependsOn: [{nod: b}]}
    1:89 node "a": dependsOn[0] has the unknown field "nod"; did you mean "node"? [unknown-field]
{run: {}, dependsOn: [{status: done}]}
    1:88 node "a": dependsOn[0] has no "node"; name the upstream, as in {node: sales, status: done} [missing-field]
{run: {}, dependsOn: [{node: b, status: Succeeded}]}
    1:106 node "a": dependsOn[0].status is "Succeeded", expected "success", "failure", "done" or a list of phases such as [Failed, Error]; did you mean "success"? [bad-value]
{run: {}, dependsOn: [{node: b, status: [succeeded]}]}
    1:107 node "a": dependsOn[0].status[0] is "succeeded", expected "Succeeded", "Failed" or "Error"; did you mean "Succeeded"? [bad-value]
{run: {}, dependsOn: [{allOf: [b], anyOf: [c]}]}
    1:88 node "a": dependsOn[0] has "allOf" and "anyOf", expected only one of them; remove "anyOf" [one-of]
{run: {}, dependsOn: [{node: b, match: contained}]}
    1:105 node "a": dependsOn[0].match is "contained", expected "same", "containing" or a mapping such as {offset: -1}; did you mean "containing"? [bad-value]
{run: {}, dependsOn: [{node: b, match: {last: 32}}]}
    1:112 node "a": dependsOn[0].match.last is the number 32, expected a number from 1 to 31 [bad-value]
{run: {}, dependsOn: [{node: b, match: {last: 7, offset: -1}}]}
    1:98 node "a": dependsOn[0].match has "offset" and "last", expected only one of them; remove "last" [one-of]
{run: {}, dependsOn: [{node: b, match: {last: 7, pick: last}}]}
    1:98 node "a": dependsOn[0].match has no "within"; "pick" belongs to "within", as in {within: key, pick: last} [missing-field]
{run: {}, dependsOn: [{node: b, match: {within: day}}]}
    1:114 node "a": dependsOn[0].match.within is "day", expected "key"; write within: key [bad-value]
{run: {}, dependsOn: [{node: b, match: {}}]}
    1:98 node "a": dependsOn[0].match has none of "offset", "last", "within" and "since", expected exactly one; write one, such as offset: -1 [one-of]
{run: {}, dependsOn: [b], onMiss: {}}
    1:92 node "a": onMiss has none of "run" and "webhook", expected exactly one; write one, such as run: {workflowTemplate: NAME} [one-of]
{run: {}, dependsOn: [{node: b, match: {last: 7}, require: 0, settle: "1:00"}]}
    1:125 node "a": dependsOn[0].require is the number 0, expected "all", or a whole number, but not 0; write all: every key is wanted [bad-value]
    1:136 node "a": dependsOn[0].settle is "1:00", expected a time such as "18:00", "02:00+1d" (the next day), "18:00 end" (the last day of the week or month) or "18:00 end+2bd" (two open days later); did you mean "01:00"? [bad-time]
{run: {}, dependsOn: [{node: b, ifNotScheduled: ignore}]}
    1:114 node "a": dependsOn[0].ifNotScheduled is "ignore", expected "wait", "satisfy" or "skip" [bad-value]
{run: {}, dependsOn: [{node: b, match: {offset: 0}}]}
    1:114 node "a": dependsOn[0].match.offset is the number 0, expected a whole number from -366 to 366, but not 0; write match: same [bad-value]
{run: {}, dependsOn: [{node: b, match: -1}]}
    1:105 node "a": dependsOn[0].match is the number -1, expected "same", "containing" or a mapping such as {offset: -1} [bad-value]
{run: {}, dependsOn: [{node: b, lookback: sinceLastrun}]}
    1:108 node "a": dependsOn[0].lookback is "sinceLastrun", expected a duration such as "6h", "1h30m", "2d", "1w" or "1mo" [bad-duration]
{run: {}, dependsOn: [{node: b, lookback: 6 hours}]}
    1:108 node "a": dependsOn[0].lookback is "6 hours", expected a duration such as "6h", "1h30m", "2d", "1w" or "1mo"; did you mean "6h"? [bad-duration]
{run: {}, dependsOn: [{node: b, lookback: 6}]}
    1:108 node "a": dependsOn[0].lookback is the number 6, expected a duration such as "6h", "1h30m", "2d", "1w" or "1mo" [wrong-type]
"""


def document(text: str) -> Document:
    """The document of a text that the loader takes."""
    loaded, findings = load("graph.yaml", text.encode())
    assert findings == []
    assert loaded is not None
    return loaded


def told(text: str) -> list[str]:
    """The findings of a file as `line:column message; hint [rule]`."""
    subject = document(text)
    lines = []
    for diagnostic in validate(subject):
        spot = subject.position(diagnostic.where.route, diagnostic.where.at_key)  # type: ignore[union-attr]
        hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
        lines.append(f"{spot.line}:{spot.column} {diagnostic.message}{hint} [{diagnostic.rule}]")
    return lines


def cases(table: str) -> list[tuple[str, list[str]]]:
    """The inputs of a table, each with the findings that are indented below it."""
    found: list[tuple[str, list[str]]] = []
    for line in table.strip().splitlines():
        if line.startswith("    "):
            found[-1][1].append(line.strip())
        else:
            found.append((line.replace("(nothing)", ""), []))
    return found


@pytest.mark.parametrize(("text", "findings"), cases(FILES))
def test_a_file_that_is_no_graph_is_told_what_a_graph_is(text: str, findings: list[str]) -> None:
    assert told(text) == findings


@pytest.mark.parametrize(("fields", "findings"), cases(TOP))
def test_a_bad_field_at_the_top_is_told_with_its_place(fields: str, findings: list[str]) -> None:
    assert told(f"{HEAD}{fields}}}") == findings


@pytest.mark.parametrize(("node", "findings"), cases(NODES))
def test_a_bad_field_of_a_node_is_told_with_its_place(node: str, findings: list[str]) -> None:
    assert told(f"{HEAD}nodes: {{a: {node}}}}}") == findings


def test_of_another_version_nothing_else_is_told() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nspec: {}"
    message = 'apiVersion is "apps/v1", expected "depgen.io/v1"; write apiVersion: depgen.io/v1 [bad-version]'
    assert told(text) == [f"1:13 {message}"]


def test_a_long_id_is_cut_off_in_the_message_but_counted() -> None:
    (finding,) = told(f"{HEAD}nodes: {{{64 * 'x'}: {{run: {{}}}}}}}}")
    assert finding.startswith(f'1:63 node id "{57 * "x"}..." has 64 characters, expected an id of ')


def test_a_long_text_is_counted() -> None:
    (finding,) = told(f"{HEAD}nodes: {{a: {{run: {{}}, docs: {1025 * 'x'}}}}}}}")
    assert (
        finding == '1:82 node "a": docs has 1025 characters, at most 1024 are allowed; shorten it [too-long]'
    )


def test_too_many_labels_are_counted() -> None:
    labels = ", ".join(f"l{number}: x" for number in range(33))
    (finding,) = told(f"{HEAD}nodes: {{a: {{run: {{labels: {{{labels}}}}}}}}}}}")
    assert (
        finding
        == '1:81 node "a": run.labels has 33 entries, at most 32 are allowed; leave at most 32 [too-many]'
    )


GOOD = """
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
partitions: 2
replayWithin: 1h30m
defaults: {run: {spec: {serviceAccountName: etl}}, owner: data-platform, tags: [x]}
nodes:
  sales: {source: {cronWorkflow: sales-load}, key: {timezone: Asia/Tokyo, dayStart: "06:00", offset: -1d}}
  stock: {source: {workflows: {matchLabels: {example.com/team: stock}}}}
  other: {source: {graph: data/other, node: report}}
  report:
    run: {workflowTemplate: report, params: {day: {key: "%Y"}, to: {interval: end}, top: 3, who: {from: $trigger, field: node}}}
    dependsOn:
      - sales
      - {node: stock, status: [Failed, Error], match: {offset: -1}, window: {from: "18:00", to: "02:00+1d"}}
      - anyOf: [other, {allOf: [{node: other, lookback: 6h, status: done}]}]
    mode: atLeast
    minSatisfied: 1
    concurrencyPolicy: Queue
"""


def test_a_good_file_has_no_findings() -> None:
    assert validate(document(GOOD)) == []


# ---- the walk and the fast validator ----


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return loaded


def keywords(part: Any) -> set[str]:
    """Every keyword used in a schema, but for those that decide nothing."""
    if isinstance(part, list):
        return set().union(*map(keywords, part))
    if not isinstance(part, dict):
        return set()
    found: set[str] = set()
    for name, value in part.items():
        if name.startswith("x-") or name in ANNOTATIONS:
            continue
        names_fields = name in ("properties", "$defs", "dependentRequired")
        if name != "$defs":
            found.add(name)
        found |= set().union(*map(keywords, value.values())) if names_fields else keywords(value)
    return found


ANNOTATIONS = {
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "enumDescriptions",
}


@pytest.mark.parametrize(
    "name", ["graph.schema.json", "plugin.schema.json", "profile.schema.json", "workflow-spec.schema.json"]
)
def test_the_walk_knows_every_keyword_of_the_schemas(name: str) -> None:
    assert keywords(schema(name)) - KEYWORDS == set()


def test_every_pattern_of_the_graph_schema_has_its_words_beside_it() -> None:
    assert [
        part for part in parts(schema("graph.schema.json")) if "pattern" in part and "x-says" not in part
    ] == []


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a schema."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from parts(inner)


def spots(data: Any, route: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The routes of everything in `data`."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [route, *(spot for key, value in entries for spot in spots(value, (*route, key)))]


def changed(data: Any, route: tuple[str | int, ...], value: Any) -> Any:
    """`data` with another value at `route`."""
    if not route:
        return value
    copy: Any = dict(data) if isinstance(data, dict) else list(data)
    copy[route[0]] = changed(data[route[0]], route[1:], value)
    return copy


VALUES: list[Any] = [
    *(
        None,
        True,
        0,
        1.0,
        2.5,
        "",
        "a",
        "A b",
        "18:00",
        "6h",
        "day",
        "\n",
        "a\n",
        [],
        ["a", "a"],
        {},
        {"": 1},
    ),
    *({"node": "a"}, {"last": 7}, {"from": "b"}, {"allOf": ["b"], "x": 1}, {"graph": "a/b"}),
    *({"run": 1, "source": 2}, {f"k_{i}": {} for i in range(60)}, ["A"] * 60),
]
SPOTS = st.sampled_from(spots(document(GOOD).data))


@given(st.lists(st.tuples(SPOTS, st.sampled_from(VALUES)), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_there_is_a_finding_if_and_only_if_the_fast_validator_says_no(
    changes: list[tuple[tuple[str | int, ...], Any]],
) -> None:
    subject = document(GOOD)
    for route, value in changes:
        try:
            subject.data = changed(subject.data, route, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took that spot away
    is_valid = jsonschema_rs.Draft202012Validator(schema("graph.schema.json")).is_valid(subject.data)
    assert (validate(subject) == []) == is_valid


def test_a_thousand_bad_ids_among_ten_thousand_cost_little() -> None:
    nodes: Any = {
        f"n_{i}" if i % 10 == 0 else f"n{i}": {"run": {"workflowTemplate": "t"}} for i in range(10_000)
    }
    subject = document(GOOD)
    subject.data = {"apiVersion": "depgen.io/v1", "graph": "etl", "timezone": "UTC", "nodes": nodes}
    start = time.process_time()
    assert len(validate(subject)) == 1000
    assert (
        time.process_time() - start < 2
    )  # 0.06 s when written; minutes if errors copied what they are about


# ---- Workflow specs ----


def spec_findings(spec: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Where in a node's `run.spec`, and what."""
    found = []
    for diagnostic in validate_spec(document(GOOD), ("nodes", "a", "run", "spec"), spec):
        assert diagnostic.rule == "workflow-spec"
        hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
        found.append((diagnostic.where.route[4:], f"{diagnostic.message}{hint}"))  # type: ignore[union-attr]
    return found


def test_a_misspelt_field_of_a_workflow_spec_is_told_with_the_right_one() -> None:
    message = 'node "a": run.spec has the unknown field "priorty"; did you mean "priority"?'
    assert spec_findings({"priorty": 1}) == [(("priorty",), message)]


def test_a_field_deep_in_a_workflow_spec_is_checked() -> None:
    spec = {"templates": [{"name": "a", "container": {"image": "x", "comand": ["sh"]}}]}
    where = ("templates", 0, "container", "comand")
    message = (
        'node "a": run.spec.templates[0].container has the unknown field "comand"; did you mean "command"?'
    )
    assert spec_findings(spec) == [(where, message)]


def test_a_wrong_type_in_a_workflow_spec_is_told() -> None:
    assert spec_findings({"onExit": 3}) == [
        (("onExit",), 'node "a": run.spec.onExit is the number 3, expected text; put it in quotes')
    ]


def test_a_part_of_a_workflow_spec_misses_nothing() -> None:
    assert spec_findings({"priority": 1}) == []
    assert spec_findings({}) == []
