"""What may be asked at the meeting: ``questions.toml``, and a court's own changes to it."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from reports.catalogue.entries import entries_of
from reports.errors import ConfigError

SHIPPED = Path(__file__).parent / "questions.toml"
FILE = "questions.toml"  # of a workspace
Occasion = Literal["decided", "late", "old", ""]


@dataclass(frozen=True)
class Question:
    """One question: for which indicators (any where empty), on what occasion (any where empty)."""

    id: str
    text: str
    indicators: frozenset[str]
    when: Occasion


class _Entry(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    text: str = pydantic.Field(min_length=6, max_length=60)
    indicators: list[str] = []
    when: Occasion = ""
    on: bool = True


def load_questions(folder: Path, known: Collection[str]) -> tuple[Question, ...]:
    """The questions in their order: a court's new ones, then ours as the court has changed them.

    ``known`` are the indicators there are. Raises :class:`ConfigError` that lists every mistake with file and key.
    """
    ours, own = entries_of(SHIPPED, "question", "点评问题文件"), folder / FILE
    theirs = entries_of(own, "question", "点评问题文件") if own.is_file() else {}
    entries = {name: entry for name, entry in theirs.items() if name not in ours}
    entries |= {name: {**entry, **theirs.get(name, {})} for name, entry in ours.items()}
    found, mistakes = [], []
    for name, raw in entries.items():
        place = f"{FILE} [question.{name}]"
        try:
            entry = _Entry.model_validate(raw)
        except pydantic.ValidationError as error:
            keys = "、".join(".".join(map(str, one["loc"])) for one in error.errors())
            mistakes.append(f"{place}：{keys} 缺少、多余或写法有误")
            continue
        for one in entry.indicators:
            if one not in known:
                near = difflib.get_close_matches(one, known, n=1)
                mistakes.append(f"{place}：没有指标 {one}" + (f"，是否为 {near[0]}" if near else ""))
        if entry.on:
            found.append(Question(name, entry.text, frozenset(entry.indicators), entry.when))
    if mistakes:
        told = "\n".join(f"  · {one}" for one in mistakes)
        raise ConfigError(f"点评问题有 {len(mistakes)} 处错误：\n{told}", where=str(own))
    return tuple(found)


def asked_of(
    questions: Collection[Question], indicators: Collection[str], occasions: Collection[str], most: int
) -> list[str]:
    """The questions that fit, at most ``most``: no indicator is asked of twice, and those for any case come last."""
    told: list[str] = []
    left = set(indicators)
    for one in questions:
        special = bool(one.indicators or one.when)
        fits = (not one.indicators or one.indicators & left) and (not one.when or one.when in occasions)
        if special and fits:
            told.append(one.text)
            left -= one.indicators
    told += [one.text for one in questions if not one.indicators and not one.when]
    return told[:most]
