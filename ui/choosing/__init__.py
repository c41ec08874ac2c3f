"""What chooses: the filter bar, drills from a mark to its cases, trial weights, the player."""
