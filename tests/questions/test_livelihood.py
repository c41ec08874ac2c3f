"""The index's inputs: values equal plain SQL, small numbers are unknown, and sheets come in whole or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.models import IndexRules
from data_access.district.profile import Profile
from data_access.district.vocabulary import DIMENSIONS_75
from data_access.intake.importing import ImportFailed
from data_access.intake.objective import import_sheet
from data_access.intake.quality import rejected
from questions.livelihood import definitions, index_months, livelihood_index, measured, panel
from questions.livelihood_scores import DISTRICT

HEADER = "时期,街道,维度,指标,单位,方向,下限,上限,权重,数值\n"


@pytest.fixture(scope="module")
def rules(profile: Profile) -> IndexRules:
    return profile.index[0]


def one(frame: pd.DataFrame, indicator: str, month: str, dimension: str, street: str = DISTRICT) -> pd.Series:
    at = frame[(frame["indicator"] == indicator) & (frame["month"] == month) & (frame["dimension"] == dimension)]
    return at[at["street"] == street].iloc[0]


@pytest.mark.slow
def test_the_same_index_is_made_once_and_another_is_another(reader: Reader) -> None:
    month = index_months(reader)[-1]
    made, again = (livelihood_index(reader, month) for _ in range(2))
    assert made is again
    sure = made.sureness(DISTRICT)
    sure["score"] = 0.0
    assert made.sureness(DISTRICT)["score"].max() > 0
    planned = {indicator.name: indicator.weight for indicator in made.rules.indicators[:1]}
    tried = livelihood_index(reader, month, tried={name: weight + 1 for name, weight in planned.items()})
    assert tried is not made and tried.is_trial and not made.is_trial
    assert livelihood_index(reader, month, geometric=True) is not livelihood_index(reader, month, geometric=False)


def test_only_months_that_are_over_and_whole_count(reader: Reader) -> None:
    period = reader.whole_months
    assert period and (str(period.start), str(period.end)) == ("2021-01-01 00:00:00", "2023-01-01 00:00:00")


def test_values_equal_plain_sql(reader: Reader, rules: IndexRules) -> None:
    asked = """SELECT count(*) FILTER (created_day >= '2022-08-01') AS now,
        count(*) FILTER (created_day < '2021-09-01') AS base,
        sum(CASE WHEN created_day >= '2022-08-01' AND is_valid_callback = 1 AND is_excluded = 0
            AND resolution = 'yes' THEN 1 END) AS yes,
        sum(CASE WHEN created_day >= '2022-08-01' AND is_valid_callback = 1 AND is_excluded = 0 THEN 1 END) AS valid
        FROM cases WHERE source = 'hotline' AND dimension = '住有所居' AND is_void = 0
        AND (created_day BETWEEN '2022-08-01' AND '2022-08-31' OR created_day BETWEEN '2021-08-01' AND '2021-08-31')"""
    plain = reader.sql(asked).iloc[0]
    found = measured(reader, rules)
    change, rate = (one(found, name, "2022-08-01", "住有所居") for name in ("change", "resolution"))
    assert change["value"] == pytest.approx(plain["now"] / plain["base"] - 1) and change["cases"] == plain["base"]
    assert rate["value"] == pytest.approx(plain["yes"] / plain["valid"]) and rate["cases"] == plain["valid"]


def test_what_rests_on_few_cases_is_unknown(reader: Reader, rules: IndexRules) -> None:
    found = measured(reader, rules)
    assert found["value"][found["cases"] < rules.min_cases].isna().all()
    assert found["value"][found["indicator"].eq("repeat") & (found["cases"] >= rules.min_cases)].notna().all()


def test_the_base_year_is_its_own_measure(reader: Reader, rules: IndexRules) -> None:
    found = measured(reader, rules)
    base = found[(found["indicator"] == "change") & (found["month"].dt.year == rules.base_year)]["value"].dropna()
    assert len(base) and (base == 0).all()


def test_shipped_rules_name_measures_and_open_goalposts_come_from_the_base_year(
    reader: Reader, rules: IndexRules
) -> None:
    assert {one.measure for one in rules.indicators} <= set(MEASURES)
    found = panel(reader, rules)
    load = definitions(reader, rules, found).query("indicator == 'load'").set_index("dimension")
    seen = found[(found["indicator"] == "load") & (found["dimension"] == "宜居性") & (found["street"] != DISTRICT)]
    seen = seen[seen["month"].dt.year == rules.base_year]["value"]
    assert load.at["宜居性", "low"] == pytest.approx(seen.quantile(0.05))
    assert set(load.index) == set(DIMENSIONS_75)


def sheet(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_sheet_comes_in_and_the_same_again_changes_nothing(
    tmp_path: Path, empty_store: Store, profile: Profile
) -> None:
    street = profile.streets[0]
    path = sheet(
        tmp_path,
        "2022,,病有所医,每千人床位,张,越高越好,5,10,0.5,8",
        f"2022-03,{street.aliases[0] if street.aliases else street.name},病有所医,每千人床位,张,越高越好,5,10,0.5,7.5",
        "2022-13,,病有所医,床位,张,越高越好,5,10,1,8",
        "2022-01,无此街道,病有所医,床位,张,越高越好,5,10,1,8",
        "2022-01,,幸福,床位,张,越高越好,5,10,1,8",
        "2022-01,,病有所医,床位,张,越大越好,5,10,1,8",
        "2022-01,,病有所医,床位,张,越高越好,10,5,1,8",
        "2022-01,,病有所医,床位,张,越高越好,5,10,1,很多",
    )
    first = import_sheet(path, profile=profile, store=empty_store)
    assert (first.rows_read, first.inserted, first.rejected) == (8, 2, 6)
    kept = Reader.of(empty_store, profile).objective()
    assert len(kept) == 13 and (kept["month"].min(), kept["month"].max()) == (
        pd.Timestamp(2022, 1, 1),
        pd.Timestamp(2022, 12, 1),
    )
    assert set(kept[kept["street"] != ""]["street"]) == {street.name}
    assert rejected(Reader.of(empty_store, profile))["column"].tolist() == [
        "时期",
        "街道",
        "维度",
        "方向",
        "上限",
        "数值",
    ]
    again = import_sheet(path, profile=profile, store=empty_store)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 2)
    changed = import_sheet(
        sheet(tmp_path, "2022-03,,病有所医,每千人床位,张,越高越好,5,10,0.5,9"), profile=profile, store=empty_store
    )
    assert (changed.inserted, changed.updated) == (0, 1) and len(Reader.of(empty_store, profile).objective()) == 13


def test_a_sheet_without_its_columns_is_refused_whole(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("时期,指标\n2022,x\n", encoding="utf-8")
    with pytest.raises(ImportFailed, match="缺少列：维度、方向、下限、上限、数值"):
        import_sheet(path, profile=profile, store=empty_store)
    assert not empty_store.exists


def test_a_store_from_before_the_table_still_answers(tmp_path: Path, empty_store: Store, profile: Profile) -> None:
    with empty_store.writing() as con:
        con.execute("DROP TABLE objective_values").fetchall()
    assert Reader.of(empty_store, profile).objective().empty
    import_sheet(sheet(tmp_path, "2022-03,,病有所医,床位,张,正向,5,10,1,9"), profile=profile, store=empty_store)
    assert len(Reader.of(empty_store, profile).objective()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("months", [1, 3])
def test_an_index_says_no_more_than_chance_leaves_open(reader: Reader, months: int) -> None:
    month = index_months(reader)[-1]
    made = livelihood_index(reader, month, months=months)
    bands = made.bands.dropna()
    assert ((bands["best"] <= bands["place"]) & (bands["place"] <= bands["worst"])).all()
    assert made.streets.index.tolist() == made.bands.index.tolist()
    sure = made.sureness(DISTRICT).dropna()
    assert made.month_before == month - pd.DateOffset(months=months) and len(sure)
    assert sure["score"].to_dict() == pytest.approx(made.of(DISTRICT)[sure.index].to_dict())
    certain = sure["change"].abs() > sure["reach"]
    assert sure["verdict"].ne("不能确定").equals(certain) and (sure["off"] > 0).all()
    assert made.weakest(DISTRICT)[0] == made.of(DISTRICT)[list(DIMENSIONS_75)].idxmin()
    assert "万人诉求量（每月）" in made.left_out or bands.empty  # ten streets have no population
    assert made.clipped()[["at_low", "at_high"]].stack().between(0, 1).all()


def test_three_months_rest_on_the_cases_of_all_three(reader: Reader) -> None:
    made = livelihood_index(reader, pd.Timestamp(2022, 8, 1), months=3)
    asked = """SELECT sum(CASE WHEN resolution = 'yes' THEN 1 END) AS yes, count(*) AS valid FROM cases
        WHERE source = 'hotline' AND dimension = '住有所居' AND is_void = 0 AND is_valid_callback = 1
        AND is_excluded = 0 AND created_day BETWEEN '2022-06-01' AND '2022-08-31'"""
    plain, found = reader.sql(asked).iloc[0], one(made.panel, "resolution", "2022-08-01", "住有所居")
    assert found["value"] == pytest.approx(plain["yes"] / plain["valid"]) and found["cases"] == plain["valid"]
