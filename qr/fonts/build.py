"""Make the two fonts that posters embed: ``python -m qr.fonts.build``.

Source is the variable Noto Sans SC that the (development-only) package justmytype-intl-cjk carries.
Result: MashangSansSC-Regular.ttf, MashangSansSC-Bold.ttf and OFL.txt beside this file. Run again only to
change the character set; the results are committed, so printing needs neither fontTools nor the package.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).resolve().parent
FAMILY = "Mashang Sans SC"
POSTSCRIPT_FAMILY = "MashangSansSC"
WEIGHTS = {"Regular": 400, "Bold": 700}
PUNCTUATION = "·—–…‘’“”〇①②③④⑤⑥⑦⑧⑨⑩№℃²³×÷°→←↑↓■□●○★☆"
# Copyright, designer and licence records must survive a change of name; everything else names the family.
KEPT_NAME_IDS = {0, 7, 8, 9, 10, 11, 13, 14}


def source_folder() -> Path:
    """Folder of the variable font inside the installed package; raises ModuleNotFoundError without it."""
    spec = importlib.util.find_spec("justmytype_intl_cjk")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("justmytype-intl-cjk is not installed (it is a development dependency)")
    return Path(spec.origin).parent / "fonts" / "ofl" / "notosanssc"


def characters() -> set[str]:
    """GBK, printable ASCII and the punctuation of posters."""
    gbk = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                gbk.add(bytes((lead, trail)).decode("gbk"))
            except UnicodeDecodeError:
                continue
    return gbk | {chr(point) for point in range(0x20, 0x7F)} | set(PUNCTUATION)


def rename(font: TTFont, style: str) -> None:
    """Give an instance its own names: instances of one variable font all keep “Thin”, and PDF writers merge
    fonts by PostScript name. The licence reserves the upstream name, so the family gets one of its own."""
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in KEPT_NAME_IDS]
    names = {
        1: FAMILY,
        2: style,
        3: f"1.0;MASH;{POSTSCRIPT_FAMILY}-{style}",
        4: f"{FAMILY} {style}",
        5: "Version 1.0; made from Noto Sans SC 2.004",
        6: f"{POSTSCRIPT_FAMILY}-{style}",
    }
    for name_id, text in names.items():
        table.setName(text, name_id, 3, 1, 0x409)


def mark_style(font: TTFont, style: str) -> None:
    bold = style == "Bold"
    font["OS/2"].usWeightClass = WEIGHTS[style]
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
    font["head"].macStyle = 1 if bold else 0
    # The build must give the same bytes on every machine and day.
    font["head"].modified = font["head"].created


def build(style: str, source: Path, target: Path) -> None:
    """Write one static, subset, renamed TrueType font of `style` (Regular or Bold) to `target`."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters())))
    subsetter.subset(font)
    instancer.instantiateVariableFont(font, {"wght": WEIGHTS[style]}, inplace=True)
    rename(font, style)
    mark_style(font, style)
    font.save(target)


def main() -> None:
    """Build both weights and copy the licence."""
    folder = source_folder()
    for style in WEIGHTS:
        target = HERE / f"{POSTSCRIPT_FAMILY}-{style}.ttf"
        build(style, folder / "NotoSansSC[wght].ttf", target)
        print(f"font={target.name} bytes={target.stat().st_size}")  # noqa: T201 - a command prints
    shutil.copyfile(folder / "OFL.txt", HERE / "OFL.txt")


if __name__ == "__main__":
    main()
