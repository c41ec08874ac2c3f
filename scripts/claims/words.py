"""Rates where some answers are in words that are not known: what they say, and whether their interval still holds."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from analysis.league import wilson
from data_access.cases.files import FileStore
from data_access.cases.reader import Reader
from data_access.district.profile import current_profile
from data_access.intake.importing import import_file
from scripts.claims import Claim

METHOD = "不认识的词"
UNITS, CALLBACKS = 40, 300
HEADER = ["工单编号", "来电时间", "主办单位", "是否有效回访", "是否联系", "是否解决", "满意度"]


def _imported(words: np.ndarray) -> pd.DataFrame:
    """The satisfaction rate by unit of callbacks with these words (units x callbacks), through a real import."""
    units, callbacks = words.shape
    rows = pd.DataFrame(dict.fromkeys(HEADER, "是"), index=range(units * callbacks))
    rows["工单编号"], rows["来电时间"] = rows.index, "2022-03-01"
    rows["主办单位"], rows["满意度"] = np.repeat([f"单位{n}" for n in range(units)], callbacks), words.ravel()
    profile = current_profile("dongcheng")
    with TemporaryDirectory() as folder:
        path, store = Path(folder) / "a.csv", FileStore(Path(folder) / "store")
        rows.to_csv(path, index=False)
        import_file(path, profile=profile, store=store)
        return Reader.of(store, profile).aggregate(["satisfaction_rate"], ["unit"])


def _some_unknown(share: float, rate: float) -> Claim:
    def trial(random: np.random.Generator) -> float:
        words = np.where(random.random((UNITS, CALLBACKS)) < rate, "满意", "不满意").astype(object)
        words[random.random(words.shape) < share] = "比较满意"
        found = _imported(words)
        low, high = wilson(found["satisfaction_rate__num"], found["satisfaction_rate__den"])
        return float(np.mean((low <= rate) & (rate <= high)))

    world = f"真值 {rate:.0%}，{CALLBACKS} 个回访，{share:.0%} 的用词不认识且与答复无关"
    return Claim(METHOD, world, "95% 区间含真值", 0.93, 0.97, trial, few=4, many=40)


def _all_unknown(random: np.random.Generator) -> float:
    words = random.choice(np.array(["比较满意", "5星", "一般", "是"], dtype=object), (UNITS, CALLBACKS))
    return float(_imported(words)["satisfaction_rate"].notna().mean())


CLAIMS = [
    Claim(METHOD, "回访的用词全不认识", "仍给出满意率", 0.0, 0.0, _all_unknown, few=2, many=10),
    _some_unknown(0.2, 0.9),
]
