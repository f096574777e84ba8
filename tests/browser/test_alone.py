"""A browser ends with the tests of its file: its event loop would stop what later files run in loops of their own."""

from __future__ import annotations

import asyncio


def test_no_browser_of_another_file_holds_this_thread() -> None:
    assert asyncio.run(asyncio.sleep(0, "free")) == "free"
