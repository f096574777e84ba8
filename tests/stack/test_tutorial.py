"""docs/tutorial.md from its first step to its last, on the real stack and with a real kubectl: it prints what the page says.

Namespace, graph and date of the page are those of the test; times and the spaces between columns may differ. What only
asks is asked until it answers as on the page, as a reader would ask again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.house import quotes, walk
from tests.house.quotes import ROOT, Quote
from tests.house.shell import printed
from tests.house.walk import Step
from tests.stack.build import Binaries
from tests.stack.cluster import LocalStack
from tests.stack.namespace import Namespace

PAGE = ROOT / "docs" / "tutorial.md"
ASKS = re.compile(r"depgen |kubectl get ")
SECONDS = 60.0
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|\((?:just now|[^()]* ago)\)")


class Reader:
    """Somebody who follows the page in a folder, with the names of the test for those of the page."""

    def __init__(self, folder: Path, names: Mapping[str, str], kubectl: str, kubeconfig: Path) -> None:
        self._folder = folder
        self._names = names
        self._kubectl = kubectl
        self._variables = {"KUBECONFIG": str(kubeconfig)}

    def prepare(self, quote: Quote) -> None:
        """Takes a step that needs no cluster."""
        walk.take(Step(quote.kind, quote.what, self._mine(quote.body)), self._folder)

    def run(self, quote: Quote) -> tuple[str, str]:
        """What the command prints, and what the page says of it, both without times."""
        expected = _plain(quote.body.partition("\n")[2])
        end = time.monotonic() + SECONDS
        while True:
            command = f'kubectl() {{ {self._kubectl} "$@"; }} && {self._mine(quote.what)}'
            found = _plain(self._theirs(printed(command, self._folder, self._variables)))
            if found == expected or not ASKS.match(quote.what) or time.monotonic() > end:
                return found, expected
            time.sleep(0.2)

    def _mine(self, text: str) -> str:
        for theirs, mine in self._names.items():
            text = text.replace(theirs, mine)
        return text

    def _theirs(self, text: str) -> str:
        for theirs, mine in self._names.items():
            text = text.replace(mine, theirs)
        return text


def _plain(text: str) -> str:
    return re.sub(r"[ \t]+", " ", TIMES.sub("TIME", text)).strip()


def test_the_tutorial_says_what_happens(
    namespace: Namespace, local: LocalStack, binaries: Binaries, tmp_path: Path
) -> None:
    today = f"{datetime.now(UTC):%Y%m%d}"
    names = {"tutorial": namespace.name, "shop": namespace.graph, "20261121": today}
    kubeconfig = local.control_plane.kubeconfig(tmp_path / "kubeconfig")
    reader = Reader(tmp_path, names, f"{binaries.kustomize} kubectl", kubeconfig)
    told = list(quotes.quotes(PAGE))
    assert [quote.kind for quote in told].count("cluster") > 5
    for quote in told:
        if quote.kind != "cluster":
            reader.prepare(quote)
            continue
        found, expected = reader.run(quote)
        assert found == expected, f"{PAGE.name}:{quote.line}"
        if "apply -k" in quote.what:
            namespace.wait_ready()
    assert namespace.errors() == []
