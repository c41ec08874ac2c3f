"""How times are written: each spelling tells its moment exactly, or is refused; never another moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access.intake.moments import moment_sql

Spelling = Callable[[dt.datetime], str]
SECOND, MINUTE, DAY = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
WEEKDAYS = "一二三四五六日"
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def half(d: dt.datetime, before: str, after: str) -> str:
    return before if d.hour < 12 else after


def twelve(d: dt.datetime) -> int:
    return d.hour % 12 or 12


def utc(d: dt.datetime) -> dt.datetime:
    return d - dt.timedelta(hours=8)


# Spelling -> how exact it is.
READ: dict[Spelling, dt.timedelta] = {
    lambda d: f"{d:%Y-%m-%d %H:%M:%S}": SECOND,
    lambda d: f"{d:%Y-%m-%dT%H:%M:%S}": SECOND,
    lambda d: f"{d:%Y-%m-%d %H:%M:%S.000}": SECOND,
    lambda d: f"{d:%Y-%m-%d %H:%M}": MINUTE,
    lambda d: f"{d.year}-{d.month}-{d.day} {d.hour}:{d:%M}": MINUTE,
    lambda d: f"{d.year}/{d.month}/{d.day} {d.hour}:{d:%M:%S}": SECOND,
    lambda d: f"{d.year}/{d.month}/{d.day}": DAY,
    lambda d: f"{d.year}.{d.month}.{d.day} {d.hour}:{d:%M}": MINUTE,
    lambda d: f"{d.year}.{d.month}.{d.day}": DAY,
    lambda d: f"{d:%Y/%m/%d-%H:%M}": MINUTE,
    lambda d: f"{d:%Y—%m—%d %H:%M}": MINUTE,
    lambda d: f"{d.year}年{d.month}月{d.day}日": DAY,
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日 {d.hour} 时 {d.minute} 分": MINUTE,
    lambda d: f"{d.year}年{d.month}月{d.day}日{d.hour}时{d:%M}分{d:%S}秒": SECOND,
    lambda d: f"{d.year}年{d.month}月{d.day}日{d.hour}:{d:%M}": MINUTE,
    lambda d: f"{d:%Y年%m月%d日 %H:%M:%S}": SECOND,
    lambda d: f"{d.year}/{d.month}/{d.day} {half(d, '上午', '下午')}{twelve(d)}:{d:%M}": MINUTE,
    lambda d: f"{d.year}年{d.month}月{d.day}日 {half(d, '上午', '下午')} {twelve(d):02}:{d:%M:%S}": SECOND,
    lambda d: f"{d:%Y-%m-%d} {twelve(d)}:{d:%M:%S} {half(d, 'AM', 'PM')}": SECOND,
    lambda d: f"{d:%Y-%m-%d} {half(d, 'am', 'pm')} {twelve(d)}:{d:%M}": MINUTE,
    lambda d: f"{d:%Y-%m-%d} {twelve(d)}:{d:%M} {half(d, 'a.m.', 'p.m.')}": MINUTE,
    lambda d: f"{d:%Y-%m-%d %H:%M} 星期{WEEKDAYS[d.weekday()]}": MINUTE,
    lambda d: f"{d:%Y-%m-%d}（周{WEEKDAYS[d.weekday()]}）{d:%H:%M}": MINUTE,
    lambda d: f"{utc(d):%Y-%m-%dT%H:%M:%SZ}": SECOND,
    lambda d: f"{utc(d):%Y-%m-%dT%H:%M:%S.000Z}": SECOND,
    lambda d: f"{utc(d):%Y-%m-%d %H:%M:%S}+00:00": SECOND,
    lambda d: f"{utc(d):%Y-%m-%d %H:%M} UTC": MINUTE,
    lambda d: f"{d:%Y-%m-%d %H:%M:%S}+08": SECOND,
    lambda d: f"{d:%Y-%m-%d %H:%M:%S.000000}+0800": SECOND,
    lambda d: f"{d:%Y-%m-%d %H:%M} GMT+8": MINUTE,
    lambda d: f"{utc(d) - dt.timedelta(hours=5):%Y-%m-%d %H:%M:%S}-05:00": SECOND,
    lambda d: f"{d:%Y%m%d%H%M%S}": SECOND,
    lambda d: f"{d:%Y%m%d%H%M}": MINUTE,
    lambda d: f"{d:%Y%m%d %H%M}": MINUTE,
    lambda d: f"{d:%Y%m%d %H:%M:%S}": SECOND,
    lambda d: f"{d:%Y%m%dT%H%M%S}": SECOND,
    lambda d: f"{d:%Y%m%d}": DAY,
    lambda d: f"{(d - dt.datetime(1899, 12, 30)) / DAY:.10f}": SECOND,
}
# These tell two moments, or none.
REFUSED: list[Spelling] = [
    lambda d: f"{d.month}/{d.day}/{d.year} {d:%H:%M}",
    lambda d: f"{d.day}/{d.month}/{d.year}",
    lambda d: f"{d:%y-%m-%d %H:%M}",
    lambda d: f"{d:%H:%M:%S}",
    lambda d: f"{half(d, '上午', '下午')}{twelve(d)}:{d:%M}",
    lambda d: f"{d:%Y-%m-%d} {half(d, '上午', '下午')}",
    lambda d: f"{d:%Y-%m-%d %H:%M:%S} 左右",
    lambda d: f"{d:%Y-%m-%d %H:%M:%S} CST",
    lambda d: f"{d:%Y-%m-%d %H:%M}-18:00",
    lambda d: f"{d:%Y-%m-%d %H:%M}前",
    lambda d: f"约{d:%Y-%m-%d}",
    lambda d: f"{d:%Y-%m-%d %H:}",
    lambda d: f"{d:%Y-%m}",
    lambda d: f"{d:%Y-%m-%d %H-%M-%S}",
    lambda d: f"{d:%Y-%m-%d} 13:{d:%M} AM",
    lambda d: f"{d:%Y-%m-%d} 下午0:{d:%M}",
    lambda d: str(int((d - dt.datetime(1970, 1, 1)) / SECOND)),
    lambda d: f"{d:%d-%b-%y}",
]
ORACLE: dict[Spelling, dt.timedelta] = {
    lambda d: f"{d:%d}-{d.month}月 -{d:%y} {twelve(d):02}.{d:%M.%S}.000000000 {half(d, '上午', '下午')}": SECOND,
    lambda d: f"{d:%d}-{d.month}月-{d:%y} {twelve(d):02}.{d:%M.%S}.000000 {half(d, '上午', '下午')}": SECOND,
    lambda d: f"{d:%d}-{MONTHS[d.month - 1]}-{d:%y} {twelve(d):02}.{d:%M.%S}.000000 {half(d, 'AM', 'PM')}": SECOND,
    lambda d: f"{d:%d}-{MONTHS[d.month - 1].title()}-{d:%y}": DAY,
    lambda d: f"{d:%d}-{MONTHS[d.month - 1]}-{d:%Y}": DAY,
}
SINCE_1970: dict[str, Spelling] = {
    "epoch_seconds": lambda d: str(int((utc(d) - dt.datetime(1970, 1, 1)) / SECOND)),
    "epoch_milliseconds": lambda d: str(int((utc(d) - dt.datetime(1970, 1, 1)) / SECOND) * 1000),
}
moments = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2049, 12, 31)).map(lambda d: d.replace(microsecond=0))
# A statement costs more than the moments that it reads.
several = st.lists(moments, min_size=1, max_size=20)


CONNECTION = duckdb.connect()


def told(texts: Sequence[str], formats: Sequence[str] = (), zone: str = "") -> list[dt.datetime | None]:
    asked = f"SELECT {moment_sql('t.x', formats, zone)} FROM (SELECT unnest(?::VARCHAR[]) AS x) t"
    return [moment for (moment,) in CONNECTION.execute(asked, [list(texts)]).fetchall()]


def texts_of(wanted: list[tuple[str, dt.datetime]]) -> list[str]:
    return [text for text, _ in wanted]


def cut(d: dt.datetime, exact: dt.timedelta) -> dt.datetime:
    return dt.datetime.min + (d - dt.datetime.min) // exact * exact


@given(several)
@settings(max_examples=15)
def test_each_spelling_tells_its_moment(several: list[dt.datetime]) -> None:
    wanted = [(spelling(moment), cut(moment, exact)) for spelling, exact in READ.items() for moment in several]
    assert list(zip(texts_of(wanted), told(texts_of(wanted)), strict=True)) == wanted


@given(several)
@settings(max_examples=15)
def test_what_tells_two_moments_or_none_is_refused(several: list[dt.datetime]) -> None:
    texts = [spelling(moment) for spelling in REFUSED for moment in several]
    assert [text for text, found in zip(texts, told(texts), strict=True) if found] == []


@given(
    st.lists(
        st.tuples(moments, st.text("0123456789-/:. TZ年月日时分秒上下午PMA+周一前", max_size=4)),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=20)
def test_a_word_behind_a_time_is_no_other_moment(strays: list[tuple[dt.datetime, str]]) -> None:
    read = told([f"{moment:%Y-%m-%d %H:%M:%S}{stray}" for moment, stray in strays])
    for (moment, stray), found in zip(strays, read, strict=True):
        if found and not any(sign in stray for sign in "ZPMA+-上下"):
            assert found.replace(microsecond=0) == moment, stray


@pytest.mark.slow
@given(several)
@settings(max_examples=8)
def test_a_mapping_says_what_no_cell_does(several: list[dt.datetime]) -> None:
    wanted = [(spelling(moment), cut(moment, exact)) for spelling, exact in ORACLE.items() for moment in several]
    assert list(zip(texts_of(wanted), told(texts_of(wanted), ["oracle"]), strict=True)) == wanted
    for name, spelling in SINCE_1970.items():
        for end in ("", ".0"):
            assert told([spelling(moment) + end for moment in several], [name]) == several
    by_day = [f"{moment:%d/%m/%Y %H:%M}" for moment in several]
    assert told(by_day, ["%d/%m/%Y %H:%M"]) == [cut(moment, MINUTE) for moment in several]
    zoned = [f"{utc(moment):%Y-%m-%d %H:%M:%S}" for moment in several]
    said = [f"{moment:%Y-%m-%d %H:%M:%S}+08:00" for moment in several]
    assert told(zoned + said, zone="UTC") == several * 2
    ahead = [moment + dt.timedelta(hours=1) for moment in several]
    nine = [f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}" for moment in ahead]
    assert told(nine, zone="+09:00") == several


@pytest.mark.parametrize(
    "text", ["2022-02-30 08:00:00", "2022-01-03 08:65:00", "0000-00-00 00:00:00", "20220231", "202213030805"]
)
def test_what_the_calendar_does_not_have_is_refused(text: str) -> None:
    assert told([text]) == [None]


def test_the_end_of_a_day_is_the_next() -> None:
    assert told(["2022-01-03 24:00:00", "2022-01-03 24:05:00"]) == [dt.datetime(2022, 1, 4), None]
