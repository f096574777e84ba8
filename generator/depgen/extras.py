"""What a build makes beside the graphs' own objects, where it is asked for: one value for each such thing.

Which ones there are, and what the command line says of them, stands in cli/extra_options.py. What a newcomer gets wrong:
`settings` has to hold everything that changes the files and does not stand in the graphs, or `build --check` calls an
old folder current.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from depgen import render
from depgen.render import Layout, Templates


class Reference(NamedTuple):
    """A field of a `holder` that names an object of a `kind`, for Kustomize: it gives the object another name there too."""

    kind: str
    holder: str
    path: str


class Extra(NamedTuple):
    """`files` gives file name -> text for all graphs of a build; `settings` is what it was made with, as JSON takes it."""

    name: str
    files: Callable[[Sequence[Layout], Templates], dict[str, str]]
    settings: object = None
    references: tuple[Reference, ...] = ()


def marked(digest: str, extras: Iterable[Extra]) -> str:
    """The digest of a build with these: with other ones, or without, the same graphs give other files."""
    return digest + "".join(
        f"+{extra.name}{'' if extra.settings is None else json.dumps(extra.settings)}"
        for extra in sorted(extras, key=lambda extra: extra.name)
    )


def header(layouts: Iterable[Layout]) -> str:
    """The first line of a file that belongs to all graphs together."""
    return render.header(path for layout in layouts for path in layout.plan.graph.files)
