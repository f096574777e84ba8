"""`depgen import`: where its graph goes, and what it says when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

CRONS = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load, namespace: data}
spec: {schedule: "0 5 * * *", workflowSpec: {workflowTemplateRef: {name: load}}}
---
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: {{ .Values.name }}, namespace: other}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a manifest in a sub-folder."""
    (tmp_path / "deploy" / "crons").mkdir(parents=True)
    (tmp_path / "deploy" / "crons" / "a.yaml").write_text(CRONS)
    return tmp_path


def test_a_graph_goes_to_stdout_and_what_was_passed_over_to_stderr(depgen: Command, folder: Path) -> None:
    done = depgen("import", "--from", "deploy", "--graph", "shop", "--timezone", "Asia/Tokyo")
    assert done.code == 0
    assert done.err.startswith("deploy/crons/a.yaml: document 2 is passed over: it looks like the template")
    assert "\ngraph: shop\nnamespace: data\ntimezone: Asia/Tokyo\n" in done.out
    assert depgen("lint", "-", stdin=done.out).code == 0


def test_a_file_is_written_once(depgen: Command, folder: Path) -> None:
    arguments = ("import", "--from", "deploy/crons/a.yaml", "--output-file", "new.yaml")
    done = depgen(*arguments)
    assert (done.code, done.out) == (0, "")
    assert done.err.endswith("new.yaml is written; depgen lint new.yaml checks it\n")
    assert "sales-load:" in (folder / "new.yaml").read_text()
    (folder / "new.yaml").write_text("mine\n")
    done = depgen(*arguments)
    assert done.code == 2
    assert done.err.endswith("Error: new.yaml exists and is left as it is; --force writes over it\n")
    assert (folder / "new.yaml").read_text() == "mine\n"
    assert depgen(*arguments, "--force").code == 0
    assert "sales-load:" in (folder / "new.yaml").read_text()
    done = depgen("import", "--from", "deploy", "--output-file", "no/such/new.yaml")
    assert (done.code, done.err.splitlines()[-1]) == (
        2,
        "Error: cannot write no/such/new.yaml: No such file or directory",
    )


def test_nothing_to_import_is_2(depgen: Command, folder: Path) -> None:
    done = depgen("import", "--from", "graph.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: nothing to import: no CronWorkflow and no Sensor in graph.yaml\n"
    done = depgen("import", "--from", "deploy", "-n", "other")
    assert done.code == 2
    assert done.err.endswith("no CronWorkflow and no Sensor in deploy for namespace other\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--graph", "Not A Name"), "lower-case letters and digits"),
        (("--timezone", "CET"), "an IANA zone such as Europe/Paris"),
        (("--namespace", "a.b"), "lower-case letters, digits and hyphens"),
        (("--force",), "name the file to write over"),
        (("--context", "prod"), "not from both"),
    ],
)
def test_odd_options_are_2(depgen: Command, folder: Path, arguments: tuple[str, ...], told: str) -> None:
    done = depgen("import", "--from", "deploy", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in " ".join(done.err.replace("│", " ").split())


def test_a_cluster_that_is_not_there_is_2(depgen: Command) -> None:
    done = depgen("import", "--kubeconfig", "none.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: there is no kubeconfig none.yaml")
