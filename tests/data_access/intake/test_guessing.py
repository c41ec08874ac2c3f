"""What --guess proposes for layouts as people meet them, and what it must not print."""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest

from data_access.cases.reader import Reader
from data_access.cases.store import Store
from data_access.district.profile import current_profile
from data_access.intake.guessing import guess_mapping
from data_access.intake.importing import import_file
from data_access.intake.reading import csv_text
from tests.data_access.intake.layouts import LAYOUTS


def written(path: Path, layout: str) -> tuple[Path, dict[str, str]]:
    """A file of the layout's three rows, and the field of each of its columns, by the name that is read."""
    columns = [[cell.strip() for cell in line.split(" |")] for line in layout.strip().splitlines()]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[header for header, *_ in columns], *zip(*(c[2:5] for c in columns), strict=True)])
    return path, {header.lstrip("*").removesuffix("（必填）"): field for header, field, *_ in columns}


def guessed(path: Path) -> tuple[str, dict[str, str]]:
    text = guess_mapping(path, current_profile())
    columns = tomllib.loads(text)["columns"]
    read = {field: given["date"] if isinstance(given, dict) else given for field, given in columns.items()}
    return text, {header: field for field, header in read.items() if header != "*"}


def test_nothing_is_proposed_wrongly_and_most_is_proposed(tmp_path: Path) -> None:
    right, wrong, left_open = 0, [], []
    for name, layout in LAYOUTS.items():
        path, fields = written(tmp_path / "a.csv", layout)
        _, proposed = guessed(path)
        wrong += [(name, header, field) for header, field in proposed.items() if fields[header] not in (field, "?")]
        right += sum(proposed.get(header) == field for header, field in fields.items())
        left_open += [
            (name, header) for header, field in fields.items() if field not in "-?" and header not in proposed
        ]
    assert wrong == []
    assert right == 141
    # Of these two the person knows which one ends a case.
    assert left_open == [("grid of the district", "处置结束时间"), ("call centre", "办理截止时间")]


def test_why_and_how_sure_stand_behind_each_proposal(tmp_path: Path) -> None:
    for layout in LAYOUTS.values():
        text, proposed = guessed(written(tmp_path / "a.csv", layout)[0])
        reasons = re.findall(
            r'^\w+ = ".*"  # 依据：列名.+；把握：[高中低](?:  # 例：.+)?$', text.split("[columns]")[1], re.M
        )
        assert len(reasons) == len(proposed)


def test_what_two_columns_could_be_is_left_to_the_person(tmp_path: Path) -> None:
    text, _ = guessed(written(tmp_path / "a.csv", LAYOUTS["two that could be it"])[0])
    for field, header in [
        ("case_id", "工单编号"),
        ("case_id", "案件编号"),
        ("created_at", "登记时间"),
        ("created_at", "来电时间"),
    ]:
        assert re.search(rf'^# {field} = "{header}"  # 必填，请选一列；依据：.+；把握：低', text, re.M)


def test_a_date_and_its_time_of_day_are_proposed_together(tmp_path: Path, empty_store: Store) -> None:
    rows = "".join(f"{n},2022-01-{n:02},8:{n:02},2022/2/{n},下午{n % 11 + 1}:30\n" for n in range(1, 25))
    (tmp_path / "a.csv").write_text(f"工单编号,受理日期,受理时间,办结日期,办结时刻\n{rows}", encoding="utf-8")
    said = guess_mapping(tmp_path / "a.csv", current_profile())
    assert 'created_at = {date = "受理日期", time = "受理时间"}  # 依据：' in said
    (tmp_path / "m.toml").write_text(said, encoding="utf-8")
    import_file(tmp_path / "a.csv", profile=current_profile(), store=empty_store, mapping=str(tmp_path / "m.toml"))
    found = Reader.of(empty_store, current_profile()).get_case("3")
    assert found and found["created_at"] == dt.datetime(2022, 1, 3, 8, 3)
    assert found["closed_at"] == dt.datetime(2022, 2, 3, 16, 30)


def test_a_time_of_day_under_another_name_is_left_to_the_person(tmp_path: Path) -> None:
    rows = "".join(f"{n},2022-01-{n:02},8:{n:02}\n" for n in range(1, 25))
    (tmp_path / "a.csv").write_text(f"工单编号,登记日期,反映时间\n{rows}", encoding="utf-8")
    said = guess_mapping(tmp_path / "a.csv", current_profile())
    assert '\n# created_at = {date = "登记日期", time = "反映时间"}  # 时刻也许在另一列' in said
    assert tomllib.loads(said)["columns"]["created_at"] == "登记日期"


@pytest.mark.parametrize("name", LAYOUTS)
def test_nothing_of_persons_is_shown(tmp_path: Path, name: str) -> None:
    text, _ = guessed(written(tmp_path / "13800001234.csv", LAYOUTS[name])[0])
    for private in (
        "张三",
        "13812345678",
        "13800001234",
        "65120000",
        "110101199003078515",
        "example.com",
        "12号",
        "A0001",
    ):
        assert private not in text


def test_the_fast_reader_reads_from_what_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Arrow's threads let go of their source after the table is there: of a Python object perhaps while the interpreter
    # ends, which aborts the process (one in ten on small files).
    sources: list[object] = []
    read = csv_text.arrow_csv.read_csv
    monkeypatch.setattr(
        csv_text.arrow_csv, "read_csv", lambda source, **more: sources.append(source) or read(source, **more)
    )
    guessed(written(tmp_path / "a.csv", LAYOUTS["q01"])[0])
    assert sources and all(isinstance(source, pa.BufferReader) for source in sources)


@pytest.mark.parametrize(
    ("times", "line"),
    [
        (["3/14/2024 1:05:00 PM", "3/2/2024 11:05:00 AM"], 'dates = ["%m/%d/%Y %I:%M:%S %p"]  # 依据：样本里第二个数'),
        (["14/3/2024 13:05", "2/3/2024"], 'dates = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]  # 依据：样本里第一个数'),
        (["2/3/2024 13:05"], '# dates = ["%m/%d/%Y %H:%M"]  # 月和日哪个在前，从样本看不出'),
        (["2024-03-14 13:05"], ""),
    ],
)
def test_the_order_of_day_and_month_is_told_by_a_number_beyond_twelve(
    tmp_path: Path, empty_store: Store, times: list[str], line: str
) -> None:
    rows = "".join(f"{place},{time}\n" for place, time in enumerate(times))
    (tmp_path / "a.csv").write_text(f"工单编号,来电时间\n{rows}", encoding="utf-8")
    said = guess_mapping(tmp_path / "a.csv", current_profile())
    assert [text for text in said.splitlines() if "dates = [" in text][:1] == [
        text for text in said.splitlines() if line and text.startswith(line)
    ]
    if not line.startswith("#"):
        (tmp_path / "m.toml").write_text(said, encoding="utf-8")
        result = import_file(
            tmp_path / "a.csv", profile=current_profile(), store=empty_store, mapping=str(tmp_path / "m.toml")
        )
        assert (result.inserted, result.rejected) == (len(times), 0)
