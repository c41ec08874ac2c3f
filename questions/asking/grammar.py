"""From a sentence to exactly the question that the pages ask, with every word accounted for."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import BOTH, IN_COLUMNS, CaseFilter, with_statuses
from data_access.cases.measures import BUILT_IN, Measure
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.models import Clock
from data_access.district.periods import DAY, SHIFTS, Period, day_of, preset
from questions.asking.cutting import Bound, Found, cut
from questions.asking.words import JOINERS, MOST_VALUES, RANKED, RECEIVED, STATES, Meaning, lexicon

LONGEST = 200  # letters of a question
FAMILIES = (("street", "community"), ("category1", "category2", "category3"))
TURNS = ("倒数",)  # 排名倒数 is one order, not two
OVERDUE = re.compile(r"\boverdue\b")
COMPLAINT = "投诉"
EACH = re.compile("各|分别")
NEAREST = 3
TIMES = ("hour", "weekday", "day", "week", "month")
# A measure's words that another one outdoes.
WEAK = {"件", "量", "案件", "工单", "诉求", "投诉", "来电", "多少", "数量", "多少件", "几件"}


@dataclass(frozen=True)
class Question:
    """A question as it was understood.

    `where`: its cases, with a period. `by`: the group, '' for the whole. `compare`: a kind of periods.SHIFTS, '' for
    none. `order`: most, least or ''. `limit`: rows, 0 for all. `said`: word -> what it was taken for, in its order.
    `ignored`: words that nothing was made of: they are shown, never passed over. `near`: such a word -> what it may be.
    `assumed`: what was not said and had to be chosen. `at`: the moment whose state is asked for, None for now.
    `bound`: what a group's figure must be like for the group to be told, None for all.
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
    bound: Bound | None = None

    @property
    def is_understood(self) -> bool:
        """Whether every word found its meaning."""
        return not self.ignored


def understood(reader: Reader, text: str) -> Question:
    """Read a question. Raises ValueError for one that is empty or too long."""
    text = text.strip()[: LONGEST + 1]
    if not text or len(text) > LONGEST:
        raise ValueError(f"请用一句话问，不超过 {LONGEST} 字")
    found = cut(reader, text)
    values = [(word, _chosen(meanings)) for word, meanings in found.meanings]
    where, said = _values(found)
    where, foreign = _within_their_family(reader, where, said)
    assumed, ignored = list[str](), [*found.ignored, *foreign]
    if len(where.status) > 1 and EACH.search(text):
        ignored += [word for word, condition in said if condition.startswith("status=")][1:]
        where = where.replace(status=where.status[:1])
    measure, is_said = _measure(values, text, assumed, ignored)
    told = measures_of(reader.profile)[measure]
    if not is_said and not where.status:
        assumed.append("没有说看什么指标，按受理量")
    now, clock = reader.as_of, reader.profile.settings.clock
    compare, falls = _comparison(values, found.periods, clock, assumed, ignored)
    at, untils = None, [word for word, meaning in values if meaning.kind == "until"]
    if _asks_a_state(where, found, compare):
        where, at, taken = _as_a_state(where, found.periods, now, reader.span[0], clock)
        assumed.append(taken)
        untils = []
    elif found.periods:
        where = where.replace(period=found.periods[0][1])
        assumed += ["受理于这段时间的件，按现在的状态"] if _parts(where) & STATES else []
    else:
        where = where.replace(period=preset("last30", now, clock, reader.span[0]))
        assumed.append("没有说时间，按近30天")
    by, where = _group(values, where, ignored)
    if compare and by in TIMES:
        ignored += [word for word, meaning in values if meaning.kind in ("compare", "moved", "than")]
        compare = ""
    order, limit = _rank(values, found, told, by, compare, ignored)
    if falls and by and compare:
        order = "most" if order == "least" else "least"
    if order and not by:
        by, extra = _group_for(where)
        assumed.append(extra)
    if told.of_total and not by:  # the whole is all of itself: 去年供暖占比 does not say of what
        ignored += [word for word, meaning in values if (meaning.kind, meaning.value) == ("measure", measure)]
        measure = "volume"
    bound = _bound(found, told, is_said, bool(by and not compare), ignored)
    ignored += untils
    return Question(
        text, measure, where, by, compare, order, limit or (10 if order and by and not bound else 0), tuple(said),
        tuple(ignored), {word: _nearest(reader, word) for word in ignored}, tuple(assumed), at, bound,
    )  # fmt: skip


def _values(found: Found) -> tuple[CaseFilter, list[tuple[str, str]]]:
    """The cases that are meant, and which word each condition came from, as field=value.

    Two states are both asked for (未办结的重复诉求) unless a word between them joins them (未办结和重复诉求).
    """
    where, said, before = CaseFilter(), list[tuple[str, str]](), ""
    types = [word for word, meanings in found.meanings if any(one.field == "request_type" for one in meanings)]
    for word, meanings in found.meanings:
        meaning = _chosen(meanings)
        # 投诉 stands for any case, unless it is set beside another type: 投诉和举报.
        if meaning.kind == "measure" and word in types and len(types) > 1:
            meaning = next(one for one in meanings if one.field == "request_type")
        if meaning.kind == "value":
            named = [one.value for one in meanings if one.field == meaning.field and one.kind == "value"]
            if meaning.field == "status":
                both = where.status and before not in JOINERS
                where = (with_statuses(where, (meaning.value,)) if both
                         else where.replace(status=(*where.status, meaning.value)))  # fmt: skip
            else:
                kept = map(int, named) if meaning.field == "weekday" else named
                where = where.replace(**{meaning.field: tuple(dict.fromkeys((*getattr(where, meaning.field), *kept)))})
            said.append((word, f"{meaning.field}={meaning.value}"))
        before = word
    return where, said


def _within_their_family(
    reader: Reader, where: CaseFilter, said: list[tuple[str, str]]
) -> tuple[CaseFilter, list[str]]:
    """Without the values of a finer field that lie in none of the coarser ones, and the words they came from.

    供暖和住房 are two families of cases: both at once would be none, and look like an answer.
    """
    foreign = []
    for family in FAMILIES:
        for coarse, fine in itertools.combinations(family, 2):
            held = getattr(where, fine)
            if not held or not getattr(where, coarse):
                continue
            known = set(reader.options(fine, CaseFilter(**{coarse: getattr(where, coarse)}), limit=MOST_VALUES))
            outside = [value for value in held if value not in known]
            where = where.replace(**{fine: tuple(value for value in held if value in known)})
            foreign += [word for word, condition in said if condition.partition("=")[2] in outside]
    return where, foreign


def _comparison(
    values: list[tuple[str, Meaning]], periods: list[tuple[str, Period]], clock: Clock, assumed: list[str],
    ignored: list[str],
) -> tuple[str, bool]:  # fmt: skip
    """The kind of comparison, '' for none, and whether falls are asked for. A second stretch of time is the base that
    some comparison sets the first against (8月和7月比), or it is not understood."""
    kinds = list(dict.fromkeys(meaning.value for _, meaning in values if meaning.kind == "compare"))
    moved = [meaning.value for _, meaning in values if meaning.kind == "moved"]
    thans = [word for word, meaning in values if meaning.kind == "than"]
    later = periods[1:]
    if len(later) == 1 and (kinds or thans or moved):
        first, base = periods[0][1], later[0][1]
        alike = [kind for kind in kinds or ("yoy", "previous") if SHIFTS[kind](first, clock) == base]
        if alike:
            kinds, later, thans = alike[:1], [], []
    if moved and not kinds and not later and not thans:
        kinds = ["previous"]
        assumed.append("没有说和什么比，按环比")
    ignored += [word for word, _ in later]
    if kinds and not later:
        thans = []
    ignored += thans
    ignored += [word for word, meaning in values if meaning.kind == "compare" and meaning.value not in kinds[:1]]
    if moved and not kinds:
        ignored += [word for word, meaning in values if meaning.kind == "moved"]
    return kinds[0] if kinds else "", "least" in moved


def _group(values: list[tuple[str, Meaning]], where: CaseFilter, ignored: list[str]) -> tuple[str, CaseFilter]:
    """What the answer is told by: a group that was named, or the field of which several values were."""
    several = next((name for name in IN_COLUMNS if len(getattr(where, name)) > 1 and name in DIMENSIONS), "")
    groups = [(word, meaning) for word, meaning in values if meaning.kind == "by"]
    chosen = next(((meaning.value, meaning.field) for _, meaning in groups
                   if not getattr(where, meaning.value, ()) or meaning.value == several), ("", ""))  # fmt: skip
    by, kind_of_unit = chosen
    ignored += [word for word, meaning in groups
                if meaning.value != by and not getattr(where, meaning.value, ())]  # fmt: skip
    if kind_of_unit and not where.unit:
        where = where.replace(unit_type=kind_of_unit)
    if not several or by not in ("", several):  # 谁 is one of those that were named, or nobody knows what
        ignored += [word for word, meaning in values if meaning.kind == "who"]
    return by or several, where


def _rank(
    values: list[tuple[str, Meaning]], found: Found, measure: Measure, by: str, compare: str, ignored: list[str]
) -> tuple[str, int]:
    """Which end is asked for, '' for none, and of how many."""
    better = measure.better
    ends = {"best": {"up": "most", "down": "least"}, "worst": {"up": "least", "down": "most"}}
    order, limit, last = "", 0, False
    for word, meaning in values:
        if meaning.kind not in ("order", "more") or (meaning.kind == "more" and compare and not by):
            continue  # 比去年多吗 asks for the comparison
        end = ends[meaning.value].get(better, "") if meaning.value in ends else meaning.value
        if not end or (order and end != order and word not in TURNS) or (meaning.kind == "more" and (order or not by)):
            ignored.append(word)
        elif not order or word in TURNS:
            order = end
    for word, many, from_end in found.limits:
        if limit or not (by or order):
            ignored.append(word)
        else:
            limit, last = many, from_end
    if limit and by and not order:
        order = "most"
    return "least" if last and order == "most" else order, limit


def _bound(found: Found, measure: Measure, is_said: bool, is_grouped: bool, ignored: list[str]) -> Bound | None:
    """What the groups' figures are held to, where there are groups, and it is clear that the measure is meant."""
    unit = measure.unit
    fits = [(word, bound) for word, bound in found.bounds if is_grouped
            and (bound.unit == str(unit) or (is_said and not bound.unit and not unit.is_share))]  # fmt: skip
    ignored += [word for word, bound in found.bounds if (word, bound) not in fits[:1]]
    return fits[0][1] if fits else None


def _parts(where: CaseFilter) -> set[str]:
    """The states that are named, apart or together."""
    return {part for status in where.status for part in status.split(BOTH)}


def _asks_a_state(where: CaseFilter, found: Found, compare: str) -> bool:
    """Whether the cases are asked for that stood so at a moment, whenever they came in: 昨天逾期未办结.

    What came in yesterday is not due yet: of those none could be overdue. A longer stretch, or a word for coming in,
    means the cases of that stretch.
    """
    if compare or not _parts(where) & STATES or any(word in RECEIVED for word, _ in found.meanings):
        return False
    return not found.periods or found.periods[0][1].end - found.periods[0][1].start <= DAY


def _as_a_state(
    where: CaseFilter, periods: list[tuple[str, Period]], now: datetime, first: datetime, clock: Clock
) -> tuple[CaseFilter, datetime | None, str]:
    """All cases in the state, the moment (None for now), and how the question was taken."""
    at = periods[0][1].end if periods and periods[0][1].end <= now else None
    if at is not None:
        where = where.replace(status=tuple(OVERDUE.sub("overdue_open", one) for one in where.status))
        day = at - DAY
        told = f"按{day.month}月{day.day}日 24 时的状态，不论哪天受理：当天受理的多半还没到期"
        return where.replace(period=Period(day_of(first), at)), at, told
    every = preset("all", now, clock, first)
    return where.replace(period=every), None, "按现在的状态，不论哪天受理"


def _chosen(meanings: tuple[Meaning, ...]) -> Meaning:
    """What a word means that may mean several things: a word of grammar before a value, the coarser field first."""
    plain = [meaning for meaning in meanings if meaning.kind != "value" or meaning.field in ("status", "source")]
    return plain[0] if plain else min(meanings, key=lambda meaning: RANKED.get(meaning.field, len(RANKED)))


def _measure(values: list[tuple[str, Meaning]], text: str, assumed: list[str], ignored: list[str]) -> tuple[str, bool]:
    """The measure that is meant, one that was named before one that any case word stands for; whether one was said."""
    said = [(word, meaning.value) for word, meaning in values if meaning.kind == "measure"]
    strong = [(word, measure) for word, measure in said if word not in WEAK]
    measure = (strong or said or [("", "volume")])[0][1]
    # 每万人诉求量 is one figure; 解决率和受理量 are two, of which one is told.
    ignored += [word for word, other in strong
                if other != measure and (other != "volume" or text[text.index(word) - 1] in JOINERS)]  # fmt: skip
    if measure == "volume" and any(word.startswith(COMPLAINT) for word, _ in said):
        assumed.append(f"“{COMPLAINT}”指全部来件，不分类型；只看这一类型请说“{COMPLAINT}类”")
    full = f"{measure}_all"
    is_full = "含剔除" in text and "不含剔除" not in text and full in BUILT_IN
    return full if is_full else measure, bool(said)


def _group_for(where: CaseFilter) -> tuple[str, str]:
    """The group that a rank without one is about."""
    for group, label in (("category2", "二级分类"), ("street", "街道"), ("community", "社区")):
        if not getattr(where, group) and not (group == "category2" and (where.category1 or where.category3)):
            return group, f"没有说排什么，按{label}"
    return "unit", "没有说排什么，按承办单位"


def _nearest(reader: Reader, word: str) -> tuple[str, ...]:
    """Words that look like one that is not known."""
    known = [name for name in lexicon(reader) if len(name) > 1 and name != word]
    inside = [name for name in known if word in name]
    alike = difflib.get_close_matches(word, known, n=NEAREST, cutoff=0.5)
    return tuple(dict.fromkeys([*sorted(inside, key=len), *alike]))[:NEAREST]
