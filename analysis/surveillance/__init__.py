"""Surveillance of counts: which week or day has more than its past bears, and how sure that is.

`farrington_flexible`: weekly counts with years of history. `ears`: daily counts with a week of history. Both take the
arguments of R's package surveillance under its names and give its results (Salmon, Schumacher, Höhle 2016; tested
against R 4.2.2, surveillance 1.20.3). Pure: arrays in, frames out.
"""

from analysis.surveillance.ears import ears
from analysis.surveillance.farrington import farrington_flexible

__all__ = ["ears", "farrington_flexible"]
