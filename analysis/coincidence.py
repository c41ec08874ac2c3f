"""More than coincidence: how far a match of two streams goes beyond what would have matched anyway.

An order matches when the other stream had a case near it within a window. Where that stream is dense, most orders
match by chance. So each order is compared with itself: at the same place, on the same weekday and hour, some weeks
earlier and later, would it have matched as well? That is the case-crossover design with references on both sides
(Maclure, American Journal of Epidemiology 133 (1991); Navidi, Biometrics 54 (1998)): places that differ, and that
change slowly, cancel out. What comes over the whole district at once (a storm) is taken out by the family's level.
"""

from __future__ import annotations

from collections.abc import Sequence

import h3
import numpy as np
import pandas as pd

MORE, LESS, UNSURE = "多于偶然", "少于偶然", "不能确定"
CONFIDENCE = 0.95
NEIGHBOURHOOD = 8  # H3 resolution, about half a kilometre: orders of one kind within it may share matches
LEAST = 10  # matches found and expected together; fewer make no normal sum


def chance(hits: pd.Series, references: pd.Series, now: pd.Series, usual: pd.Series) -> pd.Series:
    """The chance, 0..1, that an order would have matched anyway; NaN without references.

    `hits` of the order's `references` (other weeks, same place) had a match; `now`: how many cases of this family the
    whole district had within the order's window; `usual`: how many on average within those of the references; unknown
    (NaN) or 0 leaves the family's level out.

    Under a Poisson intensity of which the place has a fixed part, a window that holds 1-q empty ones at the usual level
    is empty with chance (1-q)^level; (1 + ln(1-q)/usual)^now is that without the bias of a noisy `now`. `noise` takes
    off what the noise of q from few references adds (second-order expansion).
    """
    q = hits / references.where(references > 0)
    usual = usual.where(usual > 0)
    # Where all references matched, the logarithm of none is replaced by one that gives 0 below.
    logarithm = np.log((1 - q).where(q < 1)).where(q < 1, -usual)
    empty = ((1 + logarithm / usual).clip(lower=0) ** now).where(usual.notna(), 1 - q)
    level = now / usual
    noise = level * (level - 1) / 2 * q / (1 - q).where(q < 1) / (references - 1).clip(lower=1)
    return 1 - (empty * (1 - noise.fillna(0.0))).clip(0, 1)


def beyond_chance(orders: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """How many matches were found, how many chance alone would have given, and what lies beyond. One row per `by`.

    Wants one row per order: `by`, family, h3_cell, found (0 or 1), chance (0..1); rows without a chance are left out.
    Columns: compared (orders), found, expected (matches by chance), excess ((rate - chance) / (1 - chance): the share
    matched of the orders that chance would have left unmatched), low, high (its 95 % interval, for all rows together:
    Bonferroni), verdict (MORE, LESS, UNSURE). The variance is that of a ratio of sums over neighbourhoods and families
    (linearised, Cochran 1977, 6.4), with Student's t for few of them.
    """
    from scipy.special import stdtrit  # loaded when somebody asks

    known = orders.dropna(subset=["chance"])
    known = known.assign(missed=1 - known["found"], free=1 - known["chance"], here=_neighbourhoods(known["h3_cell"]))
    keys = list(by) or ["whole"]
    known = known.assign(whole="") if not by else known
    sums = known.groupby(keys).agg(
        compared=("found", "size"), found=("found", "sum"), expected=("chance", "sum"),
        missed=("missed", "sum"), free=("free", "sum"),
    )  # fmt: skip
    ratio = (sums["missed"] / sums["free"].where(sums["free"] > 0)).rename("ratio")
    parts = known.groupby(list(dict.fromkeys([*keys, "family", "here"])))[["missed", "free"]].sum()
    parts = parts.reset_index().merge(ratio.reset_index(), on=keys)
    parts["rest"] = (parts["missed"] - parts["ratio"] * parts["free"]) ** 2
    rest = parts.groupby(keys)["rest"].agg(["sum", "size"])
    degrees = (rest["size"] - 1).where(rest["size"] > 1)
    error = (rest["sum"] * rest["size"] / degrees) ** 0.5 / sums["free"]
    width = stdtrit(degrees, 1 - (1 - CONFIDENCE) / 2 / max(len(sums), 1)) * error
    width = width.where(sums["found"] + sums["expected"] >= LEAST)
    found = sums.assign(excess=1 - ratio, low=1 - ratio - width, high=(1 - ratio + width).clip(upper=1))
    found["verdict"] = np.select([found["low"] > 0, found["high"] < 0], [MORE, LESS], UNSURE)
    columns = ["compared", "found", "expected", "excess", "low", "high", "verdict"]
    return found.reset_index()[[*by, *columns]]


def _neighbourhoods(cells: pd.Series) -> pd.Series:
    return cells.map({cell: h3.cell_to_parent(cell, NEIGHBOURHOOD) for cell in cells.unique()})
