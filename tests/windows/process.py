"""Starts Python in a process as Windows would have it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FANDOL = Path("/usr/local/share/fonts/fandol")
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
OWN_FONTS = "AppData/Local/Microsoft/Windows/Fonts"  # of an account of Windows, in its profile
DRIVE = HERE / "drive.py"


def make_profile(home: Path) -> Path:
    """The profile of an account of Windows, with fonts of its own; Windows's folder of fonts is not there."""
    fonts = home / OWN_FONTS
    fonts.mkdir(parents=True)
    for file in (*FANDOL.glob("*.otf"), NOTO):
        (fonts / file.name).symlink_to(file)
    return home


def on_windows(home: Path, *words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Python with some arguments, as an account with that profile."""
    environment = {
        "PYTHONPATH": f"{HERE}{os.pathsep}{ROOT}",
        "PYTHONWARNDEFAULTENCODING": "1",
        "HOME": str(home), "LOCALAPPDATA": str(home / "AppData/Local"), "USERNAME": "王五",
        "PATH": str(home),  # no tools of Unix
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *map(str, words)], input=given, env=environment, encoding="utf-8", capture_output=True,
        check=False,
    )  # fmt: skip
