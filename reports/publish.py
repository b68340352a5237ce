"""Bytes → files: all of a run's files or none, each whole or not at all, wherever the process is killed.

All that is new, and all that it replaces, stands in a work folder beside the targets, and a manifest says which is
which, before the first file is moved. Until the publication is decided it can be taken back; after that only the work
folder is left to go. What a killed process did not finish, :func:`recover` does by the manifest at the next start.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from reports import scratch, system
from reports.errors import DeliveryError, os_reason
from reports.system import flush_names

LEFT = ".tongbao-*"  # what a killed run may leave in an output folder
_WORK = ".tongbao-work-"
_EARLIER = re.compile(r"\.tongbao-[a-z0-9_]{8}\.(new|kept)")  # as releases without a manifest left it
_MANIFEST = "manifest.json"
changed: list[Path] = []  # folders in which this process has changed files that were there before

Decided = Callable[[str], bool]  # whether a publication, known by its id, is to stay


@dataclass(frozen=True)
class Move:
    """One file of a publication, and its names in the work folder: as it will be, and as it was if it was there."""

    name: str
    sha256: str
    new: str
    kept: str | None


class Publication:
    """Files on their way into a folder. Only :func:`publishing` gives one."""

    def __init__(self, folder: Path, decided: Decided | None) -> None:
        self.folder, self.id = folder, uuid4().hex
        self._decided = decided
        self._work: scratch.Work | None = None
        self._made: list[Path] = []  # folders that were not there before

    def put(self, files: Mapping[str, bytes]) -> list[Path]:
        """Move files (relative name → bytes) into place, once; raises :class:`DeliveryError`."""
        assert self._work is None
        targets = [self.folder / name for name in files]
        for target in targets:
            if target.exists() and not (target.is_file() or target.is_dir()):  # a file would take its place
                raise DeliveryError("这不是普通文件，不能写入。", where=str(target), advice="请另写一个文件名。")
        try:
            self._made += _make(self.folder)
            self._work = scratch.make(self.folder, _WORK)
            made = [folder for target in targets for folder in _missing(target.parent)]
            moves = [_stage(self.folder, self._work.path, str(n), *one) for n, one in enumerate(files.items())]
            manifest = {
                "id": self.id,
                "decided": "here" if self._decided is None else "elsewhere",
                "files": [asdict(move) for move in moves],
                "folders": [os.path.relpath(path, self.folder) for path in (*self._made, *dict.fromkeys(made))],
            }
            _write(self._work.path / "draft", json.dumps(manifest, ensure_ascii=False).encode())
            (self._work.path / "draft").replace(self._work.path / _MANIFEST)
            flush_names(self._work.path)
            flush_names(self.folder)
            changed.append(self.folder)
            for target, move in zip(targets, moves, strict=True):
                _make(target.parent)
                (self._work.path / move.new).replace(target)
            for folder in dict.fromkeys(target.parent for target in targets):
                flush_names(folder)
        except OSError as error:
            raise _failed(self.folder, error) from error
        return targets

    def settle(self, *, failed: bool) -> None:
        """Take back what is not decided; of what is, only the work folder goes."""
        if self._work:
            stays = not failed or (self._decided is not None and self._decided(self.id))
            _settle(self.folder, self._work, stays=stays)
            if not stays and self.folder in changed:
                changed.remove(self.folder)
        if failed:
            _remove_empty(self._made)


@contextmanager
def publishing(folder: Path, decided: Decided | None = None) -> Iterator[Publication]:
    """Files put inside stay if all inside goes well; on any failure, a kill too, the folder is as it was.

    ``decided`` says of a publication's id whether something else (the ledger) has been written with it: then that
    decides, and not the end of the block. Raises :class:`DeliveryError`.
    """
    recover(folder.glob(LEFT), decided)
    publication = Publication(folder, decided)
    try:
        yield publication
    except BaseException:
        publication.settle(failed=True)
        raise
    publication.settle(failed=False)


def publish(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files (relative name → bytes) into ``folder``; on any failure the folder is as it was.

    Raises :class:`DeliveryError`.
    """
    with publishing(folder) as publication:
        return publication.put(files)


def recover(left: Iterable[Path], decided: Decided | None = None) -> None:
    """Finish or take back what killed processes left; ``left`` are paths by the pattern :data:`LEFT`.

    Without ``decided`` those wait that something else decides on. Raises :class:`DeliveryError`.
    """
    found = list(left)
    for work in scratch.abandoned(path for path in found if path.name.startswith(_WORK)):
        manifest = _manifest(work)
        if manifest and manifest["decided"] == "elsewhere":
            if decided:
                _settle(work.path.parent, work, stays=decided(manifest["id"]))
        else:
            _settle(work.path.parent, work, stays=False)
    for path in found:
        if _EARLIER.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _settle(folder: Path, work: scratch.Work, *, stays: bool) -> None:
    """Bring a publication to its end, from whatever point it had reached; may be begun again at any point of itself."""
    try:
        manifest = _manifest(work)
        if manifest and not stays:
            moves = [Move(**entry) for entry in manifest["files"]]
            for move in moves:
                _take_back(folder, work.path, move)
            for parent in {(folder / move.name).parent for move in moves}:
                flush_names(parent)
        (work.path / _MANIFEST).unlink(missing_ok=True)
        flush_names(work.path)
    except OSError as error:
        raise DeliveryError(
            f"一次没有完成的发布无法复原：{os_reason(error)}。",
            where=str(error.filename or folder),
            advice="请关闭正在使用这些文件的程序，核对写权限，再运行一次；复原以前，文件夹中新旧文件并存。",
        ) from error
    work.remove()
    if manifest and not stays:
        _remove_empty([folder / name for name in manifest["folders"]])
    flush_names(folder)


def _take_back(folder: Path, work: Path, move: Move) -> None:
    """What stood there before; only what this publication itself put there goes, never what came since."""
    target = folder / move.name
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() != move.sha256:
        return
    if move.kept is None:
        target.unlink(missing_ok=True)
    elif (work / move.kept).exists():  # else it is back already
        (work / move.kept).replace(target)


def _manifest(work: scratch.Work) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((work.path / _MANIFEST).read_bytes())
    except FileNotFoundError:
        return None  # killed before anything was moved, or after all was settled
    return found


def _stage(folder: Path, work: Path, number: str, name: str, data: bytes) -> Move:
    """Write the new file and keep the old one."""
    target, move = folder / name, Move(name, hashlib.sha256(data).hexdigest(), f"{number}.new", None)
    _write(work / move.new, data)
    system.give(work / move.new, scratch.rights(folder))
    if not target.exists():
        return move
    kept = work / f"{number}.kept"
    try:
        os.link(target, kept)
    except OSError:  # FAT, exFAT and many network shares have no links
        shutil.copy2(target, kept)
        with kept.open("rb+") as file:
            os.fsync(file.fileno())
    return replace(move, kept=kept.name)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _missing(folder: Path) -> list[Path]:
    return [path for path in reversed((folder, *folder.parents)) if not path.exists()]


def _make(folder: Path) -> list[Path]:
    """Create a folder and those above it; returns the ones that were made."""
    missing = _missing(folder)
    for path in missing:
        path.mkdir(exist_ok=True)
        with contextlib.suppress(OSError):  # not every file system has rights
            system.give(path, scratch.folder_rights(path.parent))
        flush_names(path.parent)
    return missing


def _remove_empty(folders: Iterable[Path]) -> None:
    for path in reversed(list(folders)):
        with contextlib.suppress(OSError):
            path.rmdir()  # stays unless empty


def _failed(folder: Path, error: OSError) -> DeliveryError:
    held = error.errno in (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)
    opened = "文件可能正在 WPS 中打开，请关闭后再运行；" if held else ""
    return DeliveryError(
        f"文件无法写入：{os_reason(error)}。",
        where=str(error.filename or folder),
        advice=f"{opened}请核对文件夹的写权限和磁盘空间；原有文件没有改动。",
    )


GENERATED = ".tongbao.json"  # in an output folder: the hash of every file as it was made
BESIDE = "新稿"  # the folder for what must not replace a person's work
BEFORE = "前稿"  # the folder for the text that a new draft has replaced


def changed_by_hand(folder: Path, files: Mapping[str, bytes]) -> set[str]:
    """Which of the files a person has changed: they are neither what an earlier run made nor what this one makes."""
    known = _generated(folder)
    return {name for name, data in files.items() if _by_hand(folder / name, known.get(name), data)}


def put_made(publication: Publication, files: Mapping[str, bytes], beside: Mapping[str, bytes]) -> list[Path]:
    """Put ``files``, and into :data:`BESIDE` what must not replace a person's work; remember what was made.

    Raises :class:`DeliveryError`.
    """
    hashes = _generated(publication.folder) | {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    listed = json.dumps(hashes, ensure_ascii=False, indent=1, sort_keys=True).encode()
    apart = {f"{BESIDE}/{name}": data for name, data in beside.items()}
    return publication.put({**files, **apart, GENERATED: listed})[:-1]


def _generated(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / GENERATED).read_text("utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # then every file that differs is taken for a person's


def _by_hand(path: Path, made: str | None, data: bytes) -> bool:
    try:
        there = path.read_bytes()
    except OSError:
        return False
    return there != data and hashlib.sha256(there).hexdigest() != made
