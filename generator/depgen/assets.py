"""Where templates and schemas lie, and what all of depgen adds up to.

In a checkout they are the top-level folders beside `generator/`, in an installed wheel a copy of those in
`_data`. The checkout wins: an editable install may have left a copy that nobody keeps up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from depgen.errors import InternalError

PACKAGE = Path(__file__).parent
FOLDERS = ("eventsources", "schemas", "sensors")


def text(folder: str, name: str) -> str:
    """A template or schema: `text("schemas", "graph.schema.json")`; InternalError if it is missing."""
    try:
        return (home(PACKAGE) / folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise InternalError(f"depgen is not installed completely: {folder}/{name} cannot be read") from error


@cache
def digest() -> str:
    """sha256, in hex, over the package's sources, templates and schemas: equal digests build alike."""
    return digest_of(PACKAGE)


def digest_of(package: Path) -> str:
    """The digest of the depgen in the folder `package`, the same in a checkout and in an installed wheel."""
    total = sha256()
    for name, path in _parts(package):
        content = path.read_bytes()
        total.update(f"{name}\n{len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def home(package: Path) -> Path:
    """The folder that holds FOLDERS for the depgen in the folder `package`."""
    checkout = package.parent.parent
    is_checkout = package.parent.name == "generator" and (checkout / "pyproject.toml").is_file()
    return checkout if is_checkout else package / "_data"


def _parts(package: Path) -> Iterator[tuple[str, Path]]:
    """The files that decide what a build writes, by a name that is the same in every install, in one order."""
    yield from _named(package.rglob("*.py"), package)
    for folder in FOLDERS:
        for pattern in ("*.j2", "*.json"):
            yield from _named((home(package) / folder).glob(pattern), home(package))


def _named(paths: Iterable[Path], root: Path) -> list[tuple[str, Path]]:
    """The paths by name, without what editors hide beside them."""
    return sorted(
        (path.relative_to(root).as_posix(), path) for path in paths if not path.name.startswith(".")
    )
