"""The command as a clerk runs it: what it prints, how it ends, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pytest

from reports import system
from reports.cli import _told
from reports.errors import VerificationError
from reports.ledger import items
from reports.pipeline import bulletins
from reports.render.csv import csv_bytes
from reports.workspace.initial import config_text
from reports.workspace.log import LINES, TEXT

COMMAND = [sys.executable, "-m", "reports"]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a workspace but the lock and the record of runs, which belong to no result."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in (".tongbao.lock", TEXT, LINES))
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def _ended_by_the_system() -> None:
    os._exit(9)


def test_a_worker_that_the_system_ends_is_one_message(capsys):
    system.end_with_reader()  # as the command does
    with system.outliving_reader(), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        first, *_ = [pool.submit(_ended_by_the_system) for _ in range(20)]
        lost = first.exception()
    assert isinstance(lost, Exception)
    assert _told(lost) == 8
    assert "多半是内存不足" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_starts_without_the_heavy_libraries(option):
    code = (
        "import sys; sys.argv = ['tongbao', sys.argv[1]]\n"
        "from reports.cli import main\n"
        "try:\n main()\nexcept SystemExit:\n pass\n"
        "heavy = {'pandas', 'numpy', 'weasyprint', 'duckdb', 'sqlglot', 'jinja2'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("通报" if option == "--help" else "tongbao 0.") in done.stdout


def test_every_command_has_help_with_an_example(tongbao):
    for command in ("demo", "init", "check", "indicators", "compare", "flags", "bulletin", "render", "run"):
        result = tongbao(command, "--help")
        assert result.code == 0
        assert "示例" in result.out, command


@pytest.fixture
def workspace(small):
    """What the command does is the same for four courts as for all."""
    return small


@pytest.fixture(scope="module")
def done(city, tmp_path_factory):
    """One full run, shared by the tests that only look at it."""
    folder = tmp_path_factory.mktemp("run") / "w"
    folder.mkdir()
    for name in ("cases.parquet", "courts.csv", "tongbao.toml"):
        (folder / name).write_bytes((city / name).read_bytes())
    run = [*COMMAND, "run", "-w", str(folder), "--period", "2026Q3", "--as-of", "2026-10-20", "--json"]
    first = subprocess.run(run, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    before = snapshot(folder)
    # With other hashes, and everything worked out again.
    second = subprocess.run(
        run, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": "7", "TONGBAO_CACHE": ""}
    )
    return folder, first, second, before


def test_run_prints_one_json_document_and_nothing_else(done):
    _, first, _, _ = done
    document = json.loads(first.stdout)
    assert first.stderr == ""
    assert document["schema"] == "tongbao.run/1"
    assert document["period"] == "2026Q3"
    assert document["rows_in"] >= document["rows_used"] > 0
    assert all(Path(path).is_file() for path in document["files"])


def test_a_second_run_gives_the_same_bytes_and_no_new_items(done):
    folder, first, second, before = done
    after = snapshot(folder)
    assert {n: d for n, d in after.items() if n.startswith("out/")} == {
        n: d for n, d in before.items() if n.startswith("out/")
    }
    assert json.loads(second.stdout)["new_items"] == 0
    assert json.loads(first.stdout)["new_items"] == len(items(folder / "tongbao.db"))


def test_rendering_the_untouched_markdown_gives_the_same_pdf(done, tongbao, tmp_path):
    folder = done[0] / "out" / "2026Q3"
    result = tongbao("render", folder / "2026Q3-general.md", "-o", tmp_path)
    assert result.code == 0, result.err
    assert (tmp_path / "2026Q3-general.pdf").read_bytes() == (folder / "2026Q3-general.pdf").read_bytes()


def test_no_name_of_a_party_and_no_ranking_in_any_output(done):
    folder = done[0]
    with duckdb.connect() as db:
        query = "SELECT DISTINCT 当事人 FROM read_parquet(?) WHERE length(当事人) >= 4"
        parties = {row[0] for row in db.execute(query, [str(folder / "cases.parquet")]).fetchall()}
    assert len(parties) > 100
    for path in (folder / "out").rglob("*"):
        if path.suffix in (".md", ".csv", ".svg"):
            text = path.read_text("utf-8-sig")
            assert not [name for name in parties if name in text]
            for word in ("第1名", "第一名", "排名第", "末位", "倒数", "得分"):
                assert word not in text


def test_a_renderer_that_fails_leaves_no_file_and_no_item(workspace, tongbao, anew, monkeypatch):
    before = snapshot(workspace)

    def broken(*_args, **_options):
        raise VerificationError("版面核对未通过。")

    monkeypatch.setattr(bulletins, "render", broken)
    result = tongbao("run", "-w", workspace, "--period", "2026Q3")
    assert result.code == 6
    assert snapshot(workspace) == before


def test_a_folder_that_cannot_be_written_leaves_the_ledger_alone(workspace, tongbao):
    (workspace / "out").write_text("a file where the folder should be")
    before = snapshot(workspace)
    result = tongbao("run", "-w", workspace, "--period", "2026Q3", "--format", "md")
    assert result.code == 7
    assert "无法写入" in result.err
    assert snapshot(workspace) == before


def test_dry_run_writes_nothing(workspace, tongbao):
    before = snapshot(workspace)
    result = tongbao("run", "-w", workspace, "--period", "2026Q3", "--format", "md", "--dry-run")
    assert result.code == 0
    assert "2026Q3-general.md" in result.out
    assert snapshot(workspace) == before


def test_two_runs_at_once_one_is_told_to_wait(workspace, tongbao):
    from filelock import FileLock

    with FileLock(workspace / ".tongbao.lock"):
        assert tongbao("run", "-w", workspace).code == 75


def test_compare_json_as_agreed(province, tongbao):
    result = tongbao(
        "compare", "-w", province, "--period", "2026Q3", "--court", "辽01", "--indicator", "上诉率", "--json"
    )
    document = json.loads(result.out)
    assert document["schema"] == "tongbao.compare/1"
    whole = next(c for c in document["comparisons"] if c["line"] == "全部")
    now, before = whole["now"], whole["year_before"]
    assert now["value"] == now["numerator"] / now["denominator"]
    assert before["change"] == pytest.approx(now["value"] - before["value"])
    assert whole["previous"]["period"] == "2026Q2"
    assert before["period"] == "2025Q3"
    printed = float(now["text"][:-1]) - float(before["text"][:-1])
    assert before["change_text"] in (f"上升{printed:.2f}个百分点", f"下降{-printed:.2f}个百分点", "持平")


def test_flags_json_and_fail_on(province, tongbao):
    result = tongbao("flags", "-w", province, "--period", "2026Q3", "--json", "--fail-on", "yellow")
    document = json.loads(result.out)
    assert document["schema"] == "tongbao.flags/1"
    adverse = [f for f in document["flags"] if f["severity"] in ("red", "amber", "yellow")]
    assert result.code == (3 if adverse else 0)
    for flag in document["flags"]:
        assert flag["evidence"].endswith("。")
        assert flag["strength"] in (("red", "amber", "yellow") if flag["severity"] != "grey" else (None,))
    assert {row["reason"] for row in document["untested"]} <= {
        "基数较小，仅列数据，不作评价",
        "少数大额案件占比过高，仅列数据，不作评价",
    }


def test_indicators_can_be_piped(province, tongbao, tmp_path):
    result = tongbao("indicators", "-w", province, "--period", "2026Q3")
    lines = result.out.splitlines()
    assert lines[0] == "court,line,indicator,period,numerator,denominator,sum_sq,sum_sq_den,sum_xy"
    out = tmp_path / "指标.csv"
    assert tongbao("indicators", "-w", province, "--period", "2026Q3", "-o", out).code == 0
    assert out.read_text("utf-8-sig").splitlines() == lines


def test_init_makes_a_workspace_that_runs(province, tongbao, tmp_path):
    folder = tmp_path / "新院"
    result = tongbao("init", folder, "--data", province / "cases.csv")
    assert result.code == 0, result.err
    assert (folder / "courts.csv").is_file()
    assert "数据是演示省高级人民法院及所辖14个中院、100个基层法院的。" in result.out
    units = (folder / "units.csv").read_text("utf-8-sig").splitlines()
    assert units[0] == "法院,部门,上级,类别,条线,顺序,别名,起,止,并入"
    assert {"辽0102,民事审判第一庭", "辽0102,执行局"} <= {line.partition(",,")[0] for line in units}
    config = (folder / "tongbao.toml").read_text("utf-8")
    assert 'to = "各中级人民法院、各基层人民法院，本院各部门："' in config
    assert "# [source.appeals]" in config and "# [[reference]]" in config
    assert tongbao("check", "-w", folder).code == 0
    assert tongbao("run", "-w", folder, "--period", "2026Q3", "--format", "md").code == 0
    assert tongbao("init", folder).code == 2


def test_init_suits_a_single_court(tongbao, tmp_path):
    data = tmp_path / "cases.csv"
    data.write_text(
        "案号,经办法院,立案日期,结案日期,承办部门\n"
        "（2026）辽0102民初2号,城东区人民法院,2026-02-02,2026-03-02, 民二庭\n"
        "（2026）辽0102民初1号,城东区人民法院,2026-01-05,,民一庭\n"
        "（2026）辽0102民初3号,城东区人民法院,2026-02-03,,民二庭\n"
        "（2026）辽0102执1号,城东区人民法院,2026-02-04,,\n",
        "utf-8",
    )
    result = tongbao("init", tmp_path / "一院", "--data", data)
    assert result.code == 0, result.err
    assert "数据是城东区人民法院一个法院的。" in result.out
    units = (tmp_path / "一院" / "units.csv").read_text("utf-8-sig").splitlines()[1:]
    assert units == ["辽0102,民一庭,,庭室,,1,,,,", "辽0102,民二庭,,庭室,,2,,,,"]
    config = (tmp_path / "一院" / "tongbao.toml").read_text("utf-8")
    assert 'to = "本院各部门："' in config and "months = 1\ncumulative = true\n" in config


DIVIDED = (
    "案号,经办法院,立案日期,结案日期,承办部门\n（2026）辽0102民初2号,城东区人民法院,2026-02-02,2026-03-02,民二庭\n"
)


def test_init_takes_the_one_data_file_of_its_folder(tongbao, tmp_path):
    (tmp_path / "案件.csv").write_text(DIVIDED, "utf-8")
    (tmp_path / "说明.docx").write_bytes(b"PK")
    result = tongbao("init", tmp_path)
    assert result.code == 0, result.err
    assert "采用文件夹中的数据文件：案件.csv" in result.out
    assert 'files = ["案件.csv"]' in (tmp_path / "tongbao.toml").read_text("utf-8")
    assert tongbao("check", "-w", tmp_path).code == 0


def test_init_chooses_none_of_several_files(tongbao, tmp_path):
    for name in ("一月.csv", "二月.csv"):
        (tmp_path / name).write_text(DIVIDED, "utf-8")
    result = tongbao("init", tmp_path)
    assert result.code == 0, result.err
    assert "文件夹中有2个数据文件（“一月.csv”、“二月.csv”），没有采用" in result.out
    assert not (tmp_path / "courts.csv").exists()


def test_init_makes_the_table_of_departments_later(tongbao, tmp_path):
    (tmp_path / "案件.csv").write_text(DIVIDED, "utf-8")
    assert tongbao("init", tmp_path).code == 0
    first = (tmp_path / "units.csv").read_bytes()
    (tmp_path / "units.csv").unlink()
    kept = {name: (tmp_path / name).read_bytes() for name in ("tongbao.toml", "courts.csv")}
    result = tongbao("init", tmp_path)
    assert result.code == 0, result.err
    assert (tmp_path / "units.csv").read_bytes() == first
    assert {name: (tmp_path / name).read_bytes() for name in kept} == kept
    (tmp_path / "units.csv").unlink()
    (tmp_path / "案件.csv").write_text(DIVIDED.replace(",承办部门", "").replace(",民二庭", ""), "utf-8")
    nothing = tongbao("init", tmp_path)
    assert nothing.code == 2 and "没有“承办部门”" in nothing.err
    assert not (tmp_path / "units.csv").exists()


def test_init_that_is_run_again_suits_the_data_and_keeps_what_was_written(tongbao, tmp_path):
    """Headings that nobody knows end the first; the person adds them, and the rest fits as if they had been known."""
    data, folder = tmp_path / "cases.csv", tmp_path / "一院"
    rows = "（2026）辽0102民初2号,城东区人民法院,2026-02-02,2026-03-02,民二庭\n"
    data.write_text(f"案号,经办法院,登记日,办结日,承办部门\n{rows}", "utf-8")
    assert tongbao("init", folder, "--data", data).code == 5
    config = folder / "tongbao.toml"
    written = config.read_text("utf-8").replace(
        "[source.columns]\n", '[source.columns]\nfiled = "登记日"\nconcluded = "办结日"\n'
    )
    config.write_text(written.replace('contact = ""', 'contact = "联系人"'), "utf-8")
    again = tongbao("init", folder)
    assert again.code == 0, again.err
    known = tmp_path / "known.csv"
    known.write_text(f"案号,经办法院,立案日期,结案日期,承办部门\n{rows}", "utf-8")
    assert tongbao("init", tmp_path / "另", "--data", known).code == 0
    fitting = (tmp_path / "另/tongbao.toml").read_text("utf-8").replace("known.csv", "cases.csv")
    added = '[source.columns]\nfiled = "登记日"\nconcluded = "办结日"\n'
    fitting = fitting.replace("[source.columns]\n", added).replace('contact = ""', 'contact = "联系人"')
    assert config.read_text("utf-8") == fitting
    assert "months = 1\ncumulative = true\n" in fitting and 'to = "本院各部门："' in fitting


@pytest.mark.parametrize("total", [",合计,,,5000", "合　计,5000,,,", ",总计,7个法院,,", "合计,,5775件,,"])
def test_a_row_of_totals_is_no_court(tongbao, tmp_path, total):
    data = tmp_path / "cases.csv"
    rows = "1,（2026）辽0102民初2号,城东区人民法院,2026-02-02,2026-03-02\n2,（2026）辽0102民初3号,城东区人民法院,2026-02-03,\n"
    data.write_text(f"序号,案号,经办法院,立案日期,结案日期\n{rows}{total}\n", "utf-8")
    result = tongbao("init", tmp_path / "一院", "--data", data)
    assert result.code == 0 and "数据是城东区人民法院一个法院的。" in result.out, result.out + result.err


def test_what_columns_prints_may_be_pasted_where_it_says(tongbao, tmp_path):
    data, folder = tmp_path / "cases.csv", tmp_path / "一院"
    data.write_text(
        "案件字号,审理法院,收案时间,结案时间\n（2026）辽0102民初2号,城东区人民法院,2026-02-02,2026-03-02\n", "utf-8"
    )
    tongbao("init", folder, "--data", data)
    printed = tongbao("columns", data).out
    assert "[source" not in printed.split("# 粘贴到 tongbao.toml 原有的 [source.columns] 之下（表名只能写一次）：\n")[1]
    config = folder / "tongbao.toml"
    text = config.read_text("utf-8")
    config.write_text(f'{text}\n[source]\ndialect = "chinese"\n', "utf-8")
    twice = tongbao("check", "-w", folder)
    assert twice.code == 2 and "[source] 写了两次" in twice.err and "并到前一个之下" in twice.err


def test_case_no_json(tongbao):
    result = tongbao("case-no", "（2017）豫01民终3046号", "(2014)民一终字第174号", "胡写", "--json")
    first, second, third = json.loads(result.out)["numbers"]
    assert (first["court"], first["level"], first["line"], first["stage"]) == ("豫01", "intermediate", "民事", "二审")
    assert (second["valid"], second["era"]) == (True, "pre-2016")
    assert third["valid"] is False


def test_doctor_names_the_font_of_every_role(tongbao):
    result = tongbao("doctor", "--json")
    roles = {role["name"] for role in json.loads(result.out)["roles"]}
    assert roles == {"仿宋", "楷体", "黑体", "小标宋", "宋体"}


def edit(workspace: Path, old: str, new: str) -> None:
    path = workspace / "tongbao.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_wrong_input_ends_with_one_message_and_its_code(workspace, tongbao, tmp_path):
    def fails(code: int, *parts: str, args: tuple[object, ...] = ()) -> None:
        before = snapshot(workspace)
        result = tongbao("run", "-w", workspace, "--format", "md", *(args or ("--period", "2026Q3")))
        assert result.code == code, result.err
        assert result.out == ""
        assert result.err.startswith("错误：")
        assert "Traceback" not in result.err
        for part in parts:
            assert part in result.err
        assert snapshot(workspace) == before

    fails(2, "统计期“2026Q5”", args=("--period", "2026Q5"))
    fails(2, "才结束", args=("--period", "2030Q1", "--as-of", "2026-10-20"))
    fails(2, "2026-10-20", args=("--as-of", "昨天"))
    fails(2, "--fail-on", args=("--fail-on", "blue"))
    fails(5, "不足以统计", args=("--period", "2010Q1"))
    edit(workspace, 'code = "辽01"', 'code = "辽99"')
    fails(2, "辽99")
    edit(workspace, 'code = "辽99"', "code = 辽")
    fails(2, "格式有误")
    edit(workspace, "code = 辽", 'cood = "辽"')
    fails(2, "[court] cood", "是否为 code", "第5行")
    edit(workspace, 'cood = "辽"', 'code = "辽01"')
    edit(workspace, '["cases.parquet"]', '["no.csv"]')
    fails(5, "no.csv")
    edit(workspace, '["no.csv"]', '["courts.csv"]')
    fails(5, "缺少必需的列", "[source.columns]")
    edit(workspace, '["courts.csv"]', '["empty.csv"]')
    (workspace / "empty.csv").touch()
    fails(5, "空的")
    (workspace / "empty.csv").write_bytes("案号,法院,立案日期,结案日期\n".encode("utf-16"))
    fails(5)
    (workspace / "fake.parquet").write_text("PAR1")
    edit(workspace, '["empty.csv"]', '["fake.parquet"]')
    fails(5, "Parquet")
    edit(workspace, '["fake.parquet"]', '["cases.parquet"]')
    edit(workspace, "max_set_aside_percent = 5.0", "max_set_aside_percent = 0.0")
    fails(4, "max_set_aside_percent")
    edit(workspace, "max_set_aside_percent = 0.0", "max_set_aside_percent = 5.0")
    edit(workspace, 'folder = "out"', 'folder = "../elsewhere"')
    fails(2, "之外")
    edit(workspace, 'folder = "../elsewhere"', 'folder = "out"')
    (workspace / "courts.csv").write_text("代码,名称,层级,上级\n辽,某高院,高院,辽\n")
    fails(2, "法院表")
    result = tongbao("run", "-w", tmp_path / "nowhere")
    assert result.code == 2
    assert "tongbao init" in result.err


def test_a_template_of_the_court_overrides_ours_and_its_mistakes_are_told(workspace, tongbao):
    own = workspace / "templates" / "bulletins" / "general.md.j2"
    own.parent.mkdir(parents=True)
    own.write_text("---\n标题: {{ title }}\n---\n\n{{ nothing.here }}\n", "utf-8")
    result = tongbao("bulletin", "-w", workspace, "--period", "2026Q3", "--format", "md")
    assert result.code == 2
    assert "nothing" in result.err
    assert "第5行" in result.err
    own.write_text("---\n标题: {{ title }}\n---\n\n{{ ''.__class__.__mro__ }}\n", "utf-8")
    assert tongbao("bulletin", "-w", workspace, "--period", "2026Q3", "--format", "md").code == 2
    own.write_text("---\n标题: {{ title }}\n---\n\n本院自拟正文。\n", "utf-8")
    assert tongbao("bulletin", "-w", workspace, "--period", "2026Q3", "--format", "md").code == 0
    assert "本院自拟正文" in (workspace / "out/2026Q3/2026Q3-general.md").read_text("utf-8")


def test_cells_that_start_like_a_formula_are_harmless_in_tables():
    import pandas as pd

    frame = pd.DataFrame({"a": ["=1+1", "+x", "@y", "-z", "好"], "n": [1, -2, 3, 4, 5]})
    lines = csv_bytes(frame).decode("utf-8-sig").splitlines()
    assert lines == ["a,n", "'=1+1,1", "'+x,-2", "'@y,3", "'-z,4", "好,5"]


def test_a_bulletin_in_every_format(workspace, tongbao):
    options = ("--period", "2026Q3", "--as-of", "2026-10-20", "-o", workspace / "通报")
    result = tongbao("bulletin", "general", "-w", workspace, "--format", "md,pdf,docx,xlsx", *options)
    assert result.code == 0, result.err
    made = {path.suffix for path in (workspace / "通报").glob("2026Q3-general.*")}
    assert made == {".md", ".pdf", ".docx", ".xlsx"}
    checked = tongbao("layout-check", workspace / "通报" / "2026Q3-general.pdf")
    assert checked.code == 0, checked.out
    again = tongbao("render", workspace / "通报" / "2026Q3-general.md", "--to", "docx", "-o", workspace / "再排")
    assert again.code == 0, again.err
    first, second = (workspace / folder / "2026Q3-general.docx" for folder in ("通报", "再排"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["check", "--priod", "2026Q3"], "没有选项“--priod”，是否为“--period”。"),
        (["chek"], "没有命令“chek”，是否为“check”。"),
        (["ledger", "lst"], "没有命令“lst”，是否为“list”。"),
        (["cases", "--court", "辽01"], "缺少“--indicator”。"),
        (["columns"], "缺少“file”。"),
        (["demo", "x", "--cases", "许多"], "“--cases”的值不符合要求。"),
        (["check", "a", "b"], "多写了“a b”。"),
        (["check", "--period"], "选项“--period”后面要写值。"),
    ],
)
def test_a_wrong_command_line_is_answered_in_chinese(tongbao, words, what):
    result = tongbao(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"错误：{what}\n  处理：用 tongbao ")


def test_every_document_that_the_configuration_names_can_be_printed(tongbao):
    named = set(re.findall(r"tongbao docs ([\w.-]*\w)", config_text({}, files=[])))
    assert {"sources", "engines"} <= named
    for name in named:
        assert tongbao("docs", name).out.startswith("# ")
    listed = tongbao("docs").out
    assert all(f"{name}\t" in listed for name in named)
    refused = tongbao("docs", "没有")
    assert refused.code == 2 and "sources" in refused.err
