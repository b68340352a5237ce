"""The commands by name: the module of each is loaded when it is asked for, so that the list of them costs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typer.core import MarkupMode, TyperGroup
from typer.main import get_group_from_info
from typer.models import TyperInfo

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": (
        "demo",
        "生成一个虚构省份（或其中一个市、一个法院）的案件数据（含有据可查的异常），作为可以直接运行的工作目录。",
    ),
    "init": (
        "data",
        "新建工作目录：带说明的 tongbao.toml；有数据时认出是哪一级，推出法院表 courts.csv 和部门表 units.csv。",
    ),
    "columns": (
        "data",
        "识别文件中各列是什么，给出可以直接粘贴到 tongbao.toml 的列名配置；示例中的姓名、证件号码已遮盖。",
    ),
    "check": (
        "data",
        "能不能出通报：读了什么、谁没有报、哪些写法不认识、各项指标能否统计、哪些行不能用，以及数据质量问题。",
    ),
    "indicators": ("numbers", "计算指标表：每个法院、条线、指标、统计期一行，含分子和分母；或每个单位一行（--wide）。"),
    "compare": ("numbers", "各指标的本期数、环比和同比。"),
    "flags": ("numbers", "识别出的异常及其依据。"),
    "explain": ("numbers", "一项变动由哪些法院、条线、案由带动：组内变化和结构变化，各部分之和等于总变动。"),
    "cases": ("numbers", "列出一个数字背后的案件：件数与通报所印的完全一致。"),
    "crosstab": (
        "crosstab",
        "交叉表：任一指标或计数按任意两项（单位、条线、案由、月份等）统计，可加条件；或列出一格背后的案件。",
    ),
    "longview": (
        "longview",
        "历年情况和规律：水平和走向、季节、立案至结案的时间、案由的消长，以及期末未结案件的预计。",
    ),
    "run": ("bulletin", "完整运行：读数据、算指标、识别异常、生成通报、记台账。可由定时任务调用。"),
    "bulletin": ("bulletin", "生成一种通报，登记为草稿；不列整改事项。"),
    "render": (
        "bulletin",
        "把（手工修改过的）通报按公文格式排版；修改过的 DOCX 先读回 Markdown 文稿，并列出改了哪些地方。",
    ),
    "changes": (
        "changes",
        "一份文稿变了什么：数字、语句、问题，与领导看过的稿或者另一期相比，一页。只比较已有的文稿，不重新计算。",
    ),
    "layout-check": (
        "bulletin",
        "按 GB/T 9704-2012 逐条核对 PDF 的版面：要求、实测、是否符合。有必须或推荐的条款不符合时退出码为 6。",
    ),
    "pack": (
        "meeting",
        "会商会材料：议程、各条线和各法院各一页、点评单、问答提纲、长期未结案件、上次议定事项、问题清单，一份合订，另有单页。",
    ),
    "template": ("template", "通报模板：列出、取到工作目录中修改、核对。"),
    "catalogue": ("catalogue", "指标目录：查看定义、口径、来源和区间，核对自定的目录文件。"),
    "ledger": ("ledger", "整改台账：查看、填报、导出和导入表格、复核销号。每一步都记入只增不改的历史。"),
    "pending": ("pending", "长期未结案件台账：按数据列入，逐案填报，结案并核对后销号；审限预警，流程节点。"),
    "register": (
        "register",
        "登记簿：司法建议、优秀案例报送、案件评查、四类案件等由人登记的事项，表格填报、阶段、通报和清单；案件剖析表。",
    ),
    "effect": (
        "effect",
        "举措前后：登记有日期、有单位的举措，比较实施前后和未实施的单位，够不够判断如实说；台账中各类措施之后的情况。",
    ),
    "appeals": ("appeals", "二审情况表：上级法院导出，供下级法院统计上诉和改判发回。"),
    "status": (
        "status",
        "现在怎样：上次运行、下一步、待签发的通报、待通报和逾期的事项、没有发到的信件、台账是否完好。",
    ),
    "calendar": (
        "calendar",
        "工作日历：谁在什么时候以前办什么，办了没有，用哪个命令办。日子写在 tongbao.toml 的 [calendar] 中。",
    ),
    "schedule": (
        "calendar",
        "定时运行、提醒、备份，印出 crontab 的行、systemd 的单元或 Windows 的任务；加 --install 装上。",
    ),
    "deliver": (
        "delivery",
        "发送：把印发的文件送到各收件单位（邮件、文件夹、命令），每个单位只收一次，只收应当收的；可由定时任务反复调用。",
    ),
    "backup": (
        "backup",
        "把台账、配置和已生成的通报备份成一个文件；正在使用时也可以备份。案件数据不在其中，由原系统保管。",
    ),
    "restore": ("backup", "把备份恢复到一个新的文件夹，逐个文件核对；要么全部恢复，要么一个也不留。"),
    "case-no": ("machine", "解析案号：年度、法院、类型、条线、审级。"),
    "docs": ("machine", "打印随程序安装的说明（Markdown）。"),
    "doctor": ("machine", "检查运行环境：字体由哪个文件提供、Pango 和 HarfBuzz 是否齐备。"),
}
"""Name → its module in this package, and its help in one line. A group of commands has the name of its module."""


class Commands(TyperGroup):
    """The program's commands, each loaded when it is used; their list is printed from the table alone."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Loaded(self.rich_markup_mode)  # type: ignore[assignment]

    def list_commands(self, ctx: Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """The plain list: names, and what each is for."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


class _Loaded(Mapping[str, "Command"]):
    def __init__(self, mode: MarkupMode) -> None:
        self.mode = mode
        self.groups: dict[str, TyperGroup] = {}  # by module

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __getitem__(self, name: str) -> Command:
        module, _ = COMMANDS[name]
        if module not in self.groups:
            info = TyperInfo(import_module(f"{__name__}.{module}").app, name=module)
            self.groups[module] = get_group_from_info(
                info, pretty_exceptions_short=True, suggest_commands=True, rich_markup_mode=self.mode
            )
        group = self.groups[module]
        return group if name == module and name not in group.commands else group.commands[name]
