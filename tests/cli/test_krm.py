"""`depgen krm`: exit codes, and what goes where."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import BROKEN, Command

LIST = "kind: ResourceList\nitems: []\nfunctionConfig: {spec: {files: [graph.yaml]%s}}\n"


def test_the_objects_of_the_files_go_to_stdout(depgen: Command) -> None:
    done = depgen("krm", stdin=LIST % "")
    assert (done.code, done.err) == (0, "")
    built = depgen("build", "graph.yaml")
    assert yaml.safe_load(done.out)["items"] == [o for o in yaml.safe_load_all(built.out) if o]


def test_findings_are_results_and_go_to_stderr(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(BROKEN)
    done = depgen("krm", stdin=LIST % "")
    assert done.code == 1
    assert [result["severity"] for result in yaml.safe_load(done.out)["results"]] == ["error"]
    assert done.err.startswith("graph.yaml:9:")


def test_an_environment_that_is_not_there_is_a_result(depgen: Command) -> None:
    done = depgen("krm", stdin=LIST % ", env: prod")
    assert done.code == 1
    assert yaml.safe_load(done.out)["results"][0]["tags"] == {"rule": "unknown-environment"}


def test_what_a_build_can_have_besides_is_asked_for_in_the_config(depgen: Command) -> None:
    fields = ", with: [monitoring, network-policies], runbooks: 'https://r.example.com', apiServer: 10.0.0.1"
    done = depgen("krm", stdin=LIST % fields)
    assert (done.code, done.err) == (0, "")
    options = ("--with=monitoring", "--with=network-policies", "--runbooks=https://r.example.com")
    built = depgen("build", "graph.yaml", *options, "--api-server=10.0.0.1")
    assert yaml.safe_load(done.out)["items"] == [o for o in yaml.safe_load_all(built.out) if o]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("with: [evntbus]", '"with" has "evntbus", which cannot be built; policies, checks, eventbus, '),
        ("with: monitoring, runbooks: [a, b]", '"runbooks" is one word, not 2'),
        ("runbooks: a", "say --with monitoring too"),
    ],
)
def test_what_cannot_be_built_besides_is_told(fields: str, message: str, depgen: Command) -> None:
    done = depgen("krm", stdin=LIST % f", {fields}")
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_no_resource_list_is_no_crash(depgen: Command) -> None:
    done = depgen("krm", stdin="kind: Deployment\n")
    assert (done.code, done.out) == (2, "")
    assert "a ResourceList is expected on stdin" in done.err


def test_a_file_that_is_not_there_is_told_of(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").unlink()
    done = depgen("krm", stdin=LIST % "")
    assert (done.code, done.out) == (2, "")
