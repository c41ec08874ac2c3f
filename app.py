"""The entry: streamlit run app.py.

What is shown stands in ui/frame/shell.py, which runs for every view. It lies in another folder than pages/, because
Streamlit would take a pages/ beside the running script for its own and draw a wrong menu on the first visit.
"""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from data_access.cases.errors import DatabaseError, StoreError
from data_access.cases.reader import open_reader
from data_access.district.profile import ProfileError
from data_access.ledger.opening import trail_of
from data_access.trail.background import BACKGROUND
from data_access.trail.rights import note_rights
from questions.lookout import keep_watch
from ui.drawing.exporting import Exports
from ui.frame.ending import keep_pages_in_bounds
from ui.frame.failures import explain
from ui.frame.fresh import Fresh
from ui.frame.guard import Guard, own_names
from ui.frame.head import Head
from ui.frame.identity import CLOSED, is_closed, is_open_room
from ui.frame.media import Media
from ui.frame.packing import Packing
from ui.walls.ahead import keep_ahead
from ui.walls.wall import Walls

LOG = logging.getLogger(__name__)


@asynccontextmanager
async def _warm(app: Any) -> AsyncIterator[None]:
    """Say by which names the dashboard answers, open the store before the first visitor comes, and keep what is loaded
    out of later collections."""
    LOG.warning(
        "可以用 IP 地址和这些名称打开：%s；还要用别的名称，设 DASHBOARD_HOSTS=名称,名称", "、".join(sorted(own_names()))
    )
    if is_open_room():
        LOG.warning("DASHBOARD_OPEN=1：能打开这个端口的人都能看全部案件、以任何身份办理。只用于可信的房间")
    try:
        reader = open_reader()
        if is_closed(reader):
            LOG.warning("%s", CLOSED)
        if trail := trail_of(reader):
            note_rights(trail, reader.profile)
        keep_ahead(open_reader, answers=os.environ.get("DASHBOARD_AHEAD", "") != "0")
        keep_watch(open_reader, os.environ.get("ALARM_URLS", ""), os.environ.get("ALARM_URLS_ABOVE", ""))
    except (DatabaseError, StoreError, ProfileError) as error:  # pages say it in words; the server starts
        LOG.error("%s", error)
    keep_pages_in_bounds()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)  # pages make many objects and few cycles: the search took 5 % of their time
    yield
    BACKGROUND.settle(5)


MIDDLEWARE = [Middleware(part) for part in (Guard, Media, Walls, Fresh, Exports, Head, Packing)]
app = st.App("ui/frame/shell.py", lifespan=_warm, middleware=MIDDLEWARE, on_script_error=explain)
