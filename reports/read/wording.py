"""What the distinct texts of coded columns and of courts are read as, once for each, for files and engines alike."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import pandas as pd

from reports import people
from reports.catalogue.columns import BY_ID
from reports.catalogue.values import Vocabulary, suggest
from reports.courts import case_no
from reports.courts.tree import CourtTree
from reports.model import Note
from reports.read.dialect import Dialect

BY_NUMBER = ("line", "procedure")  # what the case number tells where the word is unknown
DITTO = ("〃", "″", "”", "同上", "同前")  # the court of the row above, as people write it in lists
SHOWN = 5  # words that a note names


@dataclass(frozen=True)
class Wording:
    """The texts of one coded column.

    ``words`` gives every text its standard word (empty for an empty cell), an unknown one itself; ``by_stage`` the
    words of single stages where they are others. ``numbers`` are the rows of each text.
    """

    column: str
    words: Mapping[str, str]
    by_stage: Mapping[str, Mapping[str, str]]
    unknown: frozenset[str]
    numbers: Mapping[str, int]

    @property
    def moved(self) -> dict[str, str]:
        """Texts with another standard word, whatever the stage."""
        staged = {text for of in self.by_stage.values() for text in of}
        return {text: word for text, word in self.words.items() if text != word and text not in staged}

    @property
    def standard(self) -> frozenset[str]:
        """The words that the column then has, and those that wait for their stage."""
        special = {word for of in self.by_stage.values() for pair in of.items() for word in pair}
        return frozenset({*self.words.values(), *special} - {""})

    @property
    def other(self) -> tuple[str, ...]:
        """Texts that do not stay as they are."""
        return (*self.moved, *dict.fromkeys(text for of in self.by_stage.values() for text in of))

    def sql(self, column: str, literal: Callable[[str], str]) -> str:
        """SQL of the standard word; texts that depend on the stage stay (:meth:`staged`)."""
        if not self.moved:
            return column
        whens = " ".join(f"WHEN {literal(text)} THEN {literal(word)}" for text, word in self.moved.items())
        return f"nullif(CASE {column} {whens} ELSE {column} END, '')"

    def staged(self, column: str, procedure: str, literal: Callable[[str], str]) -> str:
        """SQL of the standard word over what :meth:`sql` gave, where the stage of the case decides."""
        whens = [
            f"WHEN {procedure} = {literal(stage)} AND {column} = {literal(text)} THEN {literal(word)}"
            for stage, of in self.by_stage.items()
            for text, word in of.items()
        ]
        plain = dict.fromkeys(text for of in self.by_stage.values() for text in of)
        whens += [f"WHEN {column} = {literal(text)} THEN {literal(self.words[text])}" for text in plain]
        return f"CASE {' '.join(whens)} ELSE {column} END" if whens else column


def wording(column: str, seen: Iterable[tuple[str | None, int]], vocabulary: Vocabulary, dialect: Dialect) -> Wording:
    """Read every distinct text of a coded column; ``seen`` are texts with their numbers of rows."""
    rewritten = dialect.values.get(column, {})
    words: dict[str, str] = {}
    by_stage: dict[str, dict[str, str]] = defaultdict(dict)
    unknown, numbers = set(), Counter[str]()
    for text, number in seen:
        if text is None:
            continue
        numbers[text] += number
        first = rewritten.get(text, text)
        general = vocabulary.read(column, first) if first else ""
        special = {
            stage: word
            for stage in vocabulary.stages(column)
            if first and (word := vocabulary.read(column, first, stage)) and word != general
        }
        if general is None:
            unknown.add(text)
        # Where the stage decides, the text stays until the stage is known.
        words[text] = text if general is None else general
        for stage, word in special.items():
            by_stage[stage][text] = word
    return Wording(column, words, dict(by_stage), frozenset(unknown), numbers)


Seen = Sequence[tuple[str | None, str | None, str | None, int]]


@dataclass(frozen=True)
class CourtText:
    """A text of the column of courts and the court that it means; with ``number`` only in rows that name this court."""

    text: str
    code: str
    number: str | None


def told(wordings: Iterable[Wording], others: int, by_number: int) -> list[Note]:
    """What must be said of spellings: ``others`` rows with other spellings, ``by_number`` decided by the number."""
    notes = []
    if others:
        pairs = [
            (one.numbers[text], f"“{people.masked(text)}”计作“{'、'.join(_means(one, text))}”")
            for one in wordings
            for text in one.other
        ]
        notes.append(Note("spelling", f"按标准说法统计其他写法（{_first(pairs)}）", others))
    if by_number:
        pairs = [
            (one.numbers[text], f"{BY_ID[one.column].name}“{people.masked(text)}”")
            for one in wordings
            if one.column in BY_NUMBER
            for text in one.unknown
        ]
        notes.append(Note("word_by_number", f"写法不认识，按案号确定（{_first(pairs)}）", by_number))
    return notes


def court_note(tree: CourtTree, found: Sequence[CourtText], rows: int) -> Note:
    """What must be said of names that the court table does not have."""
    pairs = [f"“{people.court(one.text)}”计入{tree.by_code[one.code].name}" for one in found]
    shown = "、".join(pairs[:SHOWN]) + (f"等{len(pairs)}种" if len(pairs) > SHOWN else "")
    text = f"经办法院的名称不在法院表中，按案号的法院代字统计（{shown}；已更名的请改法院表）"
    return Note("court_by_number", text, rows)


def former_note(tree: CourtTree, seen: Seen, today: date) -> list[Note]:
    """That the cases of courts that were merged or renamed, this year or the last, are counted as their successor's."""
    texts = {former for text in {text for _, text, *_ in seen if text} if (former := tree.formerly(text))}
    numbers = {case_no.parse_head(head).court for head in {head for head, *_ in seen if head}} - tree.by_code.keys()
    pairs = []
    for court in tree.former:
        now = tree.by_code.get(court.into or "")
        if now is None or (court.until and court.until.year < today.year - 1):
            continue
        if court.code in numbers or court in texts:
            before = court.name if court.name != now.name else f"原代码为{court.code}的{court.name}"
            pairs.append(f"{before}计入{now.name}")
    if not pairs:
        return []
    shown = "、".join(pairs[:SHOWN]) + ("等" if len(pairs) > SHOWN else "")
    text = f"已经撤并或者更名的法院，各期案件计入现在的法院（{shown}），共"
    return [Note("former_courts", text, len(pairs), unit="个")]


def without_people(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows set aside (文件, 行, 法院, 案号, 原因) without the names and numbers that a shifted cell may hold."""
    for column, mask in (("法院", people.court), ("案号", partial(people.masked, whole=True)),
                         ("原因", people.reason)):  # fmt: skip
        rows[column] = rows[column].map(mask, na_action="ignore").astype(rows[column].dtype)
    return rows


def unknown_note(column: str, words: Sequence[tuple[str, int]]) -> Note:
    """What must be said of the unknown words of a column: (word, rows) as they are used."""
    pairs = [(number, f"“{people.masked(text)}”{number}件") for text, number in words]
    text = f"{BY_ID[column].name}的写法不认识（{_first(pairs)}）"
    most = max(words, key=lambda pair: (pair[1], pair[0]))[0]
    if people.named(people.masked(most)):
        remedy = f"“{BY_ID[column].name}”这一列里有姓名、证件或电话号码，请核对各列有没有错位，改正后重新导出"
        return Note(f"unknown_{column}", text, sum(number for _, number in words), remedy=remedy)
    remedy = (
        "在 tongbao.toml 中写明是哪种标准说法（写成它自己，就是不计入任何分子的值）：[source.values] 下加 "
        f"{column} = {{ {_toml(most)} = {_toml(suggest(column, most) or '标准说法')} }}"
        "（标准说法见 tongbao docs --values）"
    )
    return Note(f"unknown_{column}", text, sum(number for _, number in words), remedy=remedy)


def people_note(column: str, rows: int, places: str = "") -> Note:
    """What must be said of texts of a column that name somebody: in how many rows, and the first places."""
    where = f"（{places}{'等处' if rows > SHOWN else ''}）" if places else ""
    text = f"“{BY_ID[column].name}”中有像姓名、证件号码、电话号码或者银行卡号的内容，已遮盖{where}"
    remedy = "核对这几行各列有没有错位，改正后重新导出"
    return Note(f"people_{column}", text, rows, remedy=remedy, unit="行")


def odd_note(column: str, rows: int, places: str) -> Note:
    """What must be said of characters that cannot be shown, or only where a font has them, and where they stand."""
    where = f"（{places}{'等处' if rows > SHOWN else ''}）"
    text = f"“{BY_ID[column].name}”中有自造字、组合符号或者生僻字，字体没有的印作“〓”{where}"
    return Note(f"odd_{column}", text, rows, remedy="在数据中改用通用的字，或者安装有这些字的字体", unit="行")


def unread_note(column: str, rows: int, places: str = "") -> Note:
    """What must be said of values of a column that could not be read: in how many rows, and the first places."""
    where = f"（{places}{'等处' if rows > SHOWN else ''}）" if places else ""
    remedy = f"改正这些{BY_ID[column].name}后重新导出；没有值的，留空"
    return Note(f"unknown_{column}", f"{BY_ID[column].name}无法识别{where}", rows, remedy=remedy)


def lacking_note(column: str, files: str, rows: int) -> Note:
    """What must be said of files without a column that others have: their rows do not say "no"."""
    name = BY_ID[column].name
    remedy = f"重新导出，带上“{name}”这一列；确实没有值的，加上空列"
    return Note(f"unknown_{column}", f"{files}没有“{name}”这一列", rows, remedy=remedy)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _means(one: Wording, text: str) -> list[str]:
    words = [one.words[text], *(of[text] for of in one.by_stage.values() if text in of)]
    return list(dict.fromkeys(word or "空缺" for word in words))


def _first(pairs: Iterable[tuple[int, str]]) -> str:
    """The most frequent ones: 甲、乙等7种."""
    texts = list(dict.fromkeys(text for _, text in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))))
    return "、".join(texts[:SHOWN]) + (f"等{len(texts)}种" if len(texts) > SHOWN else "")


def courts(tree: CourtTree, seen: Seen, codes: Mapping[str | None, str | None]) -> list[CourtText]:
    """What every text of the column of courts means.

    ``seen`` are (head of the number, court as written, …, rows), ``codes`` what each head names. A name that the
    court table does not have belongs to the court that the numbers of more than half of its rows name: a court that
    was renamed, a tribunal, a shorter name. Only rows whose own number agrees are then taken. A sign for "as above"
    is the court that the row's own number names, whatever row now stands above it.
    """
    known: list[CourtText] = []
    named: dict[str, Counter[str]] = defaultdict(Counter)
    rows: Counter[str] = Counter()
    for head, text, _, number in seen:
        if text:
            rows[text] += number
            if (code := codes.get(head)) in tree.by_code:
                named[text][code or ""] += number
    for text in sorted(rows):
        if found := tree.match(text):
            known.append(CourtText(text, found.code, None))
        elif text in DITTO:
            known += [CourtText(text, code, code) for code in sorted(named[text])]
        elif named[text]:
            code, most = min(named[text].items(), key=lambda item: (-item[1], item[0]))
            if most * 2 > rows[text]:
                known.append(CourtText(text, code, code))
    return known
