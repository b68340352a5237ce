"""Shared by all tests: the command in process, and a small demo province."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports import cli


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test computes anew, unless it is about results that are kept."""
    monkeypatch.setenv("TONGBAO_CACHE", "")


@pytest.fixture
def tongbao(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run the command as the shell would, without the cost of a new interpreter."""

    def run(*args: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["tongbao", *map(str, args)])
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return Outcome(int(code or 0) if not isinstance(code, str) else 1, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo workspace; tests must not change it."""
    from reports.demo import make
    from reports.starter import config_text

    folder = tmp_path_factory.mktemp("province")
    make(folder, cases=20_000)
    values_ = {"code": "辽", "issuer": "演示省高级人民法院", "mark": "演示省高级人民法院文件", "date": "2026年10月20日"}
    text = config_text(values_ | {"number": "演高法〔{year}〕号"}, files=["cases.parquet"], demo=True)
    (folder / "tongbao.toml").write_text(text, "utf-8")
    return folder


@pytest.fixture
def workspace(province: Path, tmp_path: Path) -> Path:
    """A workspace of one's own over the same data."""
    folder = tmp_path / "质效"
    folder.mkdir()
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((province / name).read_bytes())
    return folder
