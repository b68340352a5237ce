"""Findings → texts, finished files and the folder they are published in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from reports import system
from reports.catalogue.kinds import Kind
from reports.catalogue.themes import Theme
from reports.compose import Subject, attended, compose, edits
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT
from reports.errors import ConfigError, InputError, os_reason
from reports.ledger.documents import assets_hash
from reports.measures import FEW, requirements
from reports.model import ALL_LINES, Bulletin, Findings, Printed
from reports.pipeline import cache
from reports.pipeline.causes import causes
from reports.pipeline.docket import docket
from reports.pipeline.enforced import LINE as ENFORCEMENT
from reports.pipeline.enforced import enforced
from reports.pipeline.extent import ALL, Extent
from reports.pipeline.job import TEMPLATES, Job, own_court, template_folders
from reports.pipeline.meeting import decided, material, parts_of
from reports.pipeline.pressing import Pressed, identity, pressed, told_of
from reports.pipeline.request import Request
from reports.pipeline.stages import Cases
from reports.pipeline.subjects import limited, limited_to, narrowed, of_theme, subjects
from reports.pipeline.themed import told_of as told_of_theme
from reports.pipeline.yearly import yearly
from reports.publish import BEFORE, Publication, changed_by_hand, put_made
from reports.render import LAID_OUT, render
from reports.render.csv import csv_bytes
from reports.render.fonts import inventory
from reports.words import quoted


def write_bulletins(
    job: Job, findings: Findings, request: Request, within: Extent = ALL
) -> tuple[tuple[Bulletin, ...], tuple[str, ...]]:
    """Compose the bulletins that are asked for, ``within`` what they are narrowed to, and say of which there are none.

    A kind that the period has nothing for is left out of a whole run; else raises :class:`ConfigError`.
    """
    made: list[Bulletin] = []
    none: list[str] = []
    court = own_court(findings.tree, request.court) if request.court else None
    with Cases(job) as cases:
        for kind in request.kinds:
            if why := lacking(job, findings, kind):
                if not request.whole:
                    raise why
                none.append(why.what)
                continue
            part = limited(findings, within)
            urgent = pressed(job, part) if kind.letter else []  # the ledger is read once, for all letters of a kind
            chosen = chosen_subjects(job, part, kind, court=court, line=request.line, urgent=urgent)
            chosen = limited_to(chosen, findings, within)
            more = material(job, findings, within, cases) if "meeting" in kind.needs else {}
            for number, subject in enumerate(chosen, 1):
                told = limited(narrowed(findings, subject, cases), within)
                own = of_cases(job, cases, kind, subject, told)
                made.append(one := write(job, kind, subject, told, {**more, **own}, urgent))
                if kind.parts:
                    made += parts_of(one, more)
                job.steps(f"撰写{kind.name}", number, len(chosen), one.stem)
            if not chosen and within:
                none.append(f"“{kind.name}”中没有所选的法院或者指标。")
            elif not chosen:
                whom = "条线" if kind.each == "line" else "法院" if findings.tree.children(findings.issuer) else "部门"
                none.append(f"本期没有需要发“{kind.name}”的{whom}。")
    return tuple(made), tuple(none)


def of_cases(job: Job, cases: Cases, kind: Kind, subject: Subject, part: Findings) -> dict[str, Any]:
    """What a kind tells of the cases themselves, beside the findings on its subject."""
    found: dict[str, Any] = {}
    if kind.docket and subject.inside(part):
        found["docket"] = docket(job, cases, part, judges=not kind.outgoing)
    if kind.each == "theme":
        found["theme"] = told_of_theme(job, cases, part, subject)
    if kind.causes and part.line == ENFORCEMENT:
        found["enforced"] = enforced(job, cases, part)
    if kind.causes:
        found["causes"] = causes(job, cases, part, subject)
    if kind.longview:
        found["yearly"] = yearly(job, cases, part, subject)
    return found


def referred(job: Job, request: Request, found: Findings) -> tuple[Kind, ...]:
    """The kinds that a whole run makes beside those asked for, of the courts with findings only.

    A circular of many findings names them and refers to the bulletins of the courts concerned.
    """
    if not request.whole or len(attended(found)) <= FEW:
        return ()
    there = {kind.id for kind in request.kinds}
    names = dict.fromkeys(kind.refers for kind in request.kinds if kind.refers and kind.refers not in there)
    return tuple(replace(job.kinds[name], each="flagged") for name in names)


def lacking(job: Job, findings: Findings, kind: Kind) -> ConfigError | None:
    """Why there can be no bulletin of a kind in the period, where what it needs is not there."""
    if "follow_up" in kind.needs and not findings.follow_up:
        told = f"{job.period.label}以前没有通报过需要整改的问题，没有整改情况可以通报。"
        return ConfigError(told, advice="请核对 --period。")
    if kind.each == "court" and not findings.tree.children(findings.issuer):
        return ConfigError(
            f"本院没有下级法院，没有“{kind.name}”。",
            advice="给本院各部门的，用 tongbao bulletin department --for each。",
        )
    if kind.each == "department" and not findings.tree.below(findings.issuer):
        return ConfigError(
            f"案件没有分到本院的部门，没有“{kind.name}”。",
            advice="请核对案件数据中的“承办部门”；有下级法院的，另加 --below department。",
        )
    if job.theme and not _has_data(findings, job.theme):
        whys = findings.comparisons.untold
        named = [
            f"{one.name}（{whys.get(one.id, '没有这类案件')}）"
            for name in job.theme.indicators
            if (one := findings.catalogue.indicators.get(name))
        ]
        return ConfigError(
            f"{job.period.label}没有“{job.theme.name}”这一主题的数据：{'、'.join(named)}。",
            advice="请补充所缺的数据，或选用其他主题。",
        )
    if "decisions" in kind.needs and not decided(job):
        told = f"{job.period.label}会商会还没有登记议定事项，不能起草纪要。"
        return ConfigError(told, advice="先用 tongbao ledger decide 逐项登记。")
    return None


def _has_data(findings: Findings, theme: Theme) -> bool:
    """Whether a special analysis has anything to tell: an indicator of its own with a value."""
    cells = [findings.comparisons.cell(findings.issuer, findings.line, name) for name in theme.indicators]
    return any(cell and cell.now[0] is not None and cell.now[1] != 0 for cell in cells)


def chosen_subjects(
    job: Job,
    findings: Findings,
    kind: Kind,
    *,
    court: str | None = None,
    line: str | None = None,
    urgent: Sequence[Pressed] | None = None,
) -> tuple[Subject, ...]:
    """Of whom and what bulletins of a kind there are; raises :class:`ConfigError` for a choice that there is not.

    ``urgent`` are the items that letters press for, looked up where they are not given.
    """
    if job.theme:
        return (of_theme(findings, job.theme),)
    urgent = pressed(job, findings) if urgent is None and kind.letter else urgent or ()
    return subjects(kind, findings, court=court, line=line, among=_letters(kind, findings, urgent))


def _letters(kind: Kind, findings: Findings, urgent: Sequence[Pressed]) -> set[str]:
    """The units to which a kind of letters goes: those with items to press for, or those with other red findings."""
    if kind.each == "pressed":
        return {one.item.court for one in urgent}
    if kind.each == "rest":
        return {flag.court for flag in _letter(kind, findings, urgent).flags if flag.severity == "red"}
    return set()


def _letter(kind: Kind, part: Findings, urgent: Sequence[Pressed]) -> Findings:
    """What a letter tells of the findings, where ``urgent`` are the items to press for.

    A finding that one of those items has is told by the letter that presses for it, and by no other.
    """
    held = frozenset().union(*(one.item.identities for one in urgent))
    events = {flag.event or flag.key for flag in part.flags if identity(flag) in held}
    mine = kind.each == "pressed"
    flags = tuple(flag for flag in part.flags if ((flag.event or flag.key) in events) == mine)
    keys = {flag.key for flag in flags}
    lists = {key: cases for key, cases in part.case_lists.items() if key in keys}
    return replace(part, flags=flags, case_lists=lists)


def write(
    job: Job,
    kind: Kind,
    subject: Subject,
    part: Findings,
    more: Mapping[str, Any] = MappingProxyType({}),
    urgent: Sequence[Pressed] | None = None,
) -> Bulletin:
    """One bulletin, dated as the letterhead says or as of the job's day, with its numbers where its kind has them.

    ``urgent`` are the items that letters press for, looked up where they are not given.
    """
    if part.reversals and not kind.reversals:  # looked up for another kind
        part = replace(part, reversals=None)
    if kind.letter:
        mine = [one for one in (pressed(job, part) if urgent is None else urgent) if one.goes_to(subject.court)]
        part = _letter(kind, part, mine)
        if mine and kind.each == "pressed":
            more = {**more, "pressed": [told_of(one, part) for one in mine]}
    if kind.outgoing or UNIT not in subject.court:
        part = part.nobody()
    if subject.inside(part):
        part = part.at_home()
    elif subject.named:
        part = part.to_itself()
    head = letterhead(job)
    day = job.workspace.cells.day(head["date"], job.as_of).day or job.as_of
    asked = {"requirements": requirements(subject.of(part), job.measures, day, own=not subject.named)}
    made = compose(kind, part, head, template_folders(job.workspace), subject, {**more, **asked})
    if not kind.data or part.history.empty:
        return made
    return replace(made, assets={**made.assets, f"data/{made.stem}.csv": csv_bytes(printed_table(part))})


def letterhead(job: Job) -> dict[str, str]:
    """The workspace's letterhead, with the job's day where it has no date of its own."""
    found: dict[str, str] = job.workspace.config.letterhead.model_dump()
    return found | {"date": found["date"] or chinese_date(job.as_of)}


def render_all(
    job: Job, bulletins: Sequence[Bulletin], formats: Sequence[str], *, jobs: int | None = None
) -> dict[str, bytes]:
    """Every bulletin in every format, as file name → bytes; charts beside the Markdown.

    A file is a pure function of its text, its charts, the page's templates and the fonts: it is set once. Several that
    are laid out are set by ``jobs`` processes (by default one for each processor, four at most), each with one bulletin
    at a time.
    """
    titles: dict[str, str] = {}
    for one in bulletins:
        if one.stem in titles:
            raise InputError(
                f"两份文件同名（{one.stem}）：{quoted(titles[one.stem])}和{quoted(one.title)}。",
                advice="名称只差标点的部门，在 units.csv 中列为一个，另一种写法写入“别名”。",
            )
        titles[one.stem] = one.title
    page = sorted(path for path in (TEMPLATES / "page").rglob("*") if path.is_file())
    layout = job.workspace.config.layout
    set_by = cache.fingerprint((inventory(), repr(layout)), page, TEMPLATES)
    files: dict[str, bytes] = {}
    tasks: dict[str, tuple[str, Bulletin, str]] = {}
    for bulletin in bulletins:
        beside = assets_hash(bulletin.assets)
        for form in formats:
            key = cache.fingerprint((set_by, form, bulletin.stem, bulletin.markdown, beside))
            files[name := f"{bulletin.stem}.{form}"] = cache.load(key)
            if files[name] is None:
                tasks[name] = (key, bulletin, form)
        if "md" in formats:
            files.update(bulletin.assets)
        if bulletin.message:  # with a mark and line ends by which any editor knows it
            files[f"{bulletin.stem}.txt"] = f"\ufeff{bulletin.message}\r\n".encode()
    paged = {name: task for name, task in tasks.items() if task[2] in LAID_OUT}
    plain = {name: task for name, task in tasks.items() if name not in paged}
    workers = min(jobs or min(system.processors(), 4), len(paged))
    together = len(paged) >= MANY and workers > 1
    pages = _set_together(paged, layout, workers) if together else _set_in_turn(paged, layout)
    for number, (name, data) in enumerate(chain(_set_in_turn(plain, layout), pages), 1):
        files[name] = data
        cache.save(tasks[name][0], data)
        job.steps("排版", number, len(tasks), name)
    return files


MANY = 4  # laid out: from here on the start of further processes pays
Layout = Mapping[str, Mapping[str, float | str]]
Tasks = Mapping[str, tuple[str, Bulletin, str]]  # file name → key in the store, bulletin, format


def _set(bulletin: Bulletin, form: str, layout: Layout) -> bytes:
    return render(
        bulletin.markdown,
        form,
        assets=bulletin.assets,
        templates=TEMPLATES,
        source=f"{bulletin.stem}.md",
        deviations=layout,
    )


def _set_in_turn(tasks: Tasks, layout: Layout) -> Iterator[tuple[str, bytes]]:
    for name, (_, bulletin, form) in tasks.items():
        yield name, _set(bulletin, form, layout)


def _set_together(tasks: Tasks, layout: Layout, workers: int) -> Iterator[tuple[str, bytes]]:
    """Fresh processes, not forks: the layout engine's libraries have threads. An error ends all of them."""
    fresh = get_context("spawn")
    with (
        system.outliving_reader(),  # a process that is lost leaves a pipe without a reader
        ProcessPoolExecutor(workers, fresh, initializer=system.ignore_interrupts) as pool,
    ):
        running = {pool.submit(_set, bulletin, form, layout): name for name, (_, bulletin, form) in tasks.items()}
        try:
            for ready in as_completed(running):
                yield running[ready], ready.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


EDITED = "手工修改"


def deliver(
    publication: Publication,
    files: Mapping[str, bytes],
    bulletins: Sequence[Bulletin],
    held: Mapping[str, str] = MappingProxyType({}),
    *,
    keep: bool = False,
) -> tuple[list[Path], list[tuple[str, str]]]:
    """Put files into place, but for bulletins edited by hand.

    Those stay, and the new text goes beside them, with what a person wrote carried over. ``held`` are those that have
    been signed or issued (stem → state): they stay too, and there is a new text beside them only where it differs.
    ``keep``: the text that a new draft replaces is kept too.
    Returns the paths, and (title, why) of the bulletins that stayed.
    """
    folder = publication.folder
    of = {one.stem: names_of(one, files) for one in bulletins}
    changed = changed_by_hand(folder, files)
    kept: dict[str, str] = {}  # stem → why
    beside: dict[str, bytes] = {}
    for one in bulletins:
        if one.stem in held:
            if differs(folder, one):
                kept[one.stem] = held[one.stem]
        elif of[one.stem] & changed:
            kept[one.stem] = EDITED
        if one.stem in kept:
            beside |= _beside(folder, one, {name: files[name] for name in of[one.stem]})
    stay = {name for one in bulletins if one.stem in kept or one.stem in held for name in of[one.stem]}
    made = {name: data for name, data in files.items() if name not in stay}
    before = {
        f"{BEFORE}/{name}": (folder / name).read_bytes()
        for one in (bulletins if keep else ())
        if (name := f"{one.stem}.md") in made and (folder / name).is_file() and differs(folder, one)
    }
    paths = put_made(publication, {**made, **before}, beside)
    paths = [path for path in paths if path.parent != folder / BEFORE]
    return paths, [(one.title, kept[one.stem]) for one in bulletins if one.stem in kept]


def names_of(bulletin: Bulletin, files: Iterable[str]) -> set[str]:
    """Which of the files are those of a bulletin: the text in every format, its charts and its data."""
    return {name for name in files if name.startswith(f"{bulletin.stem}.") or name in bulletin.assets}


def differs(folder: Path, bulletin: Bulletin) -> bool:
    """Whether the text in the folder is another one, dates aside."""
    path = folder / f"{bulletin.stem}.md"
    there = path.read_text("utf-8-sig", errors="replace") if path.is_file() else ""
    return bool(edits.changes(there, bulletin.markdown))


def _beside(folder: Path, bulletin: Bulletin, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The new text of an edited bulletin and what has changed; without a text, its finished forms."""
    name = f"{bulletin.stem}.md"
    if name not in files:
        return dict(files)
    # A text that somebody is still to work on needs no finished form.
    found = {one: data for one, data in files.items() if one == name or one in bulletin.assets}
    if (folder / name).is_file():
        edited, new = (folder / name).read_text("utf-8-sig", errors="replace"), files[name].decode()
        merged, homeless = edits.merge(new, edited)
        told = edits.report(edits.changes(edited, new), bulletin.title, homeless)
        found |= {name: merged.encode(), f"{bulletin.stem}-变化.md": told.encode()}
    return found


def read_text(path: Path) -> str:
    """A Markdown bulletin from disk; raises :class:`InputError` for one that cannot be read or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("文件不是 UTF-8 编码。", where=str(path), advice="用记事本另存为 UTF-8。") from None
    except OSError as error:
        raise InputError(
            f"文稿无法读取：{os_reason(error)}。",
            where=str(path),
            advice="请核对名称；输出格式应含 md。",
        ) from error


def assets_beside(folder: Path, stem: str) -> dict[str, bytes]:
    """The charts and the table of numbers beside a Markdown bulletin; nothing else of the disk is ever embedded."""
    data = [folder / "data" / f"{stem}.{form}" for form in ("csv", "md")]  # a correction has the text as it is right
    paths = [*sorted((folder / "charts").glob("*.svg")), *data]
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths if path.is_file()}


def printed_table(findings: Findings) -> pd.DataFrame:
    """The rows of the indicator table behind what a bulletin prints: each court now, the issuer beside its bases."""
    frame, period = findings.history, findings.period
    bases = {one.key for one in (period, period.previous, period.year_before) if one}
    now = (frame["period"] == period.key) & (frame["line"] == findings.line)
    own = (frame["court"] == findings.issuer) & frame["period"].isin(bases)
    if findings.line != ALL_LINES:
        own &= frame["line"] == findings.line
    return frame[now | own]


def indicator_csv(findings: Findings) -> bytes:
    """The indicator table of the period and its bases, as another run can read it."""
    keys = {findings.period.key, findings.period.year_before.key}
    keys |= {findings.period.previous.key} if findings.period.previous else set()
    frame = findings.history[findings.history["period"].isin(keys)]
    return csv_bytes(frame)


def printed(findings: Findings) -> Iterator[Printed]:
    """The values of the period that the bulletins print: every court's over all lines, and the issuer's by line."""
    scopes = {name: item.scope for name, item in findings.catalogue.indicators.items()}
    for (court, line, name), value in findings.comparisons.values():
        if (line == ALL_LINES or court == findings.issuer) and value[0] is not None:
            yield Printed(findings.period.key, court, line, name, value, scopes[name])
