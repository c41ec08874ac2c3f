"""The district's own measures on pages: they can be chosen wherever a measure is, and a broken one breaks no page."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from data_access.district import profile as profile_module

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["trends", "heat"])
def test_an_own_measure_is_chosen_like_the_others(visit: Callable[..., AppTest], reader: Reader, page: str) -> None:
    seen = visit(page, measure="24小时办结率")
    assert seen.selectbox(key="measure").value == "closed_24h_rate"
    said = "".join(one.proto.body for one in seen.get("html"))
    assert "24小时办结率" in said and "%" in said
    assert "24小时办结率" in "".join(one.value for one in seen.subheader) and reader.profile.own.written


def test_a_comma_that_is_missing_breaks_one_measure_and_no_page(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "profiles" / "dongcheng"
    shutil.copytree(profile_module.PROFILES / "dongcheng", folder)
    file = folder / "measures.toml"
    file.write_text(
        file.read_text(encoding="utf-8") + '\n[[measures]]\nname = "broken"\nlabel = 夜间"\n', encoding="utf-8"
    )
    monkeypatch.setattr(profile_module, "PROFILES", folder.parent)
    monkeypatch.setenv("CASES_URL", f"duckdb:///{reader.store.folder}")
    profile_module._loaded.cache_clear()
    seen = AppTest.from_file(str(ROOT / "pages" / "definitions.py"), default_timeout=60).run()
    profile_module._loaded.cache_clear()
    assert not seen.exception and "“broken”" in seen.warning[0].value and "引号" in seen.warning[0].value
    whole = [one.proto.body for one in seen.get("html") if "<th>名称（编写页面用）</th>" in one.proto.body]
    assert len(whole) == 1 and ">broken</td>" not in whole[0]
    assert ">24小时办结率" in whole[0] and ">受理量" in whole[0]
