"""每月一题: a year's topics against the year before, where one still grows, and the plan and three lists of each."""

import streamlit as st

from analysis.league import FEW
from analysis.series import on_one_axis
from data_access.cases.measures import MEASURES
from data_access.intake import quality
from questions import topics as ask
from questions.topics import ALL, cases_of_topic, months
from ui.choosing.filterbar import one_of
from ui.desk import drawer, matters
from ui.desk.topics import offer_missing, show_plan
from ui.drawing import charts, courses
from ui.drawing import topic_words as said
from ui.drawing.published import published_note
from ui.drawing.tables import LINK, downloads, table
from ui.drawing.topic_words import FORMATS, LABELS, LEAGUE, NO_BASE, compared, in_words, percent, published_words
from ui.drawing.vega import draw
from ui.frame.page import answer, open_page
from ui.style.lights import marked
from ui.style.links import cases_address
from ui.style.markup import markdown, plain
from ui.style.numbers import day

PAGE = {"title": "每月一题", "group": "办理", "order": 50, "icon": "event_note", "counts": "topic"}
PUBLISHED = "topic_volume_change"  # its subject is the district or a topic
STREETS = 40


def show_behind(named: str, street: str = "", *, key: str) -> None:
    """The cases of a topic, or of one in a street, in the drawer."""
    drawer.show(reader, where[named].replace(street=(street,) if street else ()), f"{named}　{street}".strip(), key=key)


def show_league() -> None:
    listed = (
        in_words(each)
        .assign(
            lead_unit=[topic.lead_unit for topic in topics],
            published=[percent(published[topic.topic].value) if topic.topic in published else "" for topic in topics],
            few=[FEW if valid < scoring.small_sample else "" for valid in each["resolution_rate__den"]],
            stage=[ours["stage"].get(topic.topic, "未立项") for topic in topics],
            light=[marked(ours["light"].get(topic.topic, "")) for topic in topics],
            **{LINK: [cases_address(where[topic.topic]) for topic in topics]},
        )
        .sort_values("change")[LEAGUE]
    )
    if picked := table(listed, key="league", labels=LABELS, formats=FORMATS, height="content", selectable=True,
                       phone=["topic", "change", "verdict"], on_pick=drawer.follow("league"),
                       menu="columns"):  # fmt: skip
        show_behind(listed["topic"].iloc[picked[0]], key="league")
    st.caption(markdown("同比从降得最多的排起；回访不足 {} 件：{}；{}", scoring.small_sample, FEW, scoring.note))
    st.caption(plain(published_words(published.values(), published_note(reader)) or f"{year}年没有公布的数字"))
    downloads(listed, f"每月一题{year}", key="league_file", labels=LABELS)


def show_changes() -> None:
    known = each.dropna(subset=["change"]).sort_values("change")
    if known.empty:
        st.info(NO_BASE)
        return
    drawn = charts.changes(known.assign(words=[compared(row) for _, row in known.iterrows()]), "topic", LABELS["topic"])
    hit = draw(drawn, key="changes", on_pick=drawer.follow("changes"))
    if hit and hit["topic"] in where:
        show_behind(hit["topic"], key="changes")
    st.caption(said.HOW_TO_READ)


def show_course() -> None:
    course = ask.topic_months(reader, year, until).query("topic == @topic")
    if course.empty:
        st.info("这一年的数据不从月初起，还没有完整的一个月可画。")
        return
    now, before = (course[course["month"].dt.year == one_year] for one_year in (year, year - 1))
    both = on_one_axis(now, before, "month")
    spans = (months(year, until), months(year - 1, until))
    drawn = courses.two_years(both, "month", MEASURES["volume"])
    drawer.chart(reader, drawn, where[topic], key=f"course_{topic}", within=spans)


def show_streets() -> None:
    streets = ask.topic_changes(reader, year, until, by_street=True)
    streets = ask.rising_streets(streets, reader.profile, year)
    if streets.empty:
        none = f"没有哪一题在哪个街道既达到 {scoring.small_sample:d} 件，又比上年同期多得超出偶然。"
        st.info(none if whole["volume_base"] > 0 else NO_BASE)
        return
    streets = streets.head(STREETS)
    links = [cases_address(where[row["topic"]].replace(street=(row["street"],))) for row in streets.to_dict("records")]
    shown = in_words(streets).assign(**{LINK: links})
    shown = shown[["topic", "street", "volume", "volume_base", "more", "change", "between", LINK]]
    if picked := table(shown, key="streets", labels=LABELS, formats=FORMATS, phone=["topic", "street", "more"],
                       selectable=True, on_pick=drawer.follow("streets")):  # fmt: skip
        show_behind(*streets[["topic", "street"]].iloc[picked[0]], key="streets")
    st.caption(f"只列增加超出偶然、本年达到 {scoring.small_sample:d} 件的")
    downloads(shown, "还在增长的街道", key="streets_file", labels=LABELS)


reader = open_page("每月一题")
desk, profile, years = matters.open_desk(reader, "topic"), reader.profile, ask.topic_years(reader)
if not years:
    st.info("本区配置里没有题目（topics.csv）。")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    year = int(one_of({str(year): f"{year}年" for year in years}, key="year", label="年度"))
    over = range(years[year], 0, -1)
    stands = max(years[year] - profile.settings.topics.until_month, 0)  # selected until somebody chooses another
    until = st.selectbox("1月至", over, stands, format_func="{}月".format, key="until", bind="query-params",
                         filter_mode=None, width=110) if over else 0  # fmt: skip
topics, ours = ask.topics_of(profile, year), ask.matters_of_year(desk.matters, year)
scoring = profile.scoring_at(months(year).start.date())
published = {row.subject: row for row in profile.benchmarks if row.measure == PUBLISHED and row.period == str(year)}
where = {topic.topic: cases_of_topic(topic).replace(period=months(year, until)) for topic in topics}
if until:
    figures = ask.topic_changes(reader, year, until)
    each, whole = figures[figures["topic"] != ALL], figures.iloc[-1]
    order = each.sort_values("change")["topic"].tolist()
    if not whole["volume"] and "三级分类" in quality.absent(reader):
        answer("来源没有三级分类，认不出哪些诉求属于哪一题：下面的件数都是 0，不是没有诉求。")
    else:
        answer(said.headline(figures, f"{year}年1月至{until}月", scoring.small_sample))
    if not reader.covers(months(year, until)):
        st.caption(markdown("数据从 {} 起，这一年更早的诉求没有数在内。", day(reader.span[0])))
    show_league()
else:
    order = list(where)
    answer(f"{year}年有 {len(topics)} 题；数据里还没有完整的一个月，满一个月后与上年同期比较。")

topic = st.selectbox("看哪一题", order, key="topic", bind="query-params", width=320)
if until:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("各题同比")
        show_changes()
    with right:
        st.subheader(markdown("{}·各月与上年同期", topic))
        show_course()
    st.subheader("还在增长的街道")
    show_streets()

st.subheader(markdown("{}·一方案三清单", topic))
if topic in ours.index:
    show_plan(desk, ours.loc[topic])
else:
    st.info("这一题还没有立项，没有方案和清单。")
st.subheader("各题办理")
offer_missing(desk, [topic for topic in topics if topic.topic not in ours.index])
matters.board(desk, ["year", "unit"], empty="还没有立项的题。")
