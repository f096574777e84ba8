"""`depgen plugin`: the manifest that is printed, and the process that serves."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from depgen import plugin as depgen_plugin
from depgen.cli import plugin as command
from depgen.plugin.manifest import NAME, PORT
from tests.cli.conftest import Command, environment
from tests.plugins import FORM, body

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "13-a-plugin-checks" / "manifests" / "depgen-executor-plugin.yaml"
IMAGE = "registry.example.com/depgen:0.1.0"
MANIFEST = ("plugin", "manifest", "--image", IMAGE, "--namespace", "data")
TOKEN = "kfjrueiwoqpalskdjfhgmznxbcvghtyu"


def objects(text: str) -> dict[str, dict[str, Any]]:
    """What was printed, by kind."""
    return {o["kind"]: o for o in yaml.safe_load_all(text)}


def test_the_example_has_the_manifest_as_it_is_printed(depgen: Command) -> None:
    done = depgen(*MANIFEST, "--nodes")
    assert (done.code, done.out, done.err) == (0, EXAMPLE.read_text(encoding="utf-8"), "")


def test_the_config_map_is_as_the_controller_reads_it(depgen: Command) -> None:
    """argo-workflows v3.7.14, pkg/plugins/spec: ports, both resources and a security context are wanted."""
    config = objects(depgen(*MANIFEST).out)["ConfigMap"]
    assert config["metadata"]["labels"]["workflows.argoproj.io/configmap-type"] == "ExecutorPlugin"
    assert config["metadata"]["name"].endswith("-executor-plugin")
    assert config["data"]["sidecar.automountServiceAccountToken"] == "true"
    container = yaml.safe_load(config["data"]["sidecar.container"])
    schema = json.loads((ROOT / "schemas" / "workflow-spec.schema.json").read_text(encoding="utf-8"))
    name = next(
        name for name, part in schema["$defs"].items() if "imagePullPolicy" in part.get("properties", {})
    )
    jsonschema.validate(container, {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
    assert container["ports"] == [{"containerPort": PORT}]
    assert (
        container["resources"]["requests"].keys()
        == container["resources"]["limits"].keys()
        == {"cpu", "memory"}
    )
    assert container["securityContext"]["runAsNonRoot"] is True


def test_the_token_is_where_the_controller_looks_for_it(depgen: Command) -> None:
    found = objects(depgen(*MANIFEST).out)
    account = found["ConfigMap"]["metadata"]["name"]
    assert found["ServiceAccount"]["metadata"]["name"] == account
    assert found["Secret"]["metadata"]["name"] == f"{account}.service-account-token"
    assert found["Secret"]["metadata"]["annotations"] == {"kubernetes.io/service-account.name": account}
    assert found["RoleBinding"]["subjects"] == [
        {"kind": "ServiceAccount", "name": account, "namespace": "data"}
    ]
    assert {o["metadata"]["namespace"] for o in found.values()} == {"data"}


def test_the_role_lets_it_read_workflows_and_with_nodes_what_graphs_are_made_of(depgen: Command) -> None:
    workflows = {"apiGroups": ["argoproj.io"], "resources": ["workflows"], "verbs": ["list", "watch"]}
    assert objects(depgen(*MANIFEST).out)["Role"]["rules"] == [workflows]
    assert objects(depgen(*MANIFEST, "--nodes").out)["Role"]["rules"] == [
        workflows,
        {"apiGroups": ["argoproj.io"], "resources": ["eventsources", "sensors"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]},
    ]


def test_another_port_is_served_too(depgen: Command) -> None:
    container = yaml.safe_load(
        objects(depgen(*MANIFEST, "--port", "20000").out)["ConfigMap"]["data"]["sidecar.container"]
    )
    assert container["ports"] == [{"containerPort": 20000}]
    assert container["args"] == ["plugin", "serve", "--port", "20000"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plugin", "manifest", "--namespace", "data"),
        ("plugin", "manifest", "--image", IMAGE),
        (*MANIFEST, "--port", "80"),
        ("plugin", "manifest", "--image", IMAGE, "--namespace", "Data\n"),
    ],
)
def test_odd_options_print_nothing(depgen: Command, arguments: tuple[str, ...]) -> None:
    done = depgen(*arguments)
    assert (done.code, done.out) == (2, "")


def test_both_commands_have_the_same_port() -> None:
    assert command._PORT == PORT
    assert NAME == "depgen-executor-plugin"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file or directory"), (b" \n", "is empty"), (b"\xff\xfe", "it is not text")],
)
def test_without_a_token_it_does_not_begin(
    depgen: Command, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    done = depgen("plugin", "serve", "--token-file", path, "--port", "0")
    assert (done.code, done.out) == (2, "")
    assert f"the agent's token {path}" in done.err
    assert said in done.err


def test_without_its_packages_it_says_which_are_missing(
    depgen: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "depgen.plugin.serving", raising=False)
    monkeypatch.delattr(depgen_plugin, "serving", raising=False)
    done = depgen("plugin", "serve")
    message = "Error: the plugin needs more packages: pip install 'depgen[plugin]'\n"
    assert (done.code, done.out, done.err) == (2, "", message)
    assert depgen(*MANIFEST).code == 0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A kubeconfig of a cluster that nobody answers for."""
    data = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "none", "context": {"cluster": "none", "user": ""}}],
        "current-context": "none",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def served(tmp_path: Path, config: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`depgen plugin serve` as a process, and its port."""
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    words = ["plugin", "serve", "--port", "0", "--token-file", token, "--kubeconfig", config]
    command = [sys.executable, "-m", "depgen", *map(str, words)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    assert " listening on 127.0.0.1:" in line, line + process.stderr.read()
    yield process, int(line.rpartition(":")[2])
    process.kill()
    process.communicate()


def post(port: int, token: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/template.execute", body(FORM), headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_the_process_answers_and_ends_when_it_is_asked_to(served: tuple[subprocess.Popen[str], int]) -> None:
    process, port = served
    assert post(port, "wrong")[0] == 403
    status, text = post(port, TOKEN)
    assert status == 200
    assert json.loads(text)["requeue"] == "5s"
    assert "cannot tell yet" in json.loads(text)["node"]["message"]
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert time.monotonic() - begun < 15
    lines = err.splitlines()
    assert " data/nightly check: asks again: cannot tell yet" in lines[0]
    assert lines[-1].endswith(" ended")
    assert TOKEN not in err
    assert "wrong" not in err


def test_a_port_that_is_taken_is_told(
    depgen: Command, served: tuple[subprocess.Popen[str], int], config: Path, tmp_path: Path
) -> None:
    _, port = served
    options = ("--token-file", tmp_path / "token", "--kubeconfig", config)
    done = depgen("plugin", "serve", "--port", port, *options)
    assert (done.code, done.out) == (2, "")
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in done.err
