"""The case store and every question about it. A `Reader` is the one door."""
