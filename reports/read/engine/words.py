"""How engines differ: one row of SQL words for each dialect, and nothing else about dialects anywhere.

Templates take ``{x}`` (an expression), ``{p}`` (a regular expression as a literal), ``{n}`` (a number). Regular
expressions are restricted to what RE2, Java, Joni, PostgreSQL and Python read alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from reports.courts import case_no

# What ``trim`` of the embedded engine removes: the space separators of Unicode (Zs).
BLANKS = " \u00a0\u1680" + "".join(chr(code) for code in range(0x2000, 0x200B)) + "\u202f\u205f\u3000"


@dataclass(frozen=True)
class Words:
    """The words of one dialect; ``dialect`` is its name in sqlglot."""

    dialect: str
    text: str  # a value as text
    trim: str  # without BLANKS at both ends
    extract: str  # the first group of a match; NULL or empty without one
    matches: str
    replace: str  # every match of {p} by the literal {r}
    translate: str  # characters {a} to those of {b}; characters beyond the end of {b} are deleted
    left: str  # the first {n} characters
    date: str  # a date or timestamp as a date
    day_text: str  # a date as 2025-01-31
    money: str  # a text of digits as DECIMAL(18, 2), NULL where it is too long
    add_months: str
    add_days: str
    last_day: str  # of the month
    bytewise: str = "{x}"  # a text that is ordered by its code points
    settings: str = ""  # after every statement

    def name(self, text: str) -> str:
        """A quoted identifier."""
        return exp.to_identifier(text, quoted=True).sql(dialect=self.dialect)

    def literal(self, text: str) -> str:
        """A text literal."""
        return exp.Literal.string(text).sql(dialect=self.dialect)

    def day(self, iso: str) -> str:
        """A date literal."""
        cast = exp.Cast(this=exp.Literal.string(iso), to=exp.DataType.build("date"))
        return cast.sql(dialect=self.dialect)

    def cast(self, sql: str, kind: str) -> str:
        """``sql`` as a type of sqlglot's names (bigint, date, varchar, boolean); NULL stays NULL."""
        place = exp.Cast(this=exp.column("cast_here"), to=exp.DataType.build(kind))
        return place.sql(dialect=self.dialect).replace("cast_here", sql)

    def trimmed(self, sql: str) -> str:
        """A value as text without blanks; empty is NULL."""
        text = self.text.format(x=sql)
        return f"nullif({self.trim.format(x=text, b=self.literal(BLANKS), p=self.literal(_ENDS))}, '')"

    def number(self, sql: str) -> str:
        """A case number in one spelling, as ``case_no.normalise``."""
        replaced, spelt, deleted = case_no.CHARACTERS
        return self.translate.format(
            x=sql,
            a=self.literal(replaced + deleted),
            b=self.literal(spelt),
            same=self.literal(replaced),
            gone=self.literal(f"[{deleted}]"),
        )

    def head(self, sql: str) -> str:
        """The head of a case number, as ``case_no.head``; numbers written in the plain way need no normalising."""
        full = self.extract.format(x=self.number(sql), p=self.literal(case_no.CUT))
        return f"coalesce(nullif({self._plain(sql)}, ''), nullif({full}, ''))"

    def identity(self, sql: str) -> str:
        """The identity of a case, as ``case_no.identity``."""
        replaced, spelt, deleted = case_no.CHARACTERS
        small, capital = case_no.LETTERS
        number = self.translate.format(
            x=sql,
            a=self.literal(replaced + small + deleted),
            b=self.literal(spelt + capital),
            same=self.literal(replaced + small),
            gone=self.literal(f"[{deleted}]"),
        )
        parts = {
            name: f"coalesce({self.extract.format(x=number, p=self.literal(case_no.part_pattern(name)))}, '')"
            for name in ("before", "zeros", "first", "more")
        }
        full = case_no.IDENTITY.format(number=number, **parts)
        return f"CASE WHEN coalesce({self._plain(sql)}, '') <> '' THEN {sql} ELSE {full} END"

    def _plain(self, sql: str) -> str:
        return self.extract.format(x=sql, p=self.literal(case_no.PLAIN))


_ENDS = f"^[{BLANKS}]+|[{BLANKS}]+$"

DUCKDB = Words(
    dialect="duckdb",
    text="CAST({x} AS TEXT)",
    trim="trim({x})",
    extract="regexp_extract({x}, {p}, 1)",
    matches="regexp_matches({x}, {p})",
    replace="regexp_replace({x}, {p}, {r}, 'g')",
    translate="translate({x}, {a}, {b})",
    left="left({x}, {n})",
    date="CAST({x} AS DATE)",
    day_text="CAST({x} AS TEXT)",
    money="TRY_CAST({x} AS DECIMAL(18, 2))",
    add_months="CAST({x} + to_months({n}) AS DATE)",
    add_days="({x} + CAST({n} AS INTEGER))",
    last_day="last_day({x})",
)
POSTGRES = Words(
    dialect="postgres",
    text="CAST({x} AS TEXT)",
    trim="btrim({x}, {b})",
    extract="substring({x} from {p})",
    matches="({x} ~ {p})",
    replace="regexp_replace({x}, {p}, {r}, 'g')",
    translate="translate({x}, {a}, {b})",
    left="left({x}, {n})",
    date="CAST({x} AS DATE)",
    day_text="to_char({x}, 'YYYY-MM-DD')",
    money="CASE WHEN length({x}) <= 18 THEN CAST({x} AS DECIMAL(18, 2)) END",
    add_months="CAST({x} + make_interval(months => CAST({n} AS INTEGER)) AS DATE)",
    add_days="(CAST({x} AS DATE) + CAST({n} AS INTEGER))",
    last_day="CAST(date_trunc('month', {x}) + interval '1 month' - interval '1 day' AS DATE)",
    bytewise='{x} COLLATE "C"',
)
SPARK = Words(
    dialect="spark",
    text="CAST({x} AS STRING)",
    trim="trim(BOTH {b} FROM {x})",
    extract="regexp_extract({x}, {p}, 1)",
    matches="({x} RLIKE {p})",
    replace="regexp_replace({x}, {p}, {r})",
    translate="translate({x}, {a}, {b})",
    left="substring({x}, 1, {n})",
    date="CAST({x} AS DATE)",
    day_text="date_format({x}, 'yyyy-MM-dd')",
    money="try_cast({x} AS DECIMAL(18, 2))",
    add_months="add_months({x}, CAST({n} AS INT))",
    add_days="date_add({x}, CAST({n} AS INT))",
    last_day="last_day({x})",
)
TRINO = Words(
    dialect="trino",
    text="CAST({x} AS VARCHAR)",
    trim="trim(BOTH {b} FROM {x})",
    extract="regexp_extract({x}, {p}, 1)",
    matches="regexp_like({x}, {p})",
    replace="regexp_replace({x}, {p}, {r})",
    translate="translate({x}, {a}, {b})",
    left="substr({x}, 1, {n})",
    date="CAST({x} AS DATE)",
    day_text="format_datetime({x}, 'yyyy-MM-dd')",
    money="try_cast({x} AS DECIMAL(18, 2))",
    add_months="date_add('month', {n}, {x})",
    add_days="date_add('day', {n}, {x})",
    last_day="last_day_of_month({x})",
)
CLICKHOUSE = Words(
    dialect="clickhouse",
    text="toString({x})",
    trim="replaceRegexpAll({x}, {p}, '')",
    extract="extract({x}, {p})",
    matches="match({x}, {p})",
    replace="replaceRegexpAll({x}, {p}, {r})",
    translate="replaceRegexpAll(translateUTF8({x}, {same}, {b}), {gone}, '')",
    left="substringUTF8({x}, 1, {n})",
    date="toDate32({x})",
    day_text="toString({x})",
    money="toDecimal64OrNull({x}, 2)",
    add_months="addMonths({x}, {n})",
    add_days="addDays({x}, {n})",
    last_day="toLastDayOfMonth({x})",
    settings=" SETTINGS join_use_nulls = 1",
)
WORDS = {words.dialect: words for words in (DUCKDB, POSTGRES, SPARK, TRINO, CLICKHOUSE)}
