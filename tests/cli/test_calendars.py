"""`depgen calendars`, and the files beside a graph that every command reads for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Command

GRAPH = """\
apiVersion: depgen.io/v1
graph: etl
namespace: data
timezone: Europe/Paris
calendars:
  business: {days: [mon, tue, wed, thu, fri], holidays: HOLIDAYS, validThrough: "2190-12-31"}
nodes:
  sales: {source: {cronWorkflow: sales-load}, runsOn: business}
  report:
    run: {workflowTemplate: daily-report}
    dependsOn: [sales]
    runsOn: business
"""


def write(folder: Path, holidays: str) -> None:
    (folder / "graph.yaml").write_text(GRAPH.replace("HOLIDAYS", holidays))


def test_the_open_days_are_shown_week_by_week(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "holidays.txt")
    (tmp_path / "holidays.txt").write_text("2026-12-25\n2027-01-01\n")
    done = depgen("calendars", "list", "--from", "2026-12-23", "--days", "14")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "etl/business: mon tue wed thu fri but 2 dates, known through 2190-12-31; report, sales\n"
        "              Mo Tu We Th Fr Sa Su\n"
        "  2026-12-23        23 24  ·  ·  ·\n"
        "  2026-12-28  28 29 30 31  ·  ·  ·\n"
        "  2027-01-04   4  5\n"
        "  closed besides: Fri 2026-12-25, Fri 2027-01-01\n"
    )


def test_the_open_days_are_told_to_programs(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, '["2026-12-25"]')
    done = depgen("calendars", "list", "graph.yaml", "-o", "json", "--from", "2026-12-24", "--days", "5")
    assert json.loads(done.out) == {
        "version": 1,
        "from": "2026-12-24",
        "days": 5,
        "calendars": [
            {
                "graph": "etl",
                "name": "business",
                "days": ["mon", "tue", "wed", "thu", "fri"],
                "holidays": ["2026-12-25"],
                "extra": [],
                "validThrough": "2190-12-31",
                "nodes": ["report", "sales"],
                "open": ["2026-12-24", "2026-12-28"],
            }
        ],
    }


def test_a_graph_with_errors_has_no_calendars(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "holidays.txt")
    done = depgen("calendars", "list")
    assert (done.code, done.out) == (2, "")
    assert "[calendar-file]" in done.err


def test_a_lock_is_written_once_and_a_build_takes_it(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "{country: FR}")
    (tmp_path / "graph.yaml").write_text((tmp_path / "graph.yaml").read_text().replace("2190", "2040"))
    assert depgen("build", "graph.yaml").code == 1
    assert depgen("calendars", "lock", "--check").code == 1
    assert not (tmp_path / "calendars.lock").exists()
    done = depgen("calendars", "lock")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("calendars.lock: written\n  + # Written by depgen")
    assert '      "2027-07-14": "National Day"\n' in (tmp_path / "calendars.lock").read_text()
    assert depgen("calendars", "lock", "--check").out == "calendars.lock: is current\n"
    assert depgen("build", "graph.yaml").code == 0


def test_a_check_says_which_days_differ(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "{country: FR}")
    (tmp_path / "graph.yaml").write_text((tmp_path / "graph.yaml").read_text().replace("2190", "2040"))
    depgen("calendars", "lock")
    lock = tmp_path / "calendars.lock"
    written = lock.read_text()
    lock.write_text(written.replace('"2027-07-14"', '"2027-07-15"'))
    done = depgen("calendars", "lock", "--check", "-o", "json")
    assert done.code == 1
    assert json.loads(done.out)["locks"] == [
        {
            "path": "calendars.lock",
            "state": "changed",
            "difference": ['-       "2027-07-15": "National Day"', '+       "2027-07-14": "National Day"'],
        }
    ]
    assert depgen("calendars", "lock", "--dry-run").code == 0
    assert lock.read_text() != written
    depgen("calendars", "lock")
    assert lock.read_text() == written


def test_a_lock_that_nobody_needs_is_removed(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "{country: FR}")
    (tmp_path / "graph.yaml").write_text((tmp_path / "graph.yaml").read_text().replace("2190", "2040"))
    depgen("calendars", "lock")
    write(tmp_path, '["2026-12-25"]')
    assert depgen("calendars", "lock", "--check").out.startswith("calendars.lock: is not needed any more\n")
    assert depgen("calendars", "lock").out.startswith("calendars.lock: removed\n")
    assert not (tmp_path / "calendars.lock").exists()
    assert depgen("calendars", "lock").out == "calendars.lock: is not needed\n"


def test_graphs_of_one_folder_share_a_lock_and_can_be_locked_one_by_one(
    depgen: Command, tmp_path: Path
) -> None:
    write(tmp_path, "{country: FR}")
    one = (tmp_path / "graph.yaml").read_text().replace("2190", "2040")
    (tmp_path / "graph.yaml").write_text(one)
    (tmp_path / "web.yaml").write_text(one.replace("graph: etl", "graph: web").replace("FR", "DE"))
    assert depgen("calendars", "lock", "graph.yaml").code == 0
    assert depgen("calendars", "lock", "web.yaml").code == 0
    text = (tmp_path / "calendars.lock").read_text()
    assert [line for line in text.splitlines() if "business" in line] == [
        "  etl/business:",
        "  web/business:",
    ]
    assert depgen("calendars", "lock", ".", "--check").code == 0


def test_an_environment_with_other_holidays_is_locked_too(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "{country: FR}")
    text = (tmp_path / "graph.yaml").read_text().replace("2190", "2040")
    other = (
        "environments: {berlin: {calendars: {business: {holidays: {country: DE}}}}, test: {mode: shadow}}\n"
    )
    (tmp_path / "graph.yaml").write_text(text.replace("nodes:", f"{other}nodes:"))
    assert depgen("calendars", "lock").code == 0
    lock = (tmp_path / "calendars.lock").read_text()
    names = [line.strip(' :"') for line in lock.splitlines() if "business" in line]
    assert names == ["etl/business", "etl/business@berlin"]
    assert depgen("lint", "graph.yaml").code == 0
    options = ("graph.yaml", "--from", "2026-10-01", "-o", "json")
    paris, berlin = (
        json.loads(depgen("calendars", "list", *options, *more).out)["calendars"][0]["holidays"]
        for more in ((), ("--env", "berlin"))
    )
    assert "2029-10-03" in berlin
    assert "2029-10-03" not in paris


def test_holidays_that_cannot_be_looked_up_are_findings(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "{country: XX}")
    done = depgen("calendars", "lock")
    assert (done.code, done.out) == (2, "")
    assert 'no holidays are known of a country "XX"' in done.err


def test_check_and_dry_run_exclude_each_other(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, '["2026-12-25"]')
    assert depgen("calendars", "lock", "--check", "--dry-run").code == 2


@pytest.mark.parametrize("command", ["build", "lint", "graph"])
def test_a_file_out_of_the_folder_is_not_read(depgen: Command, tmp_path: Path, command: str) -> None:
    folder = tmp_path / "team"
    folder.mkdir()
    write(folder, "holidays.txt")
    (tmp_path / "secret.txt").write_text("not a date\n")
    (folder / "holidays.txt").symlink_to("../secret.txt")
    done = depgen(command, "team/graph.yaml")
    assert done.code != 0
    assert 'there is no file "holidays.txt"' in done.out + done.err
    assert "not a date" not in done.out + done.err


def test_a_link_within_the_folder_and_a_folder_below_it_are_read(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "[sub/holidays.txt, linked.txt]")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "holidays.txt").write_text("2026-12-25\n")
    (tmp_path / "linked.txt").symlink_to("sub/holidays.txt")
    assert depgen("build", "graph.yaml").code == 0


def test_a_changed_holiday_is_a_change_of_the_build(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "holidays.txt")
    holidays = tmp_path / "holidays.txt"
    holidays.write_text("2026-12-25\n")
    assert depgen("build", "graph.yaml", "--output-dir", "out").code == 0
    assert depgen("build", "graph.yaml", "--output-dir", "out", "--check").code == 0
    holidays.write_text("2026-12-25\n2026-12-28\n")
    assert depgen("build", "graph.yaml", "--output-dir", "out", "--check").code == 1


def test_the_sweep_in_the_cluster_has_the_dates_and_needs_no_files(depgen: Command, tmp_path: Path) -> None:
    write(tmp_path, "[holidays.txt, {country: FR}]")
    text = (tmp_path / "graph.yaml").read_text().replace("2190", "2040")
    sweeper = "sweeper: {image: registry.example.com/depgen}\n"
    berlin = "environments: {berlin: {calendars: {business: {holidays: ['2026-12-28']}}}}\n"
    (tmp_path / "graph.yaml").write_text(text.replace("nodes:", f"{sweeper}{berlin}nodes:"))
    (tmp_path / "holidays.txt").write_text("2026-12-24\n")
    assert depgen("calendars", "lock").code == 0
    for more, holiday in (((), "2026-12-24"), (("--env", "berlin"), "2026-12-28")):
        objects = list(yaml.safe_load_all(depgen("build", "graph.yaml", *more).out))
        (kept,) = (o["data"]["graph-1.yaml"] for o in objects if o["kind"] == "ConfigMap")
        alone = tmp_path / "alone"
        alone.mkdir(exist_ok=True)
        (alone / "graph.yaml").write_text(kept)
        listed = depgen("calendars", "list", "alone/graph.yaml", *more, "-o", "json")
        assert (listed.code, listed.err) == (0, "")
        assert holiday in json.loads(listed.out)["calendars"][0]["holidays"]
