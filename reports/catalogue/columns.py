"""The canonical columns of the case table: the vocabulary of sources, dialects and conditions.

Conditions in the catalogue use the Chinese names, code uses the identifiers. Money is kept in integer 分:
floating sums change with the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ValueKind = Literal["text", "date", "integer", "money", "flag"]


@dataclass(frozen=True)
class Column:
    """One canonical column: ``id`` in code, ``name`` in Chinese, its ``kind`` of value.

    ``derived`` columns are worked out by the program (from the case number, mostly) and are never read. ``basis`` says
    what must be in the data for one of them, where that is not in every case table.
    """

    id: str
    name: str
    kind: ValueKind
    derived: bool = False
    basis: str = ""


COLUMNS: tuple[Column, ...] = (
    Column("case_no", "案号", "text"),
    Column("court", "经办法院", "text"),
    Column("type", "类型代字", "text", derived=True),
    Column("line", "条线", "text"),
    Column("procedure", "审理程序", "text"),
    Column("litigation", "诉讼案件", "flag", derived=True),
    Column("applied", "适用程序", "text"),
    Column("cause", "案由", "text"),
    Column("source", "立案来源", "text"),
    Column("dept", "承办部门", "text"),
    Column("team", "承办团队", "text"),
    Column("judge", "承办人", "text"),
    Column("filed", "立案日期", "date"),
    Column("concluded", "结案日期", "date"),
    Column("outcome", "结案方式", "text"),
    Column("deadline", "应结案日期", "date"),
    Column("statutory_deadline", "法定审限届满日期", "date", derived=True),
    Column("extended", "是否延长", "flag"),
    Column("excluded_days", "扣除天数", "integer"),
    Column("excluded_entered", "扣除登记日期", "date"),
    Column("appealed", "是否上诉", "flag"),
    Column("appeal_date", "上诉日期", "date"),
    Column("second_no", "二审案号", "text", derived=True),
    Column("second_filed", "二审立案日期", "date"),
    Column("second_date", "二审结案日期", "date"),
    Column("second_result", "二审结果", "text"),
    Column("effective", "生效日期", "date"),
    Column("became_final", "推算生效日期", "date", derived=True, basis="“原审案号”或者“是否上诉”"),
    Column("retrial_date", "再审结案日期", "date"),
    Column("retrial_result", "再审结果", "text"),
    Column("reversal_reason", "发改原因", "text"),
    Column("origin_case_no", "原审案号", "text"),
    Column("origin_concluded", "原审结案日期", "date"),
    Column("origin_court", "原审法院", "text", derived=True),
    Column("starting_court", "起始法院", "text", derived=True),
    Column("assigned", "分案日期", "date"),
    Column("complaint_served", "应诉送达日期", "date"),
    Column("scheduled", "排期日期", "date"),
    Column("hearing_notified", "开庭通知日期", "date"),
    Column("heard", "开庭日期", "date"),
    Column("pronounced", "宣判日期", "date"),
    Column("served", "送达日期", "date"),
    Column("appeal_received", "收到上诉状日期", "date"),
    Column("appeal_sent", "上诉移送日期", "date"),
    Column("archived", "归档日期", "date"),
    Column("hearings", "开庭次数", "integer"),
    Column("amount", "标的额", "money"),
    Column("exec_due", "申请执行金额", "money"),
    Column("exec_recovered", "到位金额", "money"),
    Column("payable", "有给付内容", "flag"),
    Column("perform_by", "履行期限", "date"),
    Column("performed", "是否自动履行", "flag"),
    Column("basis_case_no", "执行依据案号", "text"),
    Column("enforced_on", "申请执行日期", "date", derived=True, basis="“执行依据案号”"),
    Column("tags", "专项标签", "text"),
    Column("party", "当事人", "text"),
)
BY_ID = {column.id: column for column in COLUMNS}
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = ("case_no", "court", "filed", "concluded")
