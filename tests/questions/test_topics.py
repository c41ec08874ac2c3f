"""每月一题: figures equal plain SQL, whole months only, and the published falls come out of the full demo district."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import bindparam, text

from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.models import Topic
from data_access.district.profile import Profile
from data_access.intake.importing import import_file
from questions.topics import ALL, cases_of_topic, months, topic_changes, topic_months, topic_years, topics_of

COUNTED = """SELECT count(*), count(*) FILTER (is_valid_callback = 1 AND is_excluded = 0),
    count(*) FILTER (is_valid_callback = 1 AND is_excluded = 0 AND resolution = 'yes') FROM cases
    WHERE is_void = 0 AND source = 'hotline' AND category3 IN :leaves
      AND year(created_at) = :year AND month(created_at) <= :until AND street LIKE :street"""


def counted(reader: Reader, leaves: tuple[str, ...], year: int, until: int, street: str = "%") -> tuple[int, int, int]:
    """Orders, valid callbacks and those that said solved (不含剔除)."""
    statement = text(COUNTED).bindparams(bindparam("leaves", expanding=True))
    asked = {"leaves": leaves, "year": year, "until": until, "street": street}
    with reader.store.reading() as connection:
        return tuple(connection.execute(statement, asked).one())  # type: ignore[return-value]


@pytest.fixture
def district(tmp_path: Path, profile: Profile) -> Reader:
    """June 2021 to July 2022, two topics that share a class, another without orders, and a topic of the year after."""
    lines = [("2021-06-15", "甲"), ("2021-07-01", "甲"), ("2021-12-31", "乙"), ("2022-01-01", "甲"), ("2022-03-31", "乙"),
             ("2022-03-31", "丙"), ("2022-06-30", "乙"), ("2022-07-02", "甲")]  # fmt: skip
    rows = "".join(f"{n},{day} 09:00,{leaf},街道{n % 2}\n" for n, (day, leaf) in enumerate(lines))
    (tmp_path / "a.csv").write_text(f"工单编号,来电时间,三级分类,街道\n{rows}", encoding="utf-8")
    store = store_for(f"duckdb:///{tmp_path}")
    import_file(tmp_path / "a.csv", profile=profile, store=store)
    named = [(2022, "一", ("甲", "乙")), (2022, "二", ("乙",)), (2022, "三", ("丁",)), (2023, "四", ("甲",)),
             (2021, "五", ("甲", "甲"))]  # fmt: skip
    listed = tuple(Topic(year=year, topic=name, category3=leaves) for year, name, leaves in named)
    return Reader.of(store, profile.model_copy(update={"topics": listed}))


@pytest.mark.parametrize(("year", "until"), [(2022, 11), (2022, 2), (2021, 12)])
def test_figures_equal_plain_sql(reader: Reader, year: int, until: int) -> None:
    found = topic_changes(reader, year, until).set_index("topic")
    every = {leaf for one in topics_of(reader.profile, year) for leaf in one.category3}
    wanted = {one.topic: one.category3 for one in topics_of(reader.profile, year)} | {ALL: tuple(every)}
    assert list(found.index) == list(wanted)
    for topic, leaves in wanted.items():
        row, (volume, callbacks, solved) = found.loc[topic], counted(reader, leaves, year, until)
        assert (row["volume"], row["resolution_rate__den"]) == (volume, callbacks)
        if year == 2021:  # before the demo's first case
            assert pd.isna(row["volume_base"]) and pd.isna(row["change"])
            continue
        before = counted(reader, leaves, year - 1, until)[0]
        assert (row["volume_base"], row["more"]) == (before, volume - before)
        assert row["change"] == pytest.approx(volume / before - 1 if before else float("nan"), nan_ok=True)
        if callbacks:  # 部分解决 counts for nothing by the demo's rules
            assert row["resolution_rate"] == pytest.approx(solved / callbacks)


def test_streets_equal_plain_sql_and_add_up(reader: Reader) -> None:
    whole = topic_changes(reader, 2022, 11).set_index("topic")
    streets = topic_changes(reader, 2022, 11, by_street=True)
    sums = streets.groupby("topic")[["volume", "volume_base", "resolution_rate__den"]].sum()
    pd.testing.assert_frame_equal(sums, whole.loc[sums.index, sums.columns], check_like=True)
    assert ALL not in sums.index
    leaves = {one.topic: one.category3 for one in topics_of(reader.profile, 2022)}
    for row in streets.nlargest(5, "volume").to_dict("records"):
        figures = [counted(reader, leaves[row["topic"]], year, 11, row["street"])[0] for year in (2022, 2021)]
        assert [row["volume"], row["volume_base"]] == figures


def test_months_add_up_to_the_year(reader: Reader) -> None:
    course = topic_months(reader, 2022, 11)
    sums = course.groupby(["topic", course["month"].dt.year])["volume"].sum().unstack()
    whole = topic_changes(reader, 2022, 11).set_index("topic")
    assert sums[2022].to_dict() == whole["volume"].to_dict() and sums[2021].to_dict() == whole["volume_base"].to_dict()
    assert len(course) == len(whole) * 22


def test_only_whole_months_count(district: Reader) -> None:
    assert list(topic_years(district).items()) == [(2022, 6), (2021, 12), (2023, 0)]
    assert months(2022, 6).end == pd.Timestamp("2022-07-01")


def test_a_class_of_two_topics_counts_once_in_all(district: Reader) -> None:
    found = topic_changes(district, 2022, 6).set_index("topic")
    assert found["volume"].to_dict() == {"一": 3, "二": 2, "三": 0, ALL: 3}
    assert topic_changes(district, 2021, 12).set_index("topic")["volume"].to_dict() == {"五": 2, ALL: 2}
    assert cases_of_topic(topics_of(district.profile, 2022)[1]).category3 == ("乙",)


def test_what_the_data_does_not_cover_is_unknown(district: Reader) -> None:
    found = topic_changes(district, 2022, 6)
    assert found[["volume_base", "more", "change", "resolution_rate"]].isna().all(axis=None)
    course = topic_months(district, 2022, 6)
    assert course["month"].min() == pd.Timestamp("2022-01-01")  # June 2021 began before the data
    assert course[course["topic"] == "三"]["volume"].tolist() == [0] * 6
    assert topic_changes(district, 2023, 1)["volume"].tolist() == [0, 0]


def test_no_data_is_no_failure(empty_store: Store, profile: Profile) -> None:
    nobody = Reader.of(empty_store, profile)
    assert set(topic_years(nobody).values()) == {0}
    assert topic_changes(nobody, 2022, 11)["volume"].sum() == 0
    assert topic_months(nobody, 2022, 11).empty


def test_a_change_is_only_called_one_where_chance_does_not_make_it(reader: Reader) -> None:
    found = topic_changes(reader, 2022, 11).set_index("topic")
    known = found[found["doubt"] == ""]
    assert ((known["low"] <= known["change"]) & (known["change"] <= known["high"])).all()
    assert set(known[known["high"] < 0].index) == set(known[known["verdict"] == "下降"].index)
    assert set(known[known["low"] > 0].index) == set(known[known["verdict"] == "上升"].index)
    assert found.at[ALL, "verdict"] == "下降"
    assert set(topic_changes(reader, 2022, 2)["doubt"]) == {"不满 3 个月，看不出是不是偶然"}
    assert set(topic_changes(reader, 2021, 12)["doubt"]) == {"数据没有覆盖上年同期"}
