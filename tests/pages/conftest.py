"""Four stores to visit pages on: none, one case, plenty, another district."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.reader import Reader
from data_access.cases.store import Store, store_for
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from tests.pages.ledgers import begun

ROOT = Path(__file__).resolve().parents[2]
ONE_ROW = "工单编号,来电时间\n1,2022-03-01 09:00:00\n"
PINGSHAN = (
    "REC_ID,CREATE_TIME,STREET_NAME,COMMUNITY_NAME,EVENT_TYPE_NAME,MAIN_TYPE_NAME,SUB_TYPE_NAME,DISPOSE_UNIT_NAME,ACHIEVE\n"
    + "".join(
        f"{n},2018-02-{n % 27 + 1:02},龙田街道,老坑社区,市容环卫,占道,乱摆卖,城管办,{'逾期办结' if n % 9 == 0 else '按期办结'}\n"
        for n in range(200)
    )
)


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory, demo_store: Store) -> dict[str, tuple[str, Store]]:
    """Name -> profile and store, beside which stands a ledger, as an import begins it."""
    folder, found = tmp_path_factory.mktemp("stores"), {"plenty": ("dongcheng", demo_store)}
    found["none"] = ("dongcheng", store_for(f"duckdb:///{folder / 'none'}"))
    for name, profile, text in (("one", "dongcheng", ONE_ROW), ("pingshan", "pingshan", PINGSHAN)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        found[name] = (profile, store_for(f"duckdb:///{folder / name}"))
        import_file(folder / f"{name}.csv", profile=current_profile(profile), store=found[name][1])
    for name in ("plenty", "one", "pingshan"):
        begun(Reader.of(found[name][1], current_profile(found[name][0])))
    return found


@pytest.fixture
def visit(stores: dict[str, tuple[str, Store]], monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    def start(page: str, store: str = "plenty", **query: str) -> AppTest:
        profile, where = stores[store]
        monkeypatch.setenv("DISTRICT_PROFILE", profile)
        monkeypatch.setenv("CASES_URL", f"duckdb:///{where.folder}")
        monkeypatch.setenv("DASHBOARD_OPEN", "1")  # what is kept from whom is tried in test_rights.py
        seen = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
        for name, value in query.items():
            seen.query_params[name] = value
        seen.run()
        assert not seen.exception, seen.exception
        return seen

    return start
