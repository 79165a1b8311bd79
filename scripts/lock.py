"""`make lock`: requirements.txt and requirements-dev.txt from pyproject.toml, with hashes and for every
platform. Which index answered is no part of the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(Path(sys.executable).with_name("uv"))
COMPILE = (
    UV, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11",
    "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock", "pyproject.toml",
)  # fmt: skip


def main() -> int:
    """Write both files; the second keeps the versions of the first. `--upgrade` takes the newest."""
    command = [*COMPILE, *sys.argv[1:]]
    subprocess.run([*command, "-o", "requirements.txt"], cwd=ROOT, check=True)
    dev = ("--extra", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt")
    subprocess.run([*command, *dev], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
