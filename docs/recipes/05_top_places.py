"""前50个点位: the places with most cases on a map. Cells of some 65 metres, those of few cases left out."""

import h3
import streamlit as st

from data_access import MEASURES
from ui.choosing.filterbar import filter_bar
from ui.desk import drawer
from ui.drawing import maps
from ui.drawing.tables import downloads, table
from ui.frame.page import answer, open_page
from ui.style.markup import html, markdown

PAGE = {"title": "前50个点位", "group": "分析", "order": 905}
MOST = 50
VOLUME = MEASURES["volume"]

reader = open_page("前50个点位")
where = filter_bar(reader, "last90")
cells = reader.aggregate(["volume", "resolution_rate"], ["h3_cell", "community"], where, order_by="volume")
places = cells[cells["h3_cell"].map(h3.is_valid_cell)].head(MOST)
if places.empty:
    st.info("所选范围的件没有坐标，画不出点位。")
    st.stop()
at = [h3.cell_to_latlng(cell) for cell in places["h3_cell"]]
names = places["community"].where(places["community"] != "", "未填写社区")
places = places.assign(lat=[lat for lat, _ in at], lon=[lon for _, lon in at], name=names)

share = places["volume"].sum() / max(reader.count(where), 1)
answer(html("前 <b>{:,}</b> 个点位占所选诉求的 <b>{:.1%}</b>。", len(places), share))
deck, left_out = maps.points(reader.profile, places, VOLUME)
state = maps.show(deck, key="top_places", on_pick=drawer.follow("top_places"))
st.caption(markdown("圆的面积是件数；件数太少、可能指到一户的 {:,} 个点位不画。点选圆可查看案件", left_out))
if hit := maps.clicked(state, maps.BUBBLES):
    drawer.show(reader, where.replace(h3_cell=hit["h3_cell"]), hit["name"], key="top_places")
table(places[["name", "volume", "resolution_rate"]], key="places_table", labels={"name": "点位所在社区"})
downloads(places[["h3_cell", "name", "volume", "lon", "lat"]], "前50个点位", key="places_file", labels={"name": "社区"})
