"""A few entries of the registers, as people would have made them in the last quarter; invented, on the demo's cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from reports.demo.dates import day_of, month_start
from reports.demo.filings import Table
from reports.demo.province import Array
from reports.demo.tables import CAUSE_LIST, DEPARTMENT_LIST, KIND, KINDS, OUTCOME
from reports.demo.world import World

Rows = Mapping[str, tuple[Mapping[str, str], ...]]
Day = Callable[[int], str]  # days after the quarter began → ISO
_ADVICE = (
    ("类案", "某物业管理协会", "规范催收物业费的程序", 12, 40, "采纳"),
    ("个案", "某登记中心", "完善协助执行的衔接", 20, 62, "部分采纳"),
    ("综合", "某街道办事处", "完善辖区纠纷的先行调解", 33, None, ""),
    ("类案", "某金融机构同业组织", "完善借款合同的提示条款", 48, 80, "未采纳"),
)
_GRADES = ("优秀", "合格", "合格", "基本合格", "", "")
_FAULTS = ("", "", "裁判文书漏列一项诉讼请求", "送达回证缺送达人签名", "", "")
_PROPOSALS = (("优秀案例", "全省"), ("优秀文书", "未入选"), ("优秀庭审", ""), ("优秀文书", None))
_WATCHED = (
    ("（二）群体性纠纷或者社会关注", "当事人人数众多", "要求报告进展和评议结果"),
    ("（三）类案裁判可能冲突", "与本院近年类案裁判可能不一致", "提交专业法官会议讨论"),
    ("（一）重大、疑难、复杂、敏感", "对法律适用存在较大争议", ""),
    ("（四）反映法官违法审判", "有单位反映，正在核查", ""),
)


def registered(world: World, table: Table) -> Rows:
    """Register → rows (field → text), dated within the last quarter; cases are first instances of the office's own."""
    first = month_start(world.calendar.end.first_month)
    sound = (table["mark"] == 0) & world.office.own[table["court"]] & (table["kind"] == KIND["民初"])
    done = (table["outcome"] == OUTCOME["判决"]) & (table["concluded"] >= first - 90) & (table["concluded"] < first)
    judged = _spread(np.flatnonzero(sound & done), len(_GRADES) + len(_PROPOSALS))
    open_ = _spread(np.flatnonzero(sound & (table["concluded"] < 0) & (table["filed"] < first + 30)), len(_WATCHED))

    def case(place: int) -> dict[str, str]:
        court = world.courts[table["court"][place]]
        kind = KINDS[table["kind"][place]].code
        return {
            "case": f"（{table['year'][place]}）{court.code}{kind}{table['number'][place]}号",
            "court": court.code,
            "dept": DEPARTMENT_LIST[table["department"][place]],
            "cause": CAUSE_LIST[table["cause"][place]].name,
        }

    def day(after: int) -> str:
        return day_of(first + after).isoformat()

    cases = [case(int(place)) for place in judged]
    year = day_of(first).year
    return {
        "advice": tuple(_advice(cases, day, year)),
        "review": tuple(_reviews(cases, day)),
        "excellent": tuple(_proposals(cases[len(_GRADES) :], day)),
        "watch": tuple(
            case(int(place))
            | {"category": category, "circumstance": told, "identified": day(35)}
            | ({"decided": day(41), "decision": decision} if decision else {})
            for place, (category, told, decision) in zip(open_, _WATCHED, strict=False)
        ),
    }


def _spread(places: Array, count: int) -> Array:
    """So many of some places, evenly over all of them."""
    if len(places) <= count:
        return places
    chosen: Array = places[np.linspace(0, len(places) - 1, count).astype(int)]
    return chosen


def _advice(cases: list[dict[str, str]], day: Day, year: int) -> Iterator[Mapping[str, str]]:
    for number, (kind, unit, subject, sent, answered, adopted) in enumerate(_ADVICE, 1):
        if number > len(cases):
            return
        mine = cases[number - 1]
        row = {name: mine[name] for name in ("court", "dept")} | ({"case": mine["case"]} if kind == "个案" else {})
        row |= {"document": f"法建〔{year}〕{number}号", "kind": kind, "addressee": unit, "subject": subject}
        row |= {"sent": day(sent), "due": day(sent + 60)}
        yield row | ({"answered": day(answered), "adopted": adopted} if answered else {})


def _reviews(cases: list[dict[str, str]], day: Day) -> Iterator[Mapping[str, str]]:
    for mine, grade, fault in zip(cases, _GRADES, _FAULTS, strict=False):
        row = mine | {"source": "随机抽取", "how": "演示", "chosen": day(10)}
        row |= {"assigned": day(15), "reviewer": "评查人甲"} if grade or mine is cases[4] else {}
        yield row | ({"graded": day(55), "grade": grade} if grade else {}) | ({"fault": fault} if fault else {})


def _proposals(cases: list[dict[str, str]], day: Day) -> Iterator[Mapping[str, str]]:
    for mine, (kind, result) in zip(cases, _PROPOSALS, strict=False):
        row = mine | {"kind": kind, "recommended": day(8)}
        row |= {} if result is None else {"submitted_to": "高级人民法院", "submitted": day(22)}
        yield row | ({"decided": day(70), "result": result} if result else {})
