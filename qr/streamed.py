"""A reportlab document that puts each page away as soon as it is finished.

reportlab keeps all pages, and then twice the file, in memory; a district prints tens of thousands. Here a
finished page goes to a temporary file and only its number and offset stay.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, BinaryIO

from reportlab.pdfbase import pdfdoc


class StreamedDocument(pdfdoc.PDFDocument):
    """Use as a canvas's `_doc`; call `finish(out)` instead of the canvas's save(). Close it afterwards."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._spool = tempfile.TemporaryFile()
        self._written: list[str] = []
        self._spool.write(b"%%PDF-%d.%d\n%%\xe6\xa5\xbc\xe9\x97\xa8\n" % self._pdfVersion)

    def close(self) -> None:
        """Drop the temporary file."""
        self._spool.close()

    def addPage(self, page: pdfdoc.PDFPage) -> None:  # noqa: N802 - reportlab's name
        """Register a finished page and write it out."""
        content = pdfdoc.PDFStream()
        content.content = page.stream
        content.filters = [pdfdoc.PDFZCompress]
        page.Contents = content
        name = self.thisPageName()
        super().addPage(page)
        self._write(name)
        self._write(content.__InternalName__)
        self.Pages.pages[-1] = pdfdoc.PDFObjectReference(name)

    def _write(self, name: str) -> None:
        self.idToOffset[name] = self._spool.tell()
        self._spool.write(pdfdoc.PDFIndirectObject(name, self.idToObject[name]).format(self))
        self.idToObject[name] = None
        self._written.append(name)

    def finish(self, canvas: Any, out: BinaryIO) -> None:
        """Write fonts, forms, page tree, cross-reference table; then copy the whole file to `out`."""
        for font in self.delayedFonts:
            font.addObjects(self)
        self.info.invariant = self.invariant
        self.info.digest(self.signature)
        root, info = self.Reference(self.Catalog), self.Reference(self.info)
        self.Outlines.prepare(self, canvas)
        if self.Outlines.ready < 0:
            self.Catalog.Outlines = None
        self.encrypt.prepare(self)
        self._write_the_rest()
        names = [self.numberToId[number] for number in range(1, self.objectcounter + 1)]
        table = pdfdoc.PDFCrossReferenceTable()
        table.addsection(0, names)
        start = self._spool.tell()
        self._spool.write(table.format(self))
        trailer = pdfdoc.PDFTrailer(startxref=start, Size=len(names) + 1, Root=root, Info=info, ID=self.ID())
        self._spool.write(trailer.format(self))
        self._spool.seek(0)
        shutil.copyfileobj(self._spool, out)

    def _write_the_rest(self) -> None:
        """Formatting an object may register new ones, so the end moves while we go."""
        written = set(self._written)
        number = 1
        while number <= self.objectcounter:
            name = self.numberToId[number]
            if name not in written:
                self._write(name)
            number += 1
