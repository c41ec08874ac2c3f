"""The command line: what it answers, what it refuses, and with which exit code."""

import csv
import io
import json
from pathlib import Path

import pytest

from commands import main
from data_access.cases.store import Store


@pytest.fixture
def in_store(demo_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{demo_store.folder}")
    return demo_store


@pytest.fixture
def in_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path}")
    return tmp_path


@pytest.mark.parametrize("command", ["", "demo", "import", "status", "rejected", "rollback", "sql"])
def test_every_command_explains_itself_in_chinese(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    assert stop.value.code == 0
    assert any("\u4e00" <= letter <= "\u9fff" for letter in capsys.readouterr().out)


def test_sql_answers_in_every_format(in_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    statement = "select source, count(*) as n from cases where created_at < timestamp '2022-01-01 10:00:00' group by 1 order by 1"
    assert main(["sql", statement, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert main(["sql", statement, "--format", "json"]) == 0
    assert [{key: str(value) for key, value in row.items()} for row in json.loads(capsys.readouterr().out)] == rows
    assert [row["source"] for row in rows] == ["grid", "hotline"]


@pytest.mark.slow
def test_strange_words_are_said_at_import_and_listed_with_their_repair(
    in_empty: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path_factory.mktemp("files") / "a.csv"
    path.write_text(
        "工单编号,来电时间,是否有效回访,是否联系,是否解决,满意度\n1,2022-03-01,是,打过,是,5星\n", encoding="utf-8"
    )
    for _ in range(2):  # also where the file brings nothing new
        assert main(["import", str(path), "--profile", "dongcheng"]) == 0
        said = capsys.readouterr().out
        assert (
            "不认识的词：满意度（按未知保留）：5星 1" in said and "不认识的词：是否联系（按未知保留）：打过 1" in said
        )
        assert "data_access words" in said
    assert main(["words", "--profile", "dongcheng"]) == 0
    said = capsys.readouterr().out
    assert (
        '"5星" = "基本满意"' in said
        and '"打过" = 1' in said
        and "mappings/hotline.toml 的 [values.satisfaction]" in said
    )


def test_sql_cannot_write(in_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "delete from cases"]) == 1
    assert "查询失败" in capsys.readouterr().err


def test_real_rows_never_mix_with_demo_rows(
    in_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = in_store.version
    (tmp_path / "any.csv").write_text("工单编号,来电时间\n1,2022-03-01\n", encoding="utf-8")
    assert main(["import", str(tmp_path / "any.csv")]) == 1
    assert "演示数据" in capsys.readouterr().err and in_store.version == before


@pytest.mark.slow
def test_real_rows_replace_the_demo_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASES_URL", f"duckdb:///{tmp_path / 'store'}")
    assert main(["demo", "--scale", "0.001"]) == 0
    (tmp_path / "a.csv").write_text("工单编号,来电时间\n1,2022-03-01\n", encoding="utf-8")
    assert main(["import", str(tmp_path / "a.csv"), "--replace-demo"]) == 0
    capsys.readouterr()
    assert main(["sql", "select count(*) as n from cases", "--format", "csv"]) == 0
    assert capsys.readouterr().out.split() == ["n", "1"]
    assert main(["status"]) == 0
    assert "真实数据" in capsys.readouterr().out
    assert main(["rollback"]) == 1  # what was decided on real cases is not to be mixed with what was tried out
    assert "--with-ledger" in capsys.readouterr().err
    assert main(["rollback", "--with-ledger"]) == 0
    assert main(["status"]) == 0
    assert "演示数据" in capsys.readouterr().out


def test_status_of_nothing_fails_for_cron(in_empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 1
    assert "还没有数据" in capsys.readouterr().out
    assert main(["rollback"]) == 1
    assert main(["sql", "select 1"]) == 1


def test_unknown_profile_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--profile", "nowhere"]) == 1
    assert "pingshan" in capsys.readouterr().err


def test_rights_are_listed_by_role_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "--day", "2022-07-01", "--profile", "dongcheng"]) == 0
    said = capsys.readouterr().out
    assert "2022-07-01" in said and "街道（17 人）：案件 本街道发生的、本单位承办的，标题内容地址；" in said
    assert main(["access", "--profile", "pingshan"]) == 0 and "没有 access.toml" in capsys.readouterr().out


def test_no_refused_row_is_a_sentence(in_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rejected"]) == 0 and capsys.readouterr().out == "没有被隔离的行\n"
    assert main(["rejected", "--batch", "1"]) == 0 and capsys.readouterr().out == "批次 1 没有被隔离的行\n"
    assert main(["rejected", "--format", "json"]) == 0 and json.loads(capsys.readouterr().out) == []
