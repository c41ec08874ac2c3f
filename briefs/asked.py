"""What a brief is asked about, and what one of its parts is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
from markupsafe import Markup

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.people import Actor
from ui.drawing.vega import Drawing


class NoBrief(ValueError):
    """There is nothing to write about, with the reason."""


def text_of(words: Markup) -> str:
    """A page's sentence without its marks."""
    return words.striptags()


@dataclass(frozen=True)
class Asked:
    """What a brief is about. `where` has its period."""

    reader: Reader
    where: CaseFilter
    kind: str
    viewer: Actor | None = None

    @property
    def whole(self) -> bool:
        """Whether it is about the whole district."""
        return self.where == CaseFilter(period=self.where.period)

    @property
    def in_short(self) -> bool:
        """Whether it is read in two minutes, every day: what a sentence tells stands in no picture or table as well."""
        return self.kind == "day"

    def within(self, where: CaseFilter) -> Asked:
        """The same of other cases."""
        return replace(self, where=where)


@dataclass(frozen=True)
class Part:
    """`rows`: its table, headed by `labels`; `chart`: its picture, with `chart_title` above. `paper`: what of the table
    stands in Word, where that is less; `is_annex`: whether the part stands in Excel alone."""

    heading: str
    sentences: tuple[str, ...]
    rows: pd.DataFrame | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    chart: Drawing | None = None
    chart_title: str = ""
    paper: pd.DataFrame | None = None
    is_annex: bool = False

    @property
    def printed(self) -> pd.DataFrame | None:
        """The table as Word has it."""
        return self.rows if self.paper is None else self.paper
