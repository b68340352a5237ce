"""Run by the Python that has LibreOffice's own bridge: edits a DOCX as a person does and saves it as one.

``PROFILE SOURCE TARGET RECORDED JSON``: ``RECORDED`` is ``yes`` where changes are to be tracked; the JSON says behind which
words a phrase is put, what paragraph follows it, which cell of the first table gets which value, and which paragraph goes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.text.ControlCharacter import PARAGRAPH_BREAK


def value(name: str, what: object) -> PropertyValue:
    one = PropertyValue()
    one.Name, one.Value = name, what
    return one


def connected(pipe: str):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not start")


def edit(document, wanted: dict[str, str]) -> None:
    def find(words: str):
        search = document.createSearchDescriptor()
        search.SearchString = words
        return document.findFirst(search)

    found = find(wanted["behind"])
    cursor = found.Text.createTextCursorByRange(found.End)
    cursor.Text.insertString(cursor, wanted["phrase"], False)
    cursor.gotoEndOfParagraph(False)
    cursor.Text.insertControlCharacter(cursor, PARAGRAPH_BREAK, False)
    cursor.Text.insertString(cursor, wanted["paragraph"], False)
    cell = document.TextTables.getByIndex(0).getCellByName(wanted["cell"])
    inner = cell.createTextCursor()
    inner.gotoEnd(True)
    cell.insertString(inner, wanted["value"], True)
    found = find(wanted["delete"])
    cursor = found.Text.createTextCursorByRange(found.Start)
    cursor.gotoStartOfParagraph(False)
    cursor.gotoEndOfParagraph(True)
    cursor.goRight(1, True)
    cursor.String = ""


def main(profile: str, source: str, target: str, recorded: str, wanted: str) -> None:
    pipe = f"tongbao-{abs(hash(profile))}"
    accept = f"--accept=pipe,name={pipe};urp;"
    options = [f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", accept]
    office = subprocess.Popen(["soffice", *options], stderr=subprocess.DEVNULL)
    try:
        context = connected(pipe)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        document = desktop.loadComponentFromURL(f"file://{source}", "_blank", 0, (value("Hidden", True),))
        document.RecordChanges = recorded == "yes"
        edit(document, json.loads(wanted))
        document.storeToURL(f"file://{target}", (value("FilterName", "MS Word 2007 XML"),))
        document.close(True)
        desktop.terminate()
        office.wait(60)
    finally:
        if office.poll() is None:
            office.kill()


main(*sys.argv[1:])
