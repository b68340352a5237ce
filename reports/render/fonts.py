"""The five typefaces of an official document, found through a private fontconfig file.

GB/T 9704-2012 names 仿宋, 楷体, 黑体, 小标宋 and 宋体, which come under many family names. A fontconfig
file of our own gives each role one alias with a list of preferences, so that the style sheet knows
one name a role and rare characters fall back within the same style. Nothing is embedded or copied.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from xml.sax.saxutils import escape

from reports import scratch, system
from reports.cells import GETA
from reports.errors import EnvironmentMissing

PREFERENCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "GW FangSong": (
            "仿宋_GB2312",
            "FangSong_GB2312",
            "方正仿宋_GBK",
            "仿宋",
            "FangSong",
            "FZFangSong-Z02",
            "方正仿宋简体",
            "FZFangSong-Z02S",
            "STFangsong",
            "FandolFang",
            "Noto Serif CJK SC",
        ),
        "GW KaiTi": (
            "楷体_GB2312",
            "KaiTi_GB2312",
            "方正楷体_GBK",
            "楷体",
            "KaiTi",
            "FZKai-Z03",
            "方正楷体简体",
            "FZKai-Z03S",
            "STKaiti",
            "FandolKai",
            "AR PL UKai CN",
            "Noto Serif CJK SC",
        ),
        "GW HeiTi": (
            "黑体",
            "SimHei",
            "方正黑体_GBK",
            "STHeiti",
            "FZHei-B01",
            "方正黑体简体",
            "FZHei-B01S",
            "FandolHei",
            "Noto Sans CJK SC",
        ),
        "GW XiaoBiaoSong": (
            "方正小标宋简体",
            "方正小标宋_GBK",
            "FZXiaoBiaoSong-B05S",
            "FZXiaoBiaoSong-B05",
            "FandolSong",
            "Noto Serif CJK SC",
        ),
        "GW SongTi": (
            "宋体",
            "SimSun",
            "方正书宋_GBK",
            "STSong",
            "NSimSun",
            "FZShuSong-Z01",
            "方正书宋简体",
            "FZShuSong-Z01S",
            "Noto Serif CJK SC",
            "FandolSong",
        ),
    }
)
"""Role → family names, best first (GB/T 9704-2012, 5.2.2 and chapter 7 name the styles)."""

_BOLD: Final = frozenset({"GW XiaoBiaoSong"})  # its free stand-ins are the bold cuts of a 宋体
STYLES: Final = {
    "GW FangSong": "仿宋",
    "GW KaiTi": "楷体",
    "GW HeiTi": "黑体",
    "GW XiaoBiaoSong": "小标宋",
    "GW SongTi": "宋体",
}
"""Role → the style of type as the standard calls it."""
ALIASES: Final = {style: alias for alias, style in STYLES.items()}
_FILE_PREFIX: Final = "tongbao-fonts-"


@dataclass(frozen=True, slots=True)
class Role:
    """Which installed font serves one role: ``alias`` in the style sheet, ``name`` in the standard."""

    alias: str
    name: str
    family: str
    file: str
    preferred: bool  # False: the family was not on the list at all, only the system's fallback


@dataclass(frozen=True, slots=True)
class LayoutEngine:
    """What the layout engine found: library versions for the run log and ``doctor``."""

    weasyprint: str
    pango: str
    harfbuzz_subset: bool  # False: font subsetting falls back to fontTools and is many times slower


@dataclass(frozen=True, slots=True)
class _Face:
    """Metrics of one font file, in its own units."""

    codepoints: frozenset[int]
    units: int
    ascent: int
    descent: int
    ink: Callable[[str], tuple[int, int]]  # text → lowest and highest ink of its glyphs, in units


def prepare() -> None:
    """Write our fontconfig file and point ``FONTCONFIG_FILE`` to it. Call before importing weasyprint.

    The file is named after its content, so concurrent runs may write it at the same time.
    """
    text = _configuration()
    folder = _cache_folder()
    file = folder / f"{_FILE_PREFIX}{hashlib.sha256(text.encode()).hexdigest()[:12]}.conf"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        with scratch.folder(folder) as work:
            (work / file.name).write_text(text, encoding="utf-8")
            (work / file.name).replace(file)
    os.environ["FONTCONFIG_FILE"] = str(file)


@cache
def _cache_folder() -> Path:
    try:
        folder = system.cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass  # a cron user without a home: use a folder of this process
    work = scratch.make()
    atexit.register(work.remove)
    return work.path


@cache
def _configuration() -> str:
    """The fontconfig file: the system's own, folders of fonts beside it, and one alias for each role.

    Where the system has none (Windows, a bare machine) its folders of fonts stand in it themselves, with a place for
    what fontconfig has found there.
    """
    named = os.environ.get("FONTCONFIG_FILE", "")
    # A file the user has chosen is the whole of the system's configuration for us; our own, inherited from a
    # parent process, is not.
    chosen = named and not Path(named).name.startswith(_FILE_PREFIX)
    includes = (named,) if chosen else system.font_configurations()
    folders = [path for path in (*system.TEX_FONTS, str(system.INSTALLED / "fonts")) if Path(path).is_dir()]
    bare = not any(Path(path).is_file() for path in includes)
    lines = [
        '<?xml version="1.0"?>',
        '<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">',
        "<fontconfig>",
        *(f'  <include ignore_missing="yes">{escape(path)}</include>' for path in includes),
        *(f"  <dir>{escape(path)}</dir>" for path in (*(system.font_folders() if bare else ()), *folders)),
        *([f"  <cachedir>{escape(str(_cache_folder() / 'fontconfig'))}</cachedir>"] if bare else ()),
    ]
    for alias, families in PREFERENCES.items():
        lines.append(f'  <alias binding="same"><family>{alias}</family><prefer>')
        lines.extend(f"    <family>{escape(family)}</family>" for family in families)
        lines.append("  </prefer></alias>")
    for families in PREFERENCES.values():
        # A document that names one of these fonts, and is opened where it is missing, keeps the style of type.
        lines.extend(
            f'  <alias binding="same"><family>{escape(family)}</family><accept>'
            + "".join(f"<family>{escape(other)}</family>" for other in families if other != family)
            + "</accept></alias>"
            for family in families[:4]
        )
    # 小标宋 itself is a heavy cut of regular weight; those that stand in for it are the bold cuts of a 宋体.
    lines.extend(
        f'  <match target="pattern"><test name="family"><string>{escape(family)}</string></test>'
        '<edit name="weight" mode="assign" binding="strong"><const>bold</const></edit></match>'
        for alias in sorted(_BOLD)
        for family in PREFERENCES[alias][:4]
    )
    # The real 小标宋 is a single heavy cut: never let the system thicken it again.
    lines.append('  <match target="font"><test name="family" compare="contains"><string>小标宋</string></test>')
    lines.append('    <edit name="embolden" mode="assign"><bool>false</bool></edit></match>')
    lines.append("</fontconfig>")
    return "\n".join(lines) + "\n"


@cache
def inventory() -> str:
    """All fonts that fontconfig knows, with their versions, and Pango's: what a page depends on beside its text.

    Where its tools are not there (Windows) the libraries are asked, which takes their loading.
    """
    prepare()
    if not shutil.which("fc-list"):
        load_weasyprint()
        from weasyprint.text.ffi import pango  # noqa: PLC0415

        return "\n".join([str(pango.pango_version()), *sorted("|".join(map(str, one)) for one in _fonts())])
    system.find_libraries()
    try:
        listed = subprocess.run(
            ["fc-list", "--format", "%{file}|%{fontversion}|%{family}|%{style}\n"],  # noqa: S607
            capture_output=True, encoding="utf-8", check=True,
        ).stdout  # fmt: skip
        pango = ctypes.CDLL("libpango-1.0.so.0").pango_version()
    except (OSError, subprocess.SubprocessError, AttributeError):
        return secrets.token_hex()  # unknown: then no earlier page is known to be the same
    return "\n".join([str(pango), *sorted(listed.splitlines())])


def load_weasyprint() -> Any:
    """Import and return weasyprint with our fontconfig file in force.

    Raises :class:`~reports.errors.EnvironmentMissing` when its system libraries cannot be loaded.
    """
    prepare()
    system.find_libraries()
    try:
        import weasyprint  # noqa: PLC0415  (must follow prepare)
    except (ImportError, OSError) as error:
        raise EnvironmentMissing(
            f"排版引擎无法加载：{str(error).splitlines()[0]}", advice=system.LIBRARIES_ADVICE
        ) from error
    return weasyprint


@cache
def engine() -> LayoutEngine:
    """Versions of weasyprint and Pango, and whether HarfBuzz's subset library is there."""
    weasyprint = load_weasyprint()
    from weasyprint.text import ffi  # noqa: PLC0415

    number = int(ffi.pango.pango_version())
    return LayoutEngine(
        weasyprint=str(weasyprint.__version__),
        pango=f"{number // 10000}.{number // 100 % 100}.{number % 100}",
        harfbuzz_subset=ffi.harfbuzz_subset is not None,
    )


@cache
def roles() -> tuple[Role, ...]:
    """Which file and family serves each role, in the order of :data:`PREFERENCES`.

    Raises :class:`~reports.errors.EnvironmentMissing` when a role has no font with Chinese characters:
    otherwise fontconfig would silently give a Latin font and the page would be empty boxes.
    """
    found = []
    for alias, (file, family) in _matches().items():
        role = Role(alias, STYLES[alias], family, file, _listed(family, PREFERENCES[alias]))
        if not file or not {ord(char) for char in "国审通"} <= _face(file, family).codepoints:
            raise EnvironmentMissing(f"没有可用于“{role.name}”的中文字体", advice=system.FONTS_ADVICE)
        found.append(role)
    return tuple(found)


def _listed(family: str, names: Iterable[str]) -> bool:
    return any(family.casefold() == name.casefold() for name in names)


@cache
def _matches() -> dict[str, tuple[str, str]]:
    """Role alias → (file, family) by fontconfig's own matching, through weasyprint's bindings."""
    load_weasyprint()
    from weasyprint.text.ffi import ffi, fontconfig  # noqa: PLC0415

    config = ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    answers = {}
    for alias, families in PREFERENCES.items():
        pattern = ffi.gc(fontconfig.FcPatternCreate(), fontconfig.FcPatternDestroy)
        fontconfig.FcPatternAddString(pattern, b"family", alias.encode())
        fontconfig.FcPatternAddString(pattern, b"lang", b"zh-cn")
        fontconfig.FcPatternAddString(pattern, b"style", b"Bold" if alias in _BOLD else b"Regular")
        fontconfig.FcConfigSubstitute(config, pattern, fontconfig.FcMatchPattern)
        fontconfig.FcDefaultSubstitute(pattern)
        match = fontconfig.FcFontMatch(config, pattern, ffi.new("FcResult *"))
        if match == ffi.NULL:
            answers[alias] = ("", "")
            continue
        names = [name for index in range(8) if (name := _told(match, b"family", index))]
        family = next((name for name in names if _listed(name, families)), names[0] if names else "")
        answers[alias] = (_told(match, b"file"), family)
        fontconfig.FcPatternDestroy(match)
    return answers


@cache
def _fonts() -> tuple[tuple[str, str, str, str], ...]:
    """(file, family, style, when it last changed) of each font that fontconfig knows, by weasyprint's bindings."""
    load_weasyprint()
    from weasyprint.text.ffi import ffi, fontconfig  # noqa: PLC0415

    config = ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    found = []
    for number in (0, 1):  # FcSetSystem, FcSetApplication
        fonts = fontconfig.FcConfigGetFonts(config, number)
        for place in range(fonts.nfont if fonts != ffi.NULL else 0):
            file, family, style = (_told(fonts.fonts[place], name) for name in (b"file", b"family", b"style"))
            found.append((file, family, style, str(Path(file).stat().st_mtime_ns) if Path(file).is_file() else ""))
    return tuple(found)


def _told(pattern: Any, name: bytes, index: int = 0) -> str:
    """What a pattern of fontconfig says of a property; nothing where it says nothing."""
    from weasyprint.text.ffi import ffi, fontconfig  # noqa: PLC0415

    text = ffi.new("FcChar8 **")
    if fontconfig.FcPatternGetString(pattern, name, index, text) != fontconfig.FcResultMatch:
        return ""
    return str(ffi.string(text[0]).decode("utf-8", "replace"))


@cache
def _face(file: str, family: str) -> _Face:
    from fontTools.pens.boundsPen import BoundsPen  # noqa: PLC0415  (only needed when a page is made)
    from fontTools.ttLib import TTCollection, TTFont  # noqa: PLC0415

    if Path(file).suffix.lower() in {".ttc", ".otc"}:
        fonts = TTCollection(file, lazy=True).fonts
        font = next((font for font in fonts if font["name"].getBestFamilyName() == family), fonts[0])
    else:
        font = TTFont(file, lazy=True)
    characters = font.getBestCmap()

    def ink(text: str) -> tuple[int, int]:
        glyphs = font.getGlyphSet()
        bounds = []
        for char in text:
            if ord(char) in characters:
                pen = BoundsPen(glyphs)
                glyphs[characters[ord(char)]].draw(pen)
                if pen.bounds:
                    bounds.append(pen.bounds)
        return round(min((b[1] for b in bounds), default=0)), round(max((b[3] for b in bounds), default=0))

    return _Face(
        codepoints=frozenset(characters),
        units=font["head"].unitsPerEm,
        ascent=font["hhea"].ascent,
        descent=-font["hhea"].descent,
        ink=ink,
    )


def css(style: str) -> str:
    """The declarations that set a text in one of the styles of :data:`ALIASES` (``仿宋``)."""
    alias = ALIASES[style]
    return f'font-family: "{alias}"; font-weight: {"bold" if alias in _BOLD else "normal"}'


@cache
def ink(style: str, text: str) -> tuple[float, float]:
    """Where the ink of *text* in *style* begins and ends below the top of its line box: em, for ``line-height: 1``.

    The standard measures to the edges of what is printed (7.2.4, 7.5, 10.1); a line box is not ink.
    """
    face, line = _face_of(style), baseline(style)
    bottom, top = face.ink(text)
    return line - top / face.units, line - bottom / face.units


def baseline(style: str) -> float:
    """Where the baseline of *style* lies below the top of its line box, in em, for ``line-height: 1``."""
    face = _face_of(style)
    # Pango centres ascent + descent in the line; the baseline follows from that.
    return ((face.units - face.ascent - face.descent) / 2 + face.ascent) / face.units


def _face_of(style: str) -> _Face:
    role = next(role for role in roles() if role.name == style)
    return _face(role.file, role.family)


@cache
def _common() -> frozenset[int]:
    """Codepoints that the first font of every role has."""
    return frozenset.intersection(*(_face(role.file, role.family).codepoints for role in roles()))


def foreign(char: str) -> bool:
    """Whether *char* would bring another font into a line of text, which would then stretch that line."""
    return ord(char) not in _common() and not char.isspace()


def missing(text: Iterable[str]) -> list[str]:
    """The characters of *text* that no installed font has, in order of first appearance."""
    known = _known(roles())
    return [
        char
        for char in dict.fromkeys("".join(text))
        if ord(char) not in known and not (char.isspace() or _invisible(char) or _somewhere(char))
    ]


def shown(text: str) -> str:
    """A text as it can be printed: 〓, the printer's mark, for every character that no installed font has."""
    return text.translate(dict.fromkeys(map(ord, missing(text)), GETA))


@cache
def _known(chosen: tuple[Role, ...]) -> frozenset[int]:
    """Codepoints that some role's first font has."""
    return frozenset().union(*(_face(role.file, role.family).codepoints for role in chosen))


def _invisible(char: str) -> bool:
    point = ord(char)
    return point == 0xFEFF or 0x200B <= point <= 0x200F or 0x2060 <= point <= 0x2064 or 0xFE00 <= point <= 0xFE0F


def _outlined(file: str) -> bool:
    return Path(file).suffix.lower() in {".ttf", ".otf", ".ttc", ".otc"}


@cache
def _somewhere(char: str) -> bool:
    """Whether any installed font has *char*: asked of fontconfig, for the rare characters only."""
    tool = shutil.which("fc-list")
    if not tool:
        return any(ord(char) in _face(file, family).codepoints for file, family, *_ in _fonts() if _outlined(file))
    answer = subprocess.run(  # noqa: S603  (a fixed program, and an argument made of hexadecimal digits)
        [tool, f":charset={ord(char):x}", "file"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return bool(answer.stdout.strip())
