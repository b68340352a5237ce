"""One text in three files: a DOCX taken back into its Markdown, and whether Markdown, DOCX and PDF say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from reports.compose import edits
from reports.errors import ConfigError
from reports.model import HAND_WRITTEN, Bulletin
from reports.pipeline.bulletins import assets_beside, read_text, render_all
from reports.pipeline.job import TEMPLATES, Job
from reports.render import docx, returned
from reports.render.document import FrontMatter, parse
from reports.render.page import Page
from reports.render.profile import Deviations, load
from reports.render.verify import words_of_pdf
from reports.words import quoted


@dataclass(frozen=True)
class TakenBack:
    """The Markdown of an edited DOCX, and what is to be told of it: sentences, elements, comments, what was left out.

    ``docx`` is the file itself, saying that it is of this text.
    """

    markdown: str
    changes: tuple[edits.Change, ...]
    elements: tuple[edits.Change, ...]
    comments: tuple[str, ...]
    looks: tuple[str, ...]
    revisions: int
    docx: bytes


def take_back(file: Path, data: bytes, layout: Deviations, *, over: bool) -> TakenBack:
    """Read an edited DOCX of ours back into the Markdown beside it; no file is touched.

    ``over``: where the Markdown has been changed too since the DOCX was made from it, the DOCX holds. Raises
    :class:`ConfigError` for that otherwise, and :class:`~reports.errors.InputError` for what cannot be read back.
    """
    beside = file.with_suffix(".md")
    if not beside.is_file():
        raise ConfigError(
            f"找不到与它同名的文稿“{beside.name}”，不能读回。",
            where=str(file),
            advice="DOCX 应与文稿放在同一文件夹，文件名不变；输出格式应含 md。",
        )
    document, assets, page = parse(read_text(beside), str(beside)), assets_beside(file.parent, file.stem), _page(layout)
    base = returned.words_of(document, assets, page)
    word = returned.read(data, str(file), base)
    if word.made_from not in ("", docx.source_hash(document)) and (where := base.differs(word)) and not over:
        raise ConfigError(
            f"文稿“{beside.name}”在排版成这份 DOCX 之后也改过，两处不同：{where}。",
            where=str(file),
            advice="请把文稿中的改动写入 DOCX 后加 --over 运行（以 DOCX 为准），"
            f"或用 tongbao render {quote(str(beside))} --to docx 重新排版（以文稿为准）。",
        )
    markdown = returned.text_of(word, document, assets, page)
    made = parse(markdown, str(beside))
    return TakenBack(
        markdown,
        edits.changes(*(text.replace(f"{HAND_WRITTEN}\n", "") for text in (document.text, markdown))),
        tuple(
            edits.Change(name, "、".join(base.front.get(name, ())), "、".join(word.front.get(name, ())))
            for name in dict.fromkeys((*base.front, *word.front))
            if base.front.get(name) != word.front.get(name)
        ),
        tuple(word.comments),
        tuple(word.looks),
        word.revisions,
        docx.made_from(data, docx.source_hash(made)),
    )


def refuse_unlike(job: Job, path: Path, text: str, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    """The Markdown at ``path`` and what stands beside it as DOCX and PDF, by name, where all say the same.

    Raises :class:`ConfigError` with the command that puts it right where one of them does not.
    """
    files = {path.name: text.encode()}
    there = {form: path.with_suffix(f".{form}") for form in ("docx", "pdf") if path.with_suffix(f".{form}").is_file()}
    document, title = parse(text, str(path)), quoted(edits.front_value(text, "标题"))
    if file := there.get("docx"):
        files[file.name] = data = file.read_bytes()
        base = returned.words_of(document, assets, _page(job.workspace.config.layout))
        word = returned.read(data, str(file), base)
        if where := base.differs(word) or "；".join((*word.unread, *sorted(word.margins - base.margins))):
            late = word.made_from not in ("", docx.source_hash(document))
            what, command = ("文稿", (path, "pdf,docx")) if late else (" DOCX ", (file, "md,pdf"))
            raise ConfigError(
                f"{title}的{what}在排版之后改过，{file.name} 与 {path.name} 不同：{where}。",
                where=str(file),
                advice=f"请先 tongbao render {quote(str(command[0]))} --to {command[1]}。",
            )
    if file := there.get("pdf"):
        files[file.name] = data = file.read_bytes()
        (fresh,) = render_all(job, [Bulletin("", "", "", path.stem, text, dict(assets))], ["pdf"], jobs=1).values()
        if fresh != data and words_of_pdf(fresh) != words_of_pdf(data):
            raise ConfigError(
                f"{title}的文稿在排版之后改过，{file.name} 与 {path.name} 不同。",
                where=str(file),
                advice=f"请先 tongbao render {quote(str(path))} --to {','.join(sorted(there, reverse=True))}。",
            )
    return files


def refuse_other_words(
    signed: Mapping[str, bytes], final: Mapping[str, bytes], stem: str, before: str, after: str
) -> None:
    """What is issued says what was signed, the elements set at issue aside; raises :class:`ConfigError` where not.

    ``signed`` and ``final`` are files by name, ``before`` and ``after`` the Markdown of each.
    """
    old, new = (parse(text, f"{stem}.md") for text in (before, after))
    values = sorted({*_set_values(old.front), *_set_values(new.front)}, key=len, reverse=True)

    def blank(text: str) -> str:
        for value in values:
            text = text.replace(value, "")
        return text

    unlike = [f"{stem}.md"] if old.body != new.body else []
    name = f"{stem}.docx"
    if name in signed and name in final:
        now = returned.read(final[name], name)
        then = returned.read(signed[name], name, now)
        unlike += [f"{name}（{where}）"] if (where := then.without(blank).differs(now.without(blank))) else []
    name = f"{stem}.pdf"
    if name in signed and name in final:
        unlike += [name] if len({blank(words_of_pdf(one[name])) for one in (signed, final)}) > 1 else []
    if unlike:
        raise ConfigError(
            f"印发稿与审签稿的文字不同，没有印发：{'、'.join(unlike)}。",
            advice="程序或字体可能已经更换：请重新排版（tongbao render），核对后重新审签。",
        )


def _set_values(front: FrontMatter) -> list[str]:
    """The values of a front matter that are set at issue, as printed."""
    printed = [f"{front.printed}印发", front.printed] if front.printed else []
    found = [front.number, front.dated, *printed]
    return [re.sub(r"\s", "", value) for value in found if value]


def _page(layout: Deviations) -> Page:
    folder = TEMPLATES / "page"
    return Page(folder, load(folder, layout))
