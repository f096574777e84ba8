"""`depgen diff`: which versions it reads, what it prints, how it ends."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, GRAPH, Command

LATER = GRAPH.replace("dependsOn: [sales]", 'dependsOn: [sales]\n    notBefore: "20:00"')
CRON = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: sales-load}
spec: {schedule: "0 18 * * *", workflowSpec: {}}
"""


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first commit holds GRAPH as graph.yaml and team/graph.yaml."""
    (tmp_path / "graph.yaml").write_text(GRAPH)
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "graph.yaml").write_text(GRAPH.replace("etl", "shop"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_two_files_that_say_the_same_end_with_0(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text("# another comment\n" + GRAPH)
    done = depgen("diff", "graph.yaml", "new.yaml")
    assert (done.code, done.out, done.err) == (0, "no difference\n", "")


def test_a_difference_ends_with_1_and_is_told_in_three_formats(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(LATER)
    done = depgen("diff", "graph.yaml", "new.yaml")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(
        "graph etl\n  node report\n    + notBefore: 20:00  [loses queued events until the next sweep]\n"
    )
    assert "queues lost: report" in done.out
    assert "no sweeper in the graph: after applying this, run depgen reconcile yourself" in done.out
    found = json.loads(depgen("diff", "graph.yaml", "new.yaml", "-o", "json").out)
    assert found["version"] == 1
    assert [(c["node"], c["field"], c["how"], c["effect"]) for c in found["changes"]] == [
        ("report", "notBefore", "added", "sweep")
    ]
    assert {"kind": "Sensor", "name": "etl-submit", "lost": ["report"]}.items() <= found["objects"][
        -1
    ].items()
    table = depgen("diff", "graph.yaml", "new.yaml", "-o", "markdown").out
    assert "### Graph `etl`" in table
    assert "| + | `report: notBefore` |  | `20:00` | **loses queued events until the next sweep**" in table


def test_colours_are_for_terminals_and_for_whoever_asks(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(LATER)
    assert "\x1b[" not in depgen("diff", "graph.yaml", "new.yaml").out
    assert "\x1b[" in depgen("diff", "graph.yaml", "new.yaml", "--color", "always").out


def test_folders_and_stdin_are_versions_too(depgen: Command, tmp_path: Path) -> None:
    for name, text in (("a", GRAPH), ("b", LATER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "graph.yaml").write_text(text)
    assert depgen("diff", "a", "b").code == 1
    assert depgen("diff", "a", "a").code == 0
    assert depgen("diff", "-", "b", stdin=LATER).code == 0


def test_a_version_with_errors_cannot_be_compared(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    for versions, which in ((("broken.yaml", "graph.yaml"), "old"), (("graph.yaml", "broken.yaml"), "new")):
        done = depgen("diff", *versions)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"the {which} version has errors:\n")
        assert "unknown-upstream" in done.err


def test_one_path_is_not_enough(depgen: Command) -> None:
    done = depgen("diff", "graph.yaml")
    assert done.code == 2
    assert "name two versions" in done.err


def test_an_environment_is_that_of_both_versions(depgen: Command, tmp_path: Path) -> None:
    with_ = GRAPH.replace("nodes:", "environments: {prod: {namespace: live}}\nnodes:")
    (tmp_path / "old.yaml").write_text(with_)
    (tmp_path / "new.yaml").write_text(with_.replace("live", "prod"))
    assert depgen("diff", "old.yaml", "new.yaml").code == 0
    done = depgen("diff", "old.yaml", "new.yaml", "--env", "prod")
    assert "~ namespace: live -> prod  [can run again]" in done.out


def test_manifests_say_when_sources_fire_next(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "crons.yaml").write_text(CRON)
    (tmp_path / "new.yaml").write_text(GRAPH.replace("sales-load}", "sales-load}, key: {offset: -1d}"))
    done = depgen("diff", "graph.yaml", "new.yaml", "--manifests", "crons.yaml")
    firings = done.out.partition("next firings of sources\n  etl/sales\n")[2].splitlines()[:6]
    assert [line[:6] for line in firings] == 3 * ["    - "] + 3 * ["    + "]
    assert [line[6:26] for line in firings[:3]] == [line[6:26] for line in firings[3:]]


# ---- git ----


def test_a_revision_is_compared_with_the_checkout(depgen: Command, repository: Path) -> None:
    assert depgen("diff", "--git", "HEAD", "graph.yaml").code == 0
    (repository / "graph.yaml").write_text(LATER)
    done = depgen("diff", "--git", "HEAD", "graph.yaml")
    assert done.code == 1
    assert "+ notBefore: 20:00" in done.out
    git(repository, "commit", "-q", "-a", "-m", "second")
    assert depgen("diff", "--git", "HEAD", "graph.yaml").code == 0
    assert depgen("diff", "--git", "HEAD~1", "graph.yaml").code == 1


def test_folders_of_a_revision_are_read_as_folders(depgen: Command, repository: Path) -> None:
    (repository / "team" / "graph.yaml").write_text(LATER.replace("etl", "shop"))
    assert depgen("diff", "--git", "HEAD", ".").code == 0
    assert "graph shop" in depgen("diff", "--git", "HEAD", ".", "-R").out
    assert "graph shop" in depgen("diff", "--git", "HEAD", "team").out
    assert "graph shop" in depgen("diff", "--git", "HEAD", "graph.yaml", "team/graph.yaml").out


def test_a_graph_that_is_new_was_not_there(depgen: Command, repository: Path) -> None:
    (repository / "new.yaml").write_text(GRAPH.replace("etl", "late"))
    done = depgen("diff", "--git", "HEAD", "graph.yaml", "new.yaml")
    assert (done.code, "+ the whole graph: 2 nodes in data  [safe]" in done.out) == (1, True)


def test_errors_of_a_revision_name_it(depgen: Command, repository: Path) -> None:
    (repository / "graph.yaml").write_text(BROKEN)
    git(repository, "commit", "-q", "-a", "-m", "broken")
    (repository / "graph.yaml").write_text(GRAPH)
    done = depgen("diff", "--git", "HEAD", "graph.yaml")
    assert done.code == 2
    assert "HEAD:/graph.yaml:9:17: error:" in done.err


def test_files_beside_a_graph_are_those_of_the_revision(depgen: Command, repository: Path) -> None:
    text = GRAPH.replace(
        "nodes:",
        "calendars: {work: {holidays: days.txt, validThrough: '2029-12-31'}}\ndefaults: {runsOn: work}\nnodes:",
    )
    (repository / "graph.yaml").write_text(text)
    (repository / "days.txt").write_text("2026-12-25\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "holidays")
    assert depgen("diff", "--git", "HEAD", "graph.yaml").code == 0
    (repository / "days.txt").write_text("2026-12-25\n2027-01-01\n")
    done = depgen("diff", "--git", "HEAD", "graph.yaml")
    assert "+ calendars.work.dates: 2027-01-01 closed" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--git", "nowhere", "graph.yaml"), "git knows no revision nowhere"),
        (("--git", "--output=x", "graph.yaml"), "git knows no revision --output=x"),
        (("--git", "HEAD", "other.yaml"), "nothing of other.yaml is in git at HEAD"),
    ],
)
def test_what_git_does_not_have_is_said(
    depgen: Command, repository: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = depgen("diff", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_folder_without_git_is_said(
    depgen: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = depgen("diff", "--git", "HEAD", "graph.yaml")
    assert done.code == 2
    assert "git" in done.err
