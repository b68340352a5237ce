"""A folder, or a share that is mounted: each recipient has a folder of its own in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reports import scratch, system
from reports.delivery.ways import Attachment, Down, Hand, Handed, Later, Settings, file_name, needed
from reports.errors import full, os_reason

PART = ".tongbao-part"  # ends the name of a file that is not whole yet


def way(settings: Settings) -> Folder:
    """The folder of some settings."""
    needed(settings, {"folder": '"/mnt/通报"'})
    return Folder(settings.place / settings.folder)


@dataclass(frozen=True)
class Folder:
    """The folder that holds those of the recipients; it must be there, since a share that is not mounted has none."""

    root: Path
    repeatable: bool = True
    limit: int | None = None

    def fault(self, address: str) -> str:
        """What is wrong with the name of a recipient's folder, or nothing."""
        single = address == file_name(address) and not address.startswith(".")
        return "" if single else "不能作文件夹的名称（只写一级，不能有 / \\ : * ? 等）"

    @contextmanager
    def open(self) -> Iterator[Hand]:
        """The folder, if it is there."""
        yield self._hand

    def _hand(self, letter: Handed, taken: Callable[[], None], now: datetime) -> str:
        """Put the files there; one that is there already with the same content stays, another keeps its name."""
        if not self.root.is_dir():
            raise Down(f"没有发送文件夹 {self.root}", "请核对 folder；共享文件夹须先挂载，程序不新建它。")
        place = self.root / letter.address
        if not place.resolve().is_relative_to(self.root.resolve()):
            raise Down(f"{place} 通到发送文件夹之外", "请核对其中的链接。")
        files = letter.files or (Attachment(f"{file_name(letter.subject)}.txt", letter.text.encode("utf-8-sig")),)
        taken()
        try:
            self._make(place)
            put = [_put(place, file_name(file.name), file.data) for file in files]
        except OSError as error:
            what = f"{error.filename or place} 无法写入：{os_reason(error)}"
            if full(error):
                raise Down(what, "请清理磁盘后再发。") from error
            raise Later(what) from error
        return f"放入 {place}：{'、'.join(put)}"

    def _make(self, place: Path) -> None:
        for folder in reversed([place, *place.parents]):
            if folder.is_relative_to(self.root) and not folder.exists():
                folder.mkdir()
                with contextlib.suppress(OSError):  # not every share has rights
                    system.give(folder, scratch.folder_rights(folder.parent))


def _put(folder: Path, name: str, data: bytes) -> str:
    """Write a file whole or not at all; returns the name that it has got."""
    stem, dot, ending = name.rpartition(".")
    number, target = 1, folder / name
    while target.exists():
        if target.is_file() and target.read_bytes() == data:
            return target.name
        number += 1
        target = folder / (f"{stem}（{number}）{dot}{ending}" if dot else f"{name}（{number}）")
    part = folder / f".{target.name}{PART}"
    with part.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(OSError):
        system.give(part, scratch.rights(folder))
    part.replace(target)
    return target.name
