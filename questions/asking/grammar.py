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
from data_access.district.periods import DAY, PRESETS, SHIFTS, Period, day_of, preset, shift_months
from questions.asking.averages import TIMES, Per, per_of
from questions.asking.cutting import Bound, Found, cut
from questions.asking.holding import Held, chosen, meant
from questions.asking.hours import of_that_night
from questions.asking.listing import Listing, listing_of
from questions.asking.states import as_a_state, asks_a_state, parts_of
from questions.asking.times import OWN_YEAR
from questions.asking.words import JOINERS, PAGES_OF, STATES, TAKES_OUT, Meaning

LONGEST = 200  # letters of a question
TURNS = ("倒数",)  # 排名倒数 is one order, not two
COMPLAINT = "投诉"
WAYS_ROUND = {"worse": "up", "better": "down"}  # a change for the worse of what is better up is a fall
DONE_WITHIN = {"closed", "late"}  # which the day of a case's end tells, and not that on which it came in
ANY_SPEED = {"最快": "most", "最慢": "least"}
LONG = ("quarter", "half", "year")  # groups of which thirty days hold no two
ALL, SHARE = "都", "share"
REASON = "excluded_reason"
GENERAL = "问题"  # beside another group no more than 诉求
SET_AGAINST = ("比", "较")  # one thing against another, which 对比 of groups is without
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
    `is_led`: nothing else was asked.
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
        self.found: Found = cut(reader, text)
        self.values: Said = [(word, chosen(meanings)) for word, meanings in self.found.meanings]
        self.held: Held = meant(reader, self.found)
        self.where = self.held.where
        self.listing: Listing | None = listing_of(self.values, self.found, self.where)
        self.assumed = [*self.found.notes, *(self.listing.assumed if self.listing else ())]
        self.ignored = [*self.found.ignored, *self.held.lost]
        self.now, self.clock = reader.as_of, reader.profile.settings.clock

    def words(self, *kinds: str) -> list[str]:
        return [word for word, meaning in self.values if meaning.kind in kinds]

    def question(self) -> Question:
        ignored = self.ignored
        if len(self.where.status) > 1 and EACH.search(self.text):
            ignored += [word for word, condition in self.held.said if condition.startswith(f"status{IS}")][1:]
            self.where = self.where.replace(status=self.where.status[:1])
        if self.listing:
            self.where = self.listing.where
        measures, is_said = self._measures()
        told = measures_of(self.reader.profile)[measures[0]]
        self._leave_the_calibre_to(told)
        by, place = self._group()
        compare, falls = self._comparison(by, told)
        at = self._time(compare, by, set(measures))
        if compare and by in TIMES:
            ignored += self.words("compare", "moved", "than")
            compare = ""
        if compare and by:
            ignored += [word for word, meaning in self.values
                        if meaning.kind == "measure" and meaning.value in measures[1:]]  # fmt: skip
            measures = measures[:1]
        per = self._per(told, by, compare)
        if per and by in TIMES:
            by = ""
        order, limit = self._rank(told, by, compare, place)
        if falls and by and compare:
            order = "most" if order == "least" else "least"
        if order and not by and not self.listing:
            by, extra = _group_for(self.where)
            self.assumed.append(extra)
        whole = self._share(told, by)
        if told.of_total and by and whole is None:
            self.assumed.append("占比是各组占所问案件的，合起来 100%")
        if told.of_total and not by and whole is None:  # the whole is all of itself: 去年占比 does not say of what
            ignored += [word for word, meaning in self.values
                        if (meaning.kind, meaning.value) == ("measure", measures[0])]  # fmt: skip
            measures = ("volume", *measures[1:])
        bound = self._bound(measures, is_said, bool(by and not compare and not per))
        sort, limit = (self.listing.sort, self.listing.many) if self.listing else ("", limit)
        pages = self._pages()
        is_led = bool(pages) and not is_said and self.where == CaseFilter(period=self.where.period) and not by
        return Question(
            self.text, measures[0], self.where, by, compare, order,
            limit or (10 if order and by and not bound and not place else 0), sort, tuple(self.held.said),
            tuple(ignored), tuple(self.assumed), at, bound,
            measures[1:], per, whole, place, pages, is_led,
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
            self.where = of_that_night(where.replace(period=periods[0][1]))
            self.assumed += ["受理于这段时间的件，按现在的状态"] if parts_of(where) & STATES else []
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
        self.ignored += [] if self.where.without else self.words("rest")
        self.ignored += untils + ([] if is_age else [word for word, _ in ages])
        if self.where.when.start > self.now:
            self.assumed.append("这段时间在数据之后，还没有案件")
        return at

    def _comparison(self, by: str, told: Measure) -> tuple[str, bool]:
        """The kind of comparison, '' for none, and whether falls are asked for. A second stretch of time is what some
        comparison sets the first against, or the first it (8月和7月比), or it is not understood."""
        values, periods = self.values, self.found.periods
        kinds = list(dict.fromkeys(meaning.value for _, meaning in values if meaning.kind == "compare"))
        moved = [meaning.value for _, meaning in values if meaning.kind == "moved"]
        thans, later = self.words("than"), periods[1:]
        if len(later) == 1 and (kinds or thans or moved):
            (_, first), (word, base) = periods[0], later[0]
            pairs = [(first, base, periods), (base, first, periods[::-1])]
            if OWN_YEAR.fullmatch(word):  # 二季度比一季度 at a time when the first quarter of another year has begun
                pairs.append((first, Period(*(shift_months(end, -12) for end in (base.start, base.end))), periods))
            for current, other, order in pairs:
                alike = [kind for kind in kinds or ("yoy", "previous") if SHIFTS[kind](current, self.clock) == other]
                if alike:
                    kinds, later, thans, self.found.periods = alike[:1], [], [], order
                    break
        if moved and not kinds and not later and not thans:
            kinds = ["previous"]
            self.assumed.append("没有说和什么比，按环比")
        self.ignored += [word for word, _ in later]
        # 各街道对比; 这两个街道比，谁高: the groups are what is compared.
        if by and not kinds and not later:
            thans = [word for word in thans if word in SET_AGAINST] if len(getattr(self.where, by, ())) < 2 else []
        self.ignored += [] if kinds and not later else thans
        self.ignored += [word for word, one in values if one.kind == "compare" and one.value not in kinds[:1]]
        if moved and not kinds:
            self.ignored += self.words("moved")
        falls = {"least", *(way for way, better in WAYS_ROUND.items() if better == told.better)}
        return kinds[0] if kinds else "", bool(falls & set(moved))

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
        return by or ("" if self.listing else several), ""

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
        if not told.of_total or not last or name == "hour":
            return None
        kept: tuple[str, ...] = ()
        if name == "without":
            kept = tuple(one for one in self.where.without if one != value)
        elif name == "status":  # 吹哨件里逾期的: of those that were whistled for
            rest = (BOTH.join(part for part in one.split(BOTH) if part != value) for one in self.where.status)
            kept = tuple(dict.fromkeys(filter(None, rest)))
        return self.where.replace(**{name: kept})

    def _bound(self, measures: tuple[str, ...], is_said: bool, is_grouped: bool) -> Bound | None:
        """What the groups' figures are held to, where there are groups, and it is clear that the measure is meant; of
        all measures of its kind where it is said of all (都低于)."""
        known = measures_of(self.reader.profile)
        unit = known[measures[0]].unit
        of = tuple(name for name in measures if known[name].unit == unit) if ALL in self.text else measures[:1]
        fits = [(word, bound) for word, bound, _ in self.found.bounds if is_grouped
                and (bound.unit == str(unit) or (is_said and not bound.unit and not unit.is_share))]  # fmt: skip
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


def _group_for(where: CaseFilter) -> tuple[str, str]:
    """The group that a rank without one is about."""
    for group, label in (("category2", "二级分类"), ("street", "街道"), ("community", "社区")):
        if not getattr(where, group) and not (group == "category2" and (where.category1 or where.category3)):
            return group, f"没有说排什么，按{label}"
    return "unit", "没有说排什么，按承办单位"
