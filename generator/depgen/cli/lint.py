"""`depgen lint`: what is wrong with graphs, in the format of whoever reads it."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.completing import complete_rule
from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.cli.inputs import Inputs
    from depgen.diagnostics import Finding, Severity
    from depgen.fixing import Find
    from depgen.report.review import Rewrite, RuleNote


class Format(StrEnum):
    """Who reads the findings: people, programs, GitHub, code scanning, a CI system."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


class FailOn(StrEnum):
    """The least severity that makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


def lint(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the findings.")] = Format.TEXT,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="RULES",
            help="Of the warnings show only these.",
            autocompletion=complete_rule,
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="RULES",
            help="Do not show these warnings.",
            autocompletion=complete_rule,
            show_default=False,
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")] = FailOn.ERROR,
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            metavar="DIR",
            help="Workflows, templates and CronWorkflows to check as well, or alone; repeatable.",
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Fix in the files what can be fixed for certain, say what is left.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --fix: write nothing, print what would change as a diff.")
    ] = False,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Say what is wrong with graphs.

    With --manifests and without a PATH, the manifests alone are looked at. All mistakes are found in one run. RULES are ids separated by commas; `# depgen: ignore[rule]` in the file
    ignores a warning at its line. Errors cannot be ignored: a graph with errors cannot be built. A graph with environments is
    looked at without and in each of them, unless --env names one.

    --fix changes the graphs and the manifests where it is certain what was meant, and nothing else in them. What it did goes to
    stderr, what is left is told and counts as without it.

    Exit codes: 0 no objection; 1 findings (see --fail-on); 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen lint graph.yaml
        depgen lint -R . --manifests manifests --fail-on warning
        depgen lint graph.yaml --fix

    See also: rules, test.
    """
    given = [*(paths or ()), *(filename or ())] if manifests else given_paths(paths, filename)
    _refuse_odd(fix, dry_run, output, [*given, *(manifests or ())])

    from depgen.cli.inputs import read_graphs, read_manifests
    from depgen.cli.rules import notes
    from depgen.cli.terminal import emit, shows_colour, tell
    from depgen.report import text
    from depgen.report.formats import RENDERERS
    from depgen.report.review import Review

    if "-" in given and "-" in (manifests or ()):
        raise typer.BadParameter("stdin (-) can be read only once", param_hint="--manifests")
    known = notes()
    wanted, unwanted = _rules(select, known, "--select"), _rules(ignore, known, "--ignore")
    _refuse_errors(unwanted, known)
    inputs = read_graphs(given, recursive=recursive, environment=env)
    templates = read_manifests(manifests or (), allow_none=bool(given))
    inputs.problems += templates.problems
    files = {file.path: file.raw for file in (*inputs.files, *templates.files) if not file.is_companion}
    now = time.time()

    def find(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        return _kept(_findings(inputs.holding(files), templates.holding(files), now), wanted, unwanted)

    findings = _fixed(files, find, dry_run) if fix else find(files)
    review = Review(
        findings=findings,
        files=tuple(sorted({*inputs.names, *templates.names})),
        rules=tuple(known.values()),
        failing=_failing(fail_on),
        colour=shows_colour(color, sys.stderr if dry_run else sys.stdout),
        edits=_edits(files, findings) if output is Format.SARIF and not fix else {},
        fixable=0 if fix else sum(finding.fix is not None for finding in findings),
    )
    if dry_run:
        tell(text.render(review))
    else:
        emit(RENDERERS[output](review))
    if any(finding.severity in review.failing for finding in review.findings):
        raise typer.Exit(1)


def _refuse_odd(fix: bool, dry_run: bool, output: Format, paths: Sequence[str]) -> None:
    if dry_run and not fix:
        raise typer.BadParameter("lint alone writes nothing; it goes with --fix", param_hint="--dry-run")
    if dry_run and output is not Format.TEXT:
        raise typer.BadParameter("a diff has one format; leave out -o or --dry-run", param_hint="-o")
    if fix and not dry_run and "-" in paths:
        raise typer.BadParameter("standard input cannot be written; add --dry-run", param_hint="--fix")


def _findings(inputs: Inputs, templates: Inputs, now: float) -> tuple[Finding, ...]:
    from depgen import pipeline

    loaded = inputs.load()
    if loaded.environment:
        return pipeline.check(loaded, templates.files, now).findings
    return pipeline.check_everywhere(loaded, templates.files, now)


def _fixed(files: Mapping[str, bytes], find: Find, dry_run: bool) -> tuple[Finding, ...]:
    """Fix what can be, in the files or as a diff; what is left."""
    from depgen import fixing
    from depgen.cli.inputs import STDIN
    from depgen.cli.terminal import emit, tell
    from depgen.report import fixes

    outcome = fixing.fix(files, find, fixing.obstacles(path for path in files if path != STDIN))
    if dry_run:
        emit(fixes.diff(files, outcome.changed))
    else:
        outcome = fixing.write(outcome, files, find)
    tell(fixes.told(outcome, is_done=not dry_run))
    return outcome.left


def _edits(files: Mapping[str, bytes], findings: Sequence[Finding]) -> dict[Finding, Rewrite]:
    from depgen import fixing
    from depgen.filetext import FileText
    from depgen.report.review import Rewrite

    texts = {path: FileText(path, raw) for path, raw in files.items()}
    return {
        finding: Rewrite(texts[path].position(edit.start), texts[path].position(edit.end), edit.text)
        for finding, (path, edit) in fixing.edits(files, findings).items()
    }


def _rules(given: Sequence[str] | None, known: Collection[str], option: str) -> set[str]:
    from difflib import get_close_matches

    asked = {rule.strip() for rules in given or () for rule in rules.split(",")} - {""}
    for rule in sorted(asked - set(known)):
        near = get_close_matches(rule, known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else "; `depgen rules` lists them"
        raise typer.BadParameter(f'there is no rule "{rule}"{hint}', param_hint=option)
    return asked


def _refuse_errors(rules: set[str], known: dict[str, RuleNote]) -> None:
    for rule in sorted(rules):
        if known[rule].severity == "error":
            reason = "is an error: a graph that breaks it cannot be built, so it cannot be ignored"
            raise typer.BadParameter(f'"{rule}" {reason}', param_hint="--ignore")


def _kept(findings: Sequence[Finding], wanted: set[str], unwanted: set[str]) -> tuple[Finding, ...]:
    return tuple(
        finding
        for finding in findings
        if finding.severity == "error"
        or (finding.rule not in unwanted and (not wanted or finding.rule in wanted))
    )


def _failing(fail_on: FailOn) -> frozenset[Severity]:
    from depgen.diagnostics import Severity

    if fail_on is FailOn.NEVER:
        return frozenset()
    return frozenset(Severity) if fail_on is FailOn.WARNING else frozenset({Severity.ERROR})
