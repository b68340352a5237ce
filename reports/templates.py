"""Jinja2 templates in a sandbox: text, numbers, lists and dicts in, text out; mistakes with their line.

What a value may do to the text is decided by the environment: in Markdown it is never markup (:mod:`reports.escaping`),
in drawings never XML. What a template may use of the machine is bounded.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar, Final, Literal, Protocol

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports import escaping, system
from reports.errors import ConfigError
from reports.words import chinese_number

SECONDS: Final = 20  # of processor time for one text; the longest bulletin of a province takes less than one
MEMORY: Final = 1 << 30  # bytes beside what the program holds already
LONGEST: Final = 1 << 24  # characters or entries of what one operation may make
TEXT: Final = 1 << 22  # characters of one text; the longest of a province has a tenth of a million

Form = Literal["text", "markdown", "xml"]


class Store(Protocol):
    """Where compiled templates are kept between runs: trusted as the program itself."""

    def load(self, key: str) -> bytes | None:
        """The entry of a key, or ``None``."""

    def save(self, key: str, entry: bytes) -> None:
        """Keep an entry."""


class Compiled(BytecodeCache):
    """Templates compiled once, known by file and text: many bulletins are written by the same ones.

    Each kind of environment needs one of its own, because its settings (escaping) are part of the code.
    """

    store: ClassVar[Store | None] = None  # by default they are kept for the life of the process only

    def __init__(self, form: str) -> None:
        self._form = form
        self._code: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code, if it was compiled before."""
        key = f"{self._form} {bucket.key} {bucket.checksum}"
        if key not in self._code and self.store and (kept := self.store.load(key)):
            bucket.bytecode_from_string(kept)
            self._code[key] = bucket.code
        bucket.code = self._code.get(key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of the bucket."""
        key = f"{self._form} {bucket.key} {bucket.checksum}"
        self._code[key] = bucket.code
        if self.store:
            self.store.save(key, bucket.bytecode_to_string())


_COMPILED: Final[Mapping[Form, Compiled]] = {form: Compiled(form) for form in ("text", "markdown", "xml")}


class _TooMuch(Exception):
    """A template asks for more time or memory than any bulletin needs."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox, in which no single operation makes something endless."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and isinstance(right, int | float) and abs(right) > 1000:
            raise _TooMuch
        for one, other in ((left, right), (right, left)) if operator == "*" else ():
            if hasattr(one, "__len__") and isinstance(other, int) and len(one) * other > LONGEST:
                raise _TooMuch
        if operator == "%" and isinstance(left, str) and re.search(r"%[^a-zA-Z%]*(?:[0-9]{7,}|\*)", left):
            raise _TooMuch
        return super().call_binop(context, operator, left, right)


class _MarkdownSandbox(_Sandbox):
    """The same for Markdown: each value is marked as one where it enters the text."""

    @staticmethod
    def concat(parts: Iterable[str]) -> escaping.Marked:
        """What the template writes: its values are marked already."""
        return escaping.Marked("".join(parts))


def _join(values: Iterable[Any], between: str = "", attribute: str | int | None = None) -> escaping.Marked:
    """Jinja's filter; what stands between the values is the template's own."""
    if attribute is not None:
        parts = str(attribute).split(".")
        for part in parts:
            values = [value[part] if isinstance(value, Mapping) else value[int(part)] for value in values]
    return escaping.Marked(str(between).join(escaping.marked(value) for value in values))


def environment_of(templates: Sequence[Path], form: Form = "text") -> jinja2.Environment:
    """The sandbox, with templates looked for in each folder in turn; ``form`` says what values are guarded against."""
    environment = (_MarkdownSandbox if form == "markdown" else _Sandbox)(
        loader=jinja2.FileSystemLoader([str(path) for path in templates]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=form == "xml",
        finalize={"markdown": escaping.marked, "xml": escaping.shaped}.get(form),
        bytecode_cache=_COMPILED[form],
    )
    environment.filters["chinese"] = chinese_number
    if form == "markdown":
        environment.filters |= {"join": _join, "safe": escaping.Marked}
    return environment


def fill(environment: jinja2.Environment, name: str, data: Mapping[str, Any]) -> str:
    """A template filled with data; raises :class:`ConfigError` with its line."""
    with mistakes_told(name), bounded():
        if len(text := environment.get_template(name).render(**data)) > TEXT:
            raise _TooMuch  # what sets it would take hundreds of times as much
        return escaping.settled(text)


@contextmanager
def mistakes_told(name: str) -> Iterator[None]:
    """Raise what Jinja finds wrong in a template as :class:`ConfigError` with its line.

    Whatever goes wrong while a template is filled is the template's mistake: nothing but its own words run there.
    """
    try:
        yield
    except ConfigError:
        raise
    except jinja2.TemplateNotFound as error:
        where = None if error.name == name else _template_line(name, error)  # the one that takes it in
        advice = "用 tongbao template list 查看可用的模板。"
        raise ConfigError(f"没有模板“{error.name}”。", where=where, advice=advice) from error
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"模板写法有误：{error.message}", where=f"{error.filename}，第{error.lineno}行") from error
    except jinja2.UndefinedError as error:
        raise ConfigError(f"模板用到了没有的内容：{error.message}", where=_template_line(name, error)) from error
    except jinja2.exceptions.SecurityError as error:
        raise ConfigError(f"模板用到了不允许的写法：{error}", where=_template_line(name, error)) from error
    except RecursionError as error:
        advice = "请核对 include、import、宏是否调用了自己。"
        raise ConfigError("模板层层套用，没有尽头。", where=_template_line(name, error), advice=advice) from error
    except (_TooMuch, MemoryError, OverflowError) as error:
        advice = "请核对循环的次数、重复的文字和字符宽度。"
        raise ConfigError("模板耗用的时间或者内存过多。", where=_template_line(name, error), advice=advice) from error
    except UnicodeDecodeError as error:
        raise ConfigError("模板文件不是 UTF-8 编码。", where=_template_line(name, error)) from error
    except Exception as error:  # {{ "甲" + 1 }}, {{ 1 // 0 }}
        raise ConfigError(f"模板写法有误：{error}", where=_template_line(name, error)) from error


_bounds = threading.local()  # whether a template is being filled already


@contextmanager
def bounded() -> Iterator[None]:
    """An end to what goes on inside, after :data:`SECONDS` or beyond :data:`MEMORY`."""
    if getattr(_bounds, "set", False) or threading.current_thread() is not threading.main_thread():
        yield
        return
    _bounds.set = True
    try:
        with system.bounded(SECONDS, MEMORY, _TooMuch):
            yield
    finally:
        _bounds.set = False


def _template_line(name: str, error: BaseException) -> str:
    """The innermost place in a template: a part that is taken in is named, not the one that takes it in."""
    place, trace = name, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = f"{file}，第{trace.tb_lineno}行"
        trace = trace.tb_next
    return place


def safe(text: str) -> str:
    """A text that may stand in a file name of any system; two texts remain two names.

    What may not stand there is as wide as a Han character; the slash between the parts of a unit's code goes.
    """
    return text.translate(_WIDE)


_WIDE = str.maketrans('\\:*?"<>|', "＼：＊？＂＜＞｜", "/ ")
