"""The trail's records as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from data_access.cases.dimensions import DIMENSIONS
from data_access.cases.filters import status_label
from data_access.trail.schema import KINDS

LABELS = {
    "at": "时间", "who": "人", "role": "角色", "unit": "单位", "did": "做了什么", "what": "对象", "told": "详情",
    "address": "地址", "result": "结果", "seq": "序号", "since": "开始", "count": "次数", "sign": "迹象",
}  # fmt: skip
SHOWN = ["at", "who", "role", "unit", "did", "what", "told", "address", "result", "seq"]
CONDITIONS = {"period": "时段", "days": "起止", "status": "状态", "state": "状态",
              "text": "查找", "case": "案件", "case_id": "案件", "matter": "事项",
              "person": "人", "kinds": "类别"}  # fmt: skip
DETAILS = {"rows": "行数", "columns": "列", "street": "街道", "unit": "单位", "stage": "到", "why": "原因",
           "records": "条数", "older_than": "早于", "through": "到第几条", "version": "版本", "files": "文件",
           "read": "读取", "inserted": "新增", "updated": "更新", "rejected": "隔离", "move": "步骤",
           "sql": "语句"}  # fmt: skip


def _named(name: str) -> str:
    return CONDITIONS.get(name) or (DIMENSIONS[name].label if name in DIMENSIONS else name)


def _valued(name: str, values: Any) -> str:
    listed = values if isinstance(values, list) else [values]
    return "、".join(status_label(value) if name == "status" else str(value) for value in listed)


def in_words(details: Mapping[str, Any]) -> str:
    """A record's details in one line."""
    given = dict(details.get("filter", {}))
    stretch = [given.pop(name, [""])[0].replace("T00:00:00", "").replace("T", " ") for name in ("start", "end")]
    asked = [f"{stretch[0]} 至 {stretch[1]}"] if any(stretch) else []
    asked += [f"{_named(name)}：{_valued(name, values)}" for name, values in given.items()]
    told = [
        f"{DETAILS[name]}：{_valued(name, values)}" for name, values in details.items() if name in DETAILS and values
    ]
    return "；".join(asked + told)


def as_read(records: pd.DataFrame) -> pd.DataFrame:
    """The records with the columns of SHOWN."""
    return records.assign(
        did=records["kind"].map(lambda kind: KINDS.get(kind, kind)), told=records["details"].map(in_words)
    )[SHOWN]
