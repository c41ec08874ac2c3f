"""Charts as pictures, drawn without a browser and without a network (vl-convert), in the fonts of this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ui.style.theme import FONT, LIGHT, in_colours

Drawing = dict[str, Any]  # as ui.drawing.vega has it
WIDTH = 640  # pixels at scale 1; paper is narrower than a screen


def _spec(drawn: Drawing, title: str, lines: Sequence[str]) -> dict[str, Any]:
    """The chart as Vega-Lite on its own, with its rows inside. `lines`: of what it is, above it."""
    datasets = {
        name: json.loads(frame.to_json(orient="records", date_format="iso", force_ascii=False))
        for name, frame in drawn["datasets"].items()
    }
    own = {name: part for name, part in drawn.items() if name != "usermeta"}
    whole = in_colours({**own, "datasets": datasets, "width": own.get("width", WIDTH)}, LIGHT)
    whole["config"] = {**whole["config"], "background": "white"}
    if title:
        whole["title"] = _title(title, lines)
    return whole


def _title(title: str, lines: Sequence[str]) -> dict[str, Any]:
    looks = {"anchor": "start", "fontWeight": "normal", "font": FONT, "subtitleFont": FONT}
    if not lines:
        return {"text": title, **looks}
    return {"text": title, **looks, "fontSize": 16, "subtitle": list(lines), "subtitleColor": LIGHT.soft_text,
            "subtitlePadding": 6, "subtitleLineHeight": 16, "offset": 14}  # fmt: skip


def png(drawn: Drawing, title: str = "", *, scale: float = 2.0, lines: Sequence[str] = ()) -> bytes:
    """The chart as PNG. Pictures from elsewhere are not loaded."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_spec(drawn, title, lines), scale=scale, allowed_base_urls=[]))


def svg(drawn: Drawing, title: str = "", *, lines: Sequence[str] = ()) -> str:
    """The chart as SVG."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_spec(drawn, title, lines), allowed_base_urls=[]))


def words_only(text: str) -> Drawing:
    """A picture that only says something: why there is no other."""
    import pandas as pd

    layer = {"mark": {"type": "text", "align": "left"}, "encoding": {"x": {"value": 10}, "text": {"field": "reason"}}}
    return {
        "data": {"name": "rows"},
        "datasets": {"rows": pd.DataFrame({"reason": [text]})},
        "height": 60,
        "layer": [layer],
    }
