"""What the tests and figures need of the machine beside Python: `python -m scripts.machine postgresql chromium`.

As root on Debian or Ubuntu what is missing is installed by apt-get; elsewhere it is said how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_PATH = os.defpath + ":/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Need:
    """One thing that must be there, and the Debian package that brings it."""

    is_there: Callable[[], bool]
    package: str


def main(names: Sequence[str]) -> int:
    """0 when all of `names` are there, or were brought; 1 when something is still missing."""
    missing = _missing(names)
    if missing and _may_install():
        _install([NEEDS[name].package for name in missing])
        missing = _missing(missing)
    if "chromium" in missing and _may_install():
        _playwrights_own_chromium()
        missing = _missing(missing)
    for name in missing:
        print(
            f"{name} is missing: apt-get install {NEEDS[name].package} (as root), or the like",
            file=sys.stderr,
        )
    return 1 if missing else 0


def _missing(names: Sequence[str]) -> list[str]:
    return [name for name in names if not NEEDS[name].is_there()]


def _has_program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}") is not None


def _has_postgresql() -> bool:
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _has_chinese_font() -> bool:
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


def _has_chromium() -> bool:
    if shutil.which("chromium"):
        return True
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


NEEDS = {
    "postgresql": Need(_has_postgresql, "postgresql"),
    "chromium": Need(_has_chromium, "chromium"),
    "chinese-font": Need(_has_chinese_font, "fonts-noto-cjk"),
    # the browser's own Chinese, for pictures: file inputs and dates speak the language of the browser
    "chromium-l10n": Need(lambda: any(Path("/usr/lib/chromium/locales").glob("zh-CN*")), "chromium-l10n"),
    "nginx": Need(_has_program("nginx"), "nginx"),
    "wrk": Need(_has_program("wrk"), "wrk"),
    "taskset": Need(_has_program("taskset"), "util-linux"),
}


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: Sequence[str]) -> None:
    if "chromium" in packages and _is_ubuntu():
        packages = [name for name in packages if name != "chromium"]
    if not packages:
        return
    print(f"Installing {', '.join(packages)}")
    _apt("update", "-q")
    _apt("install", "-q", "-y", "--no-install-recommends", *packages)


def _apt(*words: str) -> None:
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(
            f"apt-get {' '.join(words)} ended with {done.returncode}:\n{done.stderr.strip()}", file=sys.stderr
        )


def _is_ubuntu() -> bool:
    """There the package chromium is only a pointer to a snap, which a container cannot run."""
    return platform.freedesktop_os_release().get("ID") == "ubuntu"


def _playwrights_own_chromium() -> None:
    command = [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
