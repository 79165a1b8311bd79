"""Numbers as people really write them, when they have not agreed to hand them over."""

from __future__ import annotations

import pytest

from app.cases.masking import HIDDEN, masked


@pytest.mark.parametrize(
    "number",
    [
        "138 - 0000 - 0000",
        "138   0000   0000",
        "138\n0000\n0000",
        "138\u200b0000\u200b0000",
        "138～0000~0000",
        "138*0000＊0000",
        "幺三八零零零零零零零零",
        "一三八〇〇〇〇〇〇〇〇",
        "①③⑧⓪⓪⓪⓪⓪⓪⓪⓪",
        "010 - 8571 - 2345",
    ],
)
def test_they_are_hidden(number: str) -> None:
    assert masked(f"请打{number}找我") == f"请打{HIDDEN}找我"


@pytest.mark.parametrize(
    "text",
    [
        "一单元三层五号",
        "二〇二六年十一月二十八日",
        "13、15、17号楼",
        "1\n2\n3",
        "3~5楼",
        "下午2 - 4点",
        "11-28 ~ 11-30",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text
