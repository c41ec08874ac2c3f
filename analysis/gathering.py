"""Whether more people than usual complain of one thing at one place within a week.

A place's week is set against its own half year: a Gamma prior over the places of its class, a count that spreads more
than Poisson's by the class's own measure, and the class's standing in the whole district now, so that a cold day makes
no gathering of every house. Of all places and classes looked at together, one in twenty named is false at most
(Benjamini & Hochberg 1995; windows that overlap depend on each other positively, where it holds: Benjamini & Yekutieli
2001). Measured: docs/methods.md, 一事多诉.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

Numbers = NDArray[np.float64]
FALSE = 0.05
FEW = 5.0  # cases that a class's standing is held back by: what is rare tells little
CROWD = 3.0  # standard deviations above its mean to which a place tells how its class stands


def gathered(history: pd.DataFrame, now: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """How unusual each place's week is.

    `history`: place, kind, week (0..weeks-1), cases; rows with cases only. `now`: place, kind, cases. Grain of the
    answer: one row of `now`; its columns and usual (cases a week, at present), p, is_more.
    """
    from scipy.stats import false_discovery_control  # loaded when somebody asks

    keys = ["place", "kind"]
    # How the class stood in the whole district in each week, 1 on average: a season is no spread of a place's own.
    by_week = history.groupby(["kind", "week"])["cases"].sum().unstack(fill_value=0)
    stood = by_week.reindex(columns=range(weeks), fill_value=0.0)
    stood = stood.div(stood.mean(axis=1), axis=0)
    at = stood.index.get_indexer(pd.Index(history["kind"])), history["week"].to_numpy()
    rows = history.assign(squares=history["cases"] ** 2, cross=history["cases"] * stood.to_numpy()[at])
    past = rows.groupby(keys)[["cases", "squares", "cross"]].sum().rename(columns={"cases": "whole"})
    every = past.join(now.set_index(keys)["cases"], how="outer").fillna(0.0)
    mean, kinds = every["whole"] / weeks, every.index.get_level_values("kind")
    # Of each class, over its places: how places differ (the prior), and how their weeks differ from what is expected.
    among = mean.groupby(kinds)
    middle, spread = among.transform("mean"), among.transform("var").fillna(0.0)
    between = np.maximum(spread - middle / weeks, 1e-3 * middle**2 + 1e-9)
    shape: pd.Series = middle**2 / between
    rate: pd.Series = middle / between
    waves = pd.Series((stood**2).sum(axis=1).reindex(kinds).fillna(0.0).to_numpy(), index=every.index)
    noise = (every["squares"] - 2 * mean * every["cross"] + mean**2 * waves).groupby(kinds).transform("sum")
    expected = (mean * (weeks - 1)).groupby(kinds).transform("sum")
    phi = np.maximum(noise / np.maximum(expected, 1e-9), 1.0)
    # The class now: never below its usual, so that a quiet week makes nothing unusual; one place's crowd held back.
    held = np.minimum(every["cases"], mean + CROWD * np.sqrt(mean) + 1)
    standing = (held.groupby(kinds).transform("sum") + FEW) / (among.transform("sum") + FEW)
    usual = (shape + every["whole"]) / (rate + weeks) * np.maximum(standing, 1.0)
    variance = np.maximum(phi * usual + usual**2 / (shape + every["whole"]), usual * (1 + 1e-6))
    # A class that nobody had before has no usual anywhere.
    p = np.where(middle > 0, _beyond(every["cases"].to_numpy(), usual.to_numpy(), variance.to_numpy()), 1.0)
    kept = false_discovery_control(p) <= FALSE if len(p) else np.zeros(0, dtype=bool)
    found = pd.DataFrame({"usual": usual, "p": p, "is_more": kept}, index=every.index)
    return now.join(found, on=keys)


def _beyond(count: Numbers, mean: Numbers, variance: Numbers) -> Numbers:
    """The chance of so many or more, by the negative binomial of that mean and variance."""
    size = mean**2 / (variance - mean)
    return np.asarray(np.where(count > 0, betainc(count, size, mean / (size + mean)), 1.0), dtype=float)
