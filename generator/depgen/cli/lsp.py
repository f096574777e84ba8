"""`depgen lsp`: a language server, for editors to start."""

from __future__ import annotations

from typing import Annotated

import typer


def lsp(
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            metavar="DIR",
            help="Templates and CronWorkflows to hold graphs against; repeatable.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check graphs in an editor while they are written.

    A language server on standard input and output: findings, their fixes, and nodes that can be completed, found, renamed
    and asked about. Editors start it; `depgen schema` is for the fields, with yaml-language-server.

    Exit codes: 0 the editor ended it; 2 it could not begin; 3 a bug in depgen.

    Examples:

        depgen lsp --manifests manifests   # as an editor starts it

    See also: lint, schema.
    """
    import gc
    import time

    from depgen.cli.inputs import read_folder, read_manifests
    from depgen.cli.rules import notes
    from depgen.errors import InputError

    try:
        from depgen.lsp.server import serve
    except ImportError as error:
        raise InputError("the language server needs more packages: pip install 'depgen[lsp]'") from error
    from depgen.lsp.desk import Desk

    gc.enable()
    given = manifests or []
    read_manifests(given)  # what cannot be read is said at once, and not to an editor
    rules = {id_: note.text for id_, note in notes().items()}
    serve(Desk(read_folder, lambda: tuple(read_manifests(given).files), time.time, rules))
