"""Rendered documents that several tests read back: each is laid out once a session."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pdfplumber
import pytest
from circulars import CIRCULAR, FRONT, SENTENCE, SVG, make
from pdfplumber.pdf import PDF


@pytest.fixture(scope="session")
def circular_bytes() -> bytes:
    return make(CIRCULAR, {"charts/trend.svg": SVG})


@pytest.fixture(scope="session")
def circular(circular_bytes: bytes) -> Iterator[PDF]:
    with pdfplumber.open(io.BytesIO(circular_bytes)) as pdf:
        yield pdf


@pytest.fixture(scope="session")
def plain() -> Iterator[PDF]:
    """Text only, with rare name characters and numbers that cannot be broken: the grid at its hardest."""
    text = "\n\n".join([SENTENCE * 6 + "当事人王赟、李㛃，" + SENTENCE * 3] * 8)
    with pdfplumber.open(io.BytesIO(make(FRONT + text))) as pdf:
        yield pdf


@pytest.fixture(scope="session")
def of_length() -> Callable[[int], PDF]:
    """A circular whose text is so many lines long."""
    made: dict[int, PDF] = {}

    def get(lines: int) -> PDF:
        if lines not in made:
            text = "\n\n".join("第某项审判管理工作运行平稳。" for _ in range(lines))
            made[lines] = pdfplumber.open(io.BytesIO(make(FRONT + text)))
        return made[lines]

    return get
