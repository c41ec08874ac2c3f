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
ROOM = {"left": 8, "right": 8, "top": 5, "bottom": 5}  # pixels around a chart: a title's letters reach beyond its box
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
    ground: str = "#ffffff"  # the page's, as .streamlit/config.toml says


# Letters stand out from their ground by 4.5 to 1, marks by 3 (WCAG AA; tests/ui/style/test_contrast.py).
LIGHT = Palette("#1d5fa8", "#96610f", "#7d8a98", "#e6ebf0", "#1b2430", "#5d6b7a", "#1d5fa8", "#b8470f",
                ("#eef3f8", "#bcd3ea", "#7fabd6", "#3573b1", "#154a86"),
                ("#2c6fb3", "#a9c8e6", "#e9edf1", "#f0b795", "#b8470f"))  # fmt: skip
DARK = Palette("#6fb1ff", "#e0a94f", "#5f6f80", "#263342", "#e4eaf1", "#9fb0c2", "#6fb1ff", "#ff9a66",
               ("#172331", "#23466b", "#2f6aa6", "#4f95df", "#a8d2ff"),
               ("#6fb1ff", "#33597f", "#263342", "#8a5a3f", "#ff9a66"), "#0f1620")  # fmt: skip


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


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far two colours (#rrggbb) stand apart, 1 to 21 (WCAG 2.2, contrast ratio)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink(colour: str) -> str:
    """Dark letters on light fields, light ones on dark fields. `colour`: #rrggbb."""
    return max("#121a24", "#f5f8fc", key=lambda letters: contrast(letters, colour))


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
    return {**chart, **_chart_theme(colours), "padding": ROOM}


@alt.theme.register("district", enable=True)
def _for_own_charts() -> alt.theme.ThemeConfig:
    """A chart that somebody's own page builds with Altair looks as the others do."""
    return cast(alt.theme.ThemeConfig, _chart_theme(palette()))


STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 2.6rem 2.4rem 3rem; max-width: 1760px}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums}
[data-testid="stMetricDelta"] {font-size: .82rem}
[data-testid="stHeading"] h3 {margin-top: .4rem}
/* How many need somebody, in the menu: no line higher than the others for it. */
[data-testid="stSidebarNavLink"] .stMarkdownBadge {font-size: .78rem !important; line-height: 1.25; padding: 0 .4em}
/* Streamlit's captions are paler than letters may be. */
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {color: inherit !important; opacity: .88}
/* A whole card is its link; its help stays in reach. The link's words are there for who hears the page. */
[class*="st-key-card_"] {position: relative; gap: .35rem}
[class*="st-key-map_"] .vega-embed svg {max-width: 100%; height: auto}
[class*="st-key-files_"] {margin: -1.1rem 0 -.9rem}
[class*="st-key-card_"] a {font-size: 0}
[class*="st-key-card_"] a::after {content: ""; position: absolute; inset: 0}
[class*="st-key-card_"] a:focus-visible::after {outline: 2px solid currentColor}
[class*="st-key-card_"] [data-testid="stElementContainer"]:has(a) {height: 0; position: static}
[class*="st-key-card_"] :is([data-testid="stMetricLabel"], [data-testid="stMetricDelta"]) :is(div, p)
  {white-space: normal; overflow: visible}
.spark img {display: block; width: 100%; height: 2.4rem}
.spark small {display: inline-block; margin-right: .6em; font-size: .78rem; opacity: .85;
  font-variant-numeric: tabular-nums}
[class*="st-key-card_"]:hover {border-color: currentColor}
[class*="st-key-card_"] [data-testid="stTooltipIcon"] {position: relative; z-index: 1}
/* What a click opens, in view: beside the page; on a phone what stands behind a mark comes up from below, and a form
   for what is ticked stays under the ticks (ui/desk/aside.py). */
@media screen {
  .st-key-drawer, .st-key-aside {padding: 1rem 1.3rem 2rem; gap: .6rem}
  .st-key-drawer {position: fixed; right: 0; bottom: 0; left: 0; max-height: 72vh; z-index: 95; overflow-y: auto;
    border-radius: 12px 12px 0 0; box-shadow: 0 -6px 24px rgba(10, 20, 35, .25)}
  :is(.st-key-drawer_close, .st-key-aside_close) {align-self: flex-end}
}
@media screen and (min-width: 641px) {
  .st-key-drawer, .st-key-aside {position: fixed; top: 0; right: 0; bottom: 0; left: auto; width: 27rem; z-index: 95;
    max-height: none; overflow-y: auto; border-left: 1px solid rgba(128, 140, 155, .35); border-radius: 0;
    box-shadow: -6px 0 24px rgba(10, 20, 35, .18)}
}
.answer {font-size: 1.15rem; line-height: 1.75; margin: .1rem 0 .6rem}
.answer b {font-variant-numeric: tabular-nums}
/* A word without an end breaks; it never pushes the page sideways. */
.answer, .lifeline, .fact, [data-testid="stMarkdownContainer"], [data-testid="stText"] {overflow-wrap: anywhere}
.alarm {line-height: 1.7; overflow-wrap: anywhere; font-variant-numeric: tabular-nums}
.alarm .mark {display: inline-block; padding: 0 .5em; margin-right: .6em; border-radius: 3px; font-size: .85em;
  color: #fff; background: #94740a}
.alarm.sure .mark {background: #b3261e}
.alarm a {white-space: nowrap; color: inherit}
@media (min-width: 641px) {
  [class*="st-key-alarm_"]:has(> * > * > .alarm) {flex-wrap: nowrap}
  [class*="st-key-alarm_"] > :has(> * > .alarm) {flex: 1 1 0}
}
.chip {display: inline-block; padding: .1rem .7rem; margin: .15rem .4rem .15rem 0; border-radius: 1rem; color: inherit;
  border: 1px solid rgba(128, 140, 155, .6); text-decoration: none; font-size: .9rem}
.chip:hover, .chip.here {border-color: currentColor}
.chip.here {font-weight: 600}
.swatch {display: inline-block; width: 1.1em; height: .8em; border-radius: 2px; margin: 0 .4em 0 1em;
  outline: 1px solid rgb(125 138 152 / .6)}
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
table.figures.words :is(th, td) {text-align: left; white-space: normal}
table.figures small {display: block; opacity: .65}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {padding-left: .9rem; padding-right: .9rem}
  [data-testid="stHeading"] h1 {font-size: 1.4rem}
  .answer {font-size: 1rem}
  table.figures.words tr:first-child {display: none}
  table.figures.words tr {display: block; padding: .4rem 0; border-bottom: 1px solid rgba(128, 140, 155, .25)}
  table.figures.words td {display: block; padding: .1rem 0; border: 0; overflow-wrap: anywhere}
  table.figures.words td:first-child {font-weight: 600}
  table.figures.words td + td::before {content: attr(data-head) "　"; opacity: .65}
  [class*="st-key-cards_"] [data-testid="stHorizontalBlock"] {gap: .6rem}
  [class*="st-key-cards_"] [data-testid="stColumn"] {min-width: calc(50% - .6rem); flex: 1 1 calc(50% - .6rem)}
  [class*="st-key-card_"] {padding: .6rem .7rem .3rem}
  [class*="st-key-alarm_"]:has(> * > * > .alarm) {padding: .6rem .8rem; gap: .5rem}
  .spark img {height: 1.8rem}
  .spark small:first-of-type:not(:last-of-type) {display: none}
  [class*="st-key-card_"] [data-testid="stMetricValue"] {font-size: 1.6rem}
  [data-testid="stButtonGroup"] [role="radiogroup"], [data-testid="stButtonGroup"] > div {flex-wrap: wrap}
}
/* Newer data than the page shows: a line for who is in the middle of something (ui/frame/fresh.js). */
.st-key-frame_fresh {display: none}
[data-fresh] .st-key-frame_fresh {display: block; position: fixed; right: 1rem; bottom: 1rem; width: auto; z-index: 99}
/* A run that takes long can be stopped (ui/frame/ending.js). */
.st-key-frame_stop {display: none}
[data-slow] .st-key-frame_stop {display: flex; flex-direction: row; align-items: center; gap: .8rem; position: fixed;
  left: 50%; bottom: 1rem; transform: translateX(-50%); width: max-content; z-index: 99;
  padding: .4rem .4rem .4rem 1rem;
  border: 1px solid rgba(128, 140, 155, .45); border-radius: 6px; background: var(--notice, #fff)}
.st-key-frame_stop :is(div, button, p) {flex: none; width: max-content; white-space: nowrap}
/* Choosing a file is English too, and the label says how large it may be. */
[data-testid="stFileUploaderDropzoneInstructions"] {display: none}
[data-testid="stFileUploaderDropzone"] [data-testid="stMarkdownContainer"] p {font-size: 0}
[data-testid="stFileUploaderDropzone"] [data-testid="stMarkdownContainer"] p::after
  {content: "选择文件"; font-size: .875rem}
[data-testid="stElementToolbar"] {display: none} /* English, and the downloads stand below every table */
/* A finger that moves up or down over a map moves the page. */
@media (max-width: 640px) {[data-testid="stDeckGlJsonChart"] * {touch-action: pan-y !important}}
</style>"""
PAPER = (Path(__file__).parent / "print.css").read_text(encoding="utf-8")
NOTICE = "#18222f"  # as .streamlit/config.toml has it
# Charts, maps and swatches come in the colours of the screen. Those of the dark theme are turned round for white paper:
# light becomes dark, and blue stays blue.
TURNED = f":root {{--turned: invert(1) hue-rotate(180deg); --notice: {NOTICE}}}"


# What the theme's settings cannot say, and the rules of paper: for the served page (frame/head.py).
HEAD = f"{STYLE}<style>{PAPER}</style>"


def apply() -> None:
    """The rule that depends on the theme the viewer looks at."""
    if palette() is DARK:
        st.html(f"<style>{TURNED}</style>")
