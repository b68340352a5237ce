"""Case tables written by hand, and what the pipeline makes of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from reports import catalogue, read
from reports.catalogue.values import vocabulary as words_of
from reports.compare import compare, untold, values
from reports.courts import court_table
from reports.courts.periods import Period, consecutive, parse_period
from reports.model import CaseTable, Comparisons, Note
from reports.pipeline.sources import with_finality
from reports.tally import tally
from reports.tally.reach import fitted

TODAY = date(2026, 11, 22)
COURTS = """代码,名称,层级,上级
辽,演示省高级人民法院,高院,
辽01,天枢市中级人民法院,中院,辽
辽0102,天枢市城东区人民法院,基层法院,辽01
辽0103,天枢市城西区人民法院,基层法院,辽01
辽02,天璇市中级人民法院,中院,辽
辽0202,天璇市城东区人民法院,基层法院,辽02
"""


def write_csv(path: Path, rows: Sequence[dict[str, object]], encoding: str = "utf-8") -> Path:
    """Rows with Chinese headers, as a court system exports them."""
    header = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@contextmanager
def reading(path: Path, *more: Path, courts: str = COURTS, today: date = TODAY) -> Iterator[CaseTable]:
    """The case table of files of one folder with the courts above."""
    table = path.parent / "courts.csv"
    table.write_text(courts, "utf-8")
    names = [one.name for one in (path, *more)]
    with read.read(names, path.parent, tree=court_table.load(table), today=today) as cases:
        yield cases


def counted(path: Path, last: str, first: str | None = None) -> pd.DataFrame:
    """The tally of one file over consecutive periods."""
    with reading(path) as cases:
        return tally(cases, catalogue.load(), _periods(last, first)).frame


def compared(
    path: Path, period: str, first: str | None = None, *, edition: catalogue.Catalogue | None = None
) -> Comparisons:
    """All comparisons of one file for a period, with the core edition unless another is given."""
    edition = edition or catalogue.load()
    with reading(path) as read_cases:
        cases = with_finality(read_cases, edition)
        edition = fitted(edition, cases)
        result = tally(cases, edition, _periods(period, first))
    table = values(result, edition, result.periods)
    return compare(table, edition, parse_period(period), untold(result, edition))


def measured(
    folder: Path,
    files: Sequence[str],
    period: Period,
    *,
    edition: str = "all",
    lean: bool = True,
    periods: Sequence[Period] = (),
    own_words: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    most: float = 0.5,
) -> tuple[Comparisons, dict[str, Note], frozenset[str]]:
    """(comparisons, notes by id, columns in which something is unknown) of files that name their courts themselves.

    ``lean`` reads only what counts need; ``periods`` are those that are counted, ``period`` alone by default;
    ``own_words`` are a court's spellings, ``most`` the limit of unknown cases in %.
    """
    definitions = catalogue.load(edition)
    vocabulary = words_of(definitions.conditions, definitions.values, own_words, "tongbao.toml")
    wanted, spans = definitions.columns if lean else None, list(periods or [period])
    with read.read(files, folder, tree=None, today=date(2026, 6, 1), vocabulary=vocabulary, wanted=wanted) as table:
        definitions = definitions.resolved(table.columns)
        numbers = values(tally(table, definitions, spans), definitions, spans, most_unknown=most)
        return compare(numbers, definitions, period, {}), {note.id: note for note in table.notes}, table.unknown


def _periods(last: str, first: str | None) -> tuple[Period, ...]:
    end = parse_period(last)
    return consecutive(parse_period(first) if first else end.year_before, end)


CASES_BY_HAND = """案号,经办法院,案由,立案日期,结案日期,结案方式,应结案日期,原审案号
（2024）辽0102民初1号,天枢市城东区人民法院,民间借贷纠纷,2024-06-03,,,2024-12-03,
（2025）辽0102民初1号,天枢市城东区人民法院,离婚纠纷,2025-05-06,2025-07-15,调解,2025-11-06,
（2025）辽0102民初2号,天枢市城东区人民法院,买卖合同纠纷,2025-07-01,2025-09-30,判决,2025-09-29,
（2025）辽0103刑初1号,天枢市城西区人民法院,盗窃罪,2025-08-01,2025-08-20,判决,2025-10-01,
（2025）辽0103执1号,天枢市城西区人民法院,民间借贷纠纷,2025-04-01,2025-07-31,执行完毕,2025-10-01,
（2025）辽01民终1号,天枢市中级人民法院,民间借贷纠纷,2025-07-20,2025-08-30,改判,2025-10-20,（2025）辽0102民初9号
（2025）辽01民终2号,天枢市中级人民法院,离婚纠纷,2025-06-20,2025-09-10,维持,2025-09-20,（2025）辽0102民初8号
（2025）辽01民终3号,天枢市中级人民法院,离婚纠纷,2025-06-20,2025-06-10,维持,2025-09-20,（2025）辽0102民初7号
"""


def copied(source: Path, folder: Path) -> Path:
    """A workspace of one's own over the same data."""
    folder.mkdir()
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((source / name).read_bytes())
    return folder
