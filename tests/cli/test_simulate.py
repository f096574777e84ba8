"""`depgen simulate`: options, streams, exit codes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, GRAPH, Command

CRON = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load}
spec: {schedule: "0 18 * * *", timezone: Europe/Paris}
"""
ON = ("--from", "2026-11-21")


def test_a_day_in_which_all_runs_is_exit_code_0(depgen: Command) -> None:
    done = depgen("simulate", "graph.yaml", *ON)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("etl  (Europe/Paris, 1 source, 1 run)\n\n  Sat 2026-11-21\n")
    assert done.out.endswith("\n  1 source: 1 succeeded; 1 run: 1 succeeded\n")
    assert "\x1b" not in done.out


def test_a_run_that_never_runs_is_exit_code_1(depgen: Command) -> None:
    done = depgen("simulate", "graph.yaml", *ON, "--what-if", "sales=fail")
    assert (done.code, done.err) == (1, "")
    assert "✘ report 20261121 never ran" in done.out


def test_cron_workflows_and_a_profile_say_when_and_how_long(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "crons").mkdir()
    (tmp_path / "crons" / "sales.yaml").write_text(CRON)
    (tmp_path / "p.yaml").write_text("profile: v1\nnodes: {sales: {duration: 25m}, report: {duration: 1h}}\n")
    done = depgen("simulate", "graph.yaml", *ON, "--manifests", "crons", "--profile", "p.yaml", "-o", "json")
    (graph,) = json.loads(done.out)["graphs"]
    assert [(node["node"], node["begin"], node["end"]) for node in graph["nodes"]] == [
        ("sales", "2026-11-21T17:00:00Z", "2026-11-21T17:25:00Z"),
        ("report", "2026-11-21T17:25:00Z", "2026-11-21T18:25:00Z"),
    ]
    assert graph["sources"][0]["basis"] == "cron"


@pytest.mark.parametrize(
    ("output", "start"), [("mermaid", "gantt\n"), ("html", "<!DOCTYPE html>\n"), ("json", "{\n")]
)
def test_each_format_is_whole_and_alone_on_stdout(depgen: Command, output: str, start: str) -> None:
    done = depgen("simulate", "graph.yaml", *ON, "-o", output)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(start)


def test_without_a_date_it_is_today(depgen: Command) -> None:
    days = json.loads(depgen("simulate", "graph.yaml", "-o", "json").out)["graphs"][0]["days"]
    assert len(days) == 1


def test_of_a_graph_in_shadow_mode_is_told_what_it_would_submit(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "shadow.yaml").write_text(GRAPH.replace("graph: etl", "graph: etl\nmode: shadow"))
    done = depgen("simulate", "shadow.yaml", *ON)
    assert (done.code, done.err) == (0, "graph etl is in shadow mode: this is what it would submit\n")
    assert done.out == depgen("simulate", "graph.yaml", *ON).out


def test_several_graphs_are_played_in_one_world(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        GRAPH.replace("graph: etl", "graph: two").replace(
            "{cronWorkflow: sales-load}", "{graph: data/etl, node: report}"
        )
    )
    done = depgen("simulate", ".", *ON, "-o", "json")
    graphs = {graph["name"]: graph for graph in json.loads(done.out)["graphs"]}
    assert graphs["two"]["nodes"][-1]["fate"] == "succeeded"
    assert graphs["two"]["nodes"][-1]["begin"] >= graphs["etl"]["nodes"][-1]["end"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--what-if", "saels=fail"), 'there is no node "saels"; did you mean "sales"?'),
        (
            (*ON, "--what-if", "sales@2026=fail"),
            '"sales" has no key "2026" on these days: its keys are 20261121',
        ),
        (("--what-if", "sales=late"), '"sales=late" is none of NODE=fail, NODE=late:2h, NODE=missing'),
        (("--from", "yesterday"), "yesterday"),
        (("--days", "0"), "--days"),
        (("--profile", "none.yaml"), "cannot read none.yaml"),
        (("--manifests", "none"), "cannot read none"),
    ],
)
def test_a_mistake_is_exit_code_2_and_says_what_to_write(
    depgen: Command, arguments: tuple[str, ...], expected: str
) -> None:
    done = depgen("simulate", "graph.yaml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in " ".join(done.err.replace("│", " ").split())


def test_a_graph_or_profile_with_errors_is_exit_code_2_with_its_findings(
    depgen: Command, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert "[unknown-upstream]" in depgen("simulate", "broken.yaml").err
    (tmp_path / "p.yaml").write_text("profile: v1\nnodes: {saels: {}}\n")
    done = depgen("simulate", "graph.yaml", "--profile", "p.yaml")
    assert (done.code, done.out) == (2, "")
    assert 'p.yaml:2:9: error: there is no node "saels"; did you mean "sales"? [unknown-field]' in done.err


def test_a_manifest_that_cannot_be_read_is_told_and_the_rest_counts(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "crons").mkdir()
    (tmp_path / "crons" / "a.yaml").write_text("argoproj.io/: [")
    (tmp_path / "crons" / "b.yaml").write_text(CRON)
    done = depgen("simulate", "graph.yaml", *ON, "--manifests", "crons")
    assert done.code == 0
    assert "[unreadable-manifest]" in done.err
    assert "18:00–18:05" in done.out


def test_the_schema_of_a_profile_is_printed_for_editors(depgen: Command) -> None:
    assert json.loads(depgen("schema", "profile").out)["title"] == "depgen profile"
