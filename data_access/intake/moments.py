"""A time as people and programs write it, as a DuckDB expression: the moment in Beijing time exactly, or NULL.

What could mean two moments is refused (1/3/2022, 22-1-3, a time without its date), and so is everything with a word
left over: unless the mapping says the format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BEIJING = 8 * 60  # minutes ahead of UTC
EARLIEST = "TIMESTAMP '1990-01-01'"  # what is said to be before is a blank that some program filled
# Formats of a mapping that no strptime pattern can say.
EPOCH, EPOCH_MS, ORACLE = "epoch_seconds", "epoch_milliseconds", "oracle"
NAMED = (EPOCH, EPOCH_MS, ORACLE)
ZONE = re.compile(r"UTC|[+-]\d{2}:\d{2}")

_PLAIN = r"\d{4}(-\d{1,2}-|/\d{1,2}/)\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
_COMPACT = r"\d{8}([ T]?\d{2}:?\d{2}(:?\d{2})?)?"
_CLOCKS = ("%H%M%S", "%H%M", "%H:%M:%S", "%H:%M")
_COMPACT_FORMATS = ["%Y%m%d", *(f"%Y%m%d{gap}{clock}" for gap in ("", " ", "T") for clock in _CLOCKS)]
_SERIAL = r"\d{5}([.]\d+)?"  # Excel's days since 1899-12-30: from 20000 (1954) on
_HALF = r"(上午|下午|凌晨|[AP][.]?M[.]?)?"
_WEEKDAY = r"(?:[（(]?(?:星期|周)[一二三四五六日天][)）]?)?"
_WORDED = (
    r"(?i)^(\d{4})\s*[-/.—年]\s*(\d{1,2})\s*[-/.—月]\s*(\d{1,2})"
    rf"(\s*[日号]?\s*{_WEEKDAY}\s*[T,-]?\s*){_HALF}\s*"
    r"(?:(\d{1,2})\s*([:时点])\s*(?:(\d{1,2})\s*(?:[:分]\s*(\d{1,2}([.]\d{1,9})?)\s*秒?|分)?)?"
    rf"\s*{_HALF}\s*(Z|(?:UTC|GMT)?[+-]\d{{1,2}}(?::?[0-5]\d)?|UTC|GMT)?\s*{_WEEKDAY})?$"
)
_PARTS = ("y", "m", "d", "gap", "before", "h", "colon", "mi", "s", "fraction", "after", "zone")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def moment_sql(text: str, formats: Sequence[str] = (), zone: str = "") -> str:
    """The moment that the SQL expression `text` tells. `formats`: what the mapping says the source writes, strptime
    patterns or one of NAMED; they come first. `zone`: where the source's clock stands; '' for Beijing.
    """
    shift = f" + to_minutes({BEIJING - _minutes(zone)})" if zone else ""
    patterns = [item for item in formats if item not in NAMED]
    serial = f"try_cast({text} AS DOUBLE)"
    since = f"TIMESTAMP '1899-12-30' + to_seconds(round({serial} * 86400))"
    excel = f"CASE WHEN {serial} BETWEEN 20000 AND 80000 THEN {since} END"
    known = f"try_cast({text} AS TIMESTAMP){shift}"
    told = f"""CASE WHEN {_fits(text, _PLAIN)} THEN {known}
        WHEN {_fits(text, _SERIAL)} THEN {excel}{shift}
        WHEN {_fits(text, _COMPACT)} THEN try_strptime({text}, {_COMPACT_FORMATS}){shift}
        ELSE {_worded(text, zone)} END"""
    if ORACLE in formats:
        told = f"CASE WHEN {_fits(text, _ORACLE)} THEN {_worded(_iso_of_oracle(text), zone)} ELSE {told} END"
    for name, digits, microseconds in (
        (EPOCH, r"\d{9,10}([.]\d+)?", 1_000_000),
        (EPOCH_MS, r"\d{12,13}([.]0+)?", 1000),
    ):
        if name in formats:
            count = f"make_timestamp(CAST(round({serial} * {microseconds}) AS BIGINT)) + to_minutes({BEIJING})"
            told = f"CASE WHEN {_fits(text, digits)} THEN {count} ELSE {told} END"
    if patterns:
        told = f"coalesce(try_strptime({text}, [{', '.join(map(_quoted, patterns))}]){shift}, {told})"
    return f"({told})"


def _fits(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{pattern}')"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _minutes(zone: str) -> int:
    """Minutes ahead of UTC."""
    if zone == "UTC":
        return 0
    hours, minutes = zone[1:].split(":")
    return int(zone[0] + "1") * (int(hours) * 60 + int(minutes))


def _worded(text: str, zone: str) -> str:
    """A date with 年月日, a weekday, 上午/下午 or AM/PM, a zone. NULL where one of them contradicts another."""
    hour, half = "try_cast(p.h AS INTEGER)", "left(replace(upper(p.before || p.after), '.', ''), 1)"
    # 下午0:05 and 上午13:05 tell nothing for sure.
    of_day = f"""CASE WHEN {half} = '' THEN {hour}
        WHEN p.before <> '' AND p.after <> '' THEN NULL
        WHEN {half} IN ('下', 'P') THEN CASE WHEN {hour} BETWEEN 1 AND 11 THEN {hour} + 12
            WHEN {hour} BETWEEN 12 AND 23 THEN {hour} END
        WHEN {hour} < 12 THEN {hour} WHEN {hour} = 12 THEN 0 END"""
    sign = "CASE WHEN contains(p.zone, '-') THEN -1 ELSE 1 END"
    offset = "regexp_replace(p.zone, '[^0-9]', '', 'g')"
    ahead = f"""CASE WHEN p.zone = '' THEN {_minutes(zone) if zone else BEIJING} WHEN {offset} = '' THEN 0
        WHEN length({offset}) < 3 THEN {sign} * 60 * CAST({offset} AS INTEGER)
        ELSE {sign} * (60 * CAST(left({offset}, -2) AS INTEGER) + CAST(right({offset}, 2) AS INTEGER)) END"""
    # 08:00-09:00 is a stretch of time, and 2022-01-03T or 2022-1-38:05 is cut off or run together.
    whole = """CASE WHEN p.h = '' THEN p.before = '' AND NOT regexp_matches(p.gap, '[T,-]')
        ELSE (p.gap <> '' OR p.before <> '') AND (p.mi <> '' OR p.colon <> ':')
            AND NOT (contains(p.zone, '-') AND p.s = '') END"""
    iso = f"""p.y || '-' || p.m || '-' || p.d || ' ' || CASE WHEN p.h = '' THEN '0:0' ELSE ({of_day}) || ':' ||
        coalesce(nullif(p.mi, ''), '0') || ':' || coalesce(nullif(p.s, ''), '0') END"""
    moment = f"""CASE WHEN p.y <> '' AND ({whole}) AND abs({ahead}) <= 14 * 60 THEN
        try_cast({iso} AS TIMESTAMP) + to_minutes({BEIJING} - ({ahead})) END"""
    # A list of one, so that the text is taken apart only once.
    return f"list_transform([regexp_extract({text}, '{_WORDED}', {list(_PARTS)})], lambda p: {moment})[1]"


_ORACLE = (
    rf"(?i)\d{{1,2}}-(\d{{1,2}}月\s*|{'|'.join(_MONTHS)})-(\d{{2}}|\d{{4}})"
    rf"( \d{{1,2}}[.:]\d{{2}}[.:]\d{{2}}([.]\d{{1,9}})?( {_HALF})?)?"
)


def _iso_of_oracle(text: str) -> str:
    """03-1月 -22 03.05.00.000000 下午 or 03-JAN-22 as 2022-1-3 03:05:00.000000 下午; years as Oracle's RR."""
    text = f"upper({text})"
    for number, name in enumerate(_MONTHS, 1):
        text = f"replace({text}, '-{name}-', '-{number}月-')"
    text = rf"regexp_replace({text}, ' (\d+)[.](\d+)[.](\d+)', ' \1:\2:\3')"
    for years, century in ((r"[0-4]\d", "20"), (r"[5-9]\d", "19")):
        text = rf"regexp_replace({text}, '^(\d+)-(\d+)月\s*-({years})($| )', '{century}\3-\2-\1\4')"
    return rf"regexp_replace({text}, '^(\d+)-(\d+)月\s*-(\d{{4}})($| )', '\3-\2-\1\4')"
