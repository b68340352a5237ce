"""A court's own words for a finding, in everything that tells it."""

from __future__ import annotations

import json
from pathlib import Path

from small_city import usual, write_cases

NOW = ("--period", "2026Q1", "--as-of", "2026-04-15")


def late(code: str, quarter: str) -> int:
    return {"辽0102": 60, "辽0104": 24}.get(code, usual(code, quarter)) if quarter == "2026Q1" else usual(code, quarter)


def test_a_changed_sentence_shows_wherever_the_finding_is_told(city, tongbao):
    write_cases(city, "2026Q1", late)
    path = Path(tongbao("template", "eject", "sentences/finding.j2", "-w", city).out.strip())
    assert path == city / "templates" / "sentences" / "finding.j2"
    assert "sentences/finding.j2\t—\t本院" in tongbao("template", "list", "-w", city).out
    text, old = path.read_text("utf-8"), "{{ court }}{{ statement }}\n"
    assert text.count(old) == 1

    path.write_text(text.replace(old, "{{ court.name }}\n"), "utf-8")
    result = tongbao("run", "-q", "-w", city, *NOW)
    line = text[: text.index(old)].count("\n") + 1
    assert result.code == 2 and f"{path}，第{line}行" in result.err.replace("\n", "")
    assert not (city / "out").exists() and not (city / "tongbao.db").exists()

    path.write_text(text.replace(old, "经核，{{ court }}{{ statement }}\n"), "utf-8")
    assert tongbao("run", "-q", "-w", city, *NOW).code == 0
    flags = json.loads(tongbao("flags", "-w", city, *NOW, "--json", "-q").out)["flags"]
    told = {grade: [one["evidence"] for one in flags if one["severity"] == grade] for grade in ("red", "amber")}
    assert told["red"] and told["amber"]
    assert all(one["evidence"].startswith("经核，") for one in flags)
    assert tongbao("flags", "-w", city, *NOW, "-q").out.count("] 经核，") == len(flags)
    circular = (city / "out/2026Q1/2026Q1-general.md").read_text("utf-8")
    # What all courts together show stands with the indicators; a circular has the short names of courts.
    short = [text.replace("人民法院", "法院") for text in told["red"] if not text.startswith("经核，全市法院")]
    assert short and all(text in circular for text in short)
    notes = "".join(note.read_text("utf-8") for note in (city / "out/2026Q1/self-check").iterdir())
    assert all(f"经核，你院{text.partition('法院')[2]}" in notes for text in told["amber"])  # spoken to, not of
    items = json.loads(tongbao("ledger", "list", "-w", city, "--json").out)["items"]
    assert [one["problem"] for one in items] == told["red"]
