"""What runs for every view: the frame, the menu, and the page that was asked for."""

from pathlib import Path

import streamlit as st

from data_access.cases.reader import open_reader
from ui.frame import identity, login, router
from ui.style import theme

st.set_page_config(page_title="接诉即办", page_icon="📊", layout="wide")
theme.apply()
page = router.navigate(Path(__file__).resolve().parents[2] / "pages")
reader = open_reader()
login.ask_first(reader.profile)
st.sidebar.markdown("[大屏](/?wall)")
identity.choose_actor(reader)
page.run()
