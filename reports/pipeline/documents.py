"""From a draft to what was sent: the data's freeze, signing, issuing with a number, and correcting."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from reports import system
from reports.catalogue.kinds import correcting, of_stem
from reports.compose import EXTRACT, edits
from reports.courts.periods import chinese_date, parse_period
from reports.errors import ConfigError
from reports.escaping import plain as unescaped
from reports.ledger import documents as register
from reports.ledger import tell
from reports.ledger.decisions import readable
from reports.ledger.documents import CORRECTED, FOLDER, HELD, ISSUED, SIGNED_FOLDER, Dispatch
from reports.ledger.follow_up import plain
from reports.model import TO_FILL, Bulletin, Findings, Printed
from reports.pipeline.bulletins import (
    assets_beside,
    chosen_subjects,
    of_cases,
    printed_table,
    read_text,
    render_all,
    write,
)
from reports.pipeline.job import Job, kinds_of
from reports.pipeline.ledgers import followed_up, look
from reports.pipeline.publication import whole
from reports.pipeline.sources import inputs
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import narrowed
from reports.render.csv import csv_bytes
from reports.render.document import HEAD
from reports.scratch import rights
from reports.words import quoted
from reports.workspace import Workspace


def data_files(job: Job) -> dict[str, str]:
    """Path (within the workspace where it can be) → SHA-256 of every file that the numbers come from."""
    found = {}
    folder = job.workspace.folder.resolve()
    for path in inputs(job):
        if path.is_file():
            whole = path.resolve()
            name = whole.relative_to(folder) if whole.is_relative_to(folder) else whole
            with path.open("rb") as file:
                found[name.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def enter_drafts(
    job: Job,
    rows: tuple[int, int],
    bulletins: Sequence[Bulletin],
    files: Mapping[str, bytes],
    frozen: Mapping[str, str],
    *,
    at: str,
    who: str,
    corrects: str = "",
    of: str = "",
) -> None:
    """Freeze the data and enter the bulletins of the job's period as drafts.

    ``rows`` were read and used, ``frozen`` are the :func:`data_files` before they were read; ``corrects`` is the stem
    of a bulletin that these correct. The data are the period's, or of what ``of`` names where they end within it.
    """
    path = job.workspace.database_path
    data = register.freeze(path, of or job.period.key, frozen, rows, at=at, who=who)
    texts = [
        Dispatch(one.stem, one.title, job.period.key, register.sha256(files[name]), data=data, corrects=corrects)
        for one in bulletins
        if job.kinds[one.kind].draft and not one.extract and (name := f"{one.stem}.md") in files
    ]
    register.draft(path, texts, at=at, who=who)


def held(workspace: Workspace, bulletins: Sequence[Bulletin]) -> dict[str, str]:
    """Stem → state of those that have been signed or issued: a new text must not replace them."""
    known = register.dispatches(workspace.database_path)
    return {one.stem: known[one.stem].state for one in bulletins if one.stem in known and known[one.stem].state in HELD}


def sign(job: Job, stem: str, *, at: str, who: str) -> tuple[Dispatch, bool]:
    """A leader has signed the text as it stands in the folder of its period, edited or not.

    What was signed is kept beside it, as it stood. Returns the entry, and whether this signature is new. Raises
    :class:`ConfigError` for a kind of which the register takes no drafts, and while Markdown, DOCX and PDF differ.
    """
    from reports.pipeline.agreement import refuse_unlike  # noqa: PLC0415  (readers of DOCX and PDF: a run needs none)

    workspace = job.workspace
    period = period_of(workspace, stem)
    kind, label = of_stem(kinds_of(workspace), stem, period)
    if kind and label.endswith(EXTRACT):
        raise ConfigError("节选的文稿不列入发文登记，不能审签。", advice="请审签全文，或另行行文。")
    if kind and not kind.draft:
        advice = f"要登记的，在 kinds.toml [kind.{kind.id}] 中写 draft = true。"
        raise ConfigError(f"“{kind.name}”不列入发文登记，不能审签。", advice=advice)
    text = _text(workspace, stem)
    _refuse_blanks(job, stem, text)
    assets = _assets(workspace, stem, text)
    files = refuse_unlike(job, _folder(workspace, stem) / f"{stem}.md", text, assets)
    hashes = {name: register.sha256(data) for name, data in files.items()}
    one = Dispatch(
        stem,
        edits.front_value(text, "标题"),
        period,
        register.sha256(text.encode()),
        register.assets_hash(assets),
        signed=hashes,
    )
    with whole(workspace, _folder(workspace, stem) / SIGNED_FOLDER / stem) as publication:
        new = register.sign(workspace.database_path, one, at=at, who=who)
        if new:
            for path in publication.put(files):
                system.give(path, 0o444 & rights(path.parent))
    return register.dispatch(workspace.database_path, stem), new


def issue(
    job: Job,
    stem: str,
    *,
    at: str,
    day: date,
    who: str,
    formats: Sequence[str],
    number: int | None = None,
    on_paper: bool = False,
) -> tuple[str, list[Path], int]:
    """Give a signed bulletin its number and dates, and set it for the last time.

    Returns the number, the files, and how many findings are 通报 by it from ``day`` on. ``on_paper``: it left on that
    day on paper, as the text in the folder has it. The files go to a folder of their own, which no later run touches.
    Raises :class:`ConfigError` where the text is not the one that was signed, or still has blanks to be filled in.
    """
    from reports.pipeline.agreement import refuse_other_words, refuse_unlike  # noqa: PLC0415

    workspace, path = job.workspace, job.workspace.database_path
    entry, text = register.dispatch(path, stem), _text(job.workspace, stem)
    _refuse_blanks(job, stem, text)
    assets = _assets(workspace, stem, text)
    now = (register.sha256(text.encode()), register.assets_hash(assets))
    if entry.signed_at and now != (entry.text, entry.assets):
        raise ConfigError(
            f"{quoted(entry.title)}审签后又有改动，不能印发。",
            where=str(_folder(workspace, stem) / f"{stem}.md"),
            advice="请恢复审签的文稿，或用 tongbao ledger sign 重新登记审签。",
        )
    if on_paper and number is None and (written := edits.front_value(text, "文号")) and written.endswith("〕号"):
        raise ConfigError(
            f"{quoted(entry.title)}已经在纸上印发，须写明它的顺序号。", advice=f"用 --number 写明“{written}”的号数。"
        )
    if entry.signed or on_paper:  # not signed by releases that did not look at DOCX and PDF
        refuse_unlike(job, _folder(workspace, stem) / f"{stem}.md", text, assets)
    signed = {name: _signed(workspace, entry, name) for name in entry.signed}
    place = _folder(workspace, stem) / FOLDER / stem
    draft_number = edits.front_value(text, "文号")
    with (
        whole(workspace, place) as publication,
        register.issuing(
            path, stem, draft_number, at=at, who=who, number=number, on=day.isoformat() if on_paper else ""
        ) as given,
    ):
        signed_on = _day(entry.signed_at) if entry.signed_at else day
        dated = {} if workspace.config.letterhead.date else {"成文日期": chinese_date(signed_on)}
        final = edits.with_front(text, {"文号": given.number, "印发日期": chinese_date(day), **dated})
        final = edits.with_line(final, HEAD, given.head)
        made = Bulletin("", "", entry.title, stem, final, assets)
        files = render_all(job, [made], list(dict.fromkeys(("md", *formats))), jobs=1)
        refuse_other_words(signed, files, stem, text, final)
        paths = publication.put(files)
        for one in paths:
            system.give(one, 0o444 & rights(one.parent))
        given.files = {name: register.sha256(data) for name, data in files.items()}
        kind, _ = of_stem(job.kinds, entry.corrects or stem, entry.period)
        if kind and kind.printing:
            given.printed = _printed(job, entry.period, assets.get(f"data/{stem}.csv", b""))
        told = 0
        if kind and kind.printing and not entry.corrects:
            until = signed_on.isoformat()
            told = tell(path, entry.period, bulletin=entry.title, at=at, who=who, on=day.isoformat(), until=until)
    return given.number, paths, told


def _refuse_blanks(job: Job, stem: str, text: str) -> None:
    """Raise :class:`ConfigError` for a text that still has blanks for what only a person knows, with all of them."""
    left = list(dict.fromkeys(TO_FILL.findall(text)))
    if not left:
        return
    period = period_of(job.workspace, stem)
    kind, _ = of_stem(job.kinds, stem, period)
    first = f"用 tongbao ledger meeting --period {period} 登记后重新生成，或者" if kind and kind.minutes else ""
    raise ConfigError(
        f"{quoted(edits.front_value(text, '标题'))}还有{len(left)}项待填：{'、'.join(left)}。",
        where=str(_folder(job.workspace, stem) / f"{stem}.md"),
        advice=f"请{first}在文稿中找到“〔待填：”，逐处填写或删去。",
    )


def _assets(workspace: Workspace, stem: str, text: str) -> dict[str, bytes]:
    """What a text is published with: the charts that it shows, and its data."""
    beside = assets_beside(_folder(workspace, stem), stem)
    return {name: data for name, data in beside.items() if name.startswith("data/") or f"({name})" in text}


def _printed(job: Job, period: str, table: bytes) -> list[Printed] | None:
    """The values of a period in the table that a bulletin carries."""
    if not table:
        return None
    whole = {"numerator": "Int64", "denominator": "Int64"}
    frame = pd.read_csv(io.BytesIO(table), encoding="utf-8-sig", dtype=whole)
    known = job.catalogue.indicators
    return [
        Printed(
            period, row["court"], row["line"], row["indicator"],
            (int(row["numerator"]), None if pd.isna(row["denominator"]) else int(row["denominator"])),
            known[row["indicator"]].scope if row["indicator"] in known else "",
        )
        for row in frame[frame["period"] == period].to_dict("records")
        if not pd.isna(row["numerator"])
    ]  # fmt: skip


def correction(job: Job, stem: str, reason: str) -> Correction:
    """A bulletin that says what an issued one had wrong: what was printed, what is right, and why, in printed order.

    Right is what the data give now; and what a person has put into the text in the folder after it was issued, words
    too. What courts have reported since, and the texts that are only for one reader, are no corrections. Raises
    :class:`ConfigError` where nothing differs.
    """
    workspace = job.workspace
    readable("更正原因", reason)
    reason = _BECAUSE.sub("", reason.strip()).rstrip("，。；")  # the sentence that it stands in says 因 itself
    entry = register.dispatch(workspace.database_path, stem)
    if entry.state not in (ISSUED, CORRECTED):
        raise ConfigError(
            f"{quoted(entry.title)}还没有印发，直接改稿即可。", advice="用 tongbao ledger bulletins 查看。"
        )
    kind, label = of_stem(job.kinds, stem, entry.period)
    if kind is None or not kind.correctable:
        raise ConfigError(f"“{stem}”不能自动起草更正通报。", advice="请另行发函更正。")
    issued = _issued(workspace, entry, f"{stem}.md")
    before = [register.dispatch(workspace.database_path, one) for one in entry.corrected_by]
    earlier = [_issued(workspace, one, f"{one.stem}.md") for one in before]
    # What a second correction puts right is what the first left as right.
    right = _issued(workspace, before[-1], f"data/{before[-1].stem}.md") if before else issued
    if kind.each == "theme":
        job = job.on_theme(label)
    found, _ = look(job, [kind])
    found, _ = followed_up(job, found)  # so that the parts have the numbers that they had
    chosen = label if label and kind.each != "theme" else None
    line, court = (chosen, None) if kind.each == "line" else (None, chosen)
    (subject,) = chosen_subjects(job, found, kind, court=court, line=line)
    part = narrowed(found, subject)
    then = replace(job, as_of=_day(entry.drafted))  # deadlines run from the day it had
    with Cases(then) as cases:
        now = write(then, kind, subject, part, of_cases(then, cases, kind, subject, part))
    until = re.search(r"数据截至[^，。）\n]+", right)
    old, new = (_told(text, until[0] if until else "") for text in (right, now.markdown))
    beside = _folder(workspace, stem) / f"{stem}.md"
    edited = read_text(beside) if beside.is_file() else issued
    by_hand = [one for one in edits.differences(issued, edited) if not _told_by(earlier, one)]
    meant = {(one.place, one.whole) for one in by_hand if one.whole}
    # A sentence that only one text has may be the leader's own, or follow from the data: a person must say.
    unlike = [one for one in edits.differences(old, new) if (one.place, one.whole) not in meant]
    by_data = [one for one in unlike if one.figures and one.before and (one.after or one.row or not entry.by_hand)]
    alone = [one for one in unlike if not (one.before and one.after) and one not in by_data]
    wrong = [*((one, reason) for one in by_data), *((one, WORDS if by_data else reason) for one in by_hand)]
    if not wrong:
        raise ConfigError(
            f"现在的数据与{quoted(entry.title)}所印一致，没有需要更正的内容。",
            advice="请核对数据是否已经更正；只改文字的，先在文件夹中的文稿（不是“印发”中的）上改正。",
        )
    rows = _corrected(sorted(wrong, key=lambda pair: pair[0].at))
    catalogues = [edits.front_value(text, "指标目录") for text in (issued, now.markdown)]
    told = {
        "title": entry.title,
        "number": entry.number,
        "issued": chinese_date(_day(entry.issued_at)),
        "to": edits.front_value(issued, "主送"),
        "reason": plain(reason),
        "catalogues": catalogues if catalogues[0] != catalogues[1] else [],
        "rows": rows,
        "annexed": sum(map(_height, rows)) > LINES,
    }
    name = "-".join(word for word in (kind.id, label, str(len(earlier) + 1) if earlier else "") if word)
    made = write(job, correcting(job.kinds), replace(subject, label=name), part, {"correction": told})
    kept = {f"data/{made.stem}.md": now.markdown.encode(), f"data/{made.stem}.csv": csv_bytes(printed_table(part))}
    return Correction(replace(made, assets={**made.assets, **kept}), found, tuple(alone), entry.by_hand)


WORDS = "文字有误"
_BECAUSE = re.compile("^(?:因为|由于|因(?!特网|果|素))")
LINES, WIDE, NARROW = 26, 11, 7  # of a table that still stands in the text, and the letters in a line of its cells


def _corrected(wrong: Sequence[tuple[edits.Difference, str]]) -> list[dict[str, str]]:
    """The rows of the table, of what is wrong and why: what stands in one section is one row."""
    rows: list[dict[str, str]] = []
    last = None
    for one, why in wrong:
        row = _printed_and_right(one)
        if (one.place, one.row, why) == last and one.before and one.after and rows[-1]["whole"]:
            rows[-1] |= {side: f"{rows[-1][side]}；{row[side]}" for side in ("before", "after")}
        else:
            said = plain(why) if last is None or why != last[2] else "同上"
            rows.append({**row, "reason": said, "whole": "是" if one.before and one.after and not one.row else ""})
        last = (one.place, one.row, why)
    return rows


def _printed_and_right(one: edits.Difference) -> dict[str, str]:
    return {"place": one.place, "before": one.before or "（未印）", "after": one.after or "删去"}


def _told_by(earlier: Sequence[str], one: edits.Difference) -> bool:
    """Whether an earlier correction has put this right."""
    place, *both = _printed_and_right(one).values()
    lines = [line for text in earlier for line in unescaped(text).splitlines() if line.startswith(f"| {place} |")]
    return any(all(words in line for words in both) for line in lines)


def _height(row: Mapping[str, str]) -> float:
    """About how many lines the row of a table takes, with its rules."""
    widths = {"place": NARROW, "before": WIDE, "after": WIDE, "reason": NARROW}
    return max(-(-len(row[name]) // width) for name, width in widths.items()) + 0.3


@dataclass(frozen=True)
class Correction:
    """A drafted 更正通报, the findings that it is made from, and sentences that a person must look at.

    ``by_hand``: the issued text was changed by a person before it was signed.
    """

    bulletin: Bulletin
    findings: Findings
    alone: tuple[edits.Difference, ...]
    by_hand: bool


def _issued(workspace: Workspace, entry: Dispatch, name: str) -> str:
    """One file of an issued bulletin; raises :class:`ConfigError` where it is not what was issued."""
    text = read_text(_folder(workspace, entry.stem) / FOLDER / entry.stem / name)
    if register.sha256(text.encode()) != entry.files.get(name):
        raise ConfigError(
            f"{quoted(entry.title)}的印发文稿有改动，无法比对。", advice="用 tongbao ledger verify 核对。"
        )
    return text


def _signed(workspace: Workspace, entry: Dispatch, name: str) -> bytes:
    """One file as it was signed; raises :class:`ConfigError` where it is gone or has been changed."""
    path = _folder(workspace, entry.stem) / SIGNED_FOLDER / entry.stem / name
    data = path.read_bytes() if path.is_file() else b""
    if register.sha256(data) != entry.signed[name]:
        raise ConfigError(
            f"{quoted(entry.title)}的审签稿有改动，无法比对。",
            where=str(path),
            advice="请恢复该文件，或用 tongbao ledger return 退稿后重新审签。",
        )
    return data


_NOT_TOLD = re.compile(
    r"^##? [^\n]*(?:整改情况|数据质量说明|提示事项|检验数据|案件清单|有关情况图表)[^\n]*\n.*?(?=^##? |\Z)",
    re.MULTILINE | re.DOTALL,
)


def _told(text: str, until: str) -> str:
    """The parts of a text of which a correction tells.

    Not those on earlier problems, which courts answer at any time, nor what follows from all the numbers at once: the
    quality of the data, hints and tests.

    ``until`` stands for the day that the data reach: later data are no mistake.
    """
    text = re.sub(r"数据截至[^，。）\n]+", until, text) if until else text
    told = _NOT_TOLD.sub(lambda part: "\n" * part[0].count("\n"), text)  # every line keeps its number
    return re.sub(r"^#+ ", "## ", told, flags=re.MULTILINE)


def _day(at: str) -> date:
    return date.fromisoformat(at[:10])


def period_of(workspace: Workspace, stem: str) -> str:
    """The period that the name of a text begins with; raises :class:`ConfigError` for a name that is none."""
    found = re.fullmatch(r"(\d{4}(?:Q\d(?:-Q\d)?|H\d|-\d{2}(?:\.\.\d{2})?)?)-[^/\\]+", stem)
    if not found:
        raise ConfigError(f"“{stem}”不是文稿的名称。", advice="写成文件名，不带扩展名，如 2026Q3-general。")
    return parse_period(found[1], cutoff_day=workspace.config.period.cutoff_day).key


def _folder(workspace: Workspace, stem: str) -> Path:
    return workspace.output_path / period_of(workspace, stem)


def _text(workspace: Workspace, stem: str) -> str:
    return read_text(_folder(workspace, stem) / f"{stem}.md")
