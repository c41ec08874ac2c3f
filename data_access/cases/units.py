"""Units of figures: decimals, sign and suffix, and how a spreadsheet writes them. No page says it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Unit:
    """`decimals`: on screen. `spreadsheet`: a cell's number format. `is_count`: a whole number of things.

    `is_share`: the figure is 0..1, written in percent, and its changes in percentage points. `is_relative`: a change is
    given in percent of the earlier figure.
    """

    name: str
    decimals: int
    spreadsheet: str
    is_count: bool = False
    is_share: bool = False
    is_relative: bool = False

    def __str__(self) -> str:
        return self.name

    def write(self, value: float, decimals: int | None = None) -> str:
        """A figure without its unit, but for the percent sign, which is part of it."""
        places = self.decimals if decimals is None else decimals
        return f"{value:.{places}%}" if self.is_share else f"{value:,.{places}f}"

    def difference(self, value: float) -> float:
        """A difference of two figures as it is written: of shares in percentage points."""
        return 100 * value if self.is_share else value

    @property
    def of_differences(self) -> str:
        """The unit of a difference of two figures."""
        return "个百分点" if self.is_share else self.name

    @property
    def d3(self) -> str:
        """The format by which a chart writes a figure."""
        return f".{self.decimals}%" if self.is_share else f",.{self.decimals}f"


CASES = Unit("件", 0, "#,##0", is_count=True, is_relative=True)
PEOPLE = Unit("人", 0, "#,##0", is_count=True, is_relative=True)
HOURS = Unit("小时", 1, "#,##0.00")
POINTS = Unit("分", 2, "#,##0.00")
SHARE = Unit("%", 1, "0.00%", is_share=True)
PER_10K = Unit("件/万人", 1, "#,##0.00")
UNITS = {unit.name: unit for unit in (CASES, PEOPLE, HOURS, POINTS, SHARE, PER_10K)}
NUMBER, WHOLE = Unit("", 2, "#,##0.0#"), Unit("", 0, "#,##0", is_count=True, is_relative=True)  # of what says no unit


class Shown(Protocol):
    """What charts, tables and files ask of a figure: a measure (data_access.cases.measures) or somebody's own."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def definition(self) -> str: ...
    @property
    def better(self) -> str: ...
    @property
    def calibre(self) -> str: ...
    @property
    def is_count(self) -> bool: ...
    @property
    def changes_absolutely(self) -> bool: ...


@dataclass(frozen=True)
class Figure:
    """A figure of somebody's own, of which a frame's column `name` (the label, unless given) holds the values.

    It has its own label, unit and sentence, and never a measure's. Shares come as 0..1 (SHARE). `better`: up, down, ''.
    """

    label: str
    unit: Unit = NUMBER
    definition: str = ""
    column: str = ""
    better: str = ""
    calibre: str = ""

    @property
    def name(self) -> str:
        return self.column or self.label

    @property
    def is_count(self) -> bool:
        return self.unit.is_count

    @property
    def changes_absolutely(self) -> bool:
        return not self.unit.is_relative
