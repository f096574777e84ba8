"""The golden table of cron expressions is what the Go original prints."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.stack import build

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "unit" / "cron_golden.json"


@pytest.mark.skipif(build.missing() is not None, reason=str(build.missing()))
def test_the_golden_table_is_what_robfig_cron_says() -> None:
    command = ["go", "run", "-C", str(HERE / "go" / "cron"), "-mod=readonly", "."]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert json.loads(printed) == json.loads(GOLDEN.read_text(encoding="utf-8")), (
        "see tests/unit/test_cron.py"
    )
