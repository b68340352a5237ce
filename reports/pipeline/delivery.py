"""Who is sent what: the issued documents, the rows handed back, letters of recall, and plain messages.

Only what the register holds as issued leaves the house, drafts where ``[[delivery]] drafts`` says so. What is about one
court or department goes to its own addresses and to nobody else's: that is decided here alone (:func:`goes_to`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from reports.catalogue.kinds import Kind, choose, of_stem
from reports.compose import edits, letter
from reports.courts.court_table import fault, rows
from reports.courts.periods import chinese_date
from reports.courts.tree import UNIT, CourtTree, court_of
from reports.courts.units import place as placed
from reports.delivery import Attachment, Letter, Outbox, Parcel, Settings, Way, post, stamp, version_of, way_of
from reports.delivery.outbox import (
    DOCUMENT,
    DROPPED,
    FAILED,
    HAND_BACK,
    NOTICE,
    RECALL,
    RECALLED,
    SENT,
    UNCLEAR,
    WAITING,
)
from reports.delivery.ways import Down, file_name, line
from reports.errors import Busy, ConfigError, DeliveryError, VerificationError, os_reason
from reports.ledger import documents as register
from reports.ledger.decisions import readable
from reports.ledger.documents import CORRECTED, DRAFT, FOLDER, ISSUED, SIGNED, Dispatch
from reports.ledger.follow_up import plain
from reports.model import YOU, YOUR_DEPARTMENT, Bulletin
from reports.pipeline.bulletins import letterhead, render_all
from reports.pipeline.checks import returned_files
from reports.pipeline.job import Job, find_issuer, kinds_of, template_folders
from reports.publish import publish
from reports.scratch import rights
from reports.templates import environment_of, fill, safe
from reports.words import quoted
from reports.workspace import DeliveryTable, Workspace
from reports.workspace.listed import listed_courts, listed_units
from reports.workspace.log import entries

SHORT = 20.0  # seconds for another process to finish sending
PART = re.compile(r"（第\d+封，共\d+封）$")  # ends the subject of a letter that is one of several
NOT_SENT = "不发"  # stands for the address of a unit that gets its documents another way
OFFICE = "本办公室"  # in recipients.csv: who is told what concerns the office itself
COLUMNS = ("单位", "地址", "方式")
DELIVER = "deliver"  # the command, on record
PROGRAM = "tongbao"  # who did what nobody was asked for, in the history
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Recipient:
    """One address: of a unit (its code, :data:`OFFICE` for the office), by one ``[[delivery]]``.

    The address is empty where nothing is to be sent to the unit.
    """

    unit: str
    name: str
    address: str
    delivery: str


@dataclass(frozen=True)
class Posted:
    """What became of a delivery.

    ``letters`` are those that were queued or tried and those that wait or need a person, as they stand now; ``planned``
    is what would be queued, where nothing was to be done. ``down`` says by name why a ``[[delivery]]`` did not work as
    a whole, ``notes`` what could not be sent to anybody, in sentences. ``busy``: another process is sending.
    """

    letters: tuple[Letter, ...] = ()
    planned: tuple[Parcel, ...] = ()
    down: Mapping[str, Down] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    busy: bool = False

    @property
    def open(self) -> list[Letter]:
        """Those that have not arrived, as far as anybody knows."""
        return [one for one in self.letters if one.state in (WAITING, FAILED, UNCLEAR)]


@dataclass(frozen=True)
class House:
    """Whom one workspace sends to, and how."""

    workspace: Workspace
    tables: Mapping[str, DeliveryTable]
    ways: Mapping[str, Way]
    tree: CourtTree | None
    recipients: tuple[Recipient, ...]

    @property
    def limits(self) -> dict[str, int | None]:
        """The bytes that a letter may carry, by ``[[delivery]]``."""
        return {name: way.limit for name, way in self.ways.items()}

    @property
    def repeatable(self) -> list[str]:
        """Where a letter may be handed over twice."""
        return [name for name, way in self.ways.items() if way.repeatable]

    def issuer(self) -> str:
        """The code of the court that sends; raises :class:`ConfigError` where that is not clear."""
        return find_issuer(self.workspace, self.tree) if self.tree else ""

    def called(self) -> dict[str, str]:
        """Who signs a message, for its template."""
        head = self.workspace.config.letterhead
        issuer = head.issuer or (self.tree.by_code[self.issuer()].name if self.tree else "")
        return {"issuer": issuer, "office": head.office, "contact": head.contact}

    def unit(self, text: str) -> tuple[str, str]:
        """Code and name of a unit by its code or name, or of :data:`OFFICE`; raises :class:`ConfigError`."""
        if text == OFFICE:
            return OFFICE, self.workspace.config.letterhead.office or OFFICE
        if self.tree is None:
            raise ConfigError(
                f"没有法院表，不认识单位“{text}”。",
                where=str(self.workspace.courts_path),
                advice="用 tongbao init 生成 courts.csv。",
            )
        if self.tree.match(text) is None and UNIT in text:  # a department that no table lists
            court, _, name = text.partition(UNIT)
            if (found := self.tree.match(court)) and name:
                return f"{found.code}{UNIT}{name}", f"{found.name}{name.replace(UNIT, '')}"
        found = self.tree.find(text)
        return found.code, found.name


def house(workspace: Workspace) -> House:
    """The ways and recipients of a workspace; raises :class:`ConfigError` with every mistake of ``recipients.csv``."""
    tables: dict[str, DeliveryTable] = {}
    ways: dict[str, Way] = {}
    for table in workspace.config.delivery:
        name = table.name or table.way
        if name in tables:
            raise ConfigError(
                f"有两个 [[delivery]] 都叫“{name}”。", where=str(workspace.config_path), advice="请用 name 区分。"
            )
        settings = _settings(workspace, table, name)
        if table.kinds:
            known = kinds_of(workspace)
            for one in table.kinds:
                choose(known, one, f"{settings.where} kinds")
        tables[name], ways[name] = table, way_of(table.way, settings)
    found = House(workspace, tables, ways, _tree(workspace), ())
    return House(workspace, tables, ways, found.tree, tuple(_recipients(found)) if tables else ())


def _tree(workspace: Workspace) -> CourtTree | None:
    if (tree := listed_courts(workspace)) is None:
        return None
    table = listed_units(workspace, tree)
    return placed(tree, table, {one for one in table.seen if one[0] in tree.by_code}, "team", tree.by_code).tree


def _settings(workspace: Workspace, table: DeliveryTable, name: str) -> Settings:
    if table.password_env and table.password_command:
        raise ConfigError(
            "password_env 和 password_command 只能写一个。",
            where=f"{workspace.config_path} [[delivery]] {name}",
            advice="请删去其中一个。",
        )
    return Settings(
        name, workspace.folder, table.host, table.port, table.security, table.user,
        partial(_password, workspace, table), table.sender, table.ca_file,
        table.max_mb, table.folder, tuple(table.command), table.timeout,
    )  # fmt: skip


def _password(workspace: Workspace, table: DeliveryTable) -> str:
    from reports.read.database import Database, read_password  # noqa: PLC0415  (nothing else of it is needed)

    given = Database("", "", workspace.folder, table.password_env, tuple(table.password_command), "[[delivery]]")
    return read_password(given)


def _recipients(found: House) -> Iterator[Recipient]:
    path = found.workspace.recipients_path
    if not path.exists():
        raise ConfigError(
            "写了 [[delivery]]，但没有收件表。",
            where=str(path),
            advice=f"新建一个 CSV 表，第一行为 {','.join(COLUMNS)}，以后每行一个单位和它的地址。",
        )
    faults: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row, cells in rows(path, "收件表", COLUMNS[:2], COLUMNS):
        name = cells.get("方式") or next(iter(found.tables))
        if not cells.get("方式") and len(found.tables) > 1:
            faults.append(fault(row, "方式", "没有填写", f"有几种方式时要写明：{'、'.join(found.tables)}"))
            continue
        if name not in found.tables:
            faults.append(fault(row, "方式", f"“{name}”不是 [[delivery]] 的名称", f"可写 {'、'.join(found.tables)}"))
            continue
        try:
            unit, called = found.unit(cells["单位"])
        except ConfigError as error:
            faults.append(fault(row, "单位", error.what, (error.advice or "请核对").rstrip("。")))
            continue
        if cells["地址"] == NOT_SENT:
            yield Recipient(unit, called, "", name)
            continue
        address = cells["地址"] or (file_name(called) if found.tables[name].way == "folder" else "")
        if why := found.ways[name].fault(address) if address else "没有填写":
            faults.append(fault(row, "地址", f"“{line(address)}”{why}" if address else why, "请改正"))
        elif (same := seen.setdefault((name, address.casefold()), row)) != row:
            told = f"“{line(address)}”与第{same}行相同"
            faults.append(fault(row, "地址", told, "一个地址只能属于一个单位，请核对"))
        else:
            yield Recipient(unit, called, address, name)
    if faults:
        raise ConfigError(
            f"收件表有{len(faults)}处错误：\n" + "\n".join(f"  · {one}" for one in faults), where=str(path)
        )


def goes_to(kind: Kind, label: str, unit: str, tree: CourtTree, issuer: str, known: Iterable[str] = ()) -> bool:
    """Whether a document of a kind, with the label of its file name, is for a unit (its code).

    What is for all goes to the courts of the issuer's jurisdiction and to its own departments, what is for inside
    to its own departments alone, and what is about one unit to that one alone. ``known`` are further codes of units.
    """
    court = court_of(unit)
    own = court == issuer
    jurisdiction = {issuer, *(one.code for one in tree.descendants(issuer))}
    if unit == OFFICE or court not in jurisdiction or not (kind.outgoing or own):
        return False
    if label and kind.each not in ("line", "theme"):
        return one_of(label, tree, issuer, (*known, unit)) == unit
    return kind.each in ("issuer", "line", "theme") and (own or UNIT not in unit)


def one_of(label: str, tree: CourtTree, issuer: str, known: Iterable[str] = ()) -> str | None:
    """The code of the unit that a label of a file name means, where it is exactly one: of a court its code, of a
    department of the issuer its name."""
    codes = {*tree.by_code, *known}
    courts = {code for code in codes if UNIT not in code and safe(code) == label}
    own = {code for code in codes if court_of(code) == issuer and code.count(UNIT) == 1}
    found = courts | {code for code in own if safe(code.partition(UNIT)[2]) == label}
    return found.pop() if len(found) == 1 else None


def documents(found: House, stems: Sequence[str] = ()) -> tuple[list[Parcel], list[str], list[str]]:
    """The parcels of the documents in the register that are to be sent, whether or not they have been.

    ``stems`` are those asked for, by default all. Returns also the stems of the documents that the parcels are all of,
    and what cannot be sent and why, in sentences.
    """
    workspace = found.workspace
    entries = register.dispatches(workspace.database_path)
    for stem in stems:
        register.dispatch(workspace.database_path, stem)  # says what is wrong
    parcels: list[Parcel] = []
    notes: list[str] = []
    of: list[str] = []
    kinds = kinds_of(workspace)
    before = _letters_before(workspace)
    for stem, entry in entries.items():
        if stems and stem not in stems:
            continue
        chosen = [name for name, table in found.tables.items() if _is_for(table, entry, kinds)]
        if not chosen:
            if stems:
                notes.append(f"{quoted(entry.title)}现为“{entry.state}”，不在 [[delivery]] 所要发送的文件之内。")
            continue
        made, told, sound = _parcels(found, entry, entries, kinds, chosen, before)
        parcels += made
        notes += told
        of += [stem] if sound else []
    return parcels, of, notes


def _is_for(table: DeliveryTable, entry: Dispatch, kinds: Mapping[str, Kind]) -> bool:
    """Whether a ``[[delivery]]`` takes a document: of its state, its kind and its day."""
    kind, _ = of_stem(kinds, entry.corrects or entry.stem, entry.period)
    if kind is None or table.since is None or (table.kinds and not {kind.id, kind.name} & set(table.kinds)):
        return False
    if entry.state in (ISSUED, CORRECTED):
        return date.fromisoformat(entry.issued_at[:10]) >= table.since
    return table.drafts and date.fromisoformat(entry.drafted[:10]) >= table.since


def _parcels(
    found: House,
    entry: Dispatch,
    entries: Mapping[str, Dispatch],
    kinds: Mapping[str, Kind],
    chosen: Sequence[str],
    before: Mapping[str, Sequence[Letter]],
) -> tuple[list[Parcel], list[str], bool]:
    """One document for each of its recipients; a correction goes to whoever has what it corrects.

    Returns also what cannot be sent, in sentences, and whether the parcels are all that there is to go of it.
    """
    original = entries.get(entry.corrects, entry)
    kind, label = of_stem(kinds, original.stem, original.period)
    if kind is None:
        return [], [], False
    if found.tree is None:
        return [], [f"{quoted(entry.title)}没有发送：没有法院表 courts.csv，不知道有哪些单位。"], False
    issuer = found.issuer()
    known = [one.unit for one in found.recipients]
    fitting = [one for one in found.recipients if goes_to(kind, label, one.unit, found.tree, issuer, known)]
    # What has been recalled from somebody needs no correction there.
    earlier = [one for one in before.get(entry.corrects, ()) if one.state != RECALLED]
    if entry.corrects and earlier:  # at the addresses of today, where there are any
        units = {one.unit for one in earlier}
        now = [one for one in found.recipients if one.unit in units]
        there = {one.unit for one in now}
        old = {Recipient(one.unit, one.name, one.address, one.delivery): 0 for one in earlier if one.unit not in there}
        fitting = [*now, *old]
        notes = [
            f"{quoted(entry.title)}没有发给{one.name}：原件所用的方式“{one.delivery}”已不在配置中。"
            for one in fitting
            if one.delivery not in found.tables
        ]
    else:
        had = [one.unit for one in before.get(entry.stem, ())]
        notes = _unaddressed(found, entry, kind, label, {*had, *(one.unit for one in fitting)})
    fitting = [one for one in fitting if one.address]
    parcels: list[Parcel] = []
    for name in chosen:
        mine = [one for one in fitting if one.delivery == name]
        if not mine:
            continue
        try:
            files, version = _files(found.workspace, entry, found.tables[name].formats)
        except _Withheld as error:
            return [], [*notes, str(error)], False
        parcels += [_parcel(found, entry, one, files, version) for one in mine]
    return parcels, notes, True


def _letters_before(workspace: Workspace) -> dict[str, list[Letter]]:
    """Stem → the letters by which documents have gone or are about to."""
    found: dict[str, list[Letter]] = {}
    for one in outbox(workspace):
        if one.kind == DOCUMENT and one.state != DROPPED:
            found.setdefault(one.stem, []).append(one)
    return found


def _unaddressed(found: House, entry: Dispatch, kind: Kind, label: str, there: Collection[str]) -> list[str]:
    """Which unit that a document is for has no address and has not had it, in a sentence; ``there`` are the others."""
    assert found.tree is not None
    issuer, tree = found.issuer(), found.tree
    if label and kind.each not in ("line", "theme"):
        code = one_of(label, tree, issuer, [one.unit for one in found.recipients])
        if code is None:
            return [f"{quoted(entry.title)}没有发送：不知道“{label}”是哪个单位。"]
        unit = tree.by_code.get(code)
        return (
            []
            if code in there
            else [f"{quoted(entry.title)}没有发送：收件表中没有{unit.name if unit else code}的地址。"]
        )
    if not kind.outgoing:
        return []
    lacking = [one.name for one in tree.descendants(issuer) if one.code not in there]
    if not lacking:
        return []
    names = "、".join(lacking[:5]) + ("等" if len(lacking) > 5 else "")
    return [f"{quoted(entry.title)}：收件表中没有地址的法院{len(lacking)}个（{names}）。"]


class _Withheld(Exception):
    """Why a document cannot be sent as it stands, in a sentence."""


def _files(workspace: Workspace, entry: Dispatch, formats: Sequence[str]) -> tuple[tuple[Attachment, ...], str]:
    """The files of a document as its readers get them, and the hash of its text.

    Raises :class:`_Withheld` where a file is not what was issued, or there is none of these formats.
    """
    folder = workspace.output_path / entry.period
    issued = entry.state in (ISSUED, CORRECTED)
    place = folder / FOLDER / entry.stem if issued else folder
    text = place / f"{entry.stem}.md"
    found = []
    for form in formats:
        path = place / f"{entry.stem}.{form}"
        if not path.is_file():
            continue
        data = path.read_bytes()
        if issued and register.sha256(data) != entry.files.get(path.name):
            raise _Withheld(f"{quoted(entry.title)}没有发送：{path.name}与印发时不同，用 tongbao ledger verify 核对。")
        name = f"{entry.title}{'' if issued else '（草稿）'}.{form}"
        found.append(Attachment(file_name(name), data))
    if not found:
        forms = "、".join(formats)
        raise _Withheld(f"{quoted(entry.title)}没有发送：{place} 中没有 {forms} 格式的文件，请核对 formats。")
    if issued:
        return tuple(found), entry.files.get(text.name, version_of(files=found))
    written = text.read_bytes() if text.is_file() else b""
    if register.sha256(written) != entry.text:
        raise _Withheld(f"{quoted(entry.title)}没有发送：文稿登记后又有改动，请重新审签。")
    undated = edits.with_front(written.decode("utf-8-sig"), {"成文日期": "", "印发日期": ""})
    return tuple(found), version_of(undated)


def _parcel(found: House, entry: Dispatch, to: Recipient, files: tuple[Attachment, ...], version: str) -> Parcel:
    """One document for one recipient, with its message."""
    draft = entry.state in (DRAFT, SIGNED)
    told = {
        "name": line(to.name), "title": quoted(entry.title), "number": entry.number, "draft": draft,
        "corrects": bool(entry.corrects), **found.called(),
    }  # fmt: skip
    text = _written(found.workspace, "document", told)
    subject = f"【草稿】{line(entry.title)}" if draft else line(entry.title)
    return Parcel(
        DOCUMENT, entry.stem, version, to.delivery, to.unit, line(to.name), to.address, subject, text, files
    )  # fmt: skip


def _written(workspace: Workspace, name: str, data: Mapping[str, object]) -> str:
    text = fill(environment_of(template_folders(workspace)), f"messages/{name}.txt.j2", data)
    return text.strip() + "\n"


def deliver(
    workspace: Workspace,
    clock: Clock,
    who: str = PROGRAM,
    tell: Callable[[str], None] = lambda _: None,
    *,
    stems: Sequence[str] = (),
    dry_run: bool = False,
) -> Posted:
    """Queue the documents that are to be sent and have not been, and send whatever is due.

    ``stems`` are the documents to queue, all by default. With ``dry_run`` nothing is written or sent.
    """
    found = ready(workspace)
    made, of, notes = documents(found, stems)
    return _queued(found, made, clock, who, tell, of=of, notes=notes, dry_run=dry_run)


def hand_back(
    job: Job,
    clock: Clock,
    who: str = PROGRAM,
    tell: Callable[[str], None] = lambda _: None,
    *,
    dry_run: bool = False,
) -> Posted:
    """Send each court the rows and missing numbers that it is to check, as ``check --to`` writes them, and nobody else.

    The files are made anew from the data for each court: none is taken from a folder, where it could be another's.
    """
    from reports.pipeline.readiness import checked  # noqa: PLC0415
    from reports.pipeline.stages import Cases  # noqa: PLC0415

    found = ready(job.workspace)
    files: dict[str, list[Attachment]] = {}
    with Cases(job) as cases:
        table = cases.table
        for code, name, data in returned_files(job, table, checked(job, cases).quality):
            files.setdefault(code, []).append(Attachment(file_name(name), data))
        names = {code: court.name for code, court in table.tree.by_code.items()}
    period, parcels, of, notes = job.base_period, list[Parcel](), list[str](), list[str]()
    for code, mine in files.items():
        to = [one for one in found.recipients if code and one.unit == code]
        if not to:
            whose = f"收件表中没有{names[code]}的地址" if code else "有的行看不出是哪个法院的"
            notes.append(f"{'、'.join(one.name for one in mine)}没有发送：{whose}。")
        version = version_of(files=mine)
        stem = f"{period.key}-退回-{safe(code)}"
        of.append(stem)
        for one in (one for one in to if one.address):
            told = {"name": line(one.name), "period": period.label, **found.called()}
            text = _written(found.workspace, "hand-back", told)
            subject, name = f"{period.label}应当核对的案件和编号", line(one.name)
            parcels.append(
                Parcel(HAND_BACK, stem, version, one.delivery, code, name, one.address, subject, text, tuple(mine))
            )
    return _queued(found, parcels, clock, who, tell, of=of, notes=notes, dry_run=dry_run)


def outbox(workspace: Workspace) -> list[Letter]:
    """Every letter that there has been, in order; raises :class:`VerificationError` for an outbox that is gone."""
    if not workspace.outbox_path.exists():
        _never_been(workspace)
        return []
    with Outbox.at(workspace.outbox_path) as box:
        return box.letters()


def retry(
    workspace: Workspace,
    stems: Sequence[str],
    units: Sequence[str],
    clock: Clock,
    who: str,
    tell: Callable[[str], None] = lambda _: None,
) -> Posted:
    """Send again now what waits or was refused, of some documents and units or of all.

    What nobody knows of is sent again only to units that are named: it may be there already.
    """
    found = ready(workspace)
    codes = {found.unit(text)[0] for text in units}
    with _kept(workspace) as box:
        mine = [one for one in _chosen(box, stems, codes) if one.state in (WAITING, FAILED, UNCLEAR)]
        again = [one for one in mine if one.state != UNCLEAR or codes]
        if not mine:
            raise ConfigError("没有需要重发的。", advice="用 tongbao deliver --list 查看发件箱。")
        with sending(workspace, wait=SHORT):
            box.again(again, at=stamp(clock()), who=who)
        notes = [f"{one.name}：{one.subject}不知是否收到，没有重发。" for one in mine if one not in again]
        numbers = {one.number for one in mine}
        return _sent(
            found, box, lambda alone: numbers, clock, who, tell, notes=notes, chosen=lambda one: one.number in numbers
        )


def arrived(workspace: Workspace, stems: Sequence[str], units: Sequence[str], clock: Clock, who: str) -> list[Letter]:
    """Enter that letters of which nobody knew have arrived, as the recipients say; returns them."""
    found = ready(workspace)
    codes = {found.unit(text)[0] for text in units}
    with _kept(workspace) as box, sending(workspace, wait=SHORT):
        mine = [one for one in _chosen(box, stems, codes) if one.state == UNCLEAR]
        if not mine:
            raise ConfigError(f"没有“{UNCLEAR}”的发送。", advice="用 tongbao deliver --list 查看发件箱。")
        box.set(mine, SENT, "经核实已收到", at=stamp(clock()), who=who)
    return mine


def recall(
    job: Job,
    stem: str,
    units: Sequence[str],
    reason: str,
    clock: Clock,
    who: str,
    tell: Callable[[str], None] = lambda _: None,
    *,
    dry_run: bool = False,
) -> Posted:
    """Record that a document was sent by mistake, to some units or to all that have it, and send each a letter of
    recall; what has not left yet stays. Raises :class:`ConfigError` where nothing of it has been queued.
    """
    workspace = job.workspace
    readable("撤回原因", reason)
    found = ready(workspace)
    codes = {found.unit(text)[0] for text in units}
    with _kept(workspace) as box, sending(workspace, wait=SHORT):
        box.resume(found.repeatable, at=stamp(clock()), who=who)
        mine = [one for one in _chosen(box, [stem], codes) if one.kind in (DOCUMENT, HAND_BACK)]
        gone = [one for one in mine if one.state in (SENT, UNCLEAR)]
        here = [one for one in mine if one.state in (WAITING, FAILED)]
        if not gone and not here:
            raise ConfigError(
                f"“{stem}”没有发送给{'这些单位' if units else '任何单位'}，或者已经撤回。",
                advice="用 tongbao deliver --list 查看发件箱。",
            )
        letters, parcels = _recalling(job, found, stem, gone, reason)
        notes = [f"{one.name}：{one.subject}还没有发出，不再发。" for one in here]
        if dry_run:
            return Posted(planned=tuple(parcels), notes=tuple(notes))
        files = render_all(job, letters, list(dict.fromkeys(("md", *_formats(found)))), jobs=1)
        publish(workspace.output_path / _period(stem, job) / RECALL, files)
        parcels = [_with_files(found, one, files) for one in parcels]
        register.recall(
            workspace.database_path, stem, [one.name for one in mine], plain(reason), at=stamp(clock()), who=who
        )
        with box.together():
            box.set(gone, RECALLED, plain(reason), at=stamp(clock()), who=who)
            box.set(here, DROPPED, f"撤回：{plain(reason)}", at=stamp(clock()), who=who)
            new = box.queue(parcels, at=stamp(clock()), who=who, limits=found.limits)
    touched = {one.number for one in (*mine, *new)}
    with Outbox.at(workspace.outbox_path) as box:
        return _sent(found, box, lambda alone: touched, clock, who, tell, chosen=lambda one: one.number in touched)


def _recalling(
    job: Job, found: House, stem: str, gone: Sequence[Letter], reason: str
) -> tuple[list[Bulletin], list[Parcel]]:
    """The letters of recall, one for each unit, and a parcel for each address that has the document."""
    known = register.dispatches(job.workspace.database_path).get(stem)
    head = letterhead(job)
    letters: dict[str, Bulletin] = {}
    parcels: dict[tuple[str, str], Parcel] = {}
    for one in gone:
        if one.delivery not in found.tables:
            raise ConfigError(
                f"发给{one.name}所用的方式“{one.delivery}”已不在配置中，撤回函无法发出。",
                where=str(job.workspace.config_path),
                advice="请恢复这一节 [[delivery]]，再撤回。",
            )
        day = chinese_date(date.fromisoformat(one.settled[:10]))
        number = known.number if known else ""
        told = {
            "name": one.name, "you": YOUR_DEPARTMENT if UNIT in one.unit else YOU, "sent": day,
            "title": quoted(known.title if known else PART.sub("", one.subject)), "reason": plain(reason),
        }  # fmt: skip
        if one.unit not in letters:
            name = f"{stem}-{RECALL}-{safe(one.unit)}"
            sender = found.called()["issuer"]
            folders = template_folders(job.workspace)
            letters[one.unit] = letter(
                "recall", one.unit, name, {**told, "number_sent": number}, head, sender, folders
            )  # fmt: skip
        made = letters[one.unit]
        text = _written(job.workspace, "recall", {**told, "number": number, "heading": made.title, **found.called()})
        version = version_of(stem, one.version, RECALL)
        parcels[one.delivery, one.address] = Parcel(
            RECALL, made.stem, version, one.delivery, one.unit, one.name, one.address, made.title, text
        )
    return list(letters.values()), list(parcels.values())


def _with_files(found: House, parcel: Parcel, files: Mapping[str, bytes]) -> Parcel:
    """A parcel with the letter that it is to carry."""
    names = {form: f"{parcel.stem}.{form}" for form in found.tables[parcel.delivery].formats}
    mine = [Attachment(file_name(f"{parcel.subject}.{form}"), files[name]) for form, name in names.items()]
    return replace(parcel, files=tuple(mine))


def _formats(found: House) -> list[str]:
    return [form for table in found.tables.values() for form in table.formats]


def _period(stem: str, job: Job) -> str:
    """The folder of a document's period; of what is of no period, the job's."""
    return next((one.period for one in register.dispatches(job.workspace.database_path).values() if one.stem == stem),
                job.period.key)  # fmt: skip


def _chosen(box: Outbox, stems: Sequence[str], codes: Collection[str]) -> list[Letter]:
    """The letters of some documents and units, all where none is named; raises :class:`ConfigError` for one unknown."""
    every = box.letters()
    for stem in stems:
        if all(one.stem != stem for one in every):
            raise ConfigError(f"发件箱中没有“{stem}”。", advice="用 tongbao deliver --list 查看。")
    return [one for one in every if (not stems or one.stem in stems) and (not codes or one.unit in codes)]


def _never_been(workspace: Workspace) -> None:
    """Raises :class:`VerificationError` where letters are on record and no outbox is there: all would be sent again."""
    sent = [one.at for one in entries(workspace.folder) if one.command == DELIVER and one.letters]
    if sent:
        raise VerificationError(
            f"发件箱不见了：运行记录中{sent[-1]}还发过信件。",
            where=str(workspace.outbox_path),
            advice="请从备份取出 outbox.db；不要重新发送，以免各单位重复收到。"
            "确要另建的，先把“运行记录”各文件移出工作目录，并用 tongbao deliver --dry-run 核对。",
        )


@contextmanager
def _kept(workspace: Workspace) -> Iterator[Outbox]:
    """The outbox, which must be there already."""
    if not workspace.outbox_path.exists():
        raise ConfigError("发件箱是空的。", where=str(workspace.outbox_path), advice="先用 tongbao deliver 发送。")
    with Outbox.at(workspace.outbox_path) as box:
        yield box


def ready(workspace: Workspace) -> House:
    """The house, where there is a ``[[delivery]]``; else raises :class:`ConfigError`."""
    found = house(workspace)
    if not found.tables:
        raise ConfigError(
            "没有写发送方式。",
            where=f"{workspace.config_path} [[delivery]]",
            advice="用 tongbao docs delivery.zh-CN 查看邮件、文件夹、命令三种方式的写法。",
        )
    return found


def notify(
    workspace: Workspace,
    key: str,
    to: str,
    subject: str,
    text: str,
    clock: Clock,
    who: str = PROGRAM,
) -> Posted:
    """Send a plain message to the office itself (:data:`OFFICE`) or to one unit (code or name), at every address of it.

    ``key`` says what it is of: the same key, subject and text go to an address once, however often this is called.
    What cannot go now waits for the next ``tongbao deliver``; the outcome's ``open`` tells. Raises
    :class:`ConfigError` where there is no ``[[delivery]]``, no such unit, or no address of it.
    """
    found = ready(workspace)
    unit, name = found.unit(to)
    mine = [one for one in found.recipients if one.unit == unit and one.address]
    if not mine:
        raise ConfigError(
            f"收件表中没有“{to}”的地址。", where=str(workspace.recipients_path), advice=f"加一行“{to},地址”。"
        )
    version = version_of(key, subject, text)
    parcels = [
        Parcel(NOTICE, key, version, one.delivery, unit, line(name), one.address, line(subject), text) for one in mine
    ]
    return _queued(found, parcels, clock, who, of=[key], chosen=lambda one: one.kind == NOTICE and one.stem == key)


def _queued(
    found: House,
    parcels: Sequence[Parcel],
    clock: Clock,
    who: str,
    tell: Callable[[str], None] = lambda _: None,
    *,
    of: Collection[str],
    notes: Sequence[str] = (),
    chosen: Callable[[Letter], bool] = lambda _: True,
    dry_run: bool = False,
) -> Posted:
    """Queue parcels, which are all that is to go of some documents (their stems), and send what is due of the chosen
    letters, unless another process is sending.
    """
    path = found.workspace.outbox_path
    if not path.exists():
        _never_been(found.workspace)
        if dry_run:
            return Posted(planned=tuple(parcels), notes=tuple(notes))
    with Outbox.at(path) as box:
        if dry_run:
            return Posted(planned=tuple(_not_yet(box.letters(), parcels)), notes=tuple(notes))

        def put(*, alone: bool) -> set[int]:
            if alone:  # else another process may be handing over what is to be dropped
                _drop(box, found, parcels, of, at=stamp(clock()), who=who)
            new = box.queue(_not_yet(box.letters(), parcels), at=stamp(clock()), who=who, limits=found.limits)
            return {one.number for one in new}

        return _sent(found, box, put, clock, who, tell, notes=notes, chosen=chosen)


def _sent(
    found: House,
    box: Outbox,
    put: Callable[..., set[int]],
    clock: Clock,
    who: str,
    tell: Callable[[str], None] = lambda _: None,
    *,
    notes: Sequence[str] = (),
    chosen: Callable[[Letter], bool] = lambda _: True,
) -> Posted:
    """Put letters in (``put`` returns their numbers) and send what is due of the chosen ones.

    Where another process is sending, they are only put in.
    """
    down: dict[str, Down] = {}
    try:
        with sending(found.workspace, wait=0):
            box.resume(found.repeatable, at=stamp(clock()), who=who)
            touched = put(alone=True)
            now = stamp(clock())
            touched |= {one.number for name in found.ways for one in box.due(name, now) if chosen(one)}
            down = post(box, found.ways, clock, who, tell, chosen)
            busy = False
    except Busy:
        touched, busy = put(alone=False), True
    told = (WAITING, FAILED, UNCLEAR)
    letters = [one for one in box.letters() if one.number in touched or (chosen(one) and one.state in told)]
    return Posted(tuple(letters), down=down, notes=tuple(notes), busy=busy)


GONE = "收件表中已没有这个地址"


def _drop(box: Outbox, found: House, parcels: Sequence[Parcel], of: Collection[str], *, at: str, who: str) -> None:
    """Give up what waits of documents (their stems) and is no longer to be sent: at addresses that the table no longer
    has, and earlier texts; so are messages. What else waits for a way that is no longer there has failed, and says so.
    """
    there = {(one.delivery, one.unit, one.address) for one in found.recipients}
    addresses = {(one.stem, one.delivery, one.unit, one.address) for one in parcels}
    versions = {(one.stem, one.version) for one in parcels}
    for one in box.letters():
        if one.stem in of and one.state in (WAITING, FAILED):
            if (one.stem, one.delivery, one.unit, one.address) not in addresses:
                box.set([one], DROPPED, GONE, at=at, who=who)
            elif (one.stem, one.version) not in versions:
                box.set([one], DROPPED, "已有新稿", at=at, who=who)
        elif one.kind == NOTICE and one.state == FAILED:
            if (one.delivery, one.unit, one.address) not in there:
                box.set([one], DROPPED, GONE, at=at, who=who)
        elif one.state == WAITING and one.delivery not in found.tables:
            why = f"发送方式“{one.delivery}”已不在配置中，恢复这一节 [[delivery]] 后用 --retry 重发"
            box.set([one], FAILED, why, at=at, who=who)


def _not_yet(letters: Sequence[Letter], parcels: Sequence[Parcel]) -> list[Parcel]:
    """The parcels that are not in the outbox; a unit that has a document gets it at no further address, unless one of
    its addresses was wrong."""
    known: dict[tuple[str, str, str], list[Letter]] = {}
    for one in letters:
        known.setdefault((one.stem, one.version, one.unit), []).append(one)
    wanted = []
    for parcel in parcels:
        mine = known.get((parcel.stem, parcel.version, parcel.unit), [])
        there = any((one.delivery, one.address) == (parcel.delivery, parcel.address) for one in mine)
        if not there and (not mine or any(one.state == DROPPED and one.told == GONE for one in mine)):
            wanted.append(parcel)
    return wanted


@contextmanager
def sending(workspace: Workspace, *, wait: float) -> Iterator[None]:
    """Only one process at a time sends from a workspace; raises :class:`Busy` after ``wait`` seconds."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    lock = FileLock(workspace.folder / ".tongbao-outbox.lock", mode=rights(workspace.folder))
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise Busy("另一个 tongbao 正在发送。", where=str(workspace.folder), advice="请等它结束后再运行。") from None
    except OSError as error:
        raise DeliveryError(
            f"工作目录无法写入：{os_reason(error)}。", where=str(workspace.folder), advice="请核对文件夹的写权限。"
        ) from error
    try:
        yield
    finally:
        lock.release()
