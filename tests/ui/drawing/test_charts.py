"""Charts carry their data and no legend to hunt for; what is picked leads to exactly those cases."""

from datetime import datetime

import pandas as pd
import pytest

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.periods import Period
from ui.choosing.drill import narrowed
from ui.drawing import charts, courses
from ui.drawing.vega import PICK, Drawing

MEASURE = MEASURES["volume"]
WHERE = CaseFilter(period=Period(datetime(2022, 11, 3), datetime(2022, 12, 10)))


def legends(spec: object) -> list[object]:
    """The legends of every colour channel in a chart's specification."""
    if isinstance(spec, list):
        return [legend for part in spec for legend in legends(part)]
    if not isinstance(spec, dict):
        return []
    found = (
        [spec["color"].get("legend", "default")]
        if isinstance(spec.get("color"), dict) and "field" in spec["color"]
        else []
    )
    return found + [legend for part in spec.values() for legend in legends(part)]


def drawn(reader: Reader) -> dict[str, Drawing]:
    days = reader.aggregate(["volume"], ["day", "source"], WHERE)
    years = reader.aggregate(["volume"], ["day"], WHERE).assign(year="本期")
    years["position"] = years["day"]
    return {
        "bars": charts.bars(reader.aggregate(["volume"], ["street"], WHERE), "street", MEASURE),
        "by_source": courses.by_source(days, "day", MEASURE),
        "changes": charts.changes(
            pd.DataFrame(
                {"topic": ["甲", "乙"], "change": [-0.3, 0.2], "words": ["3 → 2", "5 → 6"], "verdict": ["下降", "上升"]}
            ),
            "topic",
            "题目",
        ),
        "two_years": courses.two_years(years, "day", MEASURE),
        "calendar": courses.calendar(reader.aggregate(["volume"], ["day"], WHERE), MEASURE, (0, 100)),
        "stages": charts.stages(pd.DataFrame({"stage": ["待启动", "销账"], "count": [3, 20], "late": [1, 0]})),
        "rate_intervals": charts.rate_intervals(
            pd.DataFrame({"unit": ["甲"], "rate": [0.5], "low": [0.2], "high": [0.8]}), "unit", "rate", "按时报到率"
        ),
    }


@pytest.mark.parametrize("kind", ["bars", "by_source", "changes", "two_years", "calendar", "stages", "rate_intervals"])
def test_labels_stand_at_the_marks(reader: Reader, kind: str) -> None:
    spec = drawn(reader)[kind]
    assert all(legend is None for legend in legends(spec))
    assert any(param["name"] == PICK for param in spec["params"])


@pytest.mark.parametrize("field", ["day", "week", "month", "hour", "weekday", "street", "category1"])
def test_the_cases_behind_the_marks_add_up(reader: Reader, field: str) -> None:
    """Each mark's filter has the mark's count, so the sum over all marks is the total."""
    marks = reader.aggregate(["volume"], [field], WHERE)
    for value, volume in zip(marks[field], marks["volume"], strict=True):
        picked = value.timestamp() * 1000 if isinstance(value, pd.Timestamp) else value
        assert reader.count(narrowed(WHERE, {field: picked})) == volume


def test_a_day_may_come_as_text() -> None:
    assert narrowed(CaseFilter(), {"day": "2022-11-05"}).period == Period(datetime(2022, 11, 5), datetime(2022, 11, 6))


def parts(spec: object, key: str) -> list[dict[str, object]]:
    """Every axis, legend or whatever `key` names, in a chart's specification."""
    if isinstance(spec, list):
        return [found for one in spec for found in parts(one, key)]
    if not isinstance(spec, dict):
        return []
    own = [spec[key]] if isinstance(spec.get(key), dict) else []
    return own + [found for one in spec.values() for found in parts(one, key)]


def test_no_tick_stands_between_two_cases(reader: Reader) -> None:
    """An axis of 0.2, 0.4 … cases."""
    charts_of_counts = drawn(reader)
    for kind in ("by_source", "two_years"):
        axes = [axis for axis in parts(charts_of_counts[kind], "axis") if axis.get("format") == MEASURE.unit.d3]
        assert axes and all(axis["tickMinStep"] == 1 for axis in axes)
    hours = reader.aggregate(["volume"], ["weekday", "hour"], WHERE)
    [legend] = parts(courses.week_hours(hours, MEASURE), "legend")
    assert legend["tickMinStep"] == 1


def test_a_rates_axis_is_written_in_percent(reader: Reader) -> None:
    rate = MEASURES["resolution_rate"]
    days = reader.aggregate([rate.name], ["day", "source"], WHERE)
    axes = parts(courses.by_source(days, "day", rate), "axis")
    assert any(axis.get("format") == ".1%" and "tickMinStep" not in axis for axis in axes)


def test_dates_keep_apart(reader: Reader) -> None:
    for kind in ("by_source", "two_years"):
        axes = [axis for axis in parts(drawn(reader)[kind], "axis") if "labelOverlap" in axis]
        assert axes and all(axis["labelSeparation"] > 0 for axis in axes)


def test_a_single_bar_has_room_for_its_label() -> None:
    one = charts.bars(pd.DataFrame({"street": ["东四街道"], "volume": [3.0]}), "street", MEASURE)
    ten = charts.bars(pd.DataFrame({"street": list("甲乙丙丁戊己庚辛壬癸"), "volume": 3.0}), "street", MEASURE)
    # What is left for the row when the drawing's own margin (5 pixels above and below) is taken off.
    assert one["height"] - 10 >= charts.ROW and ten["height"] > 10 * charts.ROW


def test_a_weekday_and_an_hour_are_said_as_people_say_them() -> None:
    for by, group, said in (
        ("weekday", 1, "周一"),
        ("weekday", 7, "周日"),
        ("hour", 9, "9时"),
        ("weekday", "其他", "其他"),
    ):
        drawn = charts.bars(pd.DataFrame({by: [group], "volume": [3.0]}), by, MEASURE)
        (data,) = drawn["datasets"].values() if "datasets" in drawn else [drawn]
        assert said in str(data) or said in str(drawn), (by, group)


def test_a_narrow_axis_of_rates_has_no_tick_twice() -> None:
    rate = MEASURES["resolution_rate"]
    for low, high, axis in ((0.93, 0.95, ".1%"), (0.2, 0.9, ".0%")):
        frame = pd.DataFrame({"street": ["甲"], rate.name: [(low + high) / 2], "low": [low], "high": [high]})
        assert f"'format': '{axis}'" in str(charts.intervals(frame, "street", rate))
