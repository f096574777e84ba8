"""The loader on small literals: what it takes, what it refuses, and where."""

from __future__ import annotations

import pytest

from depgen.diagnostics import Diagnostic, Position, Route
from depgen.filetext import FileText
from depgen.load import MAX_BYTES, MAX_FINDINGS, Document, load

GRAPH = """\
# a comment
graph: etl
nodes:
  sales:
    source: {cronWorkflow: sales-load}
  report:
    dependsOn:
      - sales
      - {node: stock, status: done}
      - node: "us-orders"
        lookback: 6h
    run:
      workflowTemplate:
        daily
      params: {text: |
        x, é: 1}
"""


def loaded(text: str) -> Document:
    document, findings = load("graph.yaml", text.encode())
    assert findings == []
    assert document is not None
    return document


def spot(position: object) -> str:
    assert isinstance(position, Position)
    assert position.path == "graph.yaml"
    return f"{position.line}:{position.column}"


def told(finding: Diagnostic) -> str:
    """`line:column: message; hint [rule]`, and the related spots in brackets of their own."""
    hint = f"; {finding.hint}" if finding.hint else ""
    related = "".join(f" ({spot(where)}: {note})" for where, note in finding.related)
    return f"{spot(finding.where)}: {finding.message}{hint} [{finding.rule}]{related}"


def findings_of(raw: str | bytes) -> list[str]:
    _, findings = load("graph.yaml", raw.encode() if isinstance(raw, str) else raw)
    return [told(finding) for finding in findings]


def rules_of(raw: str | bytes) -> list[str]:
    _, findings = load("graph.yaml", raw.encode() if isinstance(raw, str) else raw)
    return [finding.rule for finding in findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("20261121", 20261121),
        ("9007199254740992", 2**53),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-1.5e+3", -1500.0),
        ("nULL", "nULL"),
        ("tRUE", "tRUE"),
        ("12:60", "12:60"),
        ("06:00+1d", "06:00+1d"),
        ("15m", "15m"),
        ("1.2.3", "1.2.3"),
        ("inf", "inf"),
        ("sales-load", "sales-load"),
        ("yes-man", "yes-man"),
        ("-1d", "-1d"),
        ("a\n  b", "a b"),
        ("'12:00'", "12:00"),
        ('"off"', "off"),
        ("'<<'", "<<"),
        ('"\\U0001F600"', "\U0001f600"),
        ("|\n  x\n  y", "x\ny"),
    ],
)
def test_a_scalar_is_read_as_in_yaml_1_2(text: str, value: object) -> None:
    data = loaded(f"a: {text}").data
    assert data == {"a": value}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("12:00", "text in YAML 1.2 but the number 720 in YAML 1.1"),
        ("09:00", "text in YAML 1.2 but the number 540 in YAML 1.1"),
        ("1:30:45.5", "text in YAML 1.2 but the number 5445.5 in YAML 1.1"),
        ("-1:30", "text in YAML 1.2 but the number -90 in YAML 1.1"),
        ("off", "text in YAML 1.2 but false in YAML 1.1"),
        ("yes", "text in YAML 1.2 but true in YAML 1.1"),
        ("n", "text in YAML 1.2 but false in YAML 1.1"),
        ("2027-12-31", "text in YAML 1.2 but a date in YAML 1.1"),
        ("2027-12-31 20:00:00", "text in YAML 1.2 but a date in YAML 1.1"),
        ("2027-12-31T20:00:00.5+02:00", "text in YAML 1.2 but a date in YAML 1.1"),
        ("0o17", "the number 15 in YAML 1.2 but text in YAML 1.1"),
        ("010", "the number 10 in YAML 1.2 but the number 8 in YAML 1.1"),
        ("08", "the number 8 in YAML 1.2 but text in YAML 1.1"),
        ("1_000", "text in YAML 1.2 but the number 1000 in YAML 1.1"),
        ("1_0.5", "text in YAML 1.2 but the number 10.5 in YAML 1.1"),
        ("0b1", "text in YAML 1.2 but the number 1 in YAML 1.1"),
        ("0B1", "text in YAML 1.2 but the number 1 to kubectl"),
        ("-0x1F", "text in YAML 1.2 but the number -31 in YAML 1.1"),
        ("0x_", "text in YAML 1.2 but a malformed number in YAML 1.1"),
        ("1e3", "the number 1000 in YAML 1.2 but text in YAML 1.1"),
        (".5e1", "the number 5 in YAML 1.2 but text in YAML 1.1"),
        ("-.5", "the number -0.5 in YAML 1.2 but text in YAML 1.1"),
        ("=", "text in YAML 1.2 but a default-value mark in YAML 1.1"),
    ],
)
def test_a_scalar_that_readers_take_differently_is_to_be_quoted(text: str, readings: str) -> None:
    document, findings = load("graph.yaml", f"a: {text}".encode())
    expected = f'1:4: unquoted {text} is {readings}; quote it: "{text}" [ambiguous-scalar]'
    assert [told(finding) for finding in findings] == [expected]
    assert document is not None
    assert document.data == {"a": text}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "on: 1",
            '1:1: unquoted on is text in YAML 1.2 but true in YAML 1.1; quote it: "on" [ambiguous-scalar]',
        ),
        ("a: .inf", '1:4: .inf is not a number that JSON can hold; quote it: ".inf" [yaml-number]'),
        ("a: .NaN", '1:4: .NaN is not a number that JSON can hold; quote it: ".NaN" [yaml-number]'),
        (
            "a: 9007199254740993",
            '1:4: 9007199254740993 would lose digits beyond 2^53; quote it: "9007199254740993" [yaml-number]',
        ),
        ("a: 1e400", '1:4: 1e400 would lose digits beyond 2^53; quote it: "1e400" [yaml-number]'),
        (
            "a: 1\nb: 2\n'a': 3",
            '3:1: the key "a" is repeated; remove or rename one of the two [duplicate-key] (1:1: it is here first)',
        ),
        ("1: a", '1:1: a key must be text, and 1 is a number; quote it: "1" [key-type]'),
        ("x: {true: a}", '1:5: a key must be text, and true is a boolean; quote it: "true" [key-type]'),
        ("~: a", '1:1: a key must be text, and ~ is null; quote it: "~" [key-type]'),
        ("? \n: a", '1:2: a key must be text, and this one is empty; write one before the ":" [key-type]'),
        (
            "a: {{ x }}",
            '1:5: a key must be text, and this one is a map; quote text that begins with "{" [key-type]',
        ),
        (
            "[a]: b",
            '1:1: a key must be text, and this one is a list; quote text that begins with "[" [key-type]',
        ),
        (
            "a: !!str 12:00",
            '1:4: the tag "!!str" is not allowed; remove it; quote the value if it is text [yaml-tag]',
        ),
        (
            "- !Ref {}",
            '1:3: the tag "!Ref" is not allowed; remove it; quote the value if it is text [yaml-tag]',
        ),
        (
            "<<: {a: 1}",
            '1:1: the merge key "<<" is not allowed; '
            'write the text out, or put what nodes share under "defaults:" [yaml-merge-key]',
        ),
        (
            "a: &x 1",
            '1:4: the anchor "&x" is not allowed; '
            'write the text out, or put what nodes share under "defaults:" [yaml-alias]',
        ),
        (
            "a: *x",
            '1:4: the alias "*x" is not allowed; '
            'write the text out, or put what nodes share under "defaults:" [yaml-alias]',
        ),
        (
            "# c\na: 1\n---\nb: 2",
            "3:1: a file holds one document, and a second one begins here; put it in a file of its own "
            "[several-documents] (2:1: the first one begins here)",
        ),
        (b"\xff\xfea\0", "1:1: the file is UTF-16, not UTF-8; save it as UTF-8 [encoding]"),
        (b"a: 1\nb: \0", "2:4: the file is not text: it holds a NUL; save it as UTF-8 text [encoding]"),
        (
            b"\xef\xbb\xbfa: 1\nb: \xc3\xa9\xe9 \xe9",
            "2:5: byte 0xE9 is not UTF-8; save the file as UTF-8 [encoding]",
        ),
        (
            "a: \x07\nb: \x07",
            "1:4: the character U+0007 cannot stand in YAML (here and 1 more); "
            'remove it, or write \\x07 inside "double quotes" [encoding]',
        ),
        (
            "a: é\u2028",
            "1:5: the character U+2028 cannot stand in YAML; "
            'remove it, or write \\u2028 inside "double quotes" [encoding]',
        ),
    ],
)
def test_a_refused_spot_is_told_with_a_way_out(raw: str | bytes, expected: str) -> None:
    assert findings_of(raw) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: b: c",
            '1:5: a ":" cannot stand here; '
            'quote the text it belongs to, or look at the line above: its indentation, a missing ":"',
        ),
        (
            "nodes:\n  a: 1\n  b\n  c: 2",
            '3:3: this is not a "key: value" pair; '
            'write a ":" and a value, or check the indentation of this line and the lines above',
        ),
        ("a: 'x\nb: 1\n", "1:4: the quote that opens here is never closed; close it"),
        (
            "a: 'it's'",
            "1:8: text cannot follow the quote that closes here; "
            "quote all of it; a quote inside is '' in single quotes and \\\" in double quotes",
        ),
        ("a:\n\t- b", "2:1: a tab cannot indent; use spaces"),
        ("a: |\n\tx", "2:1: a tab cannot indent; use spaces"),
        ("a: @daily", '1:4: text cannot begin with "@"; quote the text'),
        ("a: */5 * * * *", '1:4: "*" and "&" begin YAML aliases and anchors; quote the text'),
        ("a: !x!y z", '1:4: "!" begins a YAML tag, and this is none; quote the text'),
        ("a: - b", '1:4: a list cannot begin on the line of its key; put "- " on the next line'),
        (
            "a:\n  b: 1\n c: 2",
            '3:2: expected the next key of the map, but found "c"; '
            "check the indentation of this line and the lines above",
        ),
        (
            "a:\n  - b\n  c: d",
            '3:3: expected "- ", as before the other items of the list, but found "c"; '
            "check the indentation of this line and the lines above",
        ),
        ("a: [1, 2\n\n\n", '1:9: expected "," or "]", but found the end of the text'),
        ("a: {b: 1\nc: 2", '2:2: expected "," or "}", but found ":"'),
        ("a: ]", '1:4: expected a value, but found "]"'),
        (
            "{a: 1}}",
            '1:7: the document has ended before this "}"; '
            "check the indentation of this line and the lines above",
        ),
        (
            'a: "\\d"',
            '1:5: this is no escape of double-quoted text; write "\\\\" for a backslash, or use single quotes',
        ),
        (
            'a: "\\ud83d"',
            "1:7: this escape is no character; write the character itself, or \\U and eight digits",
        ),
        ("a: | b", '1:6: text may follow "|" or ">" only on the next line; move it there, or quote it'),
        (
            "%FOO\n---\na",
            '1:1: a line that begins with "%" is a YAML directive, and this is none; remove the line',
        ),
    ],
)
def test_malformed_yaml_is_told_in_a_users_words(text: str, expected: str) -> None:
    document, findings = load("graph.yaml", text.encode())
    assert document is None
    assert [finding.rule for finding in findings] == ["yaml-syntax"]
    assert told(findings[0]).split(" [yaml-syntax]")[0] == expected


def test_an_unclosed_list_is_shown_where_it_begins() -> None:
    _, (finding,) = load("graph.yaml", b"a:\n  [b,\n  c\nd: 1")
    assert [(spot(where), note) for where, note in finding.related] == [("2:3", "the list begins here")]


def test_every_finding_is_told_in_one_run_sorted_by_position() -> None:
    text = "off: 1\na: &x 12\n1: {b: 1, b: [.nan, !t 1]}\n---\nb: \x01\nc: yes\nd: [\n"
    assert rules_of(text) == [
        "ambiguous-scalar",
        "yaml-alias",
        "key-type",
        "duplicate-key",
        "yaml-number",
        "yaml-tag",
        "several-documents",
        "encoding",
        "ambiguous-scalar",
        "yaml-syntax",
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{[", "? - "])
def test_a_million_levels_end_at_the_sixty_fifth(opening: str) -> None:
    _, (finding,) = load("graph.yaml", (opening * 1_000_000).encode())
    levels = 64 // (2 if opening in ("{[", "? - ") else 1)
    assert (
        told(finding) == f"1:{levels * len(opening) + 1}: this is nested more than 64 levels deep [too-deep]"
    )


def test_sixty_four_levels_are_taken() -> None:
    data = loaded("[" * 64 + "]" * 64).data
    for _ in range(63):
        assert isinstance(data, list)
        (data,) = data
    assert data == []


def test_a_file_over_the_limit_is_refused_unread() -> None:
    assert findings_of(b"\0" * (MAX_BYTES + 1)) == [
        "1:1: the file is larger than 16 MiB; split the graph into several files [too-large]"
    ]
    assert rules_of(b" " * MAX_BYTES) == []


def test_an_alias_bomb_is_refused_and_not_expanded() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60))
    document, findings = load("graph.yaml", bomb.encode())
    assert document is None
    assert {finding.rule for finding in findings} == {"yaml-alias"}
    assert len(findings) == 60 + 59 * 2


def test_a_flood_of_directives_is_refused_before_libyaml_compares_them() -> None:
    flood = "".join(f"%TAG !a{i}! b\n" for i in range(800_000))
    assert rules_of(flood + "---\na: 1") == ["yaml-syntax"]


def test_a_file_of_junk_has_an_end_to_its_findings() -> None:
    document, findings = load("graph.yaml", b"- n\n" * (MAX_FINDINGS + 1))
    assert document is None
    assert len(findings) == MAX_FINDINGS


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff"])
def test_an_empty_document_is_null_without_a_finding(text: str) -> None:
    document = loaded(text)
    assert document.data is None
    assert spot(document.position(("nodes", "a"), at_key=True)) == ("2:1" if text == "---\n" else "1:1")


def test_what_can_be_kept_of_a_refused_file_is_kept() -> None:
    document, _ = load("graph.yaml", b"a: {x: 1}\na: {x: 2, y: 3}\nb: off\n2: c\n---\nd: 1\n")
    assert document is not None
    assert document.data == {"a": {"x": 1}, "b": "off", "2": "c"}
    assert [spot(document.position((key,))) for key in ("a", "b", "2")] == ["1:4", "3:4", "4:4"]


@pytest.mark.parametrize("text", ["a: *x", "<<: {}", "{}: a", "a: [", "[" * 65])
def test_a_file_with_a_part_that_cannot_be_kept_is_no_document(text: str) -> None:
    document, _ = load("graph.yaml", text.encode())
    assert document is None


@pytest.mark.parametrize(
    ("route", "value", "key"),
    [
        ((), "2:1", "2:1"),
        (("graph",), "2:8", "2:1"),
        (("nodes",), "4:3", "3:1"),
        (("nodes", "sales", "source"), "5:13", "5:5"),
        (("nodes", "sales", "source", "cronWorkflow"), "5:28", "5:14"),
        (("nodes", "report", "dependsOn"), "8:7", "7:5"),
        (("nodes", "report", "dependsOn", 0), "8:9", "8:9"),
        (("nodes", "report", "dependsOn", 1), "9:9", "9:9"),
        (("nodes", "report", "dependsOn", 1, "status"), "9:31", "9:23"),
        (("nodes", "report", "dependsOn", 2, "node"), "10:15", "10:9"),
        (("nodes", "report", "dependsOn", 2, "lookback"), "11:19", "11:9"),
        (("nodes", "report", "run", "workflowTemplate"), "14:9", "13:7"),
    ],
)
def test_a_route_leads_to_its_value_and_its_key(route: Route, value: str, key: str) -> None:
    document = loaded(GRAPH.replace("{text: |\n        x, é: 1}", "{é: 1}"))
    assert spot(document.position(route)) == value
    assert spot(document.position(route, at_key=True)) == key


@pytest.mark.parametrize(
    ("route", "value", "key"),
    [
        (("nodes", "stock", "run"), "4:3", "3:1"),
        (("nodes", "report", "dependsOn", 3), "8:7", "7:5"),
        (("nodes", "report", "dependsOn", -1), "8:7", "7:5"),
        (("nodes", "report", "dependsOn", "node"), "8:7", "7:5"),
        (("graph", "etl"), "2:8", "2:1"),
        ((0,), "2:1", "2:1"),
    ],
)
def test_a_route_that_leads_nowhere_stops_at_the_nearest_ancestor(route: Route, value: str, key: str) -> None:
    document = loaded(GRAPH.split("    run:")[0])
    assert spot(document.position(route)) == value
    assert spot(document.position(route, at_key=True)) == key


def test_columns_count_characters_and_lines_end_as_in_editors() -> None:
    document = loaded('\ufeff"é😀": a\r\nb: [c,\r  😀d, e]\n')
    assert spot(document.position(("é😀",))) == "1:7"
    assert spot(document.position(("b",))) == "2:4"
    assert spot(document.position(("b", 2))) == "3:7"
    assert [document.source_line(line) for line in range(6)] == [
        "",
        '"é😀": a',
        "b: [c,",
        "  😀d, e]",
        "",
        "",
    ]


def test_a_line_of_a_refused_file_can_be_shown() -> None:
    assert FileText("graph.yaml", b"a: 1\r\nb: \xe9\x1b[1m\n").line(2) == "b: \ufffd\ufffd[1m"
