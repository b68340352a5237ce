"""Engines: PostgreSQL and Spark, tested; others through their PEP 249 drivers, untested and said to be.

An engine runs SQL of its own dialect, takes small maps, and keeps intermediate results as temporary tables. Nothing
is ever written to the court's own tables.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

import pandas as pd

from reports.errors import ConfigError, EnvironmentMissing, InputError
from reports.read.database import Database, connect_postgresql, read_password, secretly
from reports.read.engine.words import WORDS, Words

Rows = Sequence[tuple[object, ...]]


class Engine(Protocol):
    """Where the cases are."""

    words: Words

    @property
    def dialect(self) -> str:
        """The name of its SQL in sqlglot."""

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT."""

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their kinds: text, date, integer, decimal or other."""

    def put(self, name: str, kinds: Mapping[str, str], rows: Rows) -> None:
        """Make a small table of the session's own."""

    def keep(self, name: str, select: str) -> None:
        """Keep the result of a SELECT for the session under a name."""

    def close(self) -> None:
        """Give everything back."""


class PostgreSQL:
    """PostgreSQL and servers that speak its protocol, through psycopg.

    Only empty temporary tables are made in a writing transaction; everything after runs in a read-only one, in which
    PostgreSQL itself lets nothing but temporary tables be filled.
    """

    words = WORDS["postgres"]
    dialect = "postgres"
    _KINDS: Mapping[int, str] = {
        **dict.fromkeys((1082, 1114, 1184), "date"),
        **dict.fromkeys((20, 21, 23), "integer"),
        **dict.fromkeys((700, 701, 1700), "decimal"),
        **dict.fromkeys((25, 1042, 1043, 19), "text"),
    }

    def __init__(self, database: Database) -> None:
        self.connection, self.place, self._secret = connect_postgresql(database)
        self._writing(False)
        self._run("SET datestyle = 'ISO'")

    def _writing(self, on: bool) -> None:
        self.connection.commit()
        self.connection.read_only = not on

    def _run(self, sql: str) -> Any:
        with secretly(self.place, self._secret, "数据库引擎运行失败"):
            return self.connection.execute(sql)

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT."""
        cursor = self._run(sql)
        return _frame([item.name for item in cursor.description], cursor.fetchall())

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their kinds."""
        described = self._run(f"SELECT * FROM {relation} LIMIT 0").description
        return {item.name: self._KINDS.get(item.type_code, "other") for item in described}

    def put(self, name: str, kinds: Mapping[str, str], rows: Rows) -> None:
        """Make a small table of the session's own."""
        types = {"text": "text", "integer": "bigint", "date": "date"}
        self._make(f"CREATE TEMPORARY TABLE {name} ({', '.join(f'{n} {types[k]}' for n, k in kinds.items())})")
        with secretly(self.place, self._secret, "数据库引擎运行失败"), self.connection.cursor() as cursor:
            copied = cursor.copy(f"COPY {name} FROM STDIN")
            with copied as copy:
                for row in rows:
                    copy.write_row(row)
        self._run(f"ANALYZE {name}")

    def keep(self, name: str, select: str) -> None:
        """Keep the result of a SELECT for the session under a name."""
        self._make(f"CREATE TEMPORARY TABLE {name} AS {select} WITH NO DATA")
        self._run(f"INSERT INTO {name} {select}")
        self._run(f"ANALYZE {name}")

    def _make(self, sql: str) -> None:
        self._writing(True)
        self._run(sql)
        self._writing(False)

    def close(self) -> None:
        """Temporary tables go with the session."""
        self.connection.close()


class Spark:
    """A Spark session: local, a cluster, or Spark Connect (``sc://``)."""

    words = WORDS["spark"]
    dialect = "spark"

    def __init__(self, master: str, options: Mapping[str, str]) -> None:
        try:
            sql = importlib.import_module("pyspark.sql")
            self.types = importlib.import_module("pyspark.sql.types")
        except ImportError as error:
            raise EnvironmentMissing(
                "没有安装 PySpark。", advice='运行 pip install "tongbao[spark]"，并安装 Java 17，然后重试。'
            ) from error
        builder = sql.SparkSession.builder.appName("tongbao")
        builder = builder.remote(master) if master.startswith("sc://") else builder.master(master)
        defaults = {"spark.ui.showConsoleProgress": "false"}
        if master.startswith("local"):  # 200 parts, the default for shuffles, take minutes on one machine
            defaults |= {"spark.sql.shuffle.partitions": "4", "spark.ui.enabled": "false"}
        for name, value in {**defaults, **options}.items():
            builder = builder.config(name, value)
        try:
            self.session = builder.getOrCreate()
        except Exception as error:
            raise EnvironmentMissing(
                f"无法启动或连接 Spark：{_first_line(error)}",
                where=f"tongbao.toml [engine] url（{master}）",
                advice="请核对 Spark 主节点地址，并确认已安装 Java 17（java -version）。",
            ) from error
        self.kept: list[Any] = []

    def _run(self, sql: str) -> Any:
        try:
            return self.session.sql(sql)
        except Exception as error:
            raise _failed(error) from error

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT."""
        found = self._run(sql)
        try:
            return _frame(found.columns, [tuple(row) for row in found.collect()])
        except Exception as error:
            raise _failed(error) from error

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their kinds."""
        kinds = {"string": "text", "date": "date", "timestamp": "date", "timestamp_ntz": "date"}
        kinds |= dict.fromkeys(("tinyint", "smallint", "int", "bigint"), "integer")
        return {
            name: "decimal" if kind.startswith(("decimal", "double", "float")) else kinds.get(kind, "other")
            for name, kind in self._run(f"SELECT * FROM {relation} LIMIT 0").dtypes
        }

    def put(self, name: str, kinds: Mapping[str, str], rows: Rows) -> None:
        """Make a small table of the session's own."""
        types = {"text": "StringType", "integer": "LongType", "date": "DateType"}
        fields = [self.types.StructField(n, getattr(self.types, types[k])()) for n, k in kinds.items()]
        self._keep(name, self.session.createDataFrame(list(rows), self.types.StructType(fields)))

    def keep(self, name: str, select: str) -> None:
        """Keep the result of a SELECT for the session under a name; what does not fit in memory goes to disk."""
        self._keep(name, self._run(select))

    def _keep(self, name: str, frame: Any) -> None:
        try:
            frame = frame.persist()
            frame.count()  # now, so that its size is known and small tables are sent to the large ones
            frame.createOrReplaceTempView(name)
        except Exception as error:
            raise _failed(error) from error
        self.kept.append((name, frame))

    def close(self) -> None:
        """The session itself may be the user's own and stays."""
        for name, frame in reversed(self.kept):
            self.session.catalog.dropTempView(name)
            frame.unpersist()


class Pep249:
    """Any other engine with a PEP 249 driver. Needs no right to make tables: maps and results are WITH clauses."""

    def __init__(self, words: Words, connection: Any, place: str, secret: str = "") -> None:
        self.words, self.connection, self.place, self._secret = words, connection, place, secret
        self.parts: list[str] = []

    @property
    def dialect(self) -> str:
        """The name of its SQL in sqlglot."""
        return self.words.dialect

    def _run(self, sql: str) -> tuple[list[Any], list[tuple[object, ...]]]:
        with secretly(self.place, self._secret, "数据库引擎运行失败"):
            cursor = self.connection.cursor()
            cursor.execute(sql)
            return list(cursor.description), [tuple(row) for row in cursor.fetchall()]

    def query(self, sql: str) -> pd.DataFrame:
        """The result of one SELECT."""
        described, rows = self._run(self.whole(sql))
        return _frame([str(item[0]) for item in described], rows)

    def whole(self, sql: str) -> str:
        """A SELECT with everything before it that it needs."""
        return (f"WITH {', '.join(self.parts)} " if self.parts else "") + sql + self.words.settings

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their kinds."""
        described, _ = self._run(f"SELECT * FROM {relation} LIMIT 0{self.words.settings}")
        return {str(item[0]): kind_of(str(item[1])) for item in described}

    def put(self, name: str, kinds: Mapping[str, str], rows: Rows) -> None:
        """Add a map as a WITH clause."""
        self.parts.append(f"{name} AS ({self._select(kinds, rows)})")

    def keep(self, name: str, select: str) -> None:
        """Add a SELECT as a WITH clause; the engine may compute it again each time."""
        self.parts.append(f"{name} AS ({select})")

    def _select(self, kinds: Mapping[str, str], rows: Rows) -> str:
        types = {"text": "varchar", "integer": "bigint", "date": "date"}
        names = ", ".join(
            f"{self.words.cast(f'v.c{i}', types[kind])} AS {name}" for i, (name, kind) in enumerate(kinds.items())
        )
        columns = [f"c{i}" for i in range(len(kinds))]
        if not rows:
            nothing = ", ".join(f"{self.words.cast('NULL', types[k])} AS {n}" for n, k in kinds.items())
            return f"SELECT {nothing} WHERE 1 = 0"
        literal = self.words.literal
        tuples = ", ".join(
            "(" + ", ".join("NULL" if value is None else literal(str(value)) for value in row) + ")" for row in rows
        )
        if self.dialect == "clickhouse":
            structure = ", ".join(f"{column} Nullable(String)" for column in columns)
            return f"SELECT {names} FROM values({literal(structure)}, {tuples}) AS v"
        return f"SELECT {names} FROM (VALUES {tuples}) AS v({', '.join(columns)})"

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def kind_of(type_name: str) -> str:
    """The kind of a column by the name of its type; text where nothing is known."""
    plain = type_name.casefold().removeprefix("nullable(").removeprefix("lowcardinality(nullable(")
    if plain.startswith(("date", "timestamp")):
        return "date"
    if plain.startswith(("int", "uint", "bigint", "smallint", "tinyint", "hugeint")):
        return "integer"
    return "decimal" if plain.startswith(("decimal", "numeric", "double", "float", "real")) else "text"


def open_engine(kind: str, database: Database, options: Mapping[str, str]) -> Engine:
    """Connect to the engine of ``[engine]``; raises :class:`EnvironmentMissing` without its driver."""
    if kind == "spark":
        if database.password_env or database.password_command:
            raise ConfigError(
                "Spark 引擎不用 password_env、password_command。",
                where=f"tongbao.toml {database.section}",
                advice="令牌写在 sc:// 地址之外，由 Spark 的环境变量（如 SPARK_REMOTE）提供。",
            )
        return Spark(database.url or "local[*]", options)
    if kind == "clickhouse":
        return _pep249("clickhouse", "clickhouse_connect.dbapi", "clickhouse-connect", database)
    if kind == "trino":
        return _pep249("trino", "trino.dbapi", "trino", database)
    return PostgreSQL(database)


def _pep249(dialect: str, module_name: str, package: str, database: Database) -> Engine:
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise EnvironmentMissing(
            f"没有安装数据库驱动 {package}。", advice=f"运行 pip install {package} 后重试。"
        ) from error
    where = f"tongbao.toml {database.section} url"
    parts = urlsplit(database.url)
    if parts.password is not None or not parts.hostname:
        raise ConfigError(
            "数据库引擎的地址写法不对，或其中写了密码。",
            where=where,
            advice=f"写成 {dialect}://用户@主机:端口/库名，密码用 password_env 或 password_command。",
        )
    secret = read_password(database)
    given: dict[str, Any] = {"host": parts.hostname, "user": parts.username or "tongbao"}
    given |= {"port": parts.port} if parts.port else {}
    path = parts.path.strip("/").split("/")
    if dialect == "trino":
        given |= dict(zip(("catalog", "schema"), path, strict=False))
        if secret:
            given |= {
                "http_scheme": "https",
                "auth": importlib.import_module("trino.auth").BasicAuthentication(given["user"], secret),
            }
    else:
        given |= {"username": given.pop("user"), "password": secret} | ({"database": path[0]} if path[0] else {})
    place = f"{parts.hostname}{parts.path}"
    with secretly(place, secret, "无法连接数据库引擎"):
        return Pep249(WORDS[dialect], module.connect(**given), place, secret)


def _frame(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Rows as they came: whole numbers int64, everything else as objects, NULL as ``None``."""
    columns: dict[str, pd.Series] = {}
    for place, name in enumerate(names):
        values = [row[place] for row in rows]
        whole = bool(values) and all(isinstance(value, int) and not isinstance(value, bool) for value in values)
        columns[name] = pd.Series(values, dtype="int64" if whole else "object")
    return pd.DataFrame(columns, columns=list(names))


def _first_line(error: Exception) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _failed(error: Exception) -> InputError:
    return InputError(
        f"Spark 运行失败：{_first_line(error)}",
        where="tongbao.toml [engine]",
        advice="请核对 relation 和权限；可用 tongbao indicators --show-sql 打印语句，请数据管理员试运行。",
    )
