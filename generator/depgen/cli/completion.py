"""`depgen completion`: the script by which a shell asks depgen how a command line may go on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Shell(StrEnum):
    """The shells that there are scripts for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell that sources the script.")]) -> None:
    """Print a completion script to source.

    For bash: `source <(depgen completion bash)` in ~/.bashrc; zsh alike, after compinit; for fish:
    `depgen completion fish | source`; for PowerShell: `depgen completion powershell | Out-String | Invoke-Expression`.

    Exit codes: 0 done; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        source <(depgen completion bash)
        depgen completion fish > ~/.config/fish/completions/depgen.fish

    See also: version.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # undocumented, but stable

    from depgen.cli.terminal import emit

    # `shell` is a name here, not a way to run something.
    script = get_completion_script(prog_name="depgen", complete_var="_DEPGEN_COMPLETE", shell=shell.value)  # nosec B604
    emit(script + "\n")
