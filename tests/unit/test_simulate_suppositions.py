"""What is supposed of a day before it is played: the profile, mishaps, dates and keys, and when sources start."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from depgen import manifests, pipeline
from depgen.errors import InputError
from depgen.locating import located
from depgen.manifests import NO_MANIFESTS
from depgen.model import Graph
from depgen.pipeline import Checked, InputFile
from depgen.simulate import profile, supposing
from depgen.simulate.dates import Change, Dates, clock_change
from depgen.simulate.expected import Basis, expected
from depgen.simulate.profile import Profile, Span
from depgen.simulate.reach import reach
from depgen.simulate.supposing import Mishap, Supposition
from depgen.times import DAILY, DAY, HOUR, Period
from tests.compiled import FRAME

NODES = """\
  sales: {source: {cronWorkflow: sales-load}}
  stock: {source: {cronWorkflow: stock-load}}
  report: {run: {workflowTemplate: report}, dependsOn: [sales, stock]}
"""
PARIS = "Europe/Paris"


def checked(nodes: str = NODES, zone: str = PARIS, head: str = "") -> Checked:
    """A graph of these nodes, without errors."""
    text = FRAME.format(zone=zone) + head + "nodes:\n" + nodes
    found = pipeline.check(pipeline.load([InputFile("graph.yaml", text.encode())]))
    assert not found.has_errors, [f.text for f in found.findings]
    return found


def graph(nodes: str = NODES) -> Graph:
    """The same as a graph."""
    return checked(nodes).graphs[0]


def read_profile(nodes: str, head: str = "profile: v1\n") -> tuple[Profile, list[str]]:
    """A profile, and what is wrong with it."""
    loaded = pipeline.load([InputFile("profile.yaml", f"{head}nodes:\n{nodes}".encode())])
    (document,) = loaded.documents.values()
    found, problems = profile.read(document, [graph()])
    return found, [f"{f.position.line}: {f.text} [{f.rule}]" for f in located(problems, loaded)]


def starts(
    found: Checked, first: date, days: int = 1, crons: str = "", habits: Profile | None = None
) -> list[str]:
    """`sales 20261121 2026-11-21 18:00` for each start that is shown, by the clocks of the graph."""
    given = manifests.read([("crons.yaml", crons.encode())], "data")[0] if crons else NO_MANIFESTS
    graph = found.graphs[0]
    dates = Dates(first, days, graph.zone)
    told = expected(graph, found.analyses["etl"], dates, habits or Profile(), given, frozenset({"etl"}))
    return [
        f"{start.node} {start.key} {local(start.at, graph.zone)}" for start in told.starts if start.is_shown
    ]


def local(at: float, zone: str = PARIS) -> str:
    """An instant by the clocks of a zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def cron(name: str, schedule: str, zone: str = PARIS, more: str = "") -> str:
    """A CronWorkflow."""
    spec = f'{{schedule: "{schedule}", timezone: {zone}{more}}}'
    return f"apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"


# ---- the profile ----


def test_a_profile_says_schedules_durations_phases_and_outputs() -> None:
    found, problems = read_profile(
        '  sales: {schedule: "0 18 * * *", duration: {from: 20m, to: 1h}, phase: Failed, outputs: {rows: 3, ok: true}}\n'
    )
    assert problems == []
    habit = found.of("etl", "sales")
    assert (habit.span, habit.phase, habit.outputs) == (
        Span(1200, 3600),
        "Failed",
        {"rows": "3", "ok": "true"},
    )
    assert habit.schedules[0].zone == ZoneInfo(PARIS)


def test_what_a_profile_does_not_say_is_its_defaults_else_five_minutes() -> None:
    with_defaults, _ = read_profile(
        '  sales: {schedule: "0 18 * * *"}\n',
        "profile: v1\ndefaults: {duration: 10m, timezone: Asia/Tokyo}\n",
    )
    assert with_defaults.of("etl", "sales").span == with_defaults.of("etl", "report").span == Span(600, 600)
    assert with_defaults.of("etl", "sales").schedules[0].zone == ZoneInfo("Asia/Tokyo")
    assert read_profile("  sales: {phase: Error}\n")[0].of("etl", "sales").span == Span(300, 300)


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ("  saels: {}\n", '3: there is no node "saels"; did you mean "sales"? [unknown-field]'),
        (
            "  other/sales: {}\n",
            '3: there is no node "other/sales"; did you mean "etl/sales"? [unknown-field]',
        ),
        (
            '  report: {schedule: "0 1 * * *"}\n',
            "it starts when what it waits for is there; remove its schedule",
        ),
        ('  sales: {schedule: "0 25 * * *"}\n', '3: schedule "0 25 * * *": '),
        ("  sales: {timezone: Paris}\n", '3: "Paris" is no IANA time zone; '),
        (
            "  sales: {duration: {from: 2h, to: 1h}}\n",
            '3: "to" is shorter than "from"; swap them [bad-duration]',
        ),
        ("  sales: {duration: 25}\n", "[wrong-type]"),
        ("  sales: {duartion: 25m}\n", 'unknown field "duartion"; did you mean "duration"? [unknown-field]'),
    ],
)
def test_a_mistake_in_a_profile_is_found_at_its_line(nodes: str, problem: str) -> None:
    _, problems = read_profile(nodes)
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_duration_is_drawn_from_the_seed_for_each_node_and_key() -> None:
    span = Span(0, 10**6)
    assert span.drawn("0/etl/sales/20261121") == span.drawn("0/etl/sales/20261121")
    others = ("1/etl/sales/20261121", "0/etl/stock/20261121", "0/etl/sales/20261122")
    assert len({span.drawn(seed) for seed in ("0/etl/sales/20261121", *others)}) == 4


# ---- mishaps ----


def test_a_mishap_is_for_all_keys_or_for_one() -> None:
    found = supposing.read(["sales=fail", "etl/stock@20261121=late:1h30m"], [graph()])
    assert found.of("etl", "sales", "20261122") == (Mishap("fail"),)
    assert found.of("etl", "stock", "20261121") == (Mishap("late", 5400, "20261121"),)
    assert found.of("etl", "stock", "20261122") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sales", '"sales" is none of NODE=fail, NODE=late:2h, NODE=missing'),
        ("sales=late", "is none of"),
        ("saels=fail", 'there is no node "saels"; did you mean "sales"?'),
        ("report=missing", '"report" is a run: what it waits for can be missing, not the run itself'),
    ],
)
def test_a_mishap_that_makes_no_sense_is_refused_with_a_way_out(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        supposing.read([text], [graph()])


def test_a_late_node_takes_longer_and_a_missing_one_never_starts() -> None:
    mishaps = supposing.read(["sales=late:2h", "sales=fail", "stock=missing"], [graph()])
    of = Supposition(mishaps=mishaps).of
    late = of("etl", "sales", "20261121", True)
    assert late
    assert (late.takes, late.phase, late.words, late.late_by) == (7500, "Failed", "late, fail", 7200)
    assert of("etl", "stock", "20261121", True) is None
    before = of("etl", "stock", "20261120", False)
    assert before
    assert (before.takes, before.phase) == (300, "Succeeded")


# ---- dates and keys ----


@pytest.mark.parametrize(
    ("every", "first", "days", "keys"),
    [
        (DAILY, date(2026, 11, 21), 2, ["20261121", "20261122"]),
        (
            Period("slot", 6 * HOUR),
            date(2026, 11, 21),
            1,
            [f"20261121t{h}" for h in ("00", "06", "12", "18")],
        ),
        (Period("week"), date(2026, 11, 21), 1, []),
        (Period("week"), date(2026, 11, 22), 1, ["2026w47"]),
        (Period("month"), date(2026, 11, 30), 2, ["202611"]),
    ],
)
def test_a_key_belongs_to_its_date_and_that_of_a_week_or_month_to_its_last_day(
    every: Period, first: date, days: int, keys: list[str]
) -> None:
    assert list(Dates(first, days, PARIS).keys(every)) == keys


def test_the_day_the_clocks_go_back_has_25_hours_and_keys() -> None:
    dates = Dates(date(2026, 10, 25), 1, PARIS)
    keys = list(dates.keys(Period("slot", HOUR)))
    assert (dates.end - dates.begin, len(keys)) == (25 * HOUR, 25)
    assert keys[2:4] == ["20261025t02", "20261025t02b"]
    assert clock_change(dates.first, PARIS) == Change("03:00", -HOUR)


def test_the_day_the_clocks_go_forward_has_23_hours_and_keys() -> None:
    dates = Dates(date(2026, 3, 29), 1, PARIS)
    assert dates.end - dates.begin == 23 * HOUR
    assert "20260329t02" not in list(dates.keys(Period("slot", HOUR)))
    assert clock_change(dates.first, PARIS) == Change("02:00", HOUR)
    assert clock_change(date(2026, 3, 30), PARIS) is None


def test_edges_on_the_same_key_reach_no_further_back() -> None:
    found = checked()
    assert reach(found.graphs[0], found.analyses["etl"]) == 0


def test_a_chain_of_earlier_keys_reaches_back_as_far_as_all_of_it() -> None:
    found = checked(
        "  sales: {source: {cronWorkflow: sales-load}}\n"
        "  a: {run: {workflowTemplate: a}, dependsOn: [{node: sales, match: {offset: -1}}]}\n"
        "  b: {run: {workflowTemplate: b}, dependsOn: [{node: a, match: {offset: -2}}]}\n"
    )
    assert 3 * DAY <= reach(found.graphs[0], found.analyses["etl"]) <= 4 * DAY


# ---- when sources start ----


def test_a_source_starts_when_its_cron_workflow_does() -> None:
    crons = cron("sales-load", "0 18 * * *") + cron("stock-load", "30 12 * * *", "America/New_York")
    assert starts(checked(), date(2026, 11, 21), crons=crons) == [
        "sales 20261121 2026-11-21 18:00",
        "stock 20261121 2026-11-21 18:30",
    ]


def test_the_profile_says_what_no_cron_workflow_does_and_does_not_overrule_one() -> None:
    habits, _ = read_profile(
        '  sales: {schedule: "0 3 * * *"}\n  stock: {schedule: ["0 4 * * *", "0 5 * * *"]}\n'
    )
    assert starts(checked(), date(2026, 11, 21), crons=cron("sales-load", "0 18 * * *"), habits=habits) == [
        "stock 20261121 2026-11-21 04:00",
        "stock 20261121 2026-11-21 05:00",
        "sales 20261121 2026-11-21 18:00",
    ]


def test_a_source_of_which_nothing_is_known_starts_with_its_period() -> None:
    nodes = (
        "  sales: {source: {cronWorkflow: s}, key: {dayStart: '06:00'}}\n"
        "  late: {source: {cronWorkflow: l}, key: {offset: -1d}}\n"
        "  far: {source: {cronWorkflow: f}, key: {timezone: America/New_York}}\n"
    )
    assert starts(checked(nodes), date(2026, 11, 21)) == [
        "far 20261121 2026-11-21 06:00",
        "sales 20261121 2026-11-21 06:00",
        "late 20261121 2026-11-22 00:00",
    ]


def test_a_start_belongs_to_the_date_of_its_key() -> None:
    nodes = "  late: {source: {cronWorkflow: late-load}, key: {dayStart: '06:00'}}\n"
    assert starts(checked(nodes), date(2026, 11, 21), crons=cron("late-load", "0 2,8 * * *")) == [
        "late 20261121 2026-11-21 08:00",
        "late 20261121 2026-11-22 02:00",
    ]


def test_a_monthly_source_belongs_to_the_day_it_starts_on() -> None:
    nodes = "  books: {source: {cronWorkflow: books-load}, key: {every: month, offset: -1mo}}\n"
    crons = cron("books-load", "0 2 1 * *")
    assert starts(checked(nodes), date(2026, 11, 21), crons=crons) == []
    assert starts(checked(nodes), date(2026, 12, 1), crons=crons) == ["books 202611 2026-12-01 02:00"]
    assert starts(checked(nodes), date(2026, 11, 30), crons=crons) == ["books 202611 2026-12-01 02:00"]


def test_starts_before_the_days_are_played_as_far_as_an_edge_looks_back() -> None:
    found = checked(
        "  sales: {source: {cronWorkflow: sales-load}}\n"
        "  a: {run: {workflowTemplate: a}, dependsOn: [{node: sales, match: {offset: -1}}]}\n"
    )
    dates = Dates(date(2026, 11, 21), 1, PARIS)
    told = expected(
        found.graphs[0], found.analyses["etl"], dates, Profile(), NO_MANIFESTS, frozenset({"etl"})
    )
    assert [(start.key, start.is_shown) for start in told.starts if start.key >= "20261120"] == [
        ("20261120", False),
        ("20261121", True),
    ]


def test_each_source_says_what_its_starts_are_taken_from() -> None:
    crons = cron("sales-load", "0 18 * * *") + cron("stock-load", "0 19 * * *", more=", suspend: true")
    given = manifests.read([("crons.yaml", crons.encode())], "data")[0]
    found = checked(NODES + "  web: {source: {workflowTemplate: web}}\n")
    dates = Dates(date(2026, 11, 21), 1, PARIS)
    told = expected(found.graphs[0], found.analyses["etl"], dates, Profile(), given, frozenset({"etl"}))
    assert {ground.node: ground.basis for ground in told.grounds} == {
        "sales": Basis.CRON,
        "stock": Basis.SUSPENDED,
        "web": Basis.ASSUMED,
    }
    assert {start.node for start in told.starts} == {"sales", "web"}


def test_a_time_that_the_clocks_leave_out_does_not_start_anything() -> None:
    assert starts(checked(), date(2026, 3, 29), crons=cron("sales-load", "30 2 * * *")) == [
        "stock 20260329 2026-03-29 00:00"
    ]
