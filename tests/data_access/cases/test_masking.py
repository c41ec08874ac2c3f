"""What is masked in texts: a labelled sample (⟦…⟧ marks what must not stay readable), and numbers spelled at random."""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from data_access.cases.masking import NUMERALS, masked, masked_sql, teach_masking

LABELLED = Path(__file__).with_name("labelled_numbers.csv")
SPELLED = str.maketrans(NUMERALS)
TAUGHT = duckdb.connect()
teach_masking(TAUGHT)


def readable(text: str) -> str:
    """Letters, digits and asterisks only, every kind of digit as 0-9."""
    return re.sub(r"[^\w*]|_", "", unicodedata.normalize("NFKC", text).translate(SPELLED))


def leaks(number: str, text: str) -> bool:
    """Whether seven digits of the number in a row can be read in the text."""
    digits, left = re.sub(r"\D", "", readable(number)), readable(text)
    return any(digits[start : start + 7] in left for start in range(len(digits) - 6))


def test_the_labelled_sample() -> None:
    with LABELLED.open(encoding="utf-8", newline="") as file:
        labelled = [row["text"] for row in csv.DictReader(file)]
    private = [
        (number, masked(re.sub("[⟦⟧]", "", text))) for text in labelled for number in re.findall("⟦(.+?)⟧", text)
    ]
    clean = [text for text in labelled if "⟦" not in text]
    assert (len(private), len(clean)) == (234, 135)
    assert [(number, hidden) for number, hidden in private if leaks(number, hidden)] == []
    # Six digits, a day and four digits, the check digit right by chance: nothing tells it from a citizen id.
    assert [text for text in clean if masked(text) != text] == ["区级编号110101-20220103-0015"]


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
WRITTEN = str.maketrans("0123456789", "零一二三四五六七八九")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
GAPS = ["", " ", "-", ".", "－", "—", "（", "）", "·", "​", "　", "/", "_", " - ", " ", "‑"]
WORDS = st.lists(
    st.sampled_from(
        [
            "电话",
            "请联系",
            "住东直门",
            "12号院3号楼",
            "2022年1月3日",
            "，",
            "。",
            "反映",
            "王女士",
            "（",
            "京A",
            "身份证",
            "25元",
            "座机",
            "、",
        ]
    ),
    max_size=6,
).map("".join)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A mobile, a landline or a citizen id, with gaps where people leave them, in one or in mixed kinds of digits."""
    digits = st.text("0123456789", min_size=9, max_size=9)
    kind = draw(st.sampled_from(["mobile", "landline", "id"]))
    if kind == "mobile":
        number = "1" + draw(st.sampled_from("3456789")) + draw(digits)
        cuts: list[tuple[int, ...]] = [(), (3, 7), (3,), (7,), (4, 7), (4, 8), (3, 6), (6,), tuple(range(1, 11))]
    elif kind == "landline":
        number = (
            draw(st.sampled_from(["010", "021", "0311", "0755"])) + draw(st.sampled_from("5678")) + draw(digits)[:7]
        )
        area = 3 if number[1] < "3" else 4
        cuts = [(), (area,), (area, area + 4)]
    else:
        day = draw(st.dates(dt.date(1920, 1, 1), dt.date(1999, 12, 31)))
        number = f"110101{day:%Y%m%d}" + draw(digits)[:3] + draw(st.sampled_from("0123456789X"))
        cuts = [(), (6,), (6, 14), (6, 10, 14), (3, 6, 10, 14), (4, 8, 12, 16), tuple(range(1, 18))]
    gap, places = draw(st.sampled_from(GAPS)), (0, *draw(st.sampled_from(cuts)), len(number))
    spelled = gap.join(number[start:end] for start, end in pairwise(places))
    scripts = draw(st.lists(st.sampled_from([{}, FULL_WIDTH, WRITTEN, CIRCLED]), min_size=1, max_size=3))
    spelled = "".join(char.translate(scripts[place % len(scripts)]) for place, char in enumerate(spelled))
    return draw(st.sampled_from(["", "+86", "0086 ", "(+86)", "86-"])) + spelled if kind == "mobile" else spelled


@given(before=WORDS, number=numbers(), after=WORDS.filter(lambda text: not text[:1].isdigit()))
def test_no_spelling_of_a_number_stays_readable(before: str, number: str, after: str) -> None:
    text = before + number + after
    hidden = masked(text)
    assert not leaks(number, hidden)
    assert len(hidden) == len(text) and hidden.startswith(before[:-12]) and masked(hidden) == hidden
    assert TAUGHT.execute(f"SELECT {masked_sql('?1::VARCHAR')}", [text]).fetchall() == [(hidden,)]


@given(st.text("一二三东四六条号楼，。（）- .*元xX0123456789０１２+转", max_size=40))
def test_masking_twice_is_masking_once_and_sql_masks_the_same(text: str) -> None:
    hidden = masked(text)
    assert masked(hidden) == hidden
    assert TAUGHT.execute(f"SELECT {masked_sql('?1::VARCHAR')}", [text]).fetchall() == [(hidden,)]


@given(st.text(st.characters(exclude_categories=["Nd", "Nl", "No"], exclude_characters="".join(NUMERALS))))
def test_a_text_without_digits_is_left_alone(text: str) -> None:
    assert masked(text) == text


def test_a_connection_is_taught_once_however_many_files_it_reads() -> None:
    teach_masking(TAUGHT)
    assert TAUGHT.execute(f"SELECT {masked_sql(chr(39) + '13800001234' + chr(39))}").fetchall() == [("138****1234",)]


def test_what_stays_of_a_number() -> None:
    assert masked("工单20220301000001，电话138 0000 1234转") == "工单20220301000001，电话138 **** 1234转"
    assert masked("座机(010)65120000") == "座机(010)********"
    assert masked("身份证110101 19900307 8515") == "身份证110101 ******** ***5"
