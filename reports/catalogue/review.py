"""The rules that recommend reversed cases for review (建议评查): ``review.toml``, and a court's own changes to it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from reports.catalogue.entries import entries_of
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "review.toml"
FILE = "review.toml"  # of a workspace


@dataclass(frozen=True)
class ReviewRule:
    """One rule: ``text`` says which cases, ``basis`` why (a statute or 自定口径); ``limits`` are its numbers."""

    id: str
    name: str
    text: str
    basis: str
    limits: Mapping[str, int]


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    name: str = pydantic.Field(min_length=2)
    text: str = pydantic.Field(min_length=4)
    basis: str = pydantic.Field(min_length=4)
    limits: dict[str, pydantic.PositiveInt] = {}
    on: bool = True


def load(folder: Path) -> dict[str, ReviewRule]:
    """The rules in force by id; a workspace may change the entries of ``review.toml``, and add none.

    Raises :class:`ConfigError` with the file and key of every mistake.
    """
    entries: dict[str, dict[str, Any]] = entries_of(SHIPPED, "rule", "评查规则文件")
    own = folder / FILE
    mistakes = []
    if own.is_file():
        for name, entry in entries_of(own, "rule", "评查规则文件").items():
            if name not in entries:
                near = difflib.get_close_matches(name, entries, n=1)
                mistakes.append(
                    f"[rule.{name}]：没有这条规则，{'是否为 ' + near[0] if near else '可用：' + '、'.join(entries)}"
                )
            elif extra := sorted(set(entry.get("limits", {})) - set(entries[name].get("limits", {}))):
                mistakes.append(f"[rule.{name}]：limits 没有 {extra[0]} 这一项")
            else:
                limits = {**entries[name].get("limits", {}), **entry.get("limits", {})}
                entries[name] = {**entries[name], **entry, "limits": limits}
    found = {}
    for name, entry in entries.items():
        try:
            one = _Entry.model_validate(entry)
        except pydantic.ValidationError as error:
            keys = "、".join(".".join(map(str, each["loc"])) for each in error.errors())
            mistakes.append(f"[rule.{name}]：{keys} 多余或写法有误")
            continue
        try:
            text = one.text.format(**one.limits)
        except (LookupError, ValueError):
            mistakes.append(f"[rule.{name}]：text 花括号中只能写 limits 的各项")
            continue
        if one.on:
            found[name] = ReviewRule(name, one.name, text, one.basis, one.limits)
    if mistakes:
        raise ConfigError(
            f"评查规则有 {len(mistakes)} 处错误：\n" + "\n".join(f"  · {one}" for one in mistakes), where=str(own)
        )
    return found
