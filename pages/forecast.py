"""诉求预测: how many cases to expect, when they come, and what rises at this time of the year."""

from ui.choosing.filterbar import filter_bar, one_of
from ui.desk.outlook import show_forecast, show_seasons
from ui.frame.page import open_page

PAGE = {"title": "诉求预测", "group": "分析", "order": 12, "icon": "timeline"}
VIEWS = {"forecast": "受理量预测", "seasons": "往年同期增多"}

reader = open_page("诉求预测")
where = filter_bar(reader, None)  # a forecast is of the days to come and rests on all of the past
if one_of(VIEWS, key="view") == "forecast":
    show_forecast(reader, where)
else:
    show_seasons(reader, where)
