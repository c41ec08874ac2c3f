"""The case store's tables. Grain of `cases`: one row per hotline work order or grid case.

Text is never null ('' = the source did not say), flags are 1, 0 or -1 (a word that is not known) and never null, so the
same aggregate expressions run on every engine. Times are naive Beijing time and may be null.
What every query would compute again (the day, the handling seconds, lateness) is stored at import.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False, server_default="")


def _flag(name: str) -> Column[int]:
    """1 yes, 0 no; UNREAD (-1) where the source's word is not known, so that a condition must say = 1 or = 0."""
    return Column(name, SmallInteger, nullable=False, server_default="0")


cases = Table(
    "cases",
    metadata,
    # The source's own number. `source` and `case_id` together are the key: a grid case may have an order's number. The
    # import's merge keeps it unique. An index would make loading twice as slow and queries no faster: the engine
    # skips blocks of rows by their least and greatest values.
    Column("case_id", String, nullable=False),
    Column("source", String, nullable=False),  # hotline | grid
    _text("channel"),  # 受理渠道 / 问题来源
    _text("request_type"),  # 投诉 求助 咨询 举报 建议 表扬; 事件 部件 for the grid
    # time
    Column("created_at", DateTime, nullable=False),
    Column("dispatched_at", DateTime),
    Column("due_at", DateTime),
    Column("closed_at", DateTime),
    Column("callback_at", DateTime),
    Column("updated_at", DateTime),  # when the source last touched the row, if it says
    # place
    _text("street"),
    _text("community"),
    _text("address"),
    Column("lon", Double),  # WGS-84
    Column("lat", Double),
    _text("h3_cell"),  # resolution 10, '' without coordinates
    # what it is about
    _text("category1"),
    _text("category2"),
    _text("category3"),
    _text("dimension"),  # 七有五性, from the profile's categories unless the source says
    _text("title"),
    _text("content"),
    _text("crowd"),  # 人群
    _text("industry"),  # 行业
    # handling
    _text("unit"),
    _text("unit_type"),  # 街道 部门 企业
    _text("status"),  # the source's own word
    _text("urgency"),  # limit class: 紧急 民生 一般 复杂
    Column("rework_count", Integer, nullable=False, server_default="0"),
    _flag("is_whistled"),
    # person
    _text("caller_key"),  # keyed hash, never the number
    _flag("is_group"),
    # assessment
    _flag("is_excluded"),  # 剔除
    _text("excluded_reason"),
    _flag("is_valid_callback"),
    _flag("is_contacted"),
    _text("resolution"),  # yes partly no, '' = blank; any other word is the source's own, and unknown
    _text("satisfaction"),  # a grade of the profile, '' = blank; any other word is the source's own, and unknown
    # stored at import
    Column("created_day", Date, nullable=False),
    Column("handling_seconds", BigInteger),  # closed_at - created_at; null while open or undated
    _flag("is_closed"),  # done: a closing time, or a status that says so
    _flag("is_late"),  # closed after due_at, or the source says 逾期; open lateness depends on as_of
    _flag("has_deadline"),  # a due time, or the source says whether it was on time
    _flag("is_repeat"),  # the caller's earlier case of the same category2 lies within the profile's window
    _flag("is_void"),  # 作废: kept, and out of every measure
    Column("batch_id", Integer, nullable=False),
)

# What happens to a case after it came in: the newest of them tells up to when the source knows.
EVENTS = (cases.c.dispatched_at, cases.c.closed_at, cases.c.callback_at, cases.c.updated_at)

# One row per import; rows_read = inserted + updated + unchanged + rejected.
import_batches = Table(
    "import_batches",
    metadata,
    Column("batch_id", Integer, nullable=False),
    Column("file_name", String, nullable=False),
    Column("file_sha256", String, nullable=False),
    Column("mapping", String, nullable=False),
    Column("source", String, nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("finished_at", DateTime, nullable=False),
    Column("rows_read", BigInteger, nullable=False),
    Column("inserted", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("notes", Text, nullable=False, server_default=""),  # JSON: unknown streets, categories, units with counts
)

# One row per source row that could not be read. Caller numbers are masked in `raw`.
rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("batch_id", Integer, nullable=False),
    Column("file_name", String, nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("column", String, nullable=False, server_default=""),
    Column("reason", String, nullable=False),
    Column("raw", Text, nullable=False),
)

# One row per case and flag whose word in the source is not known (the flag itself is -1), with that word.
unread_words = Table(
    "unread_words",
    metadata,
    Column("source", String, nullable=False),
    Column("case_id", String, nullable=False),
    Column("field", String, nullable=False),
    Column("word", String, nullable=False),
)

# One row per month, street ('' = the whole district), dimension and indicator of the 七有五性 index, from a sheet.
objective_values = Table(
    "objective_values",
    metadata,
    Column("month", Date, nullable=False),
    Column("street", String, nullable=False),
    Column("dimension", String, nullable=False),
    Column("indicator", String, nullable=False),
    Column("unit", String, nullable=False, server_default=""),
    Column("better", String, nullable=False),  # up | down
    Column("low", Double, nullable=False),  # goalposts
    Column("high", Double, nullable=False),
    Column("weight", Double, nullable=False),
    Column("value", Double, nullable=False),
    Column("batch_id", Integer, nullable=False),
)

# One row per key: profile name, synthetic (1 = demo data), seed.
store_info = Table(
    "store_info",
    metadata,
    Column("key", String, nullable=False),
    Column("value", String, nullable=False),
)

# What tells one row of a table from another. A refused row is told from none: it is only ever added.
KEYS: dict[str, tuple[str, ...]] = {
    cases.name: ("source", "case_id"),
    import_batches.name: ("batch_id",),
    unread_words.name: ("source", "case_id", "field"),
    objective_values.name: ("month", "street", "dimension", "indicator"),
    store_info.name: ("key",),
}
