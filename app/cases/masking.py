"""Telephone and identity numbers out of texts that others than staff read without consent. Pure."""

from __future__ import annotations

import re

HIDDEN = "（号码已隐去）"
_WRITTEN = "０１２３４５６７８９⓪①②③④⑤⑥⑦⑧⑨零一二三四五六七八九〇幺＋－（）Ｘｘ～＊"
_PLAIN = "01234567890123456789012345678901+-()Xx~*"
_PLAIN_DIGITS = str.maketrans(_WRITTEN, _PLAIN)
_GAP = r"[\s\u200b-\u200d\u2060\ufeff\-\u2010-\u2015.·_/~*]{0,3}"
_NUMBERS = re.compile(
    "|".join(
        (
            rf"(?<!\d)\d(?:{_GAP}\d){{16}}{_GAP}[\dXx](?!\d)",  # identity card, 18 places
            r"(?<!\d)\d{15}(?!\d)",  # identity card of the old kind
            rf"(?<!\d)(?:\(?\+?(?:00)?86\)?{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)",  # mobile
            rf"(?<!\d)(?:\+?86{_GAP})?\(?0\d{{2,3}}\)?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}(?!\d)",  # landline
            rf"(?<!\d)[48]00{_GAP}\d{{3,4}}{_GAP}\d{{3,4}}(?!\d)",  # service numbers
            r"(?<!\d)(?!20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d))[2-9]\d{6,7}(?!\d)",  # no area code
            # the same in two groups; a case number or a date is none
            r"(?<!\d)(?!2\d(?:0[1-9]|1[0-2])-\d)[2-9]\d{3}[ \-]\d{4}(?!\d|[ \-]\d)",
            r"(?<!\d)1[3-9]\d{4,8}(?=…)",  # a mobile number cut off by a short title
            r"\d{11,}",  # whatever else is as long as a number that names somebody
        )
    )
)


def masked(text: str) -> str:
    """The text with every number that could call or name somebody replaced; all else as it was.

    Dates, house numbers and amounts stay; when in doubt, a number goes."""
    plain = plain_digits(text)
    parts, end = [], 0
    for found in _NUMBERS.finditer(plain):
        parts += [text[end : found.start()], HIDDEN]
        end = found.end()
    return "".join([*parts, text[end:]])


def plain_digits(text: str) -> str:
    """The text with every digit, however it is written, as 0 to 9; each character keeps its place."""
    return text.translate(_PLAIN_DIGITS)
