"""A file is written as a whole or not at all.

Whoever reads it meanwhile sees the old one or the new one: it is written beside, and renamed. What is no ordinary file,
such as /dev/null or a link to /dev/stdout, is never renamed over: root could do that.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def create(path: Path, text: str, way_out: str = "") -> None:
    """Make a file that is not there; InputError, which ends in `way_out`, if it is."""
    from depgen.errors import InputError

    if path.exists() or path.is_symlink():
        raise InputError(f"{path} exists and is left as it is{way_out}")
    write(path, text)


def write(path: Path, text: str) -> None:
    """Make the file hold this text; InputError where it cannot be written, and then all is as before."""
    from depgen.errors import InputError

    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(path, text)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


def _replace(path: Path, text: str) -> None:
    new: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}-", delete=False, encoding="utf-8", newline="\n"
        ) as file:
            new = Path(file.name)
            file.write(text)
        new.chmod(0o644)  # others read it too: a sidecar, a web server
        new.replace(path)
    except OSError:
        if new is not None:
            with suppress(OSError):
                new.unlink()
        raise
