"""`make bench-doc`: the tables of docs/performance.md, written from what the last `make bench` measured.

usage: python tests/bench/document.py FOLDER docs/performance.md
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tally import RESULTS, steps_of, summary

BEGIN, END = "<!-- make bench-doc: begin -->", "<!-- make bench-doc: end -->"


def section(found: dict[str, Any]) -> str:
    """What was measured, on what, and under which load."""
    loads = [run["load"] for run in found["runs"]]
    machine = f"{found['cores']} cores, load {min(loads):.1f} to {max(loads):.1f}"
    busy = max(loads) > found["cores"] + 1
    lines = [
        f"Commit `{found['commit']}`, {found['day']}; {machine}"
        + (" (others were at work: the CPU seconds hold some of the cost of that, the ratios less)." if busy else "."),
        "",
        f"Ours: {found['ours']}. Peers: {found['peers']}.",
        "",
        *summary(found),
        "",
        "CPU seconds of the steps of ours, one run each; what follows a statement until the next counts with it:",
        "",
        *steps_of(found),
    ]
    return "\n".join(lines)


def written(text: str, found: dict[str, Any]) -> str:
    """The document with the new section in the place of the old one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"the document has no place for the tables: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{section(found)}\n{END}{after}"


if __name__ == "__main__":
    results, document = Path(sys.argv[1]) / RESULTS, Path(sys.argv[2])
    document.write_text(written(document.read_text("utf-8"), json.loads(results.read_text("utf-8"))), "utf-8")
