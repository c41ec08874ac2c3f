"""From a sentence to exactly the question that the pages ask, with every word accounted for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import BOTH, IN_COLUMNS, IS, CaseFilter, with_statuses
from data_access.cases.measures import BUILT_IN, Measure
from data_access.cases.own import measures_of
from data_access.cases.reader import Reader
from data_access.district.periods import DAY, PRESETS, Period, day_of, preset
from questions.asking.averages import TIMES, Per, per_of
from questions.asking.comparing import WAYS_ROUND, Compared, compared
from questions.asking.cutting import TIMES_OVER, Bound, Found, cut
from questions.asking.holding import OF_CLOCK, Held, chosen, group_for, meant
from questions.asking.hours import of_that_night
from questions.asking.listing import Listing, listing_of
from questions.asking.sides import Side, Sides, sides_of
from questions.asking.states import as_a_state, asks_a_state, parts_of
from questions.asking.words import JOINERS, PAGES_OF, SPELT_OUT, STATES, TAKES_OUT, Meaning

LONGEST = 200  # letters of a question
TURNS = ("倒数",)  # 排名倒数 is one order, not two
COMPLAINT = "投诉"
ASKS_APART = {"than", "moved", "more", "order", "who"}  # of two sides
DONE_WITHIN = {"closed", "late"}  # which the day of a case's end tells, and not that on which it came in
ANY_SPEED = {"最快": "most", "最慢": "least"}
LONG = ("quarter", "half", "year")  # groups of which thirty days hold no two
ALL, SHARE = "都", "share"
REASON = "excluded_reason"
GENERAL = "问题"  # beside another group no more than 诉求
EACH = re.compile("各|分别")
# A measure's words that another one outdoes.
WEAK = {"件", "量", "案件", "工单", "诉求", "投诉", "来电", "多少", "数量", "多少件", "几件", "几起", "多少起",
        "多少个", "来件", "单", "几单", "多少单", "报修"}  # fmt: skip
TOGETHER = {"three_rates": ("composite", "response_rate", "resolution_rate", "satisfaction_rate")}  # 三率
Said = list[tuple[str, Meaning]]


@dataclass(frozen=True)
class Question:
    """A question as it was understood.

    `where`: its cases, with a period. `by`: the group, '' for the whole. `compare`: a kind of periods.SHIFTS, '' for
    none. `order`: most, least or ''. `limit`: rows, 0 for all. `sort`: that of SORTS in which the cases themselves are
    to be listed, '' for figures. `said`: word -> what it was taken for, in its order.
    `ignored`: words that nothing was made of: they are shown, never passed over.
    `assumed`: what was not said and had to be chosen. `at`: the moment whose state is asked for, None for now.
    `bound`: what a group's figure must be like for the group to be told, None for all. `others`: measures told beside
    the first. `per`: the days, weeks … that the figure is divided by. `whole`: of a share, the cases it is a share of.
    `place`: the one of the groups whose place is asked for. `pages`: those that tell what no figure of cases does;
    `is_led`: nothing else was asked. `of_base`: the figure of the earlier period of `compare` is asked for. `sides`:
    parts of the cases that are told apart, the first two against each other.
    """

    text: str
    measure: str
    where: CaseFilter
    by: str = ""
    compare: str = ""
    order: str = ""
    limit: int = 0
    sort: str = ""
    said: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    at: datetime | None = None
    bound: Bound | None = None
    others: tuple[str, ...] = ()
    per: Per | None = None
    whole: CaseFilter | None = None
    place: str = ""
    pages: tuple[str, ...] = ()
    is_led: bool = False
    of_base: bool = False
    sides: tuple[Side, ...] = ()

    @property
    def is_understood(self) -> bool:
        """Whether every word found its meaning."""
        return not self.ignored

    @property
    def measures(self) -> tuple[str, ...]:
        """All that are told, the one that groups are ranked by first."""
        return (self.measure, *self.others)


def understood(reader: Reader, text: str) -> Question:
    """Read a question. Raises ValueError for one that is empty or too long."""
    text = text.strip()[: LONGEST + 1]
    if not text or len(text) > LONGEST:
        raise ValueError(f"请用一句话问，不超过 {LONGEST} 字")
    return _Reading(reader, text).question()


class _Reading:
    """One sentence on its way to a question. `assumed` and `ignored` grow with every step."""

    def __init__(self, reader: Reader, text: str) -> None:
        self.reader, self.text = reader, text
        for word, spelt in SPELT_OUT.items():
            text = text.replace(word, spelt)
        self.found: Found = cut(reader, text)
        self.values: Said = [(word, chosen(meanings)) for word, meanings in self.found.meanings]
        self.held: Held = meant(reader, self.found)
        self.sides: Sides | None = sides_of(reader, self.found, self.values, self.held)
        self.where = self.sides.whole if self.sides else self.held.where
        self.listing: Listing | None = listing_of(self.values, self.found, self.where)
        notes = (*(self.listing.assumed if self.listing else ()), *(self.sides.notes if self.sides else ()))
        self.assumed = [*self.found.notes, *notes]
        self.ignored = [*self.found.ignored, *(self.sides.lost if self.sides else self.held.lost)]
        self.now, self.clock = reader.as_of, reader.profile.settings.clock

    def words(self, *kinds: str) -> list[str]:
        return [word for word, meaning in self.values if meaning.kind in kinds]

    def question(self) -> Question:
        ignored = self.ignored
        if self.sides:
            # What asks how far they are apart has its answer.
            self.values = [one for one in self.values if one[1].kind not in ASKS_APART]
        if len(self.where.status) > 1 and EACH.search(self.text):
            ignored += [word for word, condition in self.held.said if condition.startswith(f"status{IS}")][1:]
            self.where = self.where.replace(status=self.where.status[:1])
        if self.listing:
            self.where = self.listing.where
        measures, is_said = self._measures()
        told = measures_of(self.reader.profile)[measures[0]]
        self._leave_the_calibre_to(told)
        by, place = self._group()
        made = self._compared(by, told)
        compare = made.kind
        at = self._time(compare, by, set(measures))
        if compare and by:
            ignored += [word for word, meaning in self.values
                        if meaning.kind == "measure" and meaning.value in measures[1:]]  # fmt: skip
            measures = measures[:1]
        if self.sides and self.sides.are_days and told.is_count:
            self.assumed.append("各边天数不同，件数按每天平均")
        if not self.sides and len({word for word, one in self.values if one.field == "hour"}) > 1:
            ignored += EACH.findall(self.text)  # 早高峰和晚高峰各占多少
        per = self._per(told, by, compare)
        if per and by in TIMES:
            by = ""
        order, limit = self._rank(told, by, compare, place)
        if made.falls and by and compare:
            order = "most" if order == "least" else "least"
        if order and not by and not self.listing:
            by, extra = group_for(self.where, self.found.ignored)
            self.assumed.append(extra)
        whole = self._share(told, by)
        if told.of_total and by and whole is None:
            self.assumed.append("占比是各组占所问案件的，合起来 100%")
        if told.of_total and not by and whole is None:  # the whole is all of itself: 去年占比 does not say of what
            ignored += [word for word, meaning in self.values
                        if (meaning.kind, meaning.value) == ("measure", measures[0])]  # fmt: skip
            measures = ("volume", *measures[1:])
        bound = self._bound(measures, is_said, bool(by and not per), compare)
        sort, limit = (self.listing.sort, self.listing.many) if self.listing else ("", limit)
        pages = self._pages()
        is_led = bool(pages) and not is_said and self.where == CaseFilter(period=self.where.period) and not by
        return Question(
            self.text, measures[0], self.where, by, compare, order,
            limit or (10 if order and by and not bound and not place else 0), sort, tuple(self.held.said),
            tuple(ignored), tuple(self.assumed), at, bound,
            measures[1:], per, whole, place, pages, is_led, made.of_base,
            tuple(side.within(self.where) for side in self.sides.each) if self.sides else (),
        )  # fmt: skip

    def _measures(self) -> tuple[tuple[str, ...], bool]:
        """The measures that are meant, named ones before one that any case word stands for; whether one was said."""
        said = [(word, meaning.value) for word, meaning in self.values if meaning.kind == "measure"]
        strong = [(word, name) for word, name in said if word not in WEAK]
        slow = [word for word, meaning in self.values if meaning.kind == "order" and meaning.value in ("slow", "fast")
                and not self.listing and not self._is_of_change(word)]  # fmt: skip
        if not strong and slow:
            self.assumed.append("快慢按办理时长中位数")
            strong = [("", "median_hours")]
        is_judged = any(meaning.kind == "moved" and meaning.value in WAYS_ROUND for _, meaning in self.values)
        if not strong and not slow and (self.words("place") or is_judged):
            self.assumed.append("没有说看什么指标，按综合成绩")
            strong = [("", "composite")]
        named = (strong or said or [("", "volume")])[:1]
        for word, name in strong[1:]:
            # 每万人诉求量 is one figure; 解决率和受理量 are two.
            if name != "volume" or self.text[self.text.index(word) - 1] in JOINERS:
                named.append((word, name))
        if any(name == SHARE for _, name in named):  # 受理量占比 is one figure; beside rates there is no room for it
            self.ignored += [word for word, name in named if name not in (SHARE, "volume")]
            named = [one for one in named if one[1] == SHARE]
        if self.found.bounds:  # 受理量和低于80%的解决率: the one that is bounded comes first
            place = self.found.bounds[0][2]
            before = [meaning.value for _, meaning in self.values[:place] if meaning.kind == "measure"][-1:]
            named.sort(key=lambda one: one[1] not in before)
        if any("平均" in word and name == "median_hours" for word, name in strong):
            self.assumed.append("平均办理时长用中位数，少数特别久的件不会拉高它")
        if named[0][1] == "volume" and any(word.startswith(COMPLAINT) for word, _ in said):
            self.assumed.append(f"“{COMPLAINT}”指全部来件，不分类型；只看这一类型请说“{COMPLAINT}类”")
        if not said and not strong and not self.where.status:
            self.assumed.append("没有说看什么指标，按受理量")
        names = dict.fromkeys(one for _, name in named for one in TOGETHER.get(name, (name,)))
        is_full = "含剔除" in self.text and "不含剔除" not in self.text
        return tuple(f"{name}_all" if is_full and f"{name}_all" in BUILT_IN else name for name in names), bool(said)

    def _is_of_change(self, word: str) -> bool:
        """上升最快: how fast it moved, and not how soon cases were closed."""
        return word in ANY_SPEED and bool(self.words("moved"))

    def _leave_the_calibre_to(self, told: Measure) -> None:
        """不含剔除 is what the measure leaves out by itself, where it has a calibre."""
        out = f"status{IS}excluded"
        if told.calibre == "不含剔除" and out in self.where.without:
            self.where = self.where.replace(without=tuple(one for one in self.where.without if one != out))

    def _time(self, compare: str, by: str, measures: set[str]) -> datetime | None:
        """Set the period; returns the moment whose state is asked for, None for now."""
        where, periods, first = self.where, self.found.periods, self.reader.span[0]
        untils, at = self.words("until"), None
        ages, is_age = self.found.ages, False
        if asks_a_state(where, self.found, compare):
            self.where, at, taken = as_a_state(where, periods, self.now, first, self.clock)
            self.assumed.append(taken)
            untils = []
            is_age = len(ages) == 1 and where.status == ("open",) and not periods
        elif periods:
            self.where = where.replace(period=periods[0][1])
            self.where = self.where if self.sides else of_that_night(self.where)
            now = "" if compare else "，按现在的状态"
            self.assumed += [f"受理于这段时间的件{now}"] if parts_of(where) & STATES else []
            ended = (parts_of(where) | measures) & DONE_WITHIN
            self.assumed += ["数的是受理于这段时间的件，不是这段时间里办结的"] if ended else []
        else:
            usual = "all" if by in LONG else "last30"
            self.where = where.replace(period=preset(usual, self.now, self.clock, first))
            self.assumed.append(f"没有说时间，按{PRESETS[usual]}")
        if is_age:
            ends = self.now - ages[0][1]
            self.where = self.where.replace(period=Period(min(day_of(first), ends - DAY), ends))
            self.assumed[-1] = f"{ages[0][0]}：{ends.month}月{ends.day}日 {ends:%H:%M} 以前受理，现在还未办结"
        parts = parts_of(self.where)
        self.assumed += ["数的是受理于这段时间的件"] if compare and not periods and parts & STATES else []
        if "due_soon" in parts:
            self.assumed.append(f"快到期指离截止不到 {self.reader.profile.soon_hours:g} 小时")
        self.ignored += [] if self.where.without else self.words("rest")
        self.ignored += untils + ([] if is_age else [word for word, _ in ages])
        if where.hour and self.where.when.start >= day_of(self.now) and min(where.hour) > self.now.hour:
            self.assumed.append(f"数据到 {self.now:%H:%M}，这几个小时还没到")
        if self.where.when.start > self.now:
            self.assumed.append("这段时间在数据之后，还没有案件")
        return at

    def _compared(self, by: str, told: Measure) -> Compared:
        """What the figures are set against; the current one of several periods is the first from now on."""
        made = compared(self.values, self.found, self.where, by, told, self.clock)
        self.found.periods = made.periods
        self.ignored += made.ignored
        self.assumed += made.assumed
        if made.kind and by in TIMES:
            self.ignored += self.words("compare", "base", "moved", "than")
            made = Compared(falls=made.falls)
        return made

    def _group(self) -> tuple[str, str]:
        """What the answer is told by: a group that was named, or the field of which several values were; and the one
        of the groups whose place is asked for."""
        where = self.where
        several = next((name for name in IN_COLUMNS if len(getattr(where, name)) > 1 and name in DIMENSIONS), "")
        groups = [(word, meaning) for place, (word, meaning) in enumerate(self.values)
                  if meaning.kind == "by" and place not in self.held.turned]  # fmt: skip
        groups = self._with_reasons([one for one in groups if one[0] != GENERAL] or groups)
        open_ones = ((meaning.value, meaning.field) for _, meaning in groups
                     if len(getattr(where, meaning.value, ())) != 1)  # fmt: skip
        by, kind_of_unit = next(open_ones, ("", ""))
        self.ignored += [word for word, meaning in groups
                         if meaning.value != by and len(getattr(where, meaning.value, ())) != 1]  # fmt: skip
        if kind_of_unit and not where.unit:
            self.where = where.replace(unit_type=kind_of_unit)
        if not several or by not in ("", several):  # 谁 is one of those that were named, or nobody knows what
            self.ignored += self.words("who")
        if asked := self.words("place"):
            named = next((name for name in ("community", "unit", "street") if len(getattr(where, name)) == 1), "")
            if named and by in ("", named):
                place = getattr(where, named)[0]
                self.where = self.where.replace(**{named: ()})
                return named, place
            self.ignored += asked
        return by or ("" if self.listing or self.sides else several), ""

    def _with_reasons(self, groups: Said) -> Said:
        """The groups; 原因 is one where it is asked what cases were left out for, and else not understood."""
        kept: Said = []
        for word, meaning in groups:
            if meaning.value == REASON and TAKES_OUT in word and "excluded" not in parts_of(self.where):
                self.where = with_statuses(self.where, ("excluded",))
            if meaning.value != REASON or "excluded" in parts_of(self.where):
                kept.append((word, meaning))
            else:
                self.ignored.append(word)
        return kept

    def _per(self, told: Measure, by: str, compare: str) -> Per | None:
        """The whole days, weeks … that the figure is divided by, up to which the period then goes."""
        said = [(word, meaning.value) for word, meaning in self.values if meaning.kind == "per"]
        units = [unit for _, unit in said if unit] or ([by] if said and by in TIMES else [])
        if said and not units and not told.is_count:
            if told.quantile is None:
                self.assumed.append("率的平均按合并计算：分子之和 ÷ 分母之和")
            return None
        per = None
        if len(units) == 1 and told.is_count and not compare and by in ("", units[0], *IN_COLUMNS):
            per = per_of(units[0], self.where, (self.reader.span[0], self.now))
        if per is None:
            self.ignored += [word for word, _ in said]
            return None
        self.where = self.where.replace(period=per.period)
        return per

    def _rank(self, measure: Measure, by: str, compare: str, place: str) -> tuple[str, int]:
        """Which end is asked for, '' for none, and of how many."""
        better = measure.better
        ends = {
            "best": {"up": "most", "down": "least"}, "worst": {"up": "least", "down": "most"},
            "slow": {"down": "most"}, "fast": {"down": "least"}, "longest": {"down": "most"},
            "oldest": {}, "newest": {},
        }  # fmt: skip
        order, limit, last = "", 0, False
        if self.listing:
            return order, limit
        self.ignored += [word for word, _ in self.found.rows]
        for word, meaning in self.values:
            if meaning.kind not in ("order", "more") or (meaning.kind == "more" and compare and not by):
                continue  # 比去年多吗 asks for the comparison
            end = ends[meaning.value].get(better, "") if meaning.value in ends else meaning.value
            end = ANY_SPEED[word] if self._is_of_change(word) else end
            is_more = meaning.kind == "more"
            if not end or (order and end != order and word not in TURNS) or (is_more and (order or not by)):
                self.ignored.append(word)
            elif not order or word in TURNS:
                order = end
        for word, many, from_end in self.found.limits:
            if limit or not (by or order):
                self.ignored.append(word)
            else:
                limit, last = many, from_end
        if ((limit and by) or place) and not order:
            order = "least" if place and better == "down" else "most"
        return "least" if last and order == "most" else order, limit

    def _share(self, told: Measure, by: str) -> CaseFilter | None:
        """What a share is of: the cases without the condition that was said last. None where that is not asked."""
        last = self.held.said[-1][1] if self.held.said else ""
        name, _, value = last.partition(IS)
        if by and by not in TIMES:  # 投诉类占多少，求助类占多少: each of all types
            is_of_named = told.of_total and by in IN_COLUMNS and getattr(self.where, by)
            return self.where.replace(**{by: ()}) if is_of_named else None
        if name in OF_CLOCK:  # of that night the hours are a stretch of time now
            return self.where.replace(**dict.fromkeys(OF_CLOCK, ())) if told.of_total and self.where.hour else None
        if not told.of_total or not last:
            return None
        kept: tuple[str, ...] = ()
        if name == "without":
            kept = tuple(one for one in self.where.without if one != value)
        elif name == "status":  # 吹哨件里逾期的: of those that were whistled for
            rest = (BOTH.join(part for part in one.split(BOTH) if part != value) for one in self.where.status)
            kept = tuple(dict.fromkeys(filter(None, rest)))
        return self.where.replace(**{name: kept})

    def _bound(self, measures: tuple[str, ...], is_said: bool, is_grouped: bool, compare: str) -> Bound | None:
        """What the groups' figures are held to, where there are groups, and it is clear that the measure is meant; of
        all measures of its kind where it is said of all (都低于). How many times as much, where that is compared."""
        known = measures_of(self.reader.profile)
        unit = known[measures[0]].unit
        of = tuple(name for name in measures if known[name].unit == unit) if ALL in self.text else measures[:1]
        fits = [(word, bound) for word, bound, _ in self.found.bounds if (compare if bound.unit == TIMES_OVER
                else is_grouped and not compare
                and (bound.unit == str(unit) or (is_said and not bound.unit and not unit.is_share)))]  # fmt: skip
        self.ignored += [word for word, bound, _ in self.found.bounds if (word, bound) not in fits[:1]]
        return replace(fits[0][1], of=of) if fits else None

    def _pages(self) -> tuple[str, ...]:
        """The pages that tell what was asked and no figure of cases can; their words are left."""
        answered = self.listing.words if self.listing else ()
        pages = [meaning.value for word, meaning in self.values if meaning.kind == "page" and word not in answered]
        self.ignored += [word for word in self.words("page") if word not in answered]
        return tuple(
            dict.fromkeys([*pages, *(PAGES_OF[part] for part in sorted(parts_of(self.where)) if part in PAGES_OF)])
        )
