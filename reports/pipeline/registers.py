"""登记簿 of a workspace: what is entered, picked from the cases, counted and listed; the way of one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from reports.catalogue import registers as catalogue
from reports.catalogue.columns import BY_ID
from reports.catalogue.registers import FILE, Pick, Register
from reports.compose import letter
from reports.courts.case_no import identity
from reports.courts.periods import Period, chinese_date
from reports.courts.tree import CourtTree
from reports.courts.units import NO_DEPARTMENT, Order, printed_order
from reports.errors import ConfigError
from reports.ledger import registers as ledger
from reports.ledger.follow_up import plain
from reports.ledger.journal import writing
from reports.ledger.registers import Entry, Places
from reports.ledger.registers.sheet import in_force
from reports.ledger.registers.told import unit_of
from reports.model import OWN, Bulletin
from reports.pipeline.findings import reversals
from reports.pipeline.job import Job, find_issuer, template_folders
from reports.pipeline.sources import case_table, require_cases
from reports.pipeline.stages import Cases
from reports.tally.picked import PickedCase, at_numbers, drawn, lacking, picked
from reports.tally.way import LINKS, Moment, linked, moments
from reports.templates import safe
from reports.workspace import Workspace
from reports.workspace.listed import listed_courts, listed_units

HOW, CAUSE = "how", "cause"  # fields that a picked case fills in where a register has them


def register_of(workspace: Workspace, name: str) -> Register:
    """The register of an id or name, a court's own too."""
    return catalogue.choose(catalogue.load(workspace.folder), name)


def places_of(workspace: Workspace) -> Places:
    """The courts and departments that a row may name; raises :class:`ConfigError` without ``courts.csv``."""
    tree = listed_courts(workspace)
    if tree is None:
        raise ConfigError(
            "没有法院表，登记的法院无从核对。",
            where=str(workspace.courts_path),
            advice="请先写好 courts.csv（tongbao init --data 可以据案件数据写出）。",
        )
    return Places(tree, listed_units(workspace, tree))


def rows_of(workspace: Workspace, register: Register, places: Places, court: str | None = None) -> list[Entry]:
    """The rows in force, of one court or of all: under the courts of today, in printed order of units and then
    by number.
    """
    code = places.tree.find(court.removesuffix(OWN)).code if court else ""
    at = register.kinds["court"]
    found = [
        replace(one, values={**one.values, at: places.court(one.values.get(at, ""))})
        for one in in_force(ledger.entries(workspace.database_path, register))
    ]
    mine = [one for one in found if code in ("", one.values[at])]
    order = order_of(places)
    return sorted(mine, key=lambda one: (*order(*unit_of(register, one.values, places)), one.number))


def order_of(places: Places) -> Order:
    """The printed order of courts and departments."""
    return printed_order(places.tree, places.units)


# Cases that get in by rules


@dataclass(frozen=True)
class Chosen:
    """Cases that the rules give: ``rows`` are what would be entered, by rule; ``known`` those that are in already.

    ``untold`` says of each rule that could not be used why, and of how many cases nothing can be told.
    """

    day: date
    rows: tuple[tuple[Pick, Mapping[str, str]], ...]
    known: int
    untold: tuple[str, ...]


def choose_cases(job: Job, register: Register, rule: str | None, court: str | None, seed: str | None) -> Chosen:
    """What the rules of a register give, or one of them, as of the day that the data reach.

    Each case once, by the first rule; none that is in the register. Raises :class:`ConfigError` for a register without
    rules and a rule that there is not.
    """
    require_cases(job, f"为“{register.name}”选取案件")
    rules = [one for one in register.picks.values() if rule in (None, one.id, one.name)]
    if not rules:
        names = "、".join(one.name for one in register.picks.values())
        raise ConfigError(
            f"“{register.name}”没有选取案件的规则{f'“{rule}”' if rule and names else ''}。",
            where="--rule",
            advice=f"可用的规则：{names}。" if names else f"由人登记：tongbao register form {register.name}。",
        )
    places = places_of(job.workspace)
    code = places.tree.find(court.removesuffix(OWN)).code if court else ""
    courts = {code} if code else {one.code for one in places.tree.courts}
    case = register.kinds.get("case")
    if case is None:
        raise ConfigError(f"“{register.name}”没有案号一栏，不能从案件中选取。", where=FILE)
    known = {identity(one.values.get(case, "")) for one in rows_of(job.workspace, register, places)}
    taken: set[str] = set()
    rows: list[tuple[Pick, Mapping[str, str]]] = []
    untold: list[str] = []
    before: set[str] = set()
    with case_table(job) as table:
        day = min(table.last or job.as_of, job.as_of)
        for one in rules:
            if why := lacking(table, one, FILE):
                untold.append(why)
                continue
            if one.source in ("reversed", "recommended"):
                found = _reversed(job, one)
                found = [case_ for case_ in found if case_.court in courts]
            else:
                found, unread = picked(table, one, job.period, day, courts)
                untold += (
                    [f"{one.name}：另有{unread}件因有关各列无法识别，是否属于无从知道，没有列入。"] if unread else []
                )
            if one.sample:  # of all, so that the same seed draws the same whatever has been entered since
                units = [(case_.court, places.department(case_.court, case_.dept)) for case_ in found]
                seed = seed or job.period.key
                found = [replace(found[place], note=note) for place, note in drawn(found, units, one.sample, seed)]
            new = [case_ for case_ in found if identity(case_.number) not in known | taken]
            before |= {identity(case_.number) for case_ in found} & known
            taken |= {identity(case_.number) for case_ in new}
            rows += [(one, _entered(register, one, case_, job.as_of)) for case_ in new]
    return Chosen(day, tuple(rows), len(before), tuple(untold))


def _reversed(job: Job, pick: Pick) -> list[PickedCase]:
    """The judgments that were reversed or sent back in the period, or those recommended for review, each once."""
    with Cases(job) as cases:
        found = reversals(job, cases).cases
    chosen = [one for one in found if one.origin and one.court and (one.rules or pick.source == "reversed")]
    with case_table(job) as table:
        held = {} if table.engine else at_numbers(table, {identity(one.origin) for one in chosen})
    told = {identity(one.origin): PickedCase(one.origin, one.court, "", one.cause) for one in chosen}
    return [held.get(key, one) for key, one in told.items()]


def _entered(register: Register, pick: Pick, case: PickedCase, day: date) -> dict[str, str]:
    """What is entered of a case: by the kinds of fields, by the rule, and the day at the first stage."""
    first = [name for name in register.stages[0].filled if register.fields[name].kind == "date"]
    row = {
        register.kinds["case"]: case.number,
        register.kinds["court"]: case.court,
        register.kinds["department"]: case.dept,
        CAUSE: case.cause,
        HOW: case.note or pick.name,
        **dict.fromkeys(first, day.isoformat()),
        **pick.sets,
    }
    return {name: text for name, text in row.items() if name in register.fields and text}


def enter_rows(
    workspace: Workspace, register: Register, rows: Sequence[Mapping[str, str]], *, at: str, who: str, today: date,
    places: Places,
) -> dict[str, list[str]]:  # fmt: skip
    """Enter new rows (field → text) that no person typed, each told of by its case; their departments are as the data
    write them. Returns number → the fields that are filled in.
    """
    case = register.kinds.get("case", "")
    new = {f"第{place}项{row.get(case, '')}": row for place, row in enumerate(rows, 1)}
    return ledger.enter(
        workspace.database_path, register, new, at=at, who=who, today=today, places=places, listed=False
    )


def enter_all(workspace: Workspace, rows: Mapping[str, Sequence[Mapping[str, str]]], *, at: str, who: str) -> None:
    """Enter rows (field → text) of several registers, known by their ids, on one day (ISO)."""
    known, places = catalogue.load(workspace.folder), places_of(workspace)
    with writing(workspace.database_path):
        for name, mine in rows.items():
            enter_rows(workspace, known[name], mine, at=at, who=who, today=date.fromisoformat(at), places=places)


# Documents


def report(job: Job, register: Register, court: str | None = None) -> Bulletin:
    """The report of a register on the job's period; raises :class:`ConfigError` where nothing has been entered."""
    places = places_of(job.workspace)
    known = rows_of(job.workspace, register, places, court)
    if not known:
        raise ConfigError(
            f"“{register.name}”登记簿中{f'“{court}”' if court else ''}没有登记，不能写通报。",
            advice=f"先登记：tongbao register form {register.name}，填好后 tongbao register record。",
        )
    issuer = find_issuer(job.workspace, places.tree)
    code = places.tree.find(court.removesuffix(OWN)).code if court else issuer
    data = ledger.report_of(register, known, places, job.period, order_of(places), alone=bool(court))
    data |= {"court": "" if code == issuer else places.tree.by_code[code].name}
    stem = "-".join(part for part in (job.period.key, register.name, code if court else "") if part)
    return _letter(job, "register", code, stem, data, places.tree)


TABLE = ("法院", "指标", "统计期", "分子", "分母")


def rates(job: Job, register: Register) -> list[tuple[str, ...]]:
    """The rows of an indicator table (:data:`TABLE`) that a register gives, of every single period up to the job's.

    Of each court the rows of its jurisdiction, beside its own (本级). A row of the register counts in the period of its
    date, and in the numerator where it was done by the end of that period, so that a past period keeps its numbers.
    """
    if not register.rates:
        raise ConfigError(f"“{register.name}”没有给指标表的比率。", advice="在 registers.toml 中写 rates。")
    for rate in register.rates:
        job.whole_catalogue.indicator(rate.indicator)
    places = places_of(job.workspace)
    known = rows_of(job.workspace, register, places)
    tree = places.tree
    within = [(one.code, {one.code, *(below.code for below in tree.descendants(one.code))}) for one in tree.courts]
    within += [(one.code + OWN, {one.code}) for one in tree.courts if tree.children(one.code)]
    rows: list[tuple[str, ...]] = []
    for rate in register.rates:
        mine = [one.values for one in known if one.values.get(rate.within)]
        first = min((row[rate.within] for row in mine), default="")
        for period in _told_of(job, first):
            end = period.end.isoformat()
            base = [row for row in mine if period.start.isoformat() <= row[rate.within] <= end]
            for code, courts in within:
                of = [row for row in base if row[register.kinds["court"]] in courts]
                done = sum("" < row.get(rate.until, "") <= end for row in of)
                rows.append((code, rate.indicator, period.key, str(done), str(len(of))))
    return rows


def _told_of(job: Job, first: str) -> list[Period]:
    """The single periods up to the job's, and the job's own with its bases where it is made of several."""
    found = {one.key: one for one in _since(job.base_period, first)}
    several = bool(found) and job.period.key != job.base_period.key
    more = (job.period.year_before, job.period.previous, job.period) if several else ()
    return [*found.values(), *(one for one in more if one)]


def _since(last: Period, first: str) -> list[Period]:
    """The single periods up to ``last``, from the one in which a day lies."""
    found = [last]
    while first and found[-1].start.isoformat() > first and (before := found[-1].previous):
        found.append(before)
    return found[::-1] if first else []


def lists(job: Job, register: Register, court: str | None = None) -> tuple[Bulletin, ...]:
    """What is still open, to each department of one's own court (of ``court``, if named) and to each other court."""
    places = places_of(job.workspace)
    issuer = find_issuer(job.workspace, places.tree)
    own = places.tree.find(court.removesuffix(OWN)).code if court else issuer
    waiting = [one for one in rows_of(job.workspace, register, places, court) if not one.values.get(register.open)]

    def whose(one: Entry) -> tuple[str, str]:
        code, department = unit_of(register, one.values, places)
        return code, department if code == own and department != NO_DEPARTMENT else ""

    made = []
    for (code, department), group in groupby(waiting, key=whose):
        name = places.tree.by_code[code].name if code in places.tree.by_code else code
        data = ledger.list_of(register, [*group], places, court=name, department=department, day=job.as_of)
        stem = "-".join(part for part in (f"{register.name}清单", code, department) if part)
        made.append(_letter(job, "register-list", code, stem, data | {"own": code == issuer}, places.tree))
    return tuple(made)


def case_way(job: Job, number: str) -> Bulletin:
    """案件剖析表: the way of one case through the courts as the data link it, and room for what the meeting says."""
    require_cases(job, "列出案件的经过")
    with case_table(job) as table:
        if table.engine:
            raise ConfigError("案件在数据库中，不能逐案追溯。", advice="请导出有关案件为文件后再列。")
        rows = linked(table, number)
        tree, day = table.tree, min(table.last or job.as_of, job.as_of)
        absent = [BY_ID[name].name for name in LINKS if name not in table.columns]
    asked = next((row for row in rows if identity(row["case_no"]) == identity(number)), None)
    if asked is None:
        linked_to = "、".join(str(row["case_no"]) for row in rows[:3])
        advice = f"数据中有与之相连的{linked_to}，可以列出它的经过。" if rows else "请核对案号。"
        raise ConfigError(f"案件数据中没有“{number}”。", advice=advice)
    data = _way(rows, tree, asked) | {"day": chinese_date(day), "absent": absent}
    return _letter(job, "case-way", asked["court"], f"案件剖析-{number}", data, tree)


_REVERSED = ("改判", "发回重审")


def _way(rows: Sequence[Mapping[str, Any]], tree: CourtTree, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What ``letters/case-way.md.j2`` is written from, of the case asked about; no party and no judge."""

    def named(code: str) -> str:
        return tree.short_name(code) if code in tree.by_code else code

    told = moments([dict(row) for row in rows])
    changed = [one for one in told if any(word in one.what for word in _REVERSED)]
    return {
        "number": plain(str(asked["case_no"])),
        "cause": plain(str(asked.get("cause") or "")),
        "line": asked.get("line") or "",
        "began": chinese_date(told[0].day) if told else "",
        "ended": chinese_date(told[-1].day) if told else "",
        "moments": [
            {
                "day": one.day.isoformat(), "what": plain(one.what), "number": plain(one.number),
                "court": plain(named(one.court)) if one.court else "—", "days": _days(told, place),
            }
            for place, one in enumerate(told)
        ],
        "cases": [_told(row, named) for row in rows],
        "span": (told[-1].day - told[0].day).days if told else 0,
        "changed": len(changed),
        "remands": sum("发回重审" in one.what for one in changed),
        "enforced": any(row.get("line") == "执行" for row in rows),
        "open": sum(row.get("concluded") is None for row in rows),
    }  # fmt: skip


def _days(told: Sequence[Moment], place: int) -> str:
    return str((told[place].day - told[place - 1].day).days) if place else "—"


def _told(row: Mapping[str, Any], named: Callable[[str], str]) -> list[str]:
    filed, concluded = row.get("filed"), row.get("concluded")
    days = str((concluded - filed).days) if filed and concluded else "—"
    result = f"{row.get('outcome') or '未填'}" if concluded else "尚未结案"
    cells = (
        row["case_no"], named(row["court"]), row.get("procedure") or row.get("line"), row.get("dept"), days, result,
        row.get("reversal_reason"),
    )  # fmt: skip
    return [plain(str(cell)) if cell else "—" for cell in cells]


def _letter(job: Job, name: str, code: str, stem: str, data: Mapping[str, object], tree: CourtTree) -> Bulletin:
    letterhead = job.workspace.config.letterhead.model_dump() | {"date": chinese_date(job.as_of)}
    sender = tree.by_code[find_issuer(job.workspace, tree)].name
    return letter(name, code, safe(stem), data, letterhead, sender, template_folders(job.workspace))
