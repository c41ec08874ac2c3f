"""Texts without what tells who somebody is, for those who may read what a case is about but not whom it concerns.

Numbers are masked when they come in (`masking`), with some digits left; here they go whole, and names, plates and doors
with them. What is found and what is missed is measured on labelled texts: docs/privacy.md.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data_access.cases.masking import masked

# The surnames of nearly everybody; the few that as a sign mostly mean something else (和 时 司 管 年) only where a word
# before or behind says that a person is named.
COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖"
    "范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤康常温文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉骆翁蓝冷辛路鲍艾闫肖祁"
    "占褚卫项桑柴屈卞岑戎娄滕邬芦米水洪管时"
)
COMPOUND = "欧阳|诸葛|上官|司马|司徒|夏侯|皇甫|慕容|令狐|尉迟|公孙|东方|南宫|端木|长孙|宇文"
SURNAME = rf"(?:{COMPOUND}|[{COMMON}])"
HAN = r"[\u4e00-\u9fff]"
TITLE = (
    "先生|女士|小姐|太太|师傅|大爷|大妈|大娘|大姐|大哥|阿姨|叔叔|奶奶|爷爷|老师|医生|大夫|护士|律师|警官|"
    "经理|主任|书记|局长|所长|队长|科长|处长|院长|校长|园长|老板|同志|某|"
    "[市区县镇乡村]长(?![期时度大达久年途安])"
)
# Where a title follows one of these, it belongs to no surname: 对方女士, 双方先生, 物业公司经理.
NO_SURNAME = re.compile(
    r"(?:[对双甲乙我各多四地官警厂校院校]方|[责主担兼]任|[提升最]高|[由关对等]于|社区主任|主管|管科|[小当临同平]时)$"
)
# Words that announce a person's whole name.
ROLE = (
    "反映人|联系人|投诉人|来电人|举报人|诉求人|当事人|委托人|申请人|负责人|责任人|被投诉人|法定代表人|法人|姓名|名字|名叫|我叫|叫做?|"
    "业主|租户|租客|租户|房东|二房东|户主|住户|车主|店主|店长|老板|患者|病人|死者|家属|市民|居民|村民|群众|学生|孩子|儿子|女儿|"
    "父亲|母亲|之父|之母|丈夫|妻子|老伴|邻居|隔壁|工人|职工|员工|司机|保安|快递员|包工头|经理|医生|大夫|律师|老师|教师|主任|"
    "工作人员|代理人|咨询|登记在|找|联系(?!方式)|被告|原告|网友|"
    "科长|局长|所长|队长|处长|院长|庭长|校长|董事长|组长|书记|法官|民警|警官"
)
ASIDE = r"(?:（[^（）]{0,6}）|\([^()]{0,6}\))?(?:[是为系叫]|姓名)?[:： 　]{0,2}"
# What may stand behind a name where no punctuation ends it.
BEHIND = (
    r"(?=$|[^\u4e00-\u9fff]|[一二三四五六七八九十两]|反映|来电|称|表示|说|投诉|举报|认为|要求|希望|询问|咨询|于|在|住|家|的|和|与|及|等|被|将|把|因|已|不|"
    r"从|到|向|对|为|是|要|未|无|乱|打|拒|拖|欠|失|养|代|之|再|又|也|就|还|有|没|等|老人|先生|女士|名下|处|本人|家长|兄弟)"
)
STOP = re.compile(r"(?:反映|来电|投诉|小区|胡同|大街|社区|街道|公司|单位|学校|部门|中心|医院|餐|馆|物业)")
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
NUMBER_WORD = "〇零一二三四五六七八九十百"


# Where an address stops being a lane's: at a number (of a numbered lane it is the name: 3条) and at whatever names a
# building or a door.
NUMBERED = re.compile(
    rf"[(（【\[]|[甲乙丙丁戊己附副第]?\d+(?!\d*[条巷])"
    rf"|[甲乙丙丁戊己附副第]?[{NUMBER_WORD}]+(?=号|单元|栋|幢|层|室|楼)|[A-Za-z]+\d*(?=[座栋区口])"
)
LANE = re.compile(r"[^\W\d_侧旁边口门楼号]{1,10}(?:胡同|大街|小区|[街路巷条里苑园弄村坊])")


@dataclass(frozen=True)
class Found:
    """A stretch of a text, and what it is: a name, a plate, a number, a door."""

    start: int
    end: int
    kind: str


PLATES = (
    rf"[{PROVINCES}] ?[A-HJ-NP-Za-hj-np-z] ?[·•.・\-]? ?(?:[A-HJ-NP-Za-hj-np-z\d] ?){{4,6}}[警学挂港澳领试超]?",
    r"使 ?\d{6}|(?<![A-Za-z\d])WJ ?[·•\-]?[\dA-Z]{6,7}",
    r"(?<=车牌)(?:尾号|号码|号牌|号)?[是为:： 　]*(?P<kept>[A-Za-z\d·]{3,8})",
    r"(?<=车号|号牌)[是为:： 　]*(?P<also>[A-Za-z\d·]{3,8})",
)
NUMBERS = (
    r"\+?\d{0,6}[ -]?\*[\d* -]*[\dXx]?",  # what the masking left
    r"(?<![A-Za-z\d])0\d{2,3}[- ]\d{7,8}(?!\d)",
)
UNIT = r"号楼|号院|号|栋|幢|单元|室|门(?=\d|$|[^\u4e00-\u9fff])|座(?=\d)"
DOOR_ONE = (
    rf"(?:[甲乙丙丁戊己附副]|第)?(?:\d{{1,4}}(?:[-—－]\d{{1,4}}){{0,3}}|[{NUMBER_WORD}]{{1,4}}(?!条))"
    rf"(?:[#＃](?=栋|幢|楼|单元))?(?:{UNIT}|(?<=[#＃])楼)"
)
LETTERED = r"(?<![A-Za-z\d])[A-Za-z]\d{0,2}(?:号楼|[栋幢座])(?:\d{3,4}(?![\d年])[室房]?)?"  # C3座1709
NO_DOOR = r"(?!线|汽油|公告|文件|令|店|信|下午|上午|晚|中午|早|开始|起|前|后|路|至|到|(?<=号)仍|当)"
DOORS = rf"(?<![\d月日/.A-Za-z])(?<!月 )(?:{DOOR_ONE}{NO_DOOR})+(?:\d{{3,4}})?|{LETTERED}"


NAME = rf"(?:(?:{COMPOUND}){HAN}{{1,2}}|[{COMMON}]{HAN}{{1,2}})"
NICK = "王李张刘陈杨赵吴周徐孙马胡郭何林罗郑谢宋唐许邓冯韩曹"
PATTERNS = [
    ("plate", re.compile("|".join(PLATES))),
    ("number", re.compile("|".join(NUMBERS))),
    ("door", re.compile(DOORS)),
    ("name", re.compile(rf"(?P<name>(?:{SURNAME}){HAN}{{0,2}}?)(?={TITLE})")),
    ("name", re.compile(rf"(?P<name>{SURNAME}某{{1,2}})")),
    ("name", re.compile(rf"(?<!同)姓(?P<name>{SURNAME})")),
    ("name", re.compile(rf"(?<!{HAN})(?P<name>[小老][{NICK}])(?!{HAN}?区)")),
    ("name", re.compile(rf"(?:{ROLE}){ASIDE}(?P<name>{NAME}|[小老][{NICK}]){BEHIND}")),
    ("name", re.compile(rf"(?P<name>{HAN}{{2,6}}[·•]{HAN}{{2,6}}?)(?:(?={TITLE})|{BEHIND})")),
]
SHOWN = {"name": "〔姓名〕", "plate": "〔车牌〕", "number": "〔号码〕", "door": "〔门牌〕"}
# Words of everyday letters that begin as a surname does, and are nobody's.
ORDINARY = re.compile(
    "谢谢|文明|安静|安全|安保|宁静|杜绝|顾客|顾问|许可证?|张贴|关怀|蓝天|温泉|段时间|申请书|石沉大海|马路边|高[一二三]|严肃性"
)
# No person: a place, or what a place is called after; and words that the tagger takes for names.
PLACE = re.compile(
    r"[街路巷里院园寺桥门店楼厦场馆站区村庄库口湖河]$|胡同|大街|小区|社区|公园|医院|学校|饭店|府井|[荫峰雨巾]"
)
OF_A_PLACE = re.compile(r"[路街巷里桥村园楼院寺庙口]|胡同|故居|旧址|大厦|小区|社区|[东西南北中]里|[东西南北中]区")


@functools.cache
def _tagger() -> Any:
    """Tells names from other words; a second to load, which is why it is not at every start."""
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg.POSTokenizer(jieba.Tokenizer())


def _said(text: str) -> Iterator[Found]:
    """What patterns find."""
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            group = next((name for name, value in match.groupdict().items() if value), 0)
            start, end = match.span(group)
            if kind == "name" and not _is_name(text, start, end):
                continue
            yield Found(start, end, kind)


def _is_name(text: str, start: int, end: int) -> bool:
    name = text[start:end]
    return not (NO_SURNAME.search(text[:end]) or STOP.search(name) or ORDINARY.fullmatch(name))


def _tagged(text: str) -> Iterator[Found]:
    """What the tagger takes for names: two to four signs, the first a surname, and no place."""
    at = 0
    for word in _tagger().cut(text):
        start, at = at, at + len(word.word)
        is_long = 2 <= len(word.word) <= 4
        if (
            word.flag.startswith("nr")
            and is_long
            and re.match(SURNAME, word.word)
            and not ORDINARY.fullmatch(word.word)
            and not PLACE.search(word.word)
            and not OF_A_PLACE.match(text, at)
        ):
            titled = re.search(rf"(?:{TITLE})$", word.word)
            yield Found(start, at - len(titled[0]) if titled else at, "name")


def found_in(text: str) -> list[Found]:
    """What is to be kept back of a text in which numbers are masked, from left to right; none overlaps another."""
    every = [*_said(text), *_tagged(text)]
    kept: list[Found] = []
    for one in sorted(every, key=lambda found: (found.start, -found.end)):
        if kept and one.start < kept[-1].end:
            if one.end > kept[-1].end:
                kept[-1] = Found(kept[-1].start, one.end, kept[-1].kind)
            continue
        if one.end > one.start:
            kept.append(one)
    return kept


@functools.lru_cache(maxsize=1 << 14)  # of a list's titles most are alike
def unnamed(text: str) -> str:
    """The text with a word in place of every name, plate, number of a person and door that is found."""
    plain, parts, at = masked(text), [], 0
    for one in found_in(plain):
        parts += [plain[at : one.start], SHOWN[one.kind]]
        at = one.end
    return "".join([*parts, plain[at:]])


def to_the_lane(address: str) -> str:
    """The address as far as its lane, street or estate; '' where none is told before a number."""
    plain = address.strip()
    cut = NUMBERED.search(plain)
    before = plain[: cut.start()] if cut else plain
    if len(before) < 2 and (lane := LANE.search(re.sub(DOORS, " ", plain))):
        before = lane[0]
    return unnamed(before) if len(before) >= 2 else ""
