"""A bundle is made, carried into a bare Debian without network, and installed there: no Pango, no font, no pip."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

sys.path.insert(0, str(Path(__file__).parents[2]))
from bundle import make

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[2]
MACHINE = platform.machine()
PYTHON = "3.11"  # of Debian 12
ENTER = 'mount --rbind /dev "$0/dev"; exec chroot "$0" /bin/sh -euc "$1"'


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Iterator[Path]:
    """The root of a Debian that has Python and hardly anything else, with the unpacked bundle in ``/bundle``."""
    top = tmp_path_factory.mktemp("bare")
    here = make.Debian("bookworm", subprocess.check_output(["dpkg", "--print-architecture"], encoding="ascii").strip())
    make.debs(top, here, ["python3", "dash", "coreutils", "findutils", "libstdc++6"], without=())
    root = top / "tree"
    for name in ("dev", "root", "tmp"):
        (root / name).mkdir(exist_ok=True)
    command = [sys.executable, str(ROOT / "bundle/make.py"), f"linux-{MACHINE}", "--pythons", PYTHON, "--to", str(top)]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\t")[0]
    with tarfile.open(made) as archive:
        archive.extractall(root, filter="tar")
    next(root.glob("tongbao-*")).rename(root / "bundle")
    yield root
    shutil.rmtree(top)


def inside(root: Path, script: str) -> str:
    """What a script says inside, in namespaces of its own: there is no network but the loopback, which is down."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "sh", "-c", ENTER, str(root), script],
        env=environment, encoding="utf-8", capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installed_and_works_without_network(bare):
    assert inside(bare, "python3 -c 'import socket; print([name for _, name in socket.if_nameindex()])'") == "['lo']\n"
    assert inside(bare, "ls /usr/lib/*/libpango* /usr/share/fonts /etc/fonts /usr/bin/pip* 2>/dev/null || true") == ""
    told = inside(bare, "sh /bundle/install.sh")
    assert "已安装 tongbao" in told and "HarfBuzz 字体子集化：有" in told
    assert inside(bare, "cd /root; tongbao --version").startswith("tongbao ")
    inside(
        bare,
        "tongbao demo /root/court --office court --cases 2000 -q; tongbao run -w /root/court --period 2026Q3 --kinds general -q",
    )
    pdf = PdfReader(bare / "root/court/out/2026Q3/2026Q3-general.pdf")
    fonts = {name for page in pdf.pages for name in _fonts(page)}
    assert {"FandolFang", "FandolHei", "FandolSong"} <= {name.partition("-")[0] for name in fonts}

    # The libraries for older systems make the page too, if slower.
    taken = "rm -r /opt/tongbao/app/share/tongbao/libraries; cp -a /bundle/libraries/2-* /opt/tongbao/app/share/tongbao/libraries"
    assert "Pango 1.46" in inside(
        bare, f"{taken}; tongbao doctor; tongbao render /root/court/out/2026Q3/2026Q3-general.md --to pdf"
    )

    # Updated, and removed: the workspace is as it was.
    before = inside(bare, "cd /root/court; find . -type f | sort | xargs sha256sum")
    assert "原来是" in inside(bare, "sh /bundle/install.sh")
    assert "工作目录没有改动" in inside(bare, "python3 /opt/tongbao/installer.py --remove")
    assert inside(bare, "ls -d /opt/tongbao /usr/local/bin/tongbao 2>/dev/null || true") == ""
    assert inside(bare, "cd /root/court; find . -type f | sort | xargs sha256sum") == before


def _fonts(page) -> Iterator[str]:
    for font in page["/Resources"].get("/Font", {}).values():
        yield str(font.get_object()["/BaseFont"]).rpartition("+")[2]
