"""The files of a new district's profile: tables, settings, rules to begin with, and a list of what to look at."""

from __future__ import annotations

import csv
import io
import re
import string
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from data_access.district.models import Row
from data_access.district.profile import Profile
from data_access.district.programmes import Person
from data_access.district.spelling import Pair
from data_access.district.vocabulary import SOURCES
from data_access.district.words import TEXTS
from data_access.intake.founding import Found, Rows

SHIPPED = Path(__file__).resolve().parents[1] / "profiles"  # the program's own, also where the district's lie elsewhere
SIZED = {"streets.csv": "街道", "communities.csv": "社区", "units.csv": "单位", "categories.csv": "三级分类"}
KINDS = {"street": "街道", "community": "社区", "unit": "单位", "category": "分类"}
# Rules that no district has published: copied, so that the pages and walls stand at once, and edited from there.
RULES = ("programmes.toml", "wall.toml", "indicators.toml", "keywords.toml")
PEOPLE: Rows = [{"name": "值班员甲", "role": "指挥中心"}, {"name": "区领导甲", "role": "区领导"}]
# Words of a status that say that a case is done, unless they say the contrary.
DONE = re.compile(r"结|完成|已解决|closed|resolved|done|complete", re.IGNORECASE)
NOT_DONE = re.compile(r"未|不|待|中$|open|pending|progress|incomplete", re.IGNORECASE)
# Screen of the walls -> what it cannot do without, and how that is said.
NEEDS = {
    "rates": ("callbacks", "没有回访"),
    "livelihood": ("dimension", "没有七有五性归类"),
    "topics": ("topics", "没有每月一题"),
}


def write_settings(draft: Path, answers: dict[str, str], found: Found) -> None:
    draft.mkdir(parents=True, exist_ok=True)
    box = ", ".join(f"{edge:g}" for edge in found.box) if found.box else "西, 南, 东, 北"
    told = "数据里坐标的范围，核对后去掉 #；在外的坐标导入时舍去" if found.box else "坐标的范围，在外的坐标导入时舍去"
    grades = [f"# {_quoted(word)} = 1   # 数据里 {count:,} 件，算多少请自定" for word, count in found.grades.items()]
    words = []
    for source in SOURCES:
        listed = found.words.get(source, {})
        words.append(f"# [words.{source}]   # {SOURCES[source]}")
        words += [f"# {name} = [{', '.join(map(_quoted, listed[name]))}]   # {TEXTS[name]}" for name in listed]
    plain = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in answers.items()}
    template = string.Template((SHIPPED / "new_district.toml").read_text(encoding="utf-8"))
    text = template.substitute(
        plain, box=f"# bbox = [{box}]   # {told}", grades="\n".join([*grades, ""]), words="\n".join(words)
    )
    (draft / "district.toml").write_text(text, encoding="utf-8")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table_text(model: type[Row], rows: Rows) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(model.model_fields), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_table(path: Path, model: type[Row], rows: Rows) -> None:
    path.write_text(table_text(model, rows), encoding="utf-8")


def copy_rules(draft: Path, like: Profile, found: Found) -> None:
    """Copy the rules that a district can begin with; only what its cases can feed is on the wall's round."""
    for name in RULES:
        source = like.folder / name
        if not source.exists() or (name == "keywords.toml" and found.cases and "text" not in found.has):
            continue
        text = source.read_text(encoding="utf-8")
        if name == "indicators.toml":
            text = re.sub(r"base_year = \d+", f"base_year = {_base_year(found)}", text)
        if name == "wall.toml":
            text = re.sub(r"screens = \[.*\]", lambda round_: _round(round_.group(), found), text, count=1)
        (draft / name).write_text(f"# 抄自 {like.name}，默认口径，请按本区的改。\n{text}", encoding="utf-8")
    write_table(draft / "people.csv", Person, PEOPLE)


def _base_year(found: Found) -> int:
    """The first year that the cases cover from its first days; where there is none, the one in which they begin."""
    if not found.span:
        return date.today().year
    first, last = found.span
    return first.year if first.timetuple().tm_yday <= 10 or first.year == last.year else first.year + 1


def _round(screens: str, found: Found) -> str:
    shown = re.findall(r'"(\w+)"', screens)
    left_out = {name: NEEDS[name][1] for name in shown if name in NEEDS and NEEDS[name][0] not in found.has}
    kept = ", ".join(f'"{name}"' for name in shown if name not in left_out)
    why = "、".join(f"{name}（{reason}）" for name, reason in left_out.items())
    return f"screens = [{kept}]" + (f"   # 补上数据后可加：{why}" if why else "")


def pair_words(pair: Pair, counts: Mapping[str, Mapping[str, int]]) -> str:
    shown = [f"“{name}”（{counts[pair.kind].get(name, 0):,} 件）" for name in (pair.kept, pair.other)]
    return f"{KINDS[pair.kind]} {shown[0]}与{shown[1]}"


def checklist(name: str, found: Found) -> str:
    """README.md of a new profile: what was found, and what a person has to look at."""
    lines = [
        f"# {name}区情配置",
        "",
        "由 profile new 写出，每个文件都可以直接编辑；改完用 profile check 核对，重启生效。",
        "",
    ]
    if found.span:
        first, last = (f"{moment:%Y-%m-%d}" for moment in found.span)
        lines += [f"底稿来自 {found.cases:,} 件（{first} 至 {last}）：{sizes(found)}。", ""]
    lines += ["## 请核对", "", *(f"- {line}" for line in _to_do(found)), ""]
    if found.unsure:
        lines += [
            "## 看着像一处两写的",
            "",
            "没有合并。是同一处的，删去后一行，把它写进前一行的 aliases（用 | 分开）。",
            "",
        ]
        lines += [f"- {pair_words(pair, found.counts)}" for pair in found.unsure]
        lines.append("")
    for kind, counts in found.counts.items():
        lines += [f"## {KINDS[kind]}（件数）", "", *(f"- {name} {count:,}" for name, count in counts.items()), ""]
    return "\n".join(lines)


def _to_do(found: Found) -> list[str]:
    tables = found.tables
    lines = ["district.toml：考核期起止、三率权重、满意度的折算、人口"]
    if not tables.get("streets.csv"):
        lines.append("streets.csv：还没有街道，一行写一个（name 必填）；或导入以后用 profile new --update 补上")
    if tables.get("units.csv"):
        lines.append("units.csv：unit_type（街道、部门、企业）多数是按名称猜的")
    if tables.get("categories.csv") and "dimension" not in found.has:
        lines.append("categories.csv：dimension（七有五性）空着，填了才有七有五性指数；再导入一次即生效")
    return [*lines, "people.csv：办理人的姓名和角色（现在是两个代称）", "mappings/：每一列读作什么"]


def sizes(found: Found) -> str:
    return "、".join(f"{SIZED[name]} {len(rows)}" for name, rows in found.tables.items() if rows) or "没有名称"


def read_closed(path: Path, found: Found) -> list[str]:
    """Let a proposed mapping that has no closing time read from the status whether a case is done.

    Returns the words that say so, [] where there is nothing to read.
    """
    text = path.read_text(encoding="utf-8")
    status = re.search(r"^status = (.+)$", text, re.MULTILINE)
    words = [word for listed in found.words.values() for word in listed.get("status", {})]
    done = [word for word in words if DONE.search(word) and not NOT_DONE.search(word)]
    if not status or not done or re.search(r"^(closed_at|is_closed) = ", text, re.MULTILINE):
        return []
    values = [f"{_quoted(word)} = {int(word in done)}" for word in words]
    text = text.replace(status.group(), f"{status.group()}\nis_closed = {status[1]}", 1)
    path.write_text("\n".join([text, "# 状态里哪些词算办结", "[values.is_closed]", *values, ""]), encoding="utf-8")
    return done
