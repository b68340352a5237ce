"""PostgreSQL and MariaDB for real: servers of our own, from installed packages, in a temporary folder."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from by_hand import COURTS, TODAY, _periods, counted
from sources import every_file, rows_by_hand

from reports import catalogue, read
from reports.courts import court_table
from reports.errors import ConfigError, InputError
from reports.read.database import CHUNK, Database
from reports.tally import tally

pytestmark = pytest.mark.services
SECRET = "Gui3-mi'\"%太"
QUERY = "SELECT * FROM anjian ORDER BY xh"
CODES = {"案号": "ah", "经办法院": "fymc", "案由": "ay", "立案日期": "larq", "结案日期": "jarq"} | {
    "结案方式": "jafs",
    "应结案日期": "yjarq",
    "原审案号": "ysah",
}
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server; ``root`` opens a connection that may write."""

    url: str
    root: Callable[[], Any]


def binary(name: str, *folders: str) -> str:
    places = [*folders, *os.environ["PATH"].split(os.pathsep), "/usr/sbin", "/usr/local/sbin"]
    found = next((Path(p) / name for p in places if p and (Path(p) / name).is_file()), None)
    assert found, f"{name} is not installed: run make test-services, which installs it"
    return str(found)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_user(user: str) -> dict[str, Any]:
    """Servers refuse to run as root."""
    return {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}


def private(name: str, user: str) -> Path:
    """A folder that the server's user can reach, under a short path (sockets have a length limit)."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user, user)
    return folder


def wait_for(connect: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            connect().close()
            return
        except Exception as error:
            told = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            assert process.poll() is None, f"the server ended:\n{told}"
            assert time.monotonic() < end, f"no answer in {START_SECONDS} s: {error}\n{told}"
            time.sleep(0.2)


def fill(connection: Any, date_type: str, text: str) -> None:
    """The cases by hand in a table, dates as dates, with an order of their own."""
    rows = rows_by_hand()
    names = [CODES[name] for name in rows[0]]
    fields = ", ".join(f"{n} {date_type if n.endswith('rq') else text}" for n in names)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE anjian (xh INTEGER PRIMARY KEY, {fields})")
        marks = ", ".join(["%s"] * (len(names) + 1))
        for number, row in enumerate(rows[1:], 1):
            cursor.execute(f"INSERT INTO anjian VALUES ({marks})", (number, *(value or None for value in row)))
    connection.commit()


@contextmanager
def running_postgresql() -> Iterator[Server]:
    """A server of its own in a temporary folder, for the time of the context."""
    import psycopg

    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    folder = private("pg", user)
    data, port, log = folder / "data", free_port(), folder / "log"
    secret = folder / "pw"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    init = [binary("initdb", *folders), "-D", str(data), "-U", "keeper", "-A", "scram-sha-256", "--pwfile", str(secret)]
    done = subprocess.run(
        [*init, "-E", "UTF8", "--locale=C.UTF-8", "-N"], capture_output=True, cwd=folder, check=False, **as_user(user)
    )
    assert done.returncode == 0, done.stderr.decode()
    command = [binary("postgres", *folders), "-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)]
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "-F"], stdout=out, stderr=out, cwd=folder, **as_user(user))

    def root() -> Any:
        return psycopg.connect(host="127.0.0.1", port=port, user="keeper", password=SECRET, dbname="postgres")

    try:
        wait_for(root, process, log)
        yield Server(f"postgresql://keeper@127.0.0.1:{port}/postgres", root)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with running_postgresql() as server:
        with server.root() as connection:
            fill(connection, "DATE", "TEXT")
        yield server


@pytest.fixture(scope="module")
def mariadb() -> Iterator[Server]:
    import pymysql

    user = "mysql" if os.geteuid() == 0 else getpass.getuser()
    folder = private("my", user)
    data, port, log = folder / "data", free_port(), folder / "log"
    # The install script asks the package's own folders for plugins; only the data folder is ours.
    install = [
        binary("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
    ]
    done = subprocess.run([*install, "--skip-test-db"], capture_output=True, cwd=folder, check=False, **as_user(user))
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    command = [binary("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1"]
    command += [f"--socket={folder}/s", f"--pid-file={folder}/pid", "--character-set-server=utf8mb4", "--sql-mode="]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, **as_user(user))

    def first() -> Any:
        return pymysql.connect(unix_socket=f"{folder}/s", user="root", charset="utf8mb4")

    def root() -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=port, user="keeper", password=SECRET.encode(), database="fayuan", charset="utf8mb4"
        )

    try:
        wait_for(first, process, log)
        with first() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE fayuan CHARACTER SET utf8mb4")
            cursor.execute("CREATE USER keeper@'127.0.0.1' IDENTIFIED BY %s", (SECRET,))
            cursor.execute("GRANT ALL ON fayuan.* TO keeper@'127.0.0.1'")
        with root() as connection:
            fill(connection, "DATE", "VARCHAR(200)")
        yield Server(f"mysql://keeper@127.0.0.1:{port}/fayuan", root)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def reading(server: Server, folder: Path, sql: str = QUERY, **more):
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "cases.sql").write_text(sql, "utf-8")
    database = Database(server.url, "cases.sql", folder, "CASES_PASSWORD")
    tree = court_table.load(folder / "courts.csv")
    return read.read([], folder, tree=tree, dialect="pinyin", database=database, today=TODAY, **more)


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("CASES_PASSWORD", SECRET)


def test_the_tally_is_that_of_every_file(server, tmp_path):
    with reading(server, tmp_path) as cases:
        assert (cases.rows_in, cases.rows_used) == (8, 7)
        assert [(r["文件"], r["行"]) for r in cases.set_aside.to_dict("records")] == [("cases.sql", 8)]
        found = tally(cases, catalogue.load(), _periods("2025Q3", None)).frame
    for kind, path in every_file(tmp_path).items():
        assert found.equals(counted(path, "2025Q3")), kind


def test_the_server_refuses_to_write_whatever_the_check_let_through(server, tmp_path, monkeypatch):
    monkeypatch.setattr("reports.read.database.check_statement", lambda *_: None)
    for statement in ("CREATE TABLE gone (a INTEGER)", "DELETE FROM anjian", "UPDATE anjian SET ah = 'x'"):
        with pytest.raises(InputError, match="查询失败"), reading(server, tmp_path, statement):
            pass
    with server.root() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM anjian WHERE ah <> 'x'")
        assert cursor.fetchone()[0] == 8


def test_a_statement_that_writes_is_not_even_sent(server, tmp_path):
    with pytest.raises(ConfigError), reading(server, tmp_path, "DELETE FROM anjian"):
        pass


def test_percent_signs_and_quotes_are_the_query_s_own(server, tmp_path):
    query = "SELECT * FROM anjian WHERE ah LIKE '%民初%' AND ay <> '100%s' ORDER BY xh"
    with reading(server, tmp_path, query) as cases:
        assert cases.rows_in == 3


def test_mistakes_of_a_query_are_told(server, tmp_path):
    for query, part in [("SELECT * FROM no_such", "no_such"), ("SELECT ah, ah FROM anjian", "列名重复")]:
        with pytest.raises(InputError, match=part), reading(server, tmp_path, query):
            pass


def test_more_rows_than_a_chunk_are_all_read(server, tmp_path):
    rows = 2 * CHUNK + 1
    digits = " CROSS JOIN ".join(f"(SELECT xh - 1 AS d FROM anjian) t{i}" for i in range(6))
    number = " + ".join(f"t{i}.d * {8**i}" for i in range(6))
    query = (
        f"SELECT CONCAT('（2025）辽0102民初', {number} + 1, '号') AS ah, '辽0102' AS fy, "
        f"DATE '2025-07-01' AS larq, CAST(NULL AS DATE) AS jarq FROM {digits} WHERE {number} < {rows}"
    )
    with reading(server, tmp_path, query) as cases:
        assert cases.rows_in == cases.rows_used == rows


def run(workspace: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reports", "check", "-w", str(workspace)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )


@pytest.mark.parametrize("way", ["password_env", "password_command"])
def test_the_command_with_a_right_and_a_wrong_password(server, tmp_path, way):
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "cases.sql").write_text(QUERY, "utf-8")
    told = {
        "password_env": '"CASES_PASSWORD"',
        "password_command": f'["{sys.executable}", "-c", "import os; print(os.environ[\'CASES_PASSWORD\'])"]',
    }[way]
    source = f'url = "{server.url}"\nsql = "cases.sql"\n{way} = {told}\ndialect = "pinyin"'
    (tmp_path / "tongbao.toml").write_text(f"[source]\n{source}\n[quality]\nmax_set_aside_percent = 50.0\n", "utf-8")
    done = run(tmp_path, {"CASES_PASSWORD": SECRET})
    assert done.returncode == 0, done.stderr
    assert "读取 8 行，可用 7 行" in done.stdout
    wrong = "not-" + SECRET
    done = run(tmp_path, {"CASES_PASSWORD": wrong})
    assert done.returncode == 5
    assert "无法连接数据库" in done.stderr
    for text in (done.stdout, done.stderr):
        assert wrong not in text
        assert SECRET not in text
    done = run(tmp_path, {"CASES_PASSWORD": ""})
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there(tmp_path):
    for scheme in ("postgresql", "mysql"):
        gone = Server(f"{scheme}://u@127.0.0.1:{free_port()}/db", lambda: None)
        with pytest.raises(InputError, match="无法连接数据库") as error, reading(gone, tmp_path):
            pass
        assert SECRET not in str(error.value)


def test_mariadb_s_zero_date_is_no_date(mariadb, tmp_path):
    query = (
        "SELECT '（2025）辽0102民初1号' AS ah, '辽0102' AS fy, DATE '2025-07-01' AS larq, "
        "CAST('0000-00-00' AS DATE) AS jarq"
    )
    with reading(mariadb, tmp_path, query) as cases:
        assert cases.connection.execute("SELECT concluded FROM cases").fetchall() == [(None,)]


def test_a_day_that_no_calendar_has_sets_its_row_aside_and_a_stamp_is_a_day_here(postgresql, tmp_path):
    query = """
        SELECT * FROM (VALUES
          (1, '（2025）辽0102民初1号', '辽0102', TIMESTAMPTZ '2025-09-30 16:30+00', DATE '2025-10-05'),
          (2, '（2025）辽0102民初2号', '辽0102', TIMESTAMPTZ '2025-07-01 00:00+08', DATE 'infinity'),
          (3, '（2025）辽0102民初3号', '辽0102', TIMESTAMPTZ '2025-07-01 00:00+08', DATE '0044-03-15 BC'),
          (4, '（2025）辽0102民初4号', '辽0102', TIMESTAMPTZ '-infinity', NULL),
          (5, '（2025）辽0102民初5号', '辽0102', TIMESTAMPTZ '2025-06-30 23:59:59+08', NULL)
        ) AS v (xh, ah, fymc, larq, jarq) ORDER BY xh
    """
    with reading(postgresql, tmp_path, query) as cases:
        found = cases.connection.execute("SELECT filed, concluded FROM cases ORDER BY filed").fetchall()
        reasons = [(row["行"], row["原因"].partition("：")[0]) for row in cases.set_aside.to_dict("records")]
    assert found == [(date(2025, 6, 30), None), (date(2025, 10, 1), date(2025, 10, 5))]
    assert reasons == [(2, "结案日期无法识别"), (3, "结案日期无法识别"), (4, "立案日期无法识别")]
