"""What the district decides: matters, their events, the state machine that says who may do what, and the audit."""
