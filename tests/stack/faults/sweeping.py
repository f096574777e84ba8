"""The sweep, as these tests run it: one pass at a time, by a clock of their own, so that nobody waits a minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.stack.faults.scene import Scene

PAUSE = timedelta(seconds=70)


def once(scene: Scene, now: datetime) -> None:
    """One pass."""
