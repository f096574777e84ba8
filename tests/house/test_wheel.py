"""A wheel built from this checkout compiles graphs with nothing of the checkout at hand."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from depgen import assets
from tests.house.quotes import ROOT


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; fails with all it has to say if it does."""
    env = {
        key: value for key, value in os.environ.items() if key != "PYTHONPATH"
    }  # it would bring the checkout in
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the hatchling of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        ROOT,
        cwd=folder,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that holds the wheel, and for the rest uses this one's packages."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def test_the_wheel_holds_the_package_its_data_and_its_licence_and_no_more(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    data = {name.split("/")[2] for name in names if name.startswith("depgen/_data/")}
    assert data == {"eventsources", "schemas", "sensors"}
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"depgen"}
    assert [name for name in names if name.endswith("/LICENSE")]


def test_an_installed_wheel_builds_what_the_checkout_builds(installed: Path, tmp_path: Path) -> None:
    example = ROOT / "examples" / "01-nightly-etl"
    tree = run(installed / "depgen", "build", example / "graph.yaml", "--output-dir", "out", cwd=tmp_path)
    assert tree.startswith("etl  (Asia/Shanghai, 5 sources, 3 runs)\n")
    for path in (example / "out").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_an_installed_wheel_reads_its_own_templates_and_schemas(installed: Path, tmp_path: Path) -> None:
    program = "from depgen import assets; print(assets.home(assets.PACKAGE), assets.digest())"
    home, digest = run(installed / "python", "-c", program, cwd=tmp_path).split()
    assert Path(home).parts[-3:] == ("site-packages", "depgen", "_data")
    assert installed.parent in Path(home).parents
    assert digest == assets.digest()
