"""What only a process of its own shows: streams that fail, signals, colour, stray errors, and what is imported."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import BROKEN, GRAPH, PACKAGE_ROOT, environment, process

HEAVY = {"yaml", "jinja2", "jsonschema_rs", "jsonschema", "kubernetes", "jq", "rich"}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH)
    return path


def imported(*arguments: str) -> set[str]:
    """The top-level modules that a command has imported."""
    script = "import sys; from depgen.cli import run; run(sys.argv[1:]); print('|', *sys.modules)"
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment())
    return {name.partition(".")[0] for name in done.stdout.rpartition("|")[2].split()}


@pytest.mark.parametrize(
    "arguments", [["--version"], ["version"], ["--help"], ["build", "--help"], ["schema"], ["init", "-"]]
)
def test_a_command_that_needs_no_graph_imports_nothing_heavy(arguments: list[str]) -> None:
    assert not imported(*arguments) & HEAVY


def test_building_imports_no_cluster_client(graph: Path) -> None:
    assert not imported("build", str(graph)) & {"kubernetes", "rich"}


def test_a_reader_that_goes_away_ends_the_command_quietly(graph: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "depgen", "build", str(graph)]
    done = subprocess.run(
        command, stdout=write_end, stderr=subprocess.PIPE, timeout=60, check=False, env=environment()
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


def shell(script: str, graph: Path) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", script.replace("depgen", f"{sys.executable} -m depgen"), "sh", str(graph)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment())


def test_output_that_cannot_be_written_is_2(graph: Path) -> None:
    done = shell('depgen build "$1" > /dev/full', graph)
    assert done.returncode == 2
    assert done.stderr == "Error: cannot write to standard output: No space left on device\n"


def test_a_closed_stdout_is_2(graph: Path) -> None:
    done = shell('depgen build "$1" >&-', graph)
    assert done.returncode == 2
    assert done.stderr == "Error: cannot write: standard output is closed\n"


def test_a_closed_stdin_is_2(graph: Path) -> None:
    done = shell("depgen build - <&-", graph)
    assert done.returncode == 2
    assert done.stderr == "Error: cannot read: standard input is closed\n"


def test_a_closed_stderr_changes_no_answer(graph: Path) -> None:
    assert shell('depgen build "$1" 2>&-', graph).returncode == 0
    graph.write_text(BROKEN)
    assert shell('depgen build "$1" 2>&-', graph).returncode == 1


def test_manifests_are_utf_8_whatever_the_locale(graph: Path) -> None:
    graph.write_text(GRAPH.replace("nodes:", "defaults: {owner: Zoë 日本}\nnodes:"))
    done = process("build", graph, variables={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (done.code, done.err) == (0, "")
    assert (
        process(
            "build", graph, "--output-dir", graph.parent / "out", variables={"PYTHONIOENCODING": "ascii"}
        ).code
        == 0
    )


def test_an_interrupt_is_130_and_quiet(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "depgen", "lint", str(fifo)]
    with (
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            # A test run in the background ignores interrupts, and its children would too.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        ) as running,
        fifo.open("wb"),
    ):  # returns once depgen has opened it, and then waits for what never comes
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, b"", b"")


# ---- colour ----


def on_a_terminal(*arguments: object, variables: dict[str, str]) -> str:
    """What a command writes to a terminal."""
    main_end, terminal = pty.openpty()
    command = [sys.executable, "-m", "depgen", *map(str, arguments)]
    subprocess.run(
        command, stdout=terminal, stderr=terminal, timeout=60, check=False, env=environment(variables)
    )
    os.close(terminal)
    written = b""
    try:
        while chunk := os.read(main_end, 65536):
            written += chunk
    except OSError:
        pass  # how Linux says that the other end is closed
    os.close(main_end)
    return written.decode()


@pytest.mark.parametrize(
    ("arguments", "variables", "is_coloured"),
    [
        ([], {"TERM": "xterm"}, True),
        ([], {"TERM": "dumb"}, False),
        ([], {"TERM": "xterm", "NO_COLOR": "1"}, False),
        ([], {"TERM": "xterm", "NO_COLOR": ""}, True),
        (["--color", "never"], {"TERM": "xterm"}, False),
        (["--color", "always"], {"TERM": "dumb", "NO_COLOR": "1"}, True),
    ],
)
@pytest.mark.parametrize("command", ["lint", "build"])
def test_a_terminal_gets_colour(
    graph: Path, command: str, arguments: list[str], variables: dict[str, str], is_coloured: bool
) -> None:
    graph.write_text(BROKEN)
    shown = on_a_terminal(command, graph, *arguments, variables=variables)
    assert "[unknown-upstream]" in shown
    assert ("\x1b[" in shown) is is_coloured


@pytest.mark.parametrize(
    ("arguments", "variables", "is_coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {}, True),
    ],
)
def test_a_file_gets_colour_only_by_force(
    graph: Path, arguments: list[str], variables: dict[str, str], is_coloured: bool
) -> None:
    graph.write_text(BROKEN)
    assert ("\x1b[" in process("lint", graph, *arguments, variables=variables).out) is is_coloured


# ---- our own mistakes ----


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A copy of the package, of which a test may break a part."""
    root = tmp_path / "copy"
    shutil.copytree(PACKAGE_ROOT / "depgen", root / "depgen", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_an_incomplete_install_is_our_fault(damaged: Path) -> None:
    done = process("schema", root=damaged)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "Error: depgen is not installed completely: schemas/graph.schema.json cannot be read. "
        "This is a bug in depgen: please report it (DEPGEN_DEBUG=1 shows where)\n"
    )


def test_a_stray_exception_is_one_sentence_and_3(damaged: Path) -> None:
    (damaged / "depgen" / "assets.py").write_text("raise ValueError('boom')\n")
    done = process("schema", root=damaged)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "Error: ValueError: boom. This is a bug in depgen: please report it (DEPGEN_DEBUG=1 shows where)\n"
    )
    assert (
        "Traceback (most recent call last)"
        in process("schema", root=damaged, variables={"DEPGEN_DEBUG": "1"}).err
    )
