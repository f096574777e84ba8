"""A sweeper that stays: when its passes are due, and what it serves."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from depgen.cluster.api import CONFIG_MAPS, ClusterError
from depgen.cluster.reconcile import serving, staying
from depgen.cluster.reconcile.counts import Kind, Remaining, Repair, Swept
from depgen.cluster.reconcile.staying import Pulse
from depgen.errors import InputError
from depgen.report import reconcile as report
from depgen.report.sweep_metrics import SweepMetrics
from tests.subjects import KEY
from tests.sweeps import SweptShop


class Hand:
    """A clock that stands until it is moved."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


def swept(**more: Any) -> Swept:
    done = Swept("etl", objects=20, ledgers=2, expected=10, present=8, **more)
    done.repairs = [
        Repair(Kind.FACT, f"etl-{KEY}", "a", KEY, "a-1: Succeeded at 2026-11-21T10:00:00Z"),
        Repair(Kind.ASKED, f"etl-{KEY}", "report", KEY, "ready since 2026-11-21T10:00:00Z"),
        Repair(Kind.PRUNED, "etl-20261101", "", "20261101", "long over"),
    ]
    done.remaining = [Remaining("unmappable", "b-1", "no label\tdepgen.io/key")]
    return done


# ---- when ----


def test_a_pass_is_due_at_once_and_then_at_the_interval() -> None:
    clock = Hand()
    pulse = Pulse(300, clock)
    assert pulse.remaining == 0
    pulse.passed(True)
    assert pulse.remaining == 300
    clock.at += 200
    assert pulse.remaining == 100


def test_a_change_brings_the_next_pass_forward_until_it_has_settled() -> None:
    clock = Hand()
    pulse = Pulse(300, clock)
    pulse.passed(True)
    clock.at += 10
    pulse.changed()
    assert pulse.remaining == 75
    clock.at += 30
    pulse.changed()
    assert pulse.remaining == 45, "a later change does not put it off"
    clock.at += 200
    assert pulse.remaining == 0


def test_failures_are_repeated_with_growing_pauses_up_to_the_interval() -> None:
    pulse = Pulse(30, Hand())
    pauses = []
    for _ in range(5):
        pulse.passed(False)
        pauses.append(pulse.remaining)
    assert pauses == [5, 10, 20, 30, 30]
    pulse.passed(True)
    pulse.passed(False)
    assert pulse.remaining == 5


def test_it_is_not_alive_when_no_pass_ended_for_three_intervals() -> None:
    clock = Hand()
    pulse = Pulse(300, clock)
    pulse.passed(False)
    clock.at += 899
    assert pulse.is_alive
    clock.at += 1
    assert not pulse.is_alive


def test_it_stays_until_it_is_told_to_stop_whatever_the_passes_do() -> None:
    clock, stop = Hand(), Event()
    results = iter([True, False, True])

    def one_pass() -> bool:
        clock.at += 10_000
        result = next(results, None)
        if result is None:
            stop.set()
        return bool(result)

    class Hasty(Pulse):
        """Lets no time pass."""

        @property
        def remaining(self) -> float:
            return 0.0

    staying.stay(Hasty(300, clock), stop, one_pass)
    assert next(results, None) is None


def test_changes_of_ledgers_are_noticed_and_a_watch_that_fails_is_told_of() -> None:
    shop, clock, stop, told = SweptShop(), Hand(), Event(), list[ClusterError]()
    pulse = Pulse(300, clock)
    pulse.passed(True)
    shop.write({})
    shop.cluster.fail_next("watch", 403, resource=CONFIG_MAPS)

    def failed(error: ClusterError) -> None:
        told.append(error)
        stop.set()

    staying.look_out(shop.cluster, shop.subject, pulse, stop, failed).join(5)
    assert [error.status for error in told] == [403]
    assert pulse.remaining == 300
    stop.clear()
    shop.cluster.at(shop.cluster.now + 1, stop.set)
    staying.look_out(shop.cluster, shop.subject, pulse, stop, failed).join(5)
    assert pulse.remaining == 75


# ---- what is served ----


@pytest.fixture
def served() -> Any:
    alive = [True]
    metrics = SweepMetrics({"etl": "data"})
    metrics.passed([swept()], 1795262400.0)
    server = serving.serve("127.0.0.1", 0, metrics.page, lambda: alive[0])
    port = server.server_address[1]

    def get(path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    yield get, alive, port
    server.shutdown()
    server.server_close()


def test_metrics_are_served(served: tuple[Callable[[str], tuple[int, str]], list[bool], int]) -> None:
    status, page = served[0]("/metrics")
    lines = page.splitlines()
    assert status == 200
    for line in (
        'depgen_sweep_expected{graph="etl",namespace="data"} 10.0',
        'depgen_sweep_present{graph="etl",namespace="data"} 8.0',
        'depgen_sweep_repaired{graph="etl",namespace="data"} 1.0',
        'depgen_sweep_asked{graph="etl",namespace="data"} 1.0',
        'depgen_sweep_unmappable{graph="etl",namespace="data"} 1.0',
        'depgen_sweep_stale{graph="etl",namespace="data"} 0.0',
        'depgen_sweep_last_success_timestamp_seconds{graph="etl",namespace="data"} 1.7952624e+09',
        'depgen_sweep_repairs_total{graph="etl",kind="pruned",namespace="data"} 1.0',
        'depgen_sweep_passes_total{graph="etl",namespace="data",result="failed"} 0.0',
    ):
        assert line in lines
    assert not any(line.startswith("depgen_sweep_missed{") for line in lines), "nobody looked"


def test_health_is_served(served: tuple[Callable[[str], tuple[int, str]], list[bool], int]) -> None:
    get, alive, _ = served
    assert get("/healthz") == (200, "OK\n")
    alive[0] = False
    assert get("/healthz") == (503, "Service Unavailable\n")
    assert get("/")[0] == 404


def test_an_address_that_is_taken_is_an_error(served: tuple[Any, list[bool], int]) -> None:
    with pytest.raises(ClusterError, match=r"cannot serve metrics on 127\.0\.0\.1"):
        serving.serve("127.0.0.1", served[2], lambda: ("", b""), lambda: True)


def test_the_sums_grow_and_the_rest_is_of_the_last_pass() -> None:
    metrics = SweepMetrics({"etl": "data"})
    metrics.passed([swept()], 1.0)
    metrics.passed([swept(missed=3)], 2.0)
    metrics.failed()
    page = metrics.page()[1].decode().splitlines()
    assert 'depgen_sweep_repairs_total{graph="etl",kind="fact",namespace="data"} 2.0' in page
    assert 'depgen_sweep_repaired{graph="etl",namespace="data"} 1.0' in page
    assert 'depgen_sweep_missed{graph="etl",namespace="data"} 3.0' in page
    assert 'depgen_sweep_passes_total{graph="etl",namespace="data",result="failed"} 1.0' in page


# ---- what is told ----


def test_a_pass_is_told_as_a_table() -> None:
    assert report.text([swept(late=2)]) == (
        "etl: 20 objects, 2 ledgers, 8 of 10 facts present, 2 facts of keys that are over; "
        "1 fact added, 1 node asked about again, 1 ledger removed; remains: 1 unmappable\n"
        "  WHAT    LEDGER        NODE    KEY       WHY\n"
        "  fact    etl-20261121  a       20261121  a-1: Succeeded at 2026-11-21T10:00:00Z\n"
        "  asked   etl-20261121  report  20261121  ready since 2026-11-21T10:00:00Z\n"
        "  pruned  etl-20261101  -       20261101  long over\n"
        "  remains: unmappable b-1: no label\\tdepgen.io/key\n"
    )
    assert (
        report.text([Swept("etl")]) == "etl: 0 objects, 0 ledgers, 0 of 0 facts present; nothing to repair\n"
    )
    assert "; would be: 1 fact added" in report.text([swept(is_dry=True)])


def test_a_log_has_a_line_for_each_thing_as_text_or_as_json() -> None:
    text = report.log([swept()], 1795262400.0, as_json=False).splitlines()
    assert text[1] == (
        "2026-11-21T12:00:00Z info etl: fact a 20261121: a-1: Succeeded at 2026-11-21T10:00:00Z"
    )
    assert text[-1] == "2026-11-21T12:00:00Z warning etl: unmappable b-1: no label\\tdepgen.io/key"
    lines = report.log([swept()], 1795262400.0, as_json=True).splitlines()
    assert len(lines) == len(text) == 5
    assert '"level": "warning"' in lines[-1]
    assert '"kind": "unmappable"' in lines[-1]


def test_metrics_are_a_file_too_and_one_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    metrics = SweepMetrics({"etl": "data"})
    metrics.passed([swept()], 1.0)
    metrics.write(tmp_path / "depgen.prom")
    assert (tmp_path / "depgen.prom").read_bytes() == metrics.page()[1]
    with pytest.raises(InputError, match=r"^cannot write .*/absent/depgen\.prom: No such file or directory$"):
        metrics.write(tmp_path / "absent" / "depgen.prom")
