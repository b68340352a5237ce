"""The files of a new workspace: a commented ``tongbao.toml`` and, where data is at hand, ``courts.csv``."""

from __future__ import annotations

from collections.abc import Mapping

_TEMPLATE = """\
# 通报工作目录的配置。以 # 开头的是说明；改动后运行 tongbao check 核对。

[court]
# 发文法院的代码或名称（见 courts.csv）。法院表只有一个最上级法院时可以不填。
code = {code}
{divided}
[source]
# 案件数据文件，写绝对路径或相对于本文件的路径，可写文件夹或通配符，如 ["导出/*.csv"]。支持 CSV（UTF-8、
# GB18030、UTF-16 自动识别）、Excel（xlsx、xls、ods、网页或 XML 形式的 xls）、Parquet 和 JSON Lines，按内容识别，
# 不看扩展名。数据库（url、sql）、工作表（sheet）、指标表（table）的写法用 tongbao docs sources 查看。
files = {files}
# 列名对照表：chinese 通用中文表头，pinyin 拼音首字母代码，judgment_site 裁判文书公开网导出；
# 不知道是哪一种时，用 tongbao columns 文件 识别。
dialect = {dialect}

{disputes}{figures}[source.columns]
# 本院导出表的列名与对照表不同时，在此补充，如：
# case_no = "案件编号"
# filed = "收案日期"

{appeals}# 金额不以元为单位、列名中又没有写明的，在这里写单位：
# [source.scale]
# amount = "万元"

# 案件留在本院已有的数据库或计算平台中、只在其中计数时，写明以下各项，并删去 [source] 的 files（用 tongbao docs engines 查看）：
# [engine]
# kind = "postgresql"
# url = "postgresql://tongji@10.1.2.3:5432/anjian"
# relation = "tongji.v_anjian"
# order = "xh"
# password_env = "TONGBAO_PASSWORD"

[period]
# 不写 --period 时的统计期：3 为最近一个季度，1 为最近一个月；cumulative = true 为年初至该季、该月末（1—3月、1—9月等）。
months = {months}
cumulative = {cumulative}
# 统计截止日：0 为自然月月末；20 表示每月21日至次月20日。
cutoff_day = 0
# 计算多少个统计期（含本期），用于同比和趋势。
history = 12

[catalogue]
# 指标目录版本：core 常用指标，spc-2024-09、spc-2024-01 最高人民法院指标中公开载明的部分，local 各地常用指标；
# 用 tongbao catalogue show --edition 版本 查看。本院自定的计数和指标写在工作目录 catalogue/ 下的 TOML 文件中。
edition = {edition}

# 合理区间：必须写明来源文件，没有来源的不要填写。示例：
# [[interval]]
# indicator = "within_limit"
# since = 2025-01-01
# low = 95.0           # 按印出的单位：95% 写 95.0
# span = "quarter"     # 只用于季度；另有 month、cumulative、year，不写则都用
# line = "民事"        # 只用于一个条线，不写则都用
# source = "某高级人民法院《关于……的通知》（某高法〔2025〕1号）"

# 上级法院公布的全省、全市等同口径数值，供对照时记在这里，须写明出处；通报把本院的数值列在旁边，不作名次。示例：
# [[reference]]
# indicator = "within_limit"
# period = "2026Q3"
# whole = "全省"
# value = 96.35       # 按印出的单位；末位是 0 的加引号，如 "96.30"
# interval = "95%以上"
# source = "某高级人民法院2026年第三季度通报"
{references}{intervals}
[letterhead]
# 红头、文号等。文号中的 {{year}} 替换为年份，顺序号留空：印发时由发文登记依次取号（tongbao ledger issue）。
# letter_number 是提醒函、督办函的文号。成文日期不填则为运行当日，印发时改为审签之日。
mark = {mark}
number = {number}
letter_number = ""
signer = ""
to = {to}
cc = {cc}
issuer = {issuer}
office = "审判管理办公室"
date = {date}
contact = ""
# 辖区称谓：全省、全自治区、全区、全市、全州、全盟、本院；不填则按法院层级和所在省份确定。
region = ""

[quality]
# 无法使用的行超过这一百分比时不生成通报（退出码 4）。
max_set_aside_percent = 5.0
# 有这些问题时也不生成通报（规则编号见 tongbao check --rules）；限度为占该规则基数的百分比，不写为 0，即有一件就拒绝。示例：
# refuse = ["concluded_before_filed", "no_outcome"]
# limits = {{ no_outcome = 5.0 }}
# 数据从哪一天起完整（核查空号用），不填则由数据推定：
# complete_since = 2024-01-01

[privacy]
# 部门通知和部门的流程节点清单中是否列出承办人；其他文稿、表格一律不列，当事人在任何地方都不列。
judges = false

[ledger]
# 红色（重点）问题都列入整改台账；橙色（关注）的是否也列入。
amber = false
# 问题何时算作通报、时限何时起算："issue" 为综合通报印发之日（tongbao ledger issue；已在纸上印发的用 ledger issued）；
# 不用发文登记的，写 "run"，生成通报即算。
told = {told}
# 台账的密钥：由一个程序在标准输出打印，写程序和参数（不经 shell）。设了密钥，没有密钥的人改写台账就能被 tongbao ledger verify
# 查出；先写上这一项，再用 tongbao ledger key --by 姓名 启用。密钥不要放在工作目录里，丢失后只能更换。
# key_command = ["cat", "/etc/tongbao/ledger.key"]

[pending]
# 长期未结案件的档次（立案后超过几个月，不含当月），第一档以上的列入台账；专项清理可加 6。
months = [12, 18, 24, 36]
# 数据截至之日早于办理日超过几天的，不据以发审限提醒函。
stale = 31
# 运行 tongbao run 时一并更新长期未结案件台账；只用 tongbao pending update 更新的，写 run = false。
# run = true
# 按扣除后的天数定档次；不写为 false，与“超12个月未结”指标的口径一致。
# deduct = true
# 各档的包案层级，按本院规定填写，如 {{ "12" = "分管院领导", "24" = "院长" }}。
leaders = {{}}

# 工作日历：每期各步的时限，由本院自定，用 tongbao calendar 查看谁该办什么；不写的步骤不列入。写法有“+5工作日”（统计期
# 结束后第5个工作日）、“15日”（统计期结束后的第一个15日）、“印发+15日”（从另一步起算）、“下期起草”（下一期的那一步），遇休息日顺延：
# [calendar]
# data = "+5工作日"           # 数据冻结
# draft = "数据冻结+2工作日"  # 起草
# leader = "起草+2工作日"     # 审签
# issue = "审签+1工作日"      # 印发
# meeting = "印发+5工作日"    # 会商
# answers = "印发+15日"       # 反馈
# measured = "下期起草"       # 复测
# who = {{ leader = "分管院领导" }}
# remind = 3                  # 提前几天提醒（tongbao calendar --remind）
# holidays = "节假日.csv"     # 国务院办公厅尚未公布的节假日安排，两列：日期,类型（工作日、休息日）
# 某一期的某一步另定日子的：
# [[calendar.date]]
# period = "2026Q3"
# step = "meeting"
# on = 2026-10-22
# 定时任务在每天的几点运行、备份到哪个文件夹，用 tongbao schedule 查看和安装：
# [schedule]
# run = "08:05"
# backup = "../备份"

[output]
folder = "out"
formats = ["md", "pdf"]
# tongbao run 生成哪些通报（种类见 tongbao template list --kinds），有多份的每个法院、条线、部门各一份；不写为综合通报和整改情况通报。
{kinds}

# 印发的文件用邮件、文件夹或者本单位的命令送到各单位（用 tongbao docs delivery.zh-CN 查看），收件表为 recipients.csv。示例：
# [[delivery]]
# way = "folder"
# since = 2026-10-01   # 从哪一天起印发的才发
# folder = "/mnt/通报"
"""

_DIVIDED = """\
# 本院自己的案件（中院机关）分到部门统计，下级法院的不分；都不分的删去这两行，都分的只删去 of。
below = "department"
of = {of}
"""
_KINDS = """\
# 如 kinds = ["general", "feedback", "court", "reminder"]。本院自定的种类写在工作目录的 kinds.toml 中。"""
_KINDS_ALONE = """\
# 以下为综合通报、各部门的部门通知、呈阅件和整改情况通报。本院自定的种类写在工作目录的 kinds.toml 中。
kinds = ["general", "department", "brief", "feedback"]"""

_DEMO_INTERVALS = """
[[interval]]
indicator = "within_limit"
since = 2020-01-01
low = 96.0
source = "演示用，非实际区间"

[[interval]]
indicator = "first_reversal_rate"
since = 2020-01-01
high = 2.0
source = "演示用，非实际区间"

[[interval]]
indicator = "over12_share"
since = 2020-01-01
high = 5.0
scope = "2"
source = "演示用，非实际区间"
"""

# Of a single court: what its city has published.
_DEMO_REFERENCES = """
[[reference]]
indicator = "within_limit"
period = "2026Q1-Q3"
whole = "全市"
value = 97.85
interval = "96%以上"
source = "演示用，非实际数据"

[[reference]]
indicator = "average_days"
period = "2026Q1-Q3"
whole = "全市"
value = "58.0"
source = "演示用，非实际数据"
"""


_DISPUTES = """\
# 案件数据没有的先行调解件数、常住人口，由诉源治理情况表提供（统计期、法院、先行调解分流、先行调解办结、先行调解成功、常住人口）：
{mark}disputes = {file}

"""


_FIGURES = """\
# 案件数据没有、由其他部门提供的指标数（法院、指标、统计期、分子、分母）：
{mark}table = {file}

"""


_APPEALS = """\
# 上级法院发来的二审情况表（原审案号、二审案号、二审立案日期、二审结案日期、二审结果），用于统计上诉和改判发回：
{mark}[source.appeals]
{mark}files = [{file}]

"""


def config_text(
    values: Mapping[str, str],
    *,
    files: list[str],
    demo: bool = False,
    issued: bool = False,
    alone: bool = False,
    divided: str = "",
    appeals: str | None = None,
    disputes: str | None = None,
    figures: str | None = None,
    edition: str = "core",
) -> str:
    """The text of a new ``tongbao.toml``; ``values`` may give code, dialect, mark, number, to, cc, issuer, date.

    A court ``alone`` has its usual rhythm: every month the year so far, with a notice to each department and a page
    for its president. Of ``divided`` (辽01本级) the cases are counted by department too. ``appeals`` is the file of the
    table of appeals, ``disputes`` the 诉源治理情况表, ``figures`` the indicator table, each shown as a remark where there is none. Findings of a
    ``demo`` count as told by each run, but where its circulars are ``issued``.
    """
    known = ("code", "dialect", "mark", "number", "to", "cc", "issuer", "date")
    defaults = {"dialect": "chinese", "to": "辖区各法院，本院各部门："}
    texts = {key: _quoted(values.get(key, defaults.get(key, ""))) for key in known}
    listed = "[" + ", ".join(_quoted(name) for name in files) + "]"
    return _TEMPLATE.format(
        **texts,
        files=listed,
        divided=_DIVIDED.format(of=_quoted(divided)) if divided else "",
        intervals=_DEMO_INTERVALS if demo else "",
        references=_DEMO_REFERENCES if demo and alone else "",
        months=1 if alone else 3,
        cumulative=str(alone).lower(),
        kinds=_KINDS_ALONE if alone else _KINDS,
        told=_quoted("run" if demo and not issued else "issue"),  # who tries the demo by hand issues nothing
        disputes=_DISPUTES.format(mark="" if disputes else "# ", file=_quoted(disputes or "诉源治理情况.csv")),
        figures=_FIGURES.format(mark="" if figures else "# ", file=_quoted(figures or "指标表.csv")),
        edition=_quoted(edition),
        appeals=_APPEALS.format(mark="" if appeals else "# ", file=_quoted(appeals or "二审情况.xlsx")),
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
