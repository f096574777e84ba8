"""`depgen rules`: everything that can be found wrong with a graph, as documented by the rules themselves."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.completing import complete_rule

if TYPE_CHECKING:
    from depgen.report.review import RuleNote


class Format(StrEnum):
    """Who reads the rules."""

    TEXT = "text"
    JSON = "json"


def rules(
    rule: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="The rule to explain.", autocompletion=complete_rule, show_default=False
        ),
    ] = None,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the rules.")] = Format.TEXT,
) -> None:
    """List the lint rules, or explain one.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen rules
        depgen rules unknown-upstream

    See also: lint.
    """
    from depgen.cli.terminal import emit
    from depgen.report import rulebook

    known = notes()
    if rule is None:
        shown = list(known.values())
        emit(rulebook.as_json(shown) if output is Format.JSON else rulebook.listed(shown))
        return
    if rule not in known:
        from difflib import get_close_matches

        near = get_close_matches(rule, known, 1)
        hint = f'; did you mean "{near[0]}"?' if near else "; `depgen rules` lists them"
        raise typer.BadParameter(f'there is no rule "{rule}"{hint}', param_hint="ID")
    emit(rulebook.as_json([known[rule]]) if output is Format.JSON else rulebook.explained(known[rule]))


def notes() -> dict[str, RuleNote]:
    """Every rule that a finding can have, by its id, sorted."""
    from inspect import cleandoc

    from depgen import ground_rules, lint
    from depgen.report.review import RuleNote

    told = {id_: (ground_rules.severity(id_), text) for id_, text in ground_rules.TEXTS.items()}
    told |= {id_: (rule.SEVERITY, rule.__doc__ or "") for id_, rule in lint.documented().items()}
    return {
        id_: RuleNote(id_, severity, cleandoc(text).partition("\n")[0], cleandoc(text))
        for id_, (severity, text) in sorted(told.items())
    }
