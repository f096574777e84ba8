"""The formats of a lint report by the name the command line gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from depgen.report import github, gitlab, json_report, junit, sarif, text
from depgen.report.review import Review

RENDERERS: Mapping[str, Callable[[Review], str]] = MappingProxyType(
    {
        "text": text.render,
        "json": json_report.render,
        "github": github.render,
        "gitlab": gitlab.render,
        "sarif": sarif.render,
        "junit": junit.render,
    }
)
