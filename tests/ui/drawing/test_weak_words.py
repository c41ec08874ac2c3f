"""The first sentence of 薄弱环节: one group with its rate beside the whole's, and how many chance would name."""

from __future__ import annotations

import pandas as pd

from ui.drawing.weak_words import weakest_words

WHOLE = pd.Series({"resolution_rate": 0.941})


def test_the_weakest_stands_with_its_rate_and_what_chance_would_name() -> None:
    weak = pd.DataFrame([{"group": "平房居民", "said": "量大、解决率低", "resolution_rate": 0.912, "at_least": 35.4,
                          "by_chance": 0.02}])  # fmt: skip
    assert weakest_words(weak, WHOLE) == (
        "最薄弱的是<b>平房居民</b>（量大、解决率低）：解决率 <b>91.2%</b>，整体 94.1%，扣除偶然后至少多出 <b>35</b> 件未解决。"
        "这样的共 <b>1</b> 处；各处若其实一样，凭偶然也会列出不到 0.1 处。"
    )


def test_without_any_it_says_so() -> None:
    assert weakest_words(pd.DataFrame(), WHOLE) == "没有哪一处薄弱得超出偶然。"
