"""The texts that the tests lay out, and one call to do it."""

from __future__ import annotations

from pathlib import Path

from reports.render import render

TEMPLATES = Path(__file__).parents[2] / "templates"

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="160" viewBox="0 0 400 160" '
    'font-family="GW FangSong" font-size="12">'
    '<polyline points="20,120 200,60 380,90" fill="none" stroke="#b00"/>'
    '<text x="200" y="150" text-anchor="middle">近八个季度走势</text></svg>'
).encode()

FRONT = """---
发文机关标志: 辽宁省高级人民法院文件
文号: 辽高法〔2025〕128号
标题: 关于2025年第三季度全省法院审判质量管理指标情况的通报
主送: 各中级人民法院
署名: 辽宁省高级人民法院
成文日期: 2025-10-15
抄送: [省委政法委, 省人大监察和司法委员会]
印发机关: 辽宁省高级人民法院办公室
印发日期: 2025年10月15日
---
"""

SENTENCE = (
    "本季度全省法院共审执结案件101,578件，同比上升4.85%；结案率为79.15%，环比下降0.36个百分点，审判质效总体平稳。"
)


def table(rows: int) -> str:
    head = ["序号", "法院", "收案数", "结案数", "结案率", "同比（百分点）", "改发率", "平均审理天数"]
    lines = [head, ["---:", "---", *["---:"] * 6]]
    lines += [
        [str(n), f"沈阳市第{n}人民法院", f"{1000 + n:,}", f"{900 + n:,}", "91.20%", "-1.24", "1.32%", "62.4"]
        for n in range(1, rows + 1)
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


CIRCULAR = f"""{FRONT}
为全面掌握审判执行工作运行态势，现将有关情况通报如下。

## 一、总体情况

{(SENTENCE * 4 + chr(10) * 2) * 5}

## 二、分项情况

### （一）质量指标

表1　主要质量指标

{table(12)}

> 注：数据截至2025年9月30日。

![走势](charts/trend.svg)

图1　近八个季度走势

{SENTENCE * 3}

# 附件1：各法院主要指标一览表 {{横排}}

{table(40)}

# 附件2：长期未结案件台账

{table(60)}
"""


def make(markdown: str, assets: dict[str, bytes] | None = None) -> bytes:
    return render(markdown, "pdf", assets=assets or {}, templates=TEMPLATES, source="样稿.md")
