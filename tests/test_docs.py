"""The documents are true: tables made from the program, every key and JSON document named."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from typer.main import get_command

from reports import cli, errors
from reports.catalogue.columns import BY_ID
from reports.render import FORMATS
from reports.render.document import _KEYS, DESCRIPTIVE
from reports.workspace import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = (ROOT / "docs/reference.md").read_text("utf-8")


def rows(text: str) -> dict[str, list[str]]:
    """First cell → the others, of every row of every Markdown table."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    return {head.strip(): [cell.strip() for cell in others] for head, *others in cells}


CLERKS = (ROOT / "docs/configuration.zh-CN.md").read_text("utf-8")
CHINESE = [f"docs/{name}.zh-CN.md" for name in ("configuration", "ledger", "first-hour")]
CONFIGURATION = [(REFERENCE, "## tongbao.toml"), (CLERKS, "## 配置：tongbao.toml")]


def section(heading: str, text: str = REFERENCE) -> str:
    """The text under a heading of the reference (or of another document), to the next heading."""
    return re.split(r"^#+ ", text.split(f"\n{heading}\n")[1], maxsplit=1, flags=re.M)[0]


def test_the_reference_has_the_tables_of_commands_and_options(tongbao):
    result = tongbao("docs", "--commands")
    assert result.code == 0, result.err
    commands, options = result.out.split("\n\n")
    for table in (commands.rstrip("\n"), options.rstrip("\n")):
        assert f"\n{table}\n" in REFERENCE, "make both tables of docs/reference.md anew: tongbao docs --commands"


def test_the_chinese_reference_has_the_standard_words(tongbao):
    table = tongbao("docs", "--values").out.rstrip("\n")
    assert table.count("\n") > 4
    text = (ROOT / "docs/configuration.zh-CN.md").read_text("utf-8")
    assert f"\n{table}\n" in text, "make the table of docs/configuration.zh-CN.md anew: tongbao docs --values"


def test_the_tables_say_what_help_says(tongbao):
    """What the parser itself prints for each command: all its options, and no other."""
    commands = rows(section("## Commands"))
    names = [re.match(r"`([a-z -]+?)(?: [\[A-Z].*)?`$", head) for head in commands if head.startswith("`")]
    listed = [match[1] for match in names if match]
    assert {"run", "cases", "docs", "ledger issue", "pending wall"} <= set(listed)
    for name in listed:
        (told,) = [cells[-1] for head, cells in commands.items() if re.match(rf"`{name}[ `](?![a-z])", head + " ")]
        printed = set(re.findall(r"--[a-z][a-z-]*", tongbao(*name.split(), "--help").out.split("示例：")[0]))
        used = set(re.findall(r"--[a-z][a-z-]*", told))
        assert used <= printed, name
        meant = {"--help", "--court", "--json", "--to", "--line"}  # named in the text of other options
        assert printed - used <= meant, name


@pytest.mark.parametrize(
    ("option", "of", "not_of"),
    [
        ("--json", ["doctor", "case-no", "layout-check"], ["docs", "render", "pending wall", "ledger sign"]),
        ("-q/--quiet", ["demo", "cases", "pack"], ["columns", "ledger list", "init"]),
        ("--commands", ["docs"], ["doctor"]),
    ],
)
def test_the_table_of_options_says_which_commands_take_them(tongbao, option, of, not_of):
    (told,) = [line for line in section("### Options").splitlines() if line.startswith(f"| `{option}` ")]
    names = told.rsplit("|", 2)[1]
    assert all(f"`{name}`" in names for name in of)
    assert not any(f"`{name}`" in names or f"`{name.split()[0]}` 各" in names for name in not_of)
    spelled = option.split("/")[-1]
    for name in not_of:
        assert f"没有选项“{spelled}”" in tongbao(*name.split(), spelled).err
    for name in of:
        assert spelled in tongbao(*name.split(), "--help").out


@pytest.mark.parametrize(("text", "heading"), CONFIGURATION)
def test_every_key_of_the_configuration_stands_in_the_reference_with_its_default(text, heading):
    told: dict[tuple[str, str], str] = {}
    for head, cells in rows(section(heading, text)).items():
        if found := re.match(r"`\[+([a-zA-Z.]+)\]+(?: \w+)?`", head):
            keys = re.findall(r"`(?:\[+[a-zA-Z.]+\]+ )?(\w+)`", head)
            told |= {(found[1], key): cells[0] for key in keys} or {(found[1], ""): cells[0]}
    assert "mark" in {key for _, key in told}
    for name, field in Config.model_fields.items():
        table = next((one for one in (field.annotation, *get_args(field.annotation)) if _is_table(one)), None)
        if table is None:  # tables that a court names itself
            continue
        for key, entry in table.model_fields.items():
            if (f"{name}.{key}", "") in told or name in ("interval", "reference", "scope", "series_break"):
                continue
            assert (name, key) in told, f"[{name}] {key}"
            default = told[name, key]
            if re.fullmatch("`[^`]*`", default) and entry.default is not None:
                assert tomllib.loads(f"x = {default.strip('`')}")["x"] == entry.default, f"[{name}] {key}: {default}"
    for table, key in told:
        assert table.split(".")[0] in Config.model_fields, f"[{table}] {key}"


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def test_every_json_document_stands_in_the_reference():
    named = set(re.findall(r"`tongbao\.([a-z-]+)/1`", section("## JSON documents")))
    source = "".join(path.read_text("utf-8") for path in (ROOT / "reports").rglob("*.py"))
    written = set(re.findall(r"\"tongbao\.([a-z-]+)/1\"", source)) - {"demo"}  # that is planted.json: docs/demo.md
    written |= set(re.findall(r"\bhead\(job, \"([a-z-]+)\"\)", source))
    written |= set(re.findall(r"as_json, \"([a-z-]+)\"\)", source))
    assert {"run", "ledger", "ledger-import"} <= written
    assert written - named == set()
    assert named - written == set()
    assert "`planted.json`" in (ROOT / "docs/demo.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name",
    ["README.md", "docs/CONTRIBUTING.md", "docs/reference.md", "docs/README.zh-CN.md", *CHINESE],
)
def test_what_a_document_links_to_is_there(name):
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "docs/CONTRIBUTING.md", "docs/reference.md"])
def test_files_that_a_document_names_are_there(name):
    for target in re.findall(r"`((?:reports|templates|tests|docs)/[\w./*-]+)`", (ROOT / name).read_text("utf-8")):
        assert next(ROOT.glob(target.rstrip("/").replace("ID", "*")), None), target


def test_the_configuration_is_told_in_both_languages_alike():
    """The same keys, in Chinese for those who set them, and of each default the same value."""
    english, chinese = (rows(section(heading, text)) for text, heading in CONFIGURATION)
    del english["key"], chinese["项"]
    assert english.keys() == chinese.keys()
    values = {key: [re.findall("`[^`]*`", found[key][0]) for found in (english, chinese)] for key in english}
    assert {key: both for key, both in values.items() if sorted(both[0]) != sorted(both[1])} == {}


def test_every_column_and_key_stands_in_the_reference():
    clerks = section("### 列名", CLERKS)
    for column in BY_ID.values():
        assert f"`{column.id}` {column.name}" in clerks, column.id
    columns = section("### Canonical columns")
    for column in BY_ID.values():
        assert f"`{column.id}` {column.name}" in columns, column.id
    front = section("## The front matter of a bulletin")
    assert set(_KEYS) | set(DESCRIPTIVE) <= set(re.findall(r"[\u4e00-\u9fff]+", front))


@pytest.mark.parametrize("told", [README.split("\n## Exit codes\n")[1].split("\n## ")[0], section("### Exit codes")])
def test_every_exit_code_is_told(told):
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.TongbaoError)]
    codes = {one.exit_code for one in kinds} | {0, 1, errors.FLAGS_FOUND, 129, 130, 143}
    assert {4, 75} < codes
    assert codes <= {int(number) for number in re.findall(r"\b\d+\b", told)}


def test_the_clock_is_read_in_one_module():
    """As CONTRIBUTING says: elsewhere only the present offset of a zone."""
    clock = re.compile(r"\b(?:date\.today|datetime\.now|time\.time|time\.localtime)\((?!.*utcoffset)")
    found = {path.name for path in (ROOT / "reports").rglob("*.py") if clock.search(path.read_text("utf-8"))}
    assert len(found) == 1
    (module,) = (path for path in (ROOT / "reports").rglob("*.py") if path.name in found)
    assert all(f"def {name}(" in module.read_text("utf-8") for name in ("day_of", "moment", "job_of"))


def lines_of_commands() -> list[tuple[str, str]]:
    """(document, command line) of every line in a block that calls the program."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```$", path.read_text("utf-8"), re.M | re.S):
            block = re.sub(r"(?<=\S)[ 　]{2,}(?=tongbao )", "\n", block.replace("\\\n", " "))  # two in one line
            calls = re.findall(r"^(?:.*/)?tongbao (\w.*)$", block, re.M)
            found += [(path.name, re.split(r"\s+#|\s+[|>]", call)[0]) for call in calls]
    return found


def test_every_command_line_of_a_document_can_be_given():
    lines = lines_of_commands()
    assert len(lines) > 40 and {"README.md", "ledger.md", "README.zh-CN.md"} <= {name for name, _ in lines}
    root = get_command(cli.app)
    for name, line in lines:
        words, command = shlex.split(line), root
        while words and hasattr(command, "commands"):
            assert words[0] in command.commands, (name, line)
            command = command.commands[words.pop(0)]
        known = {option for part in command.params for option in (*part.opts, *part.secondary_opts)} | {"--help", "-h"}
        for word in words:
            if re.match(r"--?[a-z]", word):
                assert word.split("=")[0] in known, (name, line)
        required = [part for part in command.params if part.required and part.param_type_name == "option"]
        for part in required:
            assert set(part.opts) & set(words), (name, line)


def test_every_format_is_named():
    told = next(line for line in REFERENCE.splitlines() if line.startswith("| `[output] formats` "))
    for name in FORMATS:
        assert f"`{name}`" in told
        assert name in next(line for line in REFERENCE.splitlines() if line.startswith("| `--format` "))
