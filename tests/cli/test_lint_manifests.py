"""`depgen lint --manifests`: the manifests beside graphs, or alone."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Command

CRON = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load}
spec:
  schedule: "0 6 * * *"
"""
TEXT = (
    'crons/sales.yaml:4:1: warning: CronWorkflow "sales-load" loses a run if the controller is down at its minute; '
    "say how late it may still start, such as startingDeadlineSeconds: 3600 [no-starting-deadline]\n"
    "  4 | spec:\n"
    "    | ^\n"
)


@pytest.fixture
def crons(depgen: Command, tmp_path: Path) -> Command:
    (tmp_path / "crons").mkdir()
    (tmp_path / "crons" / "sales.yaml").write_text(CRON)
    return depgen


def test_manifests_can_be_looked_at_alone(crons: Command) -> None:
    done = crons("lint", "--manifests", "crons")
    assert (done.code, done.out, done.err) == (0, f"{TEXT}\n1 warning in 1 file\n", "")
    assert crons("lint", "--manifests", "crons", "--fail-on", "warning").code == 1


def test_the_controllers_defaults_are_among_the_manifests(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "report.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: report}\n"
        "spec: {retryStrategy: {limit: 1}, templates: [{name: main, container: {image: 'report:1'}}]}\n"
    )
    (tmp_path / "controller.yaml").write_text(
        "kind: ConfigMap\nmetadata: {name: workflow-controller-configmap}\n"
        "data: {workflowDefaults: 'spec: {activeDeadlineSeconds: 60}'}\n"
    )
    assert "no-deadline" in depgen("lint", "--manifests", "report.yaml").out
    assert "no-deadline" not in depgen("lint", "--manifests", ".").out


def test_each_format_tells_of_manifests(crons: Command) -> None:
    found = json.loads(crons("lint", "--manifests", "crons", "-o", "json").out)["findings"]
    assert [(f["path"], f["line"], f["rule"]) for f in found] == [
        ("crons/sales.yaml", 4, "no-starting-deadline")
    ]
    github = crons("lint", "--manifests", "crons", "-o", "github").out
    assert github.startswith("::warning file=crons/sales.yaml,line=4,col=1,title=no-starting-deadline::")
    (run,) = json.loads(crons("lint", "--manifests", "crons", "-o", "sarif").out)["runs"]
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "crons/sales.yaml"
    )
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["no-starting-deadline"]
    junit = ElementTree.fromstring(crons("lint", "--manifests", "crons", "-o", "junit").out)
    assert [case.get("file") for case in junit.iter("testcase")] == ["crons/sales.yaml"]


def test_rules_about_manifests_are_selected_and_ignored_as_others(crons: Command) -> None:
    assert (
        crons("lint", "--manifests", "crons", "--ignore", "no-starting-deadline").out
        == "no findings in 1 file\n"
    )
    assert crons("lint", "--manifests", "crons", "--select", "image-latest").out == "no findings in 1 file\n"


def test_a_graph_and_its_manifests_are_told_of_together(crons: Command) -> None:
    done = crons("lint", "graph.yaml", "--manifests", "crons")
    assert TEXT in done.out
    assert done.out.endswith("in 2 files\n")


def test_without_a_graph_and_without_manifests_nothing_can_be_tried(depgen: Command) -> None:
    done = depgen("lint")
    assert (done.code, done.out) == (2, "")
    assert "name a graph file" in done.err


def test_a_folder_without_manifests_is_2_if_there_is_nothing_else(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.yaml").write_text("kind: ConfigMap\n")
    done = depgen("lint", "--manifests", "none")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: no manifest in none: nothing there mentions argoproj.io/\n"
    assert depgen("lint", "graph.yaml", "--manifests", "none").code == 0


def test_json_files_of_a_folder_are_manifests(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    one = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": "a"},
        "spec": {"schedule": "@daily"},
    }
    (tmp_path / "made" / "list.json").write_text(json.dumps({"kind": "List", "items": [one]}, indent="\t"))
    (tmp_path / "made" / "package.json").write_text("{}")
    assert depgen("lint", "--manifests", "made").out.startswith("made/list.json:10:4: warning: CronWorkflow")


def test_manifests_come_from_stdin_but_not_a_graph_as_well(depgen: Command) -> None:
    done = depgen("lint", "--manifests", "-", stdin=CRON)
    assert done.out.startswith("<stdin>:4:1: warning: CronWorkflow")
    done = depgen("lint", "-", "--manifests", "-", stdin=CRON)
    assert (done.code, done.out) == (2, "")
    assert "stdin (-) can be read only once" in " ".join(done.err.split())
