"""Random scripts over one graph, each made by a number: completions in any order, reruns, restarts, Sensors that are down.

Only what is left at the end is compared. How often a Sensor was asked hangs on who was faster.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.stack.api import Manifest
from tests.stack.emulation.graphs import completion, finish, graph
from tests.stack.emulation.stage import Case, Stage
from tests.stack.workflows import LABEL

NODES = """
    a: {source: {cronWorkflow: a}}
    b: {source: {cronWorkflow: b}}
    c: {source: {cronWorkflow: c}}
    both: {run: {workflowTemplate: held, params: {day: {key: "%Y-%m-%d"}}}, dependsOn: [a, b]}
    either: {run: {workflowTemplate: held, params: {day: {from: $trigger, field: node}}}, dependsOn: [{anyOf: [b, {node: c, status: done}]}]}
    last: {run: {workflowTemplate: held, params: {day: {from: both, field: workflow}}}, dependsOn: [both, {node: both, match: {offset: -1}}]}
    clean: {run: {workflowTemplate: held, params: {day: {from: c, field: phase}}}, dependsOn: [{node: c, status: failure}, {node: a, status: done}]}
    many: {run: {workflowTemplate: held, params: {day: {from: a, output: rows, default: "-"}}}, dependsOn: [{node: a, when: "(.outputs.rows | tonumber) > 4"}, c]}
"""
DAYS = 3
STEPS = 14
PARTS = ("eventsource/", "sensor/record", "sensor/claim", "sensor/submit")
SEEDS = range(10)


def script(seed: int) -> Callable[[Stage], None]:
    """The same happenings on every stage."""
    return lambda stage: _Player(stage, Random(seed)).play()


class _Player:
    """Happenings one after the other; `later` makes every end later than the ones before."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self.stage = stage
        self.random = random
        self.down: list[str] = []
        self.seconds = 0
        self.ended: list[Manifest] = []
        self.coming = [(cron, day) for cron in "abc" for day in range(1, DAYS + 1)]
        random.shuffle(self.coming)

    def play(self) -> None:
        """Then all is started again and everything is replayed."""
        happenings = (
            self.complete,
            self.complete,
            self.complete,
            self.rerun,
            self.end_runs,
            self.kill,
            self.revive,
        )
        for _ in range(STEPS):
            self.random.choice(happenings)()
        self.revive()
        self.stage.settle()
        self.end_runs()
        self.stage.settle()
        self.stage.stop("eventsource/")
        self.stage.start("eventsource/")

    def complete(self) -> None:
        """A source ends."""
        if self.coming:
            cron, day = self.coming.pop()
            made = completion(
                self.stage.names,
                cron,
                day,
                self._phase(),
                after=self._later(),
                outputs={"rows": self._rows()},
            )
            self.ended.append(made)
            self.stage.create(made)

    def rerun(self) -> None:
        """A source that has ended runs again, under the same name."""
        if self.ended:
            name = self.random.choice(self.ended)["metadata"]["name"]
            again = {f"{LABEL}completed": "false", f"{LABEL}phase": "Running"}
            self.stage.patch(
                "Workflow", name, {"metadata": {"labels": again}, "status": {"phase": "Running"}}
            )
            finish(self.stage, name, self._phase(), after=self._later())

    def end_runs(self) -> None:
        """What was submitted ends, if somebody was there to submit."""
        if not self.down:
            self.stage.settle()
            for name in self.stage.open_runs():
                finish(self.stage, name, self._phase(), after=self._later())

    def kill(self) -> None:
        """A part goes down for a while."""
        part = self.random.choice(PARTS)
        if part not in self.down:
            self.stage.settle()  # what it has half done is another case's business
            self.stage.stop(part)
            self.down.append(part)

    def revive(self) -> None:
        """All that is down comes back."""
        if self.down:
            self.stage.start(*self.down)
            self.down.clear()

    def _phase(self) -> str:
        return self.random.choice(("Succeeded", "Succeeded", "Succeeded", "Failed", "Error"))

    def _rows(self) -> str:
        return str(self.random.randrange(10))

    def _later(self) -> int:
        self.seconds += 2
        return self.seconds


CASES = tuple(Case(f"random-{seed}", graph(NODES), script(seed), ignored=("*",)) for seed in SEEDS)
