"""The look: one accent for what matters, grey for the rest, the same colour for the same thing everywhere.

Colours tell apart for the colour-blind (blue against orange), and never speak alone: words or arrows say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import altair as alt
import streamlit as st

from ui.style.lights import LIGHTS

FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
MONTHS = [f"{month}月" for month in range(1, 13)]
WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"]


@dataclass(frozen=True)
class Palette:
    accent: str
    second: str  # for the grid, beside the hotline in the accent
    muted: str
    faint: str
    text: str
    soft_text: str
    good: str
    bad: str
    ramp: tuple[str, ...]  # from little to much
    diverging: tuple[str, ...]  # from much less to much more


LIGHT = Palette("#1d5fa8", "#c98a2b", "#a9b4c0", "#e6ebf0", "#1b2430", "#5d6b7a", "#1d5fa8", "#c4501b",
                ("#eef3f8", "#bcd3ea", "#7fabd6", "#3f7fbe", "#154a86"),
                ("#2c6fb3", "#a9c8e6", "#e9edf1", "#f0b795", "#c4501b"))  # fmt: skip
DARK = Palette("#6fb1ff", "#e0a94f", "#5f6f80", "#263342", "#e4eaf1", "#9fb0c2", "#6fb1ff", "#ff9a66",
               ("#172331", "#23466b", "#2f6aa6", "#4f95df", "#a8d2ff"),
               ("#6fb1ff", "#33597f", "#263342", "#8a5a3f", "#ff9a66"))  # fmt: skip


def is_phone() -> bool:
    """Whether the viewer's browser says it is a phone's."""
    return "Mobile" in (st.context.headers.get("User-Agent") or "")


def palette() -> Palette:
    """The colours of the theme the viewer looks at."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def light_colour(light: str) -> str:
    """The colour of a deadline's light (红 橙 黄 绿) in the theme the viewer looks at; '' for none."""
    if light not in LIGHTS:
        return ""
    return LIGHTS[light].on_dark if palette() is DARK else LIGHTS[light].on_light


def ink(colour: str) -> str:
    """Dark letters on light fields, light ones on dark fields. `colour`: #rrggbb."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#121a24" if 0.299 * red + 0.587 * green + 0.114 * blue > 135 else "#f5f8fc"


def _chart_theme(colours: Palette) -> dict[str, Any]:
    axis = {"labelColor": colours.soft_text, "titleColor": colours.soft_text, "gridColor": colours.faint,
            "domainColor": colours.muted, "tickColor": colours.muted, "labelFontSize": 12, "titleFontSize": 12,
            "titleFontWeight": "normal", "labelFont": FONT, "titleFont": FONT}  # fmt: skip
    locale = {"dateTime": "%Y年%m月%d日 %H:%M", "date": "%Y年%m月%d日", "time": "%H:%M", "periods": ["上午", "下午"],
              "days": WEEKDAYS, "shortDays": WEEKDAYS, "months": MONTHS, "shortMonths": MONTHS}  # fmt: skip
    return {
        "config": {
            "background": "transparent",
            "font": FONT,
            "axis": axis,
            "axisX": {"grid": False},
            "axisY": {"domain": False, "ticks": False},
            "view": {"stroke": None},
            "text": {"color": colours.text, "font": FONT, "fontSize": 12},
            "header": {"labelColor": colours.soft_text, "labelFont": FONT, "titleColor": colours.soft_text},
            "locale": {"time": locale},
        }
    }


def in_colours(chart: dict[str, Any], colours: Palette) -> dict[str, Any]:
    """The chart with its axes, words and dates in a theme's colours, whatever theme the viewer looks at."""
    return {**chart, **_chart_theme(colours)}


@alt.theme.register("district", enable=True)
def _for_own_charts() -> alt.theme.ThemeConfig:
    """A chart that somebody's own page builds with Altair looks as the others do."""
    return cast(alt.theme.ThemeConfig, _chart_theme(palette()))


STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding-top: 2.6rem; padding-bottom: 3rem; max-width: 1760px}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums}
[data-testid="stMetricDelta"] {font-size: .82rem}
[data-testid="stHeading"] h3 {margin-top: .4rem}
.answer {font-size: 1.15rem; line-height: 1.75; margin: .1rem 0 .6rem}
.answer b {font-variant-numeric: tabular-nums}
/* A word without an end breaks; it never pushes the page sideways. */
.answer, .lifeline, .fact, [data-testid="stMarkdownContainer"], [data-testid="stText"] {overflow-wrap: anywhere}
.swatch {display: inline-block; width: 1.1em; height: .8em; border-radius: 2px; margin: 0 .4em 0 1em}
.lifeline {border-left: 2px solid rgba(128, 140, 155, .45); margin-left: .5rem; padding-left: 1rem}
.lifeline div {margin: .45rem 0}
.lifeline b {display: inline-block; min-width: 5.5em}
.fact {display: inline-block; margin: 0 1.6rem .3rem 0}
.fact i {font-style: normal; opacity: .65; margin-right: .5em}
.wide {overflow-x: auto}
table.figures {border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums}
table.figures th {font-weight: 400; opacity: .65; white-space: normal !important; min-width: 4.5em}
table.figures :is(th, td) {text-align: right; padding: .3rem 0 .3rem .8rem; white-space: nowrap;
  border-bottom: 1px solid rgba(128, 140, 155, .25); vertical-align: top}
table.figures :is(th, td):first-child {text-align: left; padding-left: 0}
table.figures small {display: block; opacity: .65}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {padding-left: .9rem; padding-right: .9rem}
  [data-testid="stHeading"] h1 {font-size: 1.4rem}
  .answer {font-size: 1rem}
  [data-testid="stButtonGroup"] [role="radiogroup"], [data-testid="stButtonGroup"] > div {flex-wrap: wrap}
}
[data-testid="stElementToolbar"] {display: none} /* English, and the downloads stand below every table */
/* A finger that moves up or down over a map moves the page. */
@media (max-width: 640px) {[data-testid="stDeckGlJsonChart"] * {touch-action: pan-y !important}}
</style>"""
PAPER = (Path(__file__).parent / "print.css").read_text(encoding="utf-8")
# Charts, maps and swatches come in the colours of the screen. Those of the dark theme are turned round for white paper:
# light becomes dark, and blue stays blue.
TURNED = ":root {--turned: invert(1) hue-rotate(180deg)}"


# What the theme's settings cannot say, and the rules of paper: for the served page (frame/head.py).
HEAD = f"{STYLE}<style>{PAPER}</style>"


def apply() -> None:
    """The rule that depends on the theme the viewer looks at."""
    if palette() is DARK:
        st.html(f"<style>{TURNED}</style>")
