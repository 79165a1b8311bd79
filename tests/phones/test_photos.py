"""Photos from a real browser: made small before they travel where script runs, whole where it does not."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.cases import photos
from app.config import ROOT
from tests.journeys.people import PHONE, PLACE
from tests.world import World

pillow_heif.register_heif_opener()
SIZE = (4000, 3000)


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos as a camera writes them, held upright: red is on top when they stand as they were taken."""
    folder = tmp_path_factory.mktemp("camera")
    lying = Image.effect_noise((500, 375), 30).convert("RGB").resize(SIZE)
    lying.paste((200, 30, 30), (0, 0, 900, 3000))
    notes = Image.Exif()
    notes[0x0112], notes[0x010F] = 6, "SecretCamera"
    lying.save(folder / "large.jpg", quality=97, exif=notes)
    lying.resize((800, 600)).save(folder / "photo.heic", exif=notes.tobytes(), quality=60)
    lying.resize((800, 600)).save(folder / "small.jpg", quality=80)
    assert (folder / "large.jpg").stat().st_size > 1_000_000
    return folder


@contextmanager
def phone(browser: Browser, *, script: bool) -> Iterator[Page]:
    context = browser.new_context(**PHONE, **PLACE, java_script_enabled=script)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    yield page
    assert not faults
    context.close()


def open_form(page: Page, world: World, address: str) -> None:
    page.goto(f"{address}/d/{world.doors[0].code}")
    page.get_by_label("出了什么事？").fill("路灯坏了三天了")


def send(page: Page) -> None:
    with page.expect_navigation(url="**/r/**"):
        page.get_by_role("button", name="提交", exact=True).click()


def arrived() -> bytes:
    """The one photo that lies in quarantine."""
    [path] = photos.quarantine("").iterdir()
    return path.read_bytes()


def work(process_env: Callable[[], dict[str, str]]) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "worker", "--once"], cwd=ROOT, env=process_env(), check=True,
        capture_output=True,
    )  # fmt: skip


def is_upright(image: Image.Image) -> bool:
    width, height = image.size
    top, bottom = (image.convert("RGB").getpixel((width // 2, height * part // 20)) for part in (2, 15))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    return width < height and top[0] > top[2] + 100 and abs(bottom[0] - bottom[2]) < 40


def shown(page: Page) -> tuple[int, int]:
    """How large the photo on the receipt came over, once there is one."""
    page.reload()
    picture = page.locator(".shots img").first
    expect(picture).to_be_visible()
    size = picture.evaluate(
        "async (one) => { await one.decode(); return [one.naturalWidth, one.naturalHeight] }"
    )
    return size[0], size[1]


def test_with_script_a_large_photo_travels_small_and_upright(
    browser: Browser, world: World, address: str, camera: Path, process_env: Callable[[], dict[str, str]]
) -> None:
    with phone(browser, script=True) as page:
        open_form(page, world, address)
        page.set_input_files("#photo1", camera / "large.jpg")
        expect(page.locator("#photo1 + .hint")).to_have_text(re.compile(r"large\.jpg · [0-9]+ KB"))
        send(page)
        body = arrived()
        with Image.open(io.BytesIO(body)) as image:
            assert (image.format, image.size) == ("JPEG", (1200, 1600))
            assert is_upright(image)
            assert not image.getexif().get(0x010F)
        print(f"{(camera / 'large.jpg').stat().st_size} bytes travelled as {len(body)}")
        assert len(body) < (camera / "large.jpg").stat().st_size / 4
        work(process_env)
        assert shown(page) == (1200, 1600)


def test_pressing_send_at_once_loses_and_doubles_nothing(
    browser: Browser, world: World, address: str, camera: Path
) -> None:
    with phone(browser, script=True) as page:
        open_form(page, world, address)
        page.set_input_files("#photo1", camera / "large.jpg")
        send(page)
        with Image.open(io.BytesIO(arrived())) as image:
            assert image.size == (1200, 1600), "it waited for what was being made small"


def test_what_is_small_already_is_left_as_it_is(
    browser: Browser, world: World, address: str, camera: Path
) -> None:
    with phone(browser, script=True) as page:
        open_form(page, world, address)
        page.set_input_files("#photo1", camera / "small.jpg")
        expect(page.locator("#photo1 + .hint")).to_contain_text("small.jpg")
        send(page)
        assert arrived() == (camera / "small.jpg").read_bytes()


def test_without_script_it_arrives_whole_and_the_worker_makes_it_small(
    browser: Browser, world: World, address: str, camera: Path, process_env: Callable[[], dict[str, str]]
) -> None:
    with phone(browser, script=False) as page:
        open_form(page, world, address)
        page.set_input_files("#photo1", camera / "large.jpg")
        send(page)
        assert arrived() == (camera / "large.jpg").read_bytes()
        work(process_env)
        page.reload()
        with Image.open(io.BytesIO(page.request.get(address + _link(page)).body())) as image:
            assert (image.format, image.size) == ("JPEG", (1200, 1600))
            assert is_upright(image)


def _link(page: Page) -> str:
    link = page.locator(".shots img").first.get_attribute("src")
    assert link
    return link


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_heic_goes_as_it_is_and_is_shown(
    browser: Browser,
    world: World,
    address: str,
    camera: Path,
    process_env: Callable[[], dict[str, str]],
    script: bool,
) -> None:
    with phone(browser, script=script) as page:
        open_form(page, world, address)
        page.set_input_files("#photo1", camera / "photo.heic")
        send(page)
        assert arrived() == (camera / "photo.heic").read_bytes()
        work(process_env)
        page.reload()
        with Image.open(io.BytesIO(page.request.get(address + _link(page)).body())) as image:
            assert (image.format, image.size) == ("JPEG", (600, 800))
            assert is_upright(image)
