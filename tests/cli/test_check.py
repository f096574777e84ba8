"""`depgen check` before it asks a cluster, what it leaves behind, and the manifests that run it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import BROKEN, Command, environment
from tests.golden.examples import ROOT

SCRIPT = ROOT / "image" / "check_workflow_status.sh"
ABSENT = ("--kubeconfig", "absent")
NODE = ("check", "node/etl/report", "-f", "graph.yaml")
MANIFEST = ("check-manifest", "--image", "example.com/depgen:1")
BUILD = ("build", "graph.yaml", "--with", "checks")


def result(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cron/sales",), '"cron/sales" is no target'),
        (("sales", "--within", "soon"), '"soon" is no time'),
        (("sales", "--status", "good"), '"good" is no status'),
        (("sales", "--window", "18-20"), '"18-20" is no window'),
        (("sales", "--timezone", "Paris"), 'there is no time zone "Paris"'),
        (("sales", "--within", "2h", "--window", "18:00-20:00"), "choose one"),
        (("sales", "--wait", "long"), '"long" is no time'),
        (("sales", "-f", "graph.yaml"), "graph files are for a node"),
        (("node/etl/report", "--within", "2h"), "of a node its own edges say"),
        (("node/elt/report", "-f", "graph.yaml"), "there is no graph elt in the files; there is etl"),
        (("node/etl/report", "-f", "no.yaml"), "cannot read no.yaml"),
        (("sales", "-n", "Bad name"), '"Bad name" cannot be a namespace'),
        (("sales",), "there is no kubeconfig absent"),
        (("workflow/manifest",), "there is no kubeconfig absent"),
    ],
)
def test_what_nobody_can_answer_is_2_and_stands_in_the_result(
    depgen: Command, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = depgen("check", *arguments, *ABSENT, "--result", "result.json")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    found = result(tmp_path / "result.json")
    assert said in str(found["message"])
    assert (found["version"], found["outcome"], found["satisfied"]) == (1, "unknown", False)
    assert found["reason"] == ("unreachable" if "kubeconfig" in said else "bad-use")


def test_a_graph_with_errors_stands_in_the_result_too(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen(*NODE, *ABSENT, "--result", "result.json")
    assert done.code == 2
    assert "unknown-upstream" in done.err
    assert result(tmp_path / "result.json")["message"] == "the graph has errors; they are on stderr"


def test_options_that_are_empty_are_not_given(depgen: Command) -> None:
    names = ("within", "window", "key", "status", "wait", "interval", "namespace", "timezone", "result")
    done = depgen("check", *(f"--{name}=" for name in names), *ABSENT, "--", "sales")
    assert done.err == "Error: there is no kubeconfig absent; name one with --kubeconfig or KUBECONFIG\n"


def test_a_folder_gets_a_file_for_each_value(depgen: Command, tmp_path: Path) -> None:
    depgen("check", "sales", *ABSENT, "--result", "new/folder/")
    folder = tmp_path / "new" / "folder"
    found = {path.name: path.read_text() for path in folder.iterdir()}
    message = "there is no kubeconfig absent; name one with --kubeconfig or KUBECONFIG"
    assert json.loads(found.pop("result.json"))["message"] == message
    assert found == {
        "satisfied": "false",
        "outcome": "unknown",
        "reason": "unreachable",
        "message": message,
        "workflow": "",
        "phase": "",
        "finishedAt": "",
        "age": "",
    }
    depgen("check", "sales", "--within", "soon", "--result", folder)
    assert (folder / "reason").read_text() == "bad-use"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_a_result_that_cannot_be_written_is_told_before_anything_is_asked(
    depgen: Command, tmp_path: Path
) -> None:
    done = depgen("check", "sales", *ABSENT, "--result", "no/result.json")
    assert (done.code, done.err) == (
        2,
        "Error: cannot write no/result.json: no is no folder that can be written to\n",
    )
    done = depgen("check", "sales", *ABSENT, "--result", "graph.yaml/")
    assert (done.code, done.err) == (2, "Error: cannot make the folder graph.yaml: File exists\n")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.yaml"]


def test_an_old_result_is_replaced(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}" * 1000)
    depgen("check", "sales", *ABSENT, "--result", "result.json")
    assert result(tmp_path / "result.json")["outcome"] == "unknown"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.yaml", "result.json"]


def dead(folder: Path) -> Path:
    """A kubeconfig of a cluster that nobody answers for."""
    path = folder / "dead"
    context = {"cluster": "dead", "user": "dead", "namespace": "data"}
    config = {
        "clusters": [{"name": "dead", "cluster": {"server": "https://127.0.0.1:9"}}],
        "users": [{"name": "dead", "user": {}}],
        "contexts": [{"name": "dead", "context": context}],
        "current-context": "dead",
    }
    path.write_text(json.dumps(config))
    return path


def test_a_terminal_is_told_what_is_waited_for(tmp_path: Path) -> None:
    waiting = ("--kubeconfig", dead(tmp_path), "--wait", "1s", "--interval", "1s")
    command = [sys.executable, "-m", "depgen", "check", "sales", *map(str, waiting)]
    screen, terminal = pty.openpty()
    try:
        done = subprocess.run(command, stderr=terminal, stdout=-1, env=environment(), timeout=60, check=False)
        shown = os.read(screen, 10_000).decode().splitlines()
    finally:
        os.close(terminal)
        os.close(screen)
    assert (done.returncode, done.stdout) == (2, b"")
    away = "cannot list workflows in namespace data: https://127.0.0.1:9 cannot be reached"
    assert shown[0].startswith(f"unknown: {away}")
    assert shown[0].endswith("; asked again in 1s")
    assert shown[-1].startswith(f"Error: {away}")
    quiet = subprocess.run(
        command, capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert quiet.stderr.startswith(f"Error: {away}")


def test_without_a_target_the_usage_is_told(depgen: Command) -> None:
    done = depgen("check")
    assert done.code == 2
    assert "TARGET" in done.err


# ---- the script of the image ----


def script(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a shell in which `depgen` is this one, and there is no cluster."""
    folder = Path(sys.executable).parent
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    env = environment({"PATH": path, "KUBECONFIG": "absent"})
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments], capture_output=True, text=True, timeout=60, check=False, env=env
    )


@pytest.mark.parametrize("arguments", [(), ("sales",), ("sales", "7200", "more")])
def test_the_script_takes_a_target_and_seconds(arguments: tuple[str, ...]) -> None:
    done = script(*arguments)
    assert (done.returncode, done.stderr) == (2, "usage: check_workflow_status.sh TARGET SECONDS\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sales", "soon"), '"soon" is no time'),
        (("--help", "7200"), '"--help" cannot be a name'),
        (("sales", "7200"), "there is no kubeconfig absent"),
    ],
)
def test_the_script_asks_depgen(arguments: tuple[str, ...], said: str) -> None:
    done = script(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_the_image_has_the_script_on_its_path() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "COPY --chmod=755 image/check_workflow_status.sh /usr/local/bin/" in text
    assert SCRIPT.stat().st_mode & 0o111


# ---- manifests ----


def objects(text: str) -> dict[tuple[str, str, str], dict[str, object]]:
    found = [o for o in yaml.safe_load_all(text) if o["metadata"]["name"].startswith("depgen-check")]
    return {(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"]): o for o in found}


def test_the_manifest_is_a_template_and_what_its_pods_may_do(depgen: Command) -> None:
    done = depgen(*MANIFEST, "-n", "data")
    assert (done.code, done.err) == (0, "")
    found = objects(done.out)
    kinds = ("WorkflowTemplate", "ServiceAccount", "Role", "RoleBinding")
    assert list(found) == [(kind, "data", "depgen-check") for kind in kinds]
    assert found["Role", "data", "depgen-check"]["rules"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["get", "list"]},
        {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]},
    ]
    assert depgen("check", "manifest", *MANIFEST[1:], "-n", "data").out == done.out
    with_nodes = objects(depgen(*MANIFEST, "-n", "data", "--nodes").out)
    assert with_nodes.keys() - found.keys() == {
        ("Role", "data", "depgen-check-nodes"),
        ("RoleBinding", "data", "depgen-check-nodes"),
    }
    assert with_nodes["Role", "data", "depgen-check-nodes"]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]},
        {"apiGroups": ["argoproj.io"], "resources": ["eventsources", "sensors"], "verbs": ["list"]},
    ]


def test_a_manifest_for_what_cannot_be_a_namespace_is_refused(depgen: Command) -> None:
    done = depgen(*MANIFEST, "-n", "Bad name")
    assert (done.code, done.out) == (2, "")
    assert "write the name of a namespace" in done.err


def test_a_handler_is_hooked_in_if_it_is_named(depgen: Command) -> None:
    def hooks(*arguments: str) -> object:
        spec = objects(depgen(*MANIFEST, *arguments).out)["WorkflowTemplate", "default", "depgen-check"][
            "spec"
        ]
        assert isinstance(spec, dict)
        return spec.get("hooks")

    assert hooks() is None
    exit_ = hooks("--on-exit", "alerts/told")
    assert isinstance(exit_, dict)
    assert exit_["exit"]["templateRef"] == {"name": "alerts", "template": "told"}
    done = depgen(*MANIFEST, "--on-exit", "alerts")
    assert (done.code, done.out) == (2, "")
    assert '"alerts" names no template: write WORKFLOWTEMPLATE/TEMPLATE' in done.err


def test_the_example_has_the_manifest_as_it_is_printed(depgen: Command) -> None:
    golden = ROOT / "examples" / "12-a-check-first" / "manifests" / "depgen-check.yaml"
    image = "registry.example.com/depgen:0.1.0"
    assert depgen("check-manifest", "--image", image, "-n", "data", "--nodes").out == golden.read_text()


def test_a_build_takes_the_checks_along(depgen: Command, tmp_path: Path) -> None:
    image = ("--check-image", "example.com/depgen:1")
    assert depgen(*BUILD, *image, "--output-dir", "out").code == 0
    text = (tmp_path / "out" / "depgen-check.yaml").read_text()
    assert text.startswith("# Code generated by depgen from graph.yaml. DO NOT EDIT.\n")
    assert objects(text) == objects(depgen(*MANIFEST, "-n", "data", "--nodes").out)
    kustomization = yaml.safe_load((tmp_path / "out" / "kustomization.yaml").read_text())
    assert "depgen-check.yaml" in kustomization["resources"]
    assert depgen(*BUILD, *image, "--output-dir", "out", "--check").code == 0
    assert depgen("build", "graph.yaml", "--output-dir", "out", "--check").code == 1
    other = depgen(*BUILD, "--check-image", "example.com/depgen:2", "--output-dir", "out", "--check")
    assert "depgen-check.yaml: would be changed" in other.err


def test_checks_are_made_once_for_each_namespace(depgen: Command, tmp_path: Path) -> None:
    graph = (tmp_path / "graph.yaml").read_text()
    (tmp_path / "b.yaml").write_text(graph.replace("graph: etl", "graph: other"))
    (tmp_path / "c.yaml").write_text(
        graph.replace("graph: etl", "graph: third").replace("namespace: data", "namespace: far")
    )
    done = depgen(*BUILD, "b.yaml", "c.yaml", "--check-image", "i")
    assert {namespace for _, namespace, _ in objects(done.out)} == {"data", "far"}
    assert done.out.count("kind: WorkflowTemplate\n") == 2


def test_the_image_of_the_sweeper_is_that_of_the_checks(depgen: Command, tmp_path: Path) -> None:
    done = depgen(*BUILD)
    assert done.code == 2
    assert "no graph has a sweeper to take it of" in done.err
    graph = (tmp_path / "graph.yaml").read_text()
    sweeper = "sweeper: {image: example.com/sweeps:1}\nnodes:"
    (tmp_path / "graph.yaml").write_text(graph.replace("nodes:", sweeper))
    done = depgen(*BUILD)
    assert done.code == 0
    assert (
        'image: "example.com/sweeps:1"\n        command:\n          - depgen\n          - check\n' in done.out
    )
    assert "say --with checks too" in depgen("build", "graph.yaml", "--check-image", "i").err
