"""The command starts at once: what is not asked for is not loaded, and its list of commands is the commands' own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from reports.cli import app
from reports.commands import COMMANDS

HEAVY = {"pandas", "numpy", "duckdb", "sqlglot", "jinja2", "weasyprint", "pydantic", "rich", "sqlite3", "filelock"}
OURS = {"reports", "reports.cli", "reports.commands", "reports.errors", "reports.system"}
LOADED = (
    "import sys\nfrom reports.cli import main\ntry:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
)


@pytest.mark.parametrize("asked", [["--version"], ["--help"], ["-h"], []])
def test_version_and_help_load_no_room_of_the_program(asked):
    done = subprocess.run([sys.executable, "-c", LOADED, *asked], capture_output=True, text=True, check=False)
    loaded = set(done.stderr.split())
    assert "typer" in loaded
    assert not {name.partition(".")[0] for name in loaded} & HEAVY
    assert {name for name in loaded if name.partition(".")[0] == "reports"} <= OURS
    assert "tongbao" in done.stdout or "run" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_each_command_what_it_says_of_itself(name):
    command = get_command(app).commands[name]
    assert command.name == name
    assert command.help.splitlines()[0] == COMMANDS[name][1]


def test_no_command_is_left_out_of_the_list():
    from importlib import import_module

    listed = {module: {name for name, (its, _) in COMMANDS.items() if its == module} for module, _ in COMMANDS.values()}
    for module, names in listed.items():
        of = import_module(f"reports.commands.{module}").app
        own = {one.name or one.callback.__name__.strip("_") for one in of.registered_commands}
        assert names in (own, {module})
