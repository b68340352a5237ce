"""No indicator without a table that a clerk can check."""

import importlib
from pathlib import Path

from reports import catalogue

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("test_*_indicators.py"))


def test_every_indicator_of_every_edition_has_a_spec():
    specified = set()
    for name in MODULES:
        module = importlib.import_module(name)
        specified |= {spec.indicator for spec in (*module.SPECS, *getattr(module, "UNTOLD", ()))}
    for edition in (catalogue.EVERYTHING, *catalogue.editions()):
        assert set(catalogue.load(edition).indicators) <= specified, edition
    assert specified <= set(catalogue.load(catalogue.EVERYTHING).indicators)


def test_a_spec_for_numbers_is_never_one_for_a_reason():
    """What can be counted is counted, and only what cannot be is told with a reason."""
    everything = catalogue.load(catalogue.EVERYTHING).indicators
    for name in MODULES:
        module = importlib.import_module(name)
        assert all(not everything[spec.indicator].needs for spec in module.SPECS)
        assert all(everything[spec.indicator].needs for spec in getattr(module, "UNTOLD", ()))
