"""A command of the house's own, as for an exchange of documents: a program and its arguments, never a shell."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from reports import scratch, system
from reports.delivery.ways import Down, Hand, Handed, Later, Refused, Settings, Unclear, file_name, line, needed
from reports.errors import ConfigError, os_reason

LATER = 75  # the exit code that says: try again another time (EX_TEMPFAIL)
FILES = "{files}"
_PLACE = re.compile(r"\{(\w+)\}")
KNOWN = ("address", "unit", "title", "text", "folder", "files", "key")


def way(settings: Settings) -> Command:
    """The command of some settings; raises :class:`ConfigError` for a place that nothing can fill."""
    needed(settings, {"command": '["/opt/oa/fasong", "--to", "{address}", "{files}"]'})
    for part in settings.command:
        for name in _PLACE.findall(part):
            if name not in KNOWN or (name == "files" and part != FILES):
                what = "{files} 应单独作为一项" if name == "files" else f"没有 {{{name}}}"
                raise ConfigError(
                    f"command 中{what}。",
                    where=f"{settings.where} command",
                    advice=f"可用的有 {'、'.join('{' + one + '}' for one in KNOWN)}。",
                )
    return Command(settings)


@dataclass(frozen=True)
class Command:
    """A program that is run once for each letter, with the files in a folder that goes when it has ended."""

    settings: Settings
    repeatable: bool = False
    limit: int | None = None

    def fault(self, address: str) -> str:
        """What is wrong with an address, or nothing: an argument must not look like an option."""
        return "不能以“-”开头，不能有控制字符" if address.startswith("-") or address != line(address) else ""

    @contextmanager
    def open(self) -> Iterator[Hand]:
        """There is nothing to open."""
        yield self._hand

    def _hand(self, letter: Handed, taken: Callable[[], None], now: datetime) -> str:
        program = self.settings.command[0]
        try:
            with scratch.folder() as folder:
                paths = []
                for number, file in enumerate(letter.files, 1):
                    path = folder / file_name(file.name)
                    path = path.with_stem(f"{path.stem}（{number}）") if path.exists() else path
                    path.write_bytes(file.data)
                    paths.append(str(path))
                values = {
                    "address": letter.address, "unit": line(letter.name).lstrip("-"), "key": letter.key,
                    "title": line(letter.subject).lstrip("-"), "text": letter.text.lstrip("-"), "folder": str(folder),
                }  # fmt: skip
                words: list[str] = []
                for part in self.settings.command:
                    filled = _PLACE.sub(lambda found: values.get(found[1], ""), part)
                    words += paths if part == FILES else [filled]
                taken()
                done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
                    words,
                    cwd=self.settings.place,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=self.settings.timeout,
                    check=False,
                )
        except subprocess.TimeoutExpired as error:
            raise Unclear(f"程序 {program} {self.settings.timeout}秒没有结束，已停止") from error
        except OSError as error:
            raise Down(f"程序 {program} 无法运行：{os_reason(error)}", "请核对 command 的第一项。") from error
        if done.returncode == 0:
            return f"程序 {program} 已完成"
        told = line(system.decoded(done.stderr or done.stdout))[-200:]
        what = f"程序 {program} 的退出码为{done.returncode}" + (f"：{told}" if told else "")
        if done.returncode == LATER:
            raise Later(what)
        if done.returncode < 0:
            raise Unclear(f"程序 {program} 被信号{-done.returncode}结束")
        raise Refused(what)
