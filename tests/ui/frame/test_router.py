"""Pages are found without being run: a broken one does not break the others."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from data_access.ledger.needs import Needs
from ui.frame import router
from ui.frame.router import BROKEN, entries, navigate, title_of

GOOD = 'PAGE = {"title": "好页", "group": "分析", "order": 5}\n'


@pytest.mark.parametrize(
    ("source", "problem"),
    [("PAGE = {", "语法错误"), ("x = 1\n", "缺少 PAGE"), ('PAGE = {"title": "x"}\n', "group"), ("PAGE = dict(title=1)\n", "字面量"),
     ('PAGE = {"title": "x", "group": "y", "order": "z"}\n', "不完整"),
     (GOOD.replace("}", ', "icon": "hom"}'), "没有“hom”")],
)  # fmt: skip
def test_a_broken_file_says_why_and_others_go_on(tmp_path: Path, source: str, problem: str) -> None:
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.py").write_text(source, encoding="utf-8")
    good, bad = entries(tmp_path)
    assert (good.title, good.problem) == ("好页", "")
    assert bad.group == BROKEN and problem in bad.problem


def test_a_file_is_never_run_to_be_listed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(GOOD + "raise SystemExit\n", encoding="utf-8")
    assert entries(tmp_path)[0].title == "好页"


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    page, told = tmp_path / "a.py", []
    for number in (1, 2):
        page.write_text(f"{GOOD}told.append({number})\n", encoding="utf-8")
        os.utime(page, ns=(number, number))
        code = entries(tmp_path)[0].code
        assert code is not None
        exec(code, {"told": told})
    assert told == [1, 2]


def test_order_is_by_group_then_number(tmp_path: Path) -> None:
    for name, group, order in (
        ("a", "报告", 1),
        ("b", "总览", 2),
        ("c", "总览", 1),
        ("d", "自己的", 1),
        ("_x", "总览", 0),
    ):
        (tmp_path / f"{name}.py").write_text(
            f'PAGE = {{"title": "{name}", "group": "{group}", "order": {order}}}\n', encoding="utf-8"
        )
    assert [entry.title for entry in entries(tmp_path)] == ["c", "b", "a", "d"]


def _drawn_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu is what was handed to Streamlit."""
    monkeypatch.setattr(router.st, "navigation", lambda groups, **_: groups)
    monkeypatch.setattr(
        router.st,
        "Page",
        lambda *_, title, url_path="", **said: SimpleNamespace(title=title, url_path=url_path, **said),
    )


def test_the_menu_says_how_many_need_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _drawn_as_told(monkeypatch)
    monkeypatch.setattr(router, "_asked_address", lambda: "")
    (tmp_path / "orders.py").write_text(
        GOOD.replace("}", ', "icon": "flag", "counts": "supervision"}'), encoding="utf-8"
    )
    for waiting, title, help in (
        ({"supervision": Needs(7, 2)}, "好页 :red-badge[7] :gray-badge[2]", "7 件已过期，2 件"),
        ({"supervision": Needs(0, 2)}, "好页 :gray-badge[2]", "2 件"),
        ({"whistle": Needs(7, 2)}, "好页", None),
    ):
        page = navigate(tmp_path, (), waiting)["分析"][0]  # type: ignore[index]
        assert (page.title, page.icon) == (title, ":material/flag:")
        assert (page.help or "").startswith(help or "") and bool(page.help) == bool(help)
        assert title_of(tmp_path, page) == "好页"


def test_a_page_that_needs_a_right_is_there_for_its_holders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "kept.py").write_text(
        GOOD.replace("好页", "审计").replace("}", ', "needs": "audit"}'), encoding="utf-8"
    )
    _drawn_as_told(monkeypatch)
    monkeypatch.setattr(router, "_asked_address", lambda: "kept")

    def told(*held: str) -> list[str]:
        return [page.title for pages in navigate(tmp_path, held).values() for page in pages]  # type: ignore[attr-defined]

    assert "审计" in told("audit") and "没有这个页面" not in told("audit")
    assert "审计" not in told() and "没有这个页面" in told()  # as at an address that never had a page
