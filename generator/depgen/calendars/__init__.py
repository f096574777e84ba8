"""Calendars of open and closed days: what a graph file says of them, the files beside it, and arithmetic.

`read_calendars` is all that a build needs. What a newcomer gets wrong: holidays of countries and of iCalendar files are
never looked up by a build; `depgen calendars lock` writes them into a lock beside the graph, and the build reads that.
"""

from depgen.calendars.calendar import EVERY_DAY, WEEK, Calendar, calendar, combined
from depgen.calendars.lock import LOCK
from depgen.calendars.read import companions, inlined, read_calendars

__all__ = [
    "EVERY_DAY",
    "LOCK",
    "WEEK",
    "Calendar",
    "calendar",
    "combined",
    "companions",
    "inlined",
    "read_calendars",
]
