"""The rules on the synthetic province: silent on clean data, complete on documented dirt."""

from __future__ import annotations

from datetime import date

import pytest

from reports import demo
from reports.courts.periods import parse_period
from reports.demo import dirty
from reports.pipeline.job import Job
from reports.pipeline.readiness import checked
from reports.pipeline.stages import Cases
from reports.workspace import Workspace
from reports.workspace.initial import config_text

DAY = date(2026, 10, 20)
# What the rule calls the dirt that docs/demo.md lists.
RULE_OF = {
    "concluded_before_filed": "concluded_before_filed",
    "impossible_date": "unreadable_date",
    "duplicate_number": "duplicate_number",
    "sentinel_1900": "placeholder_date",
    "missing_filed": "no_filed",
    "unknown_court": "no_court",
    "unreadable_number": "unreadable_number",
    "future_date": "future_date",
    "formula_cell": "formula_cell",
}


def report(folder):
    (folder / "tongbao.toml").write_text(config_text({"code": "辽"}, files=["cases.csv"]), "utf-8")
    job = Job(Workspace(folder), parse_period("2026Q3"), DAY, DAY, keep=False)
    with Cases(job) as cases:
        return checked(job, cases).quality


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    demo.make(folder, cases=20_000, dirty=False, planted=False)
    return report(folder)


@pytest.fixture(scope="module")
def soiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soiled")
    demo.make(folder, cases=20_000)
    return report(folder)


def test_no_error_and_no_warning_on_clean_data(clean):
    assert [(f.rule.id, f.court, f.detail) for f in clean.findings if f.rule.severity != "提示"] == []
    assert len(clean.totals) >= 50


def test_every_kind_of_dirt_is_found_and_counted(soiled):
    assert set(RULE_OF) == set(dirty.counts())
    assert {kind: soiled.totals[rule][0] for kind, rule in RULE_OF.items()} == dirty.counts()


def test_nothing_else_is_an_error(soiled):
    errors = {f.rule.id for f in soiled.findings if f.rule.severity == "错误"}
    assert errors <= set(RULE_OF.values())
