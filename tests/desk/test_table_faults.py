"""What is wrong with a table is said in the language of the page."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.web import table_faults

REASONS = {
    "第3行：有61张表，最多60张，请分成几份": "Row 3: has 61 sheets, at most 60 are read; split it",
    "最多40个字，现在有50个": "at most 40 characters, it has 50",
    "最多40个字": "at most 40 characters",
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_fault_is_said_in_english(app: Flask, reason: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert table_faults.said(reason) == REASONS[reason]
        assert table_faults.said("另一句") == "另一句"


@pytest.mark.parametrize("reason", REASONS)
def test_a_fault_stays_in_chinese(app: Flask, reason: str) -> None:
    with app.test_request_context("/"):
        assert table_faults.said(reason) == reason


def test_every_sentence_has_english_without_chinese(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        for sentence, words in table_faults.SENTENCES:
            assert not re.search("[一-鿿]", str(words)), sentence
