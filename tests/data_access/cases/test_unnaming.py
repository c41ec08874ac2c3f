"""Texts without names: how many are found in labelled texts, and where whoever may not read them is shown none."""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from data_access.cases.filters import CaseFilter
from data_access.cases.listing import texts
from data_access.cases.masking import masked
from data_access.cases.reader import Reader
from data_access.cases.schema import cases
from data_access.cases.sight import HIDDEN, Sight, open_columns
from data_access.cases.unnaming import Found, found_in, to_the_lane, unnamed
from tests.data_access.cases.asking import ASKED, Known
from tests.data_access.cases.test_scope import known, open_to_care, whole  # noqa: F401 - the district that scopes are tried on

HERE = Path(__file__).parent
DOCS = HERE.parents[2] / "docs" / "privacy.md"
MARK = re.compile(r"\{([NPTID]):([^}]*)\}")
UNNAMED = Sight(words=False, callers=False, unnamed=True)
Labelled = tuple[str, list[tuple[int, int, str]]]


def labelled(lines: Iterable[str]) -> Iterator[Labelled]:
    """Each text without its marks, and where they were: start, end, kind."""
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        text, marks, at = "", [], 0
        for mark in MARK.finditer(line):
            text += line[at : mark.start()]
            marks.append((len(text), len(text) + len(mark[2]), mark[1]))
            text, at = text + mark[2], mark.end()
        yield text + line[at:].rstrip("\n"), marks


SAID = [
    "来电人{N:%s}反映{D:%s}漏水，电话{T:%s}。", "业主{N:%s}称{D:%s}住户扰民，请回电{T:%s}。", "{N:%s}女士投诉{D:%s}装修，{T:%s}。",
    "联系人：{N:%s}，住{D:%s}，手机：{T:%s}", "市民{N:%s}来电，{D:%s}停水两天，希望尽快处理，联系方式{T:%s}。",
    "{N:%s}于昨日来电，反映{D:%s}门口堆放垃圾，{T:%s}。", "房东{N:%s}不退押金，房屋在{D:%s}，身份证{I:%s}。",
    "今晨{N:%s}被电动车撞倒，地点在{D:%s}，肇事车{P:%s}。", "请社区联系{N:%s}，{D:%s}门前长期停放{P:%s}。",
]  # fmt: skip


def generated(count: int) -> list[str]:
    """Texts of nine forms, with names, doors, phones, ids and plates drawn by chance. No check digit is right by more
    than chance, so the ids are said to be such."""
    draw, lines = random.Random(20220301), []
    surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
    given = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂建国志华文玉兰春海梅红晓燕宇浩欣怡子涵梓轩佳琪淑珍凤雪鹏飞龙"
    for place in range(count):
        said = SAID[place % len(SAID)]
        name = draw.choice(surnames) + "".join(draw.sample(given, draw.choice([1, 2, 2])))
        door = f"{draw.choice(['', '甲', '乙'])}{draw.randint(1, 99)}{draw.choice(['号', '号院', '号楼'])}"
        door += f"{draw.randint(1, 6)}单元{draw.randint(101, 2806)}室" if draw.random() < 0.5 else ""
        phone = f"1{draw.choice('35789')}{draw.randrange(10**9):09}"
        number = f"110101{draw.randint(1940, 2005)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{draw.randrange(10**4):04}"
        plate = f"{draw.choice('京津冀鲁豫')}{draw.choice('ABCEFN')}{draw.choice(['', '·', ' '])}"
        plate += draw.choice(
            [
                f"{draw.randrange(10**5):05}",
                f"D{draw.randrange(10**5):05}",
                f"{draw.randrange(10**3):03}Q{draw.randrange(9)}",
            ]
        )
        last = number if "{I:" in said else plate if "{P:" in said else phone
        lines.append(said % (name, door, last))
    return lines


def lines_of(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def measured(lines: Iterable[str]) -> tuple[dict[str, tuple[int, int]], list[Found], int]:
    """Kind -> how many are wholly covered, of how many; what was found where nothing is; of how many texts."""
    every, caught, false, number = Counter[str](), Counter[str](), list[Found](), 0
    for text, marks in labelled(lines):
        number += 1
        found = found_in(masked(text))
        every.update(kind for *_, kind in marks)
        caught.update(kind for start, end, kind in marks if any(f.start <= start and f.end >= end for f in found))
        false += [f for f in found if not any(f.start < end and f.end > start for start, end, _ in marks)]
    return {kind: (caught[kind], every[kind]) for kind in every}, false, number


SAMPLES = {"手写": lines_of("texts_with_names.txt"), "后写": lines_of("texts_with_names_unseen.txt"),
           "生成": generated(270)}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_the_docs_say_how_many_are_found(name: str) -> None:
    found, false, number = measured(SAMPLES[name])
    said = [f"{found[kind][0]}/{found[kind][1]}" for kind in "NPTID"]
    row = f"| {name} | {number} | {' | '.join(said)} | {len(false)} |"
    assert row in DOCS.read_text(encoding="utf-8"), row
    caught, every = (sum(values) for values in zip(*(found[kind] for kind in "PTID"), strict=True))
    assert caught >= 0.97 * every


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "lane"),
    [
        ("东四三条5号", "东四三条"), ("南门仓胡同甲5号", "南门仓胡同"), ("东四3条12号院3号楼", "东四3条"),
        ("5号楼南侧南锣鼓巷", "南锣鼓巷"), ("富贵园小区二号楼三单元", "富贵园小区"), ("和平里七区", "和平里七区"),
        ("国瑞城B座1203", "国瑞城"), ("安定门外大街北4号院", "安定门外大街北"), ("12号", ""), ("", ""),
    ],
)  # fmt: skip
def test_an_address_ends_with_its_lane(address: str, lane: str) -> None:
    assert to_the_lane(address) == lane


NAMED = "业主李建国称{}漏水，京A·9Q8Z7挡路，电话138****5678"
SECRETS = ("李建国", "京A", "9Q8Z7", "**", "3号院", "2单元")


@pytest.fixture(scope="module")
def named(whole: Reader, known: Known) -> Reader:  # noqa: F811 - what is asked about is known before the texts change
    """The small district, in which every text names somebody; seen by who may not read names."""
    with whole.store.writing() as con:
        con.execute("UPDATE cases SET title = ?, content = ?, address = '东四三条3号院2单元', excluded_reason = ?, "
                    "lon = 116.41237, lat = 39.93123",
                    [NAMED.format("楼上"), NAMED.format("3号院2单元"), NAMED.format("")])  # fmt: skip
    return dataclasses.replace(whole.latest(), sight=UNNAMED)


@pytest.mark.slow
def test_lists_cases_and_files_name_nobody(named: Reader) -> None:
    listed = named.list_cases(CaseFilter(), page_size=20)
    case = named.get_case(str(listed["case_id"].iloc[0]))
    files = next(named.every_case(CaseFilter()))
    said = texts(named, CaseFilter(), 50)
    assert case and case["address"] == "东四三条" and (case["lon"], case["lat"]) == (116.412, 39.932)
    assert (
        case["content"]
        == unnamed(NAMED.format("3号院2单元"))
        == "业主〔姓名〕称〔门牌〕漏水，〔车牌〕挡路，电话〔号码〕"
    )
    for told in (listed.to_csv(), str(case), files.to_csv(), said.to_csv()):
        assert "〔姓名〕" in told and not any(secret in told for secret in SECRETS)
    open_to_all = dataclasses.replace(named, sight=Sight())
    assert all(secret in str(open_to_all.get_case(str(listed["case_id"].iloc[0]))) for secret in SECRETS)


def test_no_condition_finds_a_case_by_who_it_names(named: Reader) -> None:
    """Else whoever may not read names could try them."""
    for word in ("李建国", "9Q8Z7", "〔姓名〕", "漏水"):
        assert named.list_cases(CaseFilter(text=word)).empty
    own = named.singly
    looked = [
        select(cases.c.title).where(cases.c.content.contains("李")), select(func.upper(cases.c.content).label("title")),
        select(cases.c.title).order_by(cases.c.content), select(cases.c.title, func.length(cases.c.title).label("n")),
        select(cases.c.content).where(cases.c.case_id.in_(select(cases.c.case_id).where(cases.c.title != ""))),
    ]  # fmt: skip
    for statement in looked:
        assert {*own.read(statement.limit(5)).iloc[:, 0]} <= {HIDDEN}, statement


def test_sql_has_no_column_with_texts() -> None:
    names = {column.key for column in open_columns(UNNAMED)}
    assert names.isdisjoint({"title", "content", "address", "excluded_reason", "caller_key"}) and "street" in names
    assert {column.key for column in open_columns(Sight())} == {column.key for column in cases.c}


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKED)
def test_no_question_is_answered_with_a_name(named: Reader, name: str, known: Known) -> None:  # noqa: F811
    told = str(ASKED[name](named, known))
    assert not any(secret in told for secret in ("李建国", "京A", "3号院"))
