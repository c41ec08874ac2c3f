"""What each stored column holds, in Chinese: beside the editor of 探索 and in docs/reference.md."""

from __future__ import annotations

TABLES = {
    "cases": "案件：一行一件热线工单或网格案件",
    "import_batches": "导入批次：一行一次导入",
    "rejected_rows": "隔离的行：一行一条读不了的来源数据",
    "unread_words": "未识别的用词：一行一件案件的一个字段",
    "objective_values": "客观指标：一行一个月、街道、指标",
    "store_info": "库的说明：一行一项",
}
# Of `cases`. Times are Beijing's; texts are '' where the source did not say; flags are 1, 0, or -1 for a strange word.
MEANINGS = {
    "case_id": "编号，来源自己的", "source": "来源：hotline 热线，grid 网格", "channel": "受理渠道、问题来源",
    "request_type": "诉求类型：投诉、求助、咨询…；网格为事件、部件",
    "created_at": "受理时间（北京时间）", "dispatched_at": "派单时间；未派为空", "due_at": "截止时间；没有时限为空",
    "closed_at": "办结时间；未办结为空", "callback_at": "回访时间；未回访为空", "updated_at": "来源最后改动的时间",
    "district": "区；有几个区的市才有", "street": "街道", "community": "社区", "address": "地址",
    "lon": "经度 WGS-84；没有点位为空", "lat": "纬度 WGS-84；没有点位为空", "h3_cell": "H3 网格单元，10 级",
    "category1": "一级分类", "category2": "二级分类", "category3": "三级分类", "dimension": "七有五性",
    "title": "标题", "content": "内容", "crowd": "人群", "industry": "行业",
    "unit": "承办单位", "unit_type": "单位类别：街道、部门、企业", "status": "状态，来源的原词",
    "urgency": "时限类别：紧急、民生、一般、复杂", "rework_count": "返工次数",
    "is_whistled": "是否吹哨：1 是 0 否 -1 未识别",
    "caller_key": "诉求人代号，不是号码，也不是散列；看板重启后换一批", "is_group": "是否群体诉求：1 是 0 否 -1 未识别",
    "is_excluded": "是否剔除：1 是 0 否 -1 未识别", "excluded_reason": "剔除原因",
    "is_valid_callback": "回访是否有效：1 是 0 否 -1 未识别", "is_contacted": "是否已联系：1 是 0 否 -1 未识别",
    "resolution": "解决结果：yes 解决、partly 部分、no 未解决，其他为来源的原词", "satisfaction": "满意度，各档用词",
    "created_day": "受理日", "handling_seconds": "办理用时，秒；未办结为空",
    "is_closed": "是否办结：1 是 0 否 -1 未识别",
    "is_late": "是否逾期办结：1 是 0 否 -1 未识别；未办结的是否逾期要比 due_at",
    "has_deadline": "是否有时限：1 是 0 否", "is_repeat": "是否重复诉求：1 是 0 否",
    "is_void": "是否作废：1 作废，不进任何指标", "batch_id": "导入批次号",
}  # fmt: skip
# What a statement of somebody's own may call (data_access/cases/statements.py), by what it is for.
CALLABLE = {
    "汇总": ("count", "count_if", "sum", "avg", "min", "max", "median", "quantile_cont", "stddev", "variance", "corr",
           "arg_max", "arg_min", "mode", "string_agg", "any_value", "approx_count_distinct"),
    "逐行比较（OVER）": ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead",
                   "first_value", "last_value", "nth_value"),
    "条件与类型": ("case", "if", "coalesce", "nullif", "cast", "try_cast", "greatest", "least", "exists"),
    "数": ("abs", "round", "ceil", "floor", "sqrt", "ln", "log", "exp", "pow", "sign", "mod"),
    "文字": ("length", "lower", "upper", "trim", "substring", "left", "right", "replace", "concat", "concat_ws",
           "strpos", "contains", "starts_with", "regexp_matches", "regexp_replace", "regexp_extract", "split_part",
           "like", "ilike"),
    "时间": ("date_trunc", "extract", "date_part", "date_diff", "year", "quarter", "month", "day", "week", "dayofweek",
           "isodow", "weekday", "hour", "minute", "strftime", "epoch"),
}  # fmt: skip
