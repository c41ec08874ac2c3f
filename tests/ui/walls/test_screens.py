"""What single screens and their parts say: rankings that leave out, maps beside usual, changes with a verdict."""

from __future__ import annotations

import re

import pandas as pd

from analysis.classes import breaks
from data_access.cases.comparison import Change
from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from data_access.district.profile import Profile
from pages.walls import today
from pages.walls.heat import frames
from pages.walls.rates import against_before
from questions.streets_now import FEWER, MORE, USUAL, streets_now
from ui.walls.parts import MOST_FAR, Bar, bars, spark
from ui.walls.street_maps import FONTS, Frame, picture


def test_a_ranking_leaves_out_its_middle_and_says_how_many(reader: Reader) -> None:
    lines: list[Bar] = [(f"第{n}", "1", 0.5, "") for n in range(1, 21)]
    html = str(bars("x", lines, most=17))
    shown: dict[str, list[str]] = {"near": [], "far": []}
    for kind, name in re.findall(r'<tr class="([^"]*)"><td>([^<]*)</td>', html):
        for where, names in shown.items():
            names += [name] if "only" not in kind or where in kind else []
    assert shown["near"] == [*(f"第{n}" for n in range(1, 14)), "第18", "第19", "第20"] and "略 4 个" in html
    assert len(shown["far"]) == MOST_FAR - 1 and f"略 {20 - len(shown['far'])} 个" in html
    assert "略" not in bars("x", lines[:12])


def test_the_map_of_today_tells_what_is_beyond_usual(reader: Reader) -> None:
    found = streets_now(reader, CaseFilter())
    assert found["observed"].sum() == reader.count(
        CaseFilter(period=preset("today", reader.as_of, reader.profile.settings.clock))
    )
    inside = found["observed"].between(found["low"], found["high"])
    assert ((found["verdict"] == USUAL) == inside).all() and set(found["verdict"]) <= {FEWER, USUAL, MORE}
    html = str(today.draw(reader))
    for street, row in found.iterrows():
        kind = {FEWER: "fewer", USUAL: "usual", MORE: "more"}[row["verdict"]]
        assert re.search(rf'<path class="{kind}"[^>]* data-street="{street}"', html), street
        short = str(street).removesuffix("街道")
        assert re.search(rf">{short}　?<tspan[^>]*>{row['observed']:.0f}<", html), street


def test_rates_stand_beside_the_period_before_with_a_verdict() -> None:
    told = against_before(Change("resolution_rate", 0.94, 0.95, -0.01, "", -0.02, -0.001))
    assert told == "上期 95.00%，下降"
    assert against_before(Change("resolution_rate", 0.94, 0.95, -0.01, "", -0.02, 0.001)).endswith("不能确定")
    assert against_before(Change("resolution_rate", 0.94, float("nan"), float("nan"), "没有时段可比")) == "没有时段可比"


def test_lines_beside_one_another_share_a_scale() -> None:
    flat, steep = (re.findall(r"[\d.]+,([\d.]+)", spark(line, ends=(0.0, 100.0))) for line in ([50, 51], [0, 100]))
    assert abs(float(flat[0]) - float(flat[1])) < 1 and abs(float(steep[0]) - float(steep[1])) == 80


def test_one_classification_holds_over_all_hours() -> None:
    rows = [
        (hour, street, volume)
        for hour, each in ((3, 2.0), (9, 90.0))
        for street, volume in (("甲", each), ("乙", each + 1))
    ]
    counts = pd.DataFrame(rows, columns=["hour", "street", "volume"])
    moving = frames(counts, breaks(counts["volume"], 5))
    assert moving[0] == {} and max(level for level, _ in moving[3].values()) < min(
        level for level, _ in moving[9].values()
    )


def test_a_map_leads_names_out_and_shows_what_people_know(profile: Profile) -> None:
    states: Frame = {street.name: (0, "1,234") for street in profile.streets}
    near, far = (str(picture(profile, [states], density)) for density in FONTS)
    assert all(one.count("<path") == one.count("data-words") == len(profile.streets) for one in (near, far))
    assert far.count('class="led"') > near.count('class="led"') > 0
    named = {mark.name for mark in profile.landmarks if f">{mark.name}</text>" in near}
    assert {"西城区", "朝阳区", "丰台区", "长安街", "二环路", "故宫"} <= named
    bare = profile.model_copy(update={"landmarks": ()})
    assert 'class="mark"' in near and 'class="mark"' not in picture(bare, [states], "near")
