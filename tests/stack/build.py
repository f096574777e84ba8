"""Builds the real components of the stack as Go programs, once, into a cache folder outside the source tree.

`python -m tests.stack.build` does it by hand; the tests do it by themselves. The first time takes ten to twenty
minutes on two cores; afterwards a call takes the time of `go env`. A program is found by the hash of its
folder and of the Go version, so editing one main.go rebuilds that program only. Old programs stay until the
cache folder is removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "go"
GO_BUILD = ("build", "-mod=readonly", "-buildvcs=false", "-ldflags=-s -w", "-p=2")
PROGRESS_SECONDS = 15.0

Say = Callable[[str], None]


class BuildError(Exception):
    """The toolchain is missing or refused; the message says what to do or quotes it."""


@dataclass(frozen=True)
class Program:
    """One Go module below `go/`: the package to build in it, and the dependency whose CRDs it serves."""

    name: str
    package: str = "."
    crd_module: str | None = None
    crd_folder: str = ""


PROGRAMS = (
    Program("nats", "github.com/nats-io/nats-server/v2"),
    Program("kustomize"),
    Program("argocd"),
    Program("kube"),
    Program("events", crd_module="github.com/argoproj/argo-events", crd_folder="manifests/base/crds"),
    Program(
        "workflows",
        crd_module="github.com/argoproj/argo-workflows/v3",
        crd_folder="manifests/base/crds/minimal",
    ),
    Program("agent"),
    Program("kubestate", "k8s.io/kube-state-metrics/v2"),
    Program("operator"),
)


@dataclass(frozen=True)
class Binaries:
    """Where the built programs and the CRD files of their versions lie."""

    nats: Path
    kustomize: Path
    argocd: Path
    kube: Path
    events: Path
    workflows: Path
    agent: Path
    kubestate: Path
    operator: Path
    crds: tuple[Path, ...]


def missing() -> str | None:
    """Why no stack can be built on this machine, or None."""
    if not sys.platform.startswith("linux"):
        return f"the stack runs on Linux only, this is {sys.platform}"
    if shutil.which("go") is None:
        return "no Go toolchain: `go` is not on the PATH (https://go.dev/dl, version 1.26 or newer)"
    return None


def build(say: Say) -> Binaries:
    """Returns the programs, building those that the cache lacks; `say` gets lines of progress."""
    if reason := missing():
        raise BuildError(reason)
    toolchain = _go("env", "GOVERSION", "GOOS", "GOARCH", cwd=SOURCES)
    absent = [p for p in PROGRAMS if not _folder(p, toolchain).is_dir()]
    for count, program in enumerate(absent, start=1):
        _build_into(_folder(program, toolchain), program, f"{program.name} ({count} of {len(absent)})", say)
    folders = {program.name: _folder(program, toolchain) for program in PROGRAMS}
    crds = tuple(crd for folder in folders.values() for crd in sorted(folder.glob("crds/*.yaml")))
    return Binaries(crds=crds, **{name: folder / name for name, folder in folders.items()})


def _folder(program: Program, toolchain: str) -> Path:
    default = Path.home() / ".cache" / "depgen" / "stack"
    return Path(os.environ.get("DEPGEN_STACK_CACHE") or default).resolve() / _key(program, toolchain)


def _key(program: Program, toolchain: str) -> str:
    digest = hashlib.sha256(repr((program, toolchain, GO_BUILD)).encode())
    for file in sorted((SOURCES / program.name).iterdir()):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _build_into(folder: Path, program: Program, title: str, say: Say) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder.parent) as scratch:
        result = Path(scratch) / "result"
        _compile(program, result / program.name, title, say)
        (result / "crds").mkdir()
        for crd in _crds(program):
            shutil.copyfile(crd, result / "crds" / crd.name)
        try:
            result.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was faster, with the same result
                raise


def _compile(program: Program, target: Path, title: str, say: Say) -> None:
    start = time.monotonic()
    say(f"building {title}")
    with tempfile.TemporaryFile("w+") as output:
        go = subprocess.Popen(
            ["go", *GO_BUILD, "-o", str(target), program.package],
            cwd=SOURCES / program.name,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while go.poll() is None:
                try:
                    go.wait(PROGRESS_SECONDS)
                except subprocess.TimeoutExpired:
                    say(f"building {title}: {time.monotonic() - start:.0f} s so far")
        finally:
            go.kill()
            go.wait()
        output.seek(0)
        if go.returncode:
            raise BuildError(f"go could not build {program.name}:\n{output.read()[-4000:]}")
    say(f"built {title} in {time.monotonic() - start:.0f} s")


def _crds(program: Program) -> list[Path]:
    if program.crd_module is None:
        return []
    module = _go(
        "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", program.crd_module, cwd=SOURCES / program.name
    )
    return sorted((Path(module.strip()) / program.crd_folder).glob("argoproj.io_*.yaml"))


def _go(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["go", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"go {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def main() -> int:
    """Builds, telling progress on stderr and the programs' paths on stdout."""
    try:
        binaries = build(lambda line: print(line, file=sys.stderr, flush=True))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    for program in PROGRAMS:
        print(getattr(binaries, program.name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
