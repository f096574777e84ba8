"""What the tests of this folder do where there is no Go toolchain, and that programs are built once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.stack.build import Binaries, build

ROOT = Path(__file__).parents[2]
ANY_TEST = "tests/stack/test_harness.py::test_lint_is_argo_events_own"


def pytest_without_go(**env: str) -> subprocess.CompletedProcess[str]:
    """Runs one test of the stack where `go` cannot be found."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith(("DEPGEN_", "PYTEST_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ANY_TEST],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**inherited, "PATH": "", **env},
        check=False,
    )


def test_without_go_the_stack_is_skipped_with_the_reason() -> None:
    done = pytest_without_go()
    assert "1 skipped" in done.stdout
    assert "no Go toolchain: `go` is not on the PATH" in done.stdout


def test_without_go_a_required_stack_is_an_error() -> None:
    done = pytest_without_go(DEPGEN_REQUIRE_STACK="1")
    assert "1 error" in done.stdout
    assert "DEPGEN_REQUIRE_STACK=1, but no Go toolchain" in done.stdout


def test_what_is_built_is_not_built_again(binaries: Binaries) -> None:
    told: list[str] = []
    assert build(told.append) == binaries
    assert told == []


def test_the_crds_are_those_of_the_built_versions(binaries: Binaries) -> None:
    names = {crd.name.removeprefix("argoproj.io_").removesuffix(".yaml") for crd in binaries.crds}
    assert {"eventbus", "eventsources", "sensors", "workflows", "workflowtemplates", "cronworkflows"} <= names
