"""“How to add” of docs/CONTRIBUTING.md, and its blocks put where they say.

A block names its file after the language (``toml quality.toml``); ``in NAME`` puts it at the head of that list or dictionary,
``above NAME`` before that assignment, nothing at the end of the file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/CONTRIBUTING.md").read_text("utf-8").split("\n## How to add\n")[1].split("\n## ")[0]
PARTS = dict(re.findall(r"^\*\*(.+?)\*\*(.*?)(?=^\*\*|\Z)", GUIDE, re.M | re.S))


def blocks(part: str) -> list[tuple[str, str]]:
    """The blocks of a part that name a file: where each goes, and its text."""
    return re.findall(r"^```\w+ (\S.*?)\n(.*?)^```$", PARTS[part], re.M | re.S)


def carry_out(part: str, root: Path) -> list[str]:
    """Put each block of a part of the guide where it says; the names of the files."""
    done = []
    for where, block in blocks(part):
        name, _, place = where.partition(" ")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8") if path.exists() else ""
        how, _, target = place.partition(" ")
        path.write_text(_put(text, block, how, target), "utf-8")
        done.append(name)
    return done


def _put(text: str, block: str, how: str, target: str) -> str:
    if not how:
        return f"{text}\n\n{block}" if text else block
    (node,) = [one for one in ast.parse(text).body if target in {*_names(one)}]
    lines = text.splitlines(keepends=True)
    at = node.lineno - 1
    if how == "in":  # as the first entry of the list or dictionary
        literal = next(one for one in ast.walk(node) if isinstance(one, ast.Dict | ast.Tuple | ast.List) and _long(one))
        at = literal.lineno
    assert how in ("in", "above")
    return "".join([*lines[:at], block, "\n" if how == "above" else "", *lines[at:]])


def _names(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [one.id for target in targets if target for one in ast.walk(target) if isinstance(one, ast.Name)]


def _long(node: ast.expr) -> bool:
    return (node.end_lineno or 0) > node.lineno
