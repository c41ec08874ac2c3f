"""近7天: a wall screen of four figures and two rankings, in the layout of the screen 三率榜. Sums alone: no case."""

from markupsafe import Markup

from data_access import MEASURES, CaseFilter, Reader, preset
from ui.style.markup import html
from ui.style.numbers import OF_PERIOD, moment, name, show
from ui.walls.parts import bars, big_figures, figure, panel, screen

SCREEN = {"title": "近7天"}
FIGURES = ["volume", "overdue_open", "on_time_rate", "resolution_rate"]
MOST = 12


def labelled(key: str) -> str:
    """A state of now is told of the cases that the seven days brought in, and says so."""
    return name(MEASURES[key], OF_PERIOD if MEASURES[key].is_snapshot else "")


def ranking(reader: Reader, by: str, where: CaseFilter) -> Markup:
    """The groups with most cases. Each part that changes has a key of its own."""
    groups = reader.aggregate("volume", by, where, order_by="volume", limit=MOST)
    groups = groups[groups[by] != ""]
    if groups.empty:
        return html("<p>{}</p>", "近7天没有案件")
    most = groups["volume"].max()
    rows = zip(groups[by], groups["volume"], strict=True)
    lines = [(group, f"{count:,.0f}", float(count / most), "") for group, count in rows]
    return bars(f"week.{by}", lines)


def draw(reader: Reader) -> Markup:
    where = CaseFilter(period=preset("last7", reader.as_of, reader.profile.settings.clock))
    values = {key: reader.figure(key, where) for key in FIGURES}
    parts = [
        big_figures(figure(f"week.{key}", show(values[key], MEASURES[key]), labelled(key)) for key in FIGURES),
        panel("streets", "街道　受理量", ranking(reader, "street", where)),
        panel("departments", "二级分类　受理量", ranking(reader, "category2", where)),
    ]
    return screen(reader, "rates", SCREEN["title"], f"受理时间在近 7 天的件　数据截至 {moment(reader.as_of)}", parts)
