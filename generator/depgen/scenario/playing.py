"""Plays a story on a stage, step by step, and says whether all came as it was told.

What a step does has no moment of its own: time goes on until the step's, and then it happens. A step that cannot be
done (an order that makes no sense, an edit that does not compile) is a failure at its line, and the story goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from depgen import pipeline
from depgen.cluster import keytimes
from depgen.cluster.api import WORKFLOWS
from depgen.errors import DepgenError, InputError, InternalError
from depgen.pipeline import InputFile
from depgen.play import Submitted, UncompiledError
from depgen.scenario import judging, overlay, story
from depgen.scenario.stage import Beginning, Build, Stage
from depgen.scenario.story import Begin, Complete, Expectation, Step, Story
from depgen.scenario.verdict import Failure, Mark, Moment, Verdict

Tell = Callable[[str], None]


def play(told: Story, build: Build) -> Verdict:
    """The verdict on a story."""
    begun = time.monotonic()
    verdict = Verdict(told.path, told.title, told.clock)
    wanted = told.expect
    # What will be wrong soon is of interest only where a story is about that.
    checked = pipeline.check(
        pipeline.load(told.files, told.environment), now=told.start if wanted.findings else None
    )
    if wanted.findings or checked.has_errors:
        _compare(verdict, wanted, checked)
    else:
        _act(told, build, checked, verdict)
    verdict.seconds = time.monotonic() - begun
    return verdict


def _act(told: Story, build: Build, checked: pipeline.Checked, verdict: Verdict) -> None:
    """The story on its stage; a graph that the stage cannot play is a failure."""
    try:
        stage = build(told, checked)
    except InternalError:
        raise
    except DepgenError as error:
        verdict.failures.append(Failure(1, f"it cannot be played: {error}"))
        return
    _Player(told, stage, verdict).play(told.expect)


def _compare(verdict: Verdict, wanted: Expectation, checked: pipeline.Checked) -> None:
    """A graph that does not compile, or was not to."""
    errors = [finding for finding in checked.findings if finding.severity == "error"]
    rules = tuple(sorted({finding.rule for finding in errors}))
    if not wanted.findings:
        verdict.findings = tuple(errors)
    elif rules != wanted.findings:
        expected, found = (", ".join(one) or "none" for one in (wanted.findings, rules))
        verdict.failures.append(
            Failure(wanted.line, f"expected the graph to break the rules {expected}; it breaks {found}")
        )


@dataclass
class _Own:
    """A Workflow that the story made or met."""

    name: str
    node: str
    key: str
    has_ended: bool = False


@dataclass
class _Player:
    told: Story
    stage: Stage
    verdict: Verdict
    own: list[_Own] = field(default_factory=list)
    files: tuple[InputFile, ...] = ()

    def play(self, expect: Expectation) -> None:
        self.files = self.told.files
        marks: dict[int, Mark] = {}
        keys: set[str] = set()
        for step in self.told.steps:
            self.stage.run_until(step.at)
            if isinstance(step.action, Expectation):
                keys |= self._judge(step.action, {})
                continue
            try:
                self._do(step)
            except (InternalError, NotImplementedError):
                raise
            except DepgenError as error:
                self.verdict.failures.append(Failure(step.line, f"this could not be done: {error}"))
        self.stage.run_until(self.told.end)
        keys |= self._judge(expect, marks)
        self.verdict.runs = len(self.stage.submitted)
        self._draw(marks)
        if self.verdict.failures:
            self.verdict.ledgers |= judging.ledgers_of(self.stage, keys)

    def _judge(self, expect: Expectation, marks: dict[int, Mark]) -> set[str]:
        found = judging.judged(self.stage, self.told.clock, expect)
        self.verdict.failures += found.failures
        self.verdict.timeline += found.missing
        marks |= found.marks
        return found.keys

    # ---- steps ----

    def _do(self, step: Step) -> None:
        stage = self.stage
        match step.action:
            case Begin() as begin:
                self._begin(begin)
            case Complete() as complete:
                self._complete(complete)
            case story.Edit(patch):
                self._edit(patch)
            case story.Handle() as handle:
                self._order(handle)
            case story.Sweep(since):
                stage.sweep(None if since is None else stage.now - since)
                self._note("the sweep")
            case story.Fill() as fill:
                self._note(f"backfill from {fill.first} to {fill.last}")
                stage.backfill(fill)
            case story.Break() as broken:
                stage.fault(broken)
                self.verdict.timeline.append(Moment(stage.now, "fault", f"{broken.what} {broken.subject}"))
            case story.Publish(source, event, payload):
                stage.publish(source, event, payload)
                self._note(f"event {source}/{event}")

    def _order(self, handle: story.Handle) -> None:
        upstream = f": {handle.upstream}" if handle.upstream else ""
        for key in judging.keys_told(self.stage, self.told.clock, handle.node, handle.key):
            self.stage.order(handle, key)
            self._note(f"{handle.verb} {handle.node} {key}{upstream}")

    def _begin(self, begin: Begin, started: float | None = None, is_told: bool = True) -> _Own:
        how = Beginning(
            begin.node,
            begin.key or None,
            begin.scheduled,
            started,
            begin.is_manual,
            begin.labels,
            begin.annotations,
            begin.parameters,
        )
        own = _Own(self.stage.begin(how), begin.node, begin.key)
        self.own.append(own)
        if is_told:
            self._note(f"{begin.node} begins".replace("  ", " "))
        return own

    def _complete(self, complete: Complete) -> None:
        of = complete.of
        keys = judging.keys_told(self.stage, self.told.clock, of.node, of.key) if of.key else [""]
        for number, key in enumerate(keys):
            if number and complete.spread:
                self.stage.run_until(self.stage.now + complete.spread)
            self._end(complete._replace(of=of._replace(key=key)))

    def _end(self, complete: Complete) -> None:
        own = self._workflow(complete)
        self.stage.end(own.name, complete.phase, complete.outputs)
        own.has_ended = True
        how = {"retry": " again", "resubmit": " once more"}.get(complete.again, "")
        self._note(f"{' '.join(filter(None, (own.node, own.key)))} {complete.phase}{how}")

    def _workflow(self, complete: Complete) -> _Own:
        """The Workflow that ends: it is running, runs again, or begins for it."""
        of = complete.of
        known = self._known(of)
        if complete.again:
            ended = [own for own in known if own.has_ended]
            if not ended:
                raise InputError(f'no Workflow of "{of.node}" has ended that could run again')
            if complete.again == "retry":
                self.stage.retry(ended[-1].name)
                return ended[-1]
            made = _Own(self.stage.resubmit(ended[-1].name), of.node, of.key)
            self.own.append(made)
            return made
        running = [own for own in known if not own.has_ended]
        if running:
            return running[-1]
        if self.stage.find(of.node)[1].run and not of.key:
            raise InputError(f'no Workflow of "{of.node}" is running')
        return self._begin(of, complete.started, is_told=False)

    def _known(self, of: Begin) -> list[_Own]:
        """The Workflows of a node and, where it is told, of a key; the newest last."""
        graph, _, id_ = of.node.rpartition("/")
        names = {own.name for own in self.own}
        for one in self.stage.submitted:
            if one.node == id_ and graph in ("", one.graph) and one.name not in names:
                self.own.append(_Own(one.name, of.node, one.key, self._has_ended(one)))
        return [own for own in self.own if own.node == of.node and of.key in ("", own.key)]

    def _has_ended(self, one: Submitted) -> bool:
        return bool(self._finish(one))

    def _finish(self, one: Submitted) -> tuple[str, str] | None:
        """When it ended, and how."""
        subject = self.stage.subjects.get(one.graph)
        homes = {subject.graph.namespace} if subject else set()
        homes |= (
            {node.run.namespace for node in subject.graph.nodes.values() if node.run} if subject else set()
        )
        for home in sorted(homes):
            found = self.stage.cluster.get(WORKFLOWS, home, one.name)
            if found:
                status = found.get("status") or {}
                return (status["finishedAt"], status["phase"]) if status.get("finishedAt") else None
        return None

    def _edit(self, patch: object) -> None:
        assert isinstance(patch, dict)
        self.files = overlay.overlaid(self.files, patch)
        try:
            self.stage.edit(self.files)
        except UncompiledError as error:
            raise InputError(f"the graph has errors after it: {error}") from error
        self._note(f"edit {json.dumps(patch, ensure_ascii=False)}")

    # ---- the timeline ----

    def _note(self, text: str) -> None:
        self.verdict.timeline.append(Moment(self.stage.now, "step", text))

    def _draw(self, marks: dict[int, Mark]) -> None:
        timeline = self.verdict.timeline
        for number, one in enumerate(self.stage.submitted):
            mark: Mark = marks.get(number, "run")
            shown = ", ".join(f"{name}: {text}" for name, text in one.params.items())
            timeline.append(
                Moment(one.at, mark, f"{one.name} submitted" + (f" {{{shown}}}" if shown else ""))
            )
            ended = self._finish(one)
            if ended:
                timeline.append(
                    Moment(float(keytimes.instant(ended[0]) or 0), "end", f"{one.name} {ended[1]}")
                )
        timeline += [Moment(one.at, "refused", one.text) for one in self.stage.refusals()]
        timeline.sort(key=lambda moment: moment.at)
