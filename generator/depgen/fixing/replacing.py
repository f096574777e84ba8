"""A file is replaced as a whole, or not at all.

A file that the user could not write with an editor is not written here either, though its folder would allow it. A link
may lead out of the folders that were named, and a file with several names would lose the others: both are left alone.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_CHANGED = "it was changed by somebody else meanwhile"


def obstacle(path: Path) -> str | None:
    """Why a file is not to be replaced, if it is not."""
    try:
        status = path.lstat()
    except OSError as error:
        return error.strerror or str(error)
    if stat.S_ISLNK(status.st_mode):
        return "it is a symlink; name the file that it leads to"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if status.st_nlink > 1:
        return "it has several names (hard links)"
    return None if os.access(path, os.W_OK) else "it may not be written"


def replace(path: Path, before: bytes, after: bytes) -> str | None:
    """Make the file hold `after` instead of `before`; why not, if it could not be done. It is then as it was."""
    if reason := obstacle(path):
        return reason
    try:
        return _replace(path, before, after)
    except OSError as error:
        return error.strerror or str(error)


def _replace(path: Path, before: bytes, after: bytes) -> str | None:
    status = path.stat()
    descriptor, name = tempfile.mkstemp(prefix=".depgen-", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        with suppress(PermissionError):  # only root can give a file away
            os.chown(new, status.st_uid, status.st_gid)
        new.chmod(stat.S_IMODE(status.st_mode))
        if path.read_bytes() != before:
            return _CHANGED
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return None
