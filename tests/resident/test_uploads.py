"""Our reader of forms reads what browsers send as werkzeug's does, and keeps the same limits."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.web.uploads import FormParser

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
Part = tuple[str, str | None, bytes]
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(lambda text: text.encode())
PARTS = st.lists(
    st.tuples(
        st.sampled_from(["text", "photo1", "phone", "名字"]),
        st.none() | st.sampled_from(["", "a.jpg", "照片 1.heic", "a%22b.png"]),
        WORDS | st.binary(max_size=200) | st.sampled_from([b"\r\n", b"a\r\n\r\n", b"--", b"\r\n--"]),
    ),
    max_size=8,
)


def browser(parts: list[Part]) -> bytes:
    """The body as a browser writes it."""
    body = b""
    for name, filename, value in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
        if filename is not None:
            head += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
        body += head.encode() + b"\r\n\r\n" + value + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def read(parser: FormDataParser, body: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]:
    """Every field, and every file in which something was chosen, gathered by name: inputs left empty come before
    others of their name or not at all, which nobody minds."""
    options = {"boundary": BOUNDARY}
    _stream, form, files = parser.parse(io.BytesIO(body), "multipart/form-data", len(body), options)
    chosen = [(name, file.filename or "", file.read()) for name, file in files.items(multi=True)]
    return list(form.items(multi=True)), sorted(
        (one for one in chosen if one[1] or one[2]), key=lambda one: one[0]
    )


@given(PARTS)
def test_the_same_as_werkzeug_reads(parts: list[Part]) -> None:
    body = browser(parts)
    fields, files = read(FormParser(), body)
    assert (fields, files) == read(FormDataParser(), body)
    sent = [(name, value.decode("utf-8", "replace")) for name, chosen, value in parts if chosen is None]
    assert sorted(fields) == sorted(sent)  # a MultiDict gathers them by name


def test_a_large_file_is_put_on_disk_and_read_back_to_the_byte() -> None:
    photo = bytes(range(256)) * 8192  # two megabytes, over many reads
    _fields, files = read(FormParser(), browser([("photo1", "a.jpg", photo), ("text", None, b"x")]))
    assert files == [("photo1", "a.jpg", photo)]


def test_limits_are_kept() -> None:
    with pytest.raises(RequestEntityTooLarge):
        read(FormParser(max_form_memory_size=1000), browser([("text", None, b"x" * 1001)]))
    with pytest.raises(RequestEntityTooLarge):
        read(FormParser(max_form_parts=3), browser([("text", None, b"x")] * 4))
    assert read(FormParser(max_form_memory_size=10), browser([("photo1", "a.jpg", b"x" * 99)]))[1]


@pytest.mark.parametrize("body", [b"", b"no form at all", browser([("text", None, b"x")])[:-30]])
def test_what_is_no_form_is_an_empty_one(body: bytes) -> None:
    assert read(FormParser(), body) == ([], [])


@pytest.mark.parametrize("filename", ["a\nb.jpg", "a\rb.jpg", "a\x00b.jpg"])
def test_an_odd_name_of_a_file_is_no_defect(filename: str) -> None:
    fields, files = read(FormParser(), browser([("text", None, b"x"), ("photo1", filename, b"y")]))
    assert fields == [("text", "x")]
    assert len(files) <= 1


def test_a_form_that_breaks_off_keeps_what_came_before() -> None:
    body = browser([("text", None, "灯坏了".encode()), ("photo1", "a.jpg", b"y" * 99)])[:-60]
    assert read(FormParser(), body) == ([("text", "灯坏了")], [])
