"""JSON Lines: one object a line, its keys the columns (https://jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any

from reports.errors import InputError
from reports.read import heading as headings
from reports.read.table import MAX_FIELD, Lost, Opening, RegularCopy, Table, Wanted

_LIKE = 0.5  # likeness from which on a key may be another's name


def open_json_lines(at: Opening) -> list[Table]:
    """Read a file of one JSON object a line; a line that is none is lost with its reason.

    Columns are all keys in the order of their first occurrence; a key that a line lacks is an empty cell there,
    unless the line has the column under another name: a known one is read, one that only resembles it loses the line.
    Raises :class:`InputError` for a file that is not UTF-8 or has more keys than a table has columns.
    """
    lost: list[Lost] = []
    keys: dict[str, None] = {}
    shapes: dict[tuple[str, ...], None] = {}
    path = at.copy("jsonl")
    try:
        with at.path.open(encoding="utf-8-sig") as stream, path.open("w", encoding="utf-8") as kept:
            for number, text in enumerate(stream, 1):
                if not text.strip():
                    continue
                try:
                    found = _object(text)
                except (ValueError, RecursionError) as error:
                    lost.append(Lost(number, f"不是一个 JSON 对象：{_reason(error)}"))
                    continue
                keys |= dict.fromkeys(found)
                shapes[tuple(found)] = None
                if len(keys) > headings.MOST_COLUMNS:
                    raise InputError(
                        f"各行的键合计超过{headings.MOST_COLUMNS}个，不像是案件表。",
                        where=f"{at.path}，第{number}行",
                        advice="请只导出需要的列。",
                    )
                kept.write(json.dumps([number, found], ensure_ascii=False) + "\n")
    except UnicodeDecodeError as error:
        raise InputError(
            "JSON Lines 文件不是 UTF-8 编码。", where=str(at.path), advice="请按 UTF-8 重新导出。"
        ) from error
    names, doubled = headings.distinct(list(keys))
    columns = at.wanted.match(list(keys))
    others = {shape: _other_names(shape, columns, shapes, at.wanted) for shape in shapes}
    with path.open(encoding="utf-8") as kept, RegularCopy(at.copy("rows"), names, header_line=0) as copy:
        copy.lost += lost
        for text in kept:
            number, found = json.loads(text)
            named, doubt = others[tuple(found)]
            if doubt:
                copy.lose(number, doubt)
            else:
                found |= {key: found[other] for key, other in named.items()}
                copy.write(number, [found.get(key, "") for key in keys])
    return [copy.table(doubled=doubled)]


def _other_names(
    shape: tuple[str, ...], columns: Mapping[str, str], shapes: Iterable[tuple[str, ...]], wanted: Wanted
) -> tuple[dict[str, str], str]:
    """Under which keys lines of one shape have the columns that they seem to lack, and why that is in doubt."""
    own = wanted.match(list(shape))
    named, doubts = {}, []
    for column, key in columns.items():
        if key in shape:
            continue
        if column in own:
            named[key] = own[column]
        elif column in wanted.required:
            beside = {other for one in shapes if key in one for other in one}
            like = [
                other for other in shape if other not in beside and SequenceMatcher(None, key, other).ratio() >= _LIKE
            ]
            doubts += [f"没有“{key}”，而有与它相近、别的行没有的“{other}”" for other in like]
    return named, "；".join(doubts) + ("（各行的键请写成一样）" if doubts else "")


def _object(text: str) -> dict[str, str]:
    """The texts of one line's object by key; numbers as they are written."""
    if len(text) > MAX_FIELD:
        raise ValueError("内容过长")
    found = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_pairs)
    if not isinstance(found, dict):
        raise ValueError("应为一个对象")
    return {key: _text(value) for key, value in found.items()}


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("同一个键出现两次")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"第{error.colno}个字符处有误"
    return str(error) if isinstance(error, ValueError) else "嵌套过深"
