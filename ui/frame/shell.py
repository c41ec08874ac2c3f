"""What runs for every view: the frame, the menu, and the page that was asked for."""

from pathlib import Path

import streamlit as st

from data_access.cases.reader import open_reader
from ui.frame import ending, failures, identity, login, media, router, unknown_values
from ui.style import theme
from ui.style.links import wall_address
from ui.style.markup import markdown
from ui.style.ways import arrive
from ui.watch import doors
from ui.watch.viewer import note

st.set_page_config(page_title="接诉即办", page_icon="📊", layout="wide")
theme.apply()
media.take_seat()
reader = open_reader()
identity.note_new_rights(reader)
PAGES = Path(__file__).resolve().parents[2] / "pages"
login.check(reader)
identity.recall(reader.profile)
page = router.navigate(PAGES, identity.rights(reader), identity.waiting(reader), identity.closed_pages(reader))
title = router.title_of(PAGES, page)
arrive(page.url_path)
login.ask_first(reader)
router.ask_anywhere(PAGES)
st.sidebar.markdown(markdown("[大屏]({})", wall_address(login.wall_pass(reader))))
identity.choose_actor(reader)
note(identity.viewer_of(reader))
ending.allow(PAGES, reader.profile.settings.limits.page_seconds)
ending.stop_if_pressed(title)
failures.warn_author(reader.profile)
with doors.seen(title), unknown_values.told():
    page.run()
