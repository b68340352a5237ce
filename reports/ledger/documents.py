"""发文登记: one entry for each bulletin that is to be sent, from its draft to its issue and, if need be, correction.

草稿 → 审签 (a leader has read this very text) → 印发 (with the next number of its series) → 更正 (by another bulletin).
A text that has been signed is known by its hash; what was issued by the hashes of its files and of the data. A number
is given when a bulletin is issued and not before, so that none is lost with a draft that is never sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reports.errors import ConfigError
from reports.ledger.journal import Event, Journal, Story, reading, writing
from reports.ledger.memory import print_values
from reports.model import Printed
from reports.words import quoted

KIND, DATA, SENDING = "发文：", "数据：", "发送："
DRAFT, SIGNED, ISSUED, CORRECTED = "草稿", "审签", "印发", "更正"
HELD = (SIGNED, ISSUED, CORRECTED)  # a re-run leaves these texts as they are
FOLDER = "印发"  # in the folder of the period: what was issued, a folder for each
SIGNED_FOLDER = "审签"  # beside it: what was signed
_STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "改稿": ((DRAFT,), ""),
    "审签": ((DRAFT, SIGNED), SIGNED),
    "退稿": ((SIGNED,), DRAFT),
    "印发": ((SIGNED,), ISSUED),
    "登记印发": ((DRAFT, SIGNED), ISSUED),  # what left on paper
    "更正": ((ISSUED, CORRECTED), CORRECTED),
}
_NUMBER = re.compile(r"(?P<before>\S+?〔\d{4}〕)\s*(?P<serial>[1-9]\d*)?\s*号")


@dataclass(frozen=True)
class Dispatch:
    """One bulletin of the register; ``stem`` is its file name without ending, days are ISO; ``drafted``: the last time.

    ``text``, ``assets`` (charts and table, together), ``signed`` and ``files`` (name → hash, of what was signed and
    issued) are SHA-256; ``data`` is the hash that the period's data were frozen under.
    ``corrects`` and ``corrected_by`` are stems. ``head`` is the hash of the ledger's last event before the entry.
    """

    stem: str
    title: str
    period: str
    text: str
    assets: str = ""
    data: str = ""
    state: str = DRAFT
    drafted: str = ""
    signed_by: str = ""
    signed_at: str = ""
    number: str = ""
    issued_by: str = ""
    issued_at: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    corrects: str = ""
    corrected_by: tuple[str, ...] = ()
    note: str = ""
    signed: Mapping[str, str] = field(default_factory=dict)
    made: str = ""  # the hash of the text as a run last made it
    head: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person has changed what was made before it was signed."""
        return self.text != self.made


def _opened(stem: str, event: Event) -> Dispatch:
    return Dispatch(stem=stem, drafted=event.at, made=event.data["text"], **event.data)


def _after(old: Dispatch, event: Event) -> Dispatch:
    new = replace(old, state=_STEPS[event.what][1] or old.state)
    if event.what == "审签":
        with_others = old.state == SIGNED and old.text == event.data["text"] and old.assets == event.data["assets"]
        names = [*old.signed_by.split("、"), event.who] if with_others else [event.who]
        return replace(new, **event.data, signed_by="、".join(dict.fromkeys(names)), signed_at=event.at)
    if event.what == "退稿":
        return replace(new, note=event.data["note"], signed_by="", signed_at="", signed={})
    if event.what in ("印发", "登记印发"):
        data = dict(event.data)
        return replace(new, issued_at=data.pop("on", event.at), issued_by=event.who, **data)
    if event.what == "更正":
        return replace(new, corrected_by=(*old.corrected_by, event.data["by"]), note=event.data["note"])
    return replace(new, **event.data, made=event.data["text"], drafted=event.at)


STORY = Story(KIND, "文件", "草稿", _STEPS, _opened, _after)


def dispatches(path: Path) -> dict[str, Dispatch]:
    """Stem → entry, in the order of their drafts; an absent ledger has none."""
    if not path.exists():
        return {}
    with reading(path) as journal:
        return journal.replay(STORY)


def dispatch(path: Path, stem: str) -> Dispatch:
    """One entry; raises :class:`ConfigError` for a stem that is not in the register."""
    return _known(dispatches(path), stem)


def entered(path: Path, stem: str, text: str) -> int | None:
    """The number of the event with which a text (its SHA-256) was last entered or signed, if it ever was."""
    if not path.exists():
        return None
    with reading(path) as journal:
        return max((one.seq for one in journal.history(KIND + stem) if one.data.get("text") == text), default=None)


def _known(found: Mapping[str, Dispatch], stem: str) -> Dispatch:
    if stem not in found:
        raise ConfigError(f"发文登记中没有“{stem}”。", advice="用 tongbao ledger bulletins 查看全部文件。")
    return found[stem]


def sha256(data: bytes) -> str:
    """The hash by which texts and files are known in the register."""
    return hashlib.sha256(data).hexdigest()


def assets_hash(assets: Mapping[str, bytes]) -> str:
    """The hash of what a text is published with, charts and table of numbers, together."""
    return sha256(repr(sorted((name, sha256(data)) for name, data in assets.items())).encode())


def freeze(path: Path, period: str, files: Mapping[str, str], rows: tuple[int, int], *, at: str, who: str) -> str:
    """Write down the data of a period: file name → SHA-256, rows read and used. Returns their common hash.

    The same data are written once. Of a source that is no file (a database) only the rows are known.
    """
    whole = sha256(repr((sorted(files.items()), rows)).encode())
    with writing(path) as journal:
        before = journal.history(DATA + period)
        if not before or before[-1].data["hash"] != whole:
            told = {"hash": whole, "files": dict(files), "rows_in": rows[0], "rows_used": rows[1]}
            journal.add(at, who, DATA + period, "冻结", told)
    return whole


def draft(path: Path, texts: Iterable[Dispatch], *, at: str, who: str) -> None:
    """Enter drafts, or their new texts; what is signed or issued stays as it is."""
    with writing(path) as journal:
        known, head = journal.replay(STORY), {"head": journal.head}
        for one in texts:
            old = known.get(one.stem)
            facts = _facts(one) | head
            if old is None:
                journal.add(at, who, KIND + one.stem, "草稿", facts | {"corrects": one.corrects})
            elif old.state == DRAFT and (old.text, old.title, old.data) != (one.text, one.title, one.data):
                journal.add(at, who, KIND + one.stem, "改稿", facts)


def _facts(one: Dispatch) -> dict[str, str]:
    return {"title": one.title, "period": one.period, "text": one.text, "data": one.data}


def sign(path: Path, one: Dispatch, *, at: str, who: str) -> bool:
    """A leader has read the text: ``one.text``, whether or not it is the one that was entered.

    Several may sign the same text: each is named. Nothing is written, and False, where this one has signed it already.
    Raises :class:`ConfigError` for one that has been issued.
    """
    with writing(path) as journal:
        old = journal.replay(STORY).get(one.stem)
        if old is None:
            journal.add(at, who, KIND + one.stem, "草稿", _facts(one))
        elif old.state in (ISSUED, CORRECTED):
            raise ConfigError(
                f"{quoted(old.title)}已经印发（{old.number or old.issued_at}），不能再审签。",
                advice="数据有误的，用 tongbao ledger correct 起草更正通报。",
            )
        elif (
            old.state == SIGNED
            and (old.text, old.assets, old.signed) == (one.text, one.assets, one.signed)
            and who in old.signed_by.split("、")
        ):
            return False
        told = {"text": one.text, "assets": one.assets, "title": one.title, "signed": dict(one.signed)}
        journal.add(at, who, KIND + one.stem, "审签", told)
        return True


def send_back(path: Path, stem: str, *, at: str, who: str, note: str) -> None:
    """The leader wants changes: the text may be written anew. Raises :class:`ConfigError` where it is not signed."""
    with writing(path) as journal:
        _in_state(journal, stem, (SIGNED,), "退稿")
        journal.add(at, who, KIND + stem, "退稿", {"note": note})


def recall(path: Path, stem: str, names: Sequence[str], reason: str, *, at: str, who: str) -> None:
    """Write down that a document was sent to some units (their names) by mistake and is recalled; its state stays."""
    with writing(path) as journal:
        journal.add(at, who, SENDING + stem, "撤回", {"recipients": list(names), "reason": reason})


@contextmanager
def issuing(
    path: Path, stem: str, draft_number: str, *, at: str, who: str, number: int | None, on: str = ""
) -> Iterator[Issue]:
    """Issue one bulletin: gives its number, and writes it down only if everything inside went well.

    ``on`` is the day on which it left on paper, signed there or here: then it need not be signed in the register.
    ``draft_number`` is 文号 as the draft has it, its place empty (``辽高法〔2026〕号``), or nothing. ``number`` asks
    for one that the office has given. Raises :class:`ConfigError` for a text that is not signed
    and a number that is taken or written wrongly.
    """
    with writing(path) as journal:
        known = journal.replay(STORY)
        one = _in_state(journal, stem, (DRAFT, SIGNED) if on else (SIGNED,), "登记印发" if on else "印发")
        issue = Issue(one, _next(known, draft_number, number), journal.head)
        yield issue
        step, day = ("登记印发", {"on": on}) if on else ("印发", {})
        told = {"number": issue.number, "files": issue.files, "head": issue.head}
        journal.add(at, who, KIND + stem, step, told | day)
        if issue.printed is not None:
            print_values(journal, one.period, issue.printed, at=at, who=who)
        if one.corrects:
            journal.add(at, who, KIND + one.corrects, "更正", {"by": stem, "note": issue.number})


@dataclass
class Issue:
    """What is being issued: the entry, its number, the ledger's last hash before it, and to be filled in the hashes of
    its files and its values.
    """

    entry: Dispatch
    number: str
    head: str
    files: dict[str, str] = field(default_factory=dict)
    printed: Sequence[Printed] | None = None


def _in_state(journal: Journal, stem: str, states: tuple[str, ...], step: str) -> Dispatch:
    found = _known(journal.replay(STORY), stem)
    if found.state not in states:
        need = "先用 tongbao ledger sign 登记审签。" if found.state == DRAFT else "用 tongbao ledger bulletins 查看。"
        raise ConfigError(f"{quoted(found.title)}现为“{found.state}”，不能{step}。", advice=need)
    return found


def _next(known: Mapping[str, Dispatch], draft_number: str, wanted: int | None) -> str:
    """The number after the last of its series; a series is all that stands before the serial number.

    An office that numbers other documents in the same series gives the number itself; those between are its own.
    """
    place = _NUMBER.fullmatch(draft_number)
    if draft_number and place is None:
        raise ConfigError(f"文号“{draft_number}”写法有误。", advice="请写成“某高法〔2026〕号”，顺序号留空，重新审签。")
    if place is None:
        if wanted is not None:
            raise ConfigError("这份文件没有文号，不能指定号数。", advice="请去掉 --number。")
        return ""
    series = place["before"]
    taken = {
        int(match["serial"]): one
        for one in known.values()
        if (match := _NUMBER.fullmatch(one.number)) and match["before"] == series and match["serial"]
    }
    if wanted is None and place["serial"]:
        wanted = int(place["serial"])  # written into the text by hand
    serial = wanted or max(taken, default=0) + 1
    if serial in taken:
        raise ConfigError(f"{series}{serial}号已经用于{quoted(taken[serial].title)}。", advice="请核对号数。")
    return f"{series}{serial}号"


def faults_of(path: Path, output: Path) -> list[str]:
    """Signed and issued files that are gone or no longer what they were, and files of no entry, in sentences.

    ``output`` has a folder for each period.
    """
    found: list[str] = []
    with reading(path) as journal:
        entries = journal.replay(STORY, found)
        found += _heads_not_there(journal)
    known = set()
    for one in entries.values():
        for folder, step, files in ((SIGNED_FOLDER, "审签", one.signed), (FOLDER, "印发", one.files)):
            for name, hashed in files.items():
                file = output / one.period / folder / one.stem / name
                known.add(file)
                told = f"已{step}的{quoted(one.title)}{one.number}：{file.name}"
                if not file.is_file():
                    found.append(f"{told}已不在 {file.parent}")
                elif sha256(file.read_bytes()) != hashed:
                    found.append(f"{told}与{step}时不同")
    stray = (file for file in sorted(output.glob(f"*/{FOLDER}/*/**/*")) if file.is_file() and file not in known)
    return [*found, *(f"没有登记的文件：{file}" for file in stray)]


def _heads_not_there(journal: Journal) -> list[str]:
    """The ledger's hashes that the register has noted, and that no event before the entry has."""
    noted = [event for event in journal.events(KIND) if event.data.get("head")]
    if not noted:
        return []
    heads = {event.data["head"] for event in noted}
    place = {hashed: seq for seq, hashed in journal.db.execute("SELECT seq, hash FROM journal") if hashed in heads}
    return [
        f"第{event.seq}条记录（{event.subject}，{event.what}）中记下的校验值不是此前记录的：台账可能被改写"
        for event in noted
        if not place.get(event.data["head"], event.seq) < event.seq
    ]


def numbers_between(known: Mapping[str, Dispatch]) -> dict[str, list[int]]:
    """Series → numbers below its highest that this register has not given: those of other documents of the office."""
    given: dict[str, set[int]] = {}
    for one in known.values():
        match = _NUMBER.fullmatch(one.number)
        if match and match["serial"]:
            given.setdefault(match["before"], set()).add(int(match["serial"]))
    return {series: sorted(set(range(min(used), max(used))) - used) for series, used in given.items()}
