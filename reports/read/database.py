"""Databases by URL and a read-only SQL file: one SELECT, streamed in chunks, the password never shown.

Drivers are PEP 249 modules, imported when a URL asks for them. The statement is parsed before it is sent; where the
server offers read-only transactions it runs in one, so that neither a slip nor a clever query can write.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import sqlglot
from sqlglot import exp

from reports import secret
from reports.cells import ZONE
from reports.errors import ConfigError, EnvironmentMissing, InputError, os_reason
from reports.read import heading as headings
from reports.read.excel import cell_text
from reports.read.table import RegularCopy, Table

CHUNK = 20_000  # rows fetched at a time
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Database:
    """``[source] url``, ``sql`` and where the password comes from; ``sql`` lies inside ``folder``."""

    url: str
    sql: str
    folder: Path
    password_env: str | None = None
    password_command: tuple[str, ...] = ()
    section: str = "[source]"  # of tongbao.toml, for messages


@dataclass(frozen=True)
class _Target:
    """Where to connect, without the password."""

    host: str
    port: int
    user: str
    name: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class _Driver:
    """One kind of server: its PEP 249 module, what to install, its SQL dialect, how to open it read-only."""

    module: str
    package: str
    dialect: str
    port: int
    options: frozenset[str]
    connect: Callable[[Any, _Target, str], Any]
    cursor: Callable[[Any], Any]
    zone: str  # the statement that sets the session's time zone: {name} or {offset}


def _postgresql(module: Any, target: _Target, password: str) -> Any:
    connection = module.connect(
        host=target.host,
        port=target.port,
        user=target.user or None,
        dbname=target.name,
        password=password or None,
        connect_timeout=CONNECT_SECONDS,
        application_name="tongbao",
        client_encoding="UTF8",
        **target.options,
    )
    connection.read_only = True
    # Days as the server writes them: one that Python has no name for (infinity, BC) must not stop the query.
    loader = _day_loader(importlib.import_module("psycopg.adapt").Loader)
    for name in ("date", "timestamp", "timestamptz"):
        connection.adapters.register_loader(name, loader)
    return connection


def _day_loader(base: Any) -> Any:
    class Days(base):  # type: ignore[misc]
        """A day or stamp as text, in the session's zone and without its offset."""

        def load(self, data: Any) -> str:
            return _OFFSET.sub(r"\1", bytes(data).decode("ascii", "replace"))

    return Days


_OFFSET = re.compile(r"(\d\d:\d\d(?:\.\d+)?)[+-]\d\d(?::\d\d){0,2}")


def _mysql(module: Any, target: _Target, password: str) -> Any:
    options: dict[str, Any] = {"charset": "utf8mb4", **target.options}
    if "ssl_ca" in options:
        options |= {"ssl_verify_cert": True, "ssl_verify_identity": True}
    connection = module.connect(
        host=target.host,
        port=target.port,
        user=target.user or None,
        database=target.name,
        password=password.encode(),  # text would be taken for Latin-1
        connect_timeout=CONNECT_SECONDS,
        cursorclass=module.cursors.SSCursor,
        **options,
    )
    with connection.cursor() as cursor:
        # The session too: in MariaDB a DDL statement ends the transaction before it is judged by it.
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("START TRANSACTION READ ONLY")
    return connection


def _oracle(module: Any, target: _Target, password: str) -> Any:
    connection = module.connect(
        user=target.user, password=password, host=target.host, port=target.port, service_name=target.name
    )
    return _read_only(connection)


def _dm(module: Any, target: _Target, password: str) -> Any:
    connection = module.connect(user=target.user, password=password, server=target.host, port=target.port)
    return _read_only(connection)


def _kingbase(module: Any, target: _Target, password: str) -> Any:
    connection = module.connect(
        host=target.host, port=target.port, user=target.user, dbname=target.name, password=password
    )
    connection.set_session(readonly=True)
    return connection


def _read_only(connection: Any) -> Any:
    cursor = connection.cursor()
    cursor.execute("SET TRANSACTION READ ONLY")
    cursor.close()
    return connection


def _plain(connection: Any) -> Any:
    cursor = connection.cursor()
    cursor.arraysize = CHUNK
    return cursor


def _server_side(connection: Any) -> Any:
    return connection.cursor("tongbao")


_PG = _Driver(
    "psycopg",
    "tongbao[postgresql]",
    "postgres",
    5432,
    frozenset({"sslmode", "sslrootcert", "options"}),
    _postgresql,
    _server_side,
    "SET TIME ZONE '{name}'; SET DateStyle TO ISO",
)
_ORACLE_ZONE = "ALTER SESSION SET TIME_ZONE = '{name}'"
_MY = _Driver(
    "pymysql",
    "tongbao[mysql]",
    "mysql",
    3306,
    frozenset({"charset", "ssl_ca"}),
    _mysql,
    _plain,
    "SET time_zone = '{offset}'",
)
DRIVERS: Mapping[str, _Driver] = {
    "postgresql": _PG,
    "postgres": _PG,
    "mysql": _MY,
    "mariadb": _MY,
    "oracle": _Driver("oracledb", "tongbao[oracle]", "oracle", 1521, frozenset(), _oracle, _plain, _ORACLE_ZONE),
    "dm": _Driver("dmPython", "tongbao[dm]", "oracle", 5236, frozenset(), _dm, _plain, "SET TIME ZONE '{offset}'"),
    "kingbase": _Driver(
        "ksycopg2",
        "tongbao[kingbase]",
        "postgres",
        54321,
        frozenset(),
        _kingbase,
        _server_side,
        "SET TIME ZONE '{name}'",
    ),
}


def open_database(database: Database, work: Path, zone: str = ZONE) -> Table:
    """Run the query and keep its rows as text in ``work``; row numbers count from 1.

    Raises :class:`ConfigError` for a wrong URL or a statement that is not read-only, :class:`EnvironmentMissing`
    without the driver, :class:`InputError` when the server cannot be reached or refuses. No message holds the password.
    """
    driver, target = parse_url(database.url)
    statement = read_statement(database, driver.dialect)
    module = _import(driver)
    password = read_password(database)
    place = f"{target.host}:{target.port}/{target.name}，{database.sql}"
    with secretly(place, password, "无法连接数据库"):
        connection = driver.connect(module, target, password)
        _set_zone(connection, driver, zone)
    with (
        secretly(place, password, "数据库查询失败"),
        closing(connection),
        closing(driver.cursor(connection)) as cursor,
    ):
        cursor.execute(statement)
        header, doubled = headings.distinct([str(item[0]) for item in cursor.description or ()])
        with RegularCopy(work / "database.rows", header, header_line=0) as copy:
            for number, row in enumerate(_rows(cursor), 1):
                copy.write(number, [_text(value, zone) for value in row])
    return copy.table(doubled=doubled)


def _set_zone(connection: Any, driver: _Driver, zone: str) -> None:
    """Let the session's days be those of the court's zone, whatever the server's is."""
    minutes = int((datetime.now(ZoneInfo(zone)).utcoffset() or timedelta()).total_seconds()) // 60
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    with closing(connection.cursor()) as cursor:
        for statement in driver.zone.format(name=zone, offset=offset).split("; "):
            cursor.execute(statement)


def connect_postgresql(database: Database) -> tuple[Any, str, str]:
    """A read-only session of a PostgreSQL server: the connection, its address for messages, and the password.

    Raises as :func:`open_database` does.
    """
    driver, target = parse_url(database.url, database.section)
    if driver is not _PG:
        raise ConfigError(
            "这种引擎的地址以 postgresql:// 开头。", where=f"tongbao.toml {database.section} url", advice=_URL_FORM
        )
    module, password = _import(driver), read_password(database)
    place = f"{target.host}:{target.port}/{target.name}"
    with secretly(place, password, "无法连接数据库引擎"):
        return driver.connect(module, target, password), place, password


def parse_url(url: str, section: str = "[source]") -> tuple[_Driver, _Target]:
    """``scheme://user@host:port/name?option=value``; a password in it is refused, and never repeated."""
    where = f"tongbao.toml {section} url"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("数据库地址写法不对。", where=where, advice=_URL_FORM) from None
    options = dict(parse_qsl(parts.query))
    if parts.password is not None or {"password", "passwd", "pwd"} & {name.casefold() for name in options}:
        raise ConfigError(
            "数据库地址中不能写密码。",
            where=where,
            advice='请删去地址中的密码，改用 password_env = "环境变量名" 或 password_command = ["命令", "参数"]；'
            "已写入文件的密码建议更换。",
        )
    driver = DRIVERS.get(parts.scheme.lower())
    if driver is None:
        known = "、".join(DRIVERS)
        raise ConfigError(f"不支持的数据库类型“{parts.scheme}”。", where=where, advice=f"支持的类型：{known}。")
    unknown = set(options) - driver.options
    if unknown:
        known = "、".join(sorted(driver.options)) or "（没有）"
        raise ConfigError(
            f"数据库地址中有不支持的参数：{'、'.join(sorted(unknown))}。", where=where, advice=f"可用的参数：{known}。"
        )
    return driver, _target(parts, port or driver.port, options, where)


def _target(parts: SplitResult, port: int, options: Mapping[str, str], where: str) -> _Target:
    name = unquote(parts.path.lstrip("/"))
    if not parts.hostname or (not name and parts.scheme.lower() != "dm"):
        raise ConfigError("数据库地址不完整，缺少主机或库名。", where=where, advice=_URL_FORM)
    return _Target(parts.hostname, port, unquote(parts.username or ""), name, options)


_URL_FORM = "写成 类型://用户@主机:端口/库名，如 postgresql://tongji@10.1.2.3:5432/anjian。"


# The statement

_WRITES = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable, exp.Command,
    exp.Into, exp.Lock, exp.Set, exp.Copy, exp.Grant, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.LoadData,
    exp.Pragma, exp.Analyze, exp.Kill,
)  # fmt: skip
# Functions that read-only transactions let through although they act on the server, its files or other hosts.
_ACTING = (
    "pg_", "lo_", "dblink", "dbms_", "utl_", "sys_", "xp_", "set_config", "nextval", "setval", "sleep", "benchmark",
    "load_file", "get_lock", "release_", "query_to_xml", "httpuritype", "master_pos_wait", "sys_exec", "sys_eval",
)  # fmt: skip


def read_statement(database: Database, dialect: str) -> str:
    """The text of the SQL file, checked; raises :class:`ConfigError` unless it is one read-only SELECT."""
    path = (database.folder / database.sql).resolve()
    where = f"{database.sql}（[source] sql）"
    if not path.is_relative_to(database.folder.resolve()):
        raise ConfigError("SQL 文件在工作目录之外。", where=where, advice="请把 SQL 文件放在工作目录之内。")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("SQL 文件不是 UTF-8 编码。", where=where, advice="用记事本另存为 UTF-8。") from None
    except OSError as error:
        raise ConfigError(f"SQL 文件无法读取：{os_reason(error)}。", where=where) from error
    check_statement(text, dialect, where)
    return text.strip().rstrip(";").rstrip()


def check_statement(text: str, dialect: str, where: str) -> None:
    """Refuse everything but one SELECT (or WITH … SELECT) without side effects."""
    advice = "SQL 文件只能有一条 SELECT（或 WITH … SELECT）语句，不能写入、加锁或调用有副作用的函数。"
    if "/*!" in text or "/*M!" in text:  # MySQL and MariaDB run what stands in such a comment
        raise ConfigError("SQL 中有会被执行的注释（/*! … */）。", where=where, advice=advice)
    try:
        statements = [item for item in sqlglot.parse(text, read=dialect) if item is not None]
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        first = str(error).splitlines()[0] if isinstance(error, sqlglot.errors.SqlglotError) else "嵌套过深"
        raise ConfigError(f"SQL 无法解析：{first}", where=where, advice=advice) from None
    if len(statements) != 1:
        raise ConfigError(f"SQL 文件中有 {len(statements)} 条语句。", where=where, advice=advice)
    (tree,) = statements
    if not isinstance(tree, exp.Query):
        raise ConfigError("SQL 不是查询语句。", where=where, advice=advice)
    for node in tree.walk():
        if isinstance(node, _WRITES):
            raise ConfigError(f"SQL 中不能有 {node.key.upper()}。", where=where, advice=advice)
        for name in _called(node):
            if name.startswith(_ACTING):
                raise ConfigError(f"SQL 中不能调用函数 {name}。", where=where, advice=advice)


def _called(node: exp.Expr) -> list[str]:
    """The parts of a called function's name, in small letters: utl_http and request for UTL_HTTP.REQUEST(…)."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        return [part.name.casefold() for part in node.this.find_all(exp.Identifier)]
    if isinstance(node, exp.Func):
        return [(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).casefold()]
    return []


# The connection


def _import(driver: _Driver) -> Any:
    try:
        module = importlib.import_module(driver.module)
        if driver.module == "pymysql":
            importlib.import_module("pymysql.cursors")
    except ImportError as error:
        raise EnvironmentMissing(
            f"没有安装数据库驱动 {driver.module}。", advice=f'运行 pip install "{driver.package}" 后重试。'
        ) from error
    return module


def read_password(database: Database) -> str:
    """The password from the environment or a command; neither it nor what was wrong with it is ever printed."""
    if database.password_env:
        password = os.environ.get(database.password_env)
        if password is None:
            raise ConfigError(
                f"{database.section} password_env 所指的环境变量没有设置。",
                advice="请在运行 tongbao 的环境（如 crontab、systemd 单元）中设置这个变量；这里应写变量名，不是密码。",
            )
        return password
    if not database.password_command:
        return ""
    where = f"{database.section} password_command"
    return secret.told(database.password_command, database.folder, where, "密码").decode("utf-8", "replace")


@contextmanager
def secretly(place: str, password: str, what: str) -> Iterator[None]:
    """Whatever a driver throws becomes one message without the password (drivers are free to repeat it)."""
    try:
        yield
    except (ConfigError, InputError, EnvironmentMissing):
        raise
    except Exception as error:
        text = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        if isinstance(error, UnicodeError):  # it tells the character that it cannot encode
            text = "驱动不支持用户名、密码或查询中的某些字符"
        if password:
            text = text.replace(password, "***").replace(repr(password)[1:-1], "***")
        raise InputError(
            f"{what}：{text}", where=place, advice="请核对地址、用户、密码来源、网络和查询语句；可请数据库管理员协助。"
        ) from None


def _rows(cursor: Any) -> Iterator[Sequence[Any]]:
    while chunk := cursor.fetchmany(CHUNK):
        yield from chunk


def _text(value: Any, zone: str) -> str:
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return cell_text(value)
