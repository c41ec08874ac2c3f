"""Which short texts tell the same matter: character n-grams weighted by how rare they are, and links between pairs.

Words would need a dictionary that knows every lane and every fault; pairs of characters do without, forgive a mistyped
word, and on the labelled sample (tests/questions/reports.csv) tell matters apart better than words do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

NEAR = 0.15  # cosine from which two texts of one place tell one matter (docs/methods.md: 一事多诉)
CHANCE = 0.01  # share of pairs from different places that may be as near: what everybody says is no likeness
DRAWN, SEED = 20_000, 2022  # pairs drawn to measure that

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


def likeness(texts: Sequence[str], pairs: NDArray[np.int64]) -> Numbers:
    """Cosine of each pair of texts, 0..1. `pairs`: positions, shape (n, 2). A text without two letters is like none."""
    if not len(pairs) or not any(len(text) > 1 for text in texts):
        return np.zeros(len(pairs))
    weights = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    return np.asarray(weights[pairs[:, 0]].multiply(weights[pairs[:, 1]]).sum(axis=1), dtype=float).ravel()


def limit(texts: Sequence[str], places: Sequence[str]) -> float:
    """From which likeness on two texts of one place tell one matter: `NEAR`, or more where texts from different places
    are often as near, because the office writes them by one pattern."""
    random = np.random.default_rng(SEED)
    drawn = random.integers(0, len(texts), size=(DRAWN, 2)) if len(texts) else np.zeros((0, 2), dtype=np.int64)
    names = np.asarray(places, dtype=object)
    apart = drawn[names[drawn[:, 0]] != names[drawn[:, 1]]] if len(drawn) else drawn
    return max(NEAR, float(np.quantile(likeness(texts, apart), 1 - CHANCE))) if len(apart) else NEAR


def neighbours(places: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Pairs of positions, each once, of which one's own place is among the other's. `places`: of each text its own
    place first, then those around it; a text without any has no neighbour. Shape (n, 2)."""
    around = pd.DataFrame({"text": range(len(places)), "place": list(places)}).explode("place").dropna()
    own = around.drop_duplicates("text")
    pairs = around.merge(own, on="place", suffixes=("", "_other"))
    pairs = pairs[pairs["text"] < pairs["text_other"]].drop_duplicates(["text", "text_other"])
    return pairs[["text", "text_other"]].to_numpy(dtype=np.int64)


def groups(size: int, links: NDArray[np.int64]) -> Places:
    """A number for each of `size` texts, the same for all that links lead to."""
    matrix = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
    return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)
