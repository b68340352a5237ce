"""Make the workspace of one earlier release with that release's own code; how and from which: README.md.

python make.py RELEASE FOLDER      RELEASE is a checkout of the earlier code, FOLDER one of those beside this file
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd

COURTS = "代码,名称,层级,上级\n辽01,天枢市中级人民法院,中院,\n" + "".join(
    f"辽01{n:02d},天枢市第{name}区人民法院,基层法院,辽01\n" for n, name in enumerate("一二三四五六七八", 2)
)
CODES = [f"辽01{n:02d}" for n in range(2, 10)]
CONFIG = """[court]
code = "辽01"
[source]
files = ["cases.parquet"]
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 90.0
source = "测试用，非实际区间"
[letterhead]
issuer = "天枢市中级人民法院"
mark = "天枢市中级人民法院文件"
number = "天中法〔{year}〕号"
to = "各基层人民法院，本院各部门："
[output]
formats = ["md"]
"""
LATE = {("辽0103", "2026Q1"): 40, ("辽0104", "2026Q1"): 40, ("辽0103", "2026Q2"): 45}  # of 80; others 2 to 5

ANSWER = {
    "reason": "工作中的不足",
    "cause": "核查40件，均为送达迟延。",
    "measure": "每周清查将到期案件，由庭长督办。",
    "target": "第二季度超期案件不超过5件",
    "leader": "副院长周某",
    "department": "民一庭",
    "person": "李某",
    "deadline": "2026-06-30",
}


def cases(last: str) -> pd.DataFrame:
    """80 conclusions a quarter in each basic court since 2024Q1, some after their due day, and one case still open."""
    rows = []
    for quarter in pd.period_range("2024Q1", last, freq="Q"):
        end = quarter.end_time.date()
        for code in CODES:
            late = LATE.get((code, str(quarter)), 2 + (ord(code[-1]) + end.toordinal()) % 4)
            for n in range(80):
                concluded = end - timedelta(days=n % 60)
                filed = concluded - timedelta(days=60 + n % 7)
                due = concluded + timedelta(days=-1 if n < late else 30)
                number = f"（{filed.year}）{code}民初{quarter.year % 100}{quarter.quarter}{n:02d}号"
                rows.append((number, code, "买卖合同纠纷", "民一庭", filed, concluded, "判决", due))
    opened = pd.Timestamp("2024-01-10").date()
    rows.append(("（2024）辽0102民初9999号", "辽0102", "买卖合同纠纷", "民一庭", opened, None, None, None))
    heads = ["案号", "经办法院", "案由", "承办部门", "立案日期", "结案日期", "结案方式", "应结案日期"]
    return pd.DataFrame(rows, columns=heads)


def write(folder: Path, last: str) -> None:
    """The cases until the end of a quarter, as the next export of the court's system holds them."""
    duckdb.from_df(cases(last)).write_parquet(str(folder / "cases.parquet"), compression="zstd")


def make(release: Path, folder: Path) -> None:
    """One quarter in the life of a workspace: the run of 2026Q1, and then the data of 2026Q2 in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "courts.csv").write_text(COURTS, "utf-8")
    (folder / "tongbao.toml").write_text(CONFIG, "utf-8")
    write(folder, "2026Q1")
    environment = os.environ | {"PYTHONPATH": str(release), "TONGBAO_CACHE": str(folder / "cache")}
    steps = [["run", "--period", "2026Q1", "--as-of", "2026-04-15"]]

    def has(*names: str) -> bool:
        """Whether the release has a room of the ledger, by any of the names that it has had."""
        return any((release / f"reports/ledger/{name}.py").exists() for name in names)

    if has("dispatch", "documents"):  # there is a register of what is issued
        steps += [
            ["ledger", "sign", "2026Q1-general", "--by", "张某", "--as-of", "2026-04-16"],
            ["ledger", "issue", "2026Q1-general", "--number", "5", "--by", "王某", "--as-of", "2026-04-17"],
            ["bulletin", "line", "--line", "民事", "--period", "2026Q1", "--as-of", "2026-04-15", "-q"],
        ]
    if has("register", "documents"):  # a court can answer
        wide = "--cases" in (release / "reports/commands/ledger.py").read_text("utf-8")
        told = ANSWER | ({"cases": "清单所列超审限案件40件"} if wide else {})
        answer = [part for name, text in told.items() for part in (f"--{name}", text)]
        steps.append(["ledger", "respond", "2026Q1-002", *answer, "--by", "李某", "--as-of", "2026-04-20"])
    if has("decisions"):  # and of what a meeting decided
        text = ["--text", "清理超审限案件", "--owner", "民一庭", "--deadline", "2026-06-30"]
        steps.append(["ledger", "decide", *text, "--period", "2026Q1", "--by", "王某", "--as-of", "2026-04-21"])
    for step in steps:
        command = [sys.executable, "-m", "reports", *step, "-w", str(folder)]
        subprocess.run(command, cwd=release, env=environment, check=True)  # what lies where it is started goes first
    write(folder, "2026Q2")


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
