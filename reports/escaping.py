"""Data into Markdown: a value is text and never markup, wherever in the text it is put.

While a template is filled, each value stands between two characters that no text may hold. Only when all of it is
there can be told what a value has to be guarded against: at the start of a line a number sign is a heading, in the
front matter a colon is a key. :func:`settled` does that and takes the two characters away.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from reports.cells import UNSEEN

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"  # noncharacters: Unicode keeps them for such a use
_VALUE: Final = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_WITHIN: Final = re.compile(f"({_OPEN}[^{_OPEN}{_CLOSE}]*){_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_NEITHER: Final = re.compile(f"[{_OPEN}{_CLOSE}]")
_LINE_ENDS: Final = re.compile(r"[ \t]*[\r\n\x0b\x0c\x85\u2028\u2029]+\s*")
SHAPELESS: Final = re.compile(rf"(?![\n\t])(?:{UNSEEN}|[\x00\ud800-\udfff])")
"""What no font prints, line ends and tabs apart: an empty box in its place would be no better."""

# Every mark of CommonMark and its tables. Stars between figures are signs of multiplication and an underscore within
# a word is one: the layout reads both as they stand.
_MARKS: Final = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|(?<![0-9A-Za-z*])\*+|\*+(?![0-9A-Za-z*])|(?<![^\W_])_+|_+(?![^\W_])"
    r"|[`\[\]|]|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
)
_AT_START: Final = re.compile(r"#{1,6}(?:[ \t]|$)|>|[-+](?:[ \t]|$)|-{2,}|={1,}|~{3,}")
_NUMBERED: Final = re.compile(r"([0-9]{1,9})([.)])(?=[ \t]|$)")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_PLAIN_SCALAR: Final = re.compile(r"[^\W\d_][^:#\\\"'{}\[\],&*!|>%@`\t]*")
_KEY: Final = re.compile(r"[ ]*(?:-[ ]+|[^\s:：#\-\[\]{}\"'][^\s:：]*[:：][ ]*)")


class Marked(str):
    """A text in which values are marked already, or that is meant as markup."""

    __slots__ = ()


def marked(value: Any) -> Marked:
    """A value as it goes into a template's text."""
    if isinstance(value, Marked):
        return value
    return Marked(f"{_OPEN}{_NEITHER.sub('', str(value))}{_CLOSE}")


def in_line(text: str) -> str:
    """A text in one line, without what has no shape; a line end is a blank only between letters that need one."""

    def blank(end: re.Match[str]) -> str:
        before, after = text[: end.start()][-1:], text[end.end() :][:1]
        return " " if before.isascii() and after.isascii() and before and after else ""

    return SHAPELESS.sub("", _LINE_ENDS.sub(blank, text))


def shaped(value: Any) -> Any:
    """A value without what has no shape, where another guards it; texts that are markup stay what they are."""
    return SHAPELESS.sub("", value) if type(value) is str else value


def escaped(text: str, *, start: bool = False) -> str:
    """A text that Markdown shows as it is; ``start``: it begins a line, where blanks before a mark do not guard it."""
    text = in_line(text).lstrip(" \t") if start else in_line(text)
    lead = _AT_START.match(text) if start else None
    numbered = _NUMBERED.match(text) if start else None
    text = _MARKS.sub(lambda mark: "".join(f"\\{sign}" for sign in mark[0]), text)
    if lead:
        return f"\\{text}"
    return _NUMBERED.sub(r"\1\\\2", text, count=1) if numbered else text


def plain(markdown: str) -> str:
    """What :func:`escaped` was given."""
    return _ESCAPED.sub(r"\1", markdown)


def scalar(text: str) -> str:
    """A text as the value of a key of the front matter, in quotes where it needs them."""
    text = " ".join(in_line(text).split())
    if not text or _PLAIN_SCALAR.fullmatch(text):
        return text
    try:
        if yaml.load(f"k: {text}", Loader=yaml.BaseLoader) == {"k": text}:  # noqa: S506  (it makes only strings)
            return text
    except (yaml.YAMLError, RecursionError):
        pass
    return json.dumps(text, ensure_ascii=False)


def unquoted(text: str) -> str:
    """What :func:`scalar` was given."""
    if text[:1] in "\"'":
        try:
            return str(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506
        except yaml.YAMLError:
            return text
    return text


def settled(text: str) -> str:
    """A filled template with every marked value guarded as its place asks for."""
    if _OPEN not in text:
        return text
    while text != (text := _WITHIN.sub(r"\1\2", text)):
        pass
    text = _VALUE.sub(lambda value: f"{_OPEN}{in_line(value[1])}{_CLOSE}", text)
    lines = text.split("\n")
    rules = [place for place, line in enumerate(lines) if line.strip() == "---"][:2]
    front = range(*rules) if len(rules) == 2 and not "".join(lines[: rules[0]]).strip() else range(0)
    return "\n".join(
        line if _OPEN not in line else _front(line) if place in front else _body(line)
        for place, line in enumerate(lines)
    )


def _front(line: str) -> str:
    key = _KEY.match(line)
    before, rest = (line[: key.end()], line[key.end() :]) if key else ("", line)
    if rest[:1] in "\"'":  # the template has quotes of its own: of two kinds, and each has its way to hold itself
        quote = rest[0]
        inner = (lambda v: json.dumps(v[1], ensure_ascii=False)[1:-1]) if quote == '"' else _single
        return before + _VALUE.sub(inner, rest)
    return before + scalar(_NEITHER.sub("", rest))


def _single(value: re.Match[str]) -> str:
    return value[1].replace("'", "''")


def _body(line: str) -> str:
    pieces = _VALUE.split(line)  # text, value, text, …
    found = pieces[0]
    for value, after in zip(pieces[1::2], pieces[2::2], strict=True):
        guarded = escaped(value, start=not found.strip(" \t>"))
        found += (guarded.replace("#", "\\#") if found.startswith("#") else guarded) + after
    return _NEITHER.sub("", found)
