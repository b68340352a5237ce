"""The table of type codes."""

from __future__ import annotations

from reports.courts import case_types


def test_first_instance_is_a_whitelist():
    assert case_types.first_instance() == {"刑初", "民初", "行初", "行赔初"}
    assert all(case_types.lookup(code).stage == "一审" for code in case_types.first_instance())


def test_litigation_excludes_enforcement_preservation_aid_and_pre_action():
    for code in ("执", "执恢", "执保", "执异", "财保", "行保", "证保", "司救民", "诉前调书", "诉前调确"):
        assert case_types.lookup(code).litigation is False, code
    for code in ("民初", "刑终", "行赔初", "民再", "民特"):
        assert case_types.lookup(code).litigation is True, code


def test_codes_without_a_stated_meaning_are_not_guessed():
    for code in ("民破", "民算", "诉前调"):
        found = case_types.lookup(code)
        assert (found.line, found.stage, found.litigation, found.source) == (None, None, None, "code-only")


def test_every_meaning_has_a_source():
    for found in case_types.case_types().values():
        assert found.source in {"standard", "nmg2022", "code-only"}
        assert (found.line is None) == (found.source == "code-only")
        assert (found.line is None) == (found.stage is None)


def test_unknown_codes():
    assert case_types.lookup("民某") is None
    assert case_types.lookup(None) is None
