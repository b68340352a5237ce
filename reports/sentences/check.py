"""What is wrong in the macros of a court: read, and tried on an example of every kind of clause."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.meta import find_referenced_templates

from reports.errors import ConfigError
from reports.sentences.clauses import (
    BeyondInterval,
    BeyondPeers,
    Changes,
    Clause,
    Compared,
    CountShare,
    CountSplit,
    Driven,
    Eased,
    Evidence,
    Impossible,
    LastDay,
    Lasting,
    OfAllCases,
    OwnHistory,
    OwnPast,
    Recurred,
    Repeated,
    Run,
    Serial,
    Share,
    ShortHistory,
    Side,
    Split,
    Stepped,
    TooPerfect,
    Unchanged,
    Unequal,
    Upheld,
    Widespread,
    WithoutSeries,
    YearEndFall,
)
from reports.sentences.macros import FOLDER, PLAIN, Sentences
from reports.templates import environment_of
from reports.words import Measure

RATE, FILED = Measure("proportion", "%", 2), Measure("count", "件", 0)


@dataclass(frozen=True)
class _Cell:
    """A value with its changes, as written by hand."""

    measure: Measure
    now: tuple[int | None, int | None]
    text: str
    previous_change: str
    year_change: str
    cumulative_change: str = "—"
    cumulative_name: str = ""


_CELL = _Cell(RATE, (120, 1040), "11.54%", "上升1.54个百分点", "持平")
_COUNT = _Cell(FILED, (400, None), "400件", "上升8.11%", "下降3.05%")
_PARTS = (Share(RATE, "民事", Fraction(3, 200), ordinary=False), Share(RATE, "刑事", Fraction(-1, 200), ordinary=True))
_COUNTED = (CountShare("民事", 40, 30, 370, ordinary=False), CountShare("刑事", -15, 30, 370, ordinary=True))
_SERIAL = Serial(FILED, 20, 2, 55, "物业服务合同纠纷", (345, 380))
_TIMES = (("（2026）辽01民终1号", date(2026, 1, 20)), ("（2026）辽01民终90号", date(2026, 8, 3)))

_TOOK = Side(RATE, (6231, 10000), (6890, 10000), (8, 4))
_BESIDE = Side(RATE, (6102, 10000), (6210, 10000), (8, 4))
_NONE = float("nan")


def _stepped(
    verdict: str, why: str = "", needed: tuple[int | None, int | None, int | None] = (None, None, None), **more: Any
) -> Stepped:
    told: dict[str, Any] = {"took": _TOOK, "beside": _BESIDE, "gap": 0.052, "limits": (0.031, 0.073), "least": 0.038}
    return Stepped(
        "简案快审", date(2025, 7, 1), "甲法院", "上诉率", ("2023年第三季度至2025年第二季度", "2025年第三季度"),
        others=(7, "法院"), verdict=verdict, why=why, spell="季度", needed=needed, checks=(19, 2), **(told | more),
    )  # fmt: skip


EXAMPLES: tuple[Clause, ...] = (
    Evidence("甲法院", "上诉率", _CELL, (Changes(_CELL), BeyondPeers(RATE, 0.052, 0.098))),
    Evidence("甲法院", "上诉率", _CELL, (), ("第三季度", (40, 310)), common=True, to_verify=True),
    Evidence("甲法院", "新收", _COUNT, (YearEndFall("11—12月", 60, 200.0),)),
    WithoutSeries(RATE, (60, 500)),
    WithoutSeries(RATE, (60, 500), ("第三季度", (20, 160))),
    WithoutSeries(RATE, None),
    *(
        BeyondInterval(RATE, 0.1154, 8.0, 10.0, True, cases, (0.105, 0.138), confirmed, twice, "季度")
        for cases, confirmed, twice in ((16, True, True), (16, True, False), (None, False, False))
    ),
    BeyondInterval(RATE, 0.0654, 8.0, None, False, 15, (0.055, 0.078), True, False, "月"),
    *(
        OwnHistory(RATE, change, 0.064, 11, 2 if pooled else 1, "季度", "全省同级法院", pooled, turn)
        for turn in (0, 1, 2)
        for change, pooled in ((0.051, None), (0.048, 0.112), (None, None))
    ),
    OwnHistory(FILED, -120.0, 1020.0, 11, 2, "季度", "全省同级法院", 900.0, 0),
    OwnPast(RATE, 0.051, 0.083, 7, "季度"),
    OwnPast(RATE, None, 0.083, 7, "季度"),
    OwnPast(RATE, 0.051, float("inf"), 7, "季度"),
    ShortHistory(RATE, 0.051, "去年同期", "全省同级法院", 5, "季度"),
    Compared(RATE, "环比", 0.023, 0.018, "全省同级法院"),
    Compared(RATE, "同比", 0.023, 0.0, "全省同级法院"),
    Compared(FILED, "同比", 1.5, 0.1, "全省同级法院", 20),
    *(Run(name, above, 7, "季度", 9, above) for name in ("side", "trend", "near") for above in (True, False)),
    *(Widespread(_CELL, alone, not alone) for alone in (True, False)),
    Impossible(410, 400),
    Unchanged(120, 1040),
    TooPerfect(400, 38.2),
    Unequal("分子", 410, 400),
    LastDay(60, 90),
    OfAllCases(LastDay(60, 90)),
    Lasting("2026年第一季度"),
    Recurred(),
    *(Eased(("甲法院上诉率", "乙法院平均审理天数"), closed) for closed in (True, False)),
    *(
        Split(RATE, "条线", "去年同期", _PARTS, rest, rising, turn)
        for rest, rising, turn in ((Fraction(1, 500), None, 0), (Fraction(0), True, 1), (Fraction(-1, 500), False, 0))
    ),
    *(CountSplit("法院", "同比", _COUNTED, rest) for rest in (5, 0, -5)),
    CountSplit("法院", "同比", tuple(CountShare("民事", 6, 6, 1, ordinary) for ordinary in (True, False)), 0),
    _SERIAL,
    Serial(FILED, 20, 2, 55, "物业服务合同纠纷", (345, 345)),
    Serial(FILED, 20, 2, 55, "物业服务合同纠纷", (345, 0)),
    Driven("全省法院", "新收", _COUNT, (CountSplit("法院", "同比", _COUNTED, 5), _SERIAL)),
    Driven("全省法院", "上诉率", _CELL, ()),
    Repeated("甲法院", "买卖合同纠纷", _TIMES),
    Repeated("甲法院", "买卖合同纠纷", (*_TIMES, ("（2026）辽01民终200号", date(2026, 9, 1)))),
    Upheld("买卖合同纠纷", "（2025）辽01民终300号", "（2026）辽民再7号", "改判"),
    _TOOK,
    Side(FILED, (4000, None), (2400, None), (8, 4)),
    Side(RATE, (3, 20), (4, 15), (8, 4), few=True),
    *(_stepped(verdict, right=right) for verdict in ("beyond", "alike") for right in (True, False)),
    *(
        _stepped("open", why, needed)
        for why in ("chance", "placebos", "mix")
        for needed in ((9, 4, None), (9, None, None), (None, 4, None), (None, None, 6), (None, None, None))
    ),
    *(_stepped("little", why, gap=_NONE) for why in ("before", "beside", "gaps", "base")),
    _stepped("little", "base", gap=_NONE, took=Side(RATE, (3, 20), (4, 15), (8, 4), few=True)),
)
"""Every kind of clause, each branch of ours at least once."""


def mistakes(templates: Sequence[Path]) -> list[str]:
    """Each mistake with its file and line; ``templates`` are folders, a court's own first, ours last."""
    given: dict[str, dict[str, Collection[str]]] = {}  # file → macro → what it may use
    for one in _all(EXAMPLES):
        file, name = one.macro
        given.setdefault(f"{file}.j2", {})[name] = given.setdefault(f"{PLAIN}.j2", {})[name] = one.values().keys()
    environment = environment_of(templates)
    trees = {}
    found: list[str] = []
    for path in (path for folder in templates[:-1] for path in sorted((folder / FOLDER).rglob("*.j2"))):
        try:
            trees[path] = environment.parse(path.read_text("utf-8"))
        except TemplateSyntaxError as error:
            found.append(f"{path}，第{error.lineno}行：写法有误：{error.message}")
        except UnicodeDecodeError:
            found.append(f"{path}：文件不是 UTF-8 编码")
    used = {Path(name).name for tree in trees.values() for name in find_referenced_templates(tree) if name}
    for path, tree in trees.items():
        if path.name in given:
            found += _unknown(path, tree, given[path.name], environment.globals.keys())
        elif path.name not in used:
            found.append(f"{path}：没有这个语句模板{_near(path.name, given)}")
    if found:
        return found
    for sentences in (Sentences(templates), Sentences(templates, plain=True)):
        for one in EXAMPLES:
            try:
                sentences.of(one)
            except ConfigError as error:
                found.append(f"{error.where}：{error.what}")
    return list(dict.fromkeys(found))


def _all(clauses: Iterable[Any]) -> Iterator[Clause]:
    """Clauses and those that they are made of."""
    for one in clauses:
        if isinstance(one, Clause):
            yield one
            yield from _all(part for value in one.values().values() if isinstance(value, tuple) for part in value)


def _unknown(
    path: Path, tree: nodes.Template, given: Mapping[str, Collection[str]], always: Collection[str]
) -> Iterator[str]:
    """Macros that nothing is written by, and what they use that is not given to them."""
    names = list(tree.find_all(nodes.Name))
    own = {one.name for one in names if one.ctx == "store"} | {one.name for one in tree.find_all(nodes.Macro)}
    own |= {one.target for one in tree.find_all(nodes.Import)}
    own |= {as_ if isinstance(as_, str) else as_[1] for one in tree.find_all(nodes.FromImport) for as_ in one.names}
    called = {one.name for one in names if one.ctx == "load"}
    for macro in tree.find_all(nodes.Macro):
        parameters = [one.name for one in macro.args]
        if macro.name in given:
            asked = parameters[: len(parameters) - len(macro.defaults)]
            for name in asked:
                if name not in given[macro.name]:
                    hint = _near(name, given[macro.name])
                    yield f"{path}，第{macro.lineno}行：“{macro.name}”没有“{name}”这一项{hint}"
        elif macro.name not in called:
            yield f"{path}，第{macro.lineno}行：没有“{macro.name}”这一句{_near(macro.name, given)}"
        known = {*parameters, *own, *always, "loop", "caller", "varargs", "kwargs"}
        for one in macro.find_all(nodes.Name):
            if one.ctx == "load" and one.name not in known:
                hint = _near(one.name, parameters or known)
                yield f"{path}，第{one.lineno}行：没有“{one.name}”这一项{hint}"


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"，是否为“{near[0]}”" if near else ""
