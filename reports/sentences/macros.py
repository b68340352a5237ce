"""Evidence → sentences: the macros of ``templates/sentences/``, a court's own before ours.

Macros are looked up one by one: a court's file may have only those that it words otherwise. A sentence has no line
breaks, so that a macro can be written over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template
from jinja2.runtime import Macro

from reports.errors import ConfigError
from reports.sentences.clauses import Clause, Evidence
from reports.templates import bounded, environment_of, mistakes_told

FOLDER = "sentences"
PLAIN = "plain"  # the file of macros that say the same without its statistics


class Sentences:
    """The sentences of some template folders, a court's own first; each file is compiled once, when it is needed.

    ``plain`` ones are those that leaders and courts read: a macro of ``plain.j2`` goes before that of the same name in
    the same folder, so that what a court words itself is printed as it wrote it.
    """

    def __init__(self, templates: Sequence[Path], *, plain: bool = False) -> None:
        """``templates`` are folders of templates; the last one has every macro."""
        self._plainly = plain
        self._files = [(folder, environment_of(templates[place:])) for place, folder in enumerate(templates)]
        self._macros: dict[tuple[str, str], tuple[Environment, Template, Macro]] = {}

    def of(self, clause: Clause) -> str:
        """The sentence or clause of a record; raises :class:`ConfigError` for a macro that is wrong, with its line."""
        environment, template, macro = self._macro(*clause.macro)
        values = {name: self._plain(value) for name, value in clause.values().items()}
        with mistakes_told(template.filename or ""), bounded():
            try:
                text = macro(**{name: values[name] for name in macro.arguments if name in values})
            except Exception:
                environment.handle_exception()  # raises the same with the template's lines
        return re.sub(r"\s*\n\s*", "", str(text)).strip(" \t")

    def in_list(self, evidence: Evidence) -> str:
        """The sentence of a finding in a list under whose heading it need not be said that the data are doubted."""
        return self.of(replace(evidence, to_verify=False))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Clause):
            return self.of(value)
        return [self._plain(one) for one in value] if isinstance(value, tuple) else value

    def _macro(self, file: str, name: str) -> tuple[Environment, Template, Macro]:
        if (file, name) not in self._macros:
            self._macros[file, name] = self._look_up(file, name)
        return self._macros[file, name]

    def _look_up(self, file: str, name: str) -> tuple[Environment, Template, Macro]:
        files = (PLAIN, file) if self._plainly else (file,)
        for folder, environment, path in ((*one, f"{FOLDER}/{it}.j2") for one in self._files for it in files):
            if not (folder / path).is_file():
                continue
            with mistakes_told(str(folder / path)), bounded():
                template = environment.get_template(path)
                try:
                    module = template.module
                except Exception:
                    environment.handle_exception()
                if isinstance(macro := getattr(module, name, None), Macro):
                    return environment, template, macro
        where = f"{FOLDER}/{file}.j2"
        raise ConfigError(f"语句模板中没有“{name}”。", where=where, advice="用 tongbao template list 查看可用的模板。")


def sentences_of(templates: Sequence[Path], *, plain: bool = False) -> Sentences:
    """The sentences of some template folders, kept for as long as no file of theirs changes."""
    files = [path for folder in templates for path in sorted((folder / FOLDER).glob("*.j2"))]
    times = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return _kept(tuple(templates), plain, times)


@lru_cache(maxsize=4)
def _kept(templates: tuple[Path, ...], plain: bool, _files: tuple[tuple[Path, int, int], ...]) -> Sentences:
    return Sentences(templates, plain=plain)
