"""每月一题: this year's topics against the same months a year before, where one still grows, and how much of the lists
is done."""

import pandas as pd
from markupsafe import Markup

from analysis.effects import FELL, ROSE, UNCERTAIN
from data_access.cases.measures import MEASURES
from data_access.cases.reader import Reader
from data_access.district.programmes import VOID
from questions.topics import ALL, matters_of_year, months, topic_changes, topic_months, topic_years
from ui.drawing.topic_words import NO_BASE
from ui.style.markup import html, joined
from ui.style.numbers import UNKNOWN, moment, show, show_change, signed
from ui.walls.parts import bars, big_figures, figure, matters_of, panel, rows, screen, tile

SCREEN = {"title": "每月一题"}
VOLUME, RESOLUTION = MEASURES["volume"], MEASURES["resolution_rate"]
MOST = 17
TILES = 4
GROWING = 6
HEADS = ("题目", "本期", "变化", "95% 区间")
CAVEAT = "选题时正高的，什么也不做也会回落：只说变没变，不说因为什么"
KINDS = {FELL: "lead", ROSE: "bad"}  # what may be chance has no colour


def change_of(row: pd.Series) -> str:
    return show_change(row["change"], VOLUME)


def interval_of(row: pd.Series) -> str:
    """The 95 % interval of a change, in percent."""
    ends = (signed(100 * row[end], 0) for end in ("low", "high"))
    return "～".join(ends) + "%" if row["doubt"] == "" else UNKNOWN


def verdict_of(row: pd.Series) -> str:
    """下降, 上升 or 不能确定, with the interval it rests on; why there is none."""
    return f"{row['verdict']}（95% 区间 {interval_of(row)}）" if row["doubt"] == "" else str(row["doubt"])


def counts_of(row: pd.Series) -> str:
    """The volumes that a change was computed from: a year before, and now."""
    before = "" if pd.isna(row["volume_base"]) else f"{row['volume_base']:,.0f} → "
    return f"{before}{row['volume']:,.0f} 件"


def lists_done(reader: Reader, year: int) -> Markup:
    topics, items = matters_of(reader, "topic"), matters_of(reader, "topic_item")
    if topics is None or items is None:
        return figure("topics.lists", UNKNOWN, "清单完成", "本区没有这类事项")
    ours = matters_of_year(topics, year)
    items = items[items["parent"].isin(ours["matter_id"]) & (items["stage"] != VOID)]
    ends = reader.profile.programme("topic_item").ends
    items = items[~items["stage"].isin(ends[1:])]
    if items.empty:
        return figure("topics.lists", UNKNOWN, "清单完成", "还没有清单" if len(ours) else "还没有立项")
    done = (items["stage"] == ends[0]).sum()
    return figure(
        "topics.lists", f"{done:,}/{len(items):,}", "清单完成", f"{len(ours)} 题已立项", more="已完成/应完成（条）"
    )


def figures(reader: Reader, year: int, whole: pd.Series, each: pd.DataFrame) -> Markup:
    judged = each[each["doubt"] == ""]["verdict"].value_counts()
    fell, grew, unsure = (judged.get(verdict, 0) for verdict in (FELL, ROSE, UNCERTAIN))
    known = len(each[each["doubt"] == ""])
    return big_figures([
        figure("topics.change", change_of(whole), "诉求量较上年同期", verdict_of(whole), more=counts_of(whole),
               bad=whole["verdict"] == ROSE),
        figure("topics.fell", f"{fell}/{known}" if known else UNKNOWN, "下降的题",
               f"上升 {grew} 题，{UNCERTAIN} {unsure} 题" if known else "没有上年同期", more="能判断的题里"),
        figure("topics.solved", show(whole["resolution_rate"], RESOLUTION), "各题解决率", RESOLUTION.calibre,
               more=f"有效回访 {whole['resolution_rate__den']:,.0f} 件"),
        lists_done(reader, year),
    ])  # fmt: skip


def ranking(each: pd.DataFrame) -> Markup:
    """The change of each topic, the largest fall first; the volume where there is nothing to compare with."""
    key = "change" if each["change"].notna().any() else "volume"
    ranked = each.dropna(subset=[key]).sort_values(key, ascending=key == "change")
    most = ranked[key].abs().max() or 1.0
    lines = [
        (row["topic"], (f"{row['volume']:,.0f} 件", change_of(row), interval_of(row)), abs(row[key]) / most,
         "" if key == "volume" else KINDS.get(row["verdict"], ""))
        for _, row in ranked.iterrows()
    ]  # fmt: skip
    return bars("topics.ranking", lines, heads=HEADS, most=MOST, below=CAVEAT)


def courses(reader: Reader, year: int, until: int, each: pd.DataFrame) -> Markup:
    """The topics whose volume changed most, month by month."""
    most = each.loc[(each["more"] if each["more"].notna().any() else each["volume"]).abs().nlargest(TILES).index]
    course = topic_months(reader, year, until).set_index(["topic", "month"])["volume"]
    if course.empty:
        return html("<p>{}</p>", "数据里这几个月都不完整，没有各月可画")
    tiles, ends = [], (0.0, float(course[course.index.isin(most["topic"], level="topic")].max()))
    for _, row in most.iterrows():
        mine = course[row["topic"]]
        now, before = (mine[mine.index.year == one_year].tolist() for one_year in (year, year - 1))
        kind = {FELL: "total", ROSE: "bad"}.get(row["verdict"], "")
        tiles.append(tile(f"topics.{row['topic']}", row["topic"], change_of(row), counts_of(row), now,
                          before=before if len(before) == len(now) else (), kind=kind, ends=ends))  # fmt: skip
    return html('<div class="tiles">{}</div>', joined("", tiles))


def growing(reader: Reader, year: int, until: int, least: int) -> Markup:
    streets = topic_changes(reader, year, until, by_street=True)
    kept = streets[(streets["verdict"] == ROSE) & (streets["volume"] >= least)].nlargest(GROWING, "more")
    lines = [
        (row["topic"], row["street"], f"+{row['more']:,.0f} 件", f"{row['volume']:,.0f} 件")
        for row in kept.to_dict("records")
    ]
    none = NO_BASE if streets["volume_base"].isna().all() else f"没有达到 {least} 件、增加超出偶然的街道"
    return rows("topics.growing", lines, none, ("题目", "街道", "较上年", "本期"))


def draw(reader: Reader) -> Markup:
    year, known = next(iter(topic_years(reader).items()), (0, 0))
    until = min(known, reader.profile.settings.topics.until_month)
    if not until:
        why = f"{year}年的题目还没有完整的一个月可统计" if year else "本区配置里没有题目（topics.csv）"
        return screen(reader, "topics", SCREEN["title"], f"数据截至 {moment(reader.as_of)}", [html("<p>{}</p>", why)])
    changes = topic_changes(reader, year, until)
    each, whole = changes[changes["topic"] != ALL], changes.iloc[-1]
    least = reader.profile.scoring_at(months(year).start.date()).small_sample
    parts = [
        figures(reader, year, whole, each),
        panel("ranking", f"各题较上年同期（蓝降、橙升、灰{UNCERTAIN}）", ranking(each)),
        panel(
            "courses",
            f"变化最大的题，各月（虚线为上年；蓝降、橙升、灰{UNCERTAIN}；同一尺度，从 0 起）",
            courses(reader, year, until, each),
        ),
        panel("growing", "仍在增长的街道", growing(reader, year, until, least)),
    ]
    about = f"本期 {year}年1月至{until}月热线，上年同期 {year - 1}年1月至{until}月　数据截至 {moment(reader.as_of)}"
    return screen(reader, "topics", SCREEN["title"], about, parts)
