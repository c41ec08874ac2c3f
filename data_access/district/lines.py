"""Where in a TOML file something stands: the parser tells values, whoever mends the file needs the line."""

from __future__ import annotations

import re
from collections.abc import Sequence

Stretch = tuple[int, int]
# What may hold brackets and commas that part nothing: texts, comments.
OPAQUE = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*')


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line of a value, by the keys and indexes that lead to it; of the nearest part around it that there is."""
    bare = OPAQUE.sub(lambda found: " " * len(found[0]) if "\n" not in found[0] else found[0], text)
    stretch, path, is_lost = (0, len(bare)), list[str](), False
    for step in place:
        if isinstance(step, int):
            found = None if is_lost else _table(bare, stretch, path, step) or _element(bare, stretch, step)
        else:
            path.append(step)
            found = _table(bare, stretch, path, 0, until_end=True)
            found = found or (None if is_lost else _key(text, bare, stretch, step))
        # What has neither header nor key of its own may have a part that has: [values.is_excluded].
        stretch, is_lost = (found, False) if found else (stretch, True)
    return bare.count("\n", 0, stretch[0]) + 1


def line_with(text: str, value: str) -> int:
    """The first line in which a value stands between quotes; 1 where it stands nowhere."""
    at = max(text.find(f'"{value}"'), text.find(f"'{value}'"), 0)
    return text.count("\n", 0, at) + 1


def _table(text: str, within: Stretch, path: Sequence[str], number: int, *, until_end: bool = False) -> Stretch | None:
    """The table of that number under its header; `until_end`: with those of the same name behind it."""
    name = re.escape(".".join(path))
    headers = [one.start() for one in re.compile(rf"^\[\[?{name}\]\]?", re.MULTILINE).finditer(text, *within)]
    if number >= len(headers):
        return None
    after = headers[number + 1] if number + 1 < len(headers) and not until_end else within[1]
    return headers[number], after


def _key(text: str, bare: str, within: Stretch, name: str) -> Stretch | None:
    found = re.compile(rf"(?<![\w-]){re.escape(name)}[ \t]*=").search(bare, *within)
    found = found or re.compile(rf"""(["']){re.escape(name)}\1[ \t]*=""").search(text, *within)
    return (found.start(), within[1]) if found else None


def _element(text: str, within: Stretch, number: int) -> Stretch | None:
    """The element of that number of the array that begins next."""
    begins = text.find("[", *within)
    depth, nth, start = 0, 0, begins + 1
    for at in range(begins, within[1]) if begins >= 0 else ():
        depth += (text[at] in "[{") - (text[at] in "]}")
        if not depth or (depth == 1 and text[at] == ","):
            if nth == number:
                return start + len(text[start:at]) - len(text[start:at].lstrip()), at
            nth, start = nth + 1, at + 1
        if not depth:
            return None
    return None
