"""Text that is HTML or Markdown, told apart from plain text by its type.

What is not marked is escaped when it joins what is, so that forgetting to escape shows as visible signs on the page
and never as a link, a picture or a script. `+` keeps the type too: "第一名" + bold(unit) is HTML with the unit escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import LiteralString

from markupsafe import Markup

SPECIAL = frozenset("\\`*_{}[]()<>#!|$~:&")  # what Markdown, as Streamlit reads it, could act on


class Markdown(str):
    """Markdown written by this program; the data's words in it are escaped."""

    __slots__ = ()


class Address(Markdown):
    """An address within the dashboard, percent-encoded: safe wherever it stands."""

    __slots__ = ()


# Signs that turn the direction of everything after them, or that no font shows.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b-\u001f]")
JOINER = "\u2060"  # invisible; before a text it keeps a drawing library from reading it as its own syntax


def visible(text: str) -> str:
    """Text whose signs stay where they stand: what would turn a line round or hide in it is shown as �."""
    return TURNING.sub("\ufffd", text)


def word(text: str) -> str:
    """Text that a drawing library takes for a word, whatever it means to the library (@@=…, __proto__)."""
    text = visible(text)
    return JOINER + text if text.startswith("@@") or text in PROTOTYPES else text


PROTOTYPES = frozenset(dir(object)) | {"__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty"}


def as_stored(text: str) -> str:
    """What `word` was made of, when a library gives it back."""
    return text.removeprefix(JOINER)


def html(template: LiteralString, *values: object, **named: object) -> Markup:
    """HTML from a template whose values are escaped unless they are HTML themselves."""
    return Markup(template).format(*map(_shown, values), **{name: _shown(value) for name, value in named.items()})


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def bold(value: object) -> Markup:
    """A figure or a name that the eye should find."""
    return html("<b>{}</b>", value)


def joined(between: LiteralString, parts: Iterable[object]) -> Markup:
    """HTML of several parts with HTML between them."""
    return Markup(between).join(parts)  # type: ignore[arg-type]


def markdown(template: LiteralString, *values: object, **named: object) -> Markdown:
    """Markdown from a template whose values are escaped unless they are Markdown themselves."""
    return Markdown(template.format(*map(_marked, values), **{name: _marked(value) for name, value in named.items()}))


def _marked(value: object) -> object:
    """Numbers and times as they are, so that a template may format them; all else as text."""
    if isinstance(value, Markdown | int | float | complex | date):
        return value
    return plain(str(value))


# What a browser takes for a link, an icon or an arrow once the backslashes are gone: broken up by a sign of no width.
ACTING = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?=@)|(?<=:)(?=material/)|(?<=[-<>=~!])(?=[-<>=])", re.IGNORECASE)
# At the start of a line: an indent (of code), and what begins a list, a heading's underline or a rule.
LINE = re.compile(r"^[ \t]*(\d{1,9}(?=\.(?:\s|$))|(?=[-+=]))", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def plain(text: str) -> Markdown:
    """Text from the data for places that read Markdown: a resident's words must not become a link or a picture."""
    broken = INDENT.sub(" ", ACTING.sub(JOINER, visible(text)))
    escaped = "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in broken)
    return Markdown(LINE.sub(r"\1\\", escaped))
