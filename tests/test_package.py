"""The wheel and the source archive: what they say of themselves, what is in them, and that they run outside a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.version import Version

import reports

pytestmark = pytest.mark.whole

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Both, as a release has them."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_both_say_the_same_and_what_a_package_must_say(built, wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        (info,) = (one for one in source.getmembers() if one.name.count("/") == 1 and one.name.endswith("/PKG-INFO"))
        other = source.extractfile(info).read()
    for text in (wheel.read(name), other):
        said = Metadata.from_email(text, validate=True)  # raises where a field is missing or written wrongly
        assert said.name == "tongbao" and said.version == Version(reports.__version__)
        assert said.requires_python.contains("3.11") and not said.requires_python.contains("3.10")
        assert said.description_content_type == "text/markdown" and "make demo" in said.description
        assert said.license_expression == PROJECT["license"] and "LICENSE" in said.license_files
        assert len(said.requires_dist or ()) > len(PROJECT["dependencies"])  # those of the extras too


def test_the_version_is_that_of_the_changes():
    assert PROJECT["version"] == reports.__version__
    heads = [line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## ")]
    assert heads[0].startswith(f"## [{reports.__version__}] – ")


def test_the_source_archive_has_what_its_tests_need(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {"Makefile", "README.md", "requirements.lock", "reports/cli.py", "templates/page", "tests/conftest.py"} <= {
        *names, *(str(parent) for name in names for parent in Path(name).parents)
    }  # fmt: skip


def test_the_wheel_runs_where_there_is_no_checkout(wheel, tmp_path):
    """Its templates and documents come with it: an office makes a bulletin, and prints how to configure one."""
    wheel.extractall(tmp_path / "site")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "TONGBAO_CACHE": str(tmp_path / "cache")}

    def run(*words):
        line = [sys.executable, "-P", "-m", "reports", *map(str, words)]
        return subprocess.run(line, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    assert run("--version") == f"tongbao {reports.__version__}\n"
    assert run("docs", "configuration.zh-CN").startswith("# 配置")
    run("demo", "court", "--office", "court", "--cases", 2000, "-q")
    run("run", "-w", "court", "--period", "2026Q1-Q3", "--as-of", "2026-10-15", "--kinds", "brief", "-q")
    made = tmp_path / "court/out/2026Q1-Q3/2026Q1-Q3-brief.pdf"
    assert made.read_bytes().startswith(b"%PDF")
