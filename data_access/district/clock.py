"""How a district tells the time: its assessment month and day, how far data may lag, the stretches of a day."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from data_access.district.rows import Row


class HourBand(Row):
    """A stretch of the day, from a whole hour on."""

    name: str = Field(pattern=r"^[\w（）–-]+$")
    start: int = Field(ge=0, le=23)


HOUR_BANDS = tuple(HourBand(name=name, start=start) for name, start in (
    ("清晨（5–8时）", 5), ("上午（8–12时）", 8), ("午间（12–14时）", 12), ("下午（14–18时）", 14),
    ("晚间（18–22时）", 18), ("夜间（22–5时）", 22)))  # fmt: skip


class NamedHours(Row):
    """Hours that have a name (早高峰): from one whole hour to before another."""

    name: str = Field(pattern=r"^\w+$")
    start: int = Field(ge=0, le=23)
    end: int = Field(ge=1, le=24)

    @model_validator(mode="after")
    def _in_order(self) -> NamedHours:
        if self.end <= self.start:
            raise ValueError(f"{self.name}：end 要晚于 start")
        return self

    def told(self, word: str) -> str:
        """What the word was taken for, where it is this name; else ''."""
        return (
            f"“{self.name}”按 {self.start}–{self.end} 时（默认口径，可配置），不分工作日" if word == self.name else ""
        )


RUSH_HOURS = (NamedHours(name="早高峰", start=7, end=9), NamedHours(name="晚高峰", start=17, end=19))


class Clock(Row):
    assessment_month_start: int = Field(ge=1, le=28)
    assessment_day_start: int = Field(ge=0, le=23)
    stale_after_hours: float = Field(gt=0)
    repeat_window_days: int = Field(gt=0)
    # 同比 of days and weeks: the same weekdays (52 weeks before), or the same dates.
    yoy: Literal["weekday", "date"] = "weekday"
    # Cases that came in so many days ago hardly change any more: they are compared as they stand.
    settled_after_days: int = Field(default=60, ge=1)
    # Stretches of the day, in order; the last one runs over midnight to the first.
    hour_bands: tuple[HourBand, ...] = Field(default=HOUR_BANDS, min_length=1)
    # Hours that questions name: none are official.
    rush_hours: tuple[NamedHours, ...] = RUSH_HOURS

    @model_validator(mode="after")
    def _bands_in_order(self) -> Clock:
        starts = [band.start for band in self.hour_bands]
        if starts != sorted(set(starts)):
            raise ValueError("hour_bands 要按开始的小时从小到大，不能重复")
        return self
