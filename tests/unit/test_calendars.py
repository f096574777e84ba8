"""Calendars: which days are open, what a graph says of them, and the lock that a build reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.calendars import LOCK, Calendar, calendar, combined, companions, inlined, read_calendars
from depgen.calendars.definition import Definition, definitions
from depgen.calendars.expand import expanded
from depgen.calendars.lock import Entry, LockError, digest, read, written
from depgen.diagnostics import Diagnostic, Position
from depgen.document import Document
from depgen.filetext import FileText
from depgen.load import load

MON = date(2026, 11, 23)
WORKDAYS = (0, 1, 2, 3, 4)
TODAY = date(2026, 11, 21)
ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//calendar//EN
BEGIN:VEVENT
UID:summer@example.com
DTSTAMP:20250101T000000Z
DTSTART;VALUE=DATE:20260810
DTEND;VALUE=DATE:20260812
SUMMARY:Company holiday
END:VEVENT
BEGIN:VEVENT
UID:thanksgiving@example.com
DTSTAMP:20250101T000000Z
DTSTART;VALUE=DATE:20251127
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH
EXDATE;VALUE=DATE:20271125
SUMMARY:Thanksgiving
END:VEVENT
BEGIN:VEVENT
UID:meeting@example.com
DTSTAMP:20250101T000000Z
DTSTART:20260601T100000Z
DTEND:20260601T110000Z
SUMMARY:Meeting
END:VEVENT
END:VCALENDAR
"""

days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
calendars = st.builds(
    calendar,
    st.just("any"),
    st.sets(st.integers(0, 6)),
    st.lists(days, max_size=20),
    st.lists(days, max_size=20),
)


def document(text: str, path: str = "graph.yaml") -> Document:
    head = "apiVersion: depgen.io/v1\ngraph: etl\ntimezone: Europe/Paris\nnodes: {}\n"
    made, problems = load(path, (head + text).encode())
    assert made is not None, problems
    return made


def texts(files: Mapping[str, str]) -> dict[str, FileText]:
    return {path: FileText(path, text.encode()) for path, text in files.items()}


def read_one(text: str, **files: str) -> tuple[Calendar, list[Diagnostic]]:
    """The calendar `c` of a graph; a file is named with `_` for its point."""
    named = texts({name.replace("_", "."): content for name, content in files.items()})
    found, problems = read_calendars([document(f"calendars: {{c: {text}}}")], named)
    return found["c"], problems


def defined(text: str, files: Mapping[str, FileText]) -> list[Definition]:
    problems: list[Diagnostic] = []
    made = definitions([document(f"calendars: {{c: {text}}}")], files, problems)
    assert not problems
    return list(made.values())


# ---- open days ----


def test_a_holiday_is_closed_and_an_extra_day_is_open() -> None:
    c = calendar("c", WORKDAYS, [date(2026, 12, 25)], [date(2026, 12, 19)])
    wanted = {24: True, 25: False, 26: False, 18: True, 19: True, 20: False}
    assert {day: c.is_open(date(2026, 12, day)) for day in wanted} == wanted


def test_a_date_that_is_closed_and_extra_is_open() -> None:
    christmas = date(2026, 12, 25)
    assert calendar("c", WORKDAYS, [christmas], [christmas]).is_open(christmas)


def test_dates_that_change_nothing_are_dropped() -> None:
    saturday, friday = date(2026, 11, 28), date(2026, 11, 27)
    c = calendar("c", WORKDAYS, [saturday, friday, friday], [friday + timedelta(days=4)])
    assert (c.holidays, c.extra) == ((friday,), ())


def test_the_next_and_the_previous_open_day_step_over_closed_ones() -> None:
    c = calendar("c", WORKDAYS, [date(2026, 12, 25), date(2026, 12, 28)])
    assert c.next_open(date(2026, 12, 24)) == date(2026, 12, 29)
    assert c.previous_open(date(2026, 12, 29)) == date(2026, 12, 24)
    assert c.next_open(date(2026, 12, 26)) == date(2026, 12, 29)


def test_open_days_are_counted_from_the_day_after() -> None:
    c = calendar("c", WORKDAYS, [date(2026, 12, 25)])
    assert c.add_open(date(2026, 11, 30), 2) == date(2026, 12, 2)
    assert c.add_open(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert c.add_open(date(2026, 12, 28), -1) == date(2026, 12, 24)
    assert c.add_open(date(2026, 12, 26), 0) == date(2026, 12, 26)


def test_a_calendar_without_open_days_says_so_instead_of_looking_for_ever() -> None:
    with pytest.raises(LookupError, match='"c" has no open day'):
        calendar("c", []).next_open(MON)
    with pytest.raises(LookupError):
        calendar("c", [0], [date(9999, 12, 27)]).next_open(date(9999, 12, 26))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(calendars, calendars, days)
def test_a_node_is_open_when_its_calendar_is_and_the_excluded_is_not(
    runs_on: Calendar, excludes: Calendar, day: date
) -> None:
    both, only = combined(runs_on, excludes), combined(None, excludes)
    assert both
    assert only
    assert both.is_open(day) == (runs_on.is_open(day) and not excludes.is_open(day))
    assert only.is_open(day) == (not excludes.is_open(day))
    assert combined(runs_on, None) is runs_on


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(calendars, days)
def test_a_day_is_open_unless_its_weekday_and_the_list_of_exceptions_disagree(c: Calendar, day: date) -> None:
    # What a table of weekdays and one list of dates is enough for.
    assert c.is_open(day) == ((day.weekday() in c.days) != (day in (*c.holidays, *c.extra)))


def test_what_two_calendars_make_is_known_as_long_as_both() -> None:
    early, late = date(2027, 12, 31), date(2030, 12, 31)
    both = combined(calendar("a", valid_through=late), calendar("b", [0], valid_through=early))
    assert both
    assert both.valid_through == early
    assert both.name == "a without b"


# ---- what a graph says ----


def test_a_calendar_is_read_from_dates_and_text_files() -> None:
    c, problems = read_one(
        '{days: [fri, mon], holidays: ["2026-12-25", more.txt], extra: "2026-12-23", validThrough: "2030-12-31"}',
        more_txt="# closed\n2026-12-28  # Monday\r\n\n2027-01-01\n",
    )
    assert not problems
    assert c.days == (0, 4)
    assert c.holidays == (date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1))
    assert c.extra == (date(2026, 12, 23),)
    assert c.valid_through == date(2030, 12, 31)


def test_every_day_is_open_unless_days_are_named() -> None:
    assert read_one("{}")[0].days == (0, 1, 2, 3, 4, 5, 6)


def test_a_list_without_an_end_is_known_to_the_end_of_its_last_year() -> None:
    assert read_one('{holidays: ["2026-12-25", "2027-01-01"]}')[0].valid_through == date(2027, 12, 31)
    assert read_one("{days: [mon]}")[0].valid_through is None


def test_a_line_that_is_no_date_is_told_where_it_stands() -> None:
    c, problems = read_one("{holidays: h.txt}", h_txt="2026-12-25\n  25.12.2027 # no\n2026-02-30\n20261224\n")
    assert c.holidays == (date(2026, 12, 25),)
    assert [(p.rule, p.where, p.message) for p in problems] == [
        ("calendar-file", Position("h.txt", 2, 3), '"25.12.2027" is no date'),
        ("calendar-file", Position("h.txt", 3, 1), '"2026-02-30" is no date'),
        ("calendar-file", Position("h.txt", 4, 1), '"20261224" is no date'),
    ]


def test_a_file_that_is_junk_makes_few_findings() -> None:
    assert len(read_one("{holidays: h.txt}", h_txt="junk\n" * 10_000)[1]) == 20
    assert [p.rule for p in read_one("{holidays: h.txt}", h_txt="\0\1")[1]] == ["encoding"]


@pytest.mark.parametrize("path", ["h.txt", "../h.txt", "/etc/h.txt", "sub/../../h.txt"])
def test_a_file_that_is_not_there_or_out_of_the_folder_is_told(path: str) -> None:
    found, problems = read_calendars(
        [document(f"calendars: {{c: {{holidays: {path}}}}}", "team/graph.yaml")],
        texts({"h.txt": "2026-12-25\n", "/etc/h.txt": "2026-12-25\n"}),
    )
    assert [p.rule for p in problems] == ["calendar-file"]
    assert not found["c"].holidays


def test_a_path_starts_at_the_file_that_names_it() -> None:
    found, problems = read_calendars(
        [document("calendars: {c: {holidays: sub/h.txt}}", "team/graph.yaml")],
        texts({"team/sub/h.txt": "2026-12-25\n"}),
    )
    assert not problems
    assert found["c"].holidays == (date(2026, 12, 25),)


def test_the_files_that_calendars_want_are_known_before_anything_is_read() -> None:
    one = document(
        "calendars: {c: {holidays: [a.txt, ../b.txt, {country: FR}, 7], extra: c.ics}, d: 5}\n"
        "environments: {prod: {calendars: {c: {holidays: prod.txt}}}, dev: 7}",
        "team/graph.yaml",
    )
    wanted = ["team/a.txt", "team/c.ics", f"team/{LOCK}", "team/prod.txt"]
    assert companions([one]) == sorted(wanted)
    assert companions([document("calendars: 3"), document("environments: []")]) == []


def test_files_of_one_graph_may_share_a_calendar_but_not_disagree() -> None:
    same = [document("calendars: {c: {days: [mon]}}", path) for path in ("a.yaml", "b.yaml")]
    assert read_calendars(same, {})[1] == []
    other = document("calendars: {c: {days: [tue]}}", "c.yaml")
    assert [p.rule for p in read_calendars([*same, other], {})[1]] == ["files-disagree"]


def test_a_graph_stands_without_its_files_once_its_calendars_are_dates() -> None:
    one = document(
        "calendars: {c: {days: [mon, tue], holidays: h.txt, extra: [e.txt]}}\n"
        "environments: {prod: {calendars: {c: {days: [mon]}}, namespace: data}}"
    )
    files = texts({"h.txt": "2026-11-23\n", "e.txt": "2026-11-28\n"})
    found, _ = read_calendars([one], files)
    data = inlined(one.data, found)  # type: ignore[arg-type]
    assert data["calendars"] == {
        "c": {
            "days": ["mon", "tue"],
            "holidays": ["2026-11-23"],
            "extra": ["2026-11-28"],
            "validThrough": "2026-12-31",
        }
    }
    assert data["environments"] == {"prod": {"namespace": "data"}}
    again, problems = read_calendars([document(f"calendars: {data['calendars']}")], {})
    assert (again, problems) == (found, [])


# ---- the lock ----

COUNTRY = '{days: [mon, tue, wed, thu, fri], holidays: {country: FR}, validThrough: "2030-12-31"}'


def test_a_country_without_a_lock_is_an_error_that_says_what_to_run() -> None:
    c, problems = read_one(COUNTRY)
    assert [(p.rule, p.message, p.hint) for p in problems] == [
        (
            "calendar-lock",
            'the days of calendar "c" are not in calendars.lock',
            "run: depgen calendars lock graph.yaml",
        )
    ]
    assert c.days == WORKDAYS


def test_what_is_looked_up_needs_an_end() -> None:
    assert [p.rule for p in read_one("{holidays: {country: FR}}")[1]] == ["missing-field"]


def test_a_build_takes_the_days_of_the_lock_and_looks_nothing_up() -> None:
    (definition,) = defined(COUNTRY, {})
    # No package would say so.
    entry = Entry(
        digest(definition, {}), date(2026, 1, 1), date(2030, 12, 31), {MON: "Feast of Examples"}, {}
    )
    c, problems = read_one(COUNTRY, calendars_lock=written({"etl/c": entry}))
    assert not problems
    assert c.holidays == (MON,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{country: FR}", "{country: DE}"),
        ("{country: DE}", "{country: DE, subdivision: BY}"),
        ("{country: FR}", "[{country: FR}, h.ics]"),
    ],
)
def test_a_lock_that_is_older_than_the_calendar_is_an_error(before: str, after: str) -> None:
    form = '{{holidays: {}, validThrough: "2030-12-31"}}'
    (definition,) = defined(form.format(before), {})
    entry = Entry(digest(definition, {}), date(2026, 1, 1), date(2030, 12, 31), {}, {})
    _, problems = read_one(form.format(after), calendars_lock=written({"etl/c": entry}), h_ics="")
    assert [p.message for p in problems] == [
        'calendar "c" is not what it was when calendars.lock was written'
    ]


def test_a_change_of_an_icalendar_file_or_of_the_end_makes_a_lock_old() -> None:
    form = '{{holidays: h.ics, validThrough: "{}"}}'
    sums = {
        digest(defined(form.format(end), files)[0], files)
        for end in ("2030-12-31", "2031-12-31")
        for files in (texts({"h.ics": ICS}), texts({"h.ics": ICS.replace("20260810", "20260811")}))
    }
    assert len(sums) == 4


def test_a_change_of_plain_dates_or_of_the_week_needs_no_new_lock() -> None:
    (one,) = defined('{holidays: [{country: FR}, "2026-12-24"], validThrough: "2030-12-31"}', {})
    (two,) = defined('{days: [mon], holidays: [{country: FR}], validThrough: "2030-12-31"}', {})
    assert digest(one, {}) == digest(two, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "version: 2\ncalendars: {}",
        "{",
        "version: 1\ncalendars: {etl/c: {digest: x}}",
        "version: 1\ncalendars: 7",
        "<<<<<<< HEAD\nversion: 1\n",
        "version: 1\ncalendars: {etl/c: {digest: x, from: 2026-01-01, through: 2026-01-01}}",
        'version: 1\ncalendars: {etl/c: {digest: x, from: "2026-01-01", through: "2026-13-01"}}',
        'version: 1\ncalendars: {etl/c: {digest: x, from: "2026-01-01", through: "2026-01-01", holidays: [a]}}',
    ],
)
def test_a_damaged_lock_is_an_error_and_never_a_crash(text: str) -> None:
    with pytest.raises(LockError):
        read(FileText(LOCK, text.encode()))
    _, problems = read_one(COUNTRY, calendars_lock=text)
    assert [p.message for p in problems] == ["calendars.lock is not as depgen writes it"]


def test_an_environment_may_have_an_entry_of_its_own() -> None:
    (definition,) = defined(COUNTRY, {})
    stale = Entry("sha256:0", date(2026, 1, 1), date(2030, 12, 31), {}, {})
    own = Entry(digest(definition, {}), date(2026, 1, 1), date(2030, 12, 31), {MON: "x"}, {})
    c, problems = read_one(COUNTRY, calendars_lock=written({"etl/c": stale, "etl/c@prod": own}))
    assert not problems
    assert c.holidays == (MON,)


# ---- looking up ----


def test_the_holidays_of_a_country_are_looked_up_once_and_the_lock_reads_back() -> None:
    made = defined(COUNTRY, {})
    entries, problems = expanded(made, {}, {}, TODAY)
    assert not problems
    entry = entries["etl/c"]
    assert (entry.first, entry.last) == (date(2025, 1, 1), date(2030, 12, 31))
    assert entry.holidays[date(2026, 7, 14)] == "National Day"
    assert len(entry.holidays) == 66
    assert read(FileText(LOCK, written(entries).encode())) == entries


def test_an_entry_keeps_its_first_day_when_it_is_written_again() -> None:
    made = defined(COUNTRY, {})
    old, _ = expanded(made, {}, {}, TODAY)
    assert expanded(made, {}, old, date(2029, 6, 1))[0] == old


def test_a_subdivision_has_holidays_of_its_own() -> None:
    form = '{{holidays: {{country: DE{}}}, validThrough: "2026-12-31"}}'
    whole = expanded(defined(form.format(""), {}), {}, {}, TODAY)[0]["etl/c"]
    bavaria = expanded(defined(form.format(", subdivision: BY"), {}), {}, {}, TODAY)[0]["etl/c"]
    assert date(2026, 1, 6) in bavaria.holidays.keys() - whole.holidays.keys()


def test_all_day_events_of_an_icalendar_file_are_days_and_meetings_are_not() -> None:
    files = texts({"h.ics": ICS})
    made = defined('{holidays: h.ics, validThrough: "2028-12-31"}', files)
    entries, problems = expanded(made, files, {}, TODAY)
    assert not problems
    assert entries["etl/c"].holidays == {
        date(2025, 11, 27): "Thanksgiving",
        date(2026, 8, 10): "Company holiday",
        date(2026, 8, 11): "Company holiday",
        date(2026, 11, 26): "Thanksgiving",
        date(2028, 11, 23): "Thanksgiving",
    }


@pytest.mark.parametrize(
    ("holidays", "message"),
    [
        ("{country: XX}", 'no holidays are known of a country "XX"'),
        ("{country: DE, subdivision: ZZ}", 'DE has no subdivision "ZZ"'),
        ("h.ics", "cannot read h.ics"),
    ],
)
def test_what_cannot_be_looked_up_is_told(holidays: str, message: str) -> None:
    files = texts({"h.ics": "no calendar"})
    made = defined(f'{{holidays: {holidays}, validThrough: "2028-12-31"}}', files)
    _, problems = expanded(made, files, {}, TODAY)
    assert [p.rule for p in problems] == ["calendar-file"]
    assert message in problems[0].message


def test_a_rule_that_repeats_every_day_is_no_list_of_holidays() -> None:
    files = texts({"h.ics": ICS.replace("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "FREQ=DAILY")})
    made = defined('{holidays: h.ics, validThrough: "2038-12-31"}', files)
    _, problems = expanded(made, files, {}, TODAY)
    assert ["more than 2000 days" in p.message for p in problems] == [True]
