"""The lint rules about the author's manifests, applied to what is in the cluster instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, Level
from depgen.diagnostics import Severity
from depgen.lint import Subject, rules

_LEVELS = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING}


def linted(exam: Exam, names: Sequence[str]) -> Iterator[Finding]:
    """What these rules find; `about` is the node."""
    patient = exam.patient
    others = {other.graph.name: other.graph for other in exam.patients}
    analyses = {other.graph.name: other.analysis for other in exam.patients}
    subject = Subject(
        patient.graph,
        patient.analysis,
        {**others, patient.graph.name: patient.graph},
        exam.manifests(),
        {**analyses, patient.graph.name: patient.analysis},
    )
    for id_, rule in rules(names).items():
        for found in rule.check(subject):
            route: tuple[str | int, ...] = getattr(found.where, "route", ())
            about = f"node {route[1]}" if len(route) > 1 else patient.title
            hint = found.hint or f"see `depgen rules {id_}`"
            yield Finding(_LEVELS[found.severity], about, f"{found.message} [{id_}]", hint)
