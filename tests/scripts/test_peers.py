"""The arithmetic of the bench beside other dashboards, and what it sends in a browser's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from authoring import house, typed_text
from scripts.bench import peers
from scripts.bench.peers.crowd import with_values
from scripts.bench.peers.figures import between, p95, ratio, table
from scripts.bench.peers.measuring import as_file


def test_percentiles_and_ratios() -> None:
    assert p95(range(101)) == 95 and p95([7.0]) == 7
    assert ratio([1.0, 2.0, 9.0], [4.0]) == "0.50"
    assert ratio([], [4.0]) == ratio([1.0], []) == ratio([1.0], [0.0]) == "—"


def test_the_tables_have_a_ratio_to_each_and_own_to_what_was_not_measured() -> None:
    samples = {
        "ours": {"new": [100.0, 200.0], "memory": [500.0]},
        "superset": {"new": [400.0, 400.0]},
        "vizro": {"new": [100.0], "memory": [250.0]},
    }
    lines = {line.split("|")[1].strip(): line for line in table(samples).splitlines() if line}
    assert (
        "150 / 195（2） | 400 / 400（2） | 100 / 100（1） | 0.38 · 0.49 | 1.50 · 1.95" in lines["改筛选 → 画好，新值"]
    )
    memory = next(line for words, line in lines.items() if "内存" in words)
    assert "500 | — | 250 | — | 2.00" in memory
    assert len({line.count("|") for line in table(samples).splitlines() if line}) == 1


def test_a_recorded_change_is_sent_again_with_other_values() -> None:
    form = json.dumps({"street": ["甲"], "other": ["乙"]}, ensure_ascii=False)
    told = {"filters": [{"col": "street", "val": ["甲"]}], "n": 5, "form": form}
    sent = with_values(told, ["甲"], ["丙", "丁"])
    assert sent["filters"] == [{"col": "street", "val": ["丙", "丁"]}] and sent["n"] == 5
    assert json.loads(sent["form"]) == {"street": ["丙", "丁"], "other": ["乙"]}


def test_a_file_asks_for_all_rows_of_its_stretch() -> None:
    asked = {"datasource": {"id": 1}, "queries": [{"columns": ["case_id"], "row_limit": 50, "filters": []}, {}]}
    told = as_file(asked, "2022-12-20T13:58:00", "2023-01-11T00:00:00")
    assert told["result_format"] == "csv" and len(told["queries"]) == 1
    assert told["queries"][0]["row_limit"] > 50_000 and told["queries"][0]["columns"] == ["case_id"]


def test_the_tables_replace_those_in_the_document() -> None:
    assert between("a<x>old</x>b", "<x>", "</x>", "new") == "a<x>\nnew\n</x>b"
    with pytest.raises(ValueError, match="no <x>"):
        between("a<x>", "<x>", "</x>", "new")


def test_our_board_is_a_page_as_an_analyst_may_write_it() -> None:
    source = (Path(peers.__file__).parent / "boards" / "our_board.py").read_text(encoding="utf-8")
    assert not [breach for rule in house.RULES.values() for breach in rule("pages/board.py", source)]
    assert not [breach for rule in typed_text.RULES for breach in typed_text.breaches(rule, "pages/board.py", source)]
