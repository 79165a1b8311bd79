"""One installation for all the tests of a module, told apart by their doors, words and accounts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from urllib.parse import urlsplit

import pillow_heif
import pytest
from PIL import Image

from tests.conftest import Makers
from tests.journeys.conftest import START, browser
from tests.journeys.house import House, free_port
from tests.journeys.paper import addresses_on, photo_of_a_dark_stairwell

__all__ = ["PASSWORD", "START", "Place", "browser", "heic_of"]

PASSWORD = "红庙院里的那棵老槐树"
SUB_DISTRICT, COMMUNITY = "110105015", "红庙社区"
DOORS = 12  # each takes only so many reports an hour


@dataclass
class Place:
    """The product as it is run, a photo to send, and doors to stand at."""

    house: House
    photo: Path
    doors: Iterator[str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def door(self) -> str:
        """The address on the next door."""
        return next(self.doors)

    def newcomer(self) -> str:
        """A name for an account that nobody has yet."""
        return f"diaodu{next(self._numbers)}"


@dataclass(frozen=True)
class Issued:
    """八里庄 with its codes issued, and nobody there yet: its database and what is on the posters."""

    database: Path
    doors: tuple[str, ...]  # paths, for every copy is served elsewhere


@pytest.fixture(scope="session")
def issued(makers: Makers, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Made once by the product's own commands; SQLite, for a browser sees no difference."""
    folder = tmp_path_factory.mktemp("issued")
    house = _house(makers, folder)
    try:
        doors = tuple(urlsplit(door).path for door in _doors(house, folder / "posters.pdf"))
    finally:
        house.close()
    return Issued(_file_of(house), doors)


@pytest.fixture(scope="module")
def place(makers: Makers, issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A copy of it for each module, web server and worker running."""
    folder = tmp_path_factory.mktemp("place")
    house = _house(makers, folder)
    try:
        shutil.copyfile(issued.database, _file_of(house))
        house.go_to(START)
        doors = [house.base_url + door for door in issued.doors]
        yield Place(house, photo_of_a_dark_stairwell(folder / "IMG_2041.jpg"), cycle(doors))
    finally:
        house.close()


def _house(makers: Makers, folder: Path) -> House:
    port = free_port()
    return House(folder, makers["sqlite"].bare(folder), port, f"http://127.0.0.1:{port}", START)


def _file_of(house: House) -> Path:
    """Its database; nobody has it open, and so nothing of it is in a log beside it."""
    file = Path(house.database_url.removeprefix("sqlite:///"))
    assert not file.with_name(f"{file.name}-wal").exists()
    return file


def heic_of(photo: Path) -> Path:
    """The same photo in the format of iPhones."""
    pillow_heif.register_heif_opener()
    made = photo.with_suffix(".heic")
    with Image.open(photo) as picture:
        picture.save(made, "HEIF", exif=picture.getexif().tobytes())
    return made


def _doors(house: House, pdf: Path) -> list[str]:
    house.flask("db", "upgrade")
    house.flask("places", "setup", SUB_DISTRICT, "--name", "八里庄街道", "--district", "朝阳区")
    house.flask("places", "import", "data/demo/balizhuang.xlsx", "--sub-district", SUB_DISTRICT)
    house.flask("codes", "issue")
    house.flask("codes", "print", "--stock", "a4-poster", "--community", COMMUNITY, "--out", str(pdf))
    return addresses_on(pdf, DOORS)
