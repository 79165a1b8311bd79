"""Reading a posted form. A resident's form has some twenty parts, and werkzeug's own reader of
multipart/form-data took a quarter of the time of a report; this one leaves the work to `multipart`."""

from __future__ import annotations

import errno
import io
import logging
import os
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Request
from multipart import MultipartSegment, ParserLimitReached, PushMultipartParser
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

log = logging.getLogger("mashang")
if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Parsed = tuple[IO[bytes], Any, Any]
MULTIPART = "multipart/form-data"
ASCII = bytes(range(128))
ITS_OWN = (
    "WerkzeugFormPart"  # werkzeug's test client leaves a line end out after an empty value: it may read that
)


class FormParser(FormDataParser):
    """werkzeug's, but for multipart/form-data. The limits are the same: parts, and bytes of a field kept in
    memory (else RequestEntityTooLarge); of a body that is
    no form, or breaks off, the fields before that are kept and no file."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Parsed:
        """The stream, the fields and the files of a form."""
        boundary = (options or {}).get("boundary", "")
        if mimetype != MULTIPART or ITS_OWN in boundary:
            return super().parse(stream, mimetype, content_length, options)
        gathered = _Gathered(self, content_length)
        try:
            parser = PushMultipartParser(
                boundary.encode("ascii"), max_segment_count=self.max_form_parts or 1000
            )
            for event in parser.parse_blocking(stream.read):
                gathered.take(event)
        except ParserLimitReached as limit:
            raise RequestEntityTooLarge from limit
        except ValueError:  # no form, or one that breaks off: what came before is not lost
            gathered.files.clear()
        return stream, self.cls(gathered.fields), self.cls(gathered.files)


class _Gathered:
    """The fields and files met so far."""

    def __init__(self, limits: FormDataParser, content_length: int | None) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, FileStorage]] = []
        self._limits, self._total = limits, content_length
        self._part: MultipartSegment | None = None
        self._text = bytearray()
        self._file: IO[bytes] | None = None

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """A part begins, goes on, or is over (None)."""
        if event is None:
            self._finish()
        elif isinstance(event, MultipartSegment):
            self._part, self._file = event, None
            self._text.clear()
        elif self._part is not None and self._part.filename is None:
            self._text += event
            most = self._limits.max_form_memory_size
            if most is not None and len(self._text) > most:
                raise RequestEntityTooLarge
        elif event:
            self._write(event)

    def _write(self, event: bytes | bytearray) -> None:
        try:
            self._opened().write(event)
        except OSError:
            log.exception("the disk does not take a file of a form")
            self._file = NotTaken()

    def _finish(self) -> None:
        part = self._part
        if part is None:
            return
        if part.filename is None:
            self.fields.append((part.name or "", self._text.decode("utf-8", "replace")))
        elif part.filename or self._file is not None:  # else an input in which nothing was chosen
            file = self._opened()
            file.seek(0)
            kept = FileStorage(file, part.filename, part.name, content_type=part.content_type)
            self.files.append((part.name or "", kept))
        self._part = None

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            part = self._part
            self._file = self._limits.stream_factory(
                total_content_length=self._total,
                filename=part.filename if part else None,
                content_type=part.content_type if part else None,
                content_length=0,
            )
        return self._file


class NotTaken(io.BytesIO):
    """A file the disk had no room for while the form was read: its words are not lost for that. It takes what is
    still to come, and who reads it is told."""

    def write(self, _more: Any) -> int:
        return 0

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return 0

    def read(self, _size: int | None = -1) -> bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FormRequest(Request):
    """Flask's request with this reader of forms."""

    form_data_parser_class = FormParser

    def __init__(self, environ: WSGIEnvironment, *args: Any, **kwargs: Any) -> None:
        super().__init__(environ, *args, **kwargs)
        # werkzeug decodes this strictly, on error pages too: bytes that are no text are written as escapes
        self.query_string = quote(self.query_string, safe=ASCII).encode()


def init_app(app: Flask) -> None:
    """Read every form of this application so."""
    app.request_class = FormRequest
