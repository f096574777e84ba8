"""`depgen lint`: its formats, its filters and what makes it fail."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import BROKEN, Command


@pytest.fixture
def broken(depgen: Command, tmp_path: Path) -> Command:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    return depgen


def test_a_clean_graph_is_0(depgen: Command) -> None:
    done = depgen("lint", "graph.yaml")
    assert (done.code, done.out, done.err) == (0, "no findings in 1 file\n", "")


def test_findings_are_the_answer_on_stdout(broken: Command) -> None:
    done = broken("lint", "broken.yaml")
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines() == [
        'broken.yaml:9:17: error: node "report" depends on "saels", which does not exist; did you mean "sales"? [unknown-upstream]',
        "  9 |     dependsOn: [saels]",
        "    |                 ^",
        "",
        "1 error in 1 file",
    ]


def test_each_format_tells_the_same(broken: Command) -> None:
    found = json.loads(broken("lint", "broken.yaml", "-o", "json").out)["findings"]
    assert [(f["path"], f["line"], f["column"], f["rule"]) for f in found] == [
        ("broken.yaml", 9, 17, "unknown-upstream")
    ]
    assert broken("lint", "broken.yaml", "-o", "github").out.startswith(
        "::error file=broken.yaml,line=9,col=17,title=unknown-upstream::node "
    )
    (rule,) = json.loads(broken("lint", "broken.yaml", "-o", "sarif").out)["runs"][0]["tool"]["driver"][
        "rules"
    ]
    assert rule["shortDescription"] == {"text": "An edge names a node that is not in the graph."}
    assert ElementTree.fromstring(broken("lint", "broken.yaml", "-o", "junit").out).get("failures") == "1"


@pytest.mark.parametrize("output", ["text", "json", "github", "gitlab", "sarif", "junit"])
def test_each_format_has_the_same_exit_code(broken: Command, output: str) -> None:
    assert broken("lint", "broken.yaml", "--format", output).code == 1
    assert broken("lint", "broken.yaml", "--format", output, "--fail-on", "never").code == 0
    assert broken("lint", "graph.yaml", "--format", output).code == 0


def test_an_error_cannot_be_ignored(broken: Command) -> None:
    done = broken("lint", "broken.yaml", "--ignore", "cycle,unknown-upstream")
    assert (done.code, done.out) == (2, "")
    assert '"cycle" is an error' in " ".join(done.err.split())


def test_an_error_is_shown_whatever_is_selected(broken: Command) -> None:
    done = broken("lint", "broken.yaml", "--select", "cycle")
    assert done.code == 1
    assert "[unknown-upstream]" in done.out


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_is_a_usage_error(depgen: Command, option: str) -> None:
    done = depgen("lint", "graph.yaml", option, "cycel")
    assert (done.code, done.out) == (2, "")
    assert 'there is no rule "cycel"; did you mean "cycle"?' in " ".join(done.err.split())
    assert "`depgen rules` lists them" in " ".join(depgen("lint", "graph.yaml", option, "x1").err.split())


def test_an_empty_graph_lints(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text("")
    done = depgen("lint", "graph.yaml")
    assert done.code == 1
    assert done.out.startswith("graph.yaml:1:1: error:")
