"""The hooks for pre-commit, installed and run by pre-commit itself in a repository with a graph."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import BROKEN, GRAPH

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit installs the hooks, once for all tests; and beside it depgen as it is now, as a repository."""
    folder = tmp_path_factory.mktemp("hooks")
    git: list[str | Path] = ["git", "--git-dir", folder / "depgen" / ".git", "--work-tree", ROOT]
    author = ["-c", "user.name=depgen", "-c", "user.email=depgen@example.com"]
    subprocess.run(["git", "init", "--quiet", folder / "depgen"], check=True)
    subprocess.run([*git, "add", "--all"], cwd=ROOT, check=True)
    subprocess.run([*git, *author, "commit", "--quiet", "--message", "now"], cwd=ROOT, check=True)
    return folder


def repository(folder: Path, cache: Path, graph: str, hook: Mapping[str, object]) -> None:
    """A repository with a graph, a file that is none, and one hook."""
    config = {"repos": [{"repo": str(cache / "depgen"), "rev": "HEAD", "hooks": [dict(hook)]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (folder / "graph.yaml").write_text(graph)
    (folder / "other.yaml").write_text("a: 1\n")
    for arguments in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


def run(folder: Path, cache: Path, changed: str = "") -> subprocess.CompletedProcess[str]:
    """`pre-commit run`, on all files, or on one that has changed."""
    files = ["--files", changed] if changed else ["--all-files"]
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", *files, "--verbose"],
        cwd=folder,
        env=os.environ | {"PRE_COMMIT_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hook_passes_a_sound_graph_and_no_other_file(tmp_path: Path, cache: Path) -> None:
    repository(tmp_path, cache, GRAPH, {"id": "depgen-lint"})
    done = run(tmp_path, cache)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no findings in 1 file" in done.stdout


def test_the_hook_shows_what_is_wrong_with_a_graph(tmp_path: Path, cache: Path) -> None:
    repository(tmp_path, cache, BROKEN, {"id": "depgen-lint"})
    done = run(tmp_path, cache)
    assert done.returncode == 1
    assert 'graph.yaml:9:17: error: node "report" depends on "saels"' in done.stdout


def test_a_graph_in_several_files_is_looked_at_as_a_whole_whichever_changed(
    tmp_path: Path, cache: Path
) -> None:
    nodes = "nodes:\n  mail: {run: {workflowTemplate: mail}, dependsOn: [report]}\n"
    (tmp_path / "graph-more.yaml").write_text(
        f"apiVersion: depgen.io/v1\ngraph: etl\ntimezone: Europe/Paris\n{nodes}"
    )
    repository(tmp_path, cache, GRAPH, {"id": "depgen-lint"})
    assert 'depends on "report", which does not exist' in run(tmp_path, cache, "graph-more.yaml").stdout
    repository(tmp_path, cache, GRAPH, {"id": "depgen-lint", "pass_filenames": False, "args": ["."]})
    done = run(tmp_path, cache, "graph-more.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no findings in 2 files" in done.stdout


def test_the_hook_shows_manifests_that_are_not_what_the_graph_says(tmp_path: Path, cache: Path) -> None:
    hook = {"id": "depgen-build", "args": ["graph.yaml", "--output-dir", "out"]}
    repository(tmp_path, cache, GRAPH, hook)
    assert "out differs from the graphs" in run(tmp_path, cache).stdout
    built = [sys.executable, "-m", "depgen", "build", "graph.yaml", "--output-dir", "out"]
    subprocess.run(built, cwd=tmp_path, check=True, capture_output=True)
    done = run(tmp_path, cache)
    assert done.returncode == 0, done.stdout
