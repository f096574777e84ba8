"""The world of some graphs on the virtual clock: a Workflow begins, the Sensors answer, the sweep looks after them.

What is asked for at a time that has come happens at once; all else waits for `run_until`. Nodes of several graphs that
are named alike are told apart as `graph/node`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from depgen import naming, pipeline
from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, WORKFLOWS, Object
from depgen.cluster.states import Subject
from depgen.emulate import Emulator
from depgen.errors import InputError
from depgen.model import Node, Source
from depgen.play import begun
from depgen.play.begun import Beginning
from depgen.play.compiled import Compiled, UncompiledError, compiled
from depgen.play.controller import Controller, Ending, Submitted
from depgen.play.witness import Witness

if TYPE_CHECKING:  # loaded by who needs them: in most worlds nobody sweeps and nobody gives orders
    from depgen.cluster.backfill import Step
    from depgen.cluster.hand import Outcome
    from depgen.cluster.orders import Verb
    from depgen.cluster.reconcile.counts import Swept
    from depgen.emulate import Fault
    from depgen.play.foreign import Foreign
    from depgen.play.sweeper import Sweeper

__all__ = ["UncompiledError", "World"]

# What the sweep applies to: EventSources and Sensors. A CronJob that sweeps is played by `sweep_every`.
_PLAYED = ("EventSource", "Sensor")
# A backfill whose runs never end is given up after so many virtual seconds.
_LONGEST_BACKFILL = 60 * 86400.0


class World:
    """Graphs, as files, checked or compiled already, their cluster, and what happens there. Raises UncompiledError if they have errors.

    `ending` says what becomes of a submitted Workflow, and None that it runs for ever. The sweep runs at the start and
    every `sweep_every` seconds, None for never.
    """

    def __init__(
        self,
        graphs: Sequence[pipeline.InputFile] | pipeline.Checked | Compiled,
        *,
        start: float,
        ending: Callable[[Submitted], Ending | None],
        sweep_every: float | None = 300,
        seed: int = 0,
        faults: Iterable[Fault] = (),
        is_logged: bool = True,
    ) -> None:
        self._compiled = compiled(graphs)
        self._chance = random.Random(seed)  # noqa: S311 # nosec B311 - names, not secrets
        self._sweep_every = sweep_every
        self._foreign: dict[str, Foreign] = {}
        self.emulator = Emulator(
            _played(self._compiled), start=start, seed=seed, faults=faults, is_logged=is_logged
        )
        self.controller = Controller(self.emulator, ending)
        self._witness = Witness(self.emulator)
        if sweep_every is not None:
            self.sweeper.every(sweep_every)

    @cached_property
    def sweeper(self) -> Sweeper:
        """Who sweeps, be it every so often or now and then."""
        from depgen.play.sweeper import Sweeper

        return Sweeper(self.emulator, self._witness, lambda: self.subjects)

    @property
    def now(self) -> float:
        """The virtual clock."""
        return self.emulator.now

    @property
    def checked(self) -> pipeline.Checked:
        """The graphs as they are now."""
        return self._compiled.checked

    @property
    def objects(self) -> list[Object]:
        """What was built of the graphs as they are now."""
        return [*self._compiled.objects.values()]

    @property
    def subjects(self) -> dict[str, Subject]:
        """Each graph with its programs, by name."""
        return self._compiled.subjects

    @property
    def submitted(self) -> list[Submitted]:
        """Every Workflow that a Sensor created, in order."""
        return self.controller.submitted

    def run_until(self, moment: float) -> None:
        """All that happens up to and including a moment."""
        self.emulator.run_until(moment)

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something when its time has come, at once if it has."""
        if moment <= self.now:
            action()
        else:
            self.emulator.at(moment, action)

    # ---- Workflows ----

    def begin(
        self,
        node: str,
        *,
        at: float,
        key: str | None = None,
        scheduled: float | None = None,
        started: float | None = None,
        name: str | None = None,
        manual: bool = False,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> str:
        """A Workflow of a source begins, or one of a run that somebody creates as a Sensor would; its name.

        Without `scheduled` it was scheduled now, or if that has another key, at a moment that has `key`. `manual` is
        `argo submit --from`, and `key` then the label that it is told.
        """
        subject, found = self.find(node)
        how = Beginning(
            at, key, scheduled, started, manual, name, labels or {}, annotations or {}, parameters or {}
        )
        if found.source and found.source.kind == "graph":
            return self._foreign_run(found.source, how)
        if found.source:
            workflow = begun.of_source(found, how, self._chance)
        else:
            workflow = begun.of_run(subject.graph.name, found, how)
        return self._create(workflow, at, begun.started(found, how))

    def end(
        self, name: str, *, at: float, phase: str = "Succeeded", outputs: Mapping[str, str] | None = None
    ) -> None:
        """A Workflow ends; nothing happens if it has ended already."""
        if name in self._foreign:
            run = self._foreign[name]
            self.at(at, lambda: run.end(self.emulator.api, at, phase, outputs or {}))
            return
        self.at(at, lambda: self.controller.end(self._home(name), name, phase, outputs or {}))

    def retry(self, name: str, *, at: float) -> None:
        """`argo retry`: the Workflow runs again, with the same name and uid, until it is ended."""
        self.at(at, lambda: self.controller.retry(self._home(name), name))

    def resubmit(self, name: str, *, at: float) -> str:
        """`argo resubmit`: another Workflow with the same labels begins; its name."""
        old = self.workflow(name)
        if old is None:
            raise InputError(f"there is no Workflow {name}")
        return self._create(begun.resubmitted(old, self._chance), at)

    def delete(self, name: str, *, at: float) -> None:
        """A Workflow is deleted."""
        self.at(at, lambda: self.controller.delete(self._home(name), name))

    def workflow(self, name: str) -> Object | None:
        """A Workflow by its name, in whatever namespace of the graphs it is."""
        return self.emulator.api.get(WORKFLOWS, self._home(name), name)

    def workflows(self, node: str, key: str | None = None) -> list[Object]:
        """The Workflows of a node, the oldest first; of a run also those of one key."""
        subject, found = self.find(node)
        labels = begun.selection(subject.graph.name, found)
        if key and found.run:
            labels[naming.LABEL_KEY] = key
        home = found.source.namespace if found.source else found.run.namespace if found.run else ""
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        known = self.emulator.api.list(WORKFLOWS, home, selector)
        return sorted(known, key=lambda one: str(one["metadata"].get("creationTimestamp")))

    # ---- the people who look after it ----

    def sweep(self, since: float | None = None) -> list[Swept]:
        """`depgen reconcile` on every graph, now."""
        return self.sweeper.now(since)

    def order(
        self,
        verb: Verb,
        node: str,
        key: str,
        *,
        why: str = "by hand",
        by: str = "operator",
        upstream: str = "",
    ) -> Outcome:
        """`depgen fire`, `satisfy`, `skip`, `hold` or `release`, now; raises OrderError if it makes no sense."""
        from depgen.cluster import hand, orders

        subject, found = self.find(node)
        order = orders.Order(verb, found, key, by, why, upstream)
        return hand.carry_out(self._witness, subject, order, self.now)

    def backfill(
        self,
        first: date,
        last: date,
        *,
        graph: str = "",
        nodes: Iterable[str] = (),
        assumed: Iterable[str] = (),
        at_once: int = 8,
        rerun: str = "",
        why: str = "by hand",
        by: str = "operator",
    ) -> list[Step]:
        """`depgen backfill`: time goes on until nothing more of it runs. Not to be called while time goes on."""
        from depgen.cluster.backfill import Backfill, Wish, check_names, chosen

        subject = self.subjects[graph] if graph else next(iter(self.subjects.values()))
        wish = Wish(first, last, chosen(subject, nodes), frozenset(assumed), at_once, by, why, rerun)
        check_names(subject, wish)
        latest = self.now + _LONGEST_BACKFILL

        def sleep(seconds: float) -> None:
            """Until something happens to a Workflow, or one is given up: to look again before would find the same."""
            before, passes = self.controller.changes, len(self.sweeper.passes)
            while before == self.controller.changes and not self.sweeper.has_given_up(passes):
                if self.now > latest:
                    raise InputError("the backfill waits for runs that do not end")
                self.run_until(self.now + seconds)

        return Backfill(self._witness, subject, wish, self.now).run(sleep, lambda _: None)

    def edit(self, inputs: Sequence[pipeline.InputFile]) -> None:
        """The graph files were changed, built and synced; where there is a sweep, it follows. Raises UncompiledError."""
        before, after = self._compiled, compiled(inputs, self.checked.environment)
        self._compiled = after
        for kind, namespace, name in before.objects.keys() - after.objects.keys():
            if kind in _PLAYED:
                self.emulator.delete(kind, namespace, name)
        self.emulator.apply(_played(after))
        if self._sweep_every is not None:
            self.sweeper.try_to_pass()

    def publish(self, source: str, event: str, payload: object) -> None:
        """An event of an EventSource that is no part of the graphs."""
        self.emulator.publish(source, event, payload)

    def find(self, node: str) -> tuple[Subject, Node]:
        """The graph and node of `node` or `graph/node`; InputError if there is none, or more than one."""
        wanted, _, id_ = node.rpartition("/")
        played = self.subjects.values()
        found = [one for one in played if wanted in ("", one.graph.name) and id_ in one.graph.nodes]
        if len(found) != 1:
            raise InputError(f'there is {"no" if not found else "more than one"} node "{node}"')
        return found[0], found[0].graph.nodes[id_]

    def ledgers(self, graph: str) -> dict[str, dict[str, str]]:
        """The entries of every ledger of a graph, by its name."""
        subject = self.subjects[graph]
        selector = f"{naming.LABEL_GRAPH}={graph}"
        found = self.emulator.api.list(CONFIG_MAPS, subject.graph.namespace, selector)
        return {one["metadata"]["name"]: dict(one.get("data") or {}) for one in found}

    # ---- inside ----

    def _foreign_run(self, source: Source, how: Beginning) -> str:
        """A run of a graph that is not played here: nobody sees it before it ends."""
        from depgen.play.foreign import Foreign

        run = Foreign(source, how.key or keytimes.key_at(source.key, int(how.at)))
        self._foreign[run.name] = run
        return run.name

    def _create(self, workflow: Object, at: float, started: float | None = None) -> str:
        name: str = workflow["metadata"]["name"]
        self.controller.homes[name] = workflow["metadata"]["namespace"]
        self.at(at, lambda: self.controller.create(workflow, at if started is None else started))
        return name

    def _home(self, name: str) -> str:
        """The namespace of a Workflow."""
        if name not in self.controller.homes:
            raise InputError(f"there is no Workflow {name}")
        return self.controller.homes[name]


def _played(graphs: Compiled) -> list[Object]:
    return [thing for (kind, _, _), thing in graphs.objects.items() if kind in _PLAYED]
