"""Make one archive that installs tongbao without a network: ``python bundle/make.py linux-x86_64 --to dist``.

It holds wheels (by the hashes of the lock file), fonts with their licences, the libraries of the layout engine, and the
installer. Packages come from where ``pip`` and ``apt`` of this machine get them. What is in it, and the hash of every
file, stands in its ``bundle.json``. Needs a Debian or Ubuntu with network, on any kind of machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

sys.path.insert(0, str(Path(__file__).parents[1]))
from bundle.lock import Pin, closure, needed, pins
from reports import __version__

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
PIP = "26.1"  # installs from its own wheel, so that a Python without pip will do
WINDOWS_LIBRARIES = "gstreamer-libs==1.28.8"  # holds Pango, HarfBuzz, fontconfig and GLib as DLLs
WINDOWS_RUNTIME = "gstreamer-msvc-runtime==1.28.2"  # Microsoft's C++ runtime, which Windows need not have
WANTED_DLLS = ("gobject-2.0-0", "pango-1.0-0", "pangoft2-1.0-0", "harfbuzz", "harfbuzz-subset", "fontconfig-1")


@dataclass(frozen=True)
class Suite:
    """A release of Debian whose libraries are taken along: its name, and the packages that WeasyPrint loads from."""

    name: str
    packages: tuple[str, ...]


SUITES = (  # tried in this order; the second needs glibc 2.29 and has no library that makes subsets of fonts
    Suite("bookworm", ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
    Suite("bullseye", ("libpango-1.0-0", "libpangoft2-1.0-0")),
)
OF_THE_SYSTEM = ("libc6", "libgcc-s1", "libcrypt1", "gcc-", "debconf", "fonts-", "fontconfig-config", "libc-bin")


@dataclass(frozen=True)
class Platform:
    """A kind of machine: what pip calls it, best first, what the conditions of packages see, and Debian's name."""

    tags: tuple[str, ...]
    conditions: dict[str, str]
    debian: str


def _linux(machine: str, debian: str) -> Platform:
    tags = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
    conditions = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": machine}
    return Platform(tuple(f"{tag}_{machine}" for tag in tags), conditions, debian)


PLATFORMS = {
    "linux-x86_64": _linux("x86_64", "amd64"),
    "linux-aarch64": _linux("aarch64", "arm64"),
    "windows-amd64": Platform(
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
        "",
    ),
}


def main() -> None:
    """Make the archive that is asked for and name it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=PLATFORMS)
    parser.add_argument("--to", type=Path, default=ROOT / "dist")
    parser.add_argument("--pythons", default=",".join(PYTHONS), help="3.11,3.12")
    parser.add_argument("--without-libraries", action="store_true", help="the layout engine's are the system's")
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    name = f"tongbao-{__version__}-{asked.platform}"
    with tempfile.TemporaryDirectory(dir=asked.to) as work:
        top = Path(work) / name
        top.mkdir()
        pythons = asked.pythons.split(",")
        platform = PLATFORMS[asked.platform]
        _wheels(top, platform, pythons)
        _fonts(top)
        if not asked.without_libraries:
            _windows_libraries(top, platform) if asked.platform.startswith("windows") else _libraries(top, platform)
        for file in ("installer.py", "install.sh" if platform.debian else "install.ps1", "LICENSE"):
            shutil.copy2(ROOT / file, top / file)
        (top / "安装说明.md").write_bytes((ROOT / "docs/install.zh-CN.md").read_bytes())
        files = {str(path.relative_to(top).as_posix()): _sha256(path) for path in _files(top)}
        note = {"version": __version__, "platform": asked.platform, "pythons": pythons, "files": files}
        (top / "bundle.json").write_text(json.dumps(note, ensure_ascii=False, indent=1), "utf-8")
        archive = asked.to / f"{name}{'.tar.gz' if platform.debian else '.zip'}"
        _pack(top, archive)
    print(f"{archive}\t{archive.stat().st_size / 1e6:.0f} MB\t{_sha256(archive)}")


def _pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *words], check=True)


def _wheels(top: Path, platform: Platform, pythons: list[str]) -> None:
    """All wheels, each for every Python asked for; what has none for this kind of machine ends it, with its name."""
    wheels = top / "wheels"
    wheels.mkdir()
    _pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(ROOT))
    _pip("download", "--no-deps", "-d", str(wheels), f"pip=={PIP}")
    found = closure(
        pins((ROOT / "requirements.lock").read_text("utf-8")), needed((ROOT / "pyproject.toml").read_text("utf-8"))
    )
    lacking = []
    for python in pythons:
        there = list(_for(found, platform, python))
        if not _downloaded(wheels, there, platform, python):
            lacking += [
                f"{one.name} {one.version} (Python {python})"
                for one in there
                if not _downloaded(wheels, [one], platform, python)
            ]
    if lacking:
        raise SystemExit(f"No wheel for {platform.tags[0]}: {', '.join(lacking)}")
    own = f"tongbao=={__version__} --hash=sha256:{_sha256(next(wheels.glob('tongbao-*.whl')))}"
    lines = [line for one in found for line in one.lines]
    (top / "requirements.txt").write_text("".join(f"{line}\n" for line in (*lines, own)), "utf-8")


def _downloaded(wheels: Path, found: Iterable[Pin], platform: Platform, python: str) -> bool:
    """Whether all of some packages have a wheel there; it is among the others then."""
    with tempfile.TemporaryDirectory() as work:
        wanted = Path(work) / "wanted.txt"
        wanted.write_text("\n".join(line for one in found for line in _unconditional(one)), "utf-8")
        tags = [word for tag in platform.tags for word in ("--platform", tag)]
        try:
            _pip(
                "download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-d", str(wheels),
                "--python-version", python, "--implementation", "cp", *tags, "-r", str(wanted),
            )  # fmt: skip
        except subprocess.CalledProcessError:
            return False
    return True


def _for(found: Iterable[Pin], platform: Platform, python: str) -> Iterator[Pin]:
    """Those whose condition holds there."""
    there = {
        **platform.conditions, "python_version": python, "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython", "implementation_name": "cpython",
    }  # fmt: skip
    return (one for one in found if not one.condition or Marker(one.condition).evaluate(there))


def _unconditional(one: Pin) -> list[str]:
    first = f"{one.name}=={one.version}" + (" \\" if len(one.lines) > 1 else "")
    return [first, *one.lines[1:]]


def _fonts(top: Path) -> None:
    """Fandol for 仿宋, 楷体, 黑体 and 小标宋, Noto for 宋体 and rare characters, with their licences."""
    fonts, licences = top / "fonts", top / "fonts/licences"
    licences.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        debs(Path(work), Debian("bookworm", "amd64"), ["texlive-lang-chinese", "fonts-noto-cjk"], alone=True)
        tree = Path(work) / "tree"
        fandol = tree / "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
        for file in (
            *(fandol / f"Fandol{one}-Regular.otf" for one in ("Fang", "Kai", "Hei", "Song")),
            fandol / "FandolSong-Bold.otf",
        ):
            shutil.copy2(file, fonts / file.name)
        noto = tree / "usr/share/fonts/opentype/noto"
        for name in ("NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc"):
            shutil.copy2(noto / name, fonts / name)
        said = tree / "usr/share/doc/texlive-doc/fonts/fandol"
        (licences / "Fandol-COPYING.txt").write_bytes(gzip.decompress((said / "COPYING.gz").read_bytes()))
        shutil.copy2(said / "README", licences / "Fandol-README.txt")
        shutil.copy2(tree / "usr/share/doc/fonts-noto-cjk/copyright", licences / "Noto-CJK.txt")


@dataclass(frozen=True)
class Debian:
    """A release of Debian and its name for a kind of machine."""

    suite: str
    machine: str


def debs(
    work: Path,
    debian: Debian,
    packages: Iterable[str],
    *,
    alone: bool = False,
    without: tuple[str, ...] = OF_THE_SYSTEM,
) -> list[str]:
    """Unpack packages, and unless they are ``alone`` what they need, into ``work/tree``; returns their names.

    ``without`` are beginnings of names of packages that every system has.
    An apt of its own, beside that of the system: it knows of no package that is installed here.
    """
    state = work / "apt"
    for folder in ("lists/partial", "archives/partial", "preferences.d"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    (state / "sources.list").write_text(_sources(debian.suite), "utf-8")
    config = work / "apt.conf"
    config.write_text(
        f'APT::Architecture "{debian.machine}";\nAPT::Architectures {{ "{debian.machine}"; }};\nDir::State "{state}";\n'
        f'Dir::State::status "{state}/status";\nDir::Cache "{state}";\nDir::Etc::sourcelist "{state}/sources.list";\n'
        f'Dir::Etc::sourceparts "-";\nDir::Etc::preferencesparts "{state}/preferences.d";\nAPT::Sandbox::User "root";\n'
        'APT::Install-Recommends "false";\nDebug::NoLocking "true";\nAcquire::Languages "none";\n',
        "utf-8",
    )

    def apt(*words: str) -> None:
        environment = {"APT_CONFIG": str(config), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        subprocess.run(["apt-get", "-qq", *words], env=environment, cwd=state / "archives", check=True)

    apt("update")
    if alone:
        apt("download", *packages)
    else:
        apt("-y", "--download-only", "install", *packages)
    tree, names = work / "tree", []
    tree.mkdir()
    for deb in sorted((state / "archives").glob("*.deb")):
        name = deb.name.partition("_")[0]
        if alone or not name.startswith(without):
            subprocess.run(["dpkg-deb", "-x", str(deb), str(tree)], check=True)
            names.append(deb.name.removesuffix(".deb"))
    return names


def _sources(suite: str) -> str:
    """Where this machine's apt gets Debian from, for a release of it."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout.split()  # fmt: skip
    place = next(line for line in told if line.rstrip("/").endswith("/debian"))
    return f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {place} {suite} main\n"


def _libraries(top: Path, platform: Platform) -> None:
    """The libraries of each release, under the names by which they ask for one another."""
    for number, suite in enumerate(SUITES, 1):
        into = top / "libraries" / f"{number}-{suite.name}"
        (into / "licences").mkdir(parents=True)
        with tempfile.TemporaryDirectory() as work:
            names = debs(Path(work), Debian(suite.name, platform.debian), suite.packages)
            tree = Path(work) / "tree"
            for path in sorted((*tree.glob("usr/lib/*/lib*.so.*"), *tree.glob("lib/*/lib*.so.*"))):
                if not path.is_symlink():
                    shutil.copy2(path, into / path.name)
            _licences(tree, into)
        (into / "licences" / "packages.txt").write_text("\n".join(names) + "\n", "utf-8")


def _licences(tree: Path, into: Path) -> None:
    for said in tree.glob("usr/share/doc/*/copyright"):
        if not said.is_symlink():
            shutil.copy2(said, into / "licences" / f"{said.parent.name}.txt")


def _windows_libraries(top: Path, platform: Platform) -> None:
    """The DLLs that WeasyPrint loads, and those that they ask for, out of a package of wheels."""
    into = top / "libraries" / "1-dll"
    (into / "licences").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        for one in (WINDOWS_LIBRARIES, WINDOWS_RUNTIME):
            tags = ("--platform", platform.tags[0], "--python-version", PYTHONS[0], "--only-binary", ":all:")
            _pip("download", "--no-deps", "-d", work, *tags, one)
        known: dict[str, bytes] = {}
        for wheel in Path(work).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if name.lower().endswith(".dll"):
                        known.setdefault(name.rpartition("/")[2].lower(), archive.read(name))
                    if name.endswith("/METADATA"):
                        (into / "licences" / f"{wheel.name.partition('-')[0]}.txt").write_bytes(archive.read(name))
        left, taken = [f"{name}.dll" for name in WANTED_DLLS], dict[str, bytes]()
        while left:
            name = left.pop()
            if name in known and name not in taken:
                taken[name] = known[name]
                left += imports(known[name])
        for name, data in taken.items():
            (into / name).write_bytes(data)
        lacking = {f"{name}.dll" for name in WANTED_DLLS} - set(taken)
        if lacking:
            raise SystemExit(f"No DLL: {', '.join(sorted(lacking))}")
        # The wheels name the licences without their texts; Debian keeps those of the same libraries.
        debs(Path(work), Debian(SUITES[0].name, "amd64"), SUITES[0].packages)
        _licences(Path(work) / "tree", into)


def imports(dll: bytes) -> list[str]:
    """The names of the DLLs that a DLL of 64 bits asks for, in small letters (Microsoft, PE Format)."""
    header = struct.unpack_from("<I", dll, 0x3C)[0]
    sections, size = struct.unpack_from("<H12xH", dll, header + 6)
    optional = header + 24
    if dll[header : header + 4] != b"PE\0\0" or struct.unpack_from("<H", dll, optional)[0] != 0x20B:
        raise ValueError("no PE32+")
    table = [struct.unpack_from("<8x4I", dll, optional + size + 40 * number) for number in range(sections)]

    def at(address: int) -> int:
        return next(
            raw + address - start for span, start, length, raw in table if start <= address < start + max(span, length)
        )

    found = []
    for directory, width, place in ((1, 20, 12), (13, 32, 4)):
        address = struct.unpack_from("<I", dll, optional + 112 + 8 * directory)[0]
        entry = at(address) if address else 0
        while address and (name := struct.unpack_from("<I", dll, entry + place)[0]):
            start = at(name)
            found.append(dll[start : dll.index(b"\0", start)].decode("ascii").lower())
            entry += width
    return found


def _files(top: Path) -> list[Path]:
    return sorted(path for path in top.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(top: Path, archive: Path) -> None:
    part = archive.with_name(f"{archive.name}.part")
    if archive.suffix == ".zip":
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as out:
            for path in _files(top):
                out.write(path, path.relative_to(top.parent))
    else:
        with tarfile.open(part, "w:gz", compresslevel=6) as out:
            out.add(top, top.name, filter=_owned_by_nobody)
    part.replace(archive)


def _owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    main()
