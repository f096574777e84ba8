"""`depgen lint --fix`: what it writes, what it leaves alone, what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import GRAPH, Command

MISTAKES = GRAPH + "    notBefore: 18:00  # after the shop closes\n    dependsOnPast: yes\n"
FIXED = GRAPH + '    notBefore: "18:00"  # after the shop closes\n    dependsOnPast: true\n'
CRON = """\
# the report, as it was
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: report-cron}
spec:
  schedule: 0 20 * * 7  # Sundays
  startingDeadlineSeconds: 600
  workflowSpec:
    workflowTemplateRef: {name: daily-report}
---
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load}
spec: {schedule: "0 6 * * *", startingDeadlineSeconds: 600, workflowSpec: {workflowTemplateRef: {name: sales}}}
"""


@pytest.fixture
def mistaken(depgen: Command, tmp_path: Path) -> Command:
    (tmp_path / "broken.yaml").write_text(MISTAKES)
    return depgen


def test_what_is_certain_is_fixed_and_what_is_left_is_told(mistaken: Command, tmp_path: Path) -> None:
    done = mistaken("lint", "broken.yaml", "--fix")
    assert (tmp_path / "broken.yaml").read_text() == FIXED
    assert done.err.splitlines() == [
        "broken.yaml:10:16: fixed: unquoted 18:00 is text in YAML 1.2 but the number 1080 in YAML 1.1 [ambiguous-scalar]",
        "broken.yaml:11:20: fixed: unquoted yes is text in YAML 1.2 but true in YAML 1.1 [ambiguous-scalar]",
        "2 findings fixed in 1 file, 1 left",
    ]
    assert "[past-start]" in done.out
    assert done.out.endswith("1 error in 1 file\n")
    assert done.code == 1


def test_a_second_run_writes_nothing(mistaken: Command, tmp_path: Path) -> None:
    mistaken("lint", "broken.yaml", "--fix")
    before = (tmp_path / "broken.yaml").stat()
    done = mistaken("lint", "broken.yaml", "--fix")
    assert done.err == "0 findings fixed in 0 files, 1 left\n"
    assert (tmp_path / "broken.yaml").stat().st_ino == before.st_ino


def test_a_graph_without_mistakes_is_0_and_stays(depgen: Command, tmp_path: Path) -> None:
    done = depgen("lint", "graph.yaml", "--fix")
    assert (done.code, done.out) == (0, "no findings in 1 file\n")
    assert (tmp_path / "graph.yaml").read_text() == GRAPH


def test_a_dry_run_prints_a_diff_and_writes_nothing(mistaken: Command, tmp_path: Path) -> None:
    done = mistaken("lint", "broken.yaml", "--fix", "--dry-run")
    assert (tmp_path / "broken.yaml").read_text() == MISTAKES
    assert "2 findings would be fixed in 1 file, 1 left\n" in done.err
    assert "[past-start]" in done.err
    assert done.code == 1
    assert (
        done.out
        == """\
--- broken.yaml
+++ broken.yaml
@@ -7,5 +7,5 @@
   report:
     run: {workflowTemplate: daily-report}
     dependsOn: [sales]
-    notBefore: 18:00  # after the shop closes
-    dependsOnPast: yes
+    notBefore: "18:00"  # after the shop closes
+    dependsOnPast: true
"""
    )


def test_a_diff_tells_of_a_missing_last_line_break(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(MISTAKES.rstrip("\n").replace("\n", "\r\n").encode())
    out = depgen("lint", "broken.yaml", "--fix", "--dry-run").out
    assert out.endswith("dependsOnPast: true\n\\ No newline at end of file\n")
    assert out.count("\\ No newline") == 2
    assert '+    notBefore: "18:00"  # after the shop closes\r\n' in out


def test_standard_input_can_be_shown_fixed_but_not_written(depgen: Command) -> None:
    shown = depgen("lint", "-", "--fix", "--dry-run", stdin=MISTAKES)
    assert '+    notBefore: "18:00"  # after the shop closes\n' in shown.out
    refused = depgen("lint", "-", "--fix", stdin=MISTAKES)
    assert refused.code == 2
    assert "standard input cannot be written; add --dry-run" in " ".join(refused.err.split())


def test_a_dry_run_alone_and_a_diff_in_json_are_refused(mistaken: Command) -> None:
    assert mistaken("lint", "broken.yaml", "--dry-run").code == 2
    assert mistaken("lint", "broken.yaml", "--fix", "--dry-run", "-o", "json").code == 2


def test_a_cron_workflow_that_was_replaced_is_suspended_in_its_manifest(
    depgen: Command, tmp_path: Path
) -> None:
    (tmp_path / "manifests").mkdir()
    cron = tmp_path / "manifests" / "cron.yaml"
    cron.write_text(CRON)
    (tmp_path / "live.yaml").write_text(GRAPH + "    replaces: report-cron\n")
    done = depgen("lint", "live.yaml", "--manifests", "manifests", "--fix")
    assert done.err.endswith("2 findings fixed in 1 file, 0 left\n")
    assert done.code == 0
    expected = CRON.replace("0 20 * * 7 ", '"0 20 * * 0" ').replace("600\n  w", "600\n  suspend: true\n  w")
    assert cron.read_text() == expected


def test_a_link_is_left_alone_and_said(mistaken: Command, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("broken.yaml")
    done = mistaken("lint", "link.yaml", "--fix")
    assert (
        "link.yaml:10:16: not fixed: it is a symlink; name the file that it leads to [ambiguous-scalar]"
        in done.err
    )
    assert done.err.endswith("0 findings fixed in 0 files, 2 left\n")
    assert (tmp_path / "broken.yaml").read_text() == MISTAKES
    assert done.code == 1


def test_a_warning_that_is_ignored_is_not_fixed(depgen: Command, tmp_path: Path) -> None:
    text = GRAPH.replace("[sales]", "[sales, sales]")
    (tmp_path / "twice.yaml").write_text(text)
    assert depgen("lint", "twice.yaml", "--fix", "--ignore", "duplicate-edge").code == 0
    assert (tmp_path / "twice.yaml").read_text() == text
    depgen("lint", "twice.yaml", "--fix")
    assert (tmp_path / "twice.yaml").read_text() == GRAPH


def test_what_stands_in_an_environment_is_not_fixed_by_its_route(depgen: Command, tmp_path: Path) -> None:
    text = GRAPH + "environments:\n  dev: {nodes: {report: {dependsOn: [sales, sales]}}}\n"
    (tmp_path / "environments.yaml").write_text(text)
    done = depgen("lint", "environments.yaml", "--fix")
    assert done.err == "0 findings fixed in 0 files, 1 left\n"
    assert (tmp_path / "environments.yaml").read_text() == text


def test_it_is_said_how_much_could_be_fixed(mistaken: Command) -> None:
    assert mistaken("lint", "broken.yaml").out.endswith("2 errors in 1 file; --fix fixes 2\n")


def test_the_formats_tell_what_can_be_fixed(mistaken: Command) -> None:
    (first, *_) = json.loads(mistaken("lint", "broken.yaml", "-o", "json").out)["findings"]
    assert first["fixable"] is True
    (result, *_) = json.loads(mistaken("lint", "broken.yaml", "-o", "sarif").out)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "broken.yaml"}
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 10, "startColumn": 16, "endLine": 10, "endColumn": 21},
            "insertedContent": {"text": '"18:00"'},
        }
    ]
