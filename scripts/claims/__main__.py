"""python -m scripts.claims: try every claim many times and write the table of docs/methods.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.claims import Claim, Measured, all_claims, measure

METHODS = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
BEGIN, END = "<!-- claims: python -m scripts.claims -->\n", "<!-- end -->"
HEAD = "| 方法 | 情形 | 说了什么 | 目标 | 实测 | 次数 |\n|---|---|---|---|---:|---:|\n"


def _cells(claim: Claim) -> str:
    return f"| {claim.method} | {claim.world} | {claim.said} | {claim.goal} |"


def row(one: Measured) -> str:
    mark = "" if one.meets else "＊" if one.holds else "（未达到）"
    return f"{_cells(one.claim)} {one.rate:.1%}{mark} | {one.runs:,} |\n"


def kept_rows() -> dict[str, str]:
    """What the document says now: the first cells of a row -> the whole row."""
    table = METHODS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    return {line.rsplit("|", 3)[0] + "|": line + "\n" for line in table.splitlines()[2:]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.claims", description=__doc__)
    parser.add_argument("--only", default="", help="只试这个方法；其余各行照旧")
    parser.add_argument("--missing", action="store_true", help="只试表里还没有的")
    asked = parser.parse_args()
    rows, failed, kept = [], 0, kept_rows()
    for claim in all_claims():
        if asked.only in ("", claim.method) and not (asked.missing and _cells(claim) in kept):
            one = measure(claim, claim.many)
            rows.append(row(one))
            failed += not one.holds
            sys.stdout.write(rows[-1])
            sys.stdout.flush()
        elif _cells(claim) in kept:
            rows.append(kept[_cells(claim)])
    text = METHODS.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    METHODS.write_text(before + BEGIN + HEAD + "".join(rows) + END + rest.split(END)[1], encoding="utf-8")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
