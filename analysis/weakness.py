"""Weak spots (薄弱环节): where much comes in, little is solved, people come again, and it gets worse.

A group's rate is shrunk towards the whole's by what chance alone would scatter (empirical Bayes, Marshall 1991), so
that a group of three cases leads no list. Of the four signs one is a plain comparison (many); the others are said only
where chance would hardly say them: of the groups that show one, at most 5 % do so by chance (Benjamini and Hochberg,
Controlling the false discovery rate, JRSS B 57, 1995).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SIGNS = {"many": "量大", "unsolved": "解决率低", "again": "重复多", "worse": "在恶化"}
WRONG = 0.05  # the share of the groups with a sign that may have it by chance


def shrunken(successes: pd.Series, trials: pd.Series) -> pd.Series:
    """Marshall's global empirical-Bayes estimate of each group's rate, 0..1; the whole's rate where nothing is known.

    Source: R. J. Marshall, Mapping disease and mortality rates using empirical Bayes estimators, Applied
    Statistics 40 (1991), with the binomial variance m(1-m)/n in place of the Poisson one.
    """
    known = trials > 0
    total = float(trials[known].sum())
    if not total:
        return pd.Series(float("nan"), index=trials.index)
    mean = float(successes[known].sum()) / total
    rate = (successes / trials.where(known)).fillna(mean)
    scatter = float((trials * (rate - mean) ** 2).sum()) / total
    between = max(scatter - mean * (1 - mean) / (total / int(known.sum())), 0.0)
    by_chance = mean * (1 - mean) / trials.where(known)
    # 0/0 where the groups' rates do not differ at all (all 0 % or all 100 %): each then gets the whole's rate.
    trust = (between / (between + by_chance)).fillna(0.0)
    return mean + trust * (rate - mean)


def chance_of_more(events: pd.Series, trials: pd.Series, alike: float = 1.0) -> pd.Series:
    """How often chance gives a group as many events, were its rate that of all others together; NaN where unknown.

    A binomial tail. `alike`: trials that come together and turn out the same (one person's calls) and count as one.
    """
    from scipy.special import betainc

    others = (trials.sum() - trials).where(trials > 0)
    others = others.where(others > 0)
    rest = ((events.sum() - events) / others).clip(0.0, 1.0)
    size = alike * (1 + trials / others)  # the others' rate is no more certain than they are many
    tail = betainc(events.clip(lower=1e-9) / size, (trials - events).clip(lower=0.0) / size + 1, rest)
    return pd.Series(np.where(events > 0, tail, 1.0), index=events.index).where(others.notna())


def chance_of_rise(volume: pd.Series, base: pd.Series) -> pd.Series:
    """How often chance gives a group such a volume after such a base, had it grown as all did; NaN where unknown.

    Groups scatter as widely as these do, so one that leaps widens its own scatter: by a factor (quasi-binomial), or by
    one that grows with a group's size (D. A. Williams, Extra-binomial variation in logistic linear models, Applied
    Statistics 31, 1982), whichever is wider. Places and kinds waver by so many percent, which in a large group is much
    more than chance.
    """
    from scipy.stats import t

    both = (volume + base).where(lambda sums: sums > 0)
    whole = float(volume[both.notna()].sum() / max(float(both.sum()), 1.0))
    variance = both * whole * (1 - whole)
    variance = variance.where(variance > 0)
    away = volume - both * whole
    squares, more = away**2 / variance, both - 1
    wider = 1 + _alike(squares.to_numpy(float), more.to_numpy(float)) * more
    scatter = wider.clip(lower=max(1.0, float(squares.mean())))
    # Half a case less: counts are whole.
    tails = t.sf((away - 0.5) / np.sqrt(variance * scatter), max(int(both.notna().sum()) - 1, 1))
    return pd.Series(tails, index=volume.index)


def _alike(squares: np.ndarray, more: np.ndarray) -> float:
    """How alike two cases of a group are, 0 = by chance: at which the groups' squared residuals average to one."""
    known = ~np.isnan(squares)
    squares, more = squares[known], more[known]

    def too_wide(alike: float) -> bool:
        return bool((squares / (1 + alike * more)).sum() > len(squares) - 1)

    low, high = 0.0, 1.0
    if not too_wide(low):
        return low
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if too_wide(middle) else (low, middle)
    return high


def found(chances: pd.Series) -> pd.Series:
    """Which of them are too small for chance (bool): of those found, at most WRONG are."""
    from scipy.stats import false_discovery_control

    known = chances.dropna()
    kept = pd.Series(false_discovery_control(known) <= WRONG, index=known.index) if len(known) else known > 0
    return kept.reindex(chances.index, fill_value=False).astype(bool)


def _least(events: pd.Series, trials: pd.Series, alike: float, error: float) -> pd.Series:
    """Wilson's lower limit of the rates of events, above the true one with a probability of `error`."""
    from scipy.stats import norm

    z, size = norm.isf(error), (trials / alike).where(trials > 0)
    rate = events / trials.where(trials > 0)
    width = z * np.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2))
    return (rate + z**2 / (2 * size) - width) / (1 + z**2 / size)


def weak_spots(frame: pd.DataFrame, *, least_volume: float = 0, alike: float = 1.0) -> pd.DataFrame:
    """The frame with its signs, weakest first: by the number of signs, then by unsolved answers beyond the average.

    Wants columns volume, volume_base, resolution_rate, resolution_rate__num, resolution_rate__den,
    resolution_rate_base, repeat_share__num, repeat_share__den. `least_volume`: groups with fewer cases can only be
    many. `alike`: as in `chance_of_more`. Adds: resolution (shrunken), repeats (shrunken), beyond (unsolved valid
    callbacks more than at the whole's rate), at_least (of them; at most WRONG of those with the sign 解决率低 have
    fewer: Benjamini and Yekutieli, JASA 100, 2005), by_chance (groups that would show this sign by chance alone at
    the bar that this one passed), one 0/1 column per sign, and signs (their number).
    """
    asked, large = frame["resolution_rate__den"], frame["volume"] >= least_volume
    unsolved = (asked - frame["resolution_rate__num"]).clip(lower=0.0)
    chance = chance_of_more(unsolved, asked, alike).where(large)
    again = chance_of_more(frame["repeat_share__num"], frame["repeat_share__den"], alike).where(large)
    rise = chance_of_rise(frame["volume"].where(large), frame["volume_base"].where(large))
    falling = frame["resolution_rate"] < frame["resolution_rate_base"]
    signs = {
        "many": frame["volume"] > frame["volume"].median(),
        "unsolved": found(chance),
        "again": found(again),
        # Worse: more cases than in the comparison period, and a lower resolution rate or none to compare with.
        "worse": found(rise) & (frame["volume"] > frame["volume_base"])
        & (falling | frame["resolution_rate_base"].isna()),
    }  # fmt: skip
    spots = frame.assign(
        resolution=shrunken(frame["resolution_rate__num"], asked),
        repeats=shrunken(frame["repeat_share__num"], frame["repeat_share__den"]),
        by_chance=chance * chance.notna().sum(),
        **{name: sign.astype(int) for name, sign in signs.items()},
    )
    spots["signs"] = spots[list(SIGNS)].sum(axis=1)
    whole = float(unsolved.sum()) / max(float(asked.sum()), 1.0)
    tested = max(int(chance.notna().sum()), 1)
    least = _least(unsolved, asked, alike, WRONG * max(int(signs["unsolved"].sum()), 1) / tested)
    spots["beyond"] = (unsolved - whole * asked).fillna(0.0)
    spots["at_least"] = ((least - whole) * asked).fillna(0.0)
    return spots.sort_values(["signs", "beyond"], ascending=False, ignore_index=True)


def candidates(frame: pd.DataFrame, *, least_signs: int, least_volume: float) -> pd.DataFrame:
    """The rows of `weak_spots` worth a decision: more unsolved than chance would have, and signs enough."""
    kept = frame[(frame["signs"] >= least_signs) & (frame["volume"] >= least_volume) & (frame["unsolved"] == 1)]
    return kept.sort_values("at_least", ascending=False, ignore_index=True)
