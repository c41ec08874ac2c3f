"""The case store and every question about it. Every question goes through a `Reader`."""
