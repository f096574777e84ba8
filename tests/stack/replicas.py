"""The processes of one Deployment with several replicas: one `Service`, of which a test can end a single pod.

What it tells is of all that run: the ones that stand by log little, and watch and subscribe to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.stack.api import Manifest
from tests.stack.logs import LogLine
from tests.stack.pod import Pod
from tests.stack.services import Watched


class Replicas:
    """`pods` has at least one member, all of one Deployment."""

    def __init__(self, pods: Sequence[Pod]) -> None:
        self.pods = tuple(pods)
        self.kind, self.name = pods[0].kind, pods[0].name

    def pod(self, name: str) -> Pod:
        """The one of this name, as the holder of a Lease is told."""
        (found,) = (pod for pod in self.pods if pod.pod_name == name)
        return found

    @property
    def problem(self) -> str | None:
        return next((pod.problem for pod in self._wanted() if pod.problem), None)

    @property
    def is_held(self) -> bool:
        return not self._wanted()

    def spec(self) -> Manifest:
        return self.pods[0].spec()

    def lines(self) -> list[LogLine]:
        return [line for pod in self.pods for line in pod.lines()]

    def current_lines(self) -> list[LogLine]:
        return [line for pod in self._wanted() for line in pod.current_lines()]

    def watches(self) -> Counter[Watched]:
        return sum((pod.watches() for pod in self._wanted()), Counter())

    def pause(self) -> None:
        for pod in self.pods:
            pod.pause()

    def resume(self) -> None:
        for pod in self.pods:
            pod.resume()

    def kill(self) -> None:
        for pod in self.pods:
            pod.kill()

    def start(self) -> None:
        for pod in self.pods:
            pod.start()

    def restart(self) -> None:
        self.kill()
        self.start()

    def _wanted(self) -> list[Pod]:
        return [pod for pod in self.pods if not pod.is_held]
