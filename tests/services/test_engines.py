"""The same catalogue and the same command on PostgreSQL and Spark: documents equal to those of the embedded engine.

The demo province with its dirt is loaded into each engine; the order of its lines goes with it as 序号.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from test_databases import SECRET, Server, postgresql  # noqa: F401 - the server is a fixture

from reports.read.database import Database
from reports.read.engine.engines import PostgreSQL

pytestmark = pytest.mark.services
AS_OF = ("--period", "2026Q3", "--as-of", "2026-10-20")
LOCAL = "local[2]"


@dataclass(frozen=True)
class Loaded:
    """An engine that holds the province: the ``[engine]`` table for typed columns, and for columns of text."""

    typed: str
    text: str


def numbered(province: Path, target: Path, *, text: bool) -> Path:
    """The province as Parquet with 序号, typed or with every column as text."""
    columns = "COLUMNS(*)::VARCHAR" if text else "*"
    source = f"read_parquet('{province / 'cases.parquet'}', file_row_number = true)"
    duckdb.connect().execute(
        f"COPY (SELECT {columns.replace('*', '* EXCLUDE file_row_number')}, file_row_number + 1 AS 序号 "
        f"FROM {source}) TO '{target}' (FORMAT parquet)"
    )
    return target


@pytest.fixture(scope="module")
def files(province, tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("numbered")
    return numbered(province, folder / "typed.parquet", text=False), numbered(
        province, folder / "text.parquet", text=True
    )


@pytest.fixture(scope="module")
def on_postgresql(postgresql: Server, files) -> Loaded:  # noqa: F811
    connection = postgresql.root()
    for name, file in zip(("typed", "text"), files, strict=True):
        rows = duckdb.sql(f"SELECT * FROM '{file}'")
        kinds = {"DATE": "date", "INTEGER": "integer", "BIGINT": "bigint", "DECIMAL(18,2)": "numeric(18,2)"}
        columns = [f'"{n}" {kinds.get(str(t), "text")}' for n, t in zip(rows.columns, rows.types, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE anjian_{name} ({', '.join(columns)})")
            with cursor.copy(f"COPY anjian_{name} FROM STDIN") as copy:
                for row in rows.fetchall():
                    copy.write_row(row)
    connection.commit()
    connection.close()
    table = f'kind = "postgresql"\nurl = "{postgresql.url}"\npassword_env = "ANJIAN_PW"\norder = "序号"\n'
    return Loaded(f'{table}relation = "anjian_typed"\n', f'{table}relation = "public.anjian_text"\n')


@pytest.fixture(scope="module")
def on_spark(files) -> Loaded:
    table = f'kind = "spark"\nurl = "{LOCAL}"\norder = "序号"\n'
    typed, text = (f'{table}relation = "parquet.`{file}`"\n' for file in files)
    return Loaded(typed, text)


def with_engine(workspace: Path, table: str) -> Path:
    """A copy of a workspace that counts in an engine."""
    folder = workspace.parent / "引擎"
    folder.mkdir()
    shutil.copy(workspace / "courts.csv", folder)
    config = (workspace / "tongbao.toml").read_text("utf-8").replace('files = ["cases.parquet"]', "files = []")
    (folder / "tongbao.toml").write_text(f"{config}\n[engine]\n{table}", "utf-8")
    return folder


def without_judgements(markdown: str) -> list[str]:
    """The lines but those of judgements, which files make without serial cases and an engine, blind to them, with."""
    blind = "指标同比(?:趋|基本)|项次作了核查|系列案|的口径由本院自定"
    return [line for line in markdown.splitlines() if not re.search(blind, line)]


ENGINES = ["on_postgresql", "on_spark"]


@pytest.mark.parametrize("below", ["court", "department", "team"])
@pytest.mark.parametrize("engine", ENGINES)
def test_the_indicators_are_the_same_document(engine, below, request, workspace, tongbao, monkeypatch):
    """Also of departments and teams, to which appeals are carried by their numbers."""
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    embedded = tongbao("indicators", "-w", workspace, *AS_OF, "--below", below, "--json")
    assert embedded.code == 0, embedded.err
    folder = with_engine(workspace, request.getfixturevalue(engine).typed)
    remote = tongbao("indicators", "-w", folder, *AS_OF, "--below", below, "--json")
    assert remote.code == 0, remote.err
    assert remote.out == embedded.out
    found = json.loads(remote.out)["indicators"]
    assert len(found) > 10_000
    assert max(one["court"].count("/") for one in found) == ["court", "department", "team"].index(below)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_of_text_give_the_same_document(engine, request, workspace, tongbao, monkeypatch):
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    embedded = tongbao("indicators", "-w", workspace, *AS_OF, "--json")
    folder = with_engine(workspace, request.getfixturevalue(engine).text)
    remote = tongbao("indicators", "-w", folder, *AS_OF, "--json")
    assert remote.code == 0, remote.err
    assert remote.out == embedded.out


CROSSED = [  # an appeal by what its first instance had, several values of a case, bands, departments, months
    ("上诉率", "适用程序,承办部门", "案由=买卖合同纠纷、离婚纠纷"),
    ("结案率", "专项标签,月份", "条线=民事"),
    ("案-件比", "标的额,单位", "标的额 > 1000 or 标的额 is null"),
]


# Over columns of text Spark ends the join of appeals to first instances with an error, after minutes: docs/engines.md.
@pytest.mark.parametrize(
    ("engine", "columns"),
    [
        (engine, columns)
        for engine in ENGINES
        for columns in ("typed", "text")
        if (engine, columns) != ("on_spark", "text")
    ],
)
def test_cross_tables_and_the_cases_behind_them_are_the_same(engine, columns, request, workspace, tongbao, monkeypatch):
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    folder = with_engine(workspace, getattr(request.getfixturevalue(engine), columns))
    for indicator, by, where in CROSSED:
        ask = (*AS_OF, "--indicator", indicator, "--by", by, "--where", where, "--json")
        embedded, remote = (tongbao("crosstab", "-w", one, *ask) for one in (workspace, folder))
        assert embedded.code == remote.code == 0, remote.err
        own, found = (json.loads(one.out) for one in (embedded, remote))
        assert found["cells"] == own["cells"]
        assert len(own["cells"]) > 10
        totals = [
            json.loads(tongbao("crosstab", "-w", one, *ask, "--cases").out)["total"] for one in (workspace, folder)
        ]
        assert totals[0] == totals[1] == own["cells"][-1]["numerator"]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_bulletin_is_the_same_text(engine, request, workspace, tongbao, monkeypatch):
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    folder = with_engine(workspace, request.getfixturevalue(engine).typed)
    for one in (workspace, folder):
        result = tongbao("run", "-w", one, *AS_OF, "--format", "md")
        assert result.code == 0, result.err
    here, there = workspace / "out/2026Q3", folder / "out/2026Q3"
    name = "2026Q3-general.md"
    embedded, remote = ((out / name).read_text("utf-8") for out in (here, there))
    assert without_judgements(remote) == without_judgements(embedded)
    assert (there / "indicators.csv").read_bytes() == (here / "indicators.csv").read_bytes()
    assert (there / "charts/flow.svg").read_bytes() == (here / "charts/flow.svg").read_bytes()
    aside = (there / "set-aside.csv").read_text("utf-8-sig")
    source = re.compile(r"^(anjian_typed|parquet\.`[^`]*`|cases\.parquet),", re.M)
    assert source.sub("", aside) == source.sub("", (here / "set-aside.csv").read_text("utf-8-sig"))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_statements_can_be_read_before_they_run(engine, request, workspace, tongbao, monkeypatch):
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    folder = with_engine(workspace, request.getfixturevalue(engine).typed)
    result = tongbao("indicators", "-w", folder, *AS_OF, "--show-sql")
    assert result.code == 0, result.err
    assert "tongbao_rows" in result.out
    assert "m_filed" in result.out
    assert SECRET not in result.out + result.err


def test_postgresql_lets_nothing_be_written(on_postgresql, postgresql, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    engine = PostgreSQL(Database(postgresql.url, "", tmp_path, "ANJIAN_PW"))
    for statement in ("DELETE FROM anjian_typed", "CREATE TABLE mine (x integer)", "DROP TABLE anjian_typed"):
        with pytest.raises(Exception, match=r"read-only|只读"):
            engine.query(statement)
        engine.connection.rollback()
    engine.put("small", {"text": "text", "value": "integer"}, [("甲", 1), (None, None)])
    assert engine.query("SELECT count(*) AS n, sum(value)::bigint AS s FROM small").iloc[0].tolist() == [2, 1]
    engine.close()


def test_an_unreachable_engine_is_said_without_the_password(workspace, tongbao, monkeypatch):
    monkeypatch.setenv("ANJIAN_PW", SECRET)
    table = 'kind = "postgresql"\nurl = "postgresql://u@127.0.0.1:9/d"\npassword_env = "ANJIAN_PW"\nrelation = "a"\n'
    result = tongbao("indicators", "-w", with_engine(workspace, table), *AS_OF)
    assert result.code == 5
    assert "无法连接数据库引擎" in result.err
    assert SECRET not in result.err
