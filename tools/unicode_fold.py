#!/usr/bin/env python3
"""Writes src/core/fold_table.c and fold_packed_table.c from the Unicode data files of Debian's package unicode-data.

    tools/unicode_fold.py            writes the tables
    tools/unicode_fold.py --check    exits with 1 when the tables in the tree are not what would be written

Each code point below 0x20000 has a record: its class for the word scanner (see fold.h) and its full
case folding (CaseFolding.txt, status C and F). The packed table (fold_packed.h) says the same in less than half the bytes.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/core/fold_table.c"
PACKED = ROOT / "src/core/fold_packed_table.c"
DATA = pathlib.Path("/usr/share/unicode")
LIMIT = 0x20000

OTHER, SPACE, WORD, SOLO, MARK, IGNORED = range(6)
CLASS_NAMES = ["OTHER", "SPACE", "WORD", "SOLO", "MARK", "IGNORED"]

# Line breaking classes of scripts that are written without spaces between words (UAX 14): complex context,
# conditional Japanese starters, Hangul. ID and NS hold other things too: there the script decides.
SOLO_BREAKS = {"SA", "CJ", "H2", "H3", "JL"}
SOLO_SCRIPTS = {"Han", "Hiragana", "Katakana", "Bopomofo", "Yi", "Tangut", "Nushu", "Khitan_Small_Script", "Common"}


def read_lines(name):
    text = (DATA / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            yield [field.strip() for field in line.split(";")]


def read_property(name, wanted=None):
    """code point -> value, of the files with `first..last ; value`."""
    values = {}
    for fields in read_lines(name):
        if wanted is not None and fields[1] != wanted:
            continue
        first, _, last = fields[0].partition("..")
        for code in range(int(first, 16), int(last or first, 16) + 1):
            values[code] = fields[1]
    return values


def read_folding():
    folding = {}
    for code, status, mapping, *_ in read_lines("CaseFolding.txt"):
        if status in ("C", "F"):
            folding[int(code, 16)] = [int(part, 16) for part in mapping.split()]
    # Not Unicode's: other forms of the '@', hyphen and apostrophe that keyboards and word processors write.
    folding.update({0xFF20: [0x40], 0xFE6B: [0x40], 0x2010: [0x2D], 0x2011: [0x2D], 0x2019: [0x27]})
    return folding


def read_classes():
    category = read_property("extracted/DerivedGeneralCategory.txt")
    breaks = read_property("LineBreak.txt")
    scripts = read_property("Scripts.txt")
    spaces = read_property("PropList.txt", "White_Space")
    ignorable = read_property("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")

    def class_of(code):
        general = category.get(code, "Cn")
        if code in spaces or code == 0x200B:  # the zero width space separates words
            return SPACE
        if code in ignorable:
            return IGNORED
        if general[0] == "M" or breaks.get(code) in ("JV", "JT") or code in range(0x1F3FB, 0x1F400):
            return MARK
        if general[0] in "LN":
            line_break = breaks.get(code)
            if line_break in SOLO_BREAKS and general[0] == "L":
                return SOLO
            if line_break in ("ID", "NS") and scripts.get(code) in SOLO_SCRIPTS and general[0] == "L":
                return SOLO
            return WORD
        return OTHER

    return [class_of(code) for code in range(LIMIT)]


class Table:
    """Deduplicated records and blocks."""

    def __init__(self, classes, folding):
        self.sequences = []
        self.records = []
        self.values = []
        known = {}
        for code in range(LIMIT):
            record = self.record(code, classes[code], folding.get(code))
            if record not in known:
                known[record] = len(self.records)
                self.records.append(record)
            self.values.append(known[record])

    def record(self, code, klass, folded):
        """(class, number of code points, delta or place in the sequences)"""
        if folded is None:
            return (klass, 1, 0)
        if len(folded) == 1:
            return (klass, 1, folded[0] - code)
        start = len(self.sequences)
        self.sequences.extend(folded)
        return (klass, len(folded), start)


def split(values, shift):
    """The places of the blocks of 1 << shift values, and the blocks without repetition."""
    size = 1 << shift
    known, index, blocks = {}, [], []
    for start in range(0, len(values), size):
        block = tuple(values[start:start + size])
        if block not in known:
            known[block] = len(blocks)
            blocks.append(block)
        index.append(known[block])
    return index, blocks


def smallest_layout(values):
    """Three levels: index of pages, pages of blocks, blocks of records. Returns (low shift, page shift)."""
    def cost(shifts):
        places, blocks = split(values, shifts[0])
        index, pages = split(places, shifts[1])
        if len(pages) > 256:
            return sys.maxsize
        return len(index) + (len(pages) << shifts[1]) * 2 + (len(blocks) << shifts[0])
    return min(((low, page) for low in range(3, 8) for page in range(2, 8)), key=cost)


def rows(values, per_line=24):
    for start in range(0, len(values), per_line):
        yield "    " + ", ".join(str(value) for value in values[start:start + per_line]) + ","


def packed_number(value):
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    return [value] if value < 128 else [value % 128 + 128, *packed_number(value // 128)]


def zigzag(value):
    return value * 2 if value >= 0 else -value * 2 - 1


def packed_classes(classes):
    """Runs: (length - 1) * 8 + class."""
    begin, packed = 0, []
    for code in range(1, LIMIT + 1):
        if code == LIMIT or classes[code] != classes[begin]:
            packed += packed_number((code - begin - 1) * 8 + classes[begin])
            begin = code
    return packed


def folding_rows(folding):
    """[first, step, count, difference] of code points, one or two apart, that fold by the same difference."""
    found = []
    for code, difference in sorted((code, folded[0] - code) for code, folded in folding.items() if len(folded) == 1):
        if found:
            first, step, count, same = row = found[-1]
            apart = code - (first + step * (count - 1))
            if same == difference and apart in (1, 2) and (count == 1 or apart == step):
                row[1:3] = apart, count + 1
                continue
        found.append([code, 1, 1, difference])
    return found


def packed_folding(folding):
    """Rows: distance from the last one, count * 2 + step - 1, difference; distance 0; then what folds to several code points:
    distance, how many, those; distance 0."""
    packed, at = [], 0
    for first, step, count, difference in folding_rows(folding):
        packed += packed_number(first - at) + packed_number(count * 2 + step - 1) + packed_number(zigzag(difference))
        at = first
    packed.append(0)
    at = 0
    for code, folded in sorted(folding.items()):
        if len(folded) > 1:
            packed += packed_number(code - at) + packed_number(len(folded))
            packed += [byte for part in folded for byte in packed_number(part)]
            at = code
    return packed + [0]


def packed_source(banner, classes, folding):
    return [banner, "/* clang-format off */", '#include "fold_packed.h"', "", "const unsigned char orch__fold_packed[] = {",
            *rows(packed_classes(classes) + packed_folding(folding)), "};", ""]


def generate():
    classes, folding = read_classes(), read_folding()
    table = Table(classes, folding)
    if len(table.records) > 256:
        sys.exit("too many records for uint8_t")
    low, page = smallest_layout(table.values)
    places, blocks = split(table.values, low)
    index, pages = split(places, page)
    version = (DATA / "CaseFolding.txt").read_text(encoding="utf-8").splitlines()[0]
    version = version.split("-")[1].replace(".txt", "")
    banner = f"/* Generated by tools/unicode_fold.py from the Unicode Character Database {version}. Do not edit. */"
    source = [banner, "/* clang-format off */", '#include "fold_table.h"', "", "const int32_t orch__fold_records[] = {"]
    for klass, count, value in table.records:
        source.append(f"    ORCH__FOLD_RECORD(ORCH__CHAR_{CLASS_NAMES[klass]}, {count}, {value}),")
    source += ["};", ""]
    for declaration, values in (
            ("uint16_t orch__fold_sequences", table.sequences),
            ("uint8_t orch__fold_index", index),
            ("uint16_t orch__fold_pages", [v for p in pages for v in p]),
            ("uint8_t orch__fold_blocks", [v for b in blocks for v in b])):
        source += [f"const {declaration}[] = {{", *rows(values), "};", ""]
    header = [
        banner,
        "#ifndef ORCHD_FOLD_TABLE_H",
        "#define ORCHD_FOLD_TABLE_H",
        "",
        '#include "fold.h"',
        "",
        "/* A code point's record: blocks[pages[index[code >> (LOW + PAGE)] << PAGE | middle bits] << LOW | low bits]. */",
        f"#define ORCH__FOLD_LOW   {low}",
        f"#define ORCH__FOLD_PAGE  {page}",
        f"#define ORCH__FOLD_LIMIT 0x{LIMIT:X}u",
        "",
        "/* count 1: the folded code point is the code point plus value; else value is the place of `count` of them in",
        " * the sequences. */",
        "#define ORCH__FOLD_RECORD(kind, count, value) ((value)*256 + (count)*16 + (int)(kind))",
        "",
        "extern const int32_t orch__fold_records[];",
        "extern const uint16_t orch__fold_sequences[];",
        "extern const uint8_t orch__fold_index[];",
        "extern const uint16_t orch__fold_pages[];",
        "extern const uint8_t orch__fold_blocks[];",
        "",
        "static inline int32_t orch__fold_record(uint32_t code)",
        "{",
        "    uint32_t page = orch__fold_index[code >> (ORCH__FOLD_LOW + ORCH__FOLD_PAGE)];",
        "    uint32_t middle = code >> ORCH__FOLD_LOW & ((1u << ORCH__FOLD_PAGE) - 1);",
        "    uint32_t block = orch__fold_pages[page << ORCH__FOLD_PAGE | middle];",
        "",
        "    return orch__fold_records[orch__fold_blocks[block << ORCH__FOLD_LOW |",
        "                                                (code & ((1u << ORCH__FOLD_LOW) - 1))]];",
        "}",
        "",
        "#endif",
        "",
    ]
    return {TARGET: "\n".join(source), TARGET.with_suffix(".h"): "\n".join(header),
            PACKED: "\n".join(packed_source(banner, classes, folding))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    wrong = False
    for path, text in generate().items():
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} differs from what tools/unicode_fold.py writes")
            wrong = True
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
