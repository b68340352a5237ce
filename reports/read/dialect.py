"""Column dialects: which column of a source is which canonical column, in TOML."""

from __future__ import annotations

import difflib
import json
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from reports.catalogue.columns import BY_ID, REQUIRED
from reports.cells import clean, split_unit
from reports.errors import ConfigError, InputError

HERE = Path(__file__).parent / "dialects"
_LIKE = 0.4  # of a heading to a known one, to be offered instead
MAY_BE_ABSENT = frozenset({"filed"})  # without it only what belongs to conclusions can be counted


@dataclass(frozen=True)
class Dialect:
    """Possible names of each canonical column, and values to be rewritten, for one kind of export."""

    id: str
    name: str
    columns: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, str]]
    absent: frozenset[str] = frozenset()  # needed columns that this kind of export never has
    assumed: frozenset[str] = frozenset()  # columns whose names no public source confirms

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which a file of this kind cannot be used."""
        return tuple(identifier for identifier in REQUIRED if identifier not in self.absent)

    def match(self, header: Sequence[str]) -> dict[str, str]:
        """Canonical identifier → the source's own column name, for the columns that the source has."""
        normal = {normalise(name): name for name in reversed(header)}
        for name in reversed(header):  # 标的额（万元） is 标的额, unless there is such a column too
            normal.setdefault(normalise(split_unit(name)[0]), name)
        found: dict[str, str] = {}
        if self._names.isdisjoint(normal):  # most rows that are looked at are no heading
            return found
        for identifier, names in self._normal.items():
            for name in names:
                column = normal.get(name)
                if column is not None and column not in found.values() and _fits(identifier, column):
                    found[identifier] = column
                    break
        return found

    @cached_property
    def _normal(self) -> Mapping[str, tuple[str, ...]]:
        return {identifier: tuple(map(normalise, names)) for identifier, names in self.columns.items()}

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for names in self._normal.values() for name in names)


def shipped() -> dict[str, Path]:
    """The dialects that come with the program, by identifier."""
    return {path.stem: path for path in sorted(HERE.glob("*.toml"))}


@lru_cache(maxsize=16)
def _table(text: str) -> Mapping[str, Any]:
    """What a dialect says; it is read and left as it is."""
    return tomllib.loads(text)


def load(name: str, *, folder: Path | None = None, extra: Mapping[str, str] | None = None) -> Dialect:
    """A shipped dialect, or a file ``dialects/name.toml`` of the workspace, with ``[source.columns]`` on top.

    Raises :class:`ConfigError` for an unknown dialect, column or malformed file.
    """
    own = sorted((folder / "dialects").glob("*.toml")) if folder else []
    known = shipped() | {path.stem: path for path in own}
    if name not in known:
        raise ConfigError(
            f"没有列名对照表“{name}”。",
            where="tongbao.toml [source] dialect",
            advice=f"可用的对照表：{'、'.join(known)}；也可在工作目录 dialects/ 中新建 {name}.toml。",
        )
    path = known[name]
    try:
        raw = _table(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"列名对照表格式有误：{error}。", where=str(path)) from error
    columns = {}
    for identifier, names in raw.get("columns", {}).items():
        _known_column(identifier, str(path))
        columns[identifier] = tuple([names] if isinstance(names, str) else names)
    for identifier, column in (extra or {}).items():
        _known_column(identifier, "tongbao.toml [source.columns]")
        columns[identifier] = (column, *columns.get(identifier, ()))
    values = {key: dict(table) for key, table in raw.get("values", {}).items()}
    absent = frozenset(raw.get("absent", []))
    if not absent <= MAY_BE_ABSENT:
        raise ConfigError(
            f"列名对照表的 absent 只能写 {'、'.join(MAY_BE_ABSENT)}。",
            where=str(path),
            advice="案号、经办法院、结案日期是任何统计都需要的列。",
        )
    return Dialect(name, raw.get("name", name), columns, values, absent, frozenset(raw.get("assumed", [])))


def require(dialect: Dialect, found: Mapping[str, str], header: Sequence[str], place: str) -> None:
    """Raise the message a clerk can act on when a needed column is missing; ``place`` is the file and row."""
    missing = [identifier for identifier in dialect.required if identifier not in found]
    if not missing:
        return
    free = [name for name in header if name not in found.values()]
    lines = []
    for identifier in missing:
        near = _nearest(dialect.columns.get(identifier, ()), free)
        if near:
            free.remove(near)
        lines.append(f"{identifier} = {json.dumps(near or '你表中的列名', ensure_ascii=False)}")
    raise InputError(
        f"缺少必需的列：{'、'.join(BY_ID[i].name for i in missing)}。\n"
        f"  文件中的列：{'、'.join(header) or '（没有列名）'}",
        where=f"{place}（列名对照表：{dialect.name}）",
        advice="如果这些列在文件中另有名称，请在 tongbao.toml 的 [source.columns] 下加上：\n      "
        + "\n      ".join(lines)
        + "\n      也可用 tongbao columns 文件 试着识别各列。",
    )


def _nearest(names: Sequence[str], header: Sequence[str]) -> str | None:
    """The heading that is most like any of the names that a column has, if one is like it at all."""
    pairs = [
        (difflib.SequenceMatcher(None, name, head).ratio(), -place, head)
        for name in names
        for place, head in enumerate(header)
    ]
    likeness, _, head = max(pairs, default=(0.0, 0, ""))
    return head if likeness >= _LIKE else None


@lru_cache(maxsize=4096)  # the names of a dialect are looked for in every row that may be the heading
def normalise(name: str) -> str:
    """A column name without spaces, byte-order mark, case and full/half-width differences."""
    return "".join(unicodedata.normalize("NFKC", clean(name)).split()).casefold()


def _fits(identifier: str, name: str) -> bool:
    """Whether a heading may be that column: only money has a unit of money."""
    return split_unit(name)[1] is None or (column := BY_ID.get(identifier)) is None or column.kind == "money"


def _known_column(identifier: str, where: str) -> None:
    column = BY_ID.get(identifier)
    if column is None or column.derived:
        allowed = [i for i, c in BY_ID.items() if not c.derived]
        near = difflib.get_close_matches(identifier, allowed, n=1)
        raise ConfigError(
            f"没有标准列“{identifier}”。",
            where=where,
            advice=f"是否为 {near[0]}？" if near else f"可用的标准列：{'、'.join(allowed)}。",
        )
