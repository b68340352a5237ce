"""The workspace of the small city, for all tests of the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_city import CITY, CONFIG


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A workspace; its cases are still to be written."""
    (tmp_path / "courts.csv").write_text(CITY, "utf-8")
    (tmp_path / "tongbao.toml").write_text(CONFIG, "utf-8")
    return tmp_path
