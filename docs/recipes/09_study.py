"""调研课题: a kind of matter of one's own (09_study.toml): its board, its form, its steps and its effect."""

from ui.desk import matters, steps
from ui.frame.page import answer, open_page
from ui.style.markup import html

PAGE = {"title": "调研课题", "group": "办理", "order": 909}

reader = open_page("调研课题")
desk = matters.open_desk(reader, "study")
answer(html("在办 <b>{:,}</b> 件。", len(desk.going)))
steps.open_form(desk, key="study_form")
matters.board(desk)
