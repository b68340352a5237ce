"""Files of entries that we ship and a court adds to: how any of them is read, and what is said of mistakes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from reports.errors import ConfigError


def toml_of(path: Path, noun: str) -> dict[str, Any]:
    """The content of a TOML file, which messages call *noun*. Raises :class:`ConfigError` for one that is none."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{noun}无法读取：{error.strerror}。", where=str(path)) from error
    except UnicodeDecodeError:
        raise ConfigError(f"{noun}不是 UTF-8 编码。", where=str(path), advice="用记事本另存为 UTF-8。") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{noun}无法读取，格式有误：{error}。", where=str(path)) from error


def entries_of(path: Path, table: str, noun: str) -> dict[str, dict[str, Any]]:
    """Id → entry of a file with ``[table.id]`` entries and nothing else. Raises :class:`ConfigError`."""
    raw = toml_of(path, noun)
    found = raw.get(table, {})
    whole = isinstance(found, dict) and all(isinstance(one, dict) for one in found.values())
    if set(raw) - {table} or not whole:
        raise ConfigError(f"{noun}只能有 [{table}.编号] 这一类条目。", where=str(path))
    return dict(found)


def with_own(
    shipped: Path, own: Path | None, table: str, noun: str,
    merged: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]] = lambda ours, theirs: {**ours, **theirs},
) -> tuple[dict[str, dict[str, Any]], dict[str, Path]]:  # fmt: skip
    """Id → entry, ours first and each with what a court's own file says over it, and the file that each comes from."""
    entries = entries_of(shipped, table, noun)
    places = dict.fromkeys(entries, shipped)
    if own and own.is_file():
        for name, entry in entries_of(own, table, noun).items():
            entries[name], places[name] = merged(entries.get(name, {}), entry), own
    return entries, places


def checked(mistakes: Sequence[str], noun: str, *, advice: str = "逐处改正后重新运行。") -> None:
    """Raise one :class:`ConfigError` with every mistake there is in the entries."""
    if mistakes:
        listed = "\n".join(f"  · {one}" for one in mistakes)
        raise ConfigError(f"{noun}有 {len(mistakes)} 处错误：\n{listed}", advice=advice)
