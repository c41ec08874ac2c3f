"""三率 in a brief: the leagues of streets, departments and companies, as their page gives them; places day by day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis.league import FEW
from briefs.asked import Asked, Part
from briefs.parts import NO_HOTLINE, PREVIOUS, RATES, THAN, few_callbacks
from briefs.words import change_words, changes_words, figure_words, listed
from data_access.cases.measures import MEASURES
from data_access.district.periods import Period, assessment_month
from data_access.district.vocabulary import HOTLINE
from questions.league import DAY, MOVED_IN, STREET, League, league_of, moved_places
from ui.drawing import courses, titles
from ui.style.numbers import band, day, show
from ui.style.theme import LIGHT

OTHERS = {"部门": "部门三率", "企业": "企业三率"}
HEADS = {"place": "名次", "band": "可能名次", "volume": "承办量（热线）"}
ASSESSMENT = "assessment"
LONG, ENDS = 20, 5  # places of a league that stand on paper; at either end of a longer one


def rates(asked: Asked) -> Part | None:
    """三率考核: the whole, and the league of streets."""
    reader, where = asked.reader, asked.where.replace(source=(HOTLINE,))
    if not reader.count(where):
        return Part("三率", (NO_HOTLINE,))
    now = reader.changes(RATES, where, PREVIOUS)
    if now["resolution_rate"].current != now["resolution_rate"].current:
        return Part("三率", (f"{figure_words(now['resolution_rate'])}。",))
    said = changes_words([now[key] for key in RATES], THAN[PREVIOUS])
    few = few_callbacks(asked)
    sentence = (few or f"热线有效回访 {reader.figure('valid_callbacks', where):,.0f} 件：{said}") + "。"
    table = league_of(reader, where, STREET)
    if not asked.whole or not table.is_known:
        return Part("三率", (sentence,))
    return league_part("三率", (sentence, standing_words(table, STREET)), table, STREET, told=not few)


def others(asked: Asked) -> tuple[Part, ...]:
    """The leagues of departments and of companies, each apart: on paper those that have a place."""
    if few_callbacks(asked):
        return ()
    found = []
    for kind, heading in OTHERS.items():
        table = league_of(asked.reader, asked.where.replace(source=(HOTLINE,)), kind)
        if not table.is_known:
            continue
        said = f"{kind} {len(table.units)} 个，合并计算综合成绩 {show(table.pooled, table.composite)} 分。"
        part = league_part(heading, (said, standing_words(table, kind)), table, kind)
        found.append(replace(part, is_annex=asked.in_short))
    return tuple(found)


def league_part(heading: str, said: tuple[str, ...], table: League, kind: str, *, told: bool = True) -> Part:
    """A league's part: on paper those that have a place, of a long league its ends; the whole is in Excel."""
    rows, heads = league_rows(table, told=told)
    small, placed = int(table.is_small.sum()), rows[rows["place"].notna()] if "place" in rows else rows.head(0)
    if small and len(placed):
        said += (f"有效回访不足 {table.scoring.small_sample} 件的 {small} 个，{FEW}，只列在 Excel。",)
    if len(placed) > LONG:
        worse = max(len(table.surely_worse), ENDS)
        said += (f"下表列前 {ENDS} 位和后 {worse} 位。",)
        placed = pd.concat([placed.head(ENDS), placed.tail(worse)])
    return Part(heading, said, rows, heads, paper=placed)


def standing_words(table: League, kind: str) -> str:
    """Who leads, and who is surely in the worse half."""
    placed, score = table.placed, table.composite
    if placed.empty:
        return f"各{kind}的有效回访都不足 {table.scoring.small_sample} 件，{FEW}。"
    first = str(placed.index[0])
    told = f"{first}（{show(placed[score.name].iloc[0], score)} 分，可能名次 {_could_be(table, first)}）"
    if len(placed) == 1:
        return f"够得上排名的{kind}只有 1 个，不比：{first} {show(placed[score.name].iloc[0], score)} 分。"
    worse = f"能确定在后一半的有{listed(table.surely_worse)}" if table.surely_worse else f"没有{kind}能确定在后一半"
    return f"{kind}里表上居首的是{told}。{worse}。"


def league_rows(table: League, *, told: bool = True) -> tuple[pd.DataFrame, dict[str, str]]:
    """The league as a table, with its heads. `told`: whether the rates are: of one callback a paper would say 100 %."""
    bands = [FEW if small else _could_be(table, str(unit)) for unit, small in table.is_small.items()]
    rows = table.units.assign(band=bands)
    rows = rows.sort_values(["place", "volume"], ascending=[True, False]).reset_index()
    if len(table.placed) < 2:  # one alone is no league
        rows = rows.assign(place=float("nan"), band=[FEW if one == FEW else "不比" for one in rows["band"]])
    if not told:
        return rows[["unit", "band", "valid_callbacks", "volume"]], HEADS
    shown = ["place", "unit", table.composite.name, "band", *(rate.name for rate in table.rates), "valid_callbacks",
             "volume"]  # fmt: skip
    return rows[shown], HEADS


def _could_be(table: League, unit: str) -> str:
    return band(table.bands.at[unit, "best"], table.bands.at[unit, "worst"])


def course(asked: Asked) -> Part | None:
    """名次逐日变化: the streets' places through the assessment month."""
    if not asked.whole:
        return None
    table = league_of(asked.reader, asked.where.replace(source=(HOTLINE,)), STREET)
    if not table.is_known or table.placed.empty:
        return None
    lines = table.day_by_day()
    if lines.empty:
        return None
    moved = titles.ranks(moved_places(table), MOVED_IN)
    worse = f"橙色的是能确定在后一半的：{listed(table.surely_worse)}" if table.surely_worse else "没有能确定在后一半的"
    said = ([f"{moved}。"] if moved else []) + [f"名次按考核期开始到当日的累计成绩；前几日件少，起伏大。{worse}。"]
    ends = lines[lines[DAY] == lines[DAY].max()]
    days = sorted(lines[DAY].unique())
    steps = [*days[6::7]] + ([days[-1]] if len(days) % 7 else [])  # a column a week, and the last day
    wide = lines[lines[DAY].isin(steps)].pivot_table(index="unit", columns=DAY, values="place", aggfunc="first")
    wide.columns = [f"{one:%-m月%-d日}" for one in wide.columns]
    wide = wide.reindex(ends.sort_values("place")["unit"]).rename_axis("unit").reset_index()
    drawn = courses.rank_lines(lines, DAY, "unit", table.surely_worse, colours=LIGHT)
    named = "街道名次逐日变化"
    return Part(named, tuple(said), wide, {}, drawn, f"{named}（累计）", paper=wide.head(0))  # the picture tells it


def month_so_far(asked: Asked) -> tuple[Part, ...]:
    """三率 of a day: its own in a sentence, whose league stands in Excel, and its assessment month up to its end."""
    own = rates(asked)
    month = _month(asked)
    if own is None:
        return (month,)
    whole = replace(month, heading=own.heading, sentences=(own.sentences[0], *month.sentences))
    return (whole,) if own.rows is None else (whole, replace(own, heading="三率：当日", is_annex=True))


def _month(asked: Asked) -> Part:
    """本考核期至今."""
    reader, period = asked.reader, asked.where.when
    month = assessment_month(period.end - pd.Timedelta(microseconds=1), reader.profile.settings.clock)
    where = asked.where.replace(period=Period(month.start, period.end))
    now = reader.changes(("volume", *RATES), where.replace(source=(HOTLINE,)), ASSESSMENT)
    before = "上一考核期同样的天数"
    said = [f"本考核期（{day(month.start)}起）到这一日热线受理 {show(now['volume'].current, MEASURES['volume'])} 件，"
            f"{change_words(now['volume'], before)}。"]  # fmt: skip
    few = few_callbacks(asked.within(where))
    if few:
        return Part("本考核期至今", (*said, f"{few}。"))
    said += [changes_words([now[key] for key in RATES], before) + "。"]
    table = league_of(reader, where, STREET)
    if not asked.whole or not table.is_known:
        return Part("本考核期至今", tuple(said))
    return league_part("本考核期至今", (*said, standing_words(table, STREET)), table, STREET)
