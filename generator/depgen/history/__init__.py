"""What graphs did, kept in a relational database beyond the life of ledgers and Workflows."""

from __future__ import annotations

from depgen.errors import DepgenError


class HistoryError(DepgenError):
    """The history could not be read or kept; the message holds no password."""


def require_packages() -> None:
    """To be called before a module of this package is imported. HistoryError if what they need is not installed."""
    try:
        import sqlalchemy  # noqa: F401
    except ImportError as error:
        raise HistoryError("a history needs one more package: pip install 'depgen[history]'") from error
