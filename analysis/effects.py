"""Whether something fell or rose after a day, beside what happened elsewhere: a ratio of ratios with its interval.

The cases in question and others that are alike (the control) are counted in blocks of days before the day (the history)
and in one stretch after it. Were nothing done, both would go on in the same proportion; how much that proportion wavers
by itself is read from the history's blocks. Rare cases, short histories and classes that come and go with the season
waver much: then nothing can be said. The history must end before the stretch that led to the choice: what is chosen for
being high falls by itself (regression to the mean, Galton 1886). A controlled interrupted time series (Lopez Bernal,
Cummins, Gasparrini 2018) with quasi-binomial variance (McCullagh, Nelder 1989, 4.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

FELL, ROSE, UNCERTAIN = "下降", "上升", "不能确定"
LEAST_BLOCKS = 6  # of the history: fewer do not tell how much the proportion wavers
LEAST_PAIRS = 3
LEAST_CASES = 1.0  # a block, on either side
LEAST_PEOPLE = 10
LEAST_CALLBACKS = 20  # before as after
STICKS = 0.6  # the most that one block is thought to follow the one before it
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """`value`: after ÷ before, each against the control (1: no change), or a difference of rates (0: none); `low`,
    `high`: its 95 % interval. All NaN and `reason` where nothing can be said."""

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    verdict: str = UNCERTAIN
    reason: str = ""


BLOCK = 28  # days: whole weeks, so that no block has a weekend more than another


def _judged(value: float, low: float, high: float, none: float) -> Estimate:
    return Estimate(value, low, high, FELL if high < none else ROSE if low > none else UNCERTAIN)


def wavering(mine: np.ndarray, whole: np.ndarray, confidence: float = CONFIDENCE, *, beside: bool = False) -> float:
    """By how much more than by chance the share mine/whole wavers from block to block: 1 for chance alone.

    Pearson's statistic over its degrees of freedom; more where a block follows the one before it, since the mean of
    many such blocks is then less certain than that of as many by chance. Seen in single blocks and in pairs, of which
    the larger counts. `beside`: what is compared stands beside the blocks, month by month, and not after them: a drift
    that pairs show does not go on from one to the other.
    """
    residuals = _residuals(mine, whole)
    squares = float((residuals**2).sum())
    # The mean of the blocks is their own: what follows looks by one block in so many like its opposite.
    follows = float((residuals[1:] * residuals[:-1]).sum()) / max(squares, 1e-12) + 1 / len(mine)
    follows = min(max(follows, 0.0), STICKS)
    single = squares / (len(mine) - 1) * (1 + follows) / (1 - follows)
    pairs, double = len(mine) // 2, 0.0
    if pairs >= LEAST_PAIRS:
        coarse = [part[-2 * pairs :].reshape(pairs, 2).sum(axis=1) for part in (mine, whole)]
        double = float((_residuals(*coarse) ** 2).sum()) / (pairs - 1)
    double *= _unsure(len(mine) if beside else pairs, confidence)
    return max(single * _unsure(len(mine), confidence), double, 1.0)


def _unsure(blocks: int, confidence: float) -> float:
    """How much wider the square of an interval is where the spread itself is only known from so few blocks: Student's
    quantile in place of the normal one."""
    return float(stdtrit(blocks - 1, 0.5 + confidence / 2) / ndtri(0.5 + confidence / 2)) ** 2 if blocks > 1 else 1.0


def _residuals(mine: np.ndarray, whole: np.ndarray) -> np.ndarray:
    share = mine.sum() / whole.sum()
    by_chance = np.sqrt(np.maximum(whole * share * (1 - share), 1e-12))
    return np.asarray((mine - whole * share) / by_chance)


def ratio(now: np.ndarray, base: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """now ÷ base, whose parts (months of two years) stand beside each other. No control: whether it fell, not why.

    `confidence`: of the interval; more where many are looked through for the few that changed.
    """
    if len(now) < LEAST_PAIRS:
        return Estimate(reason=f"不满 {LEAST_PAIRS} 个月，看不出是不是偶然")
    after, before = float(now.sum()), float(base.sum())
    if before <= 0 or after + before < LEAST_CASES * len(now):
        return Estimate(reason="上年同期没有件" if before <= 0 else "件数太少")
    extra = wavering(now, now + base, confidence, beside=True)
    low, high = _odds(after / extra, before / extra, confidence)
    return _judged(after / before, low if after else 0.0, high, 1.0)


def ratio_of_sums(after: np.ndarray, expected: np.ndarray, others: float) -> Estimate:
    """Σ after ÷ Σ expected over people, each of whom varies in their own way (Cochran 1977, 6.4).

    `others`: how many people, alike in all else, the expectation was learned from: it is as uncertain as they are few.
    """
    people, whole = len(after), float(expected.sum())
    if min(people, others) < LEAST_PEOPLE or whole <= 0:
        return Estimate(reason=f"可比的不足 {LEAST_PEOPLE} 人")
    value = float(after.sum()) / whole
    error = float((((after - value * expected) ** 2).sum() * people / (people - 1)) ** 0.5) / whole
    error *= (1 + people / others) ** 0.5
    half = float(stdtrit(people - 1, 0.5 + CONFIDENCE / 2)) * error
    return _judged(value, max(value - half, 0.0), value + half, 1.0)


def _odds(after: float, before: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of after ÷ before: Jeffreys' (Brown, Cai, DasGupta 2001) of after ÷ (after + before), turned."""
    tail = (1 - confidence) / 2
    shares = betaincinv(after + 0.5, before + 0.5, [tail, 1 - tail])
    low, high = (float(share / (1 - share)) for share in shares)
    return low, high


def ratio_of_ratios(mine: np.ndarray, control: np.ndarray, after: float, control_after: float) -> Estimate:
    """(after ÷ mine) ÷ (control_after ÷ control). `mine`, `control`: counts by block of the history."""
    blocks, whole = len(mine), mine + control
    if blocks < LEAST_BLOCKS:
        return Estimate(reason="办前的历史太短")
    if mine.sum() < LEAST_CASES * blocks or control.sum() < LEAST_CASES * blocks:
        return Estimate(reason="办前件数太少")
    if not control_after:
        return Estimate(reason="办后没有可比的件")
    extra = wavering(mine, whole)
    before, control_before = float(mine.sum()), float(control.sum())
    # What a count is worth as if by chance alone: less where the share wavers, and where the control is small.
    worth_before, worth_after = 1 / (1 + before / control_before) / extra, 1 / (1 + after / control_after) / extra
    others = (worth_before / worth_after) * (control_before / control_after)
    low, high = (end * others for end in _odds(after * worth_after, before * worth_before))
    return _judged((after / before) * (control_before / control_after), low if after else 0.0, high, 1.0)


def difference_of_rates(
    solved: np.ndarray, called: np.ndarray, after: tuple[float, float], control: tuple[tuple[float, float], ...]
) -> Estimate:
    """The rate after less that before, less the same of the control. Rates are numerator ÷ callbacks, 0..1.

    `solved`, `called`: numerators and callbacks by block of the history. `after`: both after it; `control`: both of the
    control before, and after.
    """
    held = called > 0
    if held.sum() < LEAST_BLOCKS:
        return Estimate(reason="办前的历史太短")
    pairs = [(float(solved.sum()), float(called.sum())), after, *control]
    if min(callbacks for _, callbacks in pairs) < LEAST_CALLBACKS:
        return Estimate(reason=f"办前或办后的回访不足 {LEAST_CALLBACKS} 件")
    before_rate, after_rate, *others = (numerator / callbacks for numerator, callbacks in pairs)
    value = (after_rate - before_rate) - (others[1] - others[0])
    # One solved and one unsolved more in each (Agresti, Caffo 2000): a rate of 100 % is not known to be exactly that.
    smooth = [((numerator + 1) / (callbacks + 2), callbacks + 2) for numerator, callbacks in pairs]
    chance = [rate * (1 - rate) / callbacks for rate, callbacks in smooth]
    extra = wavering(solved[held], called[held])
    half = float(ndtri(0.5 + CONFIDENCE / 2) * (extra * sum(chance[:2]) + sum(chance[2:])) ** 0.5)
    return _judged(value, value - half, value + half, 0.0)


def standardised(mine: np.ndarray, others: np.ndarray, history: int) -> np.ndarray:
    """Others' cases in mine's proportions of classes: what a place with the same mix would have, were it like them all.

    `mine`, `others`: counts by class and block, of which the first `history` set the proportions (indirect
    standardisation). Returns counts by block, scaled so that by chance they vary as counts do.
    """
    before, whole = mine[:, :history].sum(axis=1), others[:, :history].sum(axis=1)
    weights = np.divide(before, whole, out=np.zeros_like(before), where=whole > 0)
    expected, varies = weights @ others, weights**2 @ others
    total = varies[:history].sum()
    return expected * (expected[:history].sum() / total if total else 0.0)
