"""What the screens claim, tried in worlds where nothing happened and in worlds where something did.

Each module of this package lists its `CLAIMS`. `python -m scripts.claims` tries all of them many times and writes the
table of docs/methods.md; tests/claims tries each a few times.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

SEED = 2022
ERRORS = 3.0  # standard errors by which a measured rate may lie beside its goal


@dataclass(frozen=True)
class Claim:
    """One thing that a screen says, one kind of world, and how often it may be said there.

    `trial`: makes one such world and says how often it was said there, 0..1 (True for yes). `low`, `high`: the goal for
    the mean over worlds. `few`, `many`: worlds in the suite's short form and in `make claims`.
    """

    method: str  # a heading of docs/methods.md
    world: str
    said: str
    low: float
    high: float
    trial: Callable[[np.random.Generator], float]
    few: int = 100
    many: int = 1000

    @property
    def goal(self) -> str:
        if self.low < 0:  # a mean that should be none
            return f"±{self.high:.0%}"
        if self.low == 0:
            return f"≤ {100 * self.high:g}%"
        return f"≥ {self.low:.0%}" if self.high >= 1 else f"{self.low:.0%}–{self.high:.0%}"


@dataclass(frozen=True)
class Measured:
    """`rate`: the mean over `runs` worlds, 0..1; `error`: its standard error."""

    claim: Claim
    rate: float
    error: float
    runs: int

    @property
    def meets(self) -> bool:
        """Whether the rate itself lies within the goal."""
        return self.claim.low <= self.rate <= self.claim.high

    @property
    def holds(self) -> bool:
        """Whether it does within the error of so many worlds."""
        return self.claim.low - ERRORS * self.error <= self.rate <= self.claim.high + ERRORS * self.error


def measure(claim: Claim, runs: int) -> Measured:
    """Try a claim in so many worlds; the same ones each time."""
    said = np.array([float(claim.trial(np.random.default_rng([SEED, run]))) for run in range(runs)])
    # Few worlds that all say the same tell nothing of their spread: then it is that of worlds just at the goal.
    spread = float(said.std())
    if not spread:
        goal = min((claim.low, claim.high), key=lambda edge: abs(edge - said.mean()))
        spread = (goal * (1 - goal)) ** 0.5
    return Measured(claim, float(said.mean()), spread / runs**0.5, runs)


def all_claims() -> Iterator[Claim]:
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")):
        yield from importlib.import_module(f"{__name__}.{module}").CLAIMS
