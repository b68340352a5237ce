"""`make bench-render`: what a bulletin costs here, in typst and in headless Chromium, in one run and as ratios, and
what a pack for every court of a province costs with one process and with two.

The same text and tables go to all three: our frames and style sheet to WeasyPrint and Chromium, the same blocks to
typst as its own markup. Seconds are those of the wall clock; memory is the proportional set size of the process and all
its children, looked at every 50 ms. "Cold" is a new process, "warm" the third document of one process. Figures
depend on the machine and on what else runs on it; the ratios less so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent / "pdf")]

from circulars import CIRCULAR, FRONT, SVG, TEMPLATES, table  # noqa: E402

ASSETS = {"charts/trend.svg": SVG}
SAMPLE_SECONDS = 0.05


def text(rows: int) -> str:
    return CIRCULAR if rows == 0 else f"{FRONT}有关情况通报如下。\n\n# 附件1：长期未结案件台账\n\n{table(rows)}\n"


# -- the three programs: each makes one PDF of the text and returns its bytes --------------------------------


def ours(markdown: str) -> bytes:
    from reports.render import render

    return render(markdown, "pdf", assets=ASSETS, templates=TEMPLATES)


def typst(markdown: str) -> bytes:
    import typst as engine

    found: bytes = engine.compile(_typst_source(markdown).encode(), font_paths=["/usr/local/share/fonts/fandol"])
    return found


def chromium(markdown: str) -> bytes:
    from reports.render import body, fonts
    from reports.render.document import parse
    from reports.render.html import ASSET_SCHEME
    from reports.render.page import Page
    from reports.render.profile import load

    fonts.prepare()
    folder = TEMPLATES / "page"
    page = Page(folder, load(folder))
    document = parse(markdown, "x")
    html = page.html(document, body.convert(document, ASSETS, page.measure))
    html = html.replace("</head>", f"<style>{page.style(document.front.style)}</style></head>")
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "charts").mkdir()
        (Path(work) / "charts" / "trend.svg").write_bytes(SVG)
        (Path(work) / "a.html").write_text(html.replace(ASSET_SCHEME, ""), "utf-8")
        browser = shutil.which("chromium") or shutil.which("google-chrome")
        assert browser, "no Chromium here"
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={work}/profile",
             "--no-pdf-header-footer", f"--print-to-pdf={work}/a.pdf", f"file://{work}/a.html"],
            check=True, capture_output=True, timeout=900,
        )  # fmt: skip
        return (Path(work) / "a.pdf").read_bytes()


def _typst_source(markdown: str) -> str:
    from reports.render import body
    from reports.render.body import Heading, Table
    from reports.render.document import parse
    from reports.render.page import Page
    from reports.render.profile import load

    folder = TEMPLATES / "page"
    page = Page(folder, load(folder))
    document = parse(markdown, "x")
    content = body.convert(document, ASSETS, page.measure)
    pitch, size = 28.98, 15.75

    def blocks(items: Iterable[body.Block]) -> str:
        parts = []
        for item in items:
            if isinstance(item, Table):
                cells = [f"[{_escaped(body.plain(cell))}]" for row in item.rows for cell in row]
                head = ", ".join(f"[{_escaped(''.join(lines))}]" for lines in item.head)
                widths = ", ".join(f"{width:.1f}pt" for width in item.widths)
                parts.append(
                    f"#text(size: {item.size}pt)[#set par(first-line-indent: 0em, leading: 0.5em)\n"
                    f"#table(columns: ({widths}), inset: 3pt, stroke: .5pt, table.header({head}), {', '.join(cells)})]"
                )
            elif isinstance(item, Heading):
                parts.append(f'#text(font: "FandolHei")[{_escaped(body.plain(item.text))}]')
            elif not isinstance(item, body.Figure):
                parts.append(_escaped(body.plain(item.text)))
        return "\n\n".join(parts)

    front = document.front
    annexes = "".join(
        f'\n#page(flipped: {str(item.landscape).lower()})[#text(font: "FandolHei")[{item.label}]\n\n'
        f'#align(center, text(font: "FandolSong", weight: "bold", size: 22pt)[{item.title}])\n\n{blocks(item.blocks)}]'
        for item in content.attachments
    )
    return (
        '#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, inside: 28mm, outside: 26mm), numbering: "— 1 —")\n'
        f'#set text(font: "FandolFang R", size: {size}pt, lang: "zh", top-edge: 0.88em, bottom-edge: -0.12em)\n'
        f"#set par(leading: {pitch - size}pt, spacing: {pitch - size}pt, justify: true, "
        "first-line-indent: (amount: 2em, all: true))\n"
        f'#v(33mm)\n#align(center, text(font: "FandolSong", weight: "bold", size: 40pt, fill: red)[{front.mark}])\n'
        f"#align(center)[{front.number}]\n#line(length: 100%, stroke: .5mm + red)\n"
        f'#align(center, text(font: "FandolSong", weight: "bold", size: 22pt)[{front.title}])\n\n'
        f"{blocks(content.blocks)}\n\n#align(right)[{front.issuers[0]}]\n#align(right)[{front.dated}]\n{annexes}"
    )


def _escaped(words: str) -> str:
    return "".join("\\" + char if char in "#$*_@<>[]\\`~=-+/" else char for char in words)


PROGRAMS: dict[str, Callable[[str], bytes]] = {"ours": ours, "typst": typst, "chromium": chromium}


# -- measuring -----------------------------------------------------------------------------------------------


def child(name: str, rows: int, times: int) -> None:
    """In a process of its own: make the document so many times; print the seconds of the last."""
    seconds = 0.0
    for _ in range(times):
        start = time.perf_counter()
        data = PROGRAMS[name](text(rows))
        seconds = time.perf_counter() - start
    import pypdfium2

    print(f"{seconds:.4f} {len(data)} {len(pypdfium2.PdfDocument(data))}")


def measure(name: str, rows: int, times: int) -> tuple[float, float, float, int]:
    """Seconds of the process, seconds of its last document, peak memory in MB, pages."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, __file__, "--child", name, str(rows), str(times)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    )  # fmt: skip
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, _family(process.pid))))
        time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - start
    assert process.stdout is not None
    last, _, pages = process.stdout.read().split()
    assert process.returncode == 0
    return seconds, float(last), peak / 1024, int(pages)


def _family(pid: int) -> list[int]:
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        try:
            for file in Path(f"/proc/{one}/task").glob("*/children"):
                queue.extend(map(int, file.read_text().split()))
        except OSError:
            continue  # it has ended meanwhile
    return found


def _memory(pid: int) -> int:
    """Proportional set size in kB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


# -- packs: a bulletin for each court, from one reading of the data -----------------------------------------------

COURTS = 138  # of a large province


def province(folder: Path) -> None:
    """A demo province with so many courts: to those of the demo, basic courts are added and given some of the cases."""
    import duckdb

    from reports.demo import make
    from reports.workspace.initial import config_text

    make(folder, cases=60_000)
    head, *rows = (folder / "courts.csv").read_text("utf-8-sig").splitlines()
    basic = [row.split(",") for row in rows if len(row.split(",")[0]) == 5]
    added = [
        [f"{code[:3]}{30 + place}", f"新增第{place}区人民法院", level, above]
        for place, (code, _, level, above, *_) in enumerate(basic[:: len(basic) // (COURTS - 115)][: COURTS - 115])
    ]
    (folder / "courts.csv").write_text("\n".join([head, *rows, *(",".join(row) for row in added)]) + "\n", "utf-8-sig")
    cases = folder / "cases.parquet"
    moved = " ".join(
        f"WHEN 经办法院 = '{old[1]}' AND row_number() OVER () % 2 = 0 THEN '{new[1]}'"
        for old, new in zip(basic[:: len(basic) // (COURTS - 115)], added, strict=False)
    )
    duckdb.sql(
        f"COPY (SELECT * REPLACE (CASE {moved} ELSE 经办法院 END AS 经办法院) FROM '{cases}') TO '{folder}/new.parquet'"
    )
    (folder / "new.parquet").replace(cases)
    values = {"code": "辽", "issuer": "演示省高级人民法院", "mark": "演示省高级人民法院文件", "date": "2026年10月20日"}
    text = config_text(values | {"number": "演高法〔{year}〕号"}, files=["cases.parquet"], demo=True)
    (folder / "tongbao.toml").write_text(text, "utf-8")


def packs() -> None:
    """Seconds, CPU seconds and peak memory of `bulletin court --for each`, everything counted and set anew."""
    print("| packs | processes | seconds | CPU seconds | peak MB | seconds to one | CPU to one | memory to one |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as work:
        province(Path(work))
        base: tuple[float, float, float] | None = None
        for jobs in (1, 2):
            before, start, peak = os.times(), time.perf_counter(), 0
            process = subprocess.Popen(
                [sys.executable, "-m", "reports", "bulletin", "court", "--for", "each", "-q", "-w", work, "-j", str(jobs),
                 "--period", "2026Q3", "--as-of", "2026-10-20", "--format", "md,pdf", "-o", f"{work}/{jobs}"],
                stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT), "TONGBAO_CACHE": ""},
            )  # fmt: skip
            while process.poll() is None:
                peak = max(peak, sum(map(_memory, _family(process.pid))))
                time.sleep(SAMPLE_SECONDS * 4)
            after = os.times()
            made = len(list(Path(work, str(jobs)).glob("*.pdf")))
            assert process.returncode == 0 and made >= COURTS - 8, made
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            mine = time.perf_counter() - start, cpu, peak / 1024
            base = base or mine
            ratios = " | ".join(f"{one / first:.2f}" for one, first in zip(mine, base, strict=True))
            print(f"| {made} | {jobs} | {mine[0]:.0f} | {cpu:.0f} | {mine[2]:.0f} | {ratios} |", flush=True)


def main() -> None:
    import importlib.util

    names = ["ours"]
    names += ["typst"] if importlib.util.find_spec("typst") else []
    names += ["chromium"] if shutil.which("chromium") or shutil.which("google-chrome") else []
    print("| document | program | pages | seconds | to ours | peak MB | to ours |\n|---|---|--:|--:|--:|--:|--:|")
    for label, rows, times in (
        ("circular, cold", 0, 1),
        ("circular, warm", 0, 3),
        ("annex of 1,000 rows", 1000, 1),
        ("annex of 5,000 rows", 5000, 1),
    ):
        base: tuple[float, float] | None = None
        for name in names:
            whole, last, peak, pages = measure(name, rows, times)
            seconds = last if times > 1 else whole
            base = base or (seconds, peak)
            ratios = f"{seconds / base[0]:.2f} | {peak:.0f} | {peak / base[1]:.2f}"
            print(f"| {label} | {name} | {pages} | {seconds:.2f} | {ratios} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1:2] == ["--packs"]:
        packs()
    else:
        main()
        packs()
