"""七有五性: twelve tiles with their course, and the index; the last whole month."""

from markupsafe import Markup

from analysis.effects import FELL, ROSE
from data_access.cases.reader import Reader
from data_access.district.vocabulary import DIMENSIONS_75, GROUPS_75
from questions.livelihood import index_months, livelihood_index
from questions.livelihood_scores import DISTRICT
from ui.drawing.score_words import month_words, why_nothing
from ui.style.markup import html
from ui.style.numbers import UNKNOWN, moment, signed
from ui.walls.parts import screen, tile

SCREEN = {"title": "七有五性"}
SHOWN = 13  # months of a tile's course


def draw(reader: Reader) -> Markup:
    months, until = index_months(reader), f"数据截至 {moment(reader.as_of)}"
    if not len(months):
        about = f"本区没有配置指标，或数据不足一个整月　{until}"
        return screen(reader, "livelihood", SCREEN["title"], about, [])
    index = livelihood_index(reader, months[-1])
    scores = index.course(DISTRICT).reindex(months)
    if index.scores.isna().all(axis=None):
        words = why_nothing(month_words(months[-1]), can_score=True)
        return screen(reader, "livelihood", SCREEN["title"], until, [html("<p>{}</p>", words)])
    sure, weakest = index.sureness(DISTRICT), index.weakest(DISTRICT)
    about_weakest = "橙色：最弱的维度" if len(weakest) == 1 else "最弱的维度分不出先后"
    tiles = []
    for name in (*GROUPS_75, *DIMENSIONS_75):
        course = scores[name].tail(SHOWN).tolist()
        now, change, verdict = course[-1], sure["change"][name], sure["verdict"][name]
        kind = "total" if name in GROUPS_75 else "bad" if [name] == list(weakest) else ""
        words = (
            f"较上月 {signed(change, 1)}"
            if verdict in (FELL, ROSE)
            else f"较上月{verdict}"
            if verdict
            else "无上月可比"
        )
        tiles.append(tile(f"index.{name}", name, f"{now:.1f}" if now == now else UNKNOWN, words, course, kind=kind))
    about = f"{months[-1].year}年{months[-1].month}月　{index.rules.label}　{about_weakest}　各线自成尺度　{until}"
    return screen(reader, "livelihood", SCREEN["title"], about, tiles)
