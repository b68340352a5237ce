"""The commands and their options as Markdown tables, made from the program itself: `tongbao docs --commands`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

YES_AND_NO = 2
Command = tuple[str, Any]  # its name with those of its groups, and the command


def tables(root: Any) -> tuple[str, str]:
    """Every command with its arguments and options; every option with its meaning, its default and its commands.

    ``root`` is the group that holds all commands. An option of several commands stands once for each meaning it has,
    and before those that fewer have.
    """
    commands = list(_commands(root, ()))
    return _table(("命令", "作用", "选项"), map(_row, commands)), _table(
        ("选项", "含义", "默认", "用于"), _options(commands)
    )


def words() -> str:
    """The standard words of every coded column that has more than 是 and 否."""
    from reports.catalogue.columns import BY_ID
    from reports.catalogue.values import CODED, known, table_of

    columns: dict[str, list[str]] = {}
    for name in CODED:
        if (table := table_of(name)) and len(known(table)) > YES_AND_NO:
            columns.setdefault(table, []).append(name)
    rows = (
        ("、".join(f"{BY_ID[name].name}（`{name}`）" for name in names), "、".join(known(table)))
        for table, names in columns.items()
    )
    return _table(("列", "标准说法"), rows)


def _commands(group: Any, names: tuple[str, ...]) -> Iterator[Command]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*names, name))
        elif not command.hidden:
            yield " ".join((*names, name)), command


def _row(command: Command) -> Sequence[str]:
    name, one = command
    arguments = [_argument(part) for part in one.params if part.param_type_name == "argument"]
    options = [_written(part) for part in one.params if part.param_type_name == "option" and not part.hidden]
    return f"`{' '.join((name, *arguments))}`", one.help.splitlines()[0], " ".join(options)


def _argument(part: Any) -> str:
    name = part.name.upper() + ("…" if part.nargs < 0 else "")
    return name if part.required else f"[{name}]"


def _written(part: Any) -> str:
    return f"`{'/'.join((*part.opts, *part.secondary_opts))}`"


def _options(commands: Sequence[Command]) -> Iterator[Sequence[str]]:
    used: dict[tuple[str, str, str], list[str]] = {}
    for name, command in commands:
        for part in command.params:
            if part.param_type_name == "option" and not part.hidden:
                meaning = part.help.replace("{kinds}", "见“通报种类”")
                used.setdefault((_written(part), meaning, _default(part)), []).append(name)
    for (option, meaning, default), names in sorted(used.items(), key=lambda item: -len(item[1])):
        yield option, meaning, default, _where(names, [name for name, _ in commands])


def _default(part: Any) -> str:
    """必填, what is taken where the option is not written, or nothing where nothing is."""
    if part.required:
        return "必填"
    if part.secondary_opts:
        return f"`{(part.opts if part.default else part.secondary_opts)[0]}`"
    if isinstance(part.show_default, str):
        return part.show_default
    return "—" if part.default in (None, "", False) or not part.show_default else f"`{part.default}`"


def _where(names: Sequence[str], known: Sequence[str]) -> str:
    found: list[str] = []
    for group in dict.fromkeys(name.split(" ")[0] for name in names):
        of_group = [name for name in known if name.split(" ")[0] == group]
        if len(of_group) > 1 and set(of_group) <= set(names):
            found.append(f"`{group}` 各命令")
        else:
            found += [f"`{name}`" for name in names if name.split(" ")[0] == group]
    return " ".join(found)


def _table(heads: Sequence[str], rows: Any) -> str:
    lines = [heads, (":--",) * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
