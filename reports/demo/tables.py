"""The kinds of cases: type codes, procedures with their limits, causes, outcomes and words.

The shares and medians are invented, set so that the province's indicators lie at plausible levels;
the statutory limits are the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reports.demo.province import BASIC, INTERMEDIATE

CIVIL, CRIMINAL, ADMINISTRATIVE, ENFORCEMENT, OTHER = "民事", "刑事", "行政", "执行", "其他"


@dataclass(frozen=True)
class Procedure:
    """How a case is heard: its limit, the extension usually granted, and how long it takes."""

    name: str
    share: float = 1.0
    months: int = 0
    days: int = 0
    more_months: int = 0
    more_days: int = 0
    median: float = 60.0  # days
    sigma: float = 0.5
    stalled: float = 0.0  # share that waits for an appraisal, a notice or another case: about 400 days

    @property
    def limited(self) -> bool:
        """Whether a statutory limit applies."""
        return self.months + self.days > 0


@dataclass(frozen=True)
class CaseKind:
    """A case type by its code, and where its cases begin (shares of all independent filings by level)."""

    code: str
    line: str
    stage: str
    causes: str  # a key of CAUSES
    procedures: tuple[Procedure, ...]
    shares: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """A cause with its weight, and how it differs from the others (logits, log days)."""

    name: str
    weight: float
    pace: float = 1.0
    mediation: float = 0.0
    appeal: float = 0.0
    money: float = 0.0  # median, yuan
    party: str = "person"
    business: bool = False  # 营商环境


KINDS = (
    CaseKind(
        "民初", CIVIL, "一审", "civil",
        (
            Procedure("小额诉讼", 0.20, months=2, more_months=1, median=29, sigma=0.50, stalled=0.001),
            Procedure("简易程序", 0.57, months=3, more_months=1, median=45, sigma=0.52, stalled=0.004),
            Procedure("普通程序", 0.23, months=6, more_months=3, median=100, sigma=0.58, stalled=0.024),
        ),
        {BASIC: 0.475, INTERMEDIATE: 0.006},
    ),
    CaseKind(
        "刑初", CRIMINAL, "一审", "criminal",
        (
            Procedure("速裁程序", 0.30, days=10, more_days=5, median=6.5, sigma=0.30),
            Procedure("简易程序", 0.35, days=20, more_days=25, median=13, sigma=0.32),
            Procedure("普通程序", 0.35, months=3, more_months=3, median=55, sigma=0.50, stalled=0.012),
        ),
        {BASIC: 0.045, INTERMEDIATE: 0.002},
    ),
    CaseKind(
        "行初", ADMINISTRATIVE, "一审", "administrative",
        (
            Procedure("简易程序", 0.15, days=45, median=29, sigma=0.35),
            Procedure("普通程序", 0.85, months=6, more_months=3, median=95, sigma=0.45, stalled=0.012),
        ),
        {BASIC: 0.014, INTERMEDIATE: 0.005},
    ),
    CaseKind(
        "民特", CIVIL, "特别程序", "special",
        (Procedure("", days=30, more_days=30, median=10, sigma=0.60),),
        {BASIC: 0.035},
    ),
    CaseKind("财保", OTHER, "保全", "preservation", (Procedure("", median=3, sigma=0.5),), {BASIC: 0.025}),
    CaseKind(
        "执", ENFORCEMENT, "首次执行", "civil",
        (Procedure("", months=6, more_months=3, median=92, sigma=0.58, stalled=0.006),),
        {BASIC: 0.285, INTERMEDIATE: 0.009},
    ),
    CaseKind(
        "执保", ENFORCEMENT, "执行保全", "preservation",
        (Procedure("", median=11, sigma=0.6),),
        {BASIC: 0.035},
    ),
    CaseKind(
        "执异", ENFORCEMENT, "执行异议", "objection",
        (Procedure("", days=15, median=11, sigma=0.30),),
        {BASIC: 0.014, INTERMEDIATE: 0.002},
    ),
    CaseKind(
        "刑更", CRIMINAL, "刑罚变更", "commutation",
        (Procedure("", months=1, more_months=1, median=21, sigma=0.25),),
        {INTERMEDIATE: 0.018},
    ),
    # Kinds that only follow from another case.
    CaseKind(
        "民终", CIVIL, "二审", "civil",
        (Procedure("", months=3, more_months=3, median=57, sigma=0.40, stalled=0.006),),
    ),
    CaseKind(
        "刑终", CRIMINAL, "二审", "criminal",
        (Procedure("", months=2, more_months=2, median=38, sigma=0.40, stalled=0.003),),
    ),
    CaseKind(
        "行终", ADMINISTRATIVE, "二审", "administrative",
        (Procedure("", months=3, more_months=3, median=60, sigma=0.38, stalled=0.004),),
    ),
    CaseKind(
        "民申", CIVIL, "再审审查", "civil",
        (Procedure("", months=3, more_months=3, median=60, sigma=0.38),),
    ),
    # Its limit stands in no source at hand: left without one rather than invented.
    CaseKind("行申", ADMINISTRATIVE, "再审审查", "administrative", (Procedure("", median=62, sigma=0.40),)),
    CaseKind(
        "民再", CIVIL, "再审", "civil",
        (Procedure("", months=3, more_months=3, median=68, sigma=0.38),),
    ),
    CaseKind(
        "执恢", ENFORCEMENT, "恢复执行", "civil",
        (Procedure("", months=6, more_months=3, median=75, sigma=0.60, stalled=0.004),),
    ),
    CaseKind("执复", ENFORCEMENT, "执行复议", "objection", (Procedure("", days=30, median=21, sigma=0.30),)),
)  # fmt: skip
KIND = {kind.code: position for position, kind in enumerate(KINDS)}

PROCEDURES = tuple(procedure for kind in KINDS for procedure in kind.procedures)
FIRST_PROCEDURE = [sum(len(kind.procedures) for kind in KINDS[:i]) for i in range(len(KINDS))]

SECOND_INSTANCE = {"民初": "民终", "刑初": "刑终", "行初": "行终"}
RETRIAL_REVIEW = {"民终": "民申", "行终": "行申"}

CAUSES = {
    "civil": (
        Cause("民间借贷纠纷", 0.16, money=60_000),
        Cause("金融借款合同纠纷", 0.12, 0.95, -0.30, -0.5, 120_000, "bank", True),
        Cause("信用卡纠纷", 0.06, 0.90, -0.40, -0.8, 35_000, "bank", True),
        Cause("小额借款合同纠纷", 0.02, 0.90, -0.30, -0.7, 20_000, "company"),
        Cause("买卖合同纠纷", 0.12, 1.00, 0.00, 0.2, 90_000, "company", True),
        Cause("物业服务合同纠纷", 0.11, 0.80, -0.10, -0.4, 4_500, "property"),
        Cause("机动车交通事故责任纠纷", 0.10, 1.00, 0.40, 0.1, 70_000),
        Cause("离婚纠纷", 0.10, 0.95, 0.50, -0.6),
        Cause("劳动争议", 0.06, 1.00, 0.00, 0.6, 45_000),
        Cause("房屋租赁合同纠纷", 0.04, 1.00, 0.00, 0.2, 40_000, "company", True),
        Cause("商品房销售合同纠纷", 0.03, 1.15, -0.20, 0.4, 180_000),
        Cause("建设工程施工合同纠纷", 0.04, 1.70, -0.10, 0.7, 500_000, "company", True),
        Cause("生命权、身体权、健康权纠纷", 0.04, 1.10, 0.10, 0.2, 30_000),
    ),
    "criminal": (
        Cause("危险驾驶罪", 0.26, 0.85, appeal=-0.8),
        Cause("盗窃罪", 0.20),
        Cause("诈骗罪", 0.13, 1.20, appeal=0.5),
        Cause("帮助信息网络犯罪活动罪", 0.10),
        Cause("故意伤害罪", 0.09, 1.10, appeal=0.3),
        Cause("掩饰、隐瞒犯罪所得、犯罪所得收益罪", 0.07),
        Cause("交通肇事罪", 0.06),
        Cause("寻衅滋事罪", 0.05, 1.10, appeal=0.4),
        Cause("开设赌场罪", 0.04, 1.20, appeal=0.4),
    ),
    "administrative": (
        Cause("行政处罚", 0.30),
        Cause("房屋征收补偿", 0.20, 1.10, appeal=0.4),
        Cause("工伤保险资格或者待遇认定", 0.18),
        Cause("政府信息公开", 0.17, 0.90),
        Cause("行政登记", 0.15),
    ),
    "special": (Cause("申请司法确认调解协议", 0.82), Cause("申请宣告自然人无民事行为能力", 0.18)),
    "preservation": (Cause("财产保全", 1.0, money=80_000),),
    "objection": (Cause("执行异议", 1.0),),
    "commutation": (Cause("减刑", 0.8), Cause("假释", 0.2)),
}
CAUSE_LIST = tuple(cause for group in CAUSES.values() for cause in group)
CAUSE = {cause.name: position for position, cause in enumerate(CAUSE_LIST)}

OUTCOMES = (
    "判决", "调解", "撤诉", "驳回起诉", "移送其他法院",
    "维持", "改判", "发回重审", "撤回上诉",
    "执行完毕", "终结本次执行", "终结执行", "驳回申请",
    "准许撤回起诉", "裁定再审", "准予", "保全完毕", "异议成立", "异议不成立", "裁定减刑", "裁定不予减刑",
)  # fmt: skip
OUTCOME = {name: position for position, name in enumerate(OUTCOMES)}

DEPARTMENTS = {
    "民初": ("民事审判第一庭", "民事审判第二庭", "第一人民法庭", "第二人民法庭", "速裁团队"),
    "刑初": ("刑事审判庭",),
    "行初": ("行政审判庭",),
    "民特": ("立案庭",),
    "财保": ("立案庭",),
    "民终": ("民事审判第一庭", "民事审判第二庭", "民事审判第三庭"),
    "刑终": ("刑事审判第一庭", "刑事审判第二庭"),
    "行终": ("行政审判庭",),
    "民申": ("审判监督庭",),
    "行申": ("审判监督庭",),
    "民再": ("审判监督庭",),
    "刑更": ("审判监督庭",),
    "执": ("执行局",),
    "执保": ("执行局",),
    "执异": ("执行裁判庭",),
    "执恢": ("执行局",),
    "执复": ("执行裁判庭",),
}
RENAMED_FROM = {"速裁庭": "速裁团队"}  # names that some departments have later, and what they were called before
RENAMED = tuple(RENAMED_FROM)
DEPARTMENT_LIST = (*dict.fromkeys(name for names in DEPARTMENTS.values() for name in names), *RENAMED)

# A party is a stem, a number and an ending; all are visibly invented.
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
BATCH_PARTY = "演示速捷消费金融有限公司"
PARTY_STEMS = (
    *(f"{surname}某" for surname in SURNAMES),
    "虚拟银行第", "虚构商贸第", "虚设物业服务第", "被告人某", BATCH_PARTY,
)  # fmt: skip
PARTY_ENDINGS = (*("" for _ in SURNAMES), "支行", "号有限公司", "号有限公司", "", "")
PERSONS = len(SURNAMES)
PARTY = {"person": 0, "bank": PERSONS, "company": PERSONS + 1, "property": PERSONS + 2, "batch": PERSONS + 4}
ACCUSED = PERSONS + 3

TEAM_LEADERS = tuple(f"{surname}{given}" for given in ("某", "某某") for surname in SURNAMES)
TEAMS = 2  # of a department

TAGS = ("营商环境", "民法典", "诉源治理", "分调裁审", "司法建议")
