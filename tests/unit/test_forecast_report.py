"""A forecast as text, JSON and Mermaid: made of plain values, nothing is played."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from depgen.cluster.reasons import Finding, Reason
from depgen.report import forecast
from depgen.report.forecast_chart import Axis, bars
from depgen.report.forecast_text import text
from depgen.simulate.dates import Change, clock_change
from depgen.simulate.expected import Basis, Ground
from depgen.simulate.timeline import Day, Fate, Item, Last, Mark, Timeline, Told

PARIS = "Europe/Paris"
KEY = "20261121"
FAILED = Finding(Reason.FAILED, "web (web-1 ended Failed)")
NOT_RUN = Finding(Reason.NOT_RUN, "report never ran")


def at(clock: str, day: str = "2026-11-21", zone: str = PARIS) -> float:
    """A local time."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone)).timestamp()


def source(node: str, begin: str, end: str, fate: Fate = Fate.SUCCEEDED, late_by: int = 0) -> Item:
    """A source that started."""
    return Item(node, KEY, True, fate, at(begin), at(end), f"{node}-1", late_by=late_by)


def run(node: str, begin: str, end: str, after: str, since: str, marks: tuple[Mark, ...] = ()) -> Item:
    """A run that was submitted."""
    return Item(
        node,
        KEY,
        False,
        Fate.SUCCEEDED,
        at(begin),
        at(end),
        f"etl-{node}-{KEY}",
        at(since),
        Last(after, at(begin)),
        marks,
    )


def timeline(
    *items: Item, days: tuple[Day, ...] = (), alerts: tuple[Told, ...] = (), ground: Basis = Basis.CRON
) -> Timeline:
    """One graph and, unless others are given, one day."""
    days = days or (Day(date(2026, 11, 21), 24, None, ()),)
    return Timeline("etl", "data", PARIS, days, items, alerts, (Ground("sales", ground, "so it is"),), (), 0)


NIGHT = (
    source("sales", "18:00", "19:00"),
    source("stock", "18:30", "22:00", late_by=9000),
    source("web", "18:00", "18:20", Fate.FAILED),
    run("figures", "22:00", "22:30", "stock", "19:00", (Mark("deadline", int(at("22:15")), True),)),
    Item("report", KEY, False, Fate.NEVER, since=at("19:00"), reasons=(FAILED,)),
    Item("mail", KEY, False, Fate.NEVER, reasons=(NOT_RUN,)),
    Item("tidy", KEY, False, Fate.IDLE),
)
SHOWN = """\
etl  (Europe/Paris, 3 sources, 4 runs)

  Sat 2026-11-21
           18:00     19:00     20:00      21:00     22:00
           ┌─────────┬─────────┬──────────┬─────────┬─────
  sales    ━━━━━━━━━━━                                      18:00–19:00
  stock         ━━━━━━━━━━━╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍       18:30–22:00 2 h 30 min late
  web      ━━━✘                                             18:00–18:20 failed
  figures            ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄███!██  22:00–22:30 missed deadline 22:15
  report             ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄  never ran: upstream-failed
  mail                                                      never ran: upstream-not-run
  no reason to run: tidy

  ━ a source runs   ╍ later than usual   █ a run   ┄ waits   ✘ failed, or never ran   ! missed

  ✘ report 20261121 never ran
      web (web-1 ended Failed)  [upstream-failed]
  ✘ and for want of it: mail
  ! figures 20261121 missed its deadline 22:15, by 15 min
  ! 22:15 alert: figures 20261121 missed (etl-figures-missed-20261121)

  sales: so it is
  (--manifests DIR reads CronWorkflows, --profile FILE says schedules and durations)

  3 sources: 2 succeeded, 1 failed, 1 late; 3 runs: 1 succeeded, 2 never ran; 1 not in time; 1 alert"""
ALERT = Told(at("22:15"), "missed", "figures", KEY, "etl-figures-missed-20261121")


def lines(told: Timeline, width: int = 100) -> list[str]:
    """The text without colours."""
    return text([told], width, False).splitlines()


def test_a_night_is_a_row_for_each_node_and_then_the_troubles_in_words() -> None:
    assert "\n".join(lines(timeline(*NIGHT, alerts=(ALERT,), ground=Basis.ASSUMED))) == SHOWN


def test_the_rows_of_a_chart_fit_any_width_and_all_lines_a_hundred_columns() -> None:
    for width in (80, 100, 160):
        shown = lines(timeline(*NIGHT, alerts=(ALERT,)), width)
        assert max(map(len, shown[:12])) <= width
    assert max(map(len, lines(timeline(*NIGHT, alerts=(ALERT,))))) <= 100


def test_a_bar_is_as_long_as_it_takes_and_shows_what_is_late() -> None:
    axis = Axis(at("18:00"), at("22:00"), 40, PARIS)
    assert "".join(bars([source("a", "18:00", "20:00")], axis)) == "━" * 20 + " " * 20
    assert (
        "".join(bars([source("a", "18:00", "21:00", late_by=7200)], axis)) == "━" * 10 + "╍" * 20 + " " * 10
    )
    assert (
        "".join(bars([run("a", "20:00", "20:06", "b", "19:00")], axis))
        == " " * 10 + "┄" * 10 + "█" + " " * 19
    )


def test_a_gate_shows_only_while_something_waits_for_it() -> None:
    axis = Axis(at("18:00"), at("22:00"), 40, PARIS)
    gate = (Mark("notBefore", int(at("20:00"))),)
    assert bars([run("a", "20:00", "20:06", "notBefore", "19:00", gate)], axis)[19] == "◷"
    assert "◷" not in bars([run("a", "21:00", "21:06", "b", "20:30", gate)], axis)


def test_a_deadline_shows_and_more_so_if_it_is_missed() -> None:
    axis = Axis(at("18:00"), at("22:00"), 40, PARIS)
    kept, missed = Mark("deadline", int(at("21:00"))), Mark("deadline", int(at("20:03")), True)
    assert bars([run("a", "20:00", "20:06", "b", "20:00", (kept,))], axis)[30] == "╷"
    assert bars([run("a", "20:00", "20:30", "b", "20:00", (missed,))], axis)[20] == "!"


def test_what_never_ran_waits_to_the_end_and_what_had_no_reason_to_has_no_row() -> None:
    shown = lines(timeline(*NIGHT))
    assert any(re.fullmatch(r"  report +┄+  never ran: upstream-failed", line) for line in shown)
    assert "  no reason to run: tidy" in shown
    assert "  ✘ report 20261121 never ran" in shown
    assert "      web (web-1 ended Failed)  [upstream-failed]" in shown
    assert "  ✘ and for want of it: mail" in shown


def test_the_summary_counts_nodes_by_what_became_of_them() -> None:
    assert lines(timeline(*NIGHT, alerts=(ALERT,)))[-1] == (
        "  3 sources: 2 succeeded, 1 failed, 1 late; 3 runs: 1 succeeded, 2 never ran; 1 not in time; 1 alert"
    )
    assert lines(timeline(source("sales", "18:00", "19:00")))[-1] == "  1 source: 1 succeeded"
    assert lines(timeline())[-1] == "  nothing to run"


def test_a_missed_deadline_says_by_how_much() -> None:
    assert "  ! figures 20261121 missed its deadline 22:15, by 15 min" in lines(timeline(*NIGHT))


def test_what_is_only_supposed_is_said() -> None:
    assert "  sales: so it is" in lines(timeline(*NIGHT, ground=Basis.ASSUMED))
    assert "  sales: so it is" not in lines(timeline(*NIGHT, ground=Basis.CRON))


def test_a_clock_change_and_a_closed_calendar_stand_beside_the_date() -> None:
    autumn = Day(date(2026, 10, 25), 25, clock_change(date(2026, 10, 25), PARIS), ("business",))
    heading = lines(timeline(days=(autumn,)))[2]
    assert heading == "  Sun 2026-10-25  25 hours: at 03:00 the clocks go back 1 h  closed: business"
    spring = Day(date(2026, 3, 29), 23, Change("02:00", 3600), ())
    assert (
        lines(timeline(days=(spring,)))[2] == "  Sun 2026-03-29  23 hours: at 02:00 the clocks go forward 1 h"
    )


def test_the_axis_of_a_25_hour_day_is_even_in_elapsed_time() -> None:
    axis = Axis.around([at("00:00", "2026-10-25"), at("06:00", "2026-10-25")], 70, PARIS)
    labels, _ = axis.lines()
    places = [match.start() for match in re.finditer(r"\d\d:\d\d", labels)]
    assert labels.split()[:4] == ["00:00", "01:00", "02:00", "03:00"]
    # from 02:00 to 03:00 it is two hours
    assert places[3] - places[2] > 1.8 * (places[2] - places[1])


def test_a_node_with_several_keys_is_one_row() -> None:
    hours = [
        Item("load", f"20261121t{h:02}", True, Fate.SUCCEEDED, at(f"{h:02}:00"), at(f"{h:02}:10"))
        for h in range(6)
    ]
    shown = lines(timeline(*hours))
    assert sum(line.startswith("  load") for line in shown) == 1
    assert any(line.endswith("  6 ran") for line in shown)
    broken = [*hours[:5], Item("load", "20261121t05", True, Fate.FAILED, at("05:00"), at("05:10"))]
    assert any(line.endswith("  6 ran; look at 20261121t05") for line in lines(timeline(*broken)))


def test_many_usual_days_take_a_line_each_and_an_odd_one_is_drawn() -> None:
    days = tuple(Day(date(2026, 11, day), 24, None, ()) for day in range(16, 23))
    items = [
        Item(
            "sales",
            f"202611{day}",
            True,
            Fate.SUCCEEDED,
            at("18:00", f"2026-11-{day}"),
            at("19:00", f"2026-11-{day}"),
        )
        for day in range(16, 22)
    ]
    odd = Item("sales", "20261122", True, Fate.FAILED, at("18:00", "2026-11-22"), at("19:00", "2026-11-22"))
    shown = lines(timeline(*items, odd, days=days))
    assert shown[2:8] == [
        f"  {date(2026, 11, day):%a %Y-%m-%d}  all 1 ran, 18:00–19:00" for day in range(16, 22)
    ]
    assert shown[8:10] == ["", "  Sun 2026-11-22"]
    assert sum(line.startswith("  sales ") for line in shown) == 1


def test_of_very_many_nodes_those_in_trouble_come_first() -> None:
    many = [source(f"s{number:03}", "18:00", "18:05") for number in range(200)]
    shown = lines(timeline(*many, source("bad", "18:00", "18:05", Fate.FAILED)))
    assert shown[5].startswith("  bad ")
    assert "  ... and 141 more nodes; -o json has them all" in shown
    assert len(shown) < 80


def test_colours_do_not_change_what_is_written() -> None:
    told = timeline(*NIGHT, alerts=(ALERT,), ground=Basis.ASSUMED)
    coloured = text([told], 100, True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == text([told], 100, False)


def test_names_that_a_terminal_would_obey_are_made_visible() -> None:
    odd = Item(
        "report", KEY, False, Fate.NEVER, since=at("19:00"), reasons=(Finding(Reason.FAILED, "a\x1b[2Jb"),)
    )
    assert "\x1b" not in text([timeline(odd)], 100, False)


def test_json_has_everything_in_utc() -> None:
    told = json.loads(forecast.as_json([timeline(*NIGHT, alerts=(ALERT,))]))
    assert (told["version"], told["clean"]) == (1, False)
    (graph,) = told["graphs"]
    figures = next(node for node in graph["nodes"] if node["node"] == "figures")
    assert figures["begin"] == "2026-11-21T21:00:00Z"
    assert figures["waitedLastFor"] == {"what": "stock", "at": "2026-11-21T21:00:00Z"}
    assert figures["clocks"] == [{"name": "deadline", "at": "2026-11-21T21:15:00Z", "missed": True}]
    report = next(node for node in graph["nodes"] if node["node"] == "report")
    assert (report["fate"], report["reasons"][0]["code"]) == ("never", "upstream-failed")
    assert graph["alerts"][0]["kind"] == "missed"
    assert [day["date"] for day in graph["days"]] == ["2026-11-21"]


def test_mermaid_draws_a_bar_for_what_ran_and_a_milestone_for_what_never_did() -> None:
    drawn = forecast.mermaid([timeline(*NIGHT)]).splitlines()
    assert drawn[:5] == [
        "gantt",
        "  title etl from 2026-11-21 (Europe/Paris)",
        "  dateFormat YYYY-MM-DD HH:mm:ss",
        "  axisFormat %H:%M",
        "  section etl sources",
    ]
    assert "    web 20261121 :crit, 2026-11-21 18:00:00, 1200s" in drawn
    assert "    figures 20261121 :done, 2026-11-21 22:00:00, 1800s" in drawn
    assert "    report 20261121 never ran, upstream-failed :crit, milestone, 2026-11-21 19:00:00, 0s" in drawn
