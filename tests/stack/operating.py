"""The commands of operators, run on the graph of one namespace of the stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.deployed import Deployed, graph_text

from depgen.cli import run


class Operator:
    """`operator("hold", "report", day=1)`: a command on the graph, its exit code and its answer."""

    def __init__(
        self, graph: Deployed, nodes: str, stack: LocalStack, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.graph = graph
        self.file = folder / "graph.yaml"
        self.file.write_text(graph_text(graph.namespace, nodes))
        self.kubeconfig = stack.group.folder / "admin.kubeconfig"
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = run([*arguments, "-f", str(self.file), "--kubeconfig", str(self.kubeconfig)])
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def order(self, *words: str, day: int = 0) -> list[str]:
        """An order that is carried out: the Workflows that it says will be submitted."""
        code, out, err = self(*words, "--key", self.graph.key(day), "--why", "on call", "-o", "json")
        assert code == 0, err
        submits: list[str] = json.loads(out)["submits"]
        return submits

    def refused(self, *words: str, day: int = 0) -> str:
        """An order that is not: why not."""
        code, out, err = self(*words, "--key", self.graph.key(day), "--why", "on call")
        assert (code, out) == (1, "")
        return err

    def why(self, node: str, day: int = 0) -> Any:
        """The answer of `why` for a day."""
        code, out, err = self("why", node, "--key", self.graph.key(day), "-o", "json")
        assert code == 0, err
        return json.loads(out)

    def reasons(self, node: str, day: int = 0) -> list[str]:
        """The codes that `why` gives."""
        return [reason["code"] for reason in self.why(node, day)["reasons"]]

    def states(self, day: int = 0) -> dict[str, str]:
        """The answer of `status` for a day, by node."""
        date = self.graph.key(day)
        code, out, err = self("status", "--from", date, "--to", date, "-o", "json")
        assert code == 0, err
        return {cell["node"]: cell["state"] for cell in json.loads(out)["graphs"][0]["cells"]}
