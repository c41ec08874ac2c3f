# %% [markdown]
# 笔记本：`pip install -e .` 或 `sys.path` 里有看板的文件夹，就能在任何地方问同样的数。
# %%
from data_access import CaseFilter, catalog, open_reader, preset

reader = open_reader()
clock = reader.profile.settings.clock
catalog("办结")
# %% 上月各街道的受理量和解决率，与页面上的是同一个数
month = CaseFilter(period=preset("last_month", reader.as_of, clock), source="hotline")
streets = reader.aggregate(["volume", "resolution_rate"], "street", month, order_by="volume")
streets.head()
# %% 比率带着分子、分母，自己再合并也不会错
whole = streets["resolution_rate__num"].sum() / streets["resolution_rate__den"].sum()
# %% 与上年同期比，变化带 95% 区间；is_sure 为假的不要说升降
change = reader.changes("resolution_rate", month, "yoy")["resolution_rate"]
verdict = "升" if change.is_sure and change.change > 0 else "降" if change.is_sure else "不能确定"
# %% 接着用 pandas：每个星期几平均一天多少件
days = reader.aggregate("volume", "day", month)
by_weekday = days.groupby(days["day"].dt.dayofweek)["volume"].mean()
