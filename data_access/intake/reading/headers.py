"""Which rows of a sheet are its header: told by the names that the mappings know, else by the shape of the rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from data_access.intake.reading.sheets import Row

LEVELS = 3  # rows that a header may have
SURE = 2  # known names that make a row the header
LONGEST_NAME = 40
# 工单编号*, ＊工单编号, 工单编号（必填）, 【选填】工单编号
DECORATION = re.compile(r"^[*＊★]+|[*＊★]+$|[(（\[【](?:必填|选填|必填项|选填项|非必填|必选|可选)[)）\]】]")
UNSEEN = re.compile("[\u200b-\u200f\u2060\ufeff]")
BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff）)])\s+(?=[\u4e00-\u9fff（(])")
NO_NAME = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?%?|\d{4}[-/.年]\d{1,2}[-/.月].*|TRUE|FALSE|-+|—")


@dataclass(frozen=True)
class Expected:
    """The header names that whoever reads the file knows, and whether a header has all that is needed."""

    names: frozenset[str] = frozenset()
    fits: Callable[[Sequence[str]], bool] = field(default=lambda header: False)


@dataclass(frozen=True)
class Header:
    """`names` are unique where not ''; `doubled`: a name that several columns have -> how each of them is called.

    `line`: its last row. `sure`: whether it can be taken without asking.
    """

    names: list[str]
    line: int
    sure: bool
    known: frozenset[str] = frozenset()
    fits: bool = False
    paths: frozenset[str] = frozenset()  # the names with all their levels
    doubled: dict[str, list[str]] = field(default_factory=dict)


def find_header(top: Sequence[Row], expected: Expected, row: int = 0) -> Header | None:
    """The header among the first rows of a sheet, at line `row` if that is given; None where no row can be one."""
    tried = [
        _header(top, bottom, levels, expected)
        for bottom in range(len(top))
        for levels in range(1, min(LEVELS, bottom + 1) + 1)
        if row in (0, top[bottom][0])
    ]
    if not tried:
        return None
    best = max(tried, key=lambda one: (one.fits, len(one.known), len(one.paths)))
    if row or best.fits or len(best.known) >= SURE:
        return best
    return _by_shape(top, expected)


def _header(top: Sequence[Row], bottom: int, levels: int, expected: Expected) -> Header:
    """The rows up to `bottom` as a header of that many levels."""
    rows = [[_clean(cell, expected.names) for cell in cells] for _, cells in top[bottom - levels + 1 : bottom + 1]]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    upper = [_spread(row) for row in rows[:-1] if len(set(row) - {""}) > 1]  # a row with one text is a title
    leaves = [_lowest([row[at] for row in rows]) for at in range(width)]
    times = Counter(leaves)
    chosen: list[tuple[str, str]] = []  # the name, and the whole of it with all levels
    for at, leaf in enumerate(leaves):
        parts = [row[at] for row in upper if row[at] and row[at] != leaf] + [leaf] if leaf else []
        tails = ["-".join(parts[start:]) for start in range(len(parts))] or [""]
        named = next((tail for tail in tails if tail in expected.names), None)
        chosen.append((named or (leaf if times[leaf] == 1 else tails[0]), tails[0]))
    while chosen and not chosen[-1][0]:
        chosen.pop()
    names = [name for name, _ in chosen]
    known = frozenset(names) & expected.names
    wholes: dict[str, list[str]] = {}
    for name, whole in chosen:
        wholes.setdefault(name, []).append(whole)
    doubled = {name: several for name, several in wholes.items() if name and len(several) > 1}
    paths = frozenset(whole for _, whole in chosen if whole)
    return Header(_numbered(names), top[bottom][0], True, known, expected.fits(names), paths, doubled)


def _clean(cell: str, known: frozenset[str]) -> str:
    """A header's cell without line breaks, unseen characters and decorations, unless it is known with them."""
    bare = " ".join(UNSEEN.sub("", cell).split())
    if bare in known:
        return bare
    joined = BETWEEN_HAN.sub("", bare)
    return joined if joined in known else DECORATION.sub("", joined).strip()


def _spread(row: list[str]) -> list[str]:
    """A group's name over all of its columns: where cells are merged, only the first holds it."""
    filled, last = [], ""
    for cell in row:
        last = cell or last
        filled.append(last)
    return filled


def _lowest(cells: list[str]) -> str:
    return next((cell for cell in reversed(cells) if cell), "")


def _numbered(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if not name or seen[name] == 1 else f"{name}（{seen[name]}）")
    return unique


def _by_shape(top: Sequence[Row], expected: Expected) -> Header:
    """The first row about as wide as the others whose cells read like names; sure if only titles stand above it."""
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in top]
    usual = max(Counter(map(len, filled)).items(), key=lambda item: (item[1] > 1, item[0]))[0]
    title = min(2, usual - 1)  # cells that a row above the header has at most
    wide = [at for at, cells in enumerate(filled) if len(cells) >= max(0.6 * usual, title + 1)]
    named = [at for at in wide if not any(NO_NAME.fullmatch(cell) or len(cell) > LONGEST_NAME for cell in filled[at])]
    at = (named or wide or [0])[0]
    sure = bool(named) and all(len(cells) <= title for cells in filled[:at])
    return replace(_header(top, at, 1, expected), sure=sure)
