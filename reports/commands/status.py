"""``status``: the last run, what waits and what is overdue, for the office and for a monitor."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import typer

from reports.commands.console import AsJson, AsOf, Folder, day_of, print_json, workspace
from reports.errors import FLAGS_FOUND, ConfigError, VerificationError
from reports.ledger.journal import NONSENSE
from reports.pipeline.proof import not_ours, verified

app = typer.Typer()
WAITING = {
    "drafts": "待审签的通报{}份",
    "signed": "已审签、待印发的通报{}份",
    "untold": "待通报的事项{}项",
    "overdue": "逾期的事项{}项",
    "decisions_overdue": "逾期的议定事项{}项",
    "steps_overdue": "按日历逾期的{}步",
    "to_close": "待核的事项{}项",
    "letters_waiting": "没有发完的信件{}封",
    "letters_failed": "未送达的信件{}封",
    "letters_unclear": "不知对方是否收到的信件{}封",
}
SHOWN = 10  # numbers that are listed of each


@app.command(epilog="示例：tongbao status -w 质效　　监控：tongbao status -w /data/质效 || 通知值班人员")
def status(folder: Folder = Path(), as_of: AsOf = None, as_json: AsJson = False) -> None:
    """现在怎样：上次运行、下一步、待签发的通报、待通报和逾期的事项、没有发到的信件、台账是否完好。

    有待办的退出码为 3，台账不符的为 6；上次运行、上次发送没有完成的，退出码同那一次。
    """
    from reports.delivery.outbox import FAILED, OPEN, UNCLEAR
    from reports.ledger import decisions, documents, rectification
    from reports.pipeline.calendar import duties
    from reports.pipeline.delivery import outbox
    from reports.workspace import calendar
    from reports.workspace.log import latest

    place = workspace(folder)
    day, path = day_of(as_of, place.cells.zone), place.database_path
    runs = latest(place.folder)
    last, sent = runs.get("run"), runs.get("deliver")
    checked = verified(place) if path.exists() else None
    letters = outbox(place)

    def in_state(*states: str) -> list[str]:
        return [f"{one.stem}（{one.name}）" for one in letters if one.state in states]

    waiting: dict[str, list[str]] = {name: [] for name in WAITING}
    following = None
    try:
        items = rectification.items(path) if path.exists() else []
        texts = [*documents.dispatches(path).values()] if path.exists() else []
        decided = [*decisions.decisions(path).values()] if path.exists() else []
        planned = duties(place, day) if calendar.of(place) else []
        steps = [one for one in planned if one.step and not one.unit and one.open]
        following = min((one for one in steps if not one.late(day)), key=lambda one: one.due, default=None)
        waiting |= {
            "drafts": [one.stem for one in texts if one.state == documents.DRAFT],
            "signed": [one.stem for one in texts if one.state == documents.SIGNED],
            "untold": [one.number for one in items if one.state == rectification.FOUND],
            "overdue": [one.number for one in rectification.overdue(items, day)],
            "decisions_overdue": [one.number for one in decided if one.overdue(day)],
            "steps_overdue": [f"{one.period}{one.name}" for one in steps if one.late(day)],
            "to_close": [one.number for one in items if one.state == rectification.CHECKING],
        }
    except (ConfigError, *NONSENSE) as error:
        if checked is None or (isinstance(error, ConfigError) and not checked.faults):
            raise
        checked = replace(checked, faults=checked.faults or (not_ours(error),))
    waiting |= {
        "letters_waiting": in_state(*OPEN),
        "letters_failed": in_state(FAILED),
        "letters_unclear": in_state(UNCLEAR),
    }
    # Of a delivery that was made, the letters say what became of it.
    failed = (last.code if last else 0) or (sent.code if sent and sent.error else 0)
    code = _code(failed, waiting, checked.faults if checked else ())
    if as_json:
        ledger = {"events": checked.events, "head": checked.head, "faults": checked.faults} if checked else None
        run: dict[str, Any] | None = asdict(last) if last else None
        due = (
            {"period": following.period, "step": following.step, "due": following.due.isoformat()}
            if following
            else None
        )
        delivery = asdict(sent) if sent else None
        told = {"run": run, "delivery": delivery, "next": due, "waiting": waiting, "ledger": ledger, "code": code}
        print_json({"schema": "tongbao.status/1", **told})
    else:
        print(f"上次运行：{last.text if last else '没有记录'}")
        if sent:
            print(f"上次发送：{sent.text}")
        if following:
            print(f"下一步：{following.period}{following.name}，{following.due.isoformat()}，{following.state(day)}")
        for name, found in waiting.items():
            if found:
                listed = f"{'、'.join(found[:SHOWN])}{'等' if len(found) > SHOWN else ''}"
                print(f"{WAITING[name].format(len(found))}：{listed}")
        if checked:
            for fault in checked.faults:
                print(f"台账不符：{fault}")
            print(f"台账{checked.events}条记录，{'核对不符' if checked.faults else '没有发现改动'}。")
        if not any(waiting.values()) and not (checked and checked.faults):
            print("没有待办事项。")
    if code:
        raise typer.Exit(code)


def _code(failed: int, waiting: dict[str, list[str]], faults: tuple[str, ...]) -> int:
    if faults:
        return VerificationError.exit_code
    return failed or (FLAGS_FOUND if any(waiting.values()) else 0)
