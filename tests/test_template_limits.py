"""A template that goes wrong while it is filled: file, line and fault in one message, and an end in time."""

from __future__ import annotations

import signal
import sys
import time

import pytest

from reports.errors import ConfigError
from reports.templates import environment_of, fill

pytestmark = pytest.mark.whole

FAULTS = {
    "{{ 1 // 0 }}": "模板写法有误",
    "{{ '甲' + 1 }}": "模板写法有误",
    "{{ 1 | round('甲') }}": "模板写法有误",
    "{{ [1][5] }}": "模板用到了没有的内容",
    "{{ [1, '甲'] | sort }}": "模板写法有误",
    "{% for a in 5 %}{% endfor %}": "模板写法有误",
    "{{ {}.__class__ }}": "模板用到了",
    "{% include 'a.md.j2' %}": "没有尽头",
    "{% import 'a.md.j2' as a %}": "没有尽头",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": "没有尽头",
    "{{ range(100000000) | list }}": "耗用",
    "{{ '甲' * 10 ** 12 }}": "耗用",
    "{{ 10 ** (10 ** 10) }}": "耗用",
    "{{ '%1000000000000d' % 1 }}": "耗用",
    "{{ '甲' | center(10 ** 12) }}": "耗用",
    "{{ '{:1000000000000}'.format(1) }}": "耗用",
    "{% set n = namespace(t='甲') %}{% for a in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}": "耗用",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}": "耗用",
}


@pytest.fixture(params=["alarm", "watched"])
def folder(request, tmp_path, monkeypatch):
    """Where templates are; bounded by signals and limits of Unix, or by the thread that looks on where there are none."""
    monkeypatch.setattr("reports.templates.SECONDS", 0.5)
    if request.param == "watched":
        monkeypatch.setattr("reports.templates.MEMORY", 1 << 28)
        monkeypatch.delattr(signal, "setitimer")
        monkeypatch.setitem(sys.modules, "resource", None)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_line(folder, fault, form):
    path = folder / "a.md.j2"
    path.write_text(f"甲\n乙\n{fault}\n", "utf-8")
    with pytest.raises(ConfigError) as told:
        fill(environment_of([folder], form), "a.md.j2", {})
    assert FAULTS[fault] in told.value.what
    assert str(told.value.where).startswith(f"{path}，第")
    assert told.value.where.endswith("，第3行")


def test_a_fault_in_a_part_is_told_in_the_part(folder):
    (folder / "a.md.j2").write_text("{% include 'parts/b.md.j2' %}", "utf-8")
    (folder / "parts").mkdir()
    (folder / "parts/b.md.j2").write_text("甲\n{{ 1 // 0 }}", "utf-8")
    with pytest.raises(ConfigError) as told:
        fill(environment_of([folder]), "a.md.j2", {})
    assert told.value.where == f"{folder / 'parts/b.md.j2'}，第2行"


@pytest.mark.parametrize(
    "text", ["{{ " + "(" * 3000 + ")" * 3000 + " }}", "{% if 1 %}" * 3000, "{{ 1" + " + 1" * 5000 + " }}"]
)
def test_brackets_without_end_are_told(folder, text):
    (folder / "a.md.j2").write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        fill(environment_of([folder]), "a.md.j2", {})


def test_what_ends_in_time_hears_nothing_of_the_limit(folder, monkeypatch):
    monkeypatch.setattr("reports.templates.SECONDS", 0.05)
    (folder / "a.md.j2").write_text("甲", "utf-8")
    (folder / "b.md.j2").write_text(
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "utf-8"
    )
    environment = environment_of([folder])
    for _ in range(5):
        with pytest.raises(ConfigError):
            fill(environment, "b.md.j2", {})
        assert fill(environment, "a.md.j2", {}) == "甲"
    until = time.process_time() + 0.1
    while time.process_time() < until:  # past the limit of the last one
        pass


def test_a_part_that_is_not_there_is_told_where_it_is_taken_in(tmp_path):
    (tmp_path / "a.md.j2").write_text("甲\n{% include '没有.md.j2' %}\n", "utf-8")
    with pytest.raises(ConfigError, match="没有模板“没有") as told:
        fill(environment_of([tmp_path]), "a.md.j2", {})
    assert told.value.where == f"{tmp_path / 'a.md.j2'}，第2行"


def test_a_text_that_nothing_could_set_is_refused(tmp_path):
    (tmp_path / "a.md.j2").write_text("{% for a in 'x' * 10 ** 5 %}" + "甲" * 50 + "{% endfor %}", "utf-8")
    with pytest.raises(ConfigError, match="耗用") as told:
        fill(environment_of([tmp_path], "markdown"), "a.md.j2", {})
    assert told.value.where == "a.md.j2"
