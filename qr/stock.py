"""The paper that posters and stickers are printed on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stock:
    """A kind of sheet, cut into `columns` × `rows` equal cells with one poster each; lengths in millimetres.
    `label` is what a person calls it."""

    name: str
    page_width_mm: float
    page_height_mm: float
    columns: int = 1
    rows: int = 1
    label: str = ""

    @property
    def cells(self) -> int:
        """Posters on a full sheet."""
        return self.columns * self.rows

    @property
    def cell_width_mm(self) -> float:
        return self.page_width_mm / self.columns

    @property
    def cell_height_mm(self) -> float:
        return self.page_height_mm / self.rows

    def cell_corner_mm(self, cell: int) -> tuple[float, float]:
        """Lower left corner of `cell` (0-based, row by row from the top left), from the sheet's."""
        row, column = divmod(cell, self.columns)
        return column * self.cell_width_mm, self.page_height_mm - (row + 1) * self.cell_height_mm


BUILTIN: dict[str, Stock] = {
    stock.name: stock
    for stock in (
        Stock("a4-poster", 210, 297, label="A4 海报，一页一个楼门"),
        Stock("a5-poster", 148, 210, label="A5 海报，一页一个楼门"),
    )
}
