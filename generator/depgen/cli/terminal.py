"""The two streams: data on stdout, all else on stderr, and whether there is a terminal that shows colour."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from enum import StrEnum
from typing import TextIO

from depgen.errors import InputError

_BROKEN_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


class Colour(StrEnum):
    """When text is coloured; `auto` is on a terminal that shows it."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def emit(text: str) -> None:
    """Write data to stdout, as UTF-8 whatever the locale says: what is read next is YAML or JSON.

    Ends the process quietly if nobody reads any more; InputError if the text cannot be written.
    """
    if sys.stdout is None:
        raise InputError("cannot write: standard output is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        raise SystemExit(_BROKEN_PIPE) from None
    except OSError as error:
        _discard(sys.stdout)
        raise InputError(f"cannot write to standard output: {error.strerror}") from error


def tell(text: str) -> None:
    """Write to stderr; there is nowhere to complain if that fails."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def shows_colour(choice: Colour, stream: TextIO | None) -> bool:
    """NO_COLOR and FORCE_COLOR count if they are not empty, and NO_COLOR wins; see no-color.org."""
    if choice is not Colour.AUTO:
        return choice is Colour.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _discard(stream: TextIO) -> None:
    # What could not be written stays in the buffer, and Python would try, and fail, once more at its end.
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
