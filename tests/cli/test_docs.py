"""`depgen docs`, `depgen graph -o svg` and `--select`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from depgen.cli.completing import complete_selection
from tests.cli.conftest import BROKEN, GRAPH, Command

TAGGED = GRAPH.replace("  report:\n", "  report:\n    tags: [nightly, news]\n")


def test_a_page_goes_to_stdout_and_findings_do_not(depgen: Command) -> None:
    done = depgen("docs", "graph.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.lower().startswith("<!doctype html>")
    assert 'data-id="etl/report"' in done.out


def test_a_page_is_written_to_a_file_and_its_size_is_told(depgen: Command, tmp_path: Path) -> None:
    done = depgen("docs", "graph.yaml", "--output", "site.html", "--title", "Our nights")
    size = len((tmp_path / "site.html").read_bytes())
    assert (done.code, done.out) == (0, "")
    assert done.err == f"site.html is written: 2 nodes, {size:,} bytes\n"
    assert "<title>Our nights" in (tmp_path / "site.html").read_text()


def test_one_node_is_one_node(depgen: Command, tmp_path: Path) -> None:
    done = depgen("docs", "graph.yaml", "--select", "etl/report", "--output", "site.html")
    assert "written: 1 node, " in done.err
    assert "<caption>1 node</caption>" in (tmp_path / "site.html").read_text()


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_file_that_is_no_page_is_never_overwritten(
    depgen: Command, tmp_path: Path, more: tuple[str, ...]
) -> None:
    done = depgen("docs", "graph.yaml", "--output", "graph.yaml", *more)
    assert (done.code, done.out) == (2, "")
    assert "graph.yaml is there and is no page of depgen" in done.err
    assert (tmp_path / "graph.yaml").read_text() == GRAPH


def test_a_page_is_written_again(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.html").touch()
    for name in ("site.html", "site.html", "empty.html"):
        assert depgen("docs", "graph.yaml", "--output", name).code == 0
    assert 'id="page-data"' in (tmp_path / "empty.html").read_text()


def test_a_page_that_cannot_be_written_is_told_in_a_sentence(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = depgen("docs", "graph.yaml", "--output", "folder")
    assert (done.code, "cannot write folder: Is a directory" in done.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_dry_run_writes_nothing(depgen: Command, tmp_path: Path) -> None:
    done = depgen("docs", "graph.yaml", "--output", "site.html", "--dry-run")
    assert done.code == 0
    assert done.err.startswith("site.html would be written: 2 nodes, ")
    assert not (tmp_path / "site.html").exists()


def test_graphs_with_errors_have_no_page(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    done = depgen("docs", "broken.yaml")
    assert (done.code, done.out) == (1, "")
    assert "unknown-upstream" in done.err


def test_a_page_shows_what_changed_since_other_files(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(GRAPH.replace("daily-report", "weekly-report"))
    done = depgen("docs", "graph.yaml", "--against", "old.yaml")
    assert done.code == 0
    assert 'class="node node changed"' in done.out


def test_a_page_shows_what_changed_since_a_revision(depgen: Command, tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init", "--quiet"], ["add", "graph.yaml"], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    (tmp_path / "graph.yaml").write_text(GRAPH + "  more:\n    source: {cronWorkflow: more}\n")
    assert 'class="node source added"' in depgen("docs", "graph.yaml", "--git", "HEAD").out
    done = depgen("docs", "graph.yaml", "--git", "HEAD", "--against", "graph.yaml")
    assert done.code == 2
    assert "not both" in done.err


def test_an_older_version_with_errors_cannot_be_compared(depgen: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    assert depgen("docs", "graph.yaml", "--against", "broken.yaml").code == 2


@pytest.mark.parametrize("option", ["--source-url", "--argo-url"])
def test_an_address_that_is_no_web_page_is_a_usage_error(depgen: Command, option: str) -> None:
    done = depgen("docs", "graph.yaml", option, "javascript:alert(1)")
    assert done.code == 2
    assert "http://" in done.err


@pytest.mark.parametrize("command", [("docs",), ("graph",), ("graph", "-o", "svg"), ("graph", "-o", "dot")])
def test_only_what_is_selected_is_shown(depgen: Command, command: tuple[str, ...]) -> None:
    shown = depgen(command[0], "graph.yaml", *command[1:], "--select", "kind:source")
    assert shown.code == 0
    assert "sales-load" in shown.out
    assert "daily-report" not in shown.out
    wrong = depgen(command[0], "graph.yaml", *command[1:], "--select", "reprot")
    assert (wrong.code, wrong.out) == (2, "")
    assert 'nothing matches "reprot"; did you mean "report"?' in wrong.err


def test_a_graph_without_some_upstreams_keeps_the_others(depgen: Command, tmp_path: Path) -> None:
    more = GRAPH.replace("[sales]", "[sales, {anyOf: [stock, web]}]")
    more += "  stock: {source: {cronWorkflow: stock}}\n  web: {source: {cronWorkflow: web}}\n"
    (tmp_path / "more.yaml").write_text(more)
    shown = depgen("graph", "more.yaml", "--select", "report stock sales").out
    assert shown.count("-->") == 2
    assert "web" not in shown


def test_a_picture_is_an_svg_that_stands_alone(depgen: Command) -> None:
    done = depgen("graph", "graph.yaml", "-o", "svg")
    assert done.out.startswith("<svg ")
    assert "<style>" in done.out


class Context:
    """As much of a command line as completion looks at."""

    def __init__(self, path: Path) -> None:
        self.params = {"paths": [str(path)]}


@pytest.mark.parametrize(
    ("begun", "goes_on"),
    [
        ("", ["sales", "report"]),
        ("+re", ["+report"]),
        ("2+s", ["2+sales"]),
        ("sales,!r", ["sales,!report"]),
        ("sales re", ["sales report"]),
        ("tag:n", ["tag:news", "tag:nightly"]),
        ("sales tag:ni", ["sales tag:nightly"]),
        ("x", []),
    ],
)
def test_a_selection_is_completed_in_its_last_part(tmp_path: Path, begun: str, goes_on: list[str]) -> None:
    (tmp_path / "graph.yaml").write_text(TAGGED)
    assert list(complete_selection(Context(tmp_path / "graph.yaml"), begun)) == goes_on
