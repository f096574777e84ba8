"""What starting costs: the help text beside a minimal Typer app's, the import beside a bare interpreter."""

from __future__ import annotations

from pathlib import Path

from tests.bench.measure import PYTHON, Figure, cost, in_turn, ratio

APP = '''import typer
app = typer.Typer()

@app.command()
def main(name: str) -> None:
    """Say hello."""

app()
'''


def figures(work: Path, rounds: int) -> list[Figure]:
    """Ratios of whole processes; many rounds, for each is short."""
    minimal = work / "minimal.py"
    minimal.write_text(APP)
    costs = in_turn(
        {
            "help": lambda: cost([PYTHON, "-m", "depgen", "--help"]),
            "minimal": lambda: cost([PYTHON, str(minimal), "--help"]),
            "import": lambda: cost([PYTHON, "-c", "import depgen"]),
            "bare": lambda: cost([PYTHON, "-c", "pass"]),
        },
        rounds * 3,
    )
    return [
        Figure("depgen --help / a minimal Typer app's --help", ratio(costs, "help", "minimal"), 1.3),
        Figure("import depgen / bare Python", ratio(costs, "import", "bare"), 1.5),
    ]
