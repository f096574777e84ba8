"""What every part of the emulator shares: the clock, the API, the log, chance and the faults that were asked for."""

from __future__ import annotations

from itertools import count
from random import Random
from sys import intern

from depgen.emulate.api import Api
from depgen.emulate.clock import Clock
from depgen.emulate.faults import Faults
from depgen.emulate.happening import Happening, Kind


class Surroundings:
    """One emulator's. Nothing random is drawn but from `random`. `is_logged`: the log is kept."""

    def __init__(self, clock: Clock, api: Api, random: Random, faults: Faults, is_logged: bool) -> None:
        self.clock = clock
        self.api = api
        self.random = random
        self.faults = faults
        self.is_logged = is_logged
        self.log: list[Happening] = []
        self._ids = count(1)

    def tell(self, kind: Kind, who: str, what: str, detail: str = "") -> None:
        """Write a line of the log."""
        if self.is_logged:
            self.log.append(Happening(self.clock.now, kind, intern(who), intern(what), detail))

    def new_id(self) -> str:
        """Of an event: 32 hexadecimal digits."""
        return f"{next(self._ids):032x}"
