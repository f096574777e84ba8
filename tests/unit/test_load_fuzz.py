"""The loader on generated input: it never raises, and takes JSON for what it is."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from depgen.diagnostics import Position, Route
from depgen.filetext import FileText
from depgen.load import Data, Document, load

bounded = settings(max_examples=200, deadline=None, derandomize=True, database=None)

RULES = {
    "ambiguous-scalar",
    "duplicate-key",
    "encoding",
    "key-type",
    "several-documents",
    "too-deep",
    "yaml-alias",
    "yaml-merge-key",
    "yaml-number",
    "yaml-syntax",
    "yaml-tag",
}

GRAPH = """\
graph: etl
timezone: Europe/Paris
calendars:
  business: {days: [mon, tue], holidays: ["2026-12-25"]}
nodes:
  sales:  # started by somebody else
    source: {cronWorkflow: sales-load}
  report:
    run:
      workflowTemplate: report
      params: {rows: 12, ratio: 0.5, text: "a \\"b\\""}
    dependsOn:
      - sales
      - {node: stock, status: done}
    notBefore: '20:00'
    when: |
      (.outputs.rows | tonumber) > 0
"""

# Of the printable characters, those that YAML takes as they are; the others JSON writes as escapes.
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
    | st.sampled_from("\0\t\n\r\x1b"),
    max_size=20,
)
floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: "e" not in repr(number))
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | floats | texts
json_data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)
layouts = st.sampled_from([(None, (",", ":")), (None, (", ", ": ")), (1, (",", ": ")), (4, (",", ": "))])
snippets = st.text("ab01:-,#&*!|>'\"%@`{}[]?<=~ \t\n\r.\\é\u2028\x07", max_size=8)
edits = st.lists(st.tuples(st.integers(0, len(GRAPH)), st.integers(0, 12), snippets), min_size=1, max_size=4)
number_like = st.text(string.digits * 2 + "+-.:_eExXobOBTZynf~=", min_size=1, max_size=8)


def assert_total(raw: bytes) -> None:
    """Load and use all of the answer: nothing raises, and each finding lies in the file."""
    document, findings = load("graph.yaml", raw)
    text = FileText("graph.yaml", raw)
    spots = [finding.where for finding in findings]
    assert document is not None or findings
    assert spots == sorted(spots)
    for finding in findings:
        assert finding.rule in RULES
        for where in (finding.where, *(where for where, _ in finding.related)):
            assert isinstance(where, Position)
            assert 1 <= where.column <= len(text.line(where.line)) + 2
    if document is not None:
        for route, _ in values(document.data):
            document.position(route)


def values(data: Data, route: Route = ()) -> Iterator[tuple[Route, Data]]:
    yield route, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from values(value, (*route, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from values(value, (*route, index))


def text_at(document: Document, route: Route, at_key: bool = False) -> str:
    position = document.position(route, at_key)
    return document.source_line(position.line)[position.column - 1 :]


@bounded
@given(st.binary(max_size=200))
@example(b"\xef\xbb")
@example(b"\xff\xfe\0\0")
@example(b"\xed\xa0\x80")
@example(b"a\r")
def test_no_bytes_raise(raw: bytes) -> None:
    assert_total(raw)


@bounded
@given(st.text(max_size=100) | st.lists(snippets, max_size=30).map("".join))
@example("*a : *b")
@example("{*a, &b : [}")
@example("? &a !b [c]\n: *a")
@example("- ! a\n- !<> b")
def test_no_text_raises(text: str) -> None:
    assert_total(text.encode(errors="surrogatepass"))


@bounded
@given(edits)
def test_no_broken_graph_raises(changes: list[tuple[int, int, str]]) -> None:
    text = GRAPH
    for start, length, replacement in changes:
        text = text[:start] + replacement + text[start + length :]
    assert_total(text.encode())


@bounded
@given(json_data, layouts)
def test_json_is_read_as_itself(data: Data, layout: tuple[int | None, tuple[str, str]]) -> None:
    indent, separators = layout
    text = json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)
    document, findings = load("graph.yaml", text.encode())
    assert findings == []
    assert document is not None
    assert json.dumps(document.data) == json.dumps(data)


@bounded
@given(json_data, layouts)
def test_a_position_is_where_the_value_and_its_key_begin(
    data: Data, layout: tuple[int | None, tuple[str, str]]
) -> None:
    indent, separators = layout
    text = json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)
    document, _ = load("graph.yaml", text.encode())
    assert document is not None
    for route, value in values(data):
        written = json.dumps(value, ensure_ascii=False)
        is_container = isinstance(value, dict | list)
        assert text_at(document, route).startswith(written[0] if is_container else written)
        if route and isinstance(route[-1], str):
            assert text_at(document, route, at_key=True).startswith(json.dumps(route[-1], ensure_ascii=False))


@bounded
@given(st.dictionaries(texts, st.lists(st.dictionaries(texts, texts, max_size=3), max_size=3), max_size=3))
def test_block_style_is_read_as_pyyaml_wrote_it(data: dict[str, Data]) -> None:
    text = yaml.safe_dump(data, default_style='"', default_flow_style=False, sort_keys=False, width=10**6)
    document, findings = load("graph.yaml", text.encode())
    assert findings == []
    assert document is not None
    assert document.data == data
    for route, value in values(data):
        begin = text_at(document, route)
        if isinstance(value, list) and value:
            assert begin.startswith("- ")
        elif value:
            assert begin.startswith(('"', "? "))


@settings(bounded, max_examples=1000)
@given(number_like)
def test_a_scalar_that_is_taken_is_the_same_to_pyyaml(text: str) -> None:
    raw = f"- {text}\n"
    document, findings = load("graph.yaml", raw.encode())
    if document is not None and not findings:
        assert repr(document.data) == repr(yaml.safe_load(raw))
