"""A reportlab canvas that puts each page away as soon as it is finished.

reportlab keeps all pages, and then twice the file, in memory; a district prints tens of thousands. Here a
finished page goes to a temporary file and only its number and offset stay.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from typing import Any, BinaryIO

from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas


class StreamedCanvas(Canvas):
    """A canvas for pages of `page_size` points; end with finish(out), not save(), and then close()."""

    def __init__(self, page_size: tuple[float, float]) -> None:
        super().__init__(io.BytesIO(), pagesize=page_size, pageCompression=1, invariant=1)
        # The canvas offers no way to bring one's own document; nothing has been drawn yet.
        self._doc = StreamedDocument(compression=1, invariant=1, lang="zh-CN")

    def finish(self, out: BinaryIO) -> None:
        """Complete the file and copy it to `out`."""
        self._doc.finish(out)

    def close(self) -> None:
        """Drop the temporary file."""
        self._doc.spool.close()


class StreamedDocument(pdfdoc.PDFDocument):
    """The file being written. `spool` holds its beginning, up to the last finished page."""

    # Missing from reportlab's type stubs.
    Pages: Any
    Catalog: Any
    info: Any
    signature: Any
    _pdfVersion: tuple[int, int]  # noqa: N815

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call; the canvas closes it
        self._written: set[str] = set()
        self.spool.write(b"%%PDF-%d.%d\n%%\xe6\xa5\xbc\xe9\x97\xa8\n" % self._pdfVersion)

    def addPage(self, page: Any) -> None:  # noqa: N802 - reportlab's name
        """Register a finished page and write it out."""
        content: Any = pdfdoc.PDFStream()
        content.content = page.stream
        content.filters = [pdfdoc.PDFZCompress]
        page.Contents = content
        name = self.thisPageName()
        super().addPage(page)
        self._write(name)
        self._write(content.__InternalName__)
        self.Pages.pages[-1] = pdfdoc.PDFObjectReference(name)

    def finish(self, out: BinaryIO) -> None:
        """Write fonts, forms, page tree, cross-reference table and trailer; copy the whole file to `out`."""
        for font in self.delayedFonts:
            font.addObjects(self)
        self.info.invariant = self.invariant
        self.info.digest(self.signature)
        reference: Any = self.Reference
        root, info = reference(self.Catalog), reference(self.info)
        self.Catalog.Outlines = None
        self._write_the_rest()
        names = [self.numberToId[number] for number in range(1, self.objectcounter + 1)]
        table = pdfdoc.PDFCrossReferenceTable()
        table.addsection(0, names)
        start = self.spool.tell()
        self.spool.write(table.format(self))
        trailer = pdfdoc.PDFTrailer(startxref=start, Size=len(names) + 1, Root=root, Info=info, ID=self.ID())
        self.spool.write(trailer.format(self))
        self.spool.seek(0)
        shutil.copyfileobj(self.spool, out)

    def _write(self, name: str) -> None:
        self.idToOffset[name] = self.spool.tell()
        self.spool.write(pdfdoc.PDFIndirectObject(name, self.idToObject[name]).format(self))
        objects: dict[str, Any] = self.idToObject
        objects[name] = None
        self._written.add(name)

    def _write_the_rest(self) -> None:
        """Formatting an object may register new ones, so the end moves while we go."""
        number = 1
        while number <= self.objectcounter:
            name = self.numberToId[number]
            if name not in self._written:
                self._write(name)
            number += 1
