"""Databases without a server: addresses, statements, passwords and drivers. Real servers are in tests/services."""

from __future__ import annotations

import sys

import pytest

from reports.errors import ConfigError, EnvironmentMissing, InputError
from reports.read.database import Database, check_statement, open_database, parse_url

SECRET = "hunter2-太阳"
GOOD = "SELECT ah, fymc, larq, jarq FROM anjian"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@h/db",
        f"mysql://u:{SECRET}@h/db?charset=utf8mb4",
        f"postgresql://u@h/db?password={SECRET}",
        f"mariadb://u@h/db?PassWd={SECRET}",
        f"postgresql://u:{SECRET}@h:port/db",
    ],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as error:
        parse_url(url)
    assert SECRET not in str(error.value)


def test_addresses():
    driver, target = parse_url("postgresql://tong%40ji@10.1.2.3/anjian?sslmode=require")
    assert (driver.module, target.host, target.port, target.user, target.name) == (
        "psycopg",
        "10.1.2.3",
        5432,
        "tong@ji",
        "anjian",
    )
    assert parse_url("dm://sysdba@h")[0].module == "dmPython"
    assert parse_url("kingbase://u@h/db")[1].port == 54321
    for url, part in [
        ("mssql://u@h/db", "不支持的数据库类型"),
        ("postgresql:///db", "不完整"),
        ("postgresql://u@h", "不完整"),
        ("postgresql://u@h/db?sslmod=1", "sslmod"),
        ("mysql://u@h/db?local_infile=1", "local_infile"),
    ]:
        with pytest.raises(ConfigError, match=part):
            parse_url(url)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", GOOD + ";"),
        ("postgres", "-- 案件\nWITH a AS (SELECT 1 AS x) SELECT x::text FROM a UNION ALL SELECT '；' ;"),
        ("mysql", "SELECT `案号`, DATE_FORMAT(larq, '%Y-%m-%d') FROM `案件` WHERE 1 = 1"),
        ("oracle", "SELECT AH, TO_CHAR(LARQ, 'YYYY-MM-DD') AS LARQ FROM AJ WHERE NVL(ZT, 0) = 1"),
        ("postgres", "(SELECT 1) UNION (SELECT 2)"),
        ("postgres", "SELECT 'drop table a; delete from b' AS x"),
    ],
)
def test_queries_that_only_read(dialect, sql):
    check_statement(sql, dialect, "q.sql")


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", ""),
        ("postgres", "-- nothing"),
        ("postgres", "SELECT 1; SELECT 2"),
        ("postgres", "SELECT 1; DROP TABLE a"),
        ("postgres", "DELETE FROM a"),
        ("postgres", "UPDATE a SET b = 1"),
        ("postgres", "INSERT INTO a SELECT 1"),
        ("postgres", "TRUNCATE a"),
        ("postgres", "COPY a TO PROGRAM 'sh'"),
        ("postgres", "CREATE TABLE x AS SELECT 1"),
        ("postgres", "SELECT * INTO x FROM a"),
        ("postgres", "SELECT * FROM a FOR UPDATE"),
        ("postgres", "WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone"),
        ("postgres", "WITH new AS (INSERT INTO a VALUES (1) RETURNING *) SELECT * FROM new"),
        ("postgres", "SELECT pg_terminate_backend(1)"),
        ("postgres", "SELECT pg_catalog.pg_read_file('/etc/passwd')"),
        ("postgres", "SELECT nextval('s')"),
        ("postgres", "SELECT set_config('a', 'b', false)"),
        ("postgres", "DO $$ BEGIN END $$"),
        ("postgres", "SET ROLE admin"),
        ("postgres", "CALL p()"),
        ("postgres", "EXPLAIN ANALYZE DELETE FROM a"),
        ("mysql", "SELECT * FROM a INTO OUTFILE '/tmp/x'"),
        ("mysql", "SELECT LOAD_FILE('/etc/passwd')"),
        ("mysql", "SELECT SLEEP(1000)"),
        ("mysql", "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */"),
        ("mysql", "SELECT * FROM a LOCK IN SHARE MODE"),
        ("oracle", "BEGIN NULL; END;"),
        ("oracle", "SELECT UTL_HTTP.REQUEST('http://a') FROM dual"),
        ("postgres", "SELECT FROM WHERE ((("),
        ("postgres", "SELECT " + "(" * 5000),
    ],
)
def test_anything_else_is_refused(dialect, sql):
    with pytest.raises(ConfigError):
        check_statement(sql, dialect, "q.sql")


def database(tmp_path, **more) -> Database:
    (tmp_path / "q.sql").write_text(GOOD, "utf-8")
    return Database(**{"url": "postgresql://u@127.0.0.1:1/db", "sql": "q.sql", "folder": tmp_path} | more)


def test_the_statement_stays_in_the_workspace(tmp_path):
    inside = tmp_path / "w"
    inside.mkdir()
    (tmp_path / "q.sql").write_text(GOOD)
    for name in ("../q.sql", str(tmp_path / "q.sql")):
        with pytest.raises(ConfigError, match="之外"):
            open_database(Database("postgresql://u@h/db", name, inside), tmp_path)
    with pytest.raises(ConfigError, match="无法读取"):
        open_database(Database("postgresql://u@h/db", "no.sql", inside), tmp_path)


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("postgresql://u@h/db", "psycopg", "tongbao[postgresql]"),
        ("mysql://u@h/db", "pymysql", "tongbao[mysql]"),
        ("oracle://u@h/db", "oracledb", "tongbao[oracle]"),
        ("dm://u@h", "dmPython", "tongbao[dm]"),
        ("kingbase://u@h/db", "ksycopg2", "tongbao[kingbase]"),
    ],
)
def test_a_missing_driver_says_what_to_install(tmp_path, monkeypatch, url, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EnvironmentMissing) as error:
        open_database(database(tmp_path, url=url), tmp_path)
    assert module in str(error.value)
    assert f'pip install "{package}"' in str(error.value)


class Careless:
    """A driver that repeats the password in its message."""

    @staticmethod
    def connect(**options):
        raise RuntimeError(f"login failed for password={options['password']}")


def test_a_driver_cannot_give_the_password_away(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", Careless)
    monkeypatch.setenv("CASES_PASSWORD", SECRET)
    with pytest.raises(InputError) as error:
        open_database(database(tmp_path, password_env="CASES_PASSWORD"), tmp_path)
    assert SECRET not in str(error.value)
    assert "***" in str(error.value)
    assert error.value.__cause__ is None
    command = (sys.executable, "-c", f"print('{SECRET}')")
    with pytest.raises(InputError) as error:
        open_database(database(tmp_path, password_command=command), tmp_path)
    assert "***" in str(error.value)


def test_a_password_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", Careless)
    for more, part in [
        ({"password_env": "NO_SUCH_VARIABLE"}, "环境变量没有设置"),
        ({"password_command": ("/no/such/program", SECRET)}, "无法运行"),
        ({"password_command": (sys.executable, "-c", f"import sys; sys.exit('{SECRET}')")}, "退出码 1"),
    ]:
        with pytest.raises(ConfigError, match=part) as error:
            open_database(database(tmp_path, **more), tmp_path)
        assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "lines",
    [
        f'url = "postgresql://u:{SECRET}@h/db"\nsql = "q.sql"',
        f'url = ["postgresql://u:{SECRET}@h/db"]',
        f'url = "postgresql://u@h/db"\nsql = "q.sql"\npassword_env = "{SECRET}"',
        f'url = "postgresql://u@h/db"\nsql = "q.sql"\npassword_env = "{SECRET.partition("-")[0]}"',
        f'url = "postgresql://u@h/db"\nsql = "q.sql"\npassword_command = "echo {SECRET}"',
        f'url = "postgresql://u@h/db"\nsql = "q.sql"\npassword_env = "A"\npassword_command = ["echo", "{SECRET}"]',
        f'password_command = ["echo", "{SECRET}"]',
        f'url = "postgresql://u:{SECRET}@h/db',
    ],
)
def test_no_mistake_in_the_configuration_prints_the_password(tmp_path, tongbao, lines):
    (tmp_path / "tongbao.toml").write_text(f"[source]\n{lines}\n", "utf-8")
    (tmp_path / "q.sql").write_text(GOOD)
    result = tongbao("check", "-w", tmp_path)
    assert result.code == 2, result.err
    assert SECRET.partition("-")[0] not in result.out + result.err
