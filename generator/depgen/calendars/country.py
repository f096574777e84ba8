"""The public holidays of a country, from the package `holidays`: the only module that knows it.

They are those that the package knows on this day; governments change them at short notice, which is why a lock keeps
them and `depgen calendars lock --check` tells of a difference.
"""

from __future__ import annotations

from datetime import date
from types import ModuleType

from depgen.calendars.definition import Looked
from depgen.errors import InputError

_LANGUAGE = "en_US"


class UnknownPlaceError(Exception):
    """The package knows no such country or subdivision; the text says what it knows."""


def holidays_of(looked: Looked, first: date, last: date) -> dict[date, str]:
    """Closed days and their names, from `first` to `last`."""
    package = _package()
    known: dict[str, list[str]] = package.list_supported_countries()
    if looked.country not in known:
        raise UnknownPlaceError(f'no holidays are known of a country "{looked.country}"')
    if looked.subdivision and looked.subdivision not in known[looked.country]:
        parts = ", ".join(sorted(known[looked.country])) or "none"
        raise UnknownPlaceError(
            f'{looked.country} has no subdivision "{looked.subdivision}"; those known are: {parts}'
        )
    years = range(first.year, last.year + 1)
    found = package.country_holidays(looked.country, subdiv=looked.subdivision or None, years=years)
    if _LANGUAGE in found.supported_languages:
        found = package.country_holidays(
            looked.country, subdiv=looked.subdivision or None, years=years, language=_LANGUAGE
        )
    return {day: name for day, name in found.items() if first <= day <= last}


def _package() -> ModuleType:
    try:
        import holidays
    except ImportError as error:
        raise InputError(
            "holidays of countries need one more package: pip install 'depgen[holidays]'"
        ) from error
    return holidays
