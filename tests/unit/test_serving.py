"""How many keys of one period lie in another."""

from __future__ import annotations

import pytest

from depgen.serving import most_in
from depgen.times import period


@pytest.mark.parametrize(
    ("longer", "shorter", "most"),
    [
        ("6h", "hour", 7),
        ("6h", "2h", 3),
        ("2h", "15m", 12),
        ("hour", "15m", 4),
        ("day", "hour", 25),
        ("month", "day", 31),
    ],
)
def test_the_hour_that_comes_twice_counts_in_what_does_not_come_twice(
    longer: str, shorter: str, most: int
) -> None:
    whole, part = period(longer), period(shorter)
    assert whole
    assert part
    assert most_in(whole, part) == most
