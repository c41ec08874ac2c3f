"""The parts of a brief: each asks what a page asks, and says it in sentences, a table, a chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from analysis.meeting import standing
from analysis.series import every_bucket
from briefs.asked import Asked, Part
from briefs.words import change_words, counted, figure_words, listed, record_words, risen_words
from data_access.cases.comparison import Change
from data_access.cases.measures import MEASURES
from data_access.district.people import Refused
from data_access.district.periods import previous
from data_access.district.vocabulary import GRID, HOTLINE
from data_access.ledger.opening import ledger_if_any
from questions import alarm_words
from questions.forecast import ahead, forecastable
from questions.league import CALIBRES
from questions.warning import watched
from ui.drawing import charts, courses
from ui.drawing.map_pictures import called, street_map
from ui.drawing.vega import Drawing
from ui.style.numbers import UNKNOWN, moment, name, show, show_change, until_now
from ui.style.theme import LIGHT

PREVIOUS, YOY = "previous", "yoy"
THAN = {PREVIOUS: "上期", YOY: "上年同期"}
VOLUMES = ("volume", "open", "overdue_open", "on_time_rate")
RATES = ("response_rate", "resolution_rate", "satisfaction_rate", "composite")
ALL = (*VOLUMES, *RATES)
MOST, FIVE = 10, 5
SMALL = "样本少"  # in place of a rate of too few callbacks
NO_HOTLINE = "本期没有热线件。"
PERIODS = {"day": ("天", 30), "week": ("周", 13), "month": ("个考核月", 12)}
FIGURES = {"measure": "指标", "now": "本期", "before": "上期", "change": "较上期", "sure": "判断", "year": "上年同期",
           "yearly": "较上年同期"}  # fmt: skip
MOVED = {"category2": "二级分类", "current": "本期（件）", "base": "上期（件）", "change": "增减（件）", "sure": "判断"}
MATTERS = {"kind": "事项", "opened": "本期新立", "over": "本期办结", "going": "在办", "late": "其中过期"}


def overview(asked: Asked) -> Part:
    """总体情况."""
    reader, where = asked.reader, asked.where
    told = told_of(asked)
    now, yearly = (reader.changes(told, where, kind) for kind in (PREVIOUS, YOY))
    by_source = {source: reader.count(where.replace(source=(source,))) for source in (HOTLINE, GRID)}
    volume = now["volume"]
    if not volume.current:
        return _nothing(asked, now["volume"], yearly["volume"])
    split = "" if where.source else f"，其中热线 {by_source[HOTLINE]:,} 件、网格 {by_source[GRID]:,} 件"
    most = record_words(volume.current, _before(asked), PERIODS[asked.kind][0]) if asked.kind in PERIODS else ""
    first = f"{until_now(where.when, reader.as_of)}共受理 {volume.current:,.0f} 件{split}"
    first += f"，{most}" if most and where.when.end <= reader.as_of else ""
    sentences = [f"{first}。{change_words(volume, THAN[PREVIOUS])}；{change_words(yearly['volume'], THAN[YOY])}。"]
    sentences += _unequal(asked)
    standing = "，".join(figure_words(now[measure]) for measure in ("open", "overdue_open"))
    sentences.append(f"本期受理的件里，到 {moment(reader.as_of)}，{standing}。")
    on_time = now["on_time_rate"]
    sentences += [] if asked.in_short else [f"{figure_words(on_time)}，{change_words(on_time, THAN[PREVIOUS])}。"]
    few = few_callbacks(asked)
    rows = [
        (name(MEASURES[key]), SMALL, UNKNOWN, UNKNOWN, SMALL, UNKNOWN, UNKNOWN) if few and key in RATES else
        (name(MEASURES[key]), show(now[key].current, MEASURES[key]), show(now[key].base, MEASURES[key]),
         show_change(now[key].change, MEASURES[key]), _verdict(now[key]), show(yearly[key].base, MEASURES[key]),
         show_change(yearly[key].change, MEASURES[key]))
        for key in told
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(FIGURES))
    told_of_them = table[table["now"] != SMALL]  # that they are few stands under 三率
    return Part("总体情况", tuple(sentences), table, FIGURES, *_course(asked), paper=told_of_them)


def _nothing(asked: Asked, before: Change, yearly: Change) -> Part:
    """总体情况 of days without a case: no rate of nothing, no share of what was before."""
    said = f"{until_now(asked.where.when, asked.reader.as_of)}共受理 0 件；"
    said += f"{change_words(before, THAN[PREVIOUS])}，{change_words(yearly, THAN[YOY])}。"
    doubt = ("全区一件也没有，先在“数据质量”查来源是否漏送、漏导。",) if asked.whole else ()
    return Part("总体情况", (said, *doubt))


def _unequal(asked: Asked) -> list[str]:
    """What the days and those that they are compared with do not have in common: their number, the new year."""
    told, said = dict[str, list[str]](), list[str]()
    for kind in (PREVIOUS, YOY):
        between = asked.reader.compared_with(asked.where, kind)
        if between and between.is_per_day:
            now, then = between.days
            said.append(f"{THAN[kind]}有 {then:.3g} 天，件数折算到本期的 {now:.3g} 天。")
        for words in between.unequal if between else ():
            told.setdefault(words.replace("比较期", "{}"), []).append(THAN[kind])
    return said + [f"{words.format('、'.join(than))}，增减不全是诉求本身的变化。" for words, than in told.items()]


def few_callbacks(asked: Asked) -> str:
    """Why no rate of callbacks is told: they are fewer than the profile's least; '' where they are enough."""
    called = asked.reader.figure("valid_callbacks", asked.where)
    least = asked.reader.profile.scoring_at(asked.where.when.start.date()).small_sample
    return f"热线有效回访 {called:,.0f} 件，不足 {least} 件：{SMALL}，不写各率" if called < least else ""


def alarms(asked: Asked) -> Part | None:
    """预警: what stands out at the data's now, where that lies in the period: the one before may have been as odd."""
    reader, period = asked.reader, asked.where.when
    if not period.start <= reader.as_of <= period.end:
        return None
    found = watched(reader)
    if not found.windows:
        return None
    told = [
        f"{alarm_words.SURE[alarm.is_sure]}：{alarm_words.sentence(alarm, found.moment)}。" for alarm in found.alarms
    ]
    if not told:
        return Part("预警", (f"{alarm_words.NONE}：看了 {found.series:,} 个地点与分类的组合，没有一处超出平常。",))
    lead = f"到 {moment(reader.as_of)}，有 {len(told):,} 条预警（与平常比，不是与上期比）。"
    return Part("预警", (lead, *told[:MOST]))


def _verdict(figure: object) -> str:
    change, sure, known = (getattr(figure, name) for name in ("change", "is_sure", "is_known"))
    if not known:
        return UNKNOWN
    return ("上升" if change > 0 else "下降") if sure else "不能确定"


def _before(asked: Asked) -> list[float]:
    """The volume of earlier periods of the same kind that the data covers, the newest first."""
    reader, period, found = asked.reader, asked.where.when, list[float]()
    for _ in range(PERIODS[asked.kind][1] - 1):
        period = previous(period, reader.profile.settings.clock)
        if not reader.covers(period):
            break
        found.append(float(reader.count(asked.where.replace(period=period))))
    return found


def _course(asked: Asked) -> tuple[Drawing | None, str]:
    """The volume by day, or by hour of a day."""
    reader, where = asked.reader, asked.where
    known = where.when.until(reader.as_of)
    if known.end - known.start <= timedelta(days=2):
        return None, ""
    daily = reader.aggregate(["volume"], ["day", "source"], where)
    if daily.empty:
        return None, ""
    whole = every_bucket(daily, "day", "volume", by=["source"], zero=True, within=known)
    return courses.by_source(whole, "day", MEASURES["volume"], colours=LIGHT), "每日受理量"


def classes(asked: Asked) -> Part:
    """诉求类别: what is asked most, and what rose."""
    reader, where = asked.reader, asked.where.replace(source=(HOTLINE,))
    top = reader.aggregate(["volume", "share"], ["category2"], where, order_by="volume", limit=MOST)
    if top.empty:
        return Part("诉求类别", (NO_HOTLINE,))
    moved = reader.compare_groups("volume", "category2", where, PREVIOUS)
    if not top["category2"].any():
        return Part("诉求类别", ("本期热线没有填写分类的件。",))
    told = shared(top.head(FIVE)) if asked.in_short else counted(top.head(3), "category2", "volume")
    sentences = (f"热线诉求最多的是{told}。", risen_words(moved, "category2", THAN[PREVIOUS]))
    more = moved[moved["change"] > 0].head(MOST) if len(moved) else moved
    rows = more.assign(sure=more["is_sure"].map({True: "上升", False: "不能确定"}))[list(MOVED)] if len(more) else None
    sure = None if rows is None else rows[more["is_sure"]]  # on paper no row that says nothing for certain
    drawn = None if asked.in_short else charts.bars(top, "category2", MEASURES["volume"], colours=LIGHT)
    return Part("诉求类别", sentences, rows, MOVED, drawn, "热线诉求最多的类", paper=sure)


def shared(rows: pd.DataFrame) -> str:
    """Classes with their counts and shares: 供暖（192 件，23.6%）."""
    pairs = zip(rows["category2"], rows["volume"], rows["share"], strict=True)
    return listed([f"{group or '未填写'}（{number:,.0f} 件，{part:.1%}）" for group, number, part in pairs])


def streets(asked: Asked) -> Part | None:
    """各街道."""
    reader, where = asked.reader, asked.where
    shown = ["volume", "open", "overdue_open", "on_time_rate"]
    rows = reader.aggregate(shown, ["street"], where, order_by="volume")
    rows = rows[rows["street"] != ""]
    if rows.empty:
        return None
    known, few = told_enough(asked, rows, "on_time_rate")
    rows = known[["street", *shown]]
    moved = reader.compare_groups("volume", "street", where, PREVIOUS)
    most = FIVE if asked.in_short else 3
    said = (
        f"受理量最多的是{counted(rows.head(most), 'street', 'volume', most)}。",
        risen_words(moved, "street", THAN[PREVIOUS], "街道"),
        *(() if asked.in_short else few),
    )
    drawn = None if asked.in_short else street_map(reader.profile, rows, MEASURES["volume"])
    title = called(reader.profile, "各街道受理量")
    paper = rows.head(0) if asked.in_short else rows.dropna(axis="columns", how="all")
    return Part("各街道", said, rows, chart=drawn, chart_title=title, paper=paper)


def told_enough(asked: Asked, rows: pd.DataFrame, rate: str) -> tuple[pd.DataFrame, list[str]]:
    """The rows without a rate that fewer cases than the profile's least stand behind, and the sentence that says so."""
    least = asked.reader.profile.scoring_at(asked.where.when.start.date()).small_sample
    few = rows[rate].notna() & (rows[f"{rate}__den"] < least)
    said = [f"{name(MEASURES[rate])}：分母不足 {least} 件的不写。"] if few.any() else []
    return rows.assign(**{rate: rows[rate].mask(few)}), said


def late(asked: Asked) -> Part | None:
    """逾期未办结: by unit; of one unit by class."""
    reader, by = asked.reader, "category2" if asked.where.unit else "unit"
    rows = reader.aggregate(["overdue_open", "open"], [by], asked.where, order_by="overdue_open")
    if rows["overdue_open"].isna().all():
        return None
    rows = rows[rows["overdue_open"] > 0]
    if rows.empty:
        return None  # 总体情况 says that there are none
    total, told = rows["overdue_open"].sum(), counted(rows.head(3), by, "overdue_open")
    what = "类" if asked.where.unit else "个单位"
    most = f"涉及 {len(rows)} {what}，最多的是" if len(rows) > 3 else ""
    said = f"本期受理的件里逾期未办结 {total:,.0f} 件，{most or '是'}{told}。"
    return Part("逾期未办结", (said,), rows.head(MOST))


def matters(asked: Asked) -> Part | None:
    """督办与协同 as it stood at the end of the days: what was opened, what was over, what was late."""
    reader, period = asked.reader, asked.where.when
    ledger = ledger_if_any(reader)
    if ledger is None:
        return None
    rows, end = [], min(period.end, ledger.now())
    for programme in reader.profile.programmes.programmes:
        if programme.parent:
            continue
        try:
            known = ledger.matters(programme.kind, viewer=asked.viewer)
            events = ledger.events_of(programme.kind, viewer=asked.viewer)
        except Refused:
            continue  # a kind that this viewer is not told of
        known = known if asked.whole else naming(known, asked)
        known = standing(known[["matter_id", "stage", "opened_at", "due_at"]], events, end)
        opened = (known["opened_at"] >= period.start) & (known["opened_at"] < period.end)
        over = known["stage"].map(programme.is_over).astype(bool)
        ended, going = over & (known["since"] >= period.start), known[~over]
        if opened.any() or ended.any() or len(going):
            late = int((going["due_at"] < end).sum())
            rows.append((programme.title, int(opened.sum()), int(ended.sum()), len(going), late))
    if not rows:
        return None
    told = "；".join(f"{title}新立 {opened} 项、办结 {over} 项、在办 {going} 项" + (f"（过期 {red} 项）" if red else "")
                    for title, opened, over, going, red in rows)  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(MATTERS))
    return Part("督办与协同", (f"{told}。",), frame, MATTERS, paper=frame.head(0))  # the sentence has every figure


def naming(known: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The matters that name the brief's street or unit; a street is a unit too."""
    whose = {*asked.where.street, *asked.where.unit}
    fields = [name for name in ("street", "unit") if name in known]
    return known[known[fields].isin(whose).any(axis=1)] if fields else known.head(0)


def outlook(asked: Asked) -> Part | None:
    """下期预计."""
    where = forecastable(asked.where)
    told = ahead(asked.reader, where, "day")
    if told.outlook is None or asked.where.when.end + timedelta(days=1) < told.outlook.ahead.index[0]:
        return None  # the forecast is of the days after the data, not of those after an old brief
    week, back = told.outlook.ahead.iloc[:7], told.outlook.back
    tries = back[back["step"] <= len(week)].groupby("origin")[["expected", "actual"]].sum()
    off = (tries["expected"] / tries["actual"] - 1).abs().max()
    said = f"从数据的今天起 {len(week)} 天预计受理约 {week['expected'].sum():,.0f} 件"
    return Part("下期预计", (f"{said}；过去 {len(tries)} 次同样的预测合计最多差 {off:.0%}。",))


OF_CHANGES = ("“不能确定”：变化在偶然范围内（95%）。",)


def basis(asked: Asked) -> tuple[str, ...]:
    """Of which data it tells, and how that is scored."""
    reader, scoring = asked.reader, asked.reader.profile.scoring_at(asked.where.when.start.date())
    said = [f"数据截至 {moment(reader.as_of)}，版本 {reader.version}。"]
    said += ["演示数据，合成，非真实案件。"] if reader.is_synthetic else []
    said += [] if reader.sight.matters.whose == "all" else ["事项只含写的人看得到的。"]
    return (*said, f"三率为{CALIBRES['']}口径；{scoring.note}。")


def notes(asked: Asked) -> tuple[str, ...]:
    """What the figures rest on."""
    reader, where = asked.reader, asked.where
    between = reader.compared_with(where, PREVIOUS)
    said = [f"有效回访不足 {reader.profile.scoring_at(where.when.start.date()).small_sample} 件的单位不排名次。"]
    if between and between.moment:
        said.append("时段未满或件尚新：上期按当时同样的办理时长还原；先回访的多是办得快的，回访占比低时三率偏高。")
    return (*basis(asked), *said, *OF_CHANGES)


def figures(asked: Asked) -> Mapping[str, float]:
    """The measures of the overview, for setting briefs side by side."""
    return {key: change.current for key, change in asked.reader.changes(told_of(asked), asked.where, PREVIOUS).items()}


def told_of(asked: Asked) -> tuple[str, ...]:
    """The measures of the overview; of a portrait those of its page."""
    return (*ALL, "median_hours") if asked.kind == "portrait" else ALL
