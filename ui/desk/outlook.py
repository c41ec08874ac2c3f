"""What is to be expected, on a page: the forecast with how good it has been, the busy hours, the season ahead."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.busy import Busy
from analysis.forecast import LEVELS, MODEL, Outlook
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.days import is_new_year
from data_access.district.periods import DAY
from data_access.district.vocabulary import HOTLINE
from questions.forecast import BAND, BUSY_WEEKS, STEPS, Step, ahead, hours_ahead, leaves_out
from questions.seasons import LOOKED_BACK, RISE, Seasons, kept, seasons_ahead
from ui.choosing.filterbar import one_of
from ui.desk import drawer
from ui.drawing.ahead import forecast, hours
from ui.drawing.tables import downloads, table
from ui.drawing.vega import draw
from ui.frame.page import answer
from ui.style.markup import html, markdown, plain
from ui.style.numbers import relative, short_day, stretch
from ui.style.theme import WEEKDAYS

NAIVE = {"day": "沿用上一周", "week": "沿用上年同周"}
PAST_SHOWN = {"day": 56, "week": 104}
LABELS = {"time": "日期", "expected": "预计", "naive": "沿用", "low80": "80% 下限", "high80": "80% 上限",
          "low95": "95% 下限", "high95": "95% 上限"}  # fmt: skip
TRIES = {"origin": "预测起自", "total": "实际合计", "said": "预计合计", "off": "合计差", "error": "平均每期差",
         "naive_error": "沿用的差", "in80": "落在80%区间", "in95": "落在95%区间"}  # fmt: skip
RISING = {"category1": "一级分类", "category2": "二级分类", "change": "往年增幅", "between": "99% 区间",
          "recent": "近四周", "expected": "未来四周约", "past": "上年同期",
          "streets": "上年同期最多的街道"}  # fmt: skip
RECORD = {
    "start": "四周起自",
    "category1": "一级分类",
    "category2": "二级分类",
    "change": "后来的变化",
    "verdict": "判断",
}


def show_forecast(reader: Reader, where: CaseFilter) -> None:
    """The cases to be expected. `where`: which cases, without a period."""
    step = one_of({name: how.label for name, how in STEPS.items()}, key="forecast_step")
    with st.spinner("正在预测，并用过去的日子试一遍 …"):
        told = ahead(reader, where, step)
    if leaves_out(where):
        st.caption("预测只按来源、街道、分类、单位等受理时就知道的条件，不按状态、文字、时刻。")
    if told.outlook is None:
        answer(html("还不能预测：<b>{}</b>。", told.reason))
        return
    outlook, how = told.outlook, STEPS[step]
    answer(_sentence(told.history, outlook, how))
    drawn = forecast(told.history.iloc[-PAST_SHOWN[step] :], outlook.ahead, step, NAIVE[step])
    shown = stretch(told.history.index[-PAST_SHOWN[step] :][0], outlook.ahead.index[-1] + how.days * DAY)
    draw(drawn, key="forecast", picks=False, is_kept=False)
    st.caption(plain(
        f"{shown}。深色带为 80% 区间，浅色带为 95% 区间，都按过去预测的实际误差放宽或收窄；虚线是{NAIVE[step]}。"
        "用全部历史；考虑星期、节假日与调休、春节和区情配置里的季节，不考虑天气和突发事件"
    ))  # fmt: skip
    listed = outlook.ahead.rename_axis("time").reset_index()
    downloads(listed, f"预测{how.label}", key="forecast_file", labels=LABELS, chart=drawn)
    _tried(outlook, step)
    if step == "day":
        _hours(reader, where)


def _sentence(history: pd.Series, outlook: Outlook, how: Step) -> str:
    """The page's first line: how many are to come, beside as many before, and how far such sums have been off."""
    coming, before = outlook.ahead["expected"], history.iloc[-how.ahead :]
    off = _tries(outlook)["off"].abs().max()
    times, top = pd.DatetimeIndex(coming.index), int(coming.to_numpy().argmax())
    said = html(
        "{}起 {} {}预计受理 <b>{:,.0f}</b> 件，此前同样长的时间是 {:,.0f} 件（<b>{}</b>）",
        short_day(times[0]), how.ahead, "天" if how.days == 1 else "周", coming.sum(), before.sum(),
        relative(coming.sum() / before.sum() - 1),
    )  # fmt: skip
    said += html("；过去 {} 次这样的预测，合计最多差 <b>{:.0%}</b>", outlook.back["origin"].nunique(), off)
    if _has_new_year(times, how) and not _has_new_year(pd.DatetimeIndex(outlook.back["time"]), how):
        said += html("（都没有赶上春节，这次有，误差可能更大）")
    word = "最多的一天" if how.days == 1 else "最多的一周起自"
    figures = outlook.ahead[["expected", "low80", "high80"]].iloc[top]
    return said + html("。{}是 {}，约 {:,.0f} 件（80% 区间 {:,.0f}–{:,.0f}）。", word, short_day(times[top]), *figures)


def _has_new_year(times: pd.DatetimeIndex, how: Step) -> bool:
    """Whether any of the days that these steps cover is of the lunar new year's holidays."""
    return any(is_new_year((first + n * DAY).date()) for first in times for n in range(how.days))


def _tries(outlook: Outlook) -> pd.DataFrame:
    """Grain: one row per earlier moment at which the same would have been forecast; errors in cases per step."""
    back = outlook.back.assign(
        error=(outlook.back["actual"] - outlook.back["expected"]).abs(),
        naive_error=(outlook.back["actual"] - outlook.back["naive"]).abs(),
    )
    tries = back.groupby("origin").agg(
        total=("actual", "sum"), said=("expected", "sum"), error=("error", "mean"), naive_error=("naive_error", "mean"),
        in80=("in80", "mean"), in95=("in95", "mean"),
    )  # fmt: skip
    return tries.assign(off=tries["said"] / tries["total"] - 1).reset_index()


def _tried(outlook: Outlook, step: str) -> None:
    """How good such forecasts have been."""
    st.subheader("这样的预测有多准")
    tries = _tries(outlook)
    better = f"比{NAIVE[step]}的误差小 {outlook.gain:.0%}"
    if outlook.method != MODEL:
        better = f"不比{NAIVE[step]}好，所以这里用的就是{NAIVE[step]}"
    within = "，".join(f"{percent}% 区间里实际落进 {outlook.covered(percent):.0%}" for percent in LEVELS)
    st.markdown(markdown(
        "用过去 {} 个时点、当时已知的数据各预测一遍：{}；{}。", len(tries), better, within,
    ))  # fmt: skip
    shown = tries.assign(**{name: tries[name] * 100 for name in ("off", "in80", "in95")})[list(TRIES)]
    whole = ["total", "said", "error", "naive_error"]
    shown[whole] = shown[whole].round()
    formats = {"off": "%+.1f%%"}
    formats |= dict.fromkeys(("in80", "in95"), "%.0f%%")
    table(shown, key="tries", labels=TRIES, formats=formats, phone=["origin", "total", "said", "off"])
    downloads(shown, "回测", key="tries_file", labels=TRIES)
    st.caption(plain(
        f"相对误差（平均每期差多少 ÷ 历史上逐期沿用平均差多少，即 MASE，小于 1 为好）：预测 {outlook.mase:.2f}，"
        f"{NAIVE[step]} {outlook.mase_naive:.2f}。每次的区间由其余各次的误差定，没有用到那一次自己。"
    ))  # fmt: skip


def _hours(reader: Reader, where: CaseFilter) -> None:
    """The coming week by bands of hours."""
    expected, busy = hours_ahead(reader, where)
    st.subheader("未来一周几点来")
    if expected.empty:
        st.info("来源只有日期，没有时刻。")
        return
    st.markdown(plain(_busy(busy)))
    draw(hours(expected, BAND), key="bands", picks=False)
    st.caption(plain(f"当日的预计 × 近 {BUSY_WEEKS} 周同样的星期（休息日归在一起）里该时段所占的份额"))


def _busy(busy: list[Busy]) -> str:
    if not busy:
        return f"近 {BUSY_WEEKS} 周，没有哪个工作日的哪个时段明显多于其他工作日的同一时段。"
    named = "；".join(
        f"{WEEKDAYS[(one.weekday + 1) % 7]} {one.band}–{one.band + BAND} 时多 {one.more:.0%}"
        f"（95% 区间 {relative(one.low)} 至 {relative(one.high)}）" for one in busy[:3]
    )  # fmt: skip
    return f"近 {BUSY_WEEKS} 周，比其他工作日同一时段明显多的：{named}。排班可以据此加人。"


def show_seasons(reader: Reader, where: CaseFilter) -> None:
    """What rose at this time in past years. `where`: which cases, without a period."""
    with st.spinner("正在看往年同期 …"):
        found = seasons_ahead(reader, where)
    coming = stretch(found.window.start, found.window.end)
    if not found.years:
        answer(html("未来四周（{}）：<b>数据不满一年多</b>，看不出往年同期什么会增多。", coming))
        return
    answer(_seasons_sentence(found, coming))
    if len(found.items):
        ends = zip(found.items["low"], found.items["high"], strict=True)
        items = found.items.assign(
            between=[f"{relative(low)} 至 {relative(high)}" for low, high in ends],
            change=found.items["change"] * 100,
            expected=found.items["expected"].round(),
        )[list(RISING)]  # fmt: skip
        formats = {"change": "%+.0f%%"}
        rows = table(items, key="seasons", labels=RISING, formats=formats, selectable=True,
                     phone=["category2", "change", "expected"], on_pick=drawer.follow("seasons"))  # fmt: skip
        downloads(items, "往年同期增多的类", key="seasons_file", labels=RISING)
        for row in rows:
            named = found.items.iloc[row]
            alike = where.replace(category1=(named["category1"],), category2=(named["category2"],), source=(HOTLINE,))
            drawer.show(reader, alike.replace(period=found.years[0]), f"{named['category2']}上年同期", key="seasons")
    st.caption(plain(
        f"热线各二级分类：往年的这四周与其前四周按日相比，99% 区间全在 0 以上且增幅不小于 {RISE - 1:.0%} 的才列出，"
        f"共看了 {found.looked_at} 类。没有季节时，模拟里每百类有不到 1 类、逐周起伏大的约有 4 类会被偶然列出；"
        "临近春节按离春节的天数对齐"
    ))  # fmt: skip
    _came_true(found)


def _seasons_sentence(found: Seasons, coming: str) -> str:
    years = "、".join(f"{year.start.year}年" for year in found.years)
    if found.items.empty:
        return html("未来四周（{}），往年（{}）没有哪一类比前四周明显增多。", coming, years)
    top = found.items.iloc[0]
    said = html("未来四周（{}），按往年（{}）会增多的有 <b>{}</b> 类", coming, years, len(found.items))
    return said + html("，件数最多的是<b>{}</b>：往年增 {:.0%}，今年约 {:,.0f} 件。可以先办在前面。",
                       top["category2"], top["change"], top["expected"])  # fmt: skip


def _came_true(found: Seasons) -> None:
    """What became of what the same rule named before."""
    st.subheader("以前这样列出的，后来怎样")
    if found.record.empty:
        st.markdown(plain(f"前 {LOOKED_BACK} 个四周里，按当时已有的往年数据，没有列出过哪一类。"))
        return
    rose, fell, unsure = kept(found.record)
    st.markdown(markdown(
        "前 {} 个四周里，按当时已有的往年数据共列出 {} 类次：后来上升 **{}**、下降 **{}**、不能确定 **{}**。",
        LOOKED_BACK, len(found.record), rose, fell, unsure,
    ))  # fmt: skip
    with st.expander("逐项看"):
        shown = found.record.assign(change=found.record["change"] * 100)[list(RECORD)]
        table(
            shown, key="record", labels=RECORD, formats={"change": "%+.0f%%"}, phone=["category2", "change", "verdict"]
        )
        downloads(shown, "列出的类后来怎样", key="record_file", labels=RECORD)
