"""案件库 keeps filters for whoever is chosen, begins with the period of the other pages, and says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from data_access.cases.filters import CaseFilter
from data_access.cases.reader import Reader
from data_access.district.periods import preset
from ui.frame import identity
from ui.style.links import cases_address

Look = Callable[..., AppTest]


def as_who(seen: AppTest, name: str) -> AppTest:
    seen.session_state[identity.KEY] = name
    return seen.run()


def chips(seen: AppTest) -> list[tuple[str, str]]:
    """Each kept filter's words and query."""
    told = "".join(one.proto.body for one in seen.get("html"))
    return [
        (words, address)
        for address, words in re.findall(r'class="chip[^"]*" href="/cases\?([^"]*)"[^>]*>(.*?)</a>', told)
    ]


def named(seen: AppTest, title: str) -> AppTest:
    seen.text_input(key="saved_title").set_value(title).run()
    return seen.button(key="saved_keep").click().run()


def test_a_filter_is_kept_called_otherwise_taken_away_and_put_back(visit: Look) -> None:
    seen = as_who(visit("cases", state="逾期未办结", period="全部"), "值班长甲")
    assert chips(named(seen, "逾期的"))[0][0] == "逾期的"
    assert parse_qs(chips(seen)[0][1].replace("&amp;", "&")) == {"state": ["逾期未办结"], "period": ["全部"]}
    assert chips(as_who(visit("cases"), "值班员乙")) == []
    again = as_who(visit("cases"), "值班长甲")
    (key,) = (one.key.removesuffix("_rename") for one in again.button if str(one.key).endswith("_rename"))
    again.text_input(key=key).set_value("过期").run()
    assert [words for words, _ in chips(again.button(key=f"{key}_rename").click().run())] == ["过期"]
    assert chips(again.button(key=f"{key}_drop").click().run()) == []
    assert [words for words, _ in chips(again.button(key="saved_undo").click().run())] == ["过期"]
    again.button(key=f"{key}_drop").click().run()  # the store is shared with other tests


def test_who_has_no_name_keeps_nothing_and_no_number_is_kept(visit: Look) -> None:
    nobody = visit("cases")
    assert any("先在左侧选择姓名" in one.value for one in nobody.caption) and not chips(nobody)
    seen = as_who(visit("cases", text="13800000000"), "值班长甲")
    assert any("号码" in one.value and "不能存下" in one.value for one in seen.caption)
    assert "saved_keep" not in {one.key for one in seen.button}


def test_the_list_begins_with_the_usual_period_and_one_click_widens_it(visit: Look, reader: Reader) -> None:
    usual = preset("assessment", reader.as_of, reader.profile.settings.clock, reader.span[0])
    seen = visit("cases")

    def counted() -> int:
        said = "".join(one.proto.body for one in seen.get("html") if 'class="answer"' in one.proto.body)
        return int(re.search(r"共 <b>([\d,]+)</b>", said)[1].replace(",", ""))  # type: ignore[index]

    assert counted() == reader.count(CaseFilter(period=usual)) < reader.count()
    seen.button(key="all_time").click().run()
    assert counted() == reader.count() and "all_time" not in {one.key for one in seen.button}


@pytest.mark.parametrize("where", [CaseFilter(), CaseFilter(status=("overdue_open",))])
def test_a_link_without_a_period_is_of_all_time(where: CaseFilter) -> None:
    assert parse_qs(urlsplit(cases_address(where)).query)["period"] == ["全部"]
