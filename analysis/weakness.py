"""Weak spots (薄弱环节): where much comes in, little is solved, people come again, and it gets worse.

A group's rate is shrunk towards the whole's by what chance alone would scatter (empirical Bayes, Marshall 1991), so
that a group of three cases leads no list. No weights and no tuned thresholds: four signs, each a plain comparison.
"""

from __future__ import annotations

import pandas as pd

SIGNS = {"many": "量大", "unsolved": "解决率低", "again": "重复多", "worse": "在恶化"}


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


def weak_spots(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its signs, weakest first: by the number of signs, then by unsolved answers beyond the average.

    Wants columns volume, volume_base, resolution_rate, resolution_rate__num, resolution_rate__den,
    resolution_rate_base, repeat_share__num, repeat_share__den. Adds: resolution (shrunken), repeats (shrunken),
    beyond (unsolved valid callbacks more than at the whole's rate), one 0/1 column per sign, and signs (their number).
    """
    solved = shrunken(frame["resolution_rate__num"], frame["resolution_rate__den"])
    again = shrunken(frame["repeat_share__num"], frame["repeat_share__den"])
    whole_solved = frame["resolution_rate__num"].sum() / max(frame["resolution_rate__den"].sum(), 1.0)
    whole_again = frame["repeat_share__num"].sum() / max(frame["repeat_share__den"].sum(), 1.0)
    rising = frame["volume"] > frame["volume_base"]
    falling = frame["resolution_rate"] < frame["resolution_rate_base"]
    signs = {
        "many": frame["volume"] > frame["volume"].median(),
        "unsolved": solved < whole_solved - 1e-12,
        "again": again > whole_again + 1e-12,
        # Worse: more cases than in the comparison period, and a lower resolution rate or none to compare with.
        "worse": rising & (falling | frame["resolution_rate_base"].isna()),
    }
    spots = frame.assign(resolution=solved, repeats=again, **{name: sign.astype(int) for name, sign in signs.items()})
    spots["signs"] = spots[list(SIGNS)].sum(axis=1)
    spots["beyond"] = ((whole_solved - solved) * frame["resolution_rate__den"]).fillna(0.0)
    return spots.sort_values(["signs", "beyond"], ascending=False, ignore_index=True)


def candidates(frame: pd.DataFrame, *, least_signs: int, least_volume: float) -> pd.DataFrame:
    """The rows of `weak_spots` worth a decision: many unsolved beyond the average, and signs enough."""
    kept = frame[(frame["signs"] >= least_signs) & (frame["volume"] >= least_volume) & (frame["beyond"] > 0)]
    return kept.sort_values("beyond", ascending=False, ignore_index=True)
