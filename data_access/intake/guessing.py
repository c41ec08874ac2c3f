"""A first mapping for an unknown layout, to be read and edited by whoever knows the file."""

from __future__ import annotations

import re
from pathlib import Path

from data_access.district.profile import Profile
from data_access.intake.importing import ImportFailed
from data_access.intake.mapping import CALLER, REQUIRED, WHOLE_ROW, load_mapping, shipped_mappings
from data_access.intake.reading import UnreadableFile, open_file

# Words in a header that speak for a field, the more telling ones first.
HINTS = {
    "case_id": ("工单编号", "案件编号", "案件号", "工单号", "编号", "单号", "REC_ID", "ID"),
    "created_at": ("来电时间", "受理时间", "创建时间", "上报时间", "登记时间", "CREATE_TIME", "时间", "日期"),
    "dispatched_at": ("派单时间", "立案时间", "派遣时间"),
    "due_at": ("截止时间", "处置截止时间", "时限"),
    "closed_at": ("办结时间", "结案时间", "处置结束时间", "完成时间"),
    "callback_at": ("回访时间",),
    "updated_at": ("更新时间", "修改时间"),
    "street": ("街道", "街乡镇", "STREET_NAME"),
    "community": ("社区", "村社区", "COMMUNITY_NAME"),
    "address": ("地址", "点位", "位置"),
    "lon": ("经度", "lon", "lng"),
    "lat": ("纬度", "lat"),
    "category1": ("一级分类", "大类", "EVENT_TYPE_NAME"),
    "category2": ("二级分类", "小类", "MAIN_TYPE_NAME"),
    "category3": ("三级分类", "细类", "SUB_TYPE_NAME"),
    "title": ("标题", "主题"),
    "content": ("主要内容", "内容", "详情", "描述"),
    "unit": ("承办单位", "主办单位", "处置部门", "办理单位", "DISPOSE_UNIT_NAME"),
    "channel": ("受理渠道", "渠道", "问题来源", "来源", "EVENT_SRC_NAME"),
    "request_type": ("诉求类型", "工单类型", "案件类型", "EVENT_PROPERTY_NAME"),
    "status": ("状态", "当前阶段", "ACHIEVE"),
    "is_excluded": ("是否剔除",),
    "is_valid_callback": ("有效回访",),
    "is_contacted": ("是否联系",),
    "resolution": ("是否解决", "解决情况"),
    "satisfaction": ("满意度", "是否满意"),
    CALLER: ("来电号码", "联系电话", "联系方式", "手机号", "电话", "用户"),
}
SAMPLES = 3


def _match(header: list[str], known: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Field -> header: equal names first, then contained ones; every header is used once."""
    header_of: dict[str, str] = {}
    for exact in (True, False):
        for field, words in known.items():
            for word in words:
                fits = [name for name in header if name == word or (not exact and word.lower() in name.lower())]
                free = [name for name in fits if name not in header_of.values()]
                if field not in header_of and free:
                    header_of[field] = free[0]
    return header_of


def _known(profile: Profile) -> dict[str, tuple[str, ...]]:
    """What the profile's own mappings call each field, before the general hints."""
    known = dict(HINTS)
    for path in shipped_mappings(profile).values():
        for field, headers in load_mapping(path).columns.items():
            known[field] = (*headers, *known.get(field, ()))
    return known


def _comment(samples: dict[str, list[str]], header: str) -> str:
    shown = "、".join(re.sub(r"\s+", " ", value)[:20] for value in samples.get(header, []) if value.strip())
    return f"  # 例：{shown}" if shown else ""


def guess_mapping(path: Path, profile: Profile) -> str:
    """TOML text proposing a mapping for the file; raises `ImportFailed` when it cannot be read."""
    try:
        opened = open_file(path)
        first = next(iter(opened.chunks()))
    except UnreadableFile as error:
        raise ImportFailed(str(error)) from error
    columns = [column.slice(0, SAMPLES).to_pylist() for column in first.columns]
    samples = {name: [value or "" for value in values] for name, values in zip(opened.header, columns, strict=False)}
    header_of = _match([name for name in opened.header if name], _known(profile))
    header_of.setdefault("case_id", WHOLE_ROW)
    lines = [
        f"# 为 {path.name} 建议的字段对照表，请逐行核对后使用：",
        "# python -m data_access import --mapping 本文件 数据文件",
        f"label = {_quoted(path.stem)}",
        'source = "hotline"  # 热线 hotline，网格 grid',
        'crs = "WGS-84"  # 坐标系：WGS-84、GCJ-02、BD-09',
        "",
        "[columns]",
    ]
    for field in HINTS:
        if field in header_of:
            # No samples of callers' numbers: they would stand readable in the file.
            private = "  # 只存为密钥散列" if field == CALLER else _comment(samples, header_of[field])
            lines.append(f"{field} = {_quoted(header_of[field])}{private}")
        elif field in REQUIRED:
            lines.append(f'# {field} = "…"  # 必填：请写上对应的列名')
    unused = [name for name in opened.header if name and name not in header_of.values()]
    lines += ["", *(f"# 未使用的列：{name}{_comment(samples, name)}" for name in unused)]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
