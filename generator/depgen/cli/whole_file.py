"""A file is written as a whole or not at all.

Whoever reads it meanwhile sees the old one or the new one: it is written beside, and renamed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def write(path: Path, text: str) -> None:
    """Make the file hold this text; InputError where it cannot be written, and then all is as before."""
    from depgen.errors import InputError

    new: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8", newline="\n"
        ) as file:
            new = Path(file.name)
            file.write(text)
        new.chmod(0o644)  # others read it too: a sidecar, a web server
        new.replace(path)
    except OSError as error:
        if new is not None:
            with suppress(OSError):
                new.unlink()
        raise InputError(f"cannot write {path}: {error.strerror}") from error
