"""A workspace in one file, and back: ledger, outbox, configuration, and all that stands in the output folder.

The file is a ZIP archive that any system opens, with a list of its files and their hashes. While it is made nobody
writes the ledger, so that what the ledger says and what stands beside it are of one moment. Case data are not in it:
they are the court system's, and it has its own keeping.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, Any

from reports import __version__, scratch, system
from reports.delivery import outbox
from reports.errors import ConfigError, DeliveryError, InputError, VerificationError, os_reason
from reports.ledger.chain import key_too
from reports.ledger.journal import EMPTY, OTHER, Verified, missing, writing
from reports.pipeline.proof import verified
from reports.workspace import Config, Output, Workspace
from reports.workspace.log import RECORD

SCHEMA = "tongbao.backup/1"
LIST = "backup.json"  # in the archive: what is in it
LEDGER, OUTBOX = "tongbao.db", "outbox.db"
FOLDERS = ("catalogue", "dialects", "templates")  # of the configuration; the rest of it stands in files of the top
FILES = ("*.toml", "*.sql", "courts.csv", "units.csv", "recipients.csv")
OWN = (*FILES, f"{LEDGER}*", f"{OUTBOX}*", f"{RECORD}*")  # names at the top that no backup may have
LEFT = ".tongbao-"  # begins the names of work folders
WORK = ".tongbao-backup-"
PIECE = 1 << 20  # bytes read at a time
SHOWN = 3  # faults that are named
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)  # what a spoilt archive ends in


@dataclass(frozen=True)
class Backup:
    """What a backup holds: how many files and bytes, when it was made, how many events the ledger has and its head."""

    files: int
    size: int
    made: str
    events: int
    head: str


def write(workspace: Workspace, file: Path, at: str, progress: Callable[[str], None] = lambda _: None) -> Backup:
    """Write the backup of a workspace into ``file``, which appears whole or not at all; ``at`` says when (ISO).

    Raises :class:`DeliveryError` where it cannot be written, :class:`Busy` while a run writes the ledger longer than
    one waits for it, :class:`VerificationError` for a ledger that does not hold, whose backup would replace a sound
    one, and :class:`ConfigError` for a file that is to stay what it is.
    """
    _may_be_written(workspace, file)
    parent = file.absolute().parent
    try:
        for left in scratch.abandoned(parent.glob(f"{WORK}*")):  # of one that was killed
            left.remove()
        work = scratch.make(parent, WORK)
        try:
            part = work.path / "whole"
            with part.open("xb") as out:
                found = _written(workspace, work.path, out, at, progress)
                out.flush()
                os.fsync(out.fileno())
            system.give(part, scratch.rights(parent))
            part.replace(file)
        finally:
            work.remove()
    except OSError as error:
        raise DeliveryError(
            f"备份无法写入：{os_reason(error)}。",
            where=str(error.filename or file),
            advice="请核对写权限和磁盘空间；工作目录没有改动，原有的备份也没有改动。",
        ) from error
    return found


def _written(workspace: Workspace, work: Path, out: IO[bytes], at: str, progress: Callable[[str], None]) -> Backup:
    path, ledger = workspace.database_path, Verified(0, "", ())
    with contextlib.ExitStack() as stack:
        if path.exists():
            stack.enter_context(writing(path))  # until all is read, nobody changes the ledger or what goes with it
            progress("复制台账")
            copy = work / LEDGER
            _copy(path, copy)
            key_too(copy, path)
            progress("核对台账")
            ledger = verified(workspace, copy=copy)
            if ledger.faults:
                more = "等" if len(ledger.faults) > SHOWN else ""
                raise VerificationError(
                    f"台账核对有{len(ledger.faults)}处不符，没有备份：{'；'.join(ledger.faults[:SHOWN])}{more}。",
                    where=str(path),
                    advice="用 tongbao ledger verify 查看各处，并从此前的备份恢复；原有的备份没有改动。",
                )
        if workspace.outbox_path.exists():
            outbox.copy(workspace.outbox_path, work / OUTBOX)
        progress("复制配置和已生成的文件")
        listed = []
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, source_path in _members(workspace, work):
                if entry := _add(archive, name, source_path):
                    listed.append(entry)
            about = {
                "schema": SCHEMA,
                "version": __version__,
                "made": at,
                "output": workspace.config.output.folder,
                "ledger": {"events": ledger.events, "head": ledger.head},
                "files": listed,
            }
            archive.writestr(LIST, json.dumps(about, ensure_ascii=False, indent=1))
    return Backup(len(listed), sum(one["size"] for one in listed), at, ledger.events, ledger.head)


def _may_be_written(workspace: Workspace, file: Path) -> None:
    """Raises :class:`ConfigError` where a backup would take the place of something else or be packed into the next."""
    if file.is_dir():
        raise ConfigError("这是文件夹，备份是一个文件。", where=str(file), advice="请写文件名，如 备份.zip。")
    place, top = file.resolve(), workspace.folder.resolve()
    if file.exists() and not (file.is_file() and _is_backup(file)):
        raise ConfigError(
            "已有这个文件，而它不是 tongbao 的备份：没有覆盖。",
            where=str(file),
            advice="请另写一个文件名，如 备份/质效.zip；确实不要它的，请先自行删去。",
        )
    own = place.parent == top and any(fnmatch(place.name, one) for one in OWN)
    if own or any(fnmatch(str(place), str((top / one).resolve())) for one in workspace.config.source.files):
        raise ConfigError(
            "这是工作目录自用的文件名，不能用作备份。", where=str(file), advice="请另写一个文件名，如 备份/质效.zip。"
        )
    packed = [workspace.output_path, *((top / one).resolve() for one in FOLDERS)]
    if inside := next((one for one in packed if place.is_relative_to(one)), None):
        raise ConfigError(
            f"备份不能放在要备份的文件夹“{inside.name}”中：下一次会把它也装进去。",
            where=str(file),
            advice="请写到别的文件夹，最好是另一块磁盘。",
        )


def _is_backup(file: Path) -> bool:
    """Whether a file is a backup, by whatever version of the program, sound or not."""
    try:
        with zipfile.ZipFile(file) as archive:
            return str(json.loads(archive.read(LIST))["schema"]).startswith("tongbao.backup/")
    except (*_UNREADABLE, RuntimeError, OSError, KeyError, ValueError, TypeError):  # RuntimeError: encrypted
        return False


def _copy(database: Path, to: Path) -> None:
    """A database as it is at one moment, whoever writes it."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


def _members(workspace: Workspace, work: Path) -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of all that is kept; links are not followed out of the workspace.

    ``work`` holds the copies of the databases.
    """
    top = workspace.folder
    for name in (LEDGER, OUTBOX):
        if (work / name).exists():
            yield name, work / name
    found = [path for pattern in FILES for path in top.glob(pattern)]
    found += [path for folder in FOLDERS for path in (top / folder).rglob("*")]
    holidays = (top / (workspace.config.calendar.holidays or "")).resolve()
    found += [holidays] if holidays.is_relative_to(top.resolve()) else []
    found += workspace.output_path.rglob("*")
    for path in sorted(dict.fromkeys(found)):
        relative = path.relative_to(top) if path.is_relative_to(top) else path.relative_to(top.resolve())
        left = any(part.startswith(LEFT) for part in relative.parts)
        if path.is_file() and not path.is_symlink() and not left:
            yield relative.as_posix(), path


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any] | None:
    """Copy a file in pieces; ``None`` where it has gone since it was listed."""
    digest, size = hashlib.sha256(), 0
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    with source, archive.open(name, "w", force_zip64=True) as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return {"name": name, "size": size, "sha256": digest.hexdigest()}


def restore(file: Path, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Backup:
    """Put a backup into ``folder``, which must be new or empty; it is there whole or not at all.

    Raises :class:`InputError` for a file that is no backup or is damaged, :class:`ConfigError` for a folder that holds
    something, :class:`DeliveryError` where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            "恢复到的文件夹不是空的。", where=str(folder), advice="请写一个新的或者空的文件夹；原有的文件不会被覆盖。"
        )
    try:
        with zipfile.ZipFile(file) as archive:
            about = _about(archive, file)
            parent = folder.absolute().parent
            parent.mkdir(parents=True, exist_ok=True)
            for left in scratch.abandoned(parent.glob(f"{WORK}*")):  # of a restoring that was killed
                left.remove()
            work = scratch.make(parent, WORK)
            try:
                whole = work.path / "whole"
                whole.mkdir(mode=scratch.folder_rights(parent))
                progress("展开并核对文件")
                _extract(archive, about["files"], whole, file)
                _check_ledger(whole, about, file)
                with contextlib.suppress(FileNotFoundError):
                    folder.rmdir()  # empty, as was seen
                whole.replace(folder)
            finally:
                work.remove()
    except _UNREADABLE as error:
        raise (_damaged(file, str(error)) if zipfile.is_zipfile(file) else _no_backup(file)) from error
    except OSError as error:
        if str(error.filename) == str(file):
            raise InputError(f"备份无法读取：{os_reason(error)}。", where=str(file)) from error
        raise DeliveryError(
            f"无法恢复：{os_reason(error)}。",
            where=str(error.filename or folder),
            advice="请核对写权限和磁盘空间；没有留下恢复了一半的文件夹。",
        ) from error
    listed = about["files"]
    ledger = about["ledger"]
    return Backup(len(listed), sum(one["size"] for one in listed), about["made"], ledger["events"], ledger["head"])


def _about(archive: zipfile.ZipFile, file: Path) -> Mapping[str, Any]:
    """The list of a backup, with names that stay inside the folder."""
    try:
        about = json.loads(archive.read(LIST))
        schema, files, ledger = str(about["schema"]), list(about["files"]), dict(about["ledger"])
        names = [(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in files]
        ledger["events"], ledger["head"], about["made"], about["output"]
    except (KeyError, ValueError, TypeError) as error:
        raise _no_backup(file) from error
    if schema != SCHEMA:
        raise InputError(f"备份由更新的版本的程序建立（{schema}）。", where=str(file), advice="请升级 tongbao。")
    for name, *_ in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
            raise InputError(f"备份中的文件名“{name}”指向文件夹之外。", where=str(file), advice="没有恢复任何文件。")
    return dict(about)


def _extract(archive: zipfile.ZipFile, files: list[Mapping[str, Any]], whole: Path, file: Path) -> None:
    for one in files:
        target = whole / one["name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, left = hashlib.sha256(), one["size"]
        try:
            source = archive.open(one["name"])
        except KeyError:
            raise _damaged(file, f"缺少{one['name']}") from None
        with source, target.open("xb") as out:
            while piece := source.read(min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    break
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        system.give(target, scratch.rights(whole.parent.parent))
        if left or digest.hexdigest() != one["sha256"]:
            raise _damaged(file, f"{one['name']}与校验值不符")
    for folder in (path for path in whole.rglob("*") if path.is_dir()):
        system.give(folder, scratch.folder_rights(whole.parent.parent))


def _check_ledger(whole: Path, about: Mapping[str, Any], file: Path) -> None:
    """The ledger that was unpacked with what was unpacked beside it; of a key only the workspace's own program knows.

    Raises :class:`InputError` where it does not hold, or is not the one that was packed.
    """
    ledger, told = Verified(0, "", ()), about["ledger"]
    if (whole / LEDGER).exists():
        if (stands := missing(whole / LEDGER)) in (EMPTY, OTHER):
            raise _damaged(file, stands)
        ledger = verified(Workspace(whole, Config(output=Output(folder=str(about["output"])))))
    if ledger.faults or (ledger.events, ledger.head) != (told["events"], told["head"]):
        raise _damaged(file, ledger.faults[0] if ledger.faults else "台账与备份清单不符")


def _no_backup(file: Path) -> InputError:
    return InputError("这不是 tongbao 的备份。", where=str(file), advice="请用 tongbao backup 生成的文件。")


def _damaged(file: Path, why: str) -> InputError:
    return InputError(f"备份已损坏：{why}。", where=str(file), advice="没有恢复任何文件；请用另一份备份。")
