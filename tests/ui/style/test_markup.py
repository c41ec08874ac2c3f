"""Text that joins HTML or Markdown stays text, whatever it is; what is marked stays what it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from ui.style.links import cases_address
from ui.style.markup import SPECIAL, Address, Markdown, bold, html, joined, markdown, plain

EVIL = "![图](http://outside.example/x.png)<b onclick='x'>&amp;"
# Everything a browser may be sent, without the signs that nobody sees (they have a test of their own).
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from("<>&'\"{}%;/=")) | st.just(EVIL)


class Read(HTMLParser):
    """What a browser makes of HTML: its tags with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(source))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(text: str) -> str:
    """Markdown's text where every letter that could act has its backslash; fails where one has none."""
    parts = re.findall(r"\\(.)|([^\\])", text, re.DOTALL)
    assert not [bare for _, bare in parts if bare in SPECIAL], text
    return "".join(escaped or bare for escaped, bare in parts)


def seen(text: str) -> str:
    """What an eye sees of a text: nothing of signs without width, nothing of the indent that begins a line."""
    return re.sub(r"^[ \t]+", "", text.replace("\u2060", ""), flags=re.MULTILINE)


@given(TEXT, TEXT)
def test_html_shows_any_text_as_it_is(text: str, other: str) -> None:
    read = Read(html('<p title="{}">{}</p>', text, other))
    assert read.tags == [("p", {"title": text})] and read.text == other


@given(TEXT)
def test_what_is_html_already_is_not_escaped_again(text: str) -> None:
    once = bold(text)
    assert html("{}", once) == html("{one}", one=once) == joined("", [once]) == once + "" == "" + once == once
    assert Read(once).text == text


@given(TEXT, TEXT)
def test_adding_keeps_the_type_and_escapes_what_has_none(text: str, other: str) -> None:
    lead = text + bold(other)
    lead += text
    assert isinstance(lead, Markup)
    read = Read(lead)
    assert [tag for tag, _ in read.tags] == ["b"] and read.text == text + other + text


@given(st.lists(TEXT, max_size=4))
def test_joined_keeps_the_type_and_escapes_what_has_none(parts: list[str]) -> None:
    whole = joined("<br>", (bold(one) if place % 2 else one for place, one in enumerate(parts)))
    assert isinstance(whole, Markup) and Read(whole).text == "".join(parts)


@given(TEXT)
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    said = shown(plain(text))
    assert said == shown(markdown("{}", text)) == shown(markdown("{one}", one=text)) and seen(said) == seen(text)
    assert markdown("**{}**", text) == f"**{plain(text)}**"


@given(TEXT)
def test_what_is_markdown_already_is_not_escaped_again(text: str) -> None:
    once = markdown("**{}**", text)
    assert markdown("{}", once) == markdown("{one}", one=once) == once
    assert all(isinstance(one, Markdown) for one in (once, plain(text)))


@given(TEXT)
def test_an_address_stands_in_markdown_as_it_is(text: str) -> None:
    address = cases_address(CaseFilter(street=(text,)))
    assert isinstance(address, Address)
    assert markdown("[{}]({})", "看", address) == f"[看]({address})"
    assert not set(address) & set("()[]<>\\ \n")


@pytest.mark.parametrize(
    ("template", "value", "said"), [("{:,.0f}", 1234.5, "1,234"), ("{:.1%}", 0.5, "50.0%"), ("{}", 7, "7")]
)
def test_figures_are_written_as_asked(template: str, value: float, said: str) -> None:
    assert html(template, value) == markdown(template, value) == said


@given(TEXT, st.sampled_from("\u202e\u2066\u0000\u001b"))
def test_signs_that_turn_a_line_round_are_shown(text: str, sign: str) -> None:
    assert sign not in html("{}", text + sign) and sign not in markdown("{}", sign + text)
    assert Read(html("{}", text + sign)).text == text + "\ufffd"
    assert seen(shown(plain(sign + text))) == "\ufffd" + text.replace("\u2060", "")


def test_forgetting_shows_as_signs() -> None:
    """A type that was lost is escaped: seen on the page, and never acted on."""
    lost = f"{bold('甲')}"
    assert Read(html("{}", lost)).text == "<b>甲</b>"
    assert shown(plain("**甲**")) == "**甲**"
