"""From what was measured to the table of the documentation: pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Samples = Mapping[str, Mapping[str, Sequence[float]]]  # board -> kind -> values, one per time
NAMES = {"ours": "本看板", "superset": "Superset", "vizro": "Vizro"}
TIMES = {
    "new": "改筛选 → 画好，新值",
    "again": "同样的值再来",
    "first": "第一次打开",
    "second": "再打开",
    "list": "案件清单改筛选，新值",
    "crowd": "10 人同时看，接口上（每人每 3–7 秒改一次）",
    "export": "导出 5 万行",
}
AMOUNTS = {
    "first_bytes": ("第一次打开的字节（千字节）", 1 / 1000),
    "new_bytes": ("一次改动的字节（千字节）", 1 / 1000),
    "new_cpu": ("一次新值的服务器处理器时间（毫秒）", 1),
    "again_cpu": ("同样的值再来的服务器处理器时间（毫秒）", 1),
    "crowd_cpu": ("10 人时一次改动的处理器时间（毫秒）", 1),
    "memory": ("10 人看过以后的内存（MB，共用的只算一次）", 1),
}
UNKNOWN = "—"


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 in 100 do not exceed, between the two nearest; of one value that value."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def ratio(ours: Sequence[float], theirs: Sequence[float], of: Any = p50) -> str:
    """Ours as so many times theirs: below 1 we are ahead."""
    return f"{of(ours) / of(theirs):.2f}" if ours and theirs and of(theirs) else UNKNOWN


def _amount(value: float) -> str:
    return f"{value:,.0f}"


def table(samples: Samples) -> str:
    """The Markdown of both tables: a line per kind, ours beside the others, and the ratios to each."""
    others = [name for name in NAMES if name != "ours" and name in samples]
    shown = ["ours", *others]
    ratios = " | ".join(f"比 {NAMES[name]}（p50 · p95）" for name in others)
    lines = [
        f"| p50 / p95（毫秒，次数） | {' | '.join(NAMES[name] for name in shown)} | {ratios} |",
        "|---" * (1 + len(shown) + len(others)) + "|",
    ]
    for kind, words in TIMES.items():
        taken = {name: samples[name].get(kind, ()) for name in shown}
        cells = [f"{_amount(p50(v))} / {_amount(p95(v))}（{len(v)}）" if v else UNKNOWN for v in taken.values()]
        beside = [f"{ratio(taken['ours'], taken[name])} · {ratio(taken['ours'], taken[name], p95)}" for name in others]
        lines.append(f"| {words} | {' | '.join([*cells, *beside])} |")
    ratios = " | ".join(f"比 {NAMES[name]}" for name in others)
    lines += ["", f"| 中位数 | {' | '.join(NAMES[name] for name in shown)} | {ratios} |"]
    lines.append("|---" * (1 + len(shown) + len(others)) + "|")
    for kind, (words, scale) in AMOUNTS.items():
        taken = {name: samples[name].get(kind, ()) for name in shown}
        cells = [_amount(p50(values) * scale) if values else UNKNOWN for values in taken.values()]
        lines.append(f"| {words} | {' | '.join([*cells, *(ratio(taken['ours'], taken[name]) for name in others)])} |")
    return "\n".join(lines)


def between(text: str, start: str, end: str, new: str) -> str:
    """The text with what stands between two marks replaced; raises `ValueError` where a mark is missing."""
    before, _, rest = text.partition(start)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"no {start} … {end}")
    return f"{before}{start}\n{new}\n{mark}{after}"
