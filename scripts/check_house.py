"""Rules of the house no other tool knows: names that say nothing, and exceptions without a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parent.parent
SAY_NOTHING = re.compile(r"(utils?|helpers?|common|misc|services?|managers?)\.(py|html|css|js)")
BARE_NOQA = re.compile(r"#\s*noqa(?!:)|#\s*type:\s*ignore(?!\[)")


def nameless(paths: Iterable[str]) -> Iterator[str]:
    """Files whose name does not tell what is inside."""
    for path in paths:
        if SAY_NOTHING.fullmatch(PurePath(path).name):
            yield f"{path}: the name says nothing; name the work it does"


def unexplained_ignores(pyproject: str) -> Iterator[str]:
    """Entries of ruff's ignore lists in pyproject.toml with no comment beside them."""
    inside = False
    for number, line in enumerate(pyproject.splitlines(), 1):
        if line.startswith("["):
            inside = line == "[tool.ruff.lint.per-file-ignores]"
        elif line.startswith("ignore = ["):
            inside = True
        elif line.startswith("]"):
            inside = False
        elif inside and line.strip() and "#" not in line:
            yield f"pyproject.toml:{number}: an ignore needs its reason beside it"


def blanket_exceptions(path: str, source: str) -> Iterator[str]:
    """`noqa` and `type: ignore` that do not name what they excuse."""
    for number, line in enumerate(source.splitlines(), 1):
        if BARE_NOQA.search(line):
            yield f"{path}:{number}: name what is excused, as in noqa: S104"


def main() -> int:
    """1 when a rule is broken; each on a line of standard error."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    wrong = [*nameless(listed), *unexplained_ignores((ROOT / "pyproject.toml").read_text(encoding="utf-8"))]
    for path in listed:
        if path.endswith(".py") and (ROOT / path).exists() and not path.endswith("check_house.py"):
            wrong.extend(blanket_exceptions(path, (ROOT / path).read_text(encoding="utf-8")))
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
