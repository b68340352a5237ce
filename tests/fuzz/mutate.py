"""Inputs that were once right, spoilt in the ways in which files are spoilt: bytes, cells, headings, endings."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from sources import every_file, rows_by_hand, typed, write_ods, write_parquet, write_xls, write_xlsx

BAD_CELLS: tuple[str, ...] = (
    "", " ", "\0", "\ufeff", "\u3000", '"', '""', "'", ",", "，", "\n", "\r", "\r\n", "a\nb", "\t", ";", "|", "\\",
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "#DIV/0!", "NULL", "nan", "None", "inf", "-inf", "1e309",
    "0", "-0", "1.0", "1,234.56", "１２３", "九百", "99999999999999999999", "-9223372036854775809", "0x10", "1e-400",
    "1900-01-01", "1900-01-02", "2030-01-01", "9999-12-31", "0000-00-00", "2025-02-29", "2025-02-30", "2025-13-01",
    "20250701", "2025/7/1", "2025.7.1", "2025年7月1日", "2025-07-01 24:00:00", "2025-07-01T10:00:00Z", "01/07/2025",
    "5877642-06-25", "-4713-11-24", "45839", "昨天", "（2025）辽0102民初1号", "(2025)辽0102民初1号之一", "（2025）号",
    "（9999）辽0102民初99999999999999999999号", "（2014）民一终字第174号", "（2025）辽0102民初1-999999号", "辽0102",
    "辽" * 40, "法院", "天枢市城东区人民法院", "𠮷" * 5, "é\u0301", "\u202e反", "\U0010ffff", "\x1f", "\x7f", "%s%n{}$",
    "'; DROP TABLE raw; --", "_line", "file_row_number", "案号", "A" * 70_000, '"' * 999, "民" * 300_000,
)  # fmt: skip
KINDS = ("csv", "gb18030", "xlsx", "xls", "ods", "parquet")
WRITERS: dict[str, Callable[[Path, list[list[object]]], Path]] = {
    "xlsx": lambda path, rows: write_xlsx(path, {"案件": rows}),
    "xls": write_xls,
    "ods": write_ods,
    "parquet": write_parquet,
}
SUFFIXES = {"gb18030": "csv"}


class Mutator:
    """Makes one spoilt file after another of a table, each from its own seed, so that any can be made again."""

    def __init__(self, folder: Path, rows: Sequence[Sequence[str]] | None = None) -> None:
        self.folder, self.rows = folder, rows_by_hand() if rows is None else rows
        (folder / "good").mkdir(exist_ok=True)
        self.good = {kind: path.read_bytes() for kind, path in every_file(folder / "good", self.rows).items()}

    def make(self, seed: int) -> tuple[str, Path]:
        """(what was done, the file)."""
        chance = random.Random(seed)
        kind = KINDS[seed % len(KINDS)]
        path = self.folder / f"f.{SUFFIXES.get(kind, kind)}"
        packed = kind not in ("csv", "gb18030")  # nearly any wrong byte makes these unreadable as a whole
        if chance.random() < (0.25 if packed else 0.5):
            data = bytearray(self.good[kind])
            done = [self._bytes(data, chance) for _ in range(chance.choice((1, 1, 1, 2, 5, 20)))]
            path.write_bytes(data)
        else:
            rows: list[list[str]] = [list(row) for row in self.rows]
            done = [self._cells(rows, chance) for _ in range(chance.choice((1, 1, 2, 3, 8)))]
            self._write(path, kind, rows, chance)
        return f"{seed} {kind} {' '.join(done)}", path

    def _bytes(self, data: bytearray, chance: random.Random) -> str:
        if not data:
            return "empty"
        at = chance.randrange(len(data))
        size = chance.choice((1, 1, 2, 8, 64, 512))
        done = chance.choice(("flip", "set", "insert", "delete", "truncate", "repeat", "nul", "quote", "swap"))
        if done == "flip":
            data[at] ^= 1 << chance.randrange(8)
        elif done == "set":
            data[at : at + size] = chance.randbytes(size)
        elif done == "insert":
            data[at:at] = chance.randbytes(size)
        elif done == "delete":
            del data[at : at + size]
        elif done == "truncate":
            del data[at:]
        elif done == "repeat":
            data[at:at] = data[at : at + size] * chance.choice((1, 3, 100))
        elif done == "nul":
            data[at : at + size] = bytes(size)
        elif done == "quote":
            data[at:at] = chance.choice((b'"', b"'", b"\r", b"\n", b",", b"\xef\xbb\xbf", b"\xff\xfe"))
        else:
            other = chance.randrange(len(data))
            data[at], data[other] = data[other], data[at]
        return done

    def _cells(self, rows: list[list[str]], chance: random.Random) -> str:
        row = chance.randrange(len(rows))
        bad = chance.choice(BAD_CELLS)
        done = chance.choice(("cell", "cell", "cell", "header", "column", "drop", "twice", "short", "long", "empty"))
        if done == "cell" and rows[row]:
            rows[row][chance.randrange(len(rows[row]))] = bad
        elif done == "header" and rows[0]:
            rows[0][chance.randrange(len(rows[0]))] = bad
        elif done == "column" and rows[0]:
            place = chance.randrange(len(rows[0]))
            for other in rows[1:]:
                if place < len(other):
                    other[place] = bad
        elif done == "drop" and rows[0]:
            place = chance.randrange(len(rows[0]))
            for other in rows:
                del other[place : place + 1]
        elif done == "twice":
            rows[row:row] = [list(rows[row])] * chance.choice((1, 5))
        elif done == "short":
            del rows[row][chance.randrange(len(rows[row]) + 1) :]
        elif done == "long":
            rows[row] += [bad] * chance.choice((1, 5))
        elif done == "empty":
            rows[row] = []
        return done

    def _write(self, path: Path, kind: str, rows: list[list[str]], chance: random.Random) -> None:
        if kind in ("csv", "gb18030"):
            out = io.StringIO()
            style = {"delimiter": chance.choice(",,,\t;|"), "lineterminator": chance.choice(("\n", "\r\n", "\r"))}
            csv.writer(out, **style).writerows(rows)
            encoding = "utf-8" if kind == "csv" else "gb18030"
            path.write_bytes(out.getvalue().encode(encoding, "replace"))
            return
        width = max(map(len, rows), default=0)
        square = [row + [""] * (width - len(row)) for row in rows]
        try:
            real: list[list[object]] = typed(square) if chance.random() < 0.5 else [list(row) for row in square]
            WRITERS[kind](path, real)
        except Exception:  # what the writer cannot hold is written as bytes that no longer fit
            path.write_bytes(self.good[kind][: chance.randrange(len(self.good[kind]))])
