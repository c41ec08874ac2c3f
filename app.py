"""The entry: streamlit run app.py.

What is shown stands in ui/frame/shell.py, which runs for every view. It lies in another folder than pages/, because
Streamlit would take a pages/ beside the running script for its own and draw a wrong menu on the first visit.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from data_access.cases.reader import open_reader
from ui.frame.failures import explain
from ui.frame.head import Head
from ui.walls.wall import Walls


@asynccontextmanager
async def _warm(app: Any) -> AsyncIterator[None]:
    """Open the store before the first visitor comes, and keep what is loaded out of later collections."""
    _ = open_reader().has_data
    gc.collect()
    gc.freeze()
    yield


app = st.App(
    "ui/frame/shell.py", lifespan=_warm, middleware=[Middleware(Walls), Middleware(Head)], on_script_error=explain
)
