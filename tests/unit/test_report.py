"""Every format of a report, for ordinary findings and for hostile ones."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depgen.diagnostics import Finding, Position, Severity
from depgen.report import drift, github, json_report, junit, picture, rulebook, sarif, stream, text, tree
from depgen.report.display import cells, visible
from depgen.report.formats import RENDERERS
from depgen.report.review import Review, RuleNote
from depgen.summary import EdgeSummary, GraphSummary, GroupSummary, NodeSummary
from depgen.write import Changes


def finding(
    message: str = 'node "load" depends on "extrct", which does not exist',
    *,
    path: str = "graph.yaml",
    line: int = 14,
    column: int = 9,
    source_line: str = "      - extrct",
    hint: str | None = 'did you mean "extract"?',
    severity: Severity = Severity.ERROR,
    rule: str = "unknown-upstream",
    related: tuple[tuple[Position, str], ...] = (),
) -> Finding:
    return Finding(Position(path, line, column), rule, severity, message, hint, source_line, related)


WARNING = finding(
    "it is odd", severity=Severity.WARNING, hint=None, rule="odd", path="b.yaml", line=2, column=1
)


def snippet(source_line: str, column: int) -> list[str]:
    return text.finding_text(finding(source_line=source_line, column=column), colour=False).splitlines()[1:]


# ---- text ----


def test_a_finding_shows_its_line_and_a_caret() -> None:
    assert text.finding_text(finding(), colour=False) == (
        'graph.yaml:14:9: error: node "load" depends on "extrct", which does not exist; did you mean "extract"?'
        " [unknown-upstream]\n"
        "  14 |       - extrct\n"
        "     |         ^\n"
    )


def test_related_spots_are_notes() -> None:
    related = ((Position("a.yaml", 3, 5), 'and here for "b"'), (Position("b.yaml", 1, 1), "and here"))
    shown = text.finding_text(finding(related=related), colour=False)
    assert shown.splitlines()[-2:] == ['  note: a.yaml:3:5: and here for "b"', "  note: b.yaml:1:1: and here"]


def test_a_report_ends_with_what_it_amounts_to() -> None:
    shown = text.render(Review((finding(), finding(), WARNING), ("graph.yaml", "b.yaml", "c.yaml")))
    assert shown.endswith(
        "\n\n"
        + "b.yaml:2:1: warning: it is odd [odd]\n  2 |       - extrct\n    | ^\n"
        + "\n2 errors, 1 warning in 3 files\n"
    )
    assert text.render(Review((), ("graph.yaml",))) == "no findings in 1 file\n"


def test_a_tab_is_four_columns() -> None:
    assert snippet("\t\tkey: x", 8) == ["  14 |         key: x", "     |              ^"]


def test_a_wide_character_is_two_columns_and_a_combining_mark_none() -> None:
    assert snippet("日本: x", 5) == ["  14 | 日本: x", "     |       ^"]
    assert snippet("e\u0301: x", 5) == ["  14 | e\u0301: x", "     |    ^"]


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    assert snippet("a\x1b[31mb: \u202ex", 10) == ["  14 | a\\x1b[31mb: \\u202ex", "     |             ^"]
    shown = text.finding_text(finding("bad \x1b]0;x\x07\nline", path="a\nb.yaml"), colour=False)
    assert shown.startswith("a\\nb.yaml:14:9: error: bad \\x1b]0;x\\x07\\nline;")


def test_a_long_line_is_cropped_around_the_caret() -> None:
    line, caret = snippet("a" * 5000 + "!" + "b" * 16_000_000, 5001)
    assert line == f"  14 | …{'a' * 50}!{'b' * 49}…"
    assert line[caret.index("^")] == "!"


def test_a_finding_without_a_line_has_no_snippet() -> None:
    assert snippet("", 1) == []


def test_colour_is_only_where_it_is_wanted() -> None:
    assert text.finding_text(finding(), colour=True).startswith(
        "graph.yaml:14:9: \x1b[1;31merror:\x1b[0m node"
    )
    assert "\x1b" not in text.finding_text(finding(), colour=False)


@given(st.text(), st.integers(1, 200))
def test_no_text_reaches_a_terminal_unseen(line: str, column: int) -> None:
    shown = text.finding_text(finding(line, source_line=line, column=column, path=line), colour=False)
    assert all(part.isprintable() or visible(part) == part for part in shown.split("\n"))
    assert all(visible(character) == character for character, _ in cells(line))


# ---- formats for programs ----


def test_json_has_a_version_and_every_part() -> None:
    related = ((Position("a.yaml", 3, 5), "and here"),)
    report = json.loads(
        json_report.render(Review((finding(related=related), WARNING), ("b.yaml", "graph.yaml")))
    )
    assert report == {
        "version": 1,
        "files": ["b.yaml", "graph.yaml"],
        "errors": 1,
        "warnings": 1,
        "findings": [
            {
                "path": "graph.yaml",
                "line": 14,
                "column": 9,
                "rule": "unknown-upstream",
                "severity": "error",
                "message": 'node "load" depends on "extrct", which does not exist',
                "hint": 'did you mean "extract"?',
                "fixable": False,
                "related": [{"path": "a.yaml", "line": 3, "column": 5, "message": "and here"}],
            },
            {
                "path": "b.yaml",
                "line": 2,
                "column": 1,
                "rule": "odd",
                "severity": "warning",
                "message": "it is odd",
                "hint": None,
                "fixable": False,
                "related": [],
            },
        ],
    }


def test_a_github_command_escapes_what_would_end_it() -> None:
    odd = finding(
        "100% wrong\r\nbadly", path="a,b:c%.yaml", hint=None, related=((Position("x.yaml", 1, 2), "here"),)
    )
    assert github.render(Review((odd,), ())) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=14,col=9,title=unknown-upstream"
        "::100%25 wrong%0D%0Abadly%0Ax.yaml:1:2: here\n"
    )
    assert (
        github.render(Review((WARNING,), ())) == "::warning file=b.yaml,line=2,col=1,title=odd::it is odd\n"
    )
    assert github.render(Review((), ("a.yaml",))) == ""


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_a_github_command_is_one_line(odd: str) -> None:
    shown = github.render(Review((finding(odd, path=odd),), ()))
    assert "\n" not in shown[:-1]
    assert "\r" not in shown


def test_sarif_names_the_rules_it_found() -> None:
    note = RuleNote("unknown-upstream", Severity.ERROR, "A title.", "A title.\n\nMore.")
    other = RuleNote("cycle", Severity.ERROR, "Not found.", "Not found.")
    log = json.loads(sarif.render(Review((finding(), WARNING), (), rules=(other, note))))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["name"] == "depgen"
    assert driver["rules"] == [
        {"id": "odd"},
        {
            "id": "unknown-upstream",
            "shortDescription": {"text": "A title."},
            "fullDescription": {"text": "A title.\n\nMore."},
            "help": {"text": "A title.\n\nMore."},
            "defaultConfiguration": {"level": "error"},
        },
    ]
    first, second = log["runs"][0]["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("unknown-upstream", 1, "error")
    assert (second["ruleId"], second["ruleIndex"], second["level"]) == ("odd", 0, "warning")
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "graph.yaml"},
                "region": {"startLine": 14, "startColumn": 9},
            }
        }
    ]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü.yaml", "a%20b/%C3%BC.yaml"),
        ("/abs/x.yaml", "file:///abs/x.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("a\udcff.yaml", "a%FF.yaml"),
    ],
)
def test_a_sarif_path_is_a_uri(path: str, uri: str) -> None:
    log = json.loads(sarif.render(Review((finding(path=path),), ())))
    location = log["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_has_related_locations() -> None:
    related = ((Position("a.yaml", 3, 5), "and here"),)
    log = json.loads(sarif.render(Review((finding(related=related),), ())))
    (location,) = log["runs"][0]["results"][0]["relatedLocations"]
    assert (location["id"], location["message"]) == (1, {"text": "and here"})
    assert location["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 5}


def test_junit_has_a_case_per_finding_and_per_clean_file() -> None:
    suites = ElementTree.fromstring(
        junit.render(Review((finding(), WARNING), ("a.yaml", "b.yaml", "graph.yaml")))
    )
    (suite,) = suites
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    assert [(case.get("classname"), case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("graph.yaml", "unknown-upstream at 14:9", ["failure"]),
        ("b.yaml", "odd at 2:1", ["system-out"]),
        ("a.yaml", "no findings", []),
    ]
    assert suite[0][0].get("message") == finding().text
    assert (suite[0][0].text or "").splitlines()[1] == "  14 |       - extrct"


def test_junit_fails_what_the_lint_fails() -> None:
    review = Review((finding(), WARNING), (), failing=frozenset(Severity))
    assert ElementTree.fromstring(junit.render(review)).get("failures") == "2"
    assert (
        ElementTree.fromstring(junit.render(Review((finding(),), (), failing=frozenset()))).get("failures")
        == "0"
    )


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_junit_is_well_formed_whatever_the_text(odd: str) -> None:
    odd_finding = finding(odd, path=odd, source_line=odd, hint=odd, related=((Position(odd, 1, 1), odd),))
    shown = junit.render(Review((odd_finding,), (odd, odd + "x")))
    assert len(list(ElementTree.fromstring(shown)[0])) == 2


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_json_formats_are_json_whatever_the_text(odd: str) -> None:
    odd_finding = finding(
        odd, path="gräph.yaml", source_line=odd, hint=odd, related=((Position("b.yaml", 1, 1), odd),)
    )
    review = Review((odd_finding,), ("gräph.yaml",))
    assert json.loads(json_report.render(review))["findings"][0]["message"] == odd
    assert json.loads(sarif.render(review))["runs"][0]["results"][0]["message"]["text"] == odd_finding.text


def test_every_format_can_be_empty_and_ends_in_a_line_feed() -> None:
    for name, render in RENDERERS.items():
        shown = render(Review((), ("a.yaml",)))
        assert shown == "" if name == "github" else shown.endswith("\n")


# ---- the tree ----


def source(id_: str) -> NodeSummary:
    return NodeSummary(id_, f"CronWorkflow {id_}-load", is_source=True)


def run(
    id_: str, *members: EdgeSummary | GroupSummary, need: int = 0, extras: tuple[str, ...] = ()
) -> NodeSummary:
    return NodeSummary(id_, f"WorkflowTemplate {id_}", False, GroupSummary(members, need), extras)


def graph(*nodes: NodeSummary, name: str = "etl") -> GraphSummary:
    return GraphSummary(name, "data", "Europe/Paris", tuple(sorted(nodes, key=lambda node: node.id)))


ETL = graph(
    source("sales"),
    source("us-orders"),
    run("report", EdgeSummary("sales"), EdgeSummary("us-orders", extras=("finished within 6h",))),
    run("audit", EdgeSummary("report", "done")),
)


def test_the_tree_shows_what_listens_to_what() -> None:
    totals = GraphSummary(
        ETL.name,
        ETL.namespace,
        ETL.timezone,
        ETL.nodes,
        pods=(("EventSource", 1), ("submit", 2)),
        bound="submit 10 runs/s",
    )
    assert tree.render([totals]).splitlines() == [
        "etl  (Europe/Paris, 2 sources, 2 runs)",
        "├─ report  runs WorkflowTemplate report",
        "│    ├─ sales      success  CronWorkflow sales-load",
        "│    └─ us-orders  success  CronWorkflow us-orders-load, finished within 6h",
        "└─ audit   runs WorkflowTemplate audit",
        "     └─ report  done",
        "  pods: 1 EventSource, 2 submit = 3; bound: submit 10 runs/s",
        '  sweep: none; what a lost event leaves undone stays so until "depgen reconcile" is run (add "sweeper")',
    ]


def test_the_tree_shows_groups_within_groups() -> None:
    inner = GroupSummary((EdgeSummary("b"), EdgeSummary("c", "failure")), need=1)
    node = run("d", EdgeSummary("a"), inner, EdgeSummary("c"), need=2, extras=("suspended",))
    shown = tree.render([graph(source("a"), source("b"), source("c"), node)]).splitlines()
    assert shown == [
        "etl  (Europe/Paris, 3 sources, 1 run)",
        "└─ d  runs WorkflowTemplate d; when at least 2 of 3; suspended",
        "     ├─ a  success  CronWorkflow a-load",
        "     ├─ any of 2",
        "     │    ├─ b  success  CronWorkflow b-load",
        "     │    └─ c  failure  CronWorkflow c-load",
        "     └─ c  success  CronWorkflow c-load",
    ]


def test_the_tree_has_sources_that_nothing_waits_for() -> None:
    assert tree.render([graph(source("a"))]).splitlines() == [
        "etl  (Europe/Paris, 1 source, 0 runs)",
        "└─ a  CronWorkflow a-load; no run waits for it",
    ]
    assert tree.render([graph()]) == "etl  (Europe/Paris, 0 sources, 0 runs)\n"
    assert tree.render([]) == ""


def test_a_large_tree_is_cut() -> None:
    wide = run("wide", *(EdgeSummary(f"s{i:03}") for i in range(100)))
    nodes = [run(f"r{i:03}", EdgeSummary("wide")) for i in range(100)]
    shown = tree.render([graph(wide, *nodes, *(source(f"s{i:03}") for i in range(100)))]).splitlines()
    assert shown[1].startswith("├─ wide")
    assert shown[14] == "│    └─ … and 88 more"
    assert shown[-1] == "└─ … and 61 more; depgen graph shows all"
    assert len(shown) < 100


def test_a_deep_tree_needs_no_deep_recursion() -> None:
    chain = [run(f"n{i:05}", EdgeSummary(f"n{i - 1:05}")) for i in range(1, 3001)]
    assert tree.render([graph(source("n00000"), *chain)]).splitlines()[1].startswith("├─ n00001  runs")


def test_a_tree_of_a_cycle_still_ends() -> None:
    shown = tree.render([graph(run("a", EdgeSummary("b")), run("b", EdgeSummary("a")))])
    assert shown.splitlines()[1::2] == ["├─ a  runs WorkflowTemplate a", "└─ b  runs WorkflowTemplate b"]


# ---- pictures ----


def test_a_mermaid_picture_has_round_sources_and_labels_only_what_is_unusual() -> None:
    assert picture.mermaid([ETL]).splitlines() == [
        "flowchart LR",
        '  n_etl_audit["audit<br/>WorkflowTemplate audit"]',
        '  n_etl_report["report<br/>WorkflowTemplate report"]',
        '  n_etl_sales("sales<br/>CronWorkflow sales-load")',
        '  n_etl_us_orders("us-orders<br/>CronWorkflow us-orders-load")',
        '  n_etl_report -->|"done"| n_etl_audit',
        "  n_etl_sales --> n_etl_report",
        '  n_etl_us_orders -->|"finished within 6h"| n_etl_report',
    ]


def test_a_group_is_a_shape_of_its_own() -> None:
    node = run("d", EdgeSummary("a"), GroupSummary((EdgeSummary("a"), EdgeSummary("b", "failure"))), need=1)
    lines = picture.mermaid([graph(source("a"), source("b"), node)]).splitlines()
    assert [line.strip() for line in lines if "j0" in line] == [
        'j0_n_etl_d{{"any of 2"}}',
        'j1_j0_n_etl_d{{"all of 2"}}',
        "j0_n_etl_d --> n_etl_d",
        "n_etl_a --> j0_n_etl_d",
        "j1_j0_n_etl_d --> j0_n_etl_d",
        "n_etl_a --> j1_j0_n_etl_d",
        'n_etl_b -->|"failure"| j1_j0_n_etl_d',
    ]


def test_mermaid_text_is_escaped() -> None:
    node = NodeSummary("a", 'x"]; click a "javascript:1" #`<b>', is_source=True)
    (_, line) = picture.mermaid([graph(node)]).splitlines()
    assert line == '  n_etl_a("a<br/>x#34;]; click a #34;javascript:1#34; #35;#96;#60;b#62;")'


def test_several_graphs_are_apart() -> None:
    two = [graph(source("a")), graph(source("a"), name="web")]
    assert picture.mermaid(two).splitlines() == [
        "flowchart LR",
        '  subgraph g_etl["etl"]',
        '    n_etl_a("a<br/>CronWorkflow a-load")',
        "  end",
        '  subgraph g_web["web"]',
        '    n_web_a("a<br/>CronWorkflow a-load")',
        "  end",
    ]
    assert '  subgraph cluster_web {\n    label="web"\n    n_web_a [label=' in picture.dot(two)


def test_a_dot_picture_escapes_quotes() -> None:
    node = NodeSummary("a", 'x"\\', is_source=True)
    assert picture.dot([graph(node)]).splitlines()[3] == '  n_etl_a [label="a\\nx\\"\\\\", style=rounded]'


def test_a_json_picture_has_every_edge() -> None:
    drawn = json.loads(picture.as_json([ETL]))
    assert drawn["version"] == 1
    (only,) = drawn["graphs"]
    assert (only["name"], only["namespace"], only["timezone"]) == ("etl", "data", "Europe/Paris")
    assert only["nodes"][1] == {
        "id": "report",
        "kind": "run",
        "what": "WorkflowTemplate report",
        "extras": [],
        "waitsFor": {
            "need": 2,
            "of": [
                {"node": "sales", "status": "success", "extras": []},
                {"node": "us-orders", "status": "success", "extras": ["finished within 6h"]},
            ],
        },
    }


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_different_nodes_are_different_shapes(ids: list[str]) -> None:
    drawn = picture.mermaid([graph(*map(source, ids))]).splitlines()
    names = {line.split("(")[0] for line in drawn[1:]}
    assert len(names) == 2
    assert all(name.strip().replace("_", "").isalnum() and name.isascii() for name in names)


# ---- streams, drift, rules ----

FILES = {
    "etl-rbac.yaml": "# head\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: etl}\n---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: é}\n",
    "etl-eventsource.yaml": "# head\napiVersion: argoproj.io/v1alpha1\nkind: EventSource\nmetadata: {name: etl}\n",
}


def test_a_stream_is_every_manifest_in_the_order_of_the_files() -> None:
    shown = stream.as_yaml(FILES)
    assert shown == f"---\n{FILES['etl-eventsource.yaml']}---\n{FILES['etl-rbac.yaml']}"
    assert stream.as_names(FILES) == (
        "eventsource.argoproj.io/etl\nserviceaccount/etl\nrole.rbac.authorization.k8s.io/é\n"
    )
    listed = json.loads(stream.as_json(FILES))
    assert (listed["apiVersion"], listed["kind"], len(listed["items"])) == ("v1", "List", 3)


def test_drift_lists_files_by_name() -> None:
    changes = Changes(
        created=("c.yaml",), changed=("b.yaml", "depgen.lock"), removed=("a.yaml",), unchanged=("d.yaml",)
    )
    assert drift.listed(changes) == (
        "a.yaml: would be removed\nb.yaml: would be changed\nc.yaml: would be created\ndepgen.lock: would be changed\n"
    )
    assert drift.counted(changes) == "3 files written, 1 removed, 1 unchanged"
    assert drift.counted(Changes(unchanged=("a",))) == "0 files written, 1 unchanged"


def explained(before: str, after: str) -> list[str]:
    changes = Changes(changed=("a.yaml", "depgen.lock"))
    return drift.explained(changes, {"a.yaml": after}, lambda name: before).splitlines()[1:-1]


def test_drift_shows_the_lines_that_differ() -> None:
    assert explained("a\nb\nc\n", "a\nx\nc\n") == ["  -b", "  +x"]
    assert explained("a\nb\n", "a\nb\nc\x1b\n") == ["  +c\\x1b"]
    assert explained("a\na\na\n", "a\na\n") == ["  -a"]


def test_drift_of_a_large_file_is_short() -> None:
    same = "".join(f"line {i}\n" for i in range(20_000))
    assert explained(same, f"new\n{same}") == ["  +new"]
    rewritten = explained(same, same.replace("line", "row"))
    assert rewritten[-1] == "  …"
    assert len(rewritten) == 21


def test_rules_are_listed_and_explained() -> None:
    note = RuleNote("cycle", Severity.ERROR, "A title.", "A title.\n\nMore.")
    other = RuleNote("no-edges", Severity.WARNING, "Another.", "Another.")
    assert rulebook.listed([note, other]) == "cycle     error    A title.\nno-edges  warning  Another.\n"
    assert rulebook.explained(note) == "cycle (error)\n\nA title.\n\nMore.\n"
    assert json.loads(rulebook.as_json([note])) == {
        "version": 1,
        "rules": [{"id": "cycle", "severity": "error", "title": "A title.", "text": "A title.\n\nMore."}],
    }
