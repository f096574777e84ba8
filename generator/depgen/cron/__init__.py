"""Cron schedules as robfig/cron v3.0.1 reads and runs them, which is what a CronWorkflow does.

What a newcomer gets wrong:
- Day of month and day of week are ORed, but ANDed if either is a star. `*`, `?`, `*/1` are stars, `*/2` is none.
- Sunday is 0 only. `7`, `L`, `#`, `sunday`, `FRI-MON`, six fields are errors; `5/15` means `5-59/15`.
- A wall-clock time in the spring gap does not fire that day; one that comes twice in autumn fires twice.
- Firings are found by a walk (to the month, the day, the hour, the minute), not by comparing wall clocks. If an
  offset changes at midnight (Cairo, Santiago) or by half an hour (Lord Howe), the walk comes out beside the
  mark: a firing too many or too few. The cluster does so, hence so do we.

Source: github.com/robfig/cron/v3: parser.go, spec.go, constantdelay.go; for gaps and overlaps Go's time.Date.
"""

from depgen.cron.schedule import Schedule
from depgen.cron.syntax import CronError, parse

__all__ = ["CronError", "Schedule", "parse"]
