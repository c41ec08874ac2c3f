"""From a sentence to exactly the question that the pages ask, with every word accounted for."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from datetime import datetime

from data_access.cases.filters import CaseFilter
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.models import Clock
from data_access.district.periods import DAY, Period, day_of, preset
from questions.asking.times import NUMBER, number, time_at
from questions.asking.words import RANKED, RECEIVED, STATES, Meaning, lexicon

LONGEST = 200  # letters of a question
LIMIT = re.compile(rf"(前|后)?(?P<many>{NUMBER}|\d+)(个|名|位|类|条)?")
NEAREST = 3
# A measure's words that another one outdoes.
WEAK = {"件", "量", "案件", "工单", "诉求", "投诉", "来电", "多少", "数量", "多少件", "几件"}


@dataclass(frozen=True)
class Question:
    """A question as it was understood.

    `where`: its cases, with a period. `by`: the group, '' for the whole. `compare`: a kind of periods.SHIFTS, '' for
    none. `order`: most, least or ''. `limit`: rows, 0 for all. `said`: word -> what it was taken for, in its order.
    `ignored`: words that nothing was made of: they are shown, never passed over. `near`: such a word -> what it may be.
    `assumed`: what was not said and had to be chosen. `at`: the moment whose state is asked for, None for now.
    """

    text: str
    measure: str
    where: CaseFilter
    by: str = ""
    compare: str = ""
    order: str = ""
    limit: int = 0
    said: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    at: datetime | None = None

    @property
    def is_understood(self) -> bool:
        """Whether every word found its meaning."""
        return not self.ignored


@dataclass
class _Found:
    periods: list[tuple[str, Period]]
    meanings: list[tuple[str, tuple[Meaning, ...]]]
    limit: int
    last_first: bool
    ignored: list[str]


def understood(reader: Reader, text: str) -> Question:
    """Read a question. Raises ValueError for one that is empty or too long."""
    text = text.strip()[: LONGEST + 1]
    if not text or len(text) > LONGEST:
        raise ValueError(f"请用一句话问，不超过 {LONGEST} 字")
    found = _scan(reader, text)
    values = [(word, _chosen(meanings)) for word, meanings in found.meanings]
    where, said = CaseFilter(), list[tuple[str, str]]()
    for word, meaning in values:
        if meaning.kind == "value":
            held = getattr(where, meaning.field)
            where = where.replace(**{meaning.field: tuple(dict.fromkeys((*held, meaning.value)))})
            said.append((word, f"{meaning.field}={meaning.value}"))
    measures = [(word, meaning.value) for word, meaning in values if meaning.kind == "measure"]
    measure = _measure(measures, text)
    groups = [meaning.value for _, meaning in values if meaning.kind == "by"]
    orders = [meaning.value for _, meaning in values if meaning.kind == "order"]
    compares = [meaning.value for _, meaning in values if meaning.kind == "compare"]
    assumed = [] if measures or where.status else ["没有说看什么指标，按受理量"]
    now, clock = reader.as_of, reader.profile.settings.clock
    at = None
    if _asks_a_state(where, found, compares):
        where, at, taken = _as_a_state(where, found.periods, now, reader.span[0], clock)
        assumed.append(taken)
    elif found.periods:
        where = where.replace(period=found.periods[0][1])
        assumed += ["受理于这段时间的件，按现在的状态"] if set(where.status) & STATES else []
    else:
        where = where.replace(period=preset("last30", now, clock, reader.span[0]))
        assumed.append("没有说时间，按近30天")
    ignored = [*found.ignored, *(word for word, _ in found.periods[1:])]
    by = next((group for group in groups if not getattr(where, group, ())), "")
    ignored += [word for word, meaning in values if meaning.kind == "by" and meaning.value != by
                and not getattr(where, meaning.value, ())]  # fmt: skip
    order = orders[0] if orders else ("most" if found.limit and by else "")
    if order and not by:
        by, extra = _group_for(where)
        assumed.append(extra)
    if found.last_first and order == "most":
        order = "least"
    return Question(
        text, measure, where, by, compares[0] if compares else "", order, found.limit or (10 if order and by else 0),
        tuple(said), tuple(ignored), {word: _nearest(reader, word) for word in ignored}, tuple(assumed), at,
    )  # fmt: skip


def _asks_a_state(where: CaseFilter, found: _Found, compares: list[str]) -> bool:
    """Whether the cases are asked for that stood so at a moment, whenever they came in: 昨天逾期未办结.

    What came in yesterday is not due yet: of those none could be overdue. A longer stretch, or a word for coming in,
    means the cases of that stretch.
    """
    if compares or not set(where.status) & STATES or any(word in RECEIVED for word, _ in found.meanings):
        return False
    return not found.periods or found.periods[0][1].end - found.periods[0][1].start <= DAY


def _as_a_state(
    where: CaseFilter, periods: list[tuple[str, Period]], now: datetime, first: datetime, clock: Clock
) -> tuple[CaseFilter, datetime | None, str]:
    """All cases in the state, the moment (None for now), and how the question was taken."""
    at = periods[0][1].end if periods and periods[0][1].end <= now else None
    if at is not None:
        where = where.replace(status=tuple("overdue_open" if one == "overdue" else one for one in where.status))
        day = at - DAY
        told = f"按{day.month}月{day.day}日 24 时的状态，不论哪天受理：当天受理的多半还没到期"
        return where.replace(period=Period(day_of(first), at)), at, told
    every = preset("all", now, clock, first)
    return where.replace(period=every), None, "按现在的状态，不论哪天受理"


def _scan(reader: Reader, text: str) -> _Found:
    """The text cut into the longest words that mean something, from left to right."""
    words, found = lexicon(reader), _Found([], [], 0, False, [])
    clock, seasons = reader.profile.settings.clock, reader.profile.settings.seasons
    longest, at, strange = max(map(len, words)), 0, ""

    def end_of_strange() -> None:
        nonlocal strange
        if strange:
            found.ignored.append(strange)
        strange = ""

    while at < len(text):
        word = next((text[at : at + size] for size in range(min(longest, len(text) - at), 0, -1)
                     if text[at : at + size] in words), "")  # fmt: skip
        times = time_at(text, at, reader.as_of, clock, seasons, reader.span[0])
        limit = LIMIT.match(text, at)
        if times and times[0] >= len(word):
            end_of_strange()
            found.periods.append((text[at : at + times[0]], times[1]))
            at += times[0]
        elif limit and len(limit[0]) >= max(len(word), 1) and _is_limit(text, limit):
            end_of_strange()
            found.limit, found.last_first = number(limit["many"]), limit[0].startswith("后")
            at += len(limit[0])
        elif word:
            end_of_strange()
            if words[word][0].kind == "beyond":
                found.ignored.append(word)
            else:
                found.meanings.append((word, words[word]))
            at += len(word)
        else:
            strange += text[at]
            at += 1
    end_of_strange()
    return found


def _is_limit(text: str, limit: re.Match[str]) -> bool:
    """Whether a number says how many rows: 前三, 三个社区, 5个; not a house number."""
    after = text[limit.end() : limit.end() + 1]
    return bool(limit[1] or (limit[0][-1:] in "个名位类条") or after in ("", "大", "街", "社", "类", "单", "部", "问"))


def _chosen(meanings: tuple[Meaning, ...]) -> Meaning:
    """What a word means that may mean several things: a word of grammar before a value, the coarser field first."""
    plain = [meaning for meaning in meanings if meaning.kind != "value" or meaning.field in ("status", "source")]
    return plain[0] if plain else min(meanings, key=lambda meaning: RANKED[meaning.field])


def _measure(said: list[tuple[str, str]], text: str) -> str:
    """The measure that is meant: one that was named before one that any case word stands for."""
    strong = [measure for word, measure in said if word not in WEAK]
    measure = (strong or [measure for _, measure in said] or ["volume"])[0]
    full = f"{measure}_all"
    return full if "含剔除" in text and "不含剔除" not in text and full in MEASURES else measure


def _group_for(where: CaseFilter) -> tuple[str, str]:
    """The group that a rank without one is about."""
    for group, label in (("category2", "二级分类"), ("street", "街道"), ("community", "社区")):
        if not getattr(where, group) and not (group == "category2" and (where.category1 or where.category3)):
            return group, f"没有说排什么，按{label}"
    return "unit", "没有说排什么，按承办单位"


def _nearest(reader: Reader, word: str) -> tuple[str, ...]:
    """Words that look like one that is not known."""
    known = [name for name in lexicon(reader) if len(name) > 1]
    inside = [name for name in known if word in name]
    alike = difflib.get_close_matches(word, known, n=NEAREST, cutoff=0.5)
    return tuple(dict.fromkeys([*sorted(inside, key=len), *alike]))[:NEAREST]
