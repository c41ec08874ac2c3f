"""Phone numbers, citizen ids and bank cards inside texts, in the spellings that people type, become asterisks.

Each text is read through its shadow: the same characters one by one, with every kind of digit as 0-9 and whatever may
stand between the digits of a number (spaces, dashes, dots, brackets, invisible characters) as one of four. What is
found there is starred out in the text itself, so that everything else of it stays as it was written.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import VARCHAR

SQL_NAME = "starred_numbers"
NUMERALS = dict(zip("零〇幺一二三四五六七八九", "001123456789", strict=True))
# What may hold a number, for DuckDB: seven digits of any kind, no letter between them. It looks at every text, so it is
# cheap, and it lets through more than is masked: dates, amounts. Wide ranges, because Unicode's own classes take a
# hundred times as long to compile, which happens for every column of every chunk.
DIGIT = "[0-9{}²³¹\u0660-\u1fff\u2070-\u2089\u2460-\u24ff\u2776-\u2793０-９\ua620-\uabff\U00010000-\U0010ffff]".format(
    "".join(NUMERALS)
)
MAY_HOLD_A_NUMBER = f"(?:{DIGIT}[^A-Za-z\u4e00-\u9fff]*){{6}}{DIGIT}"
GAP = "[ .,-]{0,4}"
# A number ends where no digit follows, or where the next one begins without a gap.
END = r"(?=(?:1[3-9]\d{9}|[1-9]\d{16}[\dXx])*(?![\d*]))"
ANY = re.compile(rf"\d(?:{GAP}[\dXx]){{6,}}")  # all digits that stand near each other
WRITTEN_OUT = re.compile(rf"[{''.join(NUMERALS)}]{GAP}[\d{''.join(NUMERALS)}]|\d{GAP}[{''.join(NUMERALS)}]")
DATE = re.compile(
    r"(?:19\d\d|20[0-3]\d)(?:[-. ](?:1[0-2]|0?[1-9])[-. ]\d\d?(?!\d)|(?:1[0-2]|0[1-9])(?:0[1-9]|[12]\d|3[01]))"
)
# Most runs of digits are a moment of this century; no number of a person begins so.
MOMENT = re.compile(rf"20[0-3]\d[-. ]?[01]?\d[-. ]?[0-3]?\d(?:{GAP}\d){{0,6}}")
# A phone is announced right before the number, or by another number behind the announcement.
ANNOUNCED = r"(?:号码?|是|为|或|和|及|(?>\d{0,4}\*+\d{0,4})|[^\w*])*+$"
PHONE_SAID = re.compile(rf"(?i)(?:电话|手机|座机|固话|传真|致电|拨打|联系方式|tel|phone|mobile|fax){ANNOUNCED}")
ID_SAID = re.compile(rf"(?i)(?:身份证|证件|id){ANNOUNCED}")
CARD_SAID = re.compile(rf"(?:卡|账号|帐号){ANNOUNCED}")
COUNTED = re.compile(r" ?(?:元|万|亿|块|平|米|毫|厘|公|吨|度|人|户|年|号楼|%)")
PROVINCE = rf"(?:[1-8]{GAP}[1-3]|[13-6]{GAP}4|[1346]{GAP}5|[34]{GAP}6|3{GAP}7|5{GAP}0)"
TRUNK = re.compile(rf"(?:(?:00)?86|0){GAP}(?=1)")
AREA = (
    r"(?:10|2\d|3(?:1\d|35|49|[579]\d)|4(?:[1357]\d|2[179]|6[47-9]|8[23])|5(?:[13579]\d|2[037]|4[36]|6[1-6]|80)"
    r"|6(?:3[1-5]|6[0238]|9[12])|7(?:01|[1356]\d|[79]\d|2[248]|4[3-6])|8(?:1[236-8]|2[5-7]|[3579]\d|8[36-8])"
    r"|9(?:0[1-36-9]|[1379]\d|4[13]|5[1-5]))"
)
LAST_FOUR = slice(-4, None)
SAID_WITHIN = 32  # characters before a number in which it may be announced


class _Shadow(dict[int, str]):
    """What each character is in the shadow; filled as characters are met."""

    def __init__(self, numerals: dict[str, str]) -> None:
        super().__init__({ord(name): digit for name, digit in numerals.items()})

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit, category = unicodedata.digit(char, None), unicodedata.category(char)
        if digit is not None:
            shadow = str(digit)
        elif category == "Pd" or char == "−":
            shadow = "-"
        elif char in "，,":
            shadow = ","
        elif char in ".．。·•・":
            shadow = "."
        elif category in ("Zs", "Cc", "Cf", "Mn", "Me", "Ps", "Pe") or char in "/／_＿|｜":
            shadow = " "
        else:
            shadow = {"＊": "*", "＋": "+", "Ｘ": "X", "ｘ": "x"}.get(char, char)
        self[code] = shadow
        return shadow


PLAIN, SPELLED = _Shadow({}), _Shadow(NUMERALS)  # without and with 一二三 as digits


@dataclass(frozen=True)
class _Found:
    """A candidate as it stands in the shadow, and the text around."""

    written: str
    before: str
    after: str

    @property
    def groups(self) -> list[str]:
        return re.findall(r"[\dXx]+", self.written)

    @property
    def digits(self) -> str:
        return "".join(self.groups)

    def is_said(self, by: re.Pattern[str]) -> bool:
        return by.search(self.before) is not None


@dataclass(frozen=True)
class _Kind:
    """`pattern` calls the number `number`; of its digits those in `kept` stay readable."""

    pattern: re.Pattern[str]
    is_one: Callable[[_Found], bool]
    kept: tuple[slice, ...]


def _is_day(digits: str) -> bool:
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


def _is_citizen(found: _Found) -> bool:
    """A birth day, and the check digit is right, or the year or the words speak for a person: numbers of cases often
    are a district's code, a day and a serial number."""
    digits = found.digits.upper()
    if not _is_day(digits[6:14]):
        return False
    check = "10X98765432"[sum(int(digit) * (1 << 17 - place) for place, digit in enumerate(digits[:17])) % 11]
    return check == digits[17] or digits[6:8] == "19" or found.is_said(ID_SAID)


def _is_old_citizen(found: _Found) -> bool:
    return _is_day("19" + found.digits[6:12])


def _is_card(found: _Found) -> bool:
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(found.digits), 1))
    luhn = sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
    return luhn or found.is_said(CARD_SAID)


def _is_mobile(found: _Found) -> bool:
    if found.is_said(PHONE_SAID):
        return True
    trunk = TRUNK.match(found.written)
    own = found.written[trunk.end() if trunk else 0 :]
    sizes = [len(group) for group in re.findall(r"\d+", own)]
    if len(sizes) == 1:
        return not re.search(r"(?<!\d)\d{2,3}\.$", found.before)  # decimals of a coordinate
    if DATE.match(own) or COUNTED.match(found.after):
        return False
    if "," in own and sizes != [3, 4, 4]:
        return False
    return min(sizes) >= 3 or max(sizes) == 1 or sizes in ([2, 2, 2, 2, 2, 1], [1, 2, 2, 2, 2, 2], [1, 3, 3, 4])


def _is_landline(found: _Found) -> bool:
    if found.is_said(PHONE_SAID):
        return True
    return min(map(len, found.groups)) >= 3 and not DATE.match(found.written)


def _is_announced(found: _Found) -> bool:
    toll_free = found.digits.startswith(("400", "800")) and len(found.digits) == 10
    return (
        found.is_said(PHONE_SAID) and not toll_free and not DATE.match(found.written) and not COUNTED.match(found.after)
    )


def _kind(number: str, is_one: Callable[[_Found], bool], *kept: slice, before: str = "") -> _Kind:
    return _Kind(re.compile(rf"(?<![\d*]){before}(?P<number>{number}){END}"), is_one, kept)


def _more(digits: int | str) -> str:
    return rf"(?:{GAP}\d){{{digits}}}"


# Longer numbers first: a part of an id can look like a phone.
KINDS = (
    _kind(rf"{PROVINCE}{_more(15)}{GAP}[\dXx]", _is_citizen, slice(6), slice(17, 18)),
    _kind(rf"6{GAP}2{_more('14,17')}", _is_card, slice(4), LAST_FOUR),
    _kind(rf"{PROVINCE}{_more(13)}", _is_old_citizen, slice(6), slice(14, 15)),
    _kind(rf"(?:{TRUNK.pattern})?1{GAP}[3-9]{_more(9)}", _is_mobile, slice(-11, -8), LAST_FOUR),
    _kind(
        rf"[2-8]{_more('6,7')}",
        _is_landline,
        before=rf"(?:(?:(?:00|(?<=\+))86{GAP}|86[ .-]{{1,4}})0?|0){AREA}{GAP}",
    ),
    _kind(rf"\d{_more('6,12')}", _is_announced),
)


# Spelled digits come before the plain ones: of a number in mixed spelling those are only a part. What needs to be
# announced comes after them, for what stands behind it: in “电话65120000三层” the floor is no digit of the number.
ALL = ((PLAIN, KINDS),)
ALL_SPELLED = ((SPELLED, KINDS[:-1]), (PLAIN, KINDS), (SPELLED, KINDS[-1:]))


def masked(text: str) -> str:
    """The text without phone numbers, citizen ids and bank cards: same length, their digits asterisks. Masking what is
    masked changes nothing."""
    plain = text.translate(PLAIN)
    passes = ALL_SPELLED if WRITTEN_OUT.search(plain) else ALL
    starred: set[int] = set()
    again = True
    while again:
        again = False
        for shadow_of, kinds in passes:
            if found := _found_in(plain if shadow_of is PLAIN else plain.translate(shadow_of), kinds):
                starred |= found
                plain, again = _with_stars(plain, found), True
    return _with_stars(text, starred) if starred else text


def _with_stars(text: str, places: set[int]) -> str:
    chars = list(text)
    for place in places:
        chars[place] = "*"
    return "".join(chars)


def _found_in(shadow: str, kinds: tuple[_Kind, ...]) -> set[int]:
    """The places of digits to star out. In the shadow all of a found number becomes #, to be left alone."""
    starred: set[int] = set()
    for run in ANY.finditer(shadow):
        if MOMENT.fullmatch(run[0]):
            continue
        for kind in kinds:
            start = run.start()
            while match := kind.pattern.search(shadow, start, run.end() + 1):
                (first, last), written = match.span("number"), match["number"]
                before, after = shadow[max(0, match.start() - SAID_WITHIN) : match.start()], shadow[last : last + 3]
                if not kind.is_one(_Found(written, before, after)):
                    start = match.start() + 1
                    continue
                places = [place for place in range(first, last) if shadow[place].isalnum()]
                starred.update(set(places).difference(*(places[part] for part in kind.kept)))
                shadow = shadow[: match.start()] + "#" * (last - match.start()) + shadow[last:]
                start = last
    return starred


def masked_sql(expression: str) -> str:
    """`masked` as a DuckDB expression, on a connection to which `teach_masking` gave the function."""
    may = f"regexp_matches({expression}, '{MAY_HOLD_A_NUMBER}')"
    return f"CASE WHEN {may} THEN {SQL_NAME}({expression}) ELSE {expression} END"


def teach_masking(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection the function that `masked_sql` calls, if it has it not yet."""
    # A connection says so itself when it has it; to look it up among DuckDB's functions takes fifty times as long.
    with suppress(duckdb.NotImplementedException):
        con.create_function(SQL_NAME, _masked_column, [VARCHAR], VARCHAR, type=PythonUDFType.ARROW)


def _masked_column(texts: pa.ChunkedArray) -> pa.Array:
    return pa.array([None if text is None else masked(text) for text in texts.to_pylist()], pa.string())
