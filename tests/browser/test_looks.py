"""The page looks as it did when somebody looked at it last."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.pictures import FOLDER, LOOKS, TOLERANCE, shrunk, taken


@pytest.mark.parametrize("name", LOOKS)
def test_the_page_looks_as_it_did(browser: Browser, name: str) -> None:
    before = (FOLDER / f"{name}.png").read_bytes()
    _, share = shrunk(browser, taken(browser, name), before)
    assert share <= TOLERANCE, f"{share:.1%} is different; if it should be: python -m tests.browser.pictures"


def test_there_is_no_picture_of_nothing() -> None:
    assert {file.stem for file in FOLDER.glob("*.png")} == set(LOOKS)
