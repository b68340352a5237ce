"""A ratio of a handful of cases: the cases themselves are told under the table."""

from __future__ import annotations

import pytest
from by_hand import COURTS, write_csv


@pytest.mark.parametrize(
    ("revised", "remanded", "told"),
    [
        (3, 1, "再审改判3件、再审发回重审1件，件数少，再审改判-发回重审比的升降只供参考。"),
        (2, 0, "再审改判2件、再审发回重审0件，件数少，"),
        (9, 1, None),
    ],
)
def test_few_retrials_are_told_in_words(tmp_path, tongbao, revised, remanded, told):
    ways = ["改判"] * revised + ["发回重审"] * remanded
    heads = ("案号", "经办法院", "立案日期", "结案日期", "结案方式")
    rows = [(f"（2025）辽民再{number}号", "辽", "2025-07-01", "2025-08-01", way) for number, way in enumerate(ways, 1)]
    rows += [  # that the data reach from before the quarter to its end
        ("（2025）辽民终1号", "辽", "2025-05-01", "2025-06-20", "维持"),
        ("（2025）辽民终2号", "辽", "2025-09-01", "2025-10-10", "维持"),
    ]
    rows = [dict(zip(heads, row, strict=True)) for row in rows]
    write_csv(tmp_path / "cases.csv", rows)
    (tmp_path / "courts.csv").write_text(COURTS, "utf-8")
    (tmp_path / "tongbao.toml").write_text(
        '[court]\ncode = "辽"\n[source]\nfiles = ["cases.csv"]\n[catalogue]\nedition = "spc-2024-09"\n'
        '[output]\nformats = ["md"]\n',
        "utf-8",
    )
    result = tongbao("bulletin", "general", "-w", tmp_path, "--period", "2025Q3", "--as-of", "2025-10-15")
    assert result.code == 0, result.err
    text = (tmp_path / "out/2025Q3/2025Q3-general.md").read_text("utf-8")
    assert ("件数少" in text) == bool(told)
    assert told is None or told in text
