"""The fixtures of the stack: `stack` once a run, `namespace` once a test.

Without a Go toolchain the folder's tests are skipped with the reason; DEPGEN_REQUIRE_STACK=1 makes that an
error. DEPGEN_STACK=cluster runs them on the cluster of KUBECONFIG, where Argo Events and Argo Workflows are
installed already.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stack import build
from tests.stack.cluster import LocalStack
from tests.stack.installed import InstalledStack
from tests.stack.namespace import Namespace

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="session")
def binaries(pytestconfig: pytest.Config) -> build.Binaries:
    """The built programs; builds them first where that is still to be done, and says so on the terminal."""
    if reason := build.missing():
        _refuse(reason)
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        return build.build(lambda line: print(f"\n{line}", end="", flush=True))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[LocalStack | InstalledStack]:
    """The stack of this run."""
    started: LocalStack | InstalledStack
    if os.environ.get("DEPGEN_STACK") == "cluster":
        started = InstalledStack()
    else:
        started = LocalStack(request.getfixturevalue("binaries"))
    yield started
    started.close()


@pytest.fixture
def local(stack: LocalStack | InstalledStack) -> LocalStack:
    """The stack, if it is our own; tests that stop and start its parts need that."""
    if not isinstance(stack, LocalStack):
        pytest.skip("needs processes of our own")
    return stack


@pytest.fixture
def as_root() -> None:
    """A process can get a view of the file system of its own."""
    if os.geteuid() != 0:
        _refuse("not root, and a leader is elected by what only a pod has (tests/stack/in_pod.py)")


@pytest.fixture
def namespace(stack: LocalStack | InstalledStack) -> Iterator[Namespace]:
    """A namespace of the test's own, with an EventBus `default`."""
    made = Namespace(stack)
    yield made
    made.close()


def _refuse(reason: str) -> None:
    if os.environ.get("DEPGEN_REQUIRE_STACK") == "1":
        pytest.fail(f"DEPGEN_REQUIRE_STACK=1, but {reason}", pytrace=False)
    pytest.skip(reason)
