"""Compiles the first example into a temporary folder, then plays a night of it in which things go wrong: `make demo`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/01-nightly-etl"
GRAPH = f"{EXAMPLE}/graph.yaml"
OBJECTS = {
    "etl-eventsource.yaml": "watches completed Workflows, new runs of the graph, and its ledgers",
    "etl-sensor-record.yaml": "writes each completion into the ledger of its date, ConfigMap etl-20261121",
    "etl-sensor-claim.yaml": "notes there which runs have been submitted, so that none is twice",
    "etl-sensor-submit.yaml": "asks at each change of a ledger which runs are ready, and creates their Workflows",
    "etl-rbac.yaml": "a ServiceAccount for each of the four, with only the verbs it needs",
    "kustomization.yaml": "all of the above for `kubectl apply -k`, or Argo CD",
    "kustomizeconfig.yaml": "where an overlay's prefix and namespace have to go",
    "depgen.lock": "what was written, so that the next build removes what is no longer needed",
}
NIGHT = ["--profile", f"{EXAMPLE}/usual.profile.yaml", "--from", "2026-11-21"]
MISHAPS = ["--what-if", "clean=late:3h", "--what-if", "sync-web=fail"]


def styled(text: str, code: str) -> str:
    """The text in a colour, on a terminal that shows it."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if is_plain else f"\x1b[{code}m{text}\x1b[0m"


def title(text: str) -> None:
    """A heading, before the output of a command that writes to the same terminal."""
    print(f"\n{styled(text, '1;36')}\n", flush=True)


def built() -> int:
    """Compile it, and say what each file is for; the exit code."""
    title(f"$ depgen build {GRAPH} --output-dir out")
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "depgen", "build", GRAPH, "--output-dir", f"{folder}/out"]
        done = subprocess.run(build, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        print(done.stderr.replace(f"{folder}/", ""))
        written = [path.name for path in Path(folder, "out").glob("*")] if not done.returncode else []
        for name in sorted(written, key=list(OBJECTS).index):
            print(f"  {styled(f'{name:<22}', '1')} {OBJECTS[name]}")
    return done.returncode


def played(*mishaps: str) -> int:
    """Forecast a night; the exit code. That a run does not come to run is 1, and here no failure."""
    lines = [f"$ depgen simulate {GRAPH}", " ".join(NIGHT), *([" ".join(mishaps)] if mishaps else [])]
    title(" \\\n    ".join(lines))
    done = subprocess.run([sys.executable, "-m", "depgen", "simulate", GRAPH, *NIGHT, *mishaps], cwd=ROOT)
    return done.returncode if done.returncode > 1 else 0


def main() -> int:
    """The demo; the exit code of the first command that fails."""
    print((ROOT / GRAPH).read_text(encoding="utf-8"), end="")
    code = built() or played() or played(*MISHAPS)
    if code:
        return code
    title("What next")
    print(
        "  What if:        the command above with another --what-if, such as benchmark=late:2h or clean=missing"
    )
    print(f"  Read a program: {EXAMPLE}/out/etl-sensor-submit.yaml holds what decided just now, in jq")
    print("  Write a graph:  .venv/bin/depgen init, then docs/language.md")
    print("  Run it:         docs/running.md")
    print("  See it proven:  make test, on the real Argo Events where Go is installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
