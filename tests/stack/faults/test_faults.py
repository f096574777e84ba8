"""Whatever breaks: every run once, each of its own day. See docs/faults.md."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

import pytest
from tests.stack.cluster import LocalStack
from tests.stack.faults import sweeping
from tests.stack.faults.checker import Findings
from tests.stack.faults.fault import Fault, Repairs, Row
from tests.stack.faults.proxy import Proxy
from tests.stack.faults.scene import Scene
from tests.stack.faults.table import selected

PASSES = 2


@pytest.mark.parametrize("fault", selected(os.environ.get("DEPGEN_FAULTS", "")), ids=lambda fault: fault.name)
def test_nothing_is_lost_doubled_or_misdated(
    fault: Fault, broken: tuple[LocalStack, Proxy], seed: int, rows: list[Row]
) -> None:
    print(f"replay with: make faults SEED={seed} FAULT={fault.name}")
    start = time.monotonic()
    scene = Scene(*broken, fault, seed)
    try:
        scene.set_up()
        fault.do(scene)
        scene.settle()
        for number in range(PASSES):
            scene.sweep(datetime.now(UTC) + sweeping.PAUSE * number)
            scene.settle()
        found, twins = scene.check(), scene.twins()
        repaired = scene.lost - found.lost
        rows.append(_row(scene, found, len(repaired), twins, time.monotonic() - start))
        assert found == Findings()
        assert fault.twins or twins == 0
        assert fault.repairs is not Repairs.NONE or repaired == frozenset()
        assert fault.repairs is not Repairs.SOME or repaired != frozenset()
    finally:
        scene.close()


def _row(scene: Scene, found: Findings, repaired: int, twins: int, seconds: float) -> Row:
    return Row(
        fault=scene.fault.name,
        completions=scene.driver.count,
        runs=len(scene.namespace.runs()),
        lost=len(found.lost),
        duplicated=len(found.duplicated),
        misdated=len(found.misdated),
        repaired=repaired,
        twins=twins,
        seconds=seconds,
    )
