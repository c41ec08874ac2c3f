"""What is asked about a file after its import: seldom of a usual one, and surely of one with a fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from data_access.cases.files import FileStore
from data_access.district.profile import current_profile
from data_access.intake.importing import ImportResult, import_file
from scripts.claims import Claim

METHOD = "导入后的核对"
HISTORY, DAYS = 90, 10  # days in the first file; days that follow, a file each
START = pd.Timestamp("2022-03-01 08:00")  # files are cut at eight o'clock: the first and last day are parts
HOURS = np.array([1] * 7 + [4, 8, 10, 10, 9, 6, 7, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1], dtype=float)
Fault = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def _world(random: np.random.Generator) -> pd.DataFrame:
    """Every case of the history and the days after it, as the source will know it in the end; time-ordered.

    Unlike what the rules assume: days differ by a fifth, blanks come in bad and good days, some classes come in bursts.
    """
    days = HISTORY + DAYS + 1
    weekday = np.array([1.1, 1.05, 1.0, 1.0, 1.0, 0.75, 0.7])[(START.dayofweek + np.arange(days)) % 7]
    counts = random.poisson(130 * weekday * np.exp(random.normal(0, 0.2, days)))
    day = np.repeat(np.arange(days), counts)
    size = len(day)
    hour = random.choice(24, size, p=HOURS / HOURS.sum())
    seconds = day * 86400 + hour * 3600 + random.integers(0, 3600, size)
    rows = pd.DataFrame({"来电时间": START.normalize() + pd.to_timedelta(seconds, unit="s")})
    rows["三级分类"] = _names(random, "分类", 300, size, day, bursts=25)
    rows["街道"] = _names(random, "街道", 17, size, day, tail=0.5)
    rows["主办单位"] = _names(random, "单位", 80, size, day)
    rows["受理渠道"] = _names(random, "渠道", 6, size, day)
    for name, rate in (("社区", 0.08), ("地址", 0.2), ("来电号码", 0.15)):
        daily = np.clip(rate * np.exp(random.normal(0, 0.2, days)), 0, 1)
        rows[name] = np.where(random.random(size) < daily[day], "", "有")
    delay = random.exponential(5 * 86400, size)
    rows["办结时间"] = rows["来电时间"] + pd.to_timedelta(delay.astype(int), unit="s")
    rows.loc[random.random(size) < 0.03, "办结时间"] = pd.NaT
    rows["满意度"] = random.choice(["满意", "基本满意", "不满意", ""], size, p=[0.6, 0.15, 0.1, 0.15])
    rows = rows.sort_values("来电时间", ignore_index=True)
    rows["工单编号"] = rows["来电时间"].dt.strftime("%Y%m%d") + [f"{n % 10**6:06}" for n in rows.index]
    return rows


def _names(
    random: np.random.Generator, word: str, many: int, size: int, day: np.ndarray, *, tail: float = 1.0, bursts: int = 0
) -> np.ndarray:
    """Names of a long tail; some come in bursts of a few days that other days do not know."""
    weights = np.arange(1, many + 1) ** -tail
    chosen = random.choice(many, size, p=weights / weights.sum())
    for _ in range(bursts):
        begins, one = random.integers(0, day.max()), random.integers(many // 3, many)
        hit = (day >= begins) & (day < begins + 3) & (random.random(size) < 0.02)
        chosen[hit] = one
    return np.char.add(word, chosen.astype(str))


def _file(rows: pd.DataFrame, since: pd.Timestamp | None, until: pd.Timestamp) -> pd.DataFrame:
    """What the source exports at `until`: the cases that are new or were closed since the last export."""
    known = rows[rows["来电时间"] < until].copy()
    not_yet = ~(known["办结时间"] < until)
    known.loc[not_yet, "办结时间"], known.loc[not_yet, "满意度"] = pd.NaT, ""
    return known if since is None else known[(known["来电时间"] >= since) | (known["办结时间"] >= since)]


def _imports(random: np.random.Generator, spans: list[int], fault: Fault | None = None) -> list[ImportResult]:
    """The results of imports after the history, each of so many days; the last file has the fault."""
    rows, profile = _world(random), current_profile("dongcheng")
    cuts = [START + pd.Timedelta(days=HISTORY + days) for days in np.cumsum([0, *spans])]
    results = []
    with TemporaryDirectory() as folder:
        path, store = Path(folder) / "a.csv", FileStore(Path(folder) / "store")
        for since, until in zip([None, *cuts], cuts, strict=False):
            file = _file(rows, since, until)
            if fault and until == cuts[-1]:
                file = fault(file.copy(), random)
            file.to_csv(path, index=False)
            results.append(import_file(path, profile=profile, store=store))
    return results


def _usual(random: np.random.Generator) -> float:
    return float(np.mean([bool(result.asked.lines) for result in _imports(random, [1] * DAYS)]))


def _told(world: str, words: str, fault: Fault, low: float = 0.95, days: int = 1, many: int = 10) -> Claim:
    def trial(random: np.random.Generator) -> bool:
        return any(words in line for line in _imports(random, [days], fault)[-1].asked.lines)

    return Claim(METHOD, world, f"“{words}…”", low, 1.0, trial, few=3, many=many)


def _some(file: pd.DataFrame, random: np.random.Generator, share: float) -> np.ndarray:
    """Rows of the file's last day, by chance."""
    return (file["来电时间"] >= file["来电时间"].max() - pd.Timedelta(days=1)) & (random.random(len(file)) < share)


def _blank(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    file.loc[_some(file, random, 0.3), "社区"] = ""
    return file


def _lost_column(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return file.drop(columns="地址")


def _misspelt(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    file.loc[_some(file, random, 0.1), "街道"] = "新街口"
    return file


def _no_street(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return file[file["街道"] != "街道0"]


def _one_second(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    file.loc[_some(file, random, 0.15), "来电时间"] = file["来电时间"].max()
    return file


def _days_only(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    file["来电时间"] = file["来电时间"].dt.normalize()
    return file


def _short_ids(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    rows = _some(file, random, 0.02)
    file.loc[rows, "工单编号"] = file.loc[rows, "工单编号"].str[4:]
    return file


def _thin_day(file: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Of the last whole day only a fifth came along."""
    day = file["来电时间"].max().normalize() - pd.Timedelta(days=1)
    lost = file["来电时间"].dt.normalize() == day
    return file[~(lost & (random.random(len(file)) < 0.8))]


CLAIMS = [
    Claim(
        METHOD, "每天一份寻常的文件（空缺、受理量、分类各有好日子坏日子）", "有一句", 0.0, 0.05, _usual, few=2, many=15
    ),
    _told("一列忽然多空三成", "“社区”空缺", _blank),
    _told("少了一列", "没有这些列", _lost_column),
    _told("一整天只来了两成", "受理量与往常", _thin_day, 0.9, days=3),
    _told("一成的件写成没见过的街道", "以前没有的街道", _misspelt),
    _told("最大的街道一件也没有", "一件也没有的街道", _no_street, many=40),
    _told("一成半的件同一秒受理", "同一秒受理", _one_second),
    _told("时刻丢了，只剩日期", "同一秒受理", _days_only),
    _told("百分之二的编号少了四位", "编号不像其余", _short_ids, 0.85),
]
