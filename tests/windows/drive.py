"""Commands one after another in one process: a JSON list of lists of words on standard input, each line told its exit code."""

from __future__ import annotations

import json
import sys

from reports import cli

if __name__ == "__main__":  # processes of a pool begin here too
    for words in json.load(sys.stdin):
        sys.argv = ["tongbao", *words]
        code: object = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code
        print(f"exit {code or 0} {words[0]}", flush=True)
