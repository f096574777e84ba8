"""Compiles the first example into a temporary folder and says what each object is for: `make demo`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
GRAPH = "examples/01-nightly-etl/graph.yaml"
OBJECTS = {
    "etl-eventsource.yaml": "EventSource etl watches completed Workflows, new runs of the graph, and its ledgers.",
    "etl-sensor-record.yaml": "Sensor etl-record writes each completion into the ledger of its date, ConfigMap etl-20261121.",
    "etl-sensor-claim.yaml": "Sensor etl-claim notes there which runs have been submitted, so that none is twice.",
    "etl-sensor-submit.yaml": "Sensor etl-submit asks each time a ledger changes which runs have become ready for its date,\n"
    "    and creates their Workflows, such as etl-report-20261121.",
    "etl-rbac.yaml": "A ServiceAccount for each of the four, with only the verbs it needs.",
    "kustomization.yaml": "All of the above for `kubectl apply -k`, or Argo CD.",
    "depgen.lock": "What was written, so that the next build removes what is no longer needed and nothing else.",
}


def styled(text: str, code: str) -> str:
    """The text in a colour, on a terminal that shows it."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if is_plain else f"\x1b[{code}m{text}\x1b[0m"


def title(text: str) -> None:
    """A heading, before the output of a command that writes to the same terminal."""
    print(f"\n{styled(text, '1;36')}\n", flush=True)


def main() -> int:
    """The demo; the exit code of the first command that fails."""
    with tempfile.TemporaryDirectory() as folder:
        build = ["build", GRAPH, "--output-dir", f"{folder}/out"]
        print((ROOT / GRAPH).read_text(encoding="utf-8"), end="")
        title(f"$ depgen build {GRAPH} --output-dir out")
        done = subprocess.run(
            [sys.executable, "-m", "depgen", *build], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        print(done.stderr.replace(f"{folder}/", ""), end="")
        if done.returncode:
            return done.returncode
        title("What was written")
        for path in sorted(Path(folder, "out").iterdir(), key=lambda path: list(OBJECTS).index(path.name)):
            print(f"  {styled(path.name, '1')}\n    {OBJECTS[path.name]}")
    title("What next")
    print("  Read a program: examples/01-nightly-etl/out/etl-sensor-submit.yaml holds what decides, in jq.")
    print("  Write a graph:  .venv/bin/depgen init, then docs/language.md")
    print("  Run it:         docs/running.md")
    print("  See it proven:  make test, on the real Argo Events where Go is installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
