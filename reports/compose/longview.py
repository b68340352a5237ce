"""The long view → its sections: sentences and tables, the same in the terminal and in every document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.courts.periods import Period, chinese_date
from reports.longview import FEW, WITHIN, Cause, Cohort, LongView, Outlook, Season
from reports.model import ALL_LINES
from reports.words import NO_CASES, decimal, half_up, joined, percent

DOCUMENT = "letters/longview.md.j2"
NAMES = ("title", "opening", "sections")
"""What that document is written from."""

CALLED = {"filed": "新收", "concluded": "结案", "pending": "期末未结"}
TOLD = 5  # causes in a sentence
MONTHS = tuple(range(1, 13))


def document(view: LongView) -> dict[str, Any]:
    """What the template of the Markdown document is given."""
    return dict(zip(NAMES, (title(view), opening(view), sections(view)), strict=True))


def title(view: LongView) -> str:
    """天枢市中院辖区历年案件情况和规律（至2026年9月）."""
    line = "" if view.line == ALL_LINES else view.line
    return f"{view.name}历年{line}案件情况和规律（至{_month(view)}）"


def _month(view: LongView) -> str:
    return f"{view.period.year}年{view.period.last}月"


def opening(view: LongView) -> str:
    """From when to when the data are whole, and what is left out of every comparison, and why."""
    spans: dict[tuple[Period, Period], list[str]] = {}
    since = next(iter(view.series["filed"].months), None) if "filed" in view.series else None
    for name, one in view.series.items():
        if months := one.months:
            spans.setdefault((max(months[0], since or months[0]), months[-1]), []).append(CALLED[name])
    told = [f"{'、'.join(names)}用{first.label}至{last.label}的数" for (first, last), names in spans.items()]
    lacks = [CALLED[name] for name in CALLED if name not in view.series or not view.series[name].months]
    told += [f"{joined(lacks)}没有完整的数"] if lacks else []
    text = "；".join(told) + "。" if told else ""
    text += f"{view.begins}，此前的数不完整，不作比较。" if view.begins else ""
    text += "".join(f"{one.why}，{one.since.label}以前的水平不作比较。" for one in view.breaks)
    return text + f"各年都按现行口径统计{'，合并、更名的法院按现在的法院计' if view.merged else ''}。"


def sections(view: LongView) -> list[dict[str, Any]]:
    """Each with its ``title``, ``sentences`` and ``tables`` (``title``, ``heads``, ``rows``, ``note``)."""
    found = [_level(view), _season(view), _waiting(view), _causes(view), _outlook(view)]
    return [one for one in found if one["sentences"] or one["tables"]]


def _section(
    name: str, sentences: Iterator[str] | Sequence[str], tables: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {"title": name, "sentences": [one for one in sentences if one], "tables": list(tables)}


def _table(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> dict[str, Any]:
    return {"title": name, "heads": list(heads), "rows": [list(row) for row in rows], "note": note}


# Level and direction


def _span(view: LongView) -> str:
    return "" if view.period.last == len(MONTHS) else "1月" if view.period.last == 1 else f"1—{view.period.last}月"


def _level(view: LongView) -> dict[str, Any]:
    rows = []
    for year in view.years:
        daily = NO_CASES
        if year.days and year.filed is not None:
            daily = decimal(half_up(year.filed, year.days, 1), 1)
        counts = (year.filed, year.concluded, year.pending)
        rows.append([f"{year.year}年{_span(view)}", *map(_count, counts), _count(year.days), daily])
    heads = ("年度", "新收", "结案", "期末未结", "工作日", "每个工作日新收")
    note = "单位为件；“—”表示数据不完整"
    note += "。" if view.worked else "，或者当年的节假日安排尚未公布。"
    tables = [_table("历年收案、结案和未结情况", heads, rows, note)] if rows else []
    return _section("水平和走向", _trends(view), tables)


def _count(number: int | None) -> str:
    return NO_CASES if number is None else str(number)


def _trends(view: LongView) -> Iterator[str]:
    told = []
    for name, called in CALLED.items():
        if (one := view.trends.get(name)) is None:
            continue
        parts = [f"后一年较多的{one.more}次"] if one.more else []
        parts += [f"较少的{one.fewer}次"] if one.fewer else []
        parts += [f"相同的{one.same}次"] if one.same else []
        way = {1: "总的走向是上升", -1: "总的走向是下降", 0: "没有一致的升降"}[one.way]
        told.append(f"{called}比较{one.pairs}次，{'、'.join(parts)}，{way}")
    if told:
        yield f"把各年的同一月份两两比较：{'；'.join(told)}。"
    elif view.years:
        yield "可以比较的不足两年，不说走向。"


# Season


def _season(view: LongView) -> dict[str, Any]:
    found = {name: one for name, one in view.seasons.items() if min(one.totals) >= FEW}
    by = "每个工作日" if view.worked else "每天（节假日安排不全，没有按工作日计）"
    tables = []
    if found:
        heads = ["月份", *(f"{CALLED[name]}{each}" for name in found for each in ("件数", "水平"))]
        rows = [[f"{month}月", *(text for one in found.values() for text in _of_month(one, month))] for month in MONTHS]
        spans: dict[str, list[str]] = {}
        for name, one in found.items():
            spans.setdefault(f"{one.first.label}至{one.last.label}", []).append(CALLED[name])
        years = "，".join(f"{'、'.join(names)}为{span}的合计" for span, names in spans.items())
        note = f"{years}；水平为当月{by}的件数与全年平均之比。"
        tables = [_table("各月收案、结案水平", heads, rows, note)]
    return _section("季节", _marked(view, found), tables)


def _of_month(season: Season, month: int) -> tuple[str, str]:
    total, days = season.totals[month - 1], season.days[month - 1]
    return str(total), percent(total * sum(season.days), sum(season.totals) * days, 1)


def _marked(view: LongView, found: Mapping[str, Season]) -> Iterator[str]:
    by = "每个工作日" if view.worked else "每天"
    for name, one in found.items():
        named = {way: [f"{month}月" for month in MONTHS if one.marked[month - 1] == way] for way in (1, -1)}
        parts = [
            f"{word}的有{'、'.join(named[way])}" for way, word in ((1, "明显较高"), (-1, "明显较低")) if named[way]
        ]
        if parts:
            rest = "其余各月的高低不足5%、各年不一，或者可能出于偶然"
            yield f"按{by}的{CALLED[name]}与全年平均相比，{'；'.join(parts)}；{rest}。"
        else:
            yield f"按{by}的{CALLED[name]}计，各月没有明显的高低。"
    if not found and view.years:
        yield "可以比较的不足两年，或者案件较少，不说季节。"


# Time from filing to conclusion


def _waiting(view: LongView) -> dict[str, Any]:
    whole, *lines = view.cohorts or [""]
    if not whole:
        return _section("办案时间", [], [])
    heads = ["立案时间", "立案", "尚未结案", "半数案件结案的天数", *(f"{days}日以内结案" for days in WITHIN)]
    rows = [_cohort(view, one) for one in view.cohorts[whole]]
    note = (
        f"尚未结案的为{chinese_date(view.period.end)}的件数，按至当日已经过的天数计入，占比据此推算；"
        "“—”表示经过的时间还不够长，或者案件不足30件。"
    )
    tables = [_table(f"{_of_line(whole)}立案至结案的时间", heads, rows, note)]
    told = [name for name in lines if any(one.median is not None for one in view.cohorts[name])]
    if told:
        years = [_cohort_name(view, one) for one in view.cohorts[whole]]
        heads = ["条线", *(f"{year}立案" for year in years)]
        rows = [[name, *(_days(one) for one in view.cohorts[name])] for name in told]
        tables.append(_table("各条线半数案件结案的天数", heads, rows, "单位为天；按立案时间分列。"))
    return _section("办案时间", _waits(view, view.cohorts[whole]), tables)


def _of_line(line: str) -> str:
    return "全部案件" if line == ALL_LINES else f"{line}案件"


def _cohort_name(view: LongView, one: Cohort) -> str:
    part = _span(view) if one.year == view.period.year else ""
    return f"{one.year}年{part}"


def _days(one: Cohort) -> str:
    return NO_CASES if one.median is None else str(one.median)


def _cohort(view: LongView, one: Cohort) -> list[str]:
    shares = [NO_CASES if share is None else percent(share.numerator, share.denominator, 1) for share in one.shares]
    return [_cohort_name(view, one), str(one.cases), str(one.pending), _days(one), *shares]


def _waits(view: LongView, cohorts: Sequence[Cohort]) -> Iterator[str]:
    told = [one for one in cohorts if one.median is not None]
    if told:
        each = [f"{_cohort_name(view, one)}立案的为{one.median}天" for one in told]
        yield f"半数案件结案所用的时间，{'，'.join(each)}。"


# Causes


def _causes(view: LongView) -> dict[str, Any]:
    found = view.causes
    if found is None:
        return _section("案由的消长", [], [])
    span, years = _span(view), found.years
    if len(years) < 2:
        return _section("案由的消长", [], [])
    base = f"{years[0]}年{span}" if len(years) == 2 else f"此前{len(years) - 1}年{'同期' if span else ''}的平均"
    now = f"{years[-1]}年{span}"
    sentences = []
    for some, told in (
        (found.come, f"{now}新出现的案由有"),
        (found.grown, f"{now}新收比{base}多、占比也上升，超出案由之间通常起伏的有"),
        (found.fallen, f"{now}新收比{base}少、占比也下降，超出案由之间通常起伏的有"),
        (found.gone, f"此前有、{now}没有新收的案由有"),
    ):
        if some:
            more = f"等{len(some)}个" if len(some) > TOLD else ""
            sentences.append(f"{told}{'、'.join(map(_cause, some[:TOLD]))}{more}。")
    if not sentences:
        sentences.append(f"{now}各案由的新收与{base}相比，没有超出通常起伏的消长。")
    causes = [one for group in (found.come, found.grown, found.fallen, found.gone) for one in group]
    tables = []
    if causes and len(years) > 2:
        heads = ["案由", *(f"{year}年{span}" for year in years)]
        tables = [
            _table("消长明显的案由新收情况", heads, [[one.name, *map(str, one.counts)] for one in causes], "单位为件。")
        ]
    return _section("案由的消长", sentences, tables)


def _cause(one: Cause) -> str:
    """买卖合同纠纷（120件，此前年均80件）: a mean of several years has one decimal."""
    before = one.counts[:-1]
    if len(before) == 1:
        return (
            f"{one.name}（{before[0]}件，现{one.counts[-1]}件）" if before[0] else f"{one.name}（{one.counts[-1]}件）"
        )
    if not any(before):
        return f"{one.name}（{one.counts[-1]}件）"
    return f"{one.name}（{'、'.join(map(str, one.counts))}件）"


# What to expect


def _outlook(view: LongView) -> dict[str, Any]:
    sentences = [text for one in view.outlooks for text in _expected(one)]
    return _section("未结案件的预计", sentences, [])


def _expected(one: Outlook) -> Iterator[str]:
    end = f"{one.month.year}年{one.month.last}月末"
    if one.reason == "short":
        yield (
            f"不能预计{end}的未结案件：预计{one.ahead}个月以后的数，要有连续{one.needed}个月末的完整数据才能检验办法是否可靠，"
            "现有的不够。"
        )
        return
    test = one.test
    assert test is not None
    off, before = (half_up(total, test.moments) for total in (test.off, test.off_before))
    tried = (
        f"以往{test.moments}个月末用同样的办法预计{one.ahead}个月以后的数，与实际平均相差{off}件，"
        f"按上年同期的数估计平均相差{before}件"
    )
    held = ""
    if test.ranged:
        held = f"；按当时的数据可以给出范围的{test.ranged}次中，实际数在范围之内的{test.held}次"
    if one.reason:
        yield f"不预计{end}的未结案件：{tried}，不比按上年同期估计更准。"
        return
    yield f"预计{end}未结{one.expected}件左右，在{one.low}件至{one.high}件之间的可能较大。{tried}{held}。"
    yield "预计只按现有未结案件数和往年同月的变化推算，没有计入政策、人员等情况的变化，不是任务，也不作评价。"
