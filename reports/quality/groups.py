"""Rules on distributions: missing shares, number gaps, low months, last days. One query each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from reports.catalogue.columns import BY_NAME
from reports.catalogue.quality import QualityRule
from reports.courts import case_no
from reports.courts.periods import Period
from reports.model import CaseTable, Quality, QualityFinding
from reports.quality.row_rules import quoted
from reports.words import percent

Check = Callable[[CaseTable, QualityRule, Period, date | None], Quality]
NEEDED_MONTH = 0.3  # of the median month: from the first such month on, an export counts as complete
_PLAIN_NUMBER = "[^0-9至、-]([1-9][0-9]{0,8})号$"
_MERGED = "[0-9]号?[-‐‑–—―−~～至、,，;；][0-9]"
SHOWN_GROUPS, SHOWN_RANGES = 4, 5


def _quality(rule: QualityRule, findings: Iterable[QualityFinding], base: int) -> Quality:
    found = tuple(findings)
    return Quality(found, {rule.id: (sum(finding.count for finding in found), base)})


def _before(period: Period, number: int) -> list[Period]:
    """The single periods before, latest first."""
    found: list[Period] = []
    while len(found) < number and (previous := (found[-1] if found else period).previous):
        found.append(previous)
    return found


def _place(column: str, periods: Sequence[Period]) -> str:
    """SQL: the place of a date among periods, NULL outside all of them."""
    windows = [f"BETWEEN DATE '{period.start}' AND DATE '{period.end}'" for period in periods]
    whens = " ".join(f"WHEN {column} {window} THEN {place}" for place, window in enumerate(windows))
    return f"CASE {whens} END"


# Required fields


@dataclass(frozen=True)
class _Missing:
    """Rows without a field in one court: now and in the periods before, with all rows."""

    court: str
    name: str
    missing: Sequence[int]
    rows: Sequence[int]


def _missing(table: CaseTable, rule: QualityRule, periods: Sequence[Period]) -> list[_Missing]:
    found = []
    for by in ("filed", "concluded"):
        fields = [BY_NAME[name] for name in rule.names(by) if BY_NAME[name].id in table.columns]
        if not fields:
            continue
        counts = ", ".join(f'count_if("{field.id}" IS NULL)' for field in fields)
        rows = table.connection.execute(
            f"SELECT court, {_place(by, periods)} AS k, count(*), {counts} FROM {table.relation} "
            f"WHERE {by} BETWEEN DATE '{periods[-1].start}' AND DATE '{periods[0].end}' GROUP BY 1, 2"
        ).fetchall()
        cells = {(row[0], row[1]): row[2:] for row in rows}
        for court in sorted({row[0] for row in rows}):
            of = [cells.get((court, k), (0,) * (1 + len(fields))) for k in range(len(periods))]
            found += [
                _Missing(court, field.name, [cell[1 + i] for cell in of], [cell[0] for cell in of])
                for i, field in enumerate(fields)
            ]
    return found


def _by_court(rule: QualityRule, hits: Iterable[tuple[_Missing, str]], base: int) -> Quality:
    courts: dict[str, list[tuple[_Missing, str]]] = defaultdict(list)
    for item, text in hits:
        courts[item.court].append((item, text))
    return _quality(
        rule,
        (
            QualityFinding(
                rule,
                court,
                sum(item.missing[0] for item, _ in items),
                sum(item.rows[0] for item, _ in items),
                "、".join(text for _, text in items),
            )
            for court, items in sorted(courts.items())
        ),
        base,
    )


def missing_share(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """More than ``percent`` and more than ``times`` the mean share of the four periods before."""
    hits, base = [], 0
    for item in _missing(table, rule, [period, *_before(period, 4)]):
        missing, rows = item.missing[0], item.rows[0]
        base += rows
        earlier = [m / n for m, n in zip(item.missing[1:], item.rows[1:], strict=True) if n]
        usual = sum(earlier) / len(earlier) if earlier else 0.0
        if missing >= rule.number("least") and missing / rows > max(
            rule.number("percent") / 100, rule.number("times") * usual
        ):
            before = f"，此前平均{100 * usual:.1f}%" if earlier else ""
            hits.append((item, f"{item.name}缺{missing}件（占{percent(missing, rows)}{before}）"))
    return _by_court(rule, hits, base)


def missing_jump(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """The share rose by ``points`` percentage points or more over the period before."""
    hits, base = [], 0
    for item in _missing(table, rule, [period, *_before(period, 1)]):
        base += item.rows[0]
        if len(item.rows) < 2 or not (item.rows[0] and item.rows[1]) or item.missing[0] < rule.number("least"):
            continue
        now, before = (m / n for m, n in zip(item.missing, item.rows, strict=True))
        if 100 * (now - before) >= rule.number("points"):
            shown = percent(item.missing[0], item.rows[0]), percent(item.missing[1], item.rows[1])
            hits.append((item, f"{item.name}缺失比例由{shown[1]}升至{shown[0]}"))
    return _by_court(rule, hits, base)


# Numbers


def complete_from(table: CaseTable) -> date | None:
    """The first day from which the data seem to hold every case that was filed.

    An export of all cases concluded since a day, and those pending, is complete for filings from about the first
    month with many conclusions; an export by filing date begins with a full month of filings.
    """
    found = []
    for column, sharp in (("concluded", False), ("filed", True)):
        months = table.connection.execute(
            f"SELECT date_trunc('month', {column})::DATE, count(*), min({column}) FROM {table.relation} "
            f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        if not months:
            continue
        needed = NEEDED_MONTH * sorted(n for _, n, _ in months)[len(months) // 2]
        full = next((month for month, n, _ in months if n >= needed), None)
        if full and (not sharp or (full == months[0][0] and months[0][2].day <= 10)):
            found.append(full)
    return min(found, default=None)


def make_serials(table: CaseTable, since: date | None) -> date | None:
    """Make the temporary table ``serials`` of all numbers of covered years; returns the first day covered."""
    since = since or complete_from(table)
    if since is None:
        return None
    first = since.year if (since.month, since.day) == (1, 1) else since.year + 1
    plain = f"regexp_extract(case_no, '{_PLAIN_NUMBER}', 1)"
    keys = "_number_court AS court, type, _number_year AS year"
    of = f"FROM {table.all_rows} WHERE _era = '2016' AND _number_year >= {first} AND type IS NOT NULL"
    table.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE serials AS SELECT {keys}, try_cast({plain} AS BIGINT) AS n {of} GROUP BY ALL"
    )
    if not table.connection.execute("SELECT 1 FROM serials WHERE n IS NULL LIMIT 1").fetchall():
        return since
    full = case_no.NUMBER_SQL.replace("{column}", "case_no")
    table.connection.execute(
        f"INSERT INTO serials SELECT * FROM (SELECT {keys}, try_cast({full} AS BIGINT) AS n {of} AND {plain} = '' "
        "EXCEPT SELECT * FROM serials)"
    )
    merged = table.connection.execute(
        f"SELECT _number_court, type, _number_year, case_no {of} AND {plain} = '' "
        f"AND regexp_matches(case_no, '{_MERGED}')"
    ).fetchall()
    more = [(c, t, y, int(n)) for c, t, y, text in merged for n in case_no.parse(text).numbers[1:]]
    if more:
        frame = pd.DataFrame(more, columns=["court", "type", "year", "n"])
        table.connection.register("merged_numbers", frame)
        table.connection.execute(
            "INSERT INTO serials SELECT * FROM (SELECT * FROM merged_numbers EXCEPT SELECT * FROM serials)"
        )
        table.connection.unregister("merged_numbers")
    return since


def _sequences(table: CaseTable, rule: QualityRule) -> list[Numbers]:
    """(court, type, year, numbers present, highest number) of every covered sequence."""
    skipped = ", ".join(quoted(name) for name in rule.names("not_types"))
    rows = table.connection.execute(
        f"SELECT court, type, year, count(*), max(n) FROM serials WHERE n IS NOT NULL AND type NOT IN ({skipped}) "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [row for row in rows if row[0] in table.tree.by_code]


Numbers = tuple[str, str, int, int, int]
NO_YEAR = "数据没有从年初开始完整包含的年份"


def sequences(table: CaseTable, rules: Sequence[QualityRule], period: Period, since: date | None) -> Quality:
    """The two rules on running numbers, which share the table of all numbers."""
    found = Quality()
    covered = make_serials(table, since)
    for rule in rules:
        rows = _sequences(table, rule) if covered else []
        check = number_gap if rule.id == "number_gap" else partial_sequence
        found += check(table, rule, rows) if rows else Quality(unchecked={rule.id: NO_YEAR})
    return found


def number_gap(table: CaseTable, rule: QualityRule, found: Sequence[Numbers]) -> Quality:
    """Numbers between 1 and the highest that are not in the data, per court, type and covered year."""
    ranges: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
    for court, kind, year, first, last in gaps(table, rule).astype("object").itertuples(index=False):
        ranges[court, kind, year].append((first, last))
    courts: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    base = 0
    for court, kind, year, present, highest in found:
        base += highest
        if missing := ranges.get((court, kind, year)):
            text = "、".join(str(a) if a == b else f"{a}—{b}" for a, b in missing[:SHOWN_RANGES])
            more = "等" if len(missing) > SHOWN_RANGES else ""
            courts[court].append((highest - present, highest, f"{year}年{kind}第{text}号{more}"))
    return _quality(
        rule,
        (
            QualityFinding(
                rule,
                court,
                sum(n for n, *_ in items),
                sum(of for _, of, _ in items),
                "；".join(text for *_, text in items[:SHOWN_GROUPS]) + ("；等" if len(items) > SHOWN_GROUPS else ""),
            )
            for court, items in sorted(courts.items())
        ),
        base,
    )


def gaps(table: CaseTable, rule: QualityRule) -> pd.DataFrame:
    """Every missing range: court, type, year, first, last. Needs :func:`make_serials` to have run."""
    skipped = ", ".join(quoted(name) for name in rule.names("not_types"))
    frame = table.connection.execute(
        "WITH wide AS (SELECT court, type, year FROM serials WHERE n IS NOT NULL GROUP BY ALL "
        f"HAVING count(*) < max(n) AND count(*) * 100 >= {rule.number('least_percent')} * max(n)), "
        "steps AS (SELECT court, type, year, n, "
        "lag(n, 1, 0) OVER (PARTITION BY court, type, year ORDER BY n) AS before "
        f"FROM serials SEMI JOIN wide USING (court, type, year) WHERE n IS NOT NULL AND type NOT IN ({skipped})) "
        "SELECT court, type, year, before + 1 AS first, n - 1 AS last FROM steps WHERE n > before + 1 ORDER BY ALL"
    ).df()
    return frame[frame["court"].isin(table.tree.by_code)]


def partial_sequence(table: CaseTable, rule: QualityRule, found: Sequence[Numbers]) -> Quality:
    """Sequences of which the data hold less than ``least_percent``: an extract, not gaps."""
    least = rule.number("least_percent")
    courts: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for court, kind, year, present, highest in found:
        if highest >= rule.number("least_numbers") and present * 100 < least * highest:
            courts[court].append((highest - present, highest, f"{year}年{kind}只有{percent(present, highest)}"))
    findings = (
        QualityFinding(
            rule,
            court,
            sum(n for n, *_ in items),
            sum(of for _, of, _ in items),
            "、".join(text for *_, text in items[:SHOWN_GROUPS]),
        )
        for court, items in sorted(courts.items())
    )
    return _quality(rule, findings, sum(highest for *_, highest in found))


# Distributions over days and months


def month_low(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """A month's filings or conclusions under ``percent`` of the mean of the same month in years before."""
    start = since or complete_from(table)
    texts: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    base = enough = 0
    covered = [month for month in period.split(1) if table.last is None or month.start <= table.last]
    if not covered:
        return Quality(unchecked={rule.id: "数据没有到这一期"})
    for month in covered:
        windows = [month]
        while start and (earlier := windows[-1].year_before).start >= start:
            windows.append(earlier)
        if len(windows) <= rule.number("years"):
            continue
        enough += 1
        for by, name in (("filed", "收案"), ("concluded", "结案")):
            place = _place(by, windows)
            rows = table.connection.execute(
                f"SELECT court, {place} AS k, count(*) FROM {table.relation} WHERE {place} IS NOT NULL GROUP BY 1, 2"
            ).fetchall()
            cells = {(court, k): n for court, k, n in rows}
            for court in sorted({court for court, *_ in rows}):
                now = cells.get((court, 0), 0)
                usual = sum(cells.get((court, k), 0) for k in range(1, len(windows))) / (len(windows) - 1)
                base += now
                if usual >= rule.number("least") and 100 * now < rule.number("percent") * usual:
                    counts[court] += now
                    texts[court].append(f"{month.label}{name}{now}件，往年同月平均{usual:.0f}件")
    if not enough:
        return Quality(unchecked={rule.id: f"往年同月的数据不足{rule.whole('years')}年"})
    return _quality(
        rule, (QualityFinding(rule, c, max(counts[c], 1), base, "；".join(t)) for c, t in sorted(texts.items())), base
    )


def last_day(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """Share of conclusions on the last day with any, against ``times`` the court's own mean.

    The mean is taken as at least an even share of the working days, so that a few cases are no excess.
    """
    periods = [period, *_before(period, rule.whole("periods"))]
    place = _place("concluded", periods)
    rows = table.connection.execute(
        f"WITH placed AS (SELECT court, concluded, {place} AS k FROM {table.relation} WHERE {place} IS NOT NULL), "
        "ends AS (SELECT k, max(concluded) AS day FROM placed GROUP BY 1) "
        "SELECT court, k, count(*), count_if(concluded = day) FROM placed JOIN ends USING (k) GROUP BY 1, 2"
    ).fetchall()
    cells = {(court, k): (n, last) for court, k, n, last in rows}
    even = 7 / (5 * ((period.end - period.start).days + 1))
    findings, base = [], 0
    for court in sorted({court for court, *_ in rows}):
        n, last = cells.get((court, 0), (0, 0))
        base += n
        before = [cells[court, k] for k in range(1, len(periods)) if (court, k) in cells]
        usual = sum(b for _, b in before) / sum(a for a, _ in before) if before else even
        if last >= rule.number("least") and last / n > rule.number("times") * max(usual, even):
            text = f"此前{len(before)}期平均为{100 * usual:.2f}%" if before else "没有以前各期可供比较"
            findings.append(QualityFinding(rule, court, last, n, text))
    return _quality(rule, findings, base)


def bulk_date(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """One day with more than ``percent`` of the period's filings, and at least ``least``."""
    rows = table.connection.execute(
        "WITH days AS (SELECT court, filed, count(*) AS n FROM "
        f"{table.relation} WHERE filed BETWEEN DATE '{period.start}' AND DATE '{period.end}' GROUP BY 1, 2) "
        "SELECT court, max(n), sum(n)::BIGINT, arg_max(filed, n) FROM days GROUP BY 1 ORDER BY 1"
    ).fetchall()
    findings = [
        QualityFinding(rule, court, top, n, f"{day.year}年{day.month}月{day.day}日")
        for court, top, n, day in rows
        if top >= rule.number("least") and 100 * top > rule.number("percent") * n
    ]
    return _quality(rule, findings, sum(n for _, _, n, _ in rows))


def weekend(table: CaseTable, rule: QualityRule, period: Period, since: date | None) -> Quality:
    """More than ``percent`` of the period's filings on Saturdays and Sundays."""
    rows = table.connection.execute(
        f"SELECT court, count_if(isodow(filed) > 5), count(*) FROM {table.relation} "
        f"WHERE filed BETWEEN DATE '{period.start}' AND DATE '{period.end}' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    findings = [
        QualityFinding(rule, court, free, n)
        for court, free, n in rows
        if free >= rule.number("least") and 100 * free > rule.number("percent") * n
    ]
    return _quality(rule, findings, sum(n for *_, n in rows))


def check_groups(
    table: CaseTable, rules: Mapping[str, QualityRule], period: Period, complete_since: date | None = None
) -> Quality:
    """All rules of this module that are among ``rules``."""
    found = Quality()
    for name, check in _CHECKS.items():
        if name in rules:
            found += check(table, rules[name], period, complete_since)
    if numbered := [rules[name] for name in _SEQUENCES if name in rules]:
        found += sequences(table, numbered, period, complete_since)
    return found


_CHECKS: Mapping[str, Check] = {
    "missing_share": missing_share,
    "missing_jump": missing_jump,
    "month_low": month_low,
    "last_day": last_day,
    "bulk_date": bulk_date,
    "weekend": weekend,
}
_SEQUENCES = ("number_gap", "partial_sequence")
