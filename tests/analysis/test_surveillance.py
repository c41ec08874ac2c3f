"""Surges as R's surveillance finds them, on series whose results R has given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.surveillance import ears, farrington_flexible
from analysis.surveillance.distribution import quantile, tail
from analysis.surveillance.reference import Seasons, anniversaries

GOLDEN = Path(__file__).parent / "golden"
INDEX = pd.read_csv(GOLDEN / "index.csv")
HERE = INDEX[INDEX["file"].map(lambda name: (GOLDEN / str(name)).is_file())]
TASKS = pd.read_csv(GOLDEN / "awkward_tasks.csv", dtype={"powertrans": str}).to_dict("records")
NOUFAILY: dict[str, Any] = {
    "b": 3, "weightsThreshold": 2.58, "pThresholdTrend": 1, "noPeriods": 10,
    "pastWeeksNotIncluded": 26, "thresholdMethod": "nbPlugin",
}  # fmt: skip


def control_of(text: str) -> dict[str, Any]:
    """R's control list out of `b=5;trend=TRUE;limit54=5|4`."""

    def value(part: str) -> Any:
        for kind in (int, float):
            try:
                return kind(part)
            except ValueError:
                continue
        return {"TRUE": True, "FALSE": False}.get(part, part)

    pairs = dict(part.split("=") for part in text.split(";"))
    return {name: tuple(map(int, part.split("|"))) if "|" in part else value(part) for name, part in pairs.items()}


def assert_as_in_r(found: pd.DataFrame, expected: pd.DataFrame, relative: float = 1e-9) -> None:
    assert list(found["k"]) == list(expected["k"])
    for column in expected.columns.intersection(found.columns):
        ours, theirs = (frame[column].astype(float).to_numpy() for frame in (found, expected))
        # A score is a small difference of large numbers; above 1 it is an alarm.
        np.testing.assert_allclose(
            ours, theirs, rtol=relative, atol=1e-6 if column == "score" else 1e-12, err_msg=column
        )


@pytest.mark.parametrize(("file", "series", "control"), HERE[["file", "series", "control"]].values.tolist())
def test_every_alarm_and_threshold_is_rs(file: str, series: str, control: str) -> None:
    golden = pd.read_csv(GOLDEN / file)
    counts = pd.read_csv(GOLDEN / f"series_{series}.csv")["observed"]
    method = ears if file.startswith("ears") else farrington_flexible
    assert_as_in_r(method(counts, range=golden["k"].tolist(), **control_of(control)), golden)


def test_all_goldens_are_tried() -> None:
    assert len(HERE) == 28 and set(HERE["series"]) == {"salmonella_agona", "simulated"}


@pytest.mark.parametrize("task", TASKS, ids=[f"{task['task']}" for task in TASKS])
def test_awkward_series_are_judged_as_in_r(task: dict[str, Any]) -> None:
    results = pd.read_csv(GOLDEN / "awkward_results.csv").query("task == @task['task']").reset_index(drop=True)
    assert len(results)
    observed = np.array([np.nan if one == "NA" else float(one) for one in task["observed"].split()])
    populated, dated = isinstance(task["population"], str), isinstance(task["start"], str)
    step = {12: "MS", 52: "7D", 365: "D"}.get(task["freq"])
    past = task["pastWeeksNotIncluded"]
    names = ["freq", "b", "w", "reweight", "weightsThreshold", "alpha", "trend", "pThresholdTrend", "powertrans"]
    names += ["populationOffset", "noPeriods", "thresholdMethod"]
    found = farrington_flexible(
        observed,
        range=results["k"].tolist(),
        epoch=pd.date_range(task["start"], periods=len(observed), freq=step) if dated else None,
        population=[float(one) for one in task["population"].split()] if populated else None,
        limit54=(task["cases"], task["period"]),
        pastWeeksNotIncluded=None if np.isnan(past) else int(past),
        **{name: task[name] for name in names},
    )
    # muan takes a standard error of thousands to its power: what rounding moves grows with it.
    assert_as_in_r(found, results, relative=1e-6)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(18)
    means = np.exp(1 + np.arange(6) / 3 + 0.4 * np.sin(2 * np.pi * np.arange(260) / 52)[:, None])
    return pd.DataFrame(random.negative_binomial(5, 5 / (5 + means)), columns=list("abcdef"))


def test_many_series_at_once_are_each_as_alone(table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.surveillance.farrington.AT_ONCE", 500)  # several parts
    together = farrington_flexible(table, range=[230, 259, 260], **NOUFAILY)
    alone = [farrington_flexible(table[name], range=[230, 259, 260], **NOUFAILY).assign(series=name) for name in table]
    expected = pd.concat(alone, ignore_index=True)[together.columns]
    pd.testing.assert_frame_equal(together, expected, check_dtype=False, rtol=1e-12)
    assert together["alarm"].dtype == "boolean"
    daily = pd.concat([ears(table[name]).assign(series=name) for name in table], ignore_index=True)
    pd.testing.assert_frame_equal(ears(table), daily[ears(table).columns], check_dtype=False)


def test_a_week_after_the_one_judged_changes_nothing(table: pd.DataFrame) -> None:
    later = table.copy()
    later.iloc[230:] = 10_000
    for method, control in ((farrington_flexible, NOUFAILY), (ears, {})):
        before, after = (method(frame, range=[230], **control) for frame in (table, later))
        pd.testing.assert_frame_equal(before, after)


def test_a_surge_is_an_alarm_and_a_quiet_series_is_none(table: pd.DataFrame) -> None:
    table = table.assign(surge=table["d"], quiet=0, rare=0)
    table.loc[259, "surge"] *= 20
    table.loc[259, "rare"] = 3
    found = farrington_flexible(table, range=[260], **NOUFAILY).set_index("series")
    assert found.loc["surge", "alarm"] and found.loc["surge", "pvalue"] < 1e-6
    assert not found.loc[["quiet", "rare"], "alarm"].any(), "limit54: fewer than 5 cases in 4 weeks"
    assert found.loc["rare", ["expected", "upperbound"]].isna().all()
    # R's 25 steps are too few for five years of zeros: nothing can be said, and the expectation stays 0.
    never = farrington_flexible(np.zeros(330), range=[330], **NOUFAILY | {"b": 5}).loc[0]
    assert never["alarm"] is pd.NA and never["expected"] == 0 and np.isnan(never["upperbound"])
    few = farrington_flexible(table["rare"], range=[260], b=3)
    assert not few.loc[0, "alarm"] and np.isnan(few.loc[0, "upperbound"]), "limit54: fewer than 5 cases in 4 weeks"
    assert farrington_flexible(table["rare"], range=[260], b=3, limit54=(0, 4)).loc[0, "alarm"]


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"b": 5, "range": [260]}, "请减小 b"),
        ({"b": 5}, "历史太短"),
        ({"b": 4, "w": 60, "range": [250]}, "历史不全"),
        ({"range": [261]}, "range 超出数据"),
        ({"range": [0]}, "range 超出数据"),
        ({"thresholdMethod": "nb"}, "thresholdMethod 应为"),
        ({"powertrans": "1/3"}, "powertrans 应为"),
        ({"limit54": (5, 0)}, "limit54"),
        ({"alpha": 1.0}, "alpha"),
        ({"b": 2, "noPeriods": 60, "range": [260]}, "noPeriods=60 太多"),
        ({"b": 1, "pastWeeksNotIncluded": 60, "range": [260]}, "pastWeeksNotIncluded=60 太大"),
        ({"b": 1, "freq": 53, "epoch": pd.date_range("2018-01-01", periods=260, freq="7D")}, "freq 应为"),
        ({"b": 1, "epoch": pd.date_range("2018-01-01", periods=259, freq="7D")}, "epoch 应与 observed 一样长"),
        ({"b": 1, "populationOffset": True, "population": [0.0] * 260}, "大于 0"),
    ],
)
def test_what_cannot_be_judged_says_what_to_do(table: pd.DataFrame, control: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        farrington_flexible(table["a"], **control)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"method": "C4"}, "C1、C2 或 C3"),
        ({"baseline": 2}, "baseline 至少"),
        ({"minSigma": -1.0}, "minSigma"),
        ({"range": [7]}, "请减小 baseline"),
    ],
)
def test_ears_says_what_to_do(control: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ears([3] * 20, **control)
    with pytest.raises(ValueError, match="不能是负数"):
        ears([3.0, -1.0])


def test_ears_does_not_know_what_is_not_there() -> None:
    counts = np.array([1, 2, 3, 4, 5, 6, 7, 30, np.nan, 5, *[4] * 12], dtype=float)
    found = ears(counts, minSigma=1).set_index("k")
    assert found.loc[8, "alarm"] and found.loc[8, "expected"] == 4
    assert found.loc[9:16, "alarm"].isna().all() and not found.loc[17, "alarm"]
    level = ears(counts, method="C3", range=[22]).loc[0]
    assert pd.isna(level["alarm"]), "0 divided by 0, as in R"


def test_the_same_week_is_found_by_date_as_in_r() -> None:
    # 2020 has 53 weeks: by date, the week of 2021-01-04 goes back 53 weeks, by number 52.
    days = pd.date_range("2018-01-01", periods=200, freq="7D")
    k = int(days.get_loc("2021-01-04"))
    found = anniversaries(days[k].to_datetime64(), 2, "week").astype(str).tolist()
    assert found == ["2021-01-04", "2020-01-06", "2019-01-07"]
    assert anniversaries(np.datetime64("2020-02-29"), 1, "day").astype(str).tolist() == ["2020-02-29", "2019-03-01"]
    assert anniversaries(np.datetime64("2020-03-31"), 1, "month").astype(str).tolist() == ["2020-03-31", "2019-03-31"]


@given(st.integers(0, 4), st.integers(1, 12), st.integers(0, 30), st.integers(1, 3), st.booleans(), st.integers(0, 60))
def test_blocks_cover_the_years_once(w: int, blocks: int, skipped: int, b: int, dated: bool, later: int) -> None:
    days = np.datetime64("2015-01-05") + 7 * np.arange(300)
    k = 53 * b + w + later
    seasons = Seasons(300, b, w, blocks, skipped, 52, days if dated else None)
    (window,) = seasons.windows(np.array([k]))
    past = np.sort(window.before)
    assert len(set(past.tolist())) == len(past) and past.max() < -skipped
    assert len(window.design.starts) <= blocks
    last = window.before[window.design.starts[-1] :]
    anniversaries_ago = [52 * year for year in range(1, b + 1) if 52 * year > skipped]
    assert dated or set(anniversaries_ago) <= set((-last).tolist())
    if blocks > 1:  # no gap between the oldest reference week and the weeks left out
        assert (np.diff(past) == 1).all()


@settings(max_examples=60)
@given(st.floats(0, 1e6), st.floats(1, 1e3), st.floats(0.001, 0.999))
def test_a_quantile_is_the_least_count_that_is_enough(mean: float, phi: float, p: float) -> None:
    found = quantile(p, np.array([mean]), np.array([phi]))
    over = 1 - tail(np.array([found[0] + 1, found[0]]), np.array([mean]), np.array([phi]))
    assert over[0] >= p - 1e-9
    assert found[0] == 0 or over[1] < p + 1e-9


def test_a_large_mean_does_not_end_the_process() -> None:
    assert quantile(0.995, np.array([2.6e73, np.inf]), np.array([5e5, 2.0]))[0] > 2.6e73
