"""`python -m qr` on files like those `flask places export` writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qr.__main__ import main
from qr.proof import read_codes
from tests.qr.printing import page_text

HEADER = "doorway_id,community,building,doorway,code,url,status,printed_at,installed_at,last_scanned_at\r\n"
ROWS = [
    "1,甘露园社区,12号楼,1单元,7K2M9QX3,https://example.org/d/7K2M9QX3,active,,,\r\n",
    "2,甘露园社区,12号楼,2单元,,,none,,,\r\n",
    "3,甘露园社区,12号楼,3单元,ABCDEFGH,https://example.org/d/ABCDEFGH,active,2026-11-03T10:00:00+08:00,,\r\n",
    "4,甘露园社区,12号楼,4单元,HGFEDCBA,https://example.org/d/HGFEDCBA,revoked,,,\r\n",
]
ROOT = Path(__file__).resolve().parents[2]


def export(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8-sig") -> Path:
    path = folder / "doors.csv"
    path.write_bytes((header + "".join(rows)).encode(encoding))
    return path


def run(csv: Path, *more: str) -> tuple[int, Path]:
    out = csv.with_name("doors.pdf")
    return main([str(csv), "--stock", "a4-poster", "--out", str(out), *more]), out


def test_active_codes_are_printed_and_counted(tmp_path: Path) -> None:
    csv, out = export(tmp_path, *ROWS), tmp_path / "doors.pdf"
    arguments = [
        "--stock",
        "a4-poster",
        "--out",
        str(out),
        "--sub-district",
        "八里庄街道",
        "--printed-on",
        "2026-11-03",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "qr", str(csv), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "pages=2 posters=2\n"
    assert "2 个楼门没有在用的码" in done.stderr
    assert [reading.text for reading in read_codes(out)] == [
        "https://example.org/d/7K2M9QX3",
        "https://example.org/d/ABCDEFGH",
    ]
    second = page_text(out.read_bytes(), 1)
    for words in ("12号楼 3单元", "甘露园社区", "八里庄街道", "印次 2026-11-03 · 第2张"):
        assert words in second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doors.csv", "doors.pdf"]


def test_another_base_url(tmp_path: Path) -> None:
    status, out = run(
        export(tmp_path, ROWS[0]), "--base-url", "https://ms.example.cn/", "--design", "black", "--demo"
    )
    assert status == 0
    assert [reading.text for reading in read_codes(out)] == ["https://ms.example.cn/d/7K2M9QX3"]
    assert "演示·非官方" in page_text(out.read_bytes())


@pytest.mark.parametrize(
    ("rows", "header", "encoding", "told"),
    [
        ([ROWS[0]], HEADER.replace("building,", ""), "utf-8-sig", ["第1行", "building"]),
        ([], "", "utf-8", ["第1行", "community"]),
        ([ROWS[0], ROWS[0]], HEADER, "utf-8-sig", ["第3行", "code", "7K2M9QX3", "第2行"]),
        ([ROWS[0]], HEADER, "gb18030", ["第1行", "UTF-8"]),
        ([ROWS[0].replace("https://example.org/d/7K2M9QX3", "")], HEADER, "utf-8", ["第2行", "url"]),
        ([ROWS[0].replace("12号楼", "")], HEADER, "utf-8", ["第2行", "building"]),
        ([ROWS[0].replace("1单元", "𠮷单元")], HEADER, "utf-8", ["𠮷", "U+20BB7", "7K2M9QX3"]),
        ([ROWS[0].replace("d/7K2M9QX3", "d/AAAAAAAA")], HEADER, "utf-8", ["7K2M9QX3", "AAAAAAAA"]),
        (['1,"甘露园社区,12号楼\r\n'], HEADER, "utf-8", ["CSV"]),
        ([ROWS[1], ROWS[3]], HEADER, "utf-8", ["2 个楼门"]),
        (["1,甘露园社区,12号楼\r\n"], HEADER, "utf-8", ["第2行", "status"]),
    ],
)
def test_bad_files_are_named_and_nothing_is_printed(
    *,
    rows: list[str],
    header: str,
    encoding: str,
    told: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _ = run(export(tmp_path, *rows, header=header, encoding=encoding))
    assert status == 1
    complaint = capsys.readouterr().err
    for words in told:
        assert words in complaint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["doors.csv"]


def test_a_refused_print_leaves_the_earlier_file(tmp_path: Path) -> None:
    status, out = run(export(tmp_path, ROWS[0]))
    before = out.read_bytes()
    assert (status, run(export(tmp_path, ROWS[0], ROWS[0]))[0]) == (0, 1)
    assert out.read_bytes() == before


def test_missing_file_and_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.csv")[0] == 1
    assert "none.csv" in capsys.readouterr().err
    csv = export(tmp_path, ROWS[0])
    assert main([str(csv), "--stock", "a4-poster", "--out", str(tmp_path / "no" / "f.pdf")]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--stock", "a3-poster"],
        ["--base-url", "example.org"],
        ["--design", "green"],
        ["--start-at", "2"],
        ["--printed-on", "yesterday"],
    ],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    needed = ["--stock", "a4-poster", "--out", str(tmp_path / "f.pdf")]
    with pytest.raises(SystemExit) as stopped:
        main([str(export(tmp_path, ROWS[0])), *(needed if arguments else []), *arguments])
    assert stopped.value.code == 2


def test_nothing_of_the_application_is_imported() -> None:
    code = "import sys, qr.__main__, qr.proof; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not {"app", "flask", "sqlalchemy", "werkzeug", "fontTools"} & set(loaded.split())
