"""What is to be expected, drawn: the past in grey, the forecast in the accent with its two intervals."""

from __future__ import annotations

import pandas as pd

from analysis.forecast import LEVELS
from ui.drawing.courses import MONDAY_FIRST, TIME_FORMATS, dates_axis
from ui.drawing.vega import Drawing, drawable, drawing, field, first_by, mark, value
from ui.style.numbers import short_day
from ui.style.theme import Palette, palette

PAST, AHEAD, NAIVE = "past", "ahead", "naive"


def forecast(
    history: pd.Series, ahead: pd.DataFrame, step: str, naive: str, *, colours: Palette | None = None
) -> Drawing:
    """Counts and their forecast along one axis. `history`: counts by time; `ahead`: as analysis.forecast.Outlook.ahead;
    `step`: day or week; `naive`: what the naive forecast is called."""
    colours = colours or palette()
    told = ahead.rename_axis("time").reset_index()
    last = pd.DataFrame({"time": history.index[-1:], "expected": history.to_numpy()[-1:]})
    for percent in LEVELS:  # the bands open from the last known count
        last[f"low{percent}"] = last[f"high{percent}"] = last["expected"]
    opened = pd.concat([last, told], ignore_index=True).assign(line="预计")
    past = pd.DataFrame({"time": history.index, "count": history.to_numpy(), "line": "实际"})
    beside = told[["time", "naive"]].assign(line=naive)
    shared = {"x": field("time:T", title=None, axis=dates_axis(TIME_FORMATS[step]))}
    up = {"title": "受理量（件）", "axis": {"format": ",.0f", "tickMinStep": 1}, "scale": {"zero": True}}
    points = {
        "y": field("expected:Q", **up),
        "tooltip": [
            field("time:T", title="日期" if step == "day" else "一周起自", format="%Y年%-m月%-d日"),
            field("expected:Q", title="预计", format=",.0f"),
            *(field(f"{end}{percent}:Q", title=f"{percent}% 区间{word}", format=",.0f")
              for percent in LEVELS for end, word in (("low", "下限"), ("high", "上限"))),
        ],
    }  # fmt: skip
    bands = [
        mark("area", of={"y": field(f"low{percent}:Q", **up), "y2": {"field": f"high{percent}"}},
             color=colours.accent, opacity=shade)
        for percent, shade in zip(sorted(LEVELS, reverse=True), (0.12, 0.2), strict=True)
    ]  # fmt: skip
    counted, guessed = {"y": field("count:Q", **up)}, {"y": field("naive:Q", **up)}
    end, start = first_by("time", "descending"), first_by("time", "ascending")
    name = {"text": field("line:N")}
    return drawing(
        drawable(opened),
        shared,
        *bands,
        mark("line", of=guessed, data=NAIVE, strokeWidth=1.5, strokeDash=[4, 3], color=colours.soft_text),
        mark("line", of={"y": field("expected:Q", **up)}, strokeWidth=2.5, color=colours.accent),
        mark("point", of=points, data=AHEAD, filled=True, size=40, color=colours.accent),
        mark("line", of=counted, data=PAST, strokeWidth=2, color=colours.soft_text),
        mark("text", of={**name, "y": field("expected:Q", **up)}, transform=end, align="left", dx=8, dy=-7,
             color=colours.accent, fontWeight="bold"),
        mark("text", of={**name, **guessed}, data=NAIVE, transform=end, align="left", dx=8, dy=9,
             color=colours.soft_text),
        mark("text", of={**name, **counted}, data=PAST, transform=start, align="left", dy=-12, color=colours.soft_text),
        height=320,
        beside={PAST: drawable(past), NAIVE: drawable(beside), AHEAD: told},
    )  # fmt: skip


def hours(frame: pd.DataFrame, width: int, *, colours: Palette | None = None) -> Drawing:
    """The coming days by bands of hours, each with its figure. Columns: day, band (its first hour), expected."""
    colours = colours or palette()
    days = [f"{short_day(day)} {MONDAY_FIRST[day.day_of_week]}" for day in frame["day"]]
    data = frame.assign(
        label=days,
        hours=[f"{band:d}时" for band in frame["band"]],  # where a band begins: room for all of them on a phone
        span=[f"{band:d}–{band + width:d}时" for band in frame["band"]],
    )
    middle = float(data["expected"].max()) * 0.6 if len(data) else 0.0
    plain_axis = {"ticks": False, "domain": False}
    below = {**plain_axis, "labelAngle": 0, "labelOverlap": "greedy"}
    shared = {
        "x": field("hours:O", sort=None, title=None, axis=below),
        "y": field("label:O", sort=None, title=None, axis=plain_axis),
    }
    shown = {
        "color": field("expected:Q", legend=None, scale={"range": list(colours.ramp), "domainMin": 0}),
        "tooltip": [field("label:N", title="日期"), field("span:N", title="时段"),
                    field("expected:Q", title="预计受理（件）", format=",.0f")],
    }  # fmt: skip
    over_little, over_much = ({"color": value(one)} for one in (colours.text, colours.ramp[0]))
    return drawing(
        drawable(data),
        shared,
        mark("rect", of=shown, cornerRadius=2),
        *(
            mark("text", of={"text": field("expected:Q", format=",.0f"), **ink}, transform=[{"filter": test}])
            for ink, test in (
                (over_little, f"datum.expected <= {middle}"),
                (over_much, f"datum.expected > {middle}"),
            )
        ),
        height=30 * data["label"].nunique() + 40,
    )
