"""What runs for every view: the frame, the menu, and the page that was asked for."""

from pathlib import Path

import streamlit as st

from data_access.cases.reader import open_reader
from ui.frame import identity, router
from ui.style import theme

st.set_page_config(page_title="接诉即办", page_icon="📊", layout="wide")
theme.apply()
st.sidebar.markdown("[大屏](/?wall)")
page = router.navigate(Path(__file__).resolve().parents[2] / "pages")
identity.choose_actor(open_reader())
page.run()
