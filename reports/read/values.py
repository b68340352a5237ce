"""Values of a source's columns: plain ones read by SQL in the database, all others here, once per distinct text.

What SQL cannot read stands in ``_bad`` as ``id=text``, what means "no date" as ``id~``, several separated by U+001F.
:func:`settle` then reads those texts as :mod:`reports.cells` does for every reader, and leaves in ``_bad`` only what
nobody can read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import duckdb
import pandas as pd

from reports import people
from reports.catalogue.columns import BY_ID, Column
from reports.cells import END_OF_DAYS, FIRST_DAY, NO_DAYS, ODD, UNITS, Cells, split_unit, whole
from reports.courts.case_no import clean_head_sql
from reports.model import Note
from reports.read.table import identifier, quote

NO_DATE_BEFORE = date(1900, 1, 2)  # what stands for a day before it means none
NO_LIMIT_AFTER = date(2030, 1, 1)  # live court systems store "no limit" as 2030-01-01 or later (field YJARQ)
_LONGEST = 60  # characters of an unreadable value that are kept
_PLAIN_DAY = (
    r"((?:19[5-9][0-9]|[2-9][0-9]{3}))[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
)
_MINUTE = "interval 1 minute"
NUMBERS = {"case_no": "_plain", "origin_case_no": "_origin_plain"}
"""The columns of case numbers whose heads are cut where they are read → the column of the heads of plain numbers."""
_OTHER_NUMBERS = frozenset({"basis_case_no", "second_no"})


@dataclass(frozen=True)
class Reading:
    """How one column of a source becomes a canonical one: SQL by steps, each a projection over the one before.

    ``first`` to ``third`` are expressions that ``value`` and ``bad`` (the text of ``_bad``, or ``None``) may use
    under the names of :func:`step`: what is used twice is a step, or planning the query takes longer than running it
    over some thousand rows. ``settled`` tells that unusual texts must be settled afterwards.
    """

    value: str
    bad: str | None = None
    first: str | None = None
    second: str | None = None
    third: str | None = None
    settled: bool = False


def step(column: Column, number: int) -> str:
    """The name under which the ``number``-th step of a column stands."""
    return identifier(f"\u00a7{number}{column.id}")


def reading(
    column: Column,
    name: str,
    kind: str,
    cells: Cells,
    scale: int,
    *,
    late: bool = False,
    spotless: bool = False,
    afterwards: bool = False,
    rewritten: Mapping[str, str] = MappingProxyType({}),
) -> Reading:
    """How to read a column of the engine's type ``kind``, whose amounts are in units of ``scale`` 元.

    ``late`` tells that all times of the column are the last minute before the day that is meant, ``spotless`` that no
    cell of a text column needs cleaning, ``afterwards`` that its few words are cleaned when all are there
    (:func:`clean_words`); ``rewritten`` are words of the dialect that stand for others.
    """
    text = kind == "VARCHAR"
    if column.kind == "date":
        if kind.startswith(("DATE", "TIMESTAMP")):
            return _typed_day(column, f"({name} + {_MINUTE})::DATE" if late else f"{name}::DATE")
        return _day(column, name if text else f"{name}::VARCHAR", cells)
    if column.kind in ("integer", "money"):
        return _number(column, name, kind, cells, scale)
    if column.id in NUMBERS:
        number, plain = name if text else f"{name}::VARCHAR", step(column, 1)
        value = f"CASE WHEN {plain} <> '' THEN {number} ELSE {cells.sql(number)} END"
        return Reading(value, None, clean_head_sql(number))
    if rewritten:  # '' leaves it to the case number
        words = " ".join(f"WHEN {quote(old)} THEN {quote(new)}" for old, new in rewritten.items())
        return Reading(f"nullif(CASE {step(column, 1)} {words} ELSE {step(column, 1)} END, '')", None, cells.sql(name))
    if text and spotless:
        return Reading(name)
    if text and afterwards:
        return Reading(f"nullif({name}, '')")
    if text:
        return Reading(cells.sql(name, words=column.kind != "flag"))
    return Reading(f"nullif(trim({name}::VARCHAR), '')")


def _in_range(sql: str) -> str:
    none = ", ".join(f"DATE '{day}'" for day in NO_DAYS if day >= FIRST_DAY)
    return f"{sql} >= DATE '{FIRST_DAY}' AND {sql} < DATE '{END_OF_DAYS}' AND {sql} NOT IN ({none})"


def _typed_day(column: Column, day: str) -> Reading:
    ours = step(column, 1)
    limit = f" AND {ours} < DATE '{NO_LIMIT_AFTER}'" if column.id == "deadline" else ""
    # Not one list of days: the engine would make a join of it, and carry that out for every row.
    none = " OR ".join(f"{ours} = DATE {quote(day.isoformat())}" for day in NO_DAYS)
    if limit:
        none = f"({none} OR ({ours} >= DATE '{NO_LIMIT_AFTER}' AND {ours} < DATE '{END_OF_DAYS}'))"
    bad = (
        f"CASE WHEN {ours} IS NOT NULL AND NOT ({_in_range(ours)}{limit}) THEN "
        f"CASE WHEN {none} THEN {quote(column.id + '~')} ELSE {quote(column.id + '=')} || {ours} END END"
    )
    return Reading(f"CASE WHEN {_in_range(ours)}{limit} THEN {ours} END", bad, day)


def _day(column: Column, text: str, cells: Cells) -> Reading:
    fast, rest, slow = (step(column, number) for number in (1, 2, 3))
    limit = f" AND {{}} < DATE '{NO_LIMIT_AFTER}'" if column.id == "deadline" else ""
    iso = f"CASE WHEN strlen({text}) = 10 THEN try_cast({text} AS DATE) END"
    dashed = f"regexp_replace({rest}, {quote(_PLAIN_DAY)}, '\\1-\\2-\\3')"
    packed = f"left({rest}, 4) || '-' || substr({rest}, 5, 2) || '-' || substr({rest}, 7)"
    written = (
        f"CASE WHEN regexp_full_match({rest}, {quote(_PLAIN_DAY)}) AND NOT contains({rest}, '23:59') "
        f"THEN try_cast({dashed} AS DATE) "
        f"WHEN regexp_full_match({rest}, '(19[5-9]|[2-9][0-9]{{2}})[0-9]{{5}}') THEN try_cast({packed} AS DATE) END"
    )
    plain = f"CASE WHEN {_in_range('§d')}{limit.format('§d')} THEN §d END"
    first = plain.replace("§d", f"({iso})")
    second = f"CASE WHEN {fast} IS NULL AND {text} IS NOT NULL THEN {cells.sql(text)} END"
    checked = plain.replace("§d", slow)
    left = f"{quote(column.id + '=')} || left({rest}, {_LONGEST})"
    bad = f"CASE WHEN {rest} IS NOT NULL AND {checked} IS NULL THEN {left} END"
    return Reading(f"coalesce({fast}, {checked})", bad, first, second, written, settled=True)


def _number(column: Column, name: str, kind: str, cells: Cells, scale: int) -> Reading:
    fast, rest = step(column, 1), step(column, 2)
    if column.kind == "integer":
        cast = f"try_cast({name} AS BIGINT)"
        if kind == "VARCHAR":
            cast = f"CASE WHEN NOT contains({name}, '.') THEN {cast} END"
    elif scale == 1:
        cast = f"(try_cast({name} AS DECIMAL(18, 2)) * 100)::BIGINT"
    else:
        cast = f"(try_cast({name} AS DECIMAL(24, 8)) * {scale * 100})::BIGINT"
    if kind != "VARCHAR":
        bad = f"CASE WHEN {fast} IS NULL AND {name} IS NOT NULL THEN {quote(column.id + '=')} || {name}::VARCHAR END"
        return Reading(fast, bad, cast)
    second = f"CASE WHEN {fast} IS NULL AND {name} IS NOT NULL THEN {cells.sql(name)} END"
    bad = f"CASE WHEN {rest} IS NOT NULL THEN {quote(column.id + '=')} || left({rest}, {_LONGEST}) END"
    return Reading(fast, bad, cast, second, settled=True)


def plain_heads(columns: Sequence[tuple[Column, Reading]], *, short: bool) -> str:
    """SQL of the columns of :data:`NUMBERS`: the head of a number that is written plainly, else empty.

    ``short``: only its length, from which :func:`cut` makes it again.
    """
    found = {column.id: step(column, 1) for column, one in columns if one.first}
    kind = "UTINYINT" if short else "VARCHAR"
    return ", ".join(
        (f"length({found[name]})" if short and name in found else found.get(name, "NULL")) + f"::{kind} AS {told}"
        for name, told in NUMBERS.items()
    )


def cut() -> str:
    """SQL of the columns of :data:`NUMBERS` in a table that has their lengths, for a REPLACE."""
    return ", ".join(f"left({name}, {told}) AS {told}" for name, told in NUMBERS.items())


def plain_number(column: str) -> str:
    """SQL telling that a text of a column of case numbers is written plainly; of other columns none is."""
    if column in NUMBERS:
        return f"coalesce({NUMBERS[column]} <> '', false)"
    return f"({clean_head_sql(column)} <> '')" if column in _OTHER_NUMBERS else "false"


def masked(bad: str) -> str:
    """What stands in ``_bad``, naming nobody: a day and a number have no place for a name."""
    items = (item.partition("=") for item in bad.split("\x1f"))
    return "\x1f".join(f"{name}{sign}{people.masked(text, whole=True)}" for name, sign, text in items)


def key(text: str) -> str:
    """SQL of 64 bits that are alike for rows of one number that is written plainly, from its text as it stands."""
    return f"hash({text}::VARCHAR)"


def projection(columns: Sequence[tuple[Column, Reading]], head: str, query: str) -> str:
    """The SELECT that reads all columns of a source by their steps; ``head`` are further expressions."""
    for number in (1, 2, 3):
        steps = [
            f"{sql} AS {step(column, number)}"
            for column, one in columns
            if (sql := (one.first, one.second, one.third)[number - 1])
        ]
        if steps:
            query = f"SELECT *, {', '.join(steps)} FROM ({query})"
    bad = [one.bad for _, one in columns if one.bad]
    wrong = f"nullif(concat_ws(chr(31), {', '.join(bad)}), '')" if bad else "NULL::VARCHAR"
    values = ", ".join(f"{one.value} AS {identifier(column.id)}" for column, one in columns)
    return f"SELECT {head}, {wrong} AS _bad, {values} FROM ({query})"


def spotless(connection: duckdb.DuckDBPyConnection, query: str, names: Sequence[str], cells: Cells) -> frozenset[str]:
    """The text columns of which no cell needs cleaning: looking once is cheaper than cleaning in every pass."""
    if not names:
        return frozenset()
    parts = ", ".join(
        f"count(*) FILTER ({cells.needs_cleaning(identifier(name))}) + count(*) FILTER ({identifier(name)} = '')"
        for name in names
    )
    (counts,) = connection.execute(f"SELECT {parts} FROM ({query})").fetchall()
    return frozenset(name for name, count in zip(names, counts, strict=True) if not count)


def suspected(connection: duckdb.DuckDBPyConnection, query: str, names: Mapping[str, str]) -> frozenset[str]:
    """The columns (canonical → the source's) of which some text may name a person or be odd, by one look at all."""
    if not names:
        return frozenset()
    parts = (
        f"coalesce(bool_or(regexp_extract({identifier(name)}, {quote(f'{people.LIKELY}|{ODD}')}) <> ''), false)"
        for name in names.values()
    )
    (found,) = connection.execute(f"SELECT {', '.join(parts)} FROM ({query})").fetchall()
    return frozenset(one for one, yes in zip(names, found, strict=True) if yes)


def clean_words(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], cells: Cells) -> None:
    """Clean text columns of few different words in a table: each word is looked at once, not each cell."""
    for column in columns:
        name = identifier(column.id)
        cleaned = cells.sql(name, words=column.kind != "flag")
        distinct = f"SELECT {name} FROM {relation} WHERE {name} IS NOT NULL GROUP BY 1 HAVING count(*) > 0"
        rows = connection.execute(f"SELECT {name}, {cleaned} FROM ({distinct})").fetchall()
        if found := [pair for pair in rows if pair[0] != pair[1]]:
            words = pd.DataFrame(found, columns=["word", "cleaned"]).astype("object")
            connection.register("incoming", words)
            connection.execute(
                f"UPDATE {relation} SET {name} = incoming.cleaned FROM incoming WHERE {relation}.{name} = incoming.word"
            )
            connection.unregister("incoming")


def all_late(connection: duckdb.DuckDBPyConnection, query: str, name: str) -> bool:
    """Whether all times of a typed column lie within the last minute of the day, but are not simply its end."""
    ((count, late, ends),) = connection.execute(
        f"SELECT count(*), count(*) FILTER (t >= TIME '23:59:00'), count(*) FILTER (t >= TIME '23:59:59') "
        f"FROM (SELECT {name}::TIMESTAMP::TIME AS t FROM ({query}) WHERE isfinite({name}))"
    ).fetchall()
    return bool(count and count == late and ends < late)


def late_note(column: Column, count: int) -> Note:
    """What is told of a column whose days were put right."""
    return Note(
        "shifted_days",
        f"{column.name}的时间都在零点前一分钟之内（如 23:59:17，是某些程序写表格时的已知错误），已改为次日",
        count,
    )


def settle(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, int],
    cells: Cells,
    today: date,
) -> list[Note]:
    """Read the texts that SQL left in ``_bad`` of a table; ``columns`` are those to settle, with their scales."""
    found = connection.execute(
        f"SELECT item, count(*) FROM (SELECT unnest(string_split(_bad, chr(31))) AS item FROM {relation} "
        "WHERE _bad IS NOT NULL) GROUP BY item ORDER BY item"
    ).fetchall()
    notes: list[Note] = []
    for name, scale in columns.items():
        mine = [(item, item.partition("=")[2], int(n)) for item, n in found if item.startswith(f"{name}=")]
        if not mine:
            continue
        column = BY_ID[name]
        if column.kind == "date":
            ((others,),) = connection.execute(f"SELECT count({identifier(name)}) FROM {relation}").fetchall()
            answers, told = _days(column, mine, cells, today, alone=not others)
            notes += told
        else:
            answers = [(item, *_amount(column, text, cells, scale)) for item, text, _ in mine]
        _update(connection, relation, name, [row for row in answers if row[1] is not None or row[2] != row[0]])
    return notes


def _days(
    column: Column, items: Sequence[tuple[str, str, int]], cells: Cells, today: date, *, alone: bool
) -> tuple[list[tuple[str, str | None, str | None]], list[Note]]:
    """(item, value, what stays in ``_bad``) of each unusual text, and what must be told of them."""
    read = [(item, text, n, cells.day(text, today)) for item, text, n in items]
    stamps = Counter[str]()
    for _, _, n, day in read:
        if day.day:
            stamps[day.stamp] += n
    late = alone and stamps["midnight"] > 0 and set(stamps) <= {"midnight", "midnight-end"}
    answers: list[tuple[str, str | None, str | None]] = []
    for item, text, _, day in read:
        if day.day is not None:
            moved = day.day + timedelta(1) if late else day.day
            if column.id == "deadline" and moved >= NO_LIMIT_AFTER:
                answers.append((item, None, f"{column.id}~"))
            else:
                answers.append((item, moved.isoformat(), None))
        elif day.none:
            answers.append((item, None, f"{column.id}~" if sum(map(str.isdecimal, text)) >= 5 else None))
        else:
            answers.append((item, None, item + day.hint))
    notes = []
    if late:
        notes.append(late_note(column, sum(stamps.values())))
    elif alone and set(stamps) == {"midnight-end"}:
        notes.append(Note("day_ends", f"{column.name}的时间都是 23:59:59，按当日计", stamps["midnight-end"]))
    if n := stamps["serial"]:
        notes.append(Note("serial_days", f"{column.name}是表格的日期序号（如 46206），已换算为日期", n))
    if n := stamps["zone"]:
        notes.append(Note("zoned_days", f"{column.name}带有时区，已换算为{cells.zone}的日期", n))
    return answers, notes


def _amount(column: Column, text: str, cells: Cells, scale: int) -> tuple[str | None, str | None]:
    number = cells.money(text, scale) if column.kind == "money" else whole(text)
    return (None, f"{column.id}={text}") if number is None else (str(number), None)


def _update(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    name: str,
    answers: Sequence[tuple[str, str | None, str | None]],
) -> None:
    if not answers:
        return
    frame = pd.DataFrame(answers, columns=["item", "value", "left_over"]).astype("object")
    connection.register("incoming", frame)
    kind = "DATE" if BY_ID[name].kind == "date" else "BIGINT"
    mark = "chr(31)"
    connection.execute(
        f"UPDATE {relation} SET {identifier(name)} = coalesce(incoming.value::{kind}, {identifier(name)}), "
        f"_bad = nullif(trim(replace({mark} || _bad || {mark}, {mark} || incoming.item || {mark}, "
        f"{mark} || coalesce(incoming.left_over || {mark}, '')), {mark}), '') "
        f"FROM incoming WHERE _bad IS NOT NULL AND incoming.item = "
        f"regexp_extract(chr(31) || _bad, '\\x1f({name}=[^\\x1f]*)', 1)"
    )
    connection.unregister("incoming")


def scale_of(column: Column, heading: str, stated: str | None, cells: Cells) -> tuple[int, str]:
    """How many 元 one unit of a column of money is, and why, for a note; (1, '') where nothing says so.

    ``[source.scale]`` goes before the unit in the heading, that before the unit that a title row states.
    """
    if column.kind != "money":
        return 1, ""
    if column.id in cells.scale:
        return cells.scale[column.id], "tongbao.toml 的 [source.scale]"
    _, unit = split_unit(heading)
    for found, why in ((unit, f"列名“{heading}”"), (stated, "标题行所写的单位")):
        if found and UNITS[found] >= 1:
            return int(UNITS[found]), why if UNITS[found] != 1 else ""
    return 1, ""
