"""Hot and cold spots: places with more, or fewer, cases than their reference bears, beyond what chance would do.

A window (the cell alone, and the cell with its ring) is set against a reference (its surroundings, or the whole) by the
signed root of the binomial deviance, as in Kulldorff's spatial scan (A spatial scan statistic, Communications in
Statistics 26, 1997). What chance would do is drawn: maps on which every place has its reference's share, where cells
scatter and cases come in clumps (one person's calls) as much as they do on this map (beta-binomial: Prentice 1986;
geometric clumps: Pólya-Aeppli). A spot is one beyond the largest of all cells on all but `alpha` of such maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import h3
import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

# scipy is loaded when somebody asks for hot spots: it takes a second.
HOT, COLD = "热点", "冷点"
FEWEST = 8  # cells: fewer do not tell how much cells scatter
NEAREST, FARTHEST = 2, 4  # rings that are a window's surroundings
FARTHEST_OUT = 3.0  # standard errors
DRAWS = 499
# Of maps without any spot; two points below what is promised, because the scatter of a map is itself only estimated.
ALPHA = 0.03
ROUNDS = 3
AT_ONCE = 1_000_000  # cells of drawn maps held at a time
FAMILIES = 4  # maxima that each may err: hot or cold, the cell alone or with its ring
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Which cells count for which. `near`: each cell and its ring; `rings`: its surroundings, None for the whole.

    `loud` cells stand out by themselves and make no neighbour stand out; `found` ones are nobody's reference.
    """

    near: sparse.csr_matrix
    rings: sparse.csr_matrix | None
    loud: NDArray[np.bool_]
    found: NDArray[np.bool_]

    def inside(self, values: Floats) -> Floats:
        """Sums over each cell and its ring. Shape: cells x maps."""
        others = np.where(self.loud[:, None], 0.0, values)
        return np.asarray(np.where(self.loud[:, None], values, self.near @ others))

    def around(self, values: Floats) -> Floats:
        """Sums over what each cell is set against. Shape: cells x maps."""
        kept = np.where(self.found[:, None], 0.0, values)
        if self.rings is not None:
            return np.asarray(self.rings @ kept)
        return np.asarray(kept.sum(axis=0) - self.near @ kept)


@dataclass(frozen=True)
class Chance:
    """How a map scatters. `share`: each cell's without any spot, 0..1; `clump`: cases that come together, 1 = none;
    `alike`: the correlation of two cases in a cell, 0 = none. A cell's variance is the binomial one times
    clump + alike (of - 1).
    """

    share: Floats
    clump: float
    alike: float

    def inflation(self, of: Floats) -> Floats:
        return self.clump + self.alike * np.maximum(of - 1, 0)

    def maps(self, of: Floats, draws: int, random: np.random.Generator) -> Iterator[Floats]:
        """So many maps of cases, in parts. Shape of a part: cells x maps."""
        size = (self.clump + 1) / 2  # the mean of geometric clumps whose variance is that of `clump`
        callers = np.maximum(np.round(of / size), 1).astype(int)[:, None]
        step = max(AT_ONCE // len(of), 1)
        for begin in range(0, draws, step):
            shape = (len(of), min(step, draws - begin))
            share = np.broadcast_to(self.share[:, None], shape)
            if self.alike > 1e-9:
                weight = (1 - self.alike) / self.alike
                share = random.beta(weight * share, weight * (1 - share))
            cases = random.binomial(callers, share).astype(float)
            if size > 1.001:
                cases += np.where(cases > 0, random.negative_binomial(np.maximum(cases, 1), 1 / size), 0)
            yield np.minimum(cases, of[:, None])


@lru_cache(maxsize=8)
def _windows(cells: tuple[str, ...], surroundings: bool) -> Windows:
    from scipy import sparse

    place = {cell: row for row, cell in enumerate(cells)}

    def within(least: int, most: int) -> sparse.csr_matrix:
        rings = [[place[other] for ring in range(least, most + 1) for other in h3.grid_ring(cell, ring)
                  if other in place] for cell in cells]  # fmt: skip
        rows = np.repeat(np.arange(len(cells)), [len(ring) for ring in rings])
        columns = np.array([row for ring in rings for row in ring], dtype=int)
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(cells), len(cells)))

    nothing = np.zeros(len(cells), dtype=bool)
    return Windows(within(0, 1), within(NEAREST, FARTHEST) if surroundings else None, nothing, nothing)


def _root(cases: Floats, of: Floats, cases_around: Floats, of_around: Floats) -> Floats:
    """The signed root of the deviance of one share against two; 0 where there is nothing to compare."""
    from scipy.special import xlogy

    with np.errstate(invalid="ignore", divide="ignore"):
        share, around = cases / of, cases_around / of_around
        whole = (cases + cases_around) / (of + of_around)
        deviance = (
            xlogy(cases, share / whole)
            + xlogy(of - cases, (1 - share) / (1 - whole))
            + xlogy(cases_around, around / whole)
            + xlogy(of_around - cases_around, (1 - around) / (1 - whole))
        )
        return np.nan_to_num(np.sign(share - around) * np.sqrt(2 * np.maximum(deviance, 0)))


def _chance(cases: Floats, of: Floats, windows: Windows) -> Chance:
    """Fitted to how far each cell without a spot lies from its reference; neither part is below that of chance."""
    from scipy.optimize import nnls

    quiet = np.where(windows.found, 0.0, 1.0)
    everywhere = (cases * quiet).sum() / max((of * quiet).sum(), 1.0)
    cases_around, of_around = (windows.around(values[:, None])[:, 0] for values in (cases, of))
    cases_near, of_near = (windows.near @ (values * quiet) for values in (cases, of))
    # A case more of the usual share keeps a share of nothing from being impossible.
    reference = np.clip((cases_around + everywhere) / (of_around + 1), 1e-9, 1 - 1e-9)
    local = (cases_near + cases_around + everywhere) / (of_near + of_around + 1)
    variance = of * reference * (1 - reference)
    known = (of_around > 0) & ~windows.found
    variance, more = variance[known], np.maximum(of - 1, 0)[known]
    away = np.abs(cases - of * reference)[known] / np.sqrt(variance * (1 + of[known] / of_around[known]))
    clump, alike = 0.0, 0.0
    for _ in range(12):  # each square counts by how well it is known under the last fit
        fitted = 1 + clump + alike * more
        # A spot must not hide in the scatter that it makes itself: nothing counts as farther than chance would go.
        squares = np.minimum(away, FARTHEST_OUT * (np.sqrt(fitted) + fitted / np.sqrt(variance))) ** 2
        weight = np.sqrt(1 / (2 * fitted**2 + fitted / variance))
        (clump, alike), _ = nnls(np.column_stack([weight, weight * more]), weight * (squares - 1))
    return Chance(np.clip(local, 1e-9, 1 - 1e-9), 1 + clump, min(alike, 0.99))


def _test(cases: Floats, of: Floats, windows: Windows, draws: int) -> tuple[list[Floats], list[Floats]]:
    """How far each cell, and each cell with its ring, lies from its reference; and how often chance goes as far
    anywhere on the map (0..1, for all families together). Both: the cell alone, then with its ring.
    """
    chance = _chance(cases, of, windows)
    of, spread = of[:, None], (of * chance.inflation(of))[:, None]
    of_near, of_around = windows.inside(of), np.maximum(windows.around(of), 1e-9)
    by_around = windows.around(spread) / of_around**2
    alone = np.sqrt((spread / of**2 + by_around) / (1 / of + 1 / of_around))
    ring = np.sqrt((windows.inside(spread) / of_near**2 + by_around) / (1 / of_near + 1 / of_around))

    def scores(drawn: Floats) -> list[Floats]:
        around = windows.around(drawn)
        return [
            _root(drawn, of, around, of_around) / alone,
            _root(windows.inside(drawn), of_near, around, of_around) / ring,
        ]

    seen = [score[:, 0] for score in scores(cases[:, None])]
    tops: list[list[Floats]] = [[], [], [], []]
    for drawn in chance.maps(of[:, 0], draws, np.random.default_rng(len(of))):
        for scale, score in enumerate(scores(drawn)):
            tops[2 * scale].append(score.max(axis=0))
            tops[2 * scale + 1].append(-score.min(axis=0))
    maxima = [np.sort(np.concatenate(top)) for top in tops]

    def probability(score: Floats, scale: int) -> Floats:
        hot, cold = (draws - np.searchsorted(maxima[2 * scale + side], sign * score, side="left")
                     for side, sign in enumerate((1, -1)))  # fmt: skip
        return np.minimum(FAMILIES * (1 + np.where(score > 0, hot, cold)) / (draws + 1), 1.0)

    return seen, [probability(score, scale) for scale, score in enumerate(seen)]


def hot_spots(
    cells: pd.DataFrame, *, surroundings: bool = True, alpha: float = ALPHA, draws: int = DRAWS
) -> pd.DataFrame:
    """The cells with their share and spot. Wants h3_cell (one resolution), cases, of (what the cases are a share of).

    `surroundings`: a cell is set against the rings 2 to 4 around it; otherwise against the whole outside its ring.
    Adds: share and reference (0..1), beyond (cases more than at the reference's share), p (how often chance alone goes
    as far anywhere on the map, 0..1), alone (whether the cell stands out by itself, not only with its ring), spot
    (热点, 冷点 or none). Fewer than 8 cells with something to be a share of say nothing: no spots. Maps without any
    spot get one in about `alpha` of all cases; measured in scripts/claims/spots.py.
    """
    rated = cells[cells["of"] > 0].reset_index(drop=True)
    cases, of = rated["cases"].to_numpy(float), rated["of"].to_numpy(float)
    share = cases / of
    blank = rated.assign(share=share, reference=np.nan, beyond=np.nan, p=np.nan, alone=False, spot="")
    if len(rated) < FEWEST or not 0 < cases.sum() < of.sum():
        return blank
    windows = _windows(tuple(rated["h3_cell"]), surroundings)
    draws = int(np.clip(AT_ONCE / len(rated), min(draws, 199), draws))
    scores, chances = _test(cases, of, windows, draws)
    for _ in range(ROUNDS):
        loud, found = chances[0] <= alpha, np.minimum(*chances) <= alpha
        if not (found & ~windows.found).any():
            break
        # Once more without them: a large spot widens every scatter and makes its neighbours look cold.
        windows = replace(windows, loud=windows.loud | loud, found=windows.found | found)
        scores, chances = _test(cases, of, windows, draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        reference = windows.around(cases[:, None])[:, 0] / windows.around(of[:, None])[:, 0]
    alone, p = chances[0] <= chances[1], np.minimum(*chances)
    score = np.where(alone, *scores)
    marked = (p <= alpha) & (score * scores[0] > 0)  # not by its ring alone
    spot = np.where(marked & (score > 0), HOT, np.where(marked, COLD, ""))
    beyond = cases - of * reference
    return rated.assign(share=share, reference=reference, beyond=beyond, p=p, alone=alone, spot=spot)
