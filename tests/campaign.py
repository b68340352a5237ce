"""`make campaign`: runs killed at random effects and spoilt inputs by the thousand, in pieces that need not be done again.

usage: python tests/campaign.py FOLDER [--kills N] [--inputs N] [--runs N] [--seed N] [--document docs/reliability.md]

Each piece is a process of its own, and what came of it a line of ``FOLDER/results.jsonl``: a campaign that was stopped
goes on where it stood, as long as the commit is the same. A piece that failed keeps its folder, is named with the command
that does it again, and the campaign ends with code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from killing import DELIVERIES, SCENARIOS

HERE = Path(__file__).parent
BEGIN, END = "<!-- make campaign: begin -->", "<!-- make campaign: end -->"
WAYS = {"kill": 12, "read": 500, "run": 25}  # what is done → how much of it in a piece
TITLES = {
    "kill": "runs and deliveries killed at a random effect",
    "read": "spoilt inputs, read",
    "run": "spoilt inputs, through a whole run",
}


@dataclass(frozen=True)
class Piece:
    """``count`` kills of one scenario, or ``count`` spoilt inputs from seed ``start`` on."""

    way: str
    scenario: str
    start: int
    count: int

    def command(self, folder: Path) -> list[str]:
        if self.way == "kill":
            return [str(HERE / "killing.py"), str(folder), self.scenario, str(self.count), str(self.start)]
        return [str(HERE / "fuzz" / "spoiling.py"), self.way, str(folder), str(self.start), str(self.count)]


def pieces(kills: int, inputs: int, runs: int, seed: int) -> Iterator[Piece]:
    """The campaign: the kills shared among the scenarios, then the inputs."""
    names = [*SCENARIOS, *DELIVERIES]
    for place, name in enumerate(names):
        share = kills // len(names) + (place < kills % len(names))
        for done in range(0, share, WAYS["kill"]):
            yield Piece("kill", name, seed + done, min(WAYS["kill"], share - done))
    for way, total in (("read", inputs - runs), ("run", runs)):
        for done in range(0, total, WAYS[way]):
            yield Piece(way, "", seed + done, min(WAYS[way], total - done))


def carried_out(piece: Piece, folder: Path) -> dict[str, object]:
    """What came of a piece: its counts, or what it said when it failed."""
    place = folder / f"{piece.way}-{piece.scenario}-{piece.start}"
    shutil.rmtree(place, ignore_errors=True)
    command = [sys.executable, *piece.command(place)]
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}", "TONGBAO_CACHE": str(place / "cache")}
    begun = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    told: dict[str, object] = {**asdict(piece), "seconds": round(time.monotonic() - begun, 1)}
    if done.returncode:
        return told | {"failed": done.stderr[-4000:], "again": " ".join(command)}
    shutil.rmtree(place)
    return told | {"came": json.loads(done.stdout.splitlines()[-1])}


def table(results: list[dict]) -> list[str]:
    """One row a way, in Markdown: how many, what came of them, what failed, CPU of the machine left out."""
    lines = ["| what | count | came to | failed | minutes of one process |", "|---|--:|---|--:|--:|"]
    for way, title in TITLES.items():
        mine = [one for one in results if one["way"] == way]
        came = Counter[str]()
        for one in mine:
            came.update({name: n for name, n in one.get("came", {}).items() if name not in ("effects", "points")})
        count = sum(one["count"] for one in mine)
        failed = sum("failed" in one for one in mine)
        words = ", ".join(f"{name} {n:,}" for name, n in sorted(came.items()))
        lines.append(f"| {title} | {count:,} | {words} | {failed} | {sum(o['seconds'] for o in mine) / 60:.0f} |")
    return lines


def written(text: str, lines: list[str]) -> str:
    """The document with the new table in the place of the old one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the document has no place for the table: {BEGIN} … {END}")
    return "\n".join([before + BEGIN, *lines, END]) + after


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for name, usual in (("kills", 500), ("inputs", 10_000), ("runs", 300), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--document", type=Path)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    git = ("git", "-C", str(HERE), "rev-parse", "--short=12", "HEAD")
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    path = asked.folder / "results.jsonl"
    known = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    campaign = [*pieces(asked.kills, asked.inputs, asked.runs, asked.seed)]
    done = {
        Piece(one["way"], one["scenario"], one["start"], one["count"]): one
        for one in known
        if one["commit"] == commit and "came" in one
    }
    left = [piece for piece in campaign if piece not in done]
    print(f"Commit {commit}: {len(campaign)} pieces, {len(campaign) - len(left)} of them done before.", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool, path.open("a", encoding="utf-8") as kept:
        for piece, told in zip(left, pool.map(lambda piece: carried_out(piece, asked.folder), left), strict=True):
            done[piece] = told | {"commit": commit}
            kept.write(json.dumps(done[piece], ensure_ascii=False) + "\n")
            kept.flush()
            print(f"{piece.way} {piece.scenario} {piece.start}: {told.get('came') or told['failed']}", flush=True)
    results = [done[piece] for piece in campaign]
    lines = [f"Commit `{commit}`, {date.today()}; {os.cpu_count()} cores, seed {asked.seed}.", "", *table(results)]
    print("\n".join(lines))
    if asked.document:
        asked.document.write_text(written(asked.document.read_text("utf-8"), lines), "utf-8")
    failed = [one for one in results if "failed" in one]
    for one in failed:
        print(f"Failed; to see it again: {one['again']}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
