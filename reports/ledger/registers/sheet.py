"""A register as a spreadsheet: its rows and room for new ones, and the check of what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from reports import forms
from reports.catalogue.registers import NUMBER, Register
from reports.forms import Column, Form, Line, Row
from reports.ledger.registers.entries import ENTERED, Entry, Places, planned

STAGE = "stage"
FIRST_DATE = date(2000, 1, 1)
_KINDS = {"date": "date", "choice": "choice"}


def form_of(register: Register) -> Form:
    """The form of a register: its number and stage, which are not filled in, and its fields."""
    fields = [
        Column(
            one.id, one.head, _KINDS.get(one.kind, "text"), one.width, one.help, one.choices, one.once  # type: ignore[arg-type]
        )
        for one in register.fields.values()
    ]  # fmt: skip
    about = "由程序编号；新登记的不填。"
    return Form(
        register.name,
        (Column(NUMBER, "编号", "locked", 9, about), Column(STAGE, "现状", "shown", 8), *fields),
        NUMBER,
    )


def row(register: Register, entry: Entry, places: Places) -> dict[str, str]:
    """A row as the text of every column, courts by their names."""
    values = {name: text for name, text in entry.values.items() if name in register.fields}
    court = register.kinds["court"]
    if (code := places.court(values.get(court, ""))) in places.tree.by_code:
        values[court] = places.tree.by_code[code].name
    return {NUMBER: entry.number, STAGE: register.stage(entry.values), **values}


def export(register: Register, known: Sequence[Entry], places: Places, *, whose: str, spare: int, today: date) -> bytes:
    """The spreadsheet of some rows (withdrawn ones are left out by the caller), with ``spare`` empty ones behind."""
    return forms.write(
        form_of(register),
        [row(register, one, places) for one in known],
        title=f"{register.name}登记簿（{whose}，{today.isoformat()}）",
        notes=(
            "黄色表头的各列可以填写；灰色单元格已经登记，不能改动，登记有误的由审判管理办公室撤销后重新登记。"
            "新登记的填在后面的空行，“编号”留空。",
            "空着的单元格保持原样。不写当事人姓名和身份证件号码。可以排序、筛选，不要删除列。",
        ),
        first_date=FIRST_DATE,
        spare=spare,
    )


def check(
    register: Register, lines: Sequence[Line], known: Mapping[str, Entry], places: Places, *, today: date
) -> list[Row]:
    """Every filled row with its faults; a row without a number is a new one, under a key of its own."""
    seen: dict[str, int] = {}
    keys: list[str] = []
    wrong: list[list[str]] = []
    for line in lines:
        number = line.values.get(NUMBER, "")
        found: list[str] = []
        if number and number not in known:
            found.append(f"登记簿中没有编号“{number}”；新登记的，编号留空")
        elif number in seen:
            found.append(f"编号“{number}”重复，第{seen[number]}行已有")
        if number:
            seen.setdefault(number, line.row)
        keys.append(number if number and not found else f"新登记（第{line.row}行）")
        wrong.append(found)
    answers = {
        key: {name: line.values.get(name, "") for name in register.fields}
        for key, line, found in zip(keys, lines, wrong, strict=True)
        if not found and not line.faults  # a cell that could not be read counts as empty
    }
    _, faults = planned(register, known, answers, today=today, places=places)
    return [
        Row(line, key, key in known, (*line.faults, *found, *faults.get(key, ())), answers.get(key, {}))
        for key, line, found in zip(keys, lines, wrong, strict=True)
    ]


def in_force(known: Mapping[str, Entry]) -> list[Entry]:
    """The rows that are not withdrawn."""
    return [one for one in known.values() if one.state == ENTERED]
