"""The eight matters that stand as pictures on the form, for who likes them: a leaf of the catalogue each. A leaf
that a sub-district does not have is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from app.categories.models import Category


@dataclass(frozen=True)
class Tile:
    """One picture: the leaf it stands for, what is drawn, what is said."""

    code: str
    icon: str
    word: LazyString


TILES = (
    Tile("020101", "lamp", _l("灯不亮")),
    Tile("020103", "door", _l("门、门禁")),
    Tile("010502", "lift", _l("电梯")),
    Tile("010401", "heat", _l("暖气不热")),
    Tile("010103", "drop", _l("漏水")),
    Tile("010201", "bolt", _l("停电")),
    Tile("020301", "drain", _l("下水堵了")),
    Tile("030301", "bin", _l("垃圾")),
)


def tiles(leaves: Sequence[Category]) -> list[Tile]:
    """The pictures for the leaves in use."""
    known = {leaf.code for leaf in leaves}
    return [tile for tile in TILES if tile.code in known]
