"""The report in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reports.catalogue.quality import SEVERITIES, QualityRule
from reports.courts.tree import CourtTree
from reports.escaping import escaped
from reports.model import OWN, Quality, QualityFinding
from reports.words import percent

UNKNOWN = "法院不明的数据中"
TABLE = ("规则", "名称", "级别", "法院代码", "法院", "数量", "基数", "占比", "说明", "示例")


def court_name(tree: CourtTree, code: str) -> str:
    """A court as the report names it."""
    if not code:
        return UNKNOWN
    short = tree.short_name(code.removesuffix(OWN))
    return short + "本级" if code.endswith(OWN) else short


def by_reason(found: Quality, rules: Mapping[str, QualityRule]) -> list[tuple[str, str]]:
    """The names of the rules that were not checked and why, those of one reason together."""
    names: dict[str, list[str]] = {}
    for name, why in found.unchecked.items():
        names.setdefault(why, []).append(rules[name].name if name in rules else name)
    return [("、".join(those), why) for why, those in names.items()]


def sentence(finding: QualityFinding, tree: CourtTree) -> str:
    """What is printed of one finding."""
    share = percent(finding.count, finding.base) if finding.base else ""
    return finding.rule.sentence(
        court_name(tree, finding.court),
        count=finding.count,
        base=finding.base,
        share=share,
        detail=finding.detail,
        courts=1,
    )


def summary(rule: QualityRule, found: Quality) -> str:
    """What is printed of one rule over all courts of the report."""
    count, base = found.totals[rule.id]
    courts = sum(finding.rule.id == rule.id for finding in found.findings)
    share = percent(count, base) if base else ""
    return rule.sentence(found.scope, together=True, count=count, base=base, share=share, courts=courts)


def by_rule(found: Quality) -> list[tuple[QualityRule, tuple[QualityFinding, ...]]]:
    """Findings by rule: errors first, rules in the order of the file, courts in code order."""
    groups: dict[str, list[QualityFinding]] = {}
    for finding in found.findings:
        groups.setdefault(finding.rule.id, []).append(finding)
    order = list(found.totals)
    chosen = [(items[0].rule, tuple(sorted(items, key=lambda f: f.court))) for items in groups.values()]
    return sorted(chosen, key=lambda item: (SEVERITIES.index(item[0].severity), order.index(item[0].id)))


def table_of(found: Quality, tree: CourtTree) -> pd.DataFrame:
    """One row for each rule and court."""
    rows = [
        (
            rule.id,
            rule.name,
            rule.severity,
            finding.court,
            court_name(tree, finding.court) if finding.court else "",
            finding.count,
            finding.base,
            percent(finding.count, finding.base) if finding.base else "",
            sentence(finding, tree),
            "、".join(finding.examples),
        )
        for rule, findings in by_rule(found)
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=list(TABLE))


def markdown(found: Quality, rules: Mapping[str, QualityRule], tree: CourtTree, heading: str) -> str:
    """The whole report as Markdown: every rule with its courts and examples, and what was not checked."""
    lines = [f"# {heading}", ""]
    groups = by_rule(found)
    counts = {name: sum(rule.severity == name for rule, _ in groups) for name in SEVERITIES}
    told = "、".join(f"{name}{n}条" for name, n in counts.items())
    lines += [f"核查规则{len(found.totals)}条，有发现的{len(groups)}条（{told}）。", ""]
    for rule, findings in groups:
        lines += [f"## {rule.severity}：{rule.name}", "", f"{summary(rule, found)}。{rule.do}", ""]
        lines += ["| 法院 | 数量 | 说明 | 示例 |", "|:--|--:|:--|:--|"]
        for finding in findings:
            name = court_name(tree, finding.court) if finding.court else "（法院不明）"
            cells = (name, str(finding.count), sentence(finding, tree), "、".join(finding.examples) or "—")
            lines.append("| " + " | ".join(map(escaped, cells)) + " |")
        lines.append("")
    if found.unchecked:
        lines += ["## 未核查的规则", ""]
        lines += [f"- {names}：{why}" for names, why in by_reason(found, rules)]
        lines.append("")
    return "\n".join(lines)
