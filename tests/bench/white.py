"""`make bench-white`: the white of every kind's pages in the three demos, as the table in docs/layout.md.

For each office a small demo with one problem told a quarter before and one decision of its meeting, so that there is
something to follow up. Of each kind the first papers are made, and of the page with the highest band without print,
among those whose text goes on upon the next one, it is told how high that is. PDFs of what was measured are left in
the folder. Some minutes on two cores.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from reports.catalogue.kinds import asked  # noqa: E402
from reports.compose import self_checks  # noqa: E402
from reports.courts.periods import parse_period  # noqa: E402
from reports.model import Bulletin  # noqa: E402
from reports.pipeline.bulletins import chosen_subjects, lacking, letterhead, of_cases, write  # noqa: E402
from reports.pipeline.findings import analysis, findings  # noqa: E402
from reports.pipeline.job import TEMPLATES, Job  # noqa: E402
from reports.pipeline.ledgers import followed_up, time_limit_letters  # noqa: E402
from reports.pipeline.meeting import material  # noqa: E402
from reports.pipeline.nodes import node_letters  # noqa: E402
from reports.pipeline.stages import Cases  # noqa: E402
from reports.pipeline.subjects import narrowed  # noqa: E402
from reports.render import render  # noqa: E402
from reports.render.check import check  # noqa: E402
from reports.render.check.paper import Paper  # noqa: E402
from reports.render.check.sheet import read  # noqa: E402
from reports.render.profile import load  # noqa: E402
from reports.workspace import find  # noqa: E402

OFFICES = {"province": (20_000, "辽0102"), "city": (8_000, "辽0102"), "court": (3_000, "民事审判第一庭")}
NAMES = {"province": "全省", "city": "一个市", "court": "一个法院"}
LETTERS = {"self-check": "自查提示", "time-limit": "审限提醒函", "nodes": "流程节点提醒函"}
DAY = date(2026, 10, 20)
MOST = 2  # papers of a kind


def workspace(folder: Path, office: str) -> None:
    cases, unit = OFFICES[office]

    def call(*words: object) -> None:
        subprocess.run([sys.executable, "-m", "reports", *map(str, words)], check=True, cwd=ROOT, capture_output=True)

    call("demo", folder, "--office", office, "--cases", cases, "--force", "-q")
    by = ("-w", folder, "--by", "王五")
    call("ledger", "open", *by, "--period", "2026Q2", "--as-of", "2026-07-20", "--court", unit, "--indicator",
         "审限内结案率", "--problem", "超审限案件较多", "--bulletin", "关于2026年第二季度审判执行质效情况的通报")  # fmt: skip
    call("ledger", "decide", *by, "--period", "2026Q3", "--as-of", DAY, "--text", "逐案清理超12个月未结案件", "--owner",
         "审判管理办公室", "--deadline", "2026-12-31")  # fmt: skip


def papers(folder: Path) -> Iterator[tuple[str, Bulletin]]:
    """The first papers of each kind and of the letters, with the name of the kind."""
    job = Job(find(folder), parse_period("2026Q3", cutoff_day=0), DAY, DAY)
    for kind in asked(job.kinds):
        mine = job
        if not kind.takes(job.period):
            mine = Job(job.workspace, parse_period("2026-09", cutoff_day=0), DAY, DAY)
        elif kind.each == "theme":
            mine = job.on_theme("营商环境")
        with Cases(mine) as cases:
            if mine.theme:
                told = analysis(mine)
            else:
                told, _ = followed_up(mine, findings(mine, gated=True, reversed_too=kind.reversals, cases=cases))
            if lacking(mine, told, kind):
                continue
            more = material(mine, told, cases=cases) if "meeting" in kind.needs else {}
            for one in chosen_subjects(mine, told, kind)[:MOST]:
                part = narrowed(told, one, cases)
                yield kind.name, write(mine, kind, one, part, more | of_cases(mine, cases, kind, one, part))
    found = findings(job, gated=True)
    for place, text in enumerate(self_checks(found, letterhead(job), [TEMPLATES]).values()):
        yield LETTERS["self-check"], Bulletin("self-check", "", "", f"self-check-{place}", text.decode(), {})
    ended = Job(job.workspace, job.period, DAY, date(2026, 9, 30))
    for letter in (
        *time_limit_letters(ended, None, everything=False).made[:MOST],
        *node_letters(ended, None, 3).made[:MOST],
    ):
        yield LETTERS[letter.kind], letter


def main(folder: Path, offices: Sequence[str] = tuple(OFFICES)) -> None:
    rows: dict[str, dict[str, str]] = {}
    for office in offices:
        workspace(folder / office, office)
        kinds: dict[str, list[tuple[float, str]]] = {}
        for kind, made in papers(folder / office):
            data = render(made.markdown, "pdf", assets=made.assets, templates=TEMPLATES, source=made.stem)
            (folder / office / f"{made.stem}.pdf").write_bytes(data)
            profile = load(TEMPLATES / "page", find(folder / office).config.layout)
            paper = Paper(read(data, made.stem), profile, None)
            holes = [(paper.white(a), str(a.number)) for a, b in pairwise(paper.sheets) if paper.goes_on(a, b)]
            white, page = max(holes, default=(0.0, ""))
            told = f"{white:.0%}（共{len(paper.sheets)}面，第{page}面）" if page else f"—（共{len(paper.sheets)}面）"
            kinds.setdefault(kind, []).append((white, told))
            wrong = [f"{one.id} {one.measured} {one.pages}" for one in check(data, profile, made.stem).findings
                     if one.verdict == "不符合"]  # fmt: skip
            print(office, made.stem, told, *wrong, file=sys.stderr, flush=True)
        for kind, several in kinds.items():
            rows.setdefault(kind, {})[office] = max(several)[1]
    print(f"| 种类 | {' | '.join(NAMES[office] for office in offices)} |")
    print("|:--" * (len(offices) + 1) + "|")
    for kind, row in rows.items():
        print(f"| {kind} | {' | '.join(row.get(office, '没有') for office in offices)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or tuple(OFFICES))
