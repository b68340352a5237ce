"""Cases that stay in a court's own database or cluster: only counts, small maps and a few rows set aside travel.

The same catalogue, the same rules for rows and the same maps as for files; what runs over all rows runs where they
are (:mod:`reports.read.engine.plan`), in the dialect of the engine (:mod:`reports.read.engine.words`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import sqlglot
from sqlglot import exp

from reports import people
from reports.catalogue.columns import BY_ID, REQUIRED
from reports.catalogue.unknown import COMPANION
from reports.catalogue.values import STANDARD, Vocabulary
from reports.cells import Cells, whole
from reports.courts import case_no
from reports.courts.derivation import derive
from reports.courts.tree import CourtTree
from reports.errors import ConfigError, InputError
from reports.model import CaseTable, Note
from reports.read import dialect as dialects
from reports.read import facts, finality, limits, units, wording
from reports.read.cases import UNIT_NAMES, left_out, pairs
from reports.read.database import Database
from reports.read.engine import plan as plans
from reports.read.engine.engines import Engine, open_engine
from reports.read.engine.plan import CASES, MAPS, ROWS, Plan
from reports.read.values import NO_DATE_BEFORE

SHOWN = 1000  # rows set aside that are listed
MOST_TEXTS = 2_000_000  # distinct heads, days or numbers; more are no heads, days or numbers
KINDS = ("postgresql", "spark", "trino", "clickhouse", "gaussdb", "opengauss", "kingbase")


@dataclass(frozen=True)
class Remote:
    """``[engine]``: what to connect to, and the relation with the court's own column names."""

    kind: str
    database: Database
    relation: str
    order: str | None = None
    options: Mapping[str, str] | None = None


@contextmanager
def read_engine(
    remote: Remote,
    base: Path,
    *,
    tree: CourtTree | None,
    dialect: str = "chinese",
    own_columns: Mapping[str, str] | None = None,
    today: date,
    wanted: frozenset[str],
    without: Sequence[str] = (),
    vocabulary: Vocabulary = STANDARD,
    engine: Engine | None = None,
    cells: Cells = Cells(),  # noqa: B008 - frozen
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[CaseTable]:
    """The cases of an engine's relation as a case table, for the time of the context.

    ``wanted`` are the columns that counts read; ``without`` the courts whose rows are left out; ``engine`` an open
    one, to be used instead of connecting. Raises as :func:`reports.read.read` does.
    """
    progress(f"连接 {remote.kind}")
    opened = engine or open_engine(remote.kind, remote.database, remote.options or {})
    try:
        with duckdb.connect() as local:
            plan = make_plan(remote, opened, base, dialect, own_columns or {}, today, wanted, vocabulary)
            progress("核对案件数据")
            plan, found = _load(plan, opened, tree, cells, without)
            yield _table(plan, opened, local, found, remote.relation)
    finally:
        if engine is None:
            opened.close()


def make_plan(
    remote: Remote,
    engine: Engine,
    base: Path,
    dialect: str,
    own_columns: Mapping[str, str],
    today: date,
    wanted: frozenset[str],
    vocabulary: Vocabulary = STANDARD,
) -> Plan:
    """Look at the columns of the relation and match them; no row is read."""
    relation = _relation(remote.relation, engine.dialect)
    types = engine.columns(relation)
    chosen = dialects.load(dialect, folder=base, extra=own_columns)
    found = chosen.match(tuple(types))
    dialects.require(chosen, found, tuple(types), f"[engine] relation：{remote.relation}")
    if remote.order and remote.order not in types:
        raise ConfigError(
            f"表中没有“{remote.order}”这一列。",
            where="tongbao.toml [engine] order",
            advice=f"表中的列：{'、'.join(types)}。",
        )
    for name in REQUIRED:
        if name in found and types[found[name]] == "other" and BY_ID[name].kind == "date":
            raise InputError(
                f"“{found[name]}”列的类型不能作日期。", where=remote.relation, advice="请在视图中转换为 DATE 或文字。"
            )
    types = {name: "text" if kind == "other" else kind for name, kind in types.items()}
    wanted = finality.wanted(wanted)
    return Plan(engine.words, relation, types, found, chosen, wanted, today, remote.order, vocabulary)


def _relation(text: str, dialect: str) -> str:
    """The name of a table or view and nothing else; raises :class:`ConfigError`."""
    advice = "写表名或视图名，如 tongji.v_anjian；只取一部分案件时，请建视图。"
    where = "tongbao.toml [engine] relation"
    try:
        table = sqlglot.parse_one(text, read=dialect, into=exp.Table)
    except sqlglot.errors.SqlglotError:
        raise ConfigError(f"“{text}”不是表名。", where=where, advice=advice) from None
    extra = {key for key, value in table.args.items() if value} - {"this", "db", "catalog"}
    if extra or not all(isinstance(part, exp.Identifier) for part in table.parts):
        raise ConfigError(f"“{text}”不是表名。", where=where, advice=advice)
    return table.sql(dialect=dialect)


# Reading what must be read here


def _load(
    plan: Plan, engine: Engine, tree: CourtTree | None, cells: Cells, without: Sequence[str]
) -> tuple[Plan, _Loaded]:
    """Send up the maps and keep the canonical rows, but for those of courts that are left out."""
    readers: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        (plans.DAYS, "date", partial(_read_day, cells, plan.today)),
        (plans.INTEGERS, "integer", whole),
    )
    for name, kind, read in readers:
        if sql := plan.distinct_texts(kind):
            texts = sorted(str(text) for text in _limited(engine.query(sql))["text"])
            engine.put(name, MAPS[name], [(text, read(text)) for text in texts])
    seen: list[tuple[Any, ...]] = [
        tuple(row) for row in _limited(engine.query(plan.distinct_heads)).itertuples(index=False, name=None)
    ]
    heads = [facts.of_head(head, tree) for head in sorted({head for head, *_ in seen if head})]
    codes: dict[str | None, str | None] = {row[0]: row[2] for row in heads}
    seen = [(head, court, origin, int(n)) for head, court, origin, n in seen]
    tree = tree or derive(pairs(seen, codes))
    named = wording.courts(tree, seen, codes)
    plan = replace(plan, without=frozenset(tree.find(text).code for text in without))
    origins = [(head, tree.successor(case_no.parse_head(head).court)) for head in sorted({o for *_, o, _ in seen if o})]
    engine.put(plans.HEADS, MAPS[plans.HEADS], heads)
    engine.put(plans.COURTS, MAPS[plans.COURTS], [(one.text, one.code, one.number) for one in named])
    engine.put(plans.ORIGINS, MAPS[plans.ORIGINS], [(h, c if c in tree.by_code else None) for h, c in origins])
    plan, wordings, masked = _wordings(plan, engine)
    engine.put(plans.WORDING, MAPS[plans.WORDING], plans.word_rows(wordings.values(), plan.vocabulary))
    applied = wordings["applied"].standard if "applied" in wordings else ()
    engine.put(plans.LIMITS, MAPS[plans.LIMITS], plans.limit_rows((row[3] for row in heads), applied))
    left = _left(engine.query(plan.left)) if plan.without else {}
    engine.keep(ROWS, plan.rows)
    engine.keep(CASES, plan.cases)
    notes = (*wording.former_note(tree, seen, plan.today), *masked)
    return plan, _Loaded(tree, named, wordings, left, notes)


def _left(found: pd.DataFrame) -> dict[str, tuple[int, date | None]]:
    """Of each court that is left out its rows and its last day."""
    days = [[day for day in (_day(filed), _day(concluded)) if day] for filed, concluded in
            zip(found["filed"], found["concluded"], strict=True)]  # fmt: skip
    return {
        str(code): (int(n), max(mine, default=None))
        for code, n, mine in zip(found["code"], found["n"], days, strict=True)
    }


@dataclass(frozen=True)
class _Loaded:
    """What was read of the distinct texts."""

    tree: CourtTree
    courts: Sequence[wording.CourtText]
    wordings: Mapping[str, wording.Wording]
    left: Mapping[str, tuple[int, date | None]]  # courts that are left out: their rows and last day
    notes: Sequence[Note]


def _wordings(plan: Plan, engine: Engine) -> tuple[Plan, dict[str, wording.Wording], list[Note]]:
    """The words of the coded columns, and the plan by which no text names anybody, with what must be told of that."""
    found: dict[str, dict[str, int]] = {name: {} for name in plan.coded}
    if sql := plan.distinct_words:
        for name, text, n in _limited(engine.query(sql))[["field", "text", "n"]].itertuples(index=False, name=None):
            found.setdefault(name, {})[text] = int(n)
    masks, notes, taken = {}, [], dict[str, str]()
    for name in (one for one in BY_ID if one in found):
        if mine := people.masks(found[name], taken if name in UNIT_NAMES else None):
            masks[name] = mine
            notes.append(wording.people_note(name, sum(found[name][text] for text in mine)))
    words = {
        name: wording.wording(
            name,
            [(masks.get(name, {}).get(text, text), n) for text, n in found[name].items()],
            plan.vocabulary,
            plan.dialect,
        )
        for name in plan.coded
    }
    return replace(plan, masks=masks), words, notes


def _limited(frame: pd.DataFrame) -> pd.DataFrame:
    if len(frame) > MOST_TEXTS:
        raise InputError(
            f"不同的值超过{MOST_TEXTS}个，不像是案号、日期或天数。",
            where="tongbao.toml [engine] relation",
            advice="请核对列名对照；日期列请在视图中转换为 DATE 类型。",
        )
    return frame


def _read_day(cells: Cells, today: date, text: str) -> date | None:
    """A day as in files; a word for "no date" becomes a day that stands for none (see ``facts.plausible``)."""
    found = cells.day(text, today)
    return NO_DATE_BEFORE - timedelta(1) if found.none else found.day


# What is known afterwards


def _table(plan: Plan, engine: Engine, local: duckdb.DuckDBPyConnection, found: _Loaded, name: str) -> CaseTable:
    counted = engine.query(
        f"SELECT reason, count(*) AS n FROM (SELECT {_kind(plan)} AS reason FROM {ROWS} "
        "WHERE _problem IS NOT NULL) p GROUP BY reason"
    )
    reasons = {str(reason): int(n) for reason, n in zip(counted["reason"], counted["n"], strict=True)}
    summary = engine.query(
        f"SELECT count(*) AS n, min(concluded) AS first, max(concluded) AS last, max(filed) AS filed FROM {CASES}"
    ).iloc[0]
    used = int(summary["n"])
    rows = used + sum(reasons.values())
    ((total,),) = engine.query(f"SELECT count(*) AS n FROM {plan.relation}").itertuples(index=False)
    if not total:
        raise InputError("没有一行案件数据。", where=name, advice="请核对 [engine] relation 和统计期。")
    if total != rows + sum(n for n, _ in found.left.values()):
        raise InputError(
            f"表中有{total}行，核对了{rows}行：读取期间数据有变动。",
            where=name,
            advice="请稍后重新运行，或改用不变的快照表。",
        )
    unknown = _unknown(plan, engine)
    last = [day for day in (_day(summary["last"]), _day(summary["filed"])) if day]
    return CaseTable(
        connection=local,
        relation=CASES,
        columns=plan.columns,
        tree=found.tree.without(plan.without),
        rows_in=rows,
        rows_used=used,
        set_aside=_set_aside(plan, engine, name),
        notes=(*_notes(plan, engine, found), *found.notes, *_unknown_notes(plan, engine, unknown)),
        files=(name,),
        first=_day(summary["first"]),
        last=max(last, default=None),
        engine=engine,
        reasons=dict(sorted(reasons.items())),
        unknown=unknown,
        courts=frozenset(one.code for one in found.courts if one.code) - plan.without,
        without=left_out(found.tree, plan.without, found.left),
    )


def _kind(plan: Plan) -> str:
    """SQL of the kind of a reason: what stands before the colon, without the dates."""
    w = plan.words
    plain = w.replace.format(x="_problem", p=w.literal("：.*$"), r="''")
    return w.replace.format(x=plain, p=w.literal("（[0-9-]{10}）"), r="''")


def _day(value: Any) -> date | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()


def _set_aside(plan: Plan, engine: Engine, name: str) -> pd.DataFrame:
    """The first rows that cannot be used, in the order of ``[engine] order``, else by number."""
    order = "_order, " if plan.order else ""
    frame = engine.query(
        f"SELECT _order, _court_text, case_no, _problem FROM {ROWS} WHERE _problem IS NOT NULL "
        f"ORDER BY {order}case_no, _problem LIMIT {SHOWN}"
    )
    places = [int(value) if isinstance(value, int) else 0 for value in frame["_order"].tolist()]
    rows = pd.DataFrame(
        {
            "文件": pd.Series([name] * len(frame), dtype="object"),
            "行": pd.Series(places, dtype="int64"),
            "法院": pd.Series(frame["_court_text"].tolist(), dtype="str"),
            "案号": pd.Series(frame["case_no"].tolist(), dtype="str"),
            "原因": pd.Series(frame["_problem"].tolist(), dtype="str"),
        }
    )
    return wording.without_people(rows)


def _unknown(plan: Plan, engine: Engine) -> frozenset[str]:
    """The columns of the cases in which unknown words are left."""
    if not plan.companions:
        return frozenset()
    sums = ", ".join(f"sum({COMPANION}{name}) AS n{place}" for place, name in enumerate(plan.companions))
    counted = engine.query(f"SELECT {sums} FROM {CASES}").iloc[0]
    return frozenset(name for place, name in enumerate(plan.companions) if counted[f"n{place}"])


def _unknown_notes(plan: Plan, engine: Engine, unknown: frozenset[str]) -> list[Note]:
    notes = []
    for name in plan.coded:
        if name in unknown:
            column = plan.words.name(name)
            sql = f"SELECT {column} AS text, count(*) AS n FROM {ROWS} WHERE _problem IS NULL "
            rows = engine.query(f"{sql}AND {COMPANION}{name} = 1 GROUP BY {column}")
            notes.append(
                wording.unknown_note(name, [(str(t), int(n)) for t, n in zip(rows["text"], rows["n"], strict=True)])
            )
    return notes


def _notes(plan: Plan, engine: Engine, found: _Loaded) -> tuple[Note, ...]:
    origins = "origin_case_no" in plan.columns
    checks = [(n, t, "_merged = 1" if w == "_merged" else w) for n, t, w in facts.checks(origins=origins)]
    unread = {f"unread_{name}": name for name in BY_ID if name in plan.unreadable}
    others = [(key, "", f"bad_{name} IS NOT NULL") for key, name in unread.items()]
    others += [(name, "", f"{name} = 1") for name in ("_court_by_number", "_spelt", "_by_number")]
    sums = ", ".join(f"count(CASE WHEN {where} THEN 1 END) AS n{place}" for place, (*_, where) in enumerate(others))
    numbers = engine.query(f"SELECT {sums} FROM {ROWS} WHERE _problem IS NULL").iloc[0]
    counted = {name: int(numbers[f"n{place}"]) for place, (name, *_) in enumerate(others)}
    every = (*checks, *limits.CHECKS)
    rows = engine.query(facts.by_month(every, f"(SELECT * FROM {ROWS} WHERE _problem IS NULL) used"))
    by_check = facts.told(every, rows.itertuples(index=False, name=None))
    due = {name for name, *_ in limits.CHECKS}
    notes = [note for note in by_check if note.id not in due]
    notes += [wording.unread_note(name, counted[key]) for key, name in unread.items() if counted[key]]
    notes += [note for note in by_check if note.id in due]
    if n := counted["_court_by_number"]:
        notes.append(wording.court_note(found.tree, [one for one in found.courts if one.number], n))
    return (*notes, *wording.told(found.wordings.values(), counted["_spelt"], counted["_by_number"]))


def statements(
    remote: Remote,
    base: Path,
    *,
    dialect: str = "chinese",
    own_columns: Mapping[str, str] | None = None,
    today: date,
    wanted: frozenset[str],
    counting: Callable[[frozenset[str], frozenset[str], str, str], str],
    below: bool = False,
    without: Iterable[str] = (),
    vocabulary: Vocabulary = STANDARD,
    engine: Engine | None = None,
) -> str:
    """Everything that runs over all rows, for a database administrator to read.

    ``counting`` writes the counting statement from the columns at hand, the relation and the dialect. The engine is
    asked for the columns of the relation and for nothing else. ``without`` are the codes of courts that are left out;
    ``below``: the cases are divided into departments and teams, where they name any.
    """
    opened = engine or open_engine(remote.kind, remote.database, remote.options or {})
    try:
        plan = make_plan(remote, opened, base, dialect, own_columns or {}, today, wanted, vocabulary)
        plan = replace(plan, without=frozenset(without))
    finally:
        if engine is None:
            opened.close()
    below = below and bool({"dept", "team"} & plan.columns)
    work = _finality(plan)
    relation = units.RELATION if below else finality.RELATION if work else CASES
    columns = plan.columns | (work.days if work else frozenset())
    unknown = frozenset(plan.companions) | ({finality.FINALITY} if work and work.undecided else frozenset())
    return script(plan, counting(columns, unknown, relation, plan.words.dialect), below=below)


def _finality(plan: Plan) -> finality.Work | None:
    """How the days of becoming final and of enforcement are worked out, where they are asked for and can be told."""
    if not finality.DAYS & plan.wanted or not finality.told(plan.columns):
        return None
    words = plan.words
    return finality.Work(CASES, plan.columns, plan.companions, plan.case_columns, words, words.identity)


def script(plan: Plan, counting: str, *, below: bool = False) -> str:
    """The statements of a plan, each under a remark that says what it is for; ``below`` with those of units."""
    work = _finality(plan)
    cases = finality.RELATION if work else CASES
    divided = units.dividing_sql(cases, plan.columns, plan.words.identity)
    parts = [
        ("读取不同的案号头、法院、原审案号头（逐种在本机识别）", plan.distinct_heads),
        *(
            (f"读取以文字存放的{what}（逐种在本机识别）", sql)
            for what, kind in (("日期", "date"), ("整数", "integer"))
            if (sql := plan.distinct_texts(kind))
        ),
        *([("读取各代码列的不同写法（逐种在本机识别）", plan.distinct_words)] if plan.distinct_words else []),
        *([("写明不计入的法院各有多少行、最后一件的日期", plan.left)] if plan.without else []),
        (f"{ROWS}：逐行核对，_problem 为不能使用的原因；tongbao_ 开头的其他表是上面识别的结果", plan.rows),
        (f"{CASES}：可以使用的案件", plan.cases),
        *((f"{name}：{finality.REMARKS[name]}", sql) for name, sql in (work.statements if work else ())),
        *([("读取不同的承办部门、团队（逐种在本机识别）", units.naming_sql(cases, plan.columns))] if below else []),
        *([(f"{units.RELATION}：案件所属的部门、团队（{units.NAMES} 是上面识别的结果）", divided)] if below else []),
        ("计数：只有这一结果传回本机；undecided_ 各列只在有不认识的写法时计算", counting),
    ]
    return "\n\n".join(
        f"-- {place}. {remark}\n{sql if sql is counting else _BREAKS.sub(_NEW_LINE, sql)};"
        for place, (remark, sql) in enumerate(parts, 1)
    )


# Where a line is broken for reading; what is printed is what runs, but for line breaks.
_BREAKS = re.compile(
    r" (?=(?:FROM|LEFT JOIN|WHERE|GROUP BY|UNION ALL|CASE WHEN) )|(?<=,) (?=\w[\w.]* AS |coalesce|CASE)"
)
_NEW_LINE = "\n"
