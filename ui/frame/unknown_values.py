"""Which values a page was filtered by that no case has: said where it asks, so that no empty page looks like a quiet
street."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from data_access.cases import misspelt
from ui.style.markup import markdown


@contextmanager
def told() -> Iterator[None]:
    """A page runs in the block; each value that it did not find is said once, at once: the page may stop itself."""
    sentences: set[str] = set()

    def say(sentence: str) -> None:
        if sentence not in sentences:
            sentences.add(sentence)
            st.caption(markdown("{}。", sentence))

    with misspelt.said_by(say):
        yield
