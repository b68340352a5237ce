"""Jinja2 templates in a sandbox: text, numbers, lists and dicts in, text out; mistakes with their line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.errors import ConfigError
from reports.words import chinese_number


class Compiled(BytecodeCache):
    """Templates compiled once a process, known by file and text: many bulletins are written by the same ones.

    Each kind of environment needs one of its own, because its settings (escaping) are part of the code.
    """

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code, if it was compiled before."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of the bucket."""
        self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


def environment_of(templates: Sequence[Path]) -> jinja2.Environment:
    """The sandbox, with templates looked for in each folder in turn."""
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([str(path) for path in templates]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        bytecode_cache=_COMPILED,
    )
    environment.filters["chinese"] = chinese_number
    return environment


def fill(environment: jinja2.Environment, name: str, data: Mapping[str, Any]) -> str:
    """A template filled with data; raises :class:`ConfigError` with its line."""
    with mistakes_told(name):
        return environment.get_template(name).render(**data)


@contextmanager
def mistakes_told(name: str) -> Iterator[None]:
    """Raise what Jinja finds wrong in a template as :class:`ConfigError` with its line."""
    try:
        yield
    except jinja2.TemplateNotFound as error:
        raise ConfigError(f"没有模板“{error.name}”。", advice="用 tongbao template list 查看可用的模板。") from error
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"模板写法有误：{error.message}", where=f"{error.filename}，第{error.lineno}行") from error
    except jinja2.UndefinedError as error:
        raise ConfigError(f"模板用到了没有的内容：{error.message}", where=_template_line(name, error)) from error
    except jinja2.exceptions.SecurityError as error:
        raise ConfigError(f"模板用到了不允许的写法：{error}", where=_template_line(name, error)) from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:  # {{ "甲" + 1 }}, {{ 1 / 0 }}
        raise ConfigError(f"模板写法有误：{error}", where=_template_line(name, error)) from error


def _template_line(name: str, error: BaseException) -> str:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(name.rpartition("/")[2]):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{name}，第{line}行" if line else name


def safe(text: str) -> str:
    """A text that may stand in a file name."""
    return "".join(character for character in text if character not in '/\\:*?"<>| ')
