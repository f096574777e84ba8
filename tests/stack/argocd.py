"""Argo CD's own judgement of an object: in sync with its manifest, and healthy? Asked over a pipe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.stack.api import Manifest


class ArgoCD:
    """What `program` (tests/stack/go/argocd) says; `customizations` are health scripts by group and kind."""

    def __init__(self, program: Path, customizations: Mapping[str, str]) -> None:
        self._program = program
        self._customizations = dict(customizations)

    def differs(self, desired: Manifest, live: Manifest) -> bool:
        """Whether it would show the object as OutOfSync."""
        return bool(self._asked("diff", desired=desired, live=live)["modified"])

    def health(self, live: Manifest) -> tuple[str, str]:
        """The status, such as Healthy, and the message that it would show; ("", ...) if there is no check."""
        found = self._asked("health", object=live, customizations=self._customizations)
        return found["status"], found["message"]

    def hook(self, desired: Manifest) -> tuple[list[str], list[str]]:
        """In which phases of a sync it would run the object, none if it is no hook, and when it would remove it."""
        found = self._asked("hook", object=desired)
        return found["types"] or [], found["deletePolicies"]

    def _asked(self, about: str, **question: Any) -> dict[str, Any]:
        done = subprocess.run(
            [self._program, about],
            input=json.dumps(question) + "\n",
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
