"""Time limits: examples of the statutes, and the same arithmetic in Python and SQL."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from due_dates import add_months, due_date, union_days
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.courts.time_limits import DUE_SQL, procedure_for, procedures
from reports.courts.working_days import WorkingDays

P = procedures()
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


# Months


@pytest.mark.parametrize(
    ("filed", "months", "end"),
    [
        (date(2025, 3, 9), 1, date(2025, 4, 10)),  # start 10 March: the same day of the next month
        (date(2025, 2, 27), 1, date(2025, 3, 31)),  # start 28 February, the last day: to the last day
        (date(2024, 2, 27), 1, date(2024, 3, 28)),  # 28 February of a leap year is not the last day
        (date(2024, 2, 28), 1, date(2024, 3, 31)),  # 29 February of a leap year is
        (date(2025, 1, 29), 1, date(2025, 2, 28)),  # start 30 January: no such day, the last day
        (date(2025, 1, 30), 1, date(2025, 2, 28)),  # start 31 January
        (date(2025, 1, 30), 2, date(2025, 3, 31)),
        (date(2025, 4, 29), 1, date(2025, 5, 31)),  # start 30 April, the last day
        (date(2024, 12, 30), 2, date(2025, 2, 28)),  # over the end of the year
        (date(2025, 1, 31), 1, date(2025, 3, 1)),  # start 1 February
    ],
)
def test_criminal_months(filed, months, end):
    """刑诉解释202条 applied to the day after filing."""
    assert add_months(filed, months, "criminal") == end


@pytest.mark.parametrize(
    ("filed", "months", "end"),
    [
        (date(2025, 3, 10), 6, date(2025, 9, 10)),
        (date(2025, 2, 28), 1, date(2025, 3, 28)),  # the corresponding day, not the last one
        (date(2025, 1, 31), 1, date(2025, 2, 28)),  # no corresponding day: the last day
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2023, 8, 29), 6, date(2024, 2, 29)),
    ],
)
def test_general_months(filed, months, end):
    """民诉法85条, 民法典201—203条."""
    assert add_months(filed, months, "general") == end


# The table


def test_26_procedures_with_their_statutes():
    assert len(P) == 26
    for procedure in P.values():
        assert (procedure.base is None) == (procedure.limit != "fixed")
        assert procedure.statute or procedure.limit == "unknown"
        assert procedure.converts_to is None or procedure.converts_to in P
        assert (procedure.long is None) == (procedure.long_when == "")


@pytest.mark.parametrize(
    ("code", "applied", "id_"),
    [
        ("民初", None, "civ1_ordinary"),
        ("民初", "", "civ1_ordinary"),
        ("民初", "普通程序", "civ1_ordinary"),
        ("民初", "简易程序", "civ1_summary"),
        ("民初", "小额诉讼程序", "civ1_small"),
        ("民初", "涉外", "foreign"),
        ("民初", "涉外普通程序", "foreign"),
        ("民初", "船舶碰撞", "civ_maritime_collision"),
        ("民初", "速裁", None),
        ("民特", None, "civ_special"),
        ("民终", None, "civ2_judgment"),
        ("民终", "普通程序", "civ2_judgment"),
        ("民终", "裁定", "civ2_ruling"),
        ("民辖终", None, "civ2_ruling"),
        ("民申", None, "civ_retrial_review"),
        ("民再", "普通程序", "civ_retrial"),
        ("刑初", None, "crim1_public"),
        ("刑初", "自诉", "crim1_private_free"),
        ("刑初", "简易程序", "crim1_summary"),
        ("刑初", "速裁程序", "crim1_fasttrack"),
        ("刑终", None, "crim2"),
        ("刑再", None, "crim_retrial"),
        ("刑医", None, "crim_medical"),
        ("行初", None, "adm1_ordinary"),
        ("行初", "简易程序", "adm1_summary"),
        ("行终", None, "adm2"),
        ("行审", None, "adm_nonlit_review"),
        ("执", None, "enf"),
        ("执恢", None, "enf"),
        ("执", "非诉执行", "enf_nonlit"),
        ("执异", None, "enf_objection"),
        ("执复", None, "enf_review"),
        ("破", None, "bankruptcy"),
        ("民撤", None, None),
        (None, None, None),
    ],
)
def test_which_procedure(code, applied, id_):
    found = procedure_for(code, applied)
    assert (found.id if found else None) == id_


# Due dates

FILED = date(2025, 3, 10)


@pytest.mark.parametrize(
    ("id_", "due"),
    [
        ("civ1_ordinary", date(2025, 9, 10)),
        ("civ1_summary", date(2025, 6, 10)),
        ("civ1_small", date(2025, 5, 10)),
        ("civ2_ruling", date(2025, 4, 9)),
        ("crim1_public", date(2025, 5, 11)),
        ("crim1_summary", date(2025, 3, 30)),
        ("adm1_summary", date(2025, 4, 24)),
        ("enf", date(2025, 9, 10)),
        ("foreign", None),
        ("civ_retrial", None),
        ("enf_review", None),
        ("bankruptcy", None),
    ],
)
def test_base_limits(id_, due):
    assert due_date(P[id_], FILED) == due


def test_the_longer_limit_of_the_statute():
    assert due_date(P["crim1_public"], FILED, long=True) == date(2025, 6, 11)
    assert due_date(P["crim1_fasttrack"], FILED, long=True) == date(2025, 3, 25)
    # 一个半月 = one month and 15 days
    assert due_date(P["crim1_summary"], FILED, long=True) == date(2025, 4, 26)


def test_extensions():
    assert due_date(P["civ1_ordinary"], FILED, extensions_months=[6]) == date(2026, 3, 10)
    assert due_date(P["civ1_ordinary"], FILED, extensions_months=[6, 3]) == date(2026, 6, 10)
    assert due_date(P["civ1_ordinary"], FILED, extensions_months=[0.5]) == date(2025, 9, 25)
    assert due_date(P["civ1_ordinary"], FILED, extensions_months=[0.5, 0.5]) == date(2025, 10, 10)
    assert due_date(P["civ2_ruling"], FILED, extension_days=30) == date(2025, 5, 9)


def test_excluded_days_are_a_union():
    overlapping = [(date(2025, 4, 1), date(2025, 4, 10)), (date(2025, 4, 6), date(2025, 4, 15))]
    assert due_date(P["civ1_ordinary"], FILED, excluded=overlapping) == date(2025, 9, 25)
    # Only days after filing count.
    early = [(date(2025, 3, 1), date(2025, 3, 12))]
    assert due_date(P["civ1_ordinary"], FILED, excluded=early) == date(2025, 9, 12)
    before = [(date(2025, 2, 1), date(2025, 2, 12))]
    assert due_date(P["civ1_ordinary"], FILED, excluded=before) == date(2025, 9, 10)


def test_a_suspension_that_goes_on_counts_to_the_day_of_counting():
    suspended = [(date(2025, 4, 1), None)]
    assert due_date(P["civ1_ordinary"], FILED, excluded=suspended, as_of=date(2025, 4, 30)) == date(2025, 10, 10)
    assert due_date(P["civ1_ordinary"], FILED, excluded=suspended, as_of=date(2025, 3, 31)) == date(2025, 9, 10)
    with pytest.raises(ValueError, match="截至日期"):
        due_date(P["civ1_ordinary"], FILED, excluded=suspended)


def test_conversion_to_the_ordinary_procedure():
    decided = date(2025, 5, 20)
    # civil and administrative: from filing
    assert due_date(P["civ1_summary"], FILED, converted_to_ordinary=decided) == date(2025, 9, 10)
    assert due_date(P["civ1_small"], FILED, converted_to_ordinary=decided) == date(2025, 9, 10)
    assert due_date(P["adm1_summary"], FILED, converted_to_ordinary=decided) == date(2025, 9, 10)
    # criminal: from the decision
    assert due_date(P["crim1_summary"], FILED, converted_to_ordinary=decided) == date(2025, 7, 21)
    with pytest.raises(ValueError, match="不能转为"):
        due_date(P["civ2_judgment"], FILED, converted_to_ordinary=decided)


def test_a_holiday_at_the_end_is_moved_only_when_asked():
    filed = date(2025, 4, 1)  # six months later is 国庆节
    assert due_date(P["civ1_ordinary"], filed) == date(2025, 10, 1)
    assert due_date(P["civ1_ordinary"], filed, working_days=WorkingDays()) == date(2025, 10, 9)


def test_an_interval_must_not_end_before_it_starts():
    with pytest.raises(ValueError, match="早于"):
        union_days([(date(2025, 4, 2), date(2025, 4, 1))])


# Properties

intervals = st.lists(
    st.tuples(days, st.integers(0, 400)).map(lambda p: (p[0], p[0] + timedelta(days=p[1]))), max_size=8
)


@given(intervals)
def test_union_lies_between_the_longest_and_the_sum(periods):
    lengths = [(end - start).days + 1 for start, end in periods]
    assert max(lengths, default=0) <= union_days(periods) <= sum(lengths)


@given(intervals)
def test_union_equals_the_set_of_days(periods):
    covered = {start + timedelta(days=i) for start, end in periods for i in range((end - start).days + 1)}
    assert union_days(periods) == len(covered)


@given(intervals, st.randoms())
def test_order_and_repetition_do_not_matter(periods, random):
    shuffled = [*periods, *periods]
    random.shuffle(shuffled)
    assert union_days(shuffled) == union_days(periods)


@given(
    days,
    st.sampled_from([p for p in P.values() if p.base]),
    st.lists(st.sampled_from([0.5, 1, 2, 3, 6]), max_size=3),
    st.integers(0, 200),
    st.tuples(st.sampled_from([0, 0.5, 1, 3]), st.integers(0, 60)),
)
def test_due_date_grows_with_extensions(filed, procedure, months, extra, more):
    more_months, more_days = more
    before = due_date(procedure, filed, extensions_months=months, extension_days=extra)
    after = due_date(procedure, filed, extensions_months=[*months, more_months], extension_days=extra + more_days)
    assert due_date(procedure, filed) <= before <= after
    if more_days and not more_months:
        assert after == before + timedelta(days=more_days)


@given(days, days, st.integers(0, 36), st.sampled_from(["general", "criminal"]))
def test_months_keep_the_order_of_filing(one, other, months, rule):
    first, second = sorted((one, other))
    assert add_months(first, months, rule) <= add_months(second, months, rule)


@given(days, st.integers(1, 36))
def test_the_two_rules_differ_by_at_most_four_days(filed, months):
    difference = (add_months(filed, months, "criminal") - add_months(filed, months, "general")).days
    assert 0 <= difference <= 4


rows = st.lists(
    st.tuples(
        st.one_of(st.none(), days),
        st.integers(0, 36),
        st.integers(0, 500),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def _one(filed, months, extra, criminal):
    """The scalar rule on one row, by way of a procedure without a base of its own."""
    if filed is None:
        return None
    rule = "criminal" if criminal else "general"
    return (add_months(filed, months, rule) if months else filed) + timedelta(days=extra)


_connection = duckdb.connect()
_SQL = "SELECT " + DUE_SQL.format(filed="f", months="m", days="d", criminal="c")


@settings(deadline=None)
@given(rows)
def test_sql_and_scalar_agree(table):
    values = ", ".join("(?::DATE, ?::INTEGER, ?::INTEGER, ?::BOOLEAN, ?)" for _ in table)
    found = _connection.execute(
        f"{_SQL} FROM (VALUES {values}) AS t(f, m, d, c, i) ORDER BY i",
        [value for i, row in enumerate(table) for value in (*row, i)],
    ).fetchall()
    assert [row[0] for row in found] == [_one(*row) for row in table]


@settings(deadline=None)
@given(days, st.sampled_from([p for p in P.values() if p.base]), st.integers(0, 12), st.integers(0, 99))
def test_a_due_date_is_what_the_table_gives(filed, procedure, months, extra):
    row = (filed, procedure.base.months + months, procedure.base.days + extra, procedure.rule == "criminal")
    found = _connection.execute(
        f"{_SQL} FROM (VALUES (?::DATE, ?::INTEGER, ?::INTEGER, ?::BOOLEAN)) AS t(f, m, d, c)", row
    )
    assert found.fetchone() == (due_date(procedure, filed, extensions_months=[months], extension_days=extra),)
