"""Rules on single rows: each a condition, all evaluated in one pass over the table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from reports.catalogue.columns import COLUMNS
from reports.catalogue.quality import QualityRule
from reports.courts.case_types import case_types
from reports.model import CaseTable, Quality, QualityFinding

EXAMPLES = 5
FILE_STEP = 10**12
PLACE = f"({{0}}._file::BIGINT * {FILE_STEP} + {{0}}._line)"  # one number for a row's place in the sources
BITS = 60  # conditions to a BIGINT
_NEVER_NAMED = ("case_no", "court")  # columns that hold numbers and courts, not free text
_ID_CARD = "[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"  # GB 11643-1999
_PHONE = "(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)"
_MASKED = "(^|[^#])(#{18}|#{17}[Xx]|#{11})([^#]|$)"  # what reading has made of either

Condition = Callable[[QualityRule, CaseTable], str | None]


def _texts(table: CaseTable) -> list[str]:
    return [c.id for c in COLUMNS if c.kind == "text" and not c.derived and c.id in table.columns]


def quoted(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _any(conditions: list[str]) -> str | None:
    return " OR ".join(f"({one})" for one in conditions) or None


def _formula(rule: QualityRule, table: CaseTable) -> str | None:
    """A lone sign is how clerks write "nothing", a negative number is no formula; the signs sort before A."""
    signs = (
        "{0} >= '+' AND {0} < 'A' AND substr({0}, 1, 1) IN ('=', '+', '@', '-') AND length({0}) > 1 "
        "AND NOT regexp_matches({0}, '^[-+][-0-9., ]*$')"
    )
    return _any([signs.format(f'a."{name}"') for name in _texts(table) if name != "court"])


def _private(rule: QualityRule, table: CaseTable) -> str | None:
    """Only text of eleven characters or more can hold such a number."""
    names = [f'a."{name}"' for name in _texts(table) if name not in (*_NEVER_NAMED, "origin_case_no")]
    number = "CASE WHEN a._era IS NULL THEN a.case_no END"  # a number that can be read is no other
    pattern = f"'{_ID_CARD}|{_PHONE}|{_MASKED}'"
    return _any([f"length({name}) > 10 AND regexp_matches({name}, {pattern})" for name in (*names, number)])


def _amounts(table: CaseTable) -> list[str]:
    return [c.id for c in COLUMNS if c.kind == "money" and c.id in table.columns]


def _unreadable(table: CaseTable, kinds: tuple[str, ...]) -> str | None:
    """``_bad`` holds ``id=text`` of every value that could not be read."""
    names = [c.id for c in COLUMNS if c.kind in kinds and c.id in table.columns]
    return _any([f"contains(a._bad, '{name}=')" for name in names])


def _second_before_first(rule: QualityRule, table: CaseTable) -> str:
    """The appeals in question are few: found once by a join, then looked up by their place."""
    key = "replace(replace({0}, '(', '（'), ')', '）')"
    table.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE too_early AS SELECT {PLACE.format('s')} AS place FROM {table.all_rows} s "
        f"JOIN {table.all_rows} f ON {key.format('f.case_no')} = {key.format('s.origin_case_no')} "
        "WHERE s.procedure = '二审' AND s.filed IS NOT NULL AND s.origin_case_no <> s.case_no "
        "AND s._problem IS NULL AND f._problem IS NULL AND f.procedure = '一审' "
        "AND (f.concluded > s.filed OR f.concluded IS NULL)"
    )
    return f"{PLACE.format('a')} IN (SELECT place FROM too_early)"


def _stage_level(rule: QualityRule, table: CaseTable) -> str | None:
    basic = ", ".join(quoted(court.code) for court in table.tree.courts if court.level == "basic")
    return f"a.court IN ({basic})" if basic else None


def _unknown_type(rule: QualityRule, table: CaseTable) -> str:
    seen = table.connection.execute(f"SELECT DISTINCT type FROM {table.all_rows} WHERE type IS NOT NULL").fetchall()
    unknown = ", ".join(sorted(quoted(code) for (code,) in seen if code not in case_types()))
    return f"a.type IN ({unknown})" if unknown else "false"


BUILT_IN: Mapping[str, Condition] = {
    "unreadable_date": lambda rule, table: _unreadable(table, ("date",)),
    "unreadable_value": lambda rule, table: _unreadable(table, ("integer", "money")),
    "future_date": lambda rule, table: "regexp_matches(a._problem, '^(立案|结案)日期晚于')",
    # "id~" in _bad marks a placeholder; a value that could not be read follows "id=".
    "placeholder_date": lambda rule, table: "regexp_matches(replace(a._bad, 'deadline~', ''), '(^|\\x1f)[a-z_]+~')",
    "placeholder_deadline": lambda rule, table: "contains(a._bad, 'deadline~')",
    "duplicate_number": lambda rule, table: "a._problem = '案号重复'",
    "several_numbers": lambda rule, table: "a._merged",
    "unreadable_number": lambda rule, table: "a._era IS NULL",
    "old_number": lambda rule, table: "a._era = 'pre-2016'",
    "unknown_type": _unknown_type,
    "number_year": lambda rule, table: "a._era = '2016' AND a._number_year <> year(a.filed)",
    "number_court": lambda rule, table: "a._number_court <> a.court",
    "stage_level": _stage_level,
    "second_before_first": _second_before_first,
    "excluded_late": lambda rule, table: "a.excluded_entered > a.deadline - a.excluded_days::INTEGER",
    "negative_amount": lambda rule, table: _any([f"a.{name} < 0" for name in _amounts(table)]),
    "huge_amount": lambda rule, table: _any(
        [f"a.{name} > {rule.whole('yi') * 10**10}" for name in _amounts(table)]  # 亿元 in 分
    ),
    "formula_cell": _formula,
    "private_number": _private,
}


def hit(rule: QualityRule, table: CaseTable) -> str | None:
    """SQL that a row (``a``) breaks the rule; ``None`` when there is nothing to check."""
    found = _broken(rule, table)
    return f"({found}) AND {base(rule)}" if found else None


def base(rule: QualityRule) -> str:
    """SQL that a row belongs to the rule's base: rows that are used, or all where the rule says so."""
    parts = [] if rule.set_aside else ["a._problem IS NULL"]
    if rule.base is not None:
        parts.append(f"({rule.base.sql(dialect='duckdb')})")
    return " AND ".join(parts) or "true"


def _broken(rule: QualityRule, table: CaseTable) -> str | None:
    return rule.where.sql(dialect="duckdb") if rule.where is not None else BUILT_IN[rule.id](rule, table)


def scan(table: CaseTable, rules: Mapping[str, QualityRule]) -> Quality:
    """Count what each rule finds in each court, and pick the first few examples of what was found.

    Every condition is one bit; rows are grouped by court and bits, of which few combinations occur.
    """
    if not rules:
        return Quality()
    broken = {name: found for name, rule in rules.items() if (found := _broken(rule, table))}
    unchecked = {name: "数据中没有可供核查的列" for name in rules if name not in broken}
    bases = {name: base(rules[name]) for name in broken}
    bit = {text: place for place, text in enumerate(dict.fromkeys((*broken.values(), *bases.values())))}
    sizes: Counter[tuple[str, str]] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[tuple[int, str | None]]] = defaultdict(list)
    asked = [(name, 1 << bit[broken[name]], 1 << bit[bases[name]]) for name in broken]
    for court, bits, number, first in _combinations(table, list(bit), len(set(broken.values()))):
        for name, breaks, belongs in asked:
            if bits & belongs:
                sizes[name, court] += number
                if bits & breaks:
                    counts[name, court] += number
                    examples[name, court] += first
    findings = [
        QualityFinding(rules[name], court, n, sizes[name, court], examples=_first(table, examples[name, court]))
        for (name, court), n in sorted(counts.items(), key=lambda item: (list(broken).index(item[0][0]), item[0][1]))
    ]
    totals = dict.fromkeys(broken, (0, 0))
    for (name, court), size in sizes.items():
        totals[name] = (totals[name][0] + counts[name, court], totals[name][1] + size)
    return Quality(tuple(findings), totals, unchecked)


Combination = tuple[str, int, int, list[tuple[int, str | None]]]


def _combinations(table: CaseTable, conditions: Sequence[str], telling: int) -> Iterator[Combination]:
    """(court, bits, rows, first examples) of every combination of conditions that occurs.

    Examples are (place, text) of rows for which one of the first ``telling`` conditions holds.
    """
    masks = []
    for start in range(0, len(conditions), BITS):
        terms = [f"CASE WHEN {c} THEN {1 << i} ELSE 0 END" for i, c in enumerate(conditions[start : start + BITS])]
        masks.append("(" + " + ".join(terms) + ")::BIGINT")
    names = [f"m{i}" for i in range(len(masks))]
    inner = ", ".join(f"{mask} AS {name}" for name, mask in zip(names, masks, strict=True))
    some = " OR ".join(
        f"{name} & {sum(1 << i for i in range(BITS) if place * BITS + i < telling)} <> 0"
        for place, name in enumerate(names)
    )
    # A number that is none could be anything, so its place is given instead.
    shown = "CASE WHEN a._era IS NOT NULL THEN a.case_no END"
    rows = table.connection.execute(
        f"SELECT court, {', '.join(names)}, count(*), "
        f"arg_min({{'place': place, 'shown': shown}}, place, {EXAMPLES}) FILTER ({some}) FROM (SELECT "
        f"coalesce(a.court, '') AS court, {inner}, {shown} AS shown, {PLACE.format('a')} AS place "
        f"FROM {table.all_rows} a) GROUP BY court, {', '.join(names)}"
    ).fetchall()
    for court, *bits, number, found in rows:
        whole = sum(mask << (BITS * place) for place, mask in enumerate(bits))
        yield court, whole, int(number), [(item["place"], item["shown"]) for item in found or ()]


def _first(table: CaseTable, found: list[tuple[int, str | None]]) -> tuple[str, ...]:
    return tuple(shown or _where(table, place) for place, shown in sorted(found, key=lambda item: item[0])[:EXAMPLES])


def _where(table: CaseTable, place: int) -> str:
    file, line = divmod(place, FILE_STEP)
    return f"{table.files[file]}第{line}行"
