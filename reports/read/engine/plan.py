"""A relation of an engine → the canonical case table, as SQL for that engine.

What needs more than plain SQL (the grammar of case numbers, names of courts, the many ways to write a day) is read
once for each distinct text, here, as for files; the engine receives small maps and joins them. The rows stay where
they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reports.catalogue.columns import BY_ID, COLUMNS, REQUIRED, Column
from reports.catalogue.unknown import BASED_ON, COMPANION
from reports.catalogue.values import CODED, STANDARD, Vocabulary
from reports.courts import case_no
from reports.courts.time_limits import procedure_for, procedures, span_for, types_with_several
from reports.read import facts, wording
from reports.read.dialect import Dialect
from reports.read.engine.words import Words
from reports.read.values import NO_DATE_BEFORE, NO_LIMIT_AFTER

ROWS, CASES = "tongbao_rows", "tongbao_cases"
DAYS, INTEGERS, HEADS = "tongbao_days", "tongbao_integers", "tongbao_heads"
COURTS, ORIGINS, LIMITS, WORDING = "tongbao_courts", "tongbao_origins", "tongbao_limits", "tongbao_words"

# The columns of the maps that go up: name → kind.
MAPS: Mapping[str, Mapping[str, str]] = {
    DAYS: {"text": "text", "value": "date"},
    INTEGERS: {"text": "text", "value": "integer"},
    HEADS: {name: "integer" if name == "year" else "text" for name in facts.HEAD_COLUMNS},
    COURTS: {"text": "text", "code": "text", "number": "text"},  # number: only in rows whose number names this court
    WORDING: {
        "field": "text",
        "text": "text",
        "stage": "text",  # empty for all stages that are not named
        "word": "text",  # empty for an empty cell
        "known": "text",
        "other": "text",
    },
    ORIGINS: {"head": "text", "code": "text"},
    LIMITS: {
        "type": "text",
        "applied": "text",  # empty for none
        "months": "integer",
        "days": "integer",
        "months_extended": "integer",
        "days_extended": "integer",
        "criminal": "text",
    },
}
# Texts that a row is judged, counted or listed by; others (parties, judges) are not touched at all.
_TEXTS = frozenset({"case_no", "court", "line", "procedure", "applied", "outcome", "origin_case_no"})
_NAMING = ("cause", "dept", "team", "tags")  # texts that are told as they stand
_TIME = "([01]?[0-9]|2[0-3]):[0-5][0-9]"  # of day: days are few, days with times are many

_DIGITS = (
    (",", ""),
    ("，", ""),
    *zip("０１２３４５６７８９．", "0123456789.", strict=True),
)  # of an amount, written by hand


@dataclass(frozen=True)
class Plan:
    """Everything that is sent to an engine, for one relation.

    ``types`` are its columns with their kinds (text, date, integer, decimal); ``found`` maps canonical identifiers
    to them; ``wanted`` are the columns that counts read; ``order`` is the column that tells which of two rows with
    one number stands first.
    """

    words: Words
    relation: str
    types: Mapping[str, str]
    found: Mapping[str, str]
    dialect: Dialect
    wanted: frozenset[str]
    today: date
    order: str | None = None
    vocabulary: Vocabulary = STANDARD
    without: frozenset[str] = frozenset()  # courts (codes) whose rows are left out
    masks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # column → texts that name somebody, as shown

    @property
    def coded(self) -> tuple[str, ...]:
        """Columns whose words are looked up."""
        return tuple(column.id for column in self.read if column.id in CODED)

    @property
    def staged(self) -> tuple[str, ...]:
        """Those of them in which the stage of the case may decide."""
        return tuple(name for name in self.coded if self.vocabulary.stages(name))

    @property
    def companions(self) -> tuple[str, ...]:
        """Columns that have a companion where their words are unknown."""
        own = (*self.coded, *self.unreadable)
        return (*own, *(name for name, bases in BASED_ON.items() if set(bases) & set(own) and name not in own))

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Columns held as text, not all of which may be readable, and without which a row is still used."""
        names = (name for kind in ("date", "integer", "money") for name in self.textual(kind))
        return tuple(name for name in names if name not in REQUIRED)

    @property
    def read(self) -> tuple[Column, ...]:
        """The canonical columns that are read from the relation."""
        wanted = _TEXTS | self.wanted
        return tuple(
            c for c in COLUMNS if not c.derived and c.id in self.found and (c.kind != "text" or c.id in wanted)
        )

    @property
    def links_origins(self) -> bool:
        """Whether the conclusion day of the case appealed from is looked up in the data."""
        return "origin_concluded" in self.wanted and "origin_case_no" in self.found

    @property
    def columns(self) -> frozenset[str]:
        """Canonical columns that hold anything."""
        have = {c.id for c in self.read} | {"type", "line", "procedure", "litigation", "starting_court"}
        have |= {"deadline", "statutory_deadline"}
        if "origin_case_no" in have:
            have |= {"origin_court"} | ({"origin_concluded"} if self.links_origins else set())
        return frozenset(have)

    def textual(self, kind: str) -> tuple[str, ...]:
        """Columns of a kind that the relation holds as text."""
        return tuple(c.id for c in self.read if c.kind == kind and self.types[self.found[c.id]] == "text")

    # What must be read here

    @property
    def distinct_heads(self) -> str:
        """Distinct (head, court as written, head of the origin, number of rows)."""
        return f"SELECT _head, court, _origin, count(*) AS n FROM ({self.raw}) r GROUP BY _head, court, _origin"

    def distinct_texts(self, kind: str) -> str | None:
        """The distinct texts of all columns of a kind that are held as text; ``None`` when there are none."""
        columns = self.textual(kind)
        if not columns:
            return None
        parts = (f"SELECT DISTINCT {self._key(name)} AS text FROM {self.relation}" for name in columns)
        return f"SELECT DISTINCT text FROM ({' UNION ALL '.join(parts)}) t WHERE text IS NOT NULL"

    @property
    def distinct_words(self) -> str | None:
        """The distinct words of the coded columns, and texts that are told, and their rows; ``None`` without any."""
        w = self.words
        parts = (
            f"SELECT {w.literal(name)} AS field, {w.name(name)} AS text, count(*) AS n FROM ({self._counted}) r "
            f"WHERE {w.name(name)} IS NOT NULL GROUP BY {w.name(name)}"
            for name in (*self.coded, *(column.id for column in self.read if column.id in _NAMING))
        )
        return " UNION ALL ".join(parts) or None

    # The rows

    @property
    def raw(self) -> str:
        """The rows as typed by the source, with the heads of their numbers."""
        w = self.words
        names = {c.id: w.name(c.id) for c in COLUMNS}
        parts = []
        for column in COLUMNS:
            if column in self.read:
                parts.append(f"{self._value(column)} AS {names[column.id]}")
            elif column.id in (
                "line",
                "procedure",
                "applied",
                "extended",
                "excluded_days",
                "deadline",
                "origin_case_no",
            ):
                kind = {"date": "date", "integer": "bigint"}.get(column.kind, "varchar")
                parts.append(f"{w.cast('NULL', kind)} AS {names[column.id]}")
        for name in (*self.textual("date"), *self.textual("integer"), *self.textual("money")):
            parts.append(f"{w.trimmed(w.name(self.found[name]))} AS {w.name('t_' + name)}")
        for name in (*self.textual("date"), *self.textual("integer")):
            parts.append(f"{self._key(name)} AS {w.name('k_' + name)}")
        parts.append(f"{w.name(self.order) if self.order else w.cast('NULL', 'bigint')} AS _order")
        heads = f"{w.head('case_no')} AS _head, {w.head('origin_case_no')} AS _origin"
        return f"SELECT s.*, {heads} FROM (SELECT {', '.join(parts)} FROM {self.relation}) s"

    @property
    def _counted(self) -> str:
        """The rows without those of courts that are left out."""
        if not self.without:
            return self.raw
        return f"SELECT r.* FROM ({self.raw}) r {' '.join(self._named)} WHERE {self._stays}"

    @property
    def _stays(self) -> str:
        return f"(c.code IS NULL OR c.code NOT IN ({self._listed}))"

    @property
    def _named(self) -> list[str]:
        """The joins that tell a row's court."""
        return [
            f"LEFT JOIN {HEADS} h ON r._head = h.head",
            f"LEFT JOIN {COURTS} c ON r.court = c.text AND (c.number IS NULL OR c.number = h.number_court)",
        ]

    @property
    def rows(self) -> str:
        """Every row with its canonical columns and, in ``_problem``, the reason why it cannot be used."""
        inner = f"SELECT r.*, {self._problem} AS _problem, {self._facts} FROM ({self._typed}) r {self._joins}"
        if self.without:
            inner += f" WHERE {self._stays}"
        return self._without_duplicates(inner)

    @property
    def left(self) -> str:
        """Of each court that is left out: its rows, and its last day filed and concluded."""
        today = self.words.cast(self.words.literal(str(self.today)), "date")
        last = ", ".join(
            f"max(CASE WHEN r.{day} <= {today} THEN r.{day} END) AS {day}" for day in ("filed", "concluded")
        )
        return (
            f"SELECT c.code AS code, count(*) AS n, {last} FROM ({self._typed}) r {self._joins} "
            f"WHERE c.code IN ({self._listed}) GROUP BY c.code"
        )

    @property
    def _listed(self) -> str:
        return ", ".join(map(self.words.literal, sorted(self.without)))

    @property
    def case_columns(self) -> list[str]:
        """The columns of the cases, with their companions."""
        names = sorted((self.wanted & self.columns) | {"court", "line", "procedure", "filed", "concluded"})
        return names + [COMPANION + name for name in self.companions]

    @property
    def cases(self) -> str:
        """The rows that are used, with the columns that counts and notes read."""
        w, names = self.words, self.case_columns
        linked = "origin_concluded" if self.links_origins else ""
        chosen = ", ".join(f"a.{w.name(name)} AS {w.name(name)}" for name in names if name != linked)
        if not linked:
            return f"SELECT {chosen} FROM {ROWS} a WHERE a._problem IS NULL"
        given = "a.origin_concluded" if "origin_concluded" in self.found else w.cast("NULL", "date")
        return (
            f"SELECT {chosen}, coalesce({given}, f.concluded) AS origin_concluded FROM {ROWS} a LEFT JOIN ("
            f"SELECT _number AS number, max(concluded) AS concluded FROM {ROWS} "
            f"WHERE _problem IS NULL AND concluded IS NOT NULL GROUP BY _number) f "
            f"ON {w.identity('a.origin_case_no')} = f.number WHERE a._problem IS NULL"
        )

    @property
    def _typed(self) -> str:
        """Texts of days, whole numbers and money become values, by the maps."""
        w = self.words
        days, integers = self.textual("date"), self.textual("integer")
        replaced = {name: self._plausible(name, f"d_{name}.value") for name in days}
        replaced |= {name: f"i_{name}.value" for name in integers}
        plainly = [name for name in self.coded if name not in self.staged]
        replaced |= {name: f"nullif(w_{name}.word, '')" for name in plainly}
        parts = [
            f"{replaced.get(c.id, f's.{w.name(c.id)}')} AS {w.name(c.id)}"
            for c in COLUMNS
            if c in self.read
            or c.id in ("line", "procedure", "applied", "extended", "excluded_days", "deadline", "origin_case_no")
        ]
        for name in days:
            parts.append(
                f"CASE WHEN s.t_{name} IS NOT NULL AND d_{name}.value IS NULL THEN s.t_{name} END AS bad_{name}"
            )
        for name in integers:
            parts.append(
                f"CASE WHEN s.t_{name} IS NOT NULL AND i_{name}.value IS NULL THEN s.t_{name} END AS bad_{name}"
            )
        for name in self.textual("money"):
            value = f"s.{w.name(name)}"
            parts.append(f"CASE WHEN s.t_{name} IS NOT NULL AND {value} IS NULL THEN s.t_{name} END AS bad_{name}")
        parts += [f"w_{name}.known AS known_{name}" for name in plainly]
        other = " OR ".join(f"w_{name}.other = '是'" for name in plainly)
        parts.append(f"CASE WHEN {other or '1 = 0'} THEN 1 ELSE 0 END AS _spelt")
        parts += ["s._order AS _order", "s._head AS _head", "s._origin AS _origin"]
        joins = [f"LEFT JOIN {DAYS} d_{name} ON s.k_{name} = d_{name}.text" for name in days]
        joins += [f"LEFT JOIN {INTEGERS} i_{name} ON s.k_{name} = i_{name}.text" for name in integers]
        joins += [
            f"LEFT JOIN {WORDING} w_{name} ON w_{name}.field = {w.literal(name)} AND w_{name}.stage = '' "
            f"AND w_{name}.text = s.{w.name(name)}"
            for name in plainly
        ]
        return f"SELECT {', '.join(parts)} FROM ({self.raw}) s {' '.join(joins)}"

    @property
    def _facts(self) -> str:
        """Derived columns under their own names where the row has none, else prefixed until the last step."""
        w = self.words
        parts = [f"{sql} AS {w.name('x_' + name)}" for name, sql in self._derived.items()]
        parts += [f"nullif(w_{name}.word, '') AS x_{name}" for name in self.staged]
        parts += [f"CASE WHEN {self._unknown(name)} THEN 1 ELSE 0 END AS {COMPANION}{name}" for name in self.companions]
        other = " OR ".join(["r._spelt = 1", *(f"w_{name}.other = '是'" for name in self.staged)])
        told = " OR ".join(f"r.known_{n} = '否' AND h.{n} IS NOT NULL" for n in wording.BY_NUMBER if n in self.coded)
        identity = w.identity("r.case_no")
        parts += [
            f"CASE WHEN {other} THEN 1 ELSE 0 END AS x__spelt",
            f"CASE WHEN {told or '1 = 0'} THEN 1 ELSE 0 END AS _by_number",
            "CASE WHEN c.number IS NOT NULL THEN 1 ELSE 0 END AS _court_by_number",
            f"{identity} AS _number",
            f"{w.number('r.case_no')} AS _spelling",
        ]
        parts += ["h.number_court AS _number_court", "h.year AS _number_year", "h.era AS _era"]
        given = self._given
        computed, statutory = self._due(extended=True), self._due(extended=False)
        unknown = "coalesce(r.extended, '') = '是'"
        parts += [f"{given} AS _given", f"{computed} AS _computed", f"{statutory} AS _statutory"]
        return ", ".join([*parts, f"{unknown} AS _unknown_length"])

    @property
    def _derived(self) -> dict[str, str]:
        """How columns follow from the row and its number, which decides where the row's word is unknown."""
        found: dict[str, str] = {}
        for name in wording.BY_NUMBER:
            if name in self.coded:
                last = ", '其他'" if name == "line" else ""
                told = f"CASE WHEN r.known_{name} = '否' THEN h.{name} END"
                found[name] = f"coalesce({told}, r.{name}, h.{name}{last})"
        return facts.derived(found)

    def _unknown(self, name: str) -> str:
        """SQL telling that a word or a value is unknown, or one that a column is worked out from."""
        own = []
        if name in self.unreadable:
            own.append(f"r.bad_{name} IS NOT NULL")
        if name in self.staged:
            own.append(f"w_{name}.known = '否'")
        elif name in self.coded:
            own.append(f"r.known_{name} = '否'" + (f" AND h.{name} IS NULL" if name in wording.BY_NUMBER else ""))
        given = f" AND {self._given} IS NULL" if name == "deadline" else ""
        several = ", ".join(self.words.literal(kind) for kind in types_with_several())
        for basis in BASED_ON.get(name, ()):
            if basis in self.coded or basis in self.unreadable:
                more = f" AND h.type IN ({several})" if basis == "applied" else ""
                own.append(f"({self._unknown(basis)}){given}{more}")
        return " OR ".join(own)

    @property
    def _given(self) -> str:
        return "r.deadline" if "deadline" in self.found else self.words.cast("NULL", "date")

    def _due(self, *, extended: bool) -> str:
        """The day by which a case is due, as ``time_limits.DUE_SQL``; NULL where there is no limit."""
        w = self.words
        months, days, filed = "l.months", "l.days", "r.filed"
        if extended:
            longer = "r.extended = '是'"
            months = f"CASE WHEN {longer} THEN l.months_extended ELSE l.months END"
            days = f"(CASE WHEN {longer} THEN l.days_extended ELSE l.days END + coalesce(r.excluded_days, 0))"
        start = w.add_days.format(x=filed, n=1)
        end_of_month = w.last_day.format(x=w.add_months.format(x=start, n=months))
        due = (
            f"CASE WHEN ({months}) = 0 THEN {filed} "
            f"WHEN l.criminal = '否' THEN {w.add_months.format(x=filed, n=f'({months})')} "
            f"WHEN {start} = {w.last_day.format(x=start)} THEN {end_of_month} "
            f"ELSE {w.add_months.format(x=start, n=f'({months})')} END"
        )
        valued = f"{filed} IS NOT NULL AND l.type IS NOT NULL AND ({months}) IS NOT NULL AND ({days}) IS NOT NULL"
        return f"CASE WHEN {valued} THEN {w.add_days.format(x=f'({due})', n=f'({days})')} END"

    @property
    def _joins(self) -> str:
        w, procedure = self.words, self._derived["procedure"]
        joins = [
            *self._named,
            f"LEFT JOIN {ORIGINS} o ON r._origin = o.head",
            f"LEFT JOIN {LIMITS} l ON l.type = h.type AND l.applied = coalesce(r.applied, '')",
        ]
        for name in self.staged:
            stages = ", ".join(w.literal(stage) for stage in self.vocabulary.stages(name))
            joins.append(
                f"LEFT JOIN {WORDING} w_{name} ON w_{name}.field = {w.literal(name)} AND w_{name}.text = r.{name} "
                f"AND w_{name}.stage = CASE WHEN {procedure} IN ({stages}) THEN {procedure} ELSE '' END"
            )
        return " ".join(joins)

    @property
    def _problem(self) -> str:
        w, textual = self.words, self.textual("date")

        def left(sql: str) -> str:
            return w.left.format(x=sql, n=40)

        def unread(name: str) -> tuple[str, str]:
            return (f"r.bad_{name} IS NOT NULL", left(f"r.bad_{name}")) if name in textual else ("1 = 0", "''")

        def text(sql: str) -> str:
            return w.day_text.format(x=sql)

        return facts.problem(w.day(self.today.isoformat()), left=left, unread=unread, text=text)

    def _without_duplicates(self, inner: str) -> str:
        """Of the rows of one case the latest state is used, of a contradiction none (as ``CaseLoader``).

        Equal states go by ``order``, then by all that is read, empty values last.
        """
        w = self.words
        keys = ["_order"] + [w.name(c.id) for c in self.read if c.id != "case_no"]
        by = ", ".join(
            part
            for key, kind in zip(keys, ["integer", *(c.kind for c in self.read if c.id != "case_no")], strict=True)
            for part in (
                f"CASE WHEN {key} IS NULL THEN 1 ELSE 0 END",
                w.bytewise.format(x=key) if kind in ("text", "flag") else key,
            )
        )
        outcome = "x_outcome" if "outcome" in self.staged else w.cast("NULL", "varchar")
        suffixed = f"CASE WHEN {facts.suffixed('_spelling')} THEN 1 ELSE 0 END"
        latest = (
            f"{suffixed}, CASE WHEN concluded IS NULL THEN 1 ELSE 0 END, concluded DESC, "
            f"CASE WHEN {outcome} IS NULL THEN 1 ELSE 0 END, CASE WHEN filed IS NULL THEN 1 ELSE 0 END, filed DESC"
        )
        same = "_number, CASE WHEN _problem IS NULL AND _era IS NOT NULL THEN 1 ELSE 0 END"
        first = f"OVER (PARTITION BY {same} ORDER BY {latest}, {by})"
        day = f"OVER (PARTITION BY {same}, {suffixed}, concluded)"
        several = w.matches.format(x="_number", p=w.literal(case_no.SEVERAL))
        placed = (
            f"SELECT q.*, {suffixed} AS _suffixed, row_number() {first} AS _place, "
            f"first_value(concluded) {first} AS _last, first_value(filed) {first} AS _last_filed, "
            f"first_value({suffixed}) {first} AS _last_suffixed, "
            f"CASE WHEN {several} THEN 1 ELSE 0 END AS _merged, "
            f"CASE WHEN min({outcome}) {day} <> max({outcome}) {day} THEN 1 ELSE 0 END AS _torn FROM ({inner}) q"
        )
        kept = [c.id for c in self.read if c.id not in ("court", "line", "procedure", "deadline", *self.staged)]
        columns = [f"p.{w.name(name)} AS {w.name(name)}" for name in kept]
        columns += [f"p.{w.name('x_' + name)} AS {w.name(name)}" for name in (*self._derived, *self.staged)]
        columns += [f"p.bad_{n} AS bad_{n}" for k in ("date", "integer", "money") for n in self.textual(k)]
        due = "coalesce(p._given, p._computed)"
        if "deadline" in self.unreadable:  # what could not be read is not replaced by what we would expect
            due = f"CASE WHEN p.bad_deadline IS NULL THEN {due} END"
        columns += [f"{due} AS deadline", "p._statutory AS statutory_deadline"]
        columns += [
            f"p.{n} AS {n}" for n in ("_given", "_computed", "_unknown_length", "_number_court", "_era", "_order")
        ]
        columns += [f"p.{n} AS {n}" for n in ("_number", "_by_number", "_court_by_number")]
        columns += [f"p.{COMPANION}{name} AS {COMPANION}{name}" for name in self.companions]
        columns += ["p.x__spelt AS _spelt", "p._merged AS _merged"]
        if "applied" not in kept:
            columns.append(f"{w.cast('NULL', 'varchar')} AS applied")
        columns.append("coalesce(p.x_court, p.court) AS _court_text")
        usable = "p._problem IS NULL AND p._era IS NOT NULL"
        problem = (
            f"CASE WHEN {usable} AND p._torn = 1 AND p.concluded = p._last AND p._suffixed = p._last_suffixed "
            f"THEN '{facts.TORN}' "
            f"WHEN {usable} AND p._place > 1 THEN CASE WHEN p._suffixed > p._last_suffixed THEN '{facts.SUFFIXED}' "
            f"WHEN {_alike('p.concluded', 'p._last')} AND {_alike('p.filed', 'p._last_filed')} "
            f"THEN '{facts.DUPLICATE}' ELSE '{facts.EARLIER}' END ELSE p._problem END"
        )
        return f"SELECT {', '.join(columns)}, {problem} AS _problem FROM ({placed}) p"

    # Values

    def _value(self, column: Column) -> str:
        """One column of the relation as typed; texts of days and whole numbers wait for their maps."""
        w = self.words
        name = w.name(self.found[column.id])
        kind = self.types[self.found[column.id]]
        if column.kind == "date":
            return w.cast("NULL", "date") if kind == "text" else self._plausible(column.id, w.date.format(x=name))
        if column.kind == "integer":
            return w.cast("NULL", "bigint") if kind == "text" else w.cast(name, "bigint")
        if column.kind == "money":  # 元 in the source, 分 from here on
            value = w.cast(name, "decimal(18, 2)")
            if kind == "text":
                text = w.trimmed(name)
                for mark, plain in _DIGITS:
                    text = f"replace({text}, '{mark}', '{plain}')"
                number = w.matches.format(x=text, p=w.literal("^[-+]?[0-9]+([.][0-9]*)?$"))
                value = f"CASE WHEN {number} THEN {w.money.format(x=text)} END"
            return w.cast(f"({value}) * 100", "bigint")
        text = w.trimmed(name)
        rewritten = self.dialect.values.get(column.id, {})
        if rewritten and column.id not in CODED:
            text = f"nullif({self._instead(text, rewritten)}, '')"
        return self._instead(text, self.masks.get(column.id, {}))

    def _instead(self, text: str, words: Mapping[str, str]) -> str:
        """SQL of a text, some words of which stand for others."""
        w = self.words
        cases = " ".join(f"WHEN {w.literal(old)} THEN {w.literal(new)}" for old, new in words.items())
        return f"CASE {text} {cases} ELSE {text} END" if words else text

    def _key(self, name: str) -> str:
        """The text by which a day or whole number is looked up: every time of day is midnight."""
        w = self.words
        text = w.trimmed(w.name(self.found[name]))
        if BY_ID[name].kind != "date":
            return text
        seconds = w.replace.format(x=text, p=w.literal(f"{_TIME}:[0-5][0-9]$"), r=w.literal("00:00:00"))
        minutes = w.replace.format(x=seconds, p=w.literal(f"{_TIME}$"), r=w.literal("00:00"))
        return f"CASE WHEN {text} LIKE '%:%' THEN {minutes} ELSE {text} END"

    def _plausible(self, name: str, sql: str) -> str:
        def day(one: date) -> str:
            return self.words.day(one.isoformat())

        return facts.plausible(name, sql, day, NO_DATE_BEFORE, NO_LIMIT_AFTER)


def _alike(one: str, other: str) -> str:
    return f"({one} = {other} OR ({one} IS NULL AND {other} IS NULL))"


def word_rows(wordings: Iterable[wording.Wording], vocabulary: Vocabulary) -> list[tuple[object, ...]]:
    """The standard word of every text of the coded columns, for the map WORDING."""
    rows: list[tuple[object, ...]] = []
    for one in wordings:
        for text, general in one.words.items():
            for stage in ("", *vocabulary.stages(one.column)):
                special = one.by_stage.get(stage, {}).get(text)
                word = general if special is None else special
                known = "否" if special is None and text in one.unknown else "是"
                rows.append((one.column, text, stage, word, known, "是" if word != text else "否"))
    return rows


def limit_rows(types: Iterable[str | None], applied: Iterable[str | None]) -> list[tuple[object, ...]]:
    """The limit of every pair of type code and procedure applied, for the map LIMITS."""
    found: list[tuple[object, ...]] = []
    kinds = sorted({kind for kind in types if kind})
    known = procedures()
    for word in (None, *sorted({word for word in applied if word})):
        for kind in kinds:
            procedure = procedure_for(kind, word)
            if procedure is None or procedure.id not in known or procedure.base is None:
                continue
            base, longer = span_for(procedure), span_for(procedure, extended=True)
            spans: Sequence[int | None] = [
                *((base.months, base.days) if base else (None, None)),
                *((longer.months, longer.days) if longer else (None, None)),
            ]
            found.append((kind, word or "", *spans, "是" if procedure.rule == "criminal" else "否"))
    return found
