"""A city of the demo province, clean, as nine courts have reported it; bent copies of it for each test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

CITY = "辽01"
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.parquet"]
[letterhead]
issuer = "天枢市中级人民法院"
[output]
formats = ["md"]
"""


@pytest.fixture(scope="session")
def reported_city(shared) -> Path:
    """The workspace of 天枢市中级人民法院 with its nine basic courts, about 12,000 cases; tests must not change it."""
    from reports.demo import make

    def fill(folder: Path) -> None:
        make(folder, cases=100_000, dirty=False, planted=False)
        courts = (folder / "courts.csv").read_text("utf-8-sig").splitlines()
        kept = [courts[0], *(line for line in courts if line.startswith(CITY))]
        table = "\n".join(kept).replace(",中院,辽", ",中院,") + "\n"
        (folder / "courts.csv").write_text(table, "utf-8")
        names = ", ".join(f"'{line.split(',')[1]}'" for line in kept[1:])
        whole, part = folder / "cases.parquet", folder / "city.parquet"
        duckdb.sql(f"COPY (FROM '{whole}' WHERE 经办法院 IN ({names})) TO '{part}'")
        part.replace(whole)
        (folder / "cases.csv").unlink()
        (folder / "tongbao.toml").write_text(CONFIG, "utf-8")

    return shared("reported-city", fill)


@pytest.fixture
def bent(reported_city: Path, tmp_path: Path) -> Callable[..., Path]:
    """``bent(sql)``: a workspace with the rows that a query over ``city`` gives, in ``tmp_path`` or a folder of it."""

    def make(sql: str = "FROM city", name: str = "质效") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for one in ("courts.csv", "tongbao.toml"):
            (folder / one).write_bytes((reported_city / one).read_bytes())
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW city AS FROM '{reported_city / 'cases.parquet'}'")
            connection.execute(f"COPY ({sql}) TO '{folder / 'cases.parquet'}'")
        return folder

    return make
