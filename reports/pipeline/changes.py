"""What has changed in a bulletin: against the draft that the leader saw, or the bulletin of another period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from reports.catalogue.kinds import of_stem
from reports.compose import edits, letter
from reports.courts.periods import chinese_date, parse_period
from reports.courts.tree import UNIT
from reports.errors import ConfigError
from reports.ledger import Item, items
from reports.ledger.documents import FOLDER, SIGNED_FOLDER, dispatches, entered, sha256
from reports.model import ALL_LINES, HAND_WRITTEN, Bulletin
from reports.pipeline.bulletins import letterhead, read_text, render_all
from reports.pipeline.documents import period_of
from reports.pipeline.job import Job, template_folders
from reports.publish import BEFORE, BESIDE
from reports.render.verify import pages_of_pdf
from reports.words import printed_change

DRAFT = "draft"
MOST = 14  # rows that a page has room for where none is long
FIRST = {"问题": 4, "语句": 3}  # rows of these that come before more numbers
CELL = 36  # letters of a cell at most
SUM = "合计"
ADDED, DROPPED, REWORDED = "新增", "删去", "改写"


@dataclass(frozen=True)
class Number:
    """A number where it stands, as printed then and now, and the change by the rules for its unit, if there is one."""

    where: str
    then: str
    now: str
    change: str


@dataclass(frozen=True)
class Sentence:
    """A sentence or row that is new, gone or reworded (``what``)."""

    what: str
    where: str
    then: str
    now: str


@dataclass(frozen=True)
class FindingChange:
    """An item of the ledger that is new, gone, there again or in another state."""

    what: str
    number: str
    title: str
    then: str
    now: str


@dataclass(frozen=True)
class Changes:
    """What differs between two texts of one bulletin, ``against`` and ``now`` saying which.

    ``findings`` is ``None`` where it is not known which findings the first text told.
    """

    stem: str
    title: str
    against: str
    now: str
    numbers: tuple[Number, ...]
    sentences: tuple[Sentence, ...]
    findings: tuple[FindingChange, ...] | None

    @property
    def told(self) -> str:
        """How many of each, in a sentence."""
        counts = (
            (len(self.numbers), "数字", "处"),
            (len(self.sentences), "语句", "处"),
            (len(self.findings or ()), "问题", "项"),
        )
        told = "、".join(f"{what}{count}{unit}" for count, what, unit in counts if count)
        return told + ("（问题无从比较）" if self.findings is None else "")


def changes(job: Job, stem: str, against: str) -> Changes:
    """What has changed in the bulletin of a name; ``against`` is ``draft`` or a period.

    Nothing is counted: texts are compared as they stand in the folders, findings as the ledger has them. Raises
    :class:`ConfigError` where there is nothing to compare with.
    """
    period = period_of(job.workspace, stem)
    folder = job.workspace.output_path / period
    if against == DRAFT:
        then, called = _draft(job, folder, stem)
        path = _now(folder, stem, then)
    else:
        path = folder / f"{stem}.md"
        then, called = _bulletin(job, stem, period, against)
    text, before = read_text(path), read_text(then)
    title = edits.front_value(text, "标题")
    numbers, sentences = _compared(before, text, whole=against == DRAFT, labels=_labels(job, then, period))
    if against == DRAFT:
        findings = _since(job, stem, period, before)
    else:
        findings = _between(job, stem, period_of(job.workspace, then.stem), period)
    now = "现在的数据所生成的新稿" if path.parent.name == BESIDE else "现在的文稿"
    return Changes(stem, title, called, now, tuple(numbers), tuple(sentences), findings)


def page(job: Job, found: Changes) -> Bulletin:
    """The changes as one page: what does not fit is counted, and listed by ``--json``."""
    for most in range(MOST, 0, -1):
        made = _page(job, found, most)
        (data,) = render_all(job, [made], ["pdf"], jobs=1).values()
        if pages_of_pdf(data) == 1:
            break
    return made


def _page(job: Job, found: Changes, most: int) -> Bulletin:
    rows = {
        "数字": [_row(one.where, one.then, one.now, one.change or "—") for one in found.numbers],
        "问题": [_row(one.title, one.then or "—", one.now, one.what) for one in found.findings or ()],
        "语句": [_row(one.where, one.then or "—", one.now or "—", one.what) for one in found.sentences],
    }
    taken = dict.fromkeys(rows, 0)
    for name, quota in (*FIRST.items(), *dict.fromkeys(rows, most).items()):
        taken[name] = min(len(rows[name]), max(quota, taken[name]), taken[name] + most - sum(taken.values()))
    told = [{"kind": name, **row} for name, several in rows.items() for row in several[: taken[name]]]
    more = [
        f"{name}{len(several) - taken[name]}{'项' if name == '问题' else '处'}"
        for name, several in rows.items()
        if len(several) > taken[name]
    ]
    head = letterhead(job)
    data = {"title": found.title, "headline": headline(found), "rows": told, "more": "、".join(more)}
    sender = head["issuer"] or head["office"]
    return letter("changes", "", f"{found.stem}-变化", {"changes": data}, head, sender, template_folders(job.workspace))


def _row(where: str, then: str, now: str, change: str) -> dict[str, str]:
    return {"where": _cut(where), "then": _cut(then), "now": _cut(now), "change": change}


def stems(output: Path) -> list[str]:
    """The names of the texts in the folders of all periods."""
    return sorted({path.stem for path in output.glob("*/*.md") if path.stem.startswith(f"{path.parent.name}-")})


def periods(output: Path, stem: str) -> list[str]:
    """The other periods that have a bulletin of the same kind and name."""
    rest = next((one for path in output.glob("*") if (one := stem.removeprefix(f"{path.name}-")) != stem), "")
    found = [path.parent.name for path in output.glob(f"*/*-{rest}.md") if path.stem == f"{path.parent.name}-{rest}"]
    return sorted(one for one in found if f"{one}-{rest}" != stem)


def _draft(job: Job, folder: Path, stem: str) -> tuple[Path, str]:
    """The draft that the leader has seen: what was signed, sent back or not; else the one before this one."""
    entry = dispatches(job.workspace.database_path).get(stem)
    if (path := folder / SIGNED_FOLDER / stem / f"{stem}.md").is_file():
        when = chinese_date(date.fromisoformat(entry.signed_at[:10])) if entry and entry.signed_at else ""
        return path, f"{when}的审签稿" if when else "退回的审签稿"
    if (path := folder / BEFORE / f"{stem}.md").is_file():
        return path, "上一稿"
    listed = periods(job.workspace.output_path, stem)
    advice = f"与另一期比较的，加 --against {listed[-1]}。" if listed else "重新运行、数据有变化时留下上一稿。"
    raise ConfigError(f"“{stem}”没有以前的稿：没有审签过，也没有由新稿替换过。", advice=advice)


def _now(folder: Path, stem: str, then: Path) -> Path:
    """The text as it is now: where what was signed has stayed, the new text that a later run has put beside it."""
    path, beside = folder / f"{stem}.md", folder / BESIDE / f"{stem}.md"
    kept = path.is_file() and not edits.changes(read_text(then), read_text(path))
    return beside if kept and beside.is_file() and beside.stat().st_mtime > then.stat().st_mtime else path


def _bulletin(job: Job, stem: str, period: str, against: str) -> tuple[Path, str]:
    """The bulletin of another period, as issued where it was."""
    workspace = job.workspace
    other = parse_period(against, cutoff_day=workspace.config.period.cutoff_day, until=job.today)
    if other.key == period:
        raise ConfigError(
            f"“{against}”就是这份文稿的统计期。", where="--against", advice="与以前的稿比较的，写 draft。"
        )
    name = f"{other.key}-{stem.removeprefix(f'{period}-')}"
    folder = workspace.output_path / other.key
    issued = folder / FOLDER / name / f"{name}.md"
    if issued.is_file():
        return issued, f"{other.label}印发的同一种文稿"
    if (path := folder / f"{name}.md").is_file():
        return path, f"{other.label}的同一种文稿"
    listed = periods(workspace.output_path, stem)
    known = f"有这种文稿的：{'、'.join(listed)}。" if listed else f"请先用 tongbao run --period {other.key} 生成。"
    raise ConfigError(f"没有{other.label}的“{name}”。", where="--against", advice=known)


def _labels(job: Job, then: Path, period: str) -> list[tuple[str, str]]:
    """How the period of the first text is called, and that of the second: that is no change of a sentence."""
    old, new = (parse_period(one, cutoff_day=job.workspace.config.period.cutoff_day)
                for one in (period_of(job.workspace, then.stem), period))  # fmt: skip
    return [(old.label, new.label), (old.window, new.window)]


def _compared(
    before: str, text: str, *, whole: bool, labels: Iterable[tuple[str, str]]
) -> tuple[list[Number], list[Sentence]]:
    """Numbers and sentences that differ.

    Of two periods (not ``whole``) only values, of tables with a sum only that, and nothing of annexes.
    """
    numbers, sentences = [], []
    for old, new in labels:
        before = before.replace(old, new)
    if whole:  # what was written by hand is a change for who saw the draft
        before, text = (one.replace(f"{HAND_WRITTEN}\n", "") for one in (before, text))
    found = edits.differences(before, text)
    summed = {one.place.partition("，")[0] for one in found if one.row and one.place.endswith(f"，{SUM}")}
    for one in found:
        table, _, row = one.place.partition("，")
        if not whole and (table.startswith("附件") or (one.row and table in summed and row != SUM)):
            continue
        if one.numbers and (whole or one.row):
            for head, x, y in one.parts:
                name, (was, now) = edits.valued(head, x)[0], (edits.valued(head, side)[1] for side in (x, y))
                change = printed_change(was, now, "" if whole else "原")
                if whole or change:
                    numbers.append(Number("，".join(filter(None, (one.place, name))), was, now, change))
        elif not one.numbers and (whole or not one.row):
            what = REWORDED if one.before and one.after else DROPPED if one.before else ADDED
            sentences.append(Sentence(what, one.place, one.before, one.after))
    return numbers, list(dict.fromkeys(sentences))


def _since(job: Job, stem: str, period: str, before: str) -> tuple[FindingChange, ...] | None:
    """The findings of the period now against those when the first text was entered."""
    path = job.workspace.database_path
    then = entered(path, stem, sha256(before.encode()))
    if then is None:
        return None
    old = {one.number: one for one in _of_stem(job, stem, items(path, until=then)) if _stands(one, period)}
    every = {one.number: one for one in _of_stem(job, stem, items(path))}
    found = []
    for number, one in every.items():
        was, now = number in old, _stands(one, period)
        if now and not was:
            found.append(FindingChange(ADDED, number, one.title, "", one.state))
        elif was and not now:
            found.append(FindingChange("撤销", number, one.title, old[number].state, one.note or "不再识别为问题"))
        elif was and old[number].state != one.state:
            found.append(FindingChange("状态变化", number, one.title, old[number].state, one.state))
    return tuple(found)


def _between(job: Job, stem: str, then: str, now: str) -> tuple[FindingChange, ...]:
    """The findings of one period against those of another."""
    found = []
    for one in _of_stem(job, stem, items(job.workspace.database_path)):
        was, is_ = _stands(one, then), _stands(one, now)
        if was or is_:
            what = "再次出现" if was and is_ else ADDED if is_ else "不再出现"
            found.append(FindingChange(what, one.number, one.title, one.value if was else "", one.state))
    return tuple(found)


def _stands(one: Item, period: str) -> bool:
    return period in one.flagged and not one.void


def _of_stem(job: Job, stem: str, found: Iterable[Item]) -> list[Item]:
    """Those that a bulletin tells of: red ones, of its line, court or department."""
    kind, label = of_stem(job.kinds, stem, period_of(job.workspace, stem))
    red = [one for one in found if one.severity == "red"]
    if not label or kind is None:
        return red
    if kind.each == "line":
        return [one for one in red if one.line in (label, ALL_LINES)]
    return [one for one in red if one.of_court(label) or one.court.endswith(UNIT + label)]


def _cut(text: str) -> str:
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def headline(found: Changes) -> str:
    """What is compared with what, in a sentence."""
    head = f"{found.now}与{found.against}相比，"
    if not (found.numbers or found.sentences or found.findings):
        return f"{head}没有变化{'（问题无从比较）' if found.findings is None else ''}。"
    return f"{head}{found.told}有变化。"
